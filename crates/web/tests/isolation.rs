//! Who may open what, tried at every route that is served: the cases are generated from [`dossier_web::table`], so a new
//! route is tried by itself, and one with a place holder that is not known here fails.

#![expect(clippy::panic, reason = "tests")]

#[path = "isolation/deleted.rs"]
mod deleted;

use std::time::Duration;

use dossier_app::requests::{self, Mark};
use dossier_app::webhooks::{self, Typed};
use dossier_domain::{BuiltInRole, Permission, RequestStatus, RunState};
use dossier_testkit::{Desk, Firm, Page, Visitor};
use dossier_web::{Needs, Route, table};
use serde_json::json;

/// What the place holders of a route stand for.
#[derive(Clone, Debug)]
struct Ids {
    request: String,
    result: String,
    exchange: String,
    file: String,
    picture: String,
    run: String,
    /// Another request, with a run whose outcome nobody knows.
    lost: String,
    unknown: String,
    channel: String,
    /// A channel that nothing needs.
    spare: String,
    /// A request for what ends it, and for what takes one that has ended.
    fresh: String,
    ended: String,
    /// A person whom nothing needs.
    user: String,
    /// A role that nobody holds.
    role: String,
    /// An API key that nothing uses.
    key: String,
    webhook: String,
    delivery: String,
}

impl Ids {
    /// Ids that nobody ever made.
    fn invented() -> Self {
        let id = |n: u8| format!("0193b0c0-0000-7000-8000-0000000000{n:02x}");
        let (request, result, exchange, file) = (id(1), id(2), id(3), id(4));
        let (run, channel, picture, lost, unknown, spare) = (id(5), id(6), id(7), id(8), id(9), id(10));
        let (fresh, ended, user, role, key) = (id(11), id(12), id(13), id(14), id(15));
        let (webhook, delivery) = (id(16), id(17));
        Self {
            request,
            result,
            exchange,
            file,
            picture,
            run,
            lost,
            unknown,
            channel,
            spare,
            fresh,
            ended,
            user,
            role,
            key,
            webhook,
            delivery,
        }
    }

    /// The path of a route. Whoever adds a place holder says here what it stands for.
    fn fill(&self, path: &str) -> String {
        let mut filled = String::new();
        for part in path.split_inclusive('}') {
            let Some((fixed, name)) = part.trim_end_matches('}').split_once('{') else {
                filled.push_str(part);
                continue;
            };
            filled.push_str(fixed);
            filled.push_str(match name {
                "request" if path.ends_with("/settle") => &self.lost,
                "request" if path.contains("/mark/") || path.ends_with("/delete") => &self.fresh,
                "request" if path.ends_with("/reopen") => &self.ended,
                "request" => &self.request,
                "end" => "completed",
                "result" => &self.result,
                "exchange" => &self.exchange,
                "file" if path.ends_with("/image") => &self.picture,
                "file" => &self.file,
                "action" => "company_kyc",
                "run" if path.ends_with("/settle") => &self.unknown,
                "run" => &self.run,
                "channel" if path.ends_with("/delete") || path.ends_with("/edit") => &self.spare,
                "channel" => &self.channel,
                "user" => &self.user,
                "role" => &self.role,
                "key" => &self.key,
                "heading" => "requests",
                "webhook" => &self.webhook,
                "delivery" => &self.delivery,
                "session" => "0193b0c0-0000-7000-8000-0000000000fe",
                // Nobody has it, whoever asks.
                "token" => "0",
                "side" => "request",
                "table" => "1",
                other => panic!("{path}: nobody said what {{{other}}} stands for"),
            });
        }
        filled
    }

    fn each(&self) -> [&str; 17] {
        let Self { request, result, exchange, file, picture, run, lost, unknown, channel, spare, .. } = self;
        let Self { fresh, ended, user, role, key, webhook, delivery, .. } = self;
        [
            request, result, exchange, file, picture, run, lost, unknown, channel, spare, fresh, ended, user, role,
            key, webhook, delivery,
        ]
    }

    /// The page without these ids and without its own number.
    fn scrub(&self, page: &Page) -> String {
        let number = page.header("x-request-id");
        self.each().iter().fold(page.text.replace(number, "NUMBER"), |text, id| text.replace(id, "ID"))
    }
}

/// Takes one of the ids.
type Pick = fn(&Ids) -> String;

/// Only when it is called is it known that it leads inside.
const WEBHOOK_URL: &str = "https://localhost:9/kyc";

const SECRET_REFERENCE: &str = "Kwantu Solar Components";

/// A request of `firm` with a result, a file, a picture, calls, and another one with a run whose outcome nobody knows.
async fn folder(desk: &Desk, firm: &Firm<'_>) -> Ids {
    let request = firm.request(SECRET_REFERENCE).await;
    let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
    let run = firm.run(request, "company_kyc", params).await.id.to_string();
    desk.misbehave("hang-up", "/injection").await;
    let basic = json!({ "workflow": "basic", "idNumber": "8001015009087", "reference": "K2" });
    let lost = firm.request("Lost").await;
    let unknown = firm.run(lost, "run_workflow", basic).await;
    assert_eq!(unknown.state, RunState::Unknown, "{:?}", unknown.message);
    let (lost, unknown) = (lost.to_string(), unknown.id.to_string());
    let picture =
        firm.attach(request, "selfie.png", "image/png", &dossier_testkit::picture::png("selfie")).await.to_string();
    let request = request.to_string();
    let mut owner = firm.visitor(BuiltInRole::Administrator).await;
    let page = owner.get(&format!("/requests/{request}")).await;
    let logs = owner.get(&format!("/requests/{request}/logs")).await;
    let id = |page: &Page, before: &str| {
        let found = page.text.split_once(before).and_then(|(_, after)| after.get(..36));
        found.unwrap_or_else(|| panic!("no {before} in {}", page.words())).to_owned()
    };
    let (result, file, exchange) = (id(&page, "/results/"), id(&page, "/files/"), id(&logs, "?open="));
    let Ok(spare) = firm.add_channel("spare", "Spare").await else { panic!("a channel") };
    let (channel, spare) = (firm.channel().to_string(), spare.to_string());
    let (fresh, ended) = (firm.request("Fresh").await.to_string(), firm.request("Ended").await);
    let grant = firm.member(BuiltInRole::Operator).await.grant().unwrap_or_else(|error| panic!("{error}"));
    let cancelled = requests::mark(&desk.app, &grant, ended, &Mark::to(RequestStatus::Cancelled)).await;
    assert!(cancelled.is_ok(), "{cancelled:?}");
    let ended = ended.to_string();
    let user = firm.person("spare@spare.example", "Somebody Spare", &["kyc-viewer"]).await.to_string();
    let role = firm.role("Spare", &["kyc:read"]).await.to_string();
    let key = firm.api_key("Spare", &["kyc:read"]).await.key.id.to_string();
    let (webhook, delivery) = webhook(desk, firm).await;
    Ids {
        request,
        result,
        exchange,
        file,
        picture,
        run,
        lost,
        unknown,
        channel,
        spare,
        fresh,
        ended,
        user,
        role,
        key,
        webhook,
        delivery,
    }
}

/// A webhook of `firm` to an address that is refused as soon as it is called, with a delivery.
async fn webhook(desk: &Desk, firm: &Firm<'_>) -> (String, String) {
    let administrator = firm.member(BuiltInRole::Administrator).await;
    let grant = administrator.grant().unwrap_or_else(|error| panic!("{error}"));
    let typed = Typed { name: "Aloe Bank core".to_owned(), url: WEBHOOK_URL.to_owned(), events: vec![] };
    let made = webhooks::create(&desk.app, &grant, webhooks::new_id(&desk.app), &typed).await;
    let made = made.unwrap_or_else(|error| panic!("{error}")).webhook.id;
    let delivery = webhooks::test(&desk.app, &grant, made).await.unwrap_or_else(|error| panic!("{error}"));
    (made.to_string(), delivery.to_string())
}

/// The routes that take a permission, with it.
fn guarded() -> Vec<(Route, Permission)> {
    let guarded = table().into_iter().filter_map(|route| match route.needs {
        Needs::Permission(permission) | Needs::Portal(permission) => Some((route, permission)),
        Needs::Nothing | Needs::SignIn => None,
    });
    let guarded: Vec<_> = guarded.collect();
    assert!(guarded.len() >= 10, "the table has lost its routes: {guarded:?}");
    guarded
}

/// Whether a route belongs to the product, and so takes its module.
fn of_product(route: &Route) -> bool {
    matches!(route.needs, Needs::Permission(_))
}

/// Asks as our own pages would, with a form that is in order for every route that takes one.
async fn ask(visitor: &mut Visitor, route: &Route, ids: &Ids) -> Page {
    let path = ids.fill(route.path);
    if route.method == "GET" {
        return visitor.get(&path).await;
    }
    let key = format!("isolation {}", route.path);
    // A form of something stored carries the version that its page was made from.
    let form = visitor.get(&path).await;
    let version = if form.hidden("_version").is_empty() { "1" } else { form.hidden("_version") };
    let pairs = [
        ("_key", key.as_str()),
        ("channel", &ids.channel),
        ("reference", "Someone"),
        ("companyName", "Kwantu"),
        ("ended", "succeeded"),
        ("note", "Seen at the branch."),
        ("_version", version),
        // A channel: a new one, or the one that there is.
        // An API key is shown once, so each form makes another.
        (
            "_id",
            if route.path.contains("api-keys") { form.hidden("_id") } else { "0193b0c0-0000-7000-8000-0000000000ff" },
        ),
        ("handler", "intouch"),
        ("code", if route.path.ends_with("/edit") { "edited" } else { "added" }),
        ("name", route.path),
        ("config.authUrl", "https://x.intouch.example"),
        ("config.baseUrl", "https://api.intouch.example"),
        ("config.identityUrl", "https://api.intouch.example/identity"),
        ("config.injectionUrl", "https://api.intouch.example/injection"),
        ("config.coreUrl", "https://api.intouch.example/core"),
        ("config.clientId", "isolation"),
        ("config.clientSecret", "entered again"),
        ("reason", "The provider has said so."),
        // The general settings.
        ("time_zone", "Africa/Johannesburg"),
        ("dates", "iso"),
        // A webhook.
        ("url", WEBHOOK_URL),
        // A person, and a role that nobody holds.
        ("email", if route.path.ends_with("/edit") { "edited@people.example" } else { "added@people.example" }),
        ("permissions.roles", "roles:read"),
        ("_holders", "0"),
        // An API key.
        ("expires_at", "2027-06-30"),
    ];
    visitor.post(&path, &pairs).await
}

#[tokio::test]
async fn the_table_says_what_is_served() {
    let desk = Desk::builder().without_worker().open().await;
    let ids = Ids::invented();
    let mut stranger = Visitor::new(desk.router());
    let routes = table();
    for route in &routes {
        let path = if route.path == "/assets/{file}" { "/assets/none.css".to_owned() } else { ids.fill(route.path) };
        for method in ["GET", "POST"] {
            let page = match method {
                "GET" => stranger.get(&path).await,
                _ => stranger.post(&path, &[("theme", "dark")]).await,
            };
            let listed = routes.iter().any(|other| other.path == route.path && other.method == method);
            assert_eq!(page.status != 405, listed, "{method} {path} answers {}", page.status);
            // Programs post to callbacks, and no person looks at what answers them.
            if !listed && !path.starts_with("/callbacks/") {
                assert!(page.words().contains("This address does not work that way"), "{}", page.words());
            }
        }
    }
    for path in ["/nothing", "/requests/", "/requests/x/y/z", "/.env"] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.words().contains("There is nothing here"), "{path}: {}", page.words());
        assert!(page.text.contains(page.header("x-request-id")), "{path}: the number of the answer stands on it");
    }
}

/// ACCESS-6
#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in_and_back() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let ids = folder(&desk, &firm).await;
    for (route, _) in guarded() {
        let page = ask(&mut Visitor::new(desk.router()), &route, &ids).await;
        assert_eq!(page.status, 303, "{} {}", route.method, route.path);
        let next = page.location().strip_prefix("/sign-in?next=").unwrap_or_else(|| panic!("{}", page.location()));
        let path = next.replace("%2F", "/");
        let expected = match (route.method.as_str(), route.path) {
            ("GET", _) => ids.fill(route.path),
            ("POST", "/requests") => "/requests/new".to_owned(),
            ("POST", "/requests/{request}/runs/{run}/cancel") => format!("/requests/{}/runs/{}", ids.request, ids.run),
            ("POST", path) if path.ends_with("/settle") => format!("/requests/{}/runs/{}", ids.lost, ids.unknown),
            ("POST", path) if path.contains("/address") => format!("/settings/channels/{}", ids.channel),
            ("POST", path) if path.starts_with("/settings/channels/") => ids.fill(path),
            ("POST", "/settings/general") => "/settings/general".to_owned(),
            ("POST", path) if path.starts_with("/requests/") => ids.fill(path),
            ("POST", path) if path.ends_with("/activate") || path.ends_with("/link") => {
                format!("/settings/users/{}", ids.user)
            }
            ("POST", "/settings/webhooks/new") => "/settings/webhooks/new".to_owned(),
            ("POST", path) if path.starts_with("/settings/webhooks/") => {
                let filled = ids.fill(path);
                match filled.rsplit_once('/') {
                    Some((page, "test" | "redeliver" | "enable" | "disable")) => page.to_owned(),
                    _ => filled,
                }
            }
            ("POST", path) if path.starts_with("/settings/users/") || path.starts_with("/settings/roles/") => {
                ids.fill(path)
            }
            _ => "/requests".to_owned(),
        };
        assert_eq!(path, expected, "{} {}", route.method, route.path);
        assert!(!page.text.contains(SECRET_REFERENCE));
    }
}

/// TENANT-1
#[tokio::test]
async fn another_tenants_ids_answer_like_ids_that_nobody_made() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (real, invented) = (folder(&desk, &firm).await, Ids::invented());
    let mut owner = firm.visitor(BuiltInRole::Administrator).await;
    let other = desk.firm("Fynbos Trust").await;
    let calls = desk.simulator.ledger().len();
    for (route, _) in guarded() {
        let mut intruder = other.visitor(BuiltInRole::Administrator).await;
        let (foreign, nowhere) = (ask(&mut intruder, &route, &real).await, ask(&mut intruder, &route, &invented).await);
        let name = format!("{} {}", route.method, route.path);
        let expected = match (route.method.as_str(), route.path) {
            (_, path) if path.contains('{') => 404,
            ("POST", "/requests") => 422,
            // It is added to their own tenant, or changes that.
            ("POST", "/settings/channels/new" | "/settings/roles/new" | "/settings/general") => 303,
            _ => 200,
        };
        assert_eq!((foreign.status, nowhere.status), (expected, expected), "{name}");
        for secret in [SECRET_REFERENCE, "Aloe Bank"] {
            assert!(!foreign.text.contains(secret), "{name} tells {secret}");
        }
        if expected == 200 {
            for id in real.each() {
                assert!(!foreign.text.contains(id), "{name} tells {id}");
            }
        } else {
            assert_eq!(real.scrub(&foreign), invented.scrub(&nowhere), "{name}");
        }
        if expected == 404 && route.method == "GET" {
            assert_eq!(ask(&mut owner, &route, &real).await.status, 200, "the control: {name} is there for its owner");
        }
    }
    assert_eq!(desk.simulator.ledger().len(), calls, "nothing was sent to the provider");
    // What they did to their own tenant is written down.
    let theirs = [
        "session.started",
        "requests.exported",
        "audit.exported",
        "settings.changed",
        "role.created",
        "user.link_made",
        "api_key.created",
        "webhook.created",
    ];
    assert_eq!(other.deeds().await.iter().filter(|deed| !theirs.contains(&deed.as_str())).count(), 0);
}

/// TENANT-1
#[tokio::test]
async fn foreign_ids_in_a_query_or_under_ones_own_request_lead_nowhere_either() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (real, invented) = (folder(&desk, &firm).await, Ids::invented());
    let other = desk.firm("Fynbos Trust").await;
    let own = other.request("Own").await;
    let mut intruder = other.visitor(BuiltInRole::Administrator).await;
    let ways: [(&str, Pick); 12] = [
        ("?run=", |ids| ids.run.clone()),
        ("/runs/", |ids| ids.run.clone()),
        ("/runs/", |ids| ids.unknown.clone()),
        ("?result=", |ids| ids.result.clone()),
        ("/logs?open=", |ids| ids.exchange.clone()),
        ("/files/", |ids| ids.file.clone()),
        ("/files/", |ids| format!("{}/document", ids.file)),
        ("/files/", |ids| format!("{}/image", ids.picture)),
        ("/results/", |ids| format!("{}/raw", ids.result)),
        ("/results/", |ids| format!("{}/json", ids.result)),
        ("/results/", |ids| format!("{}/tables/1", ids.result)),
        ("/logs/", |ids| format!("{}/request", ids.exchange)),
    ];
    for (way, id) in ways {
        let foreign = intruder.get(&format!("/requests/{own}{way}{}", id(&real))).await;
        let nowhere = intruder.get(&format!("/requests/{own}{way}{}", id(&invented))).await;
        assert_eq!((foreign.status, nowhere.status), (404, 404), "{way}");
        assert_eq!(real.scrub(&foreign), invented.scrub(&nowhere), "{way}");
    }
    for query in ["channel=", "from=older-", "from=newer-"] {
        let foreign = intruder.get(&format!("/requests?{query}{}", real.channel)).await;
        assert_eq!(foreign.status, 200, "{query}");
        assert!(!foreign.text.contains(SECRET_REFERENCE) && !foreign.text.contains(&real.request), "{query}");
    }

    // Within a tenant, a run, file or result is only found under its own request.
    let sibling = firm.request("Another").await;
    let mut owner = firm.visitor(BuiltInRole::Administrator).await;
    for (way, id) in &ways {
        let page = owner.get(&format!("/requests/{sibling}{way}{}", id(&real))).await;
        assert_eq!(page.status, 404, "{way}");
    }
}

/// ACCESS-3, ACCESS-6, NAV-2
#[tokio::test]
async fn a_missing_permission_is_refused_by_name_and_by_who_can_give_it() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let ids = folder(&desk, &firm).await;
    firm.dismiss(BuiltInRole::Auditor).await;
    let mut nobody = firm.visitor(BuiltInRole::Auditor).await;
    let mut viewer = firm.visitor(BuiltInRole::Viewer).await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    for (route, permission) in guarded() {
        let name = format!("{} {}", route.method, route.path);
        let refused = ask(&mut nobody, &route, &ids).await;
        assert_eq!(refused.status, 403, "{name}");
        let words = refused.words();
        let first = if of_product(&route) { Permission::KycRead } else { permission };
        assert!(words.contains(first.as_str()), "the others open nothing without it: {name}: {words}");
        assert!(words.contains("Administrator of Aloe Bank"), "{name}: {words}");
        assert!(!words.contains(SECRET_REFERENCE) && !words.contains("KYC Requests"), "{name}: {words}");

        let seen = ask(&mut viewer, &route, &ids).await;
        assert_eq!(seen.status == 403, permission != Permission::KycRead, "{name} for a viewer: {}", seen.status);
        assert_eq!(seen.words().contains(permission.as_str()), seen.status == 403, "{name}: {}", seen.words());
        let full = ask(&mut administrator, &route, &ids).await;
        // Its run has ended.
        let expected = if route.path.ends_with("/cancel") { &[409][..] } else { &[200, 303] };
        assert!(expected.contains(&full.status), "the control: {name} answers {}", full.status);
    }
}

/// TENANT-2, TENANT-3
#[tokio::test]
async fn without_the_module_every_route_says_that_it_is_required() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let ids = folder(&desk, &firm).await;
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let soon = desk.clock.now().plus(Duration::from_mins(30));
    firm.license(&[("kyc", Some(soon)), ("kyc-intouch", None)]).await;
    assert_eq!(administrator.get("/requests").await.status, 200, "the control: until its end it counts");
    let ended = async |administrator: &mut Visitor, why: &str| {
        for (route, _) in guarded() {
            let page = ask(administrator, &route, &ids).await;
            let name = format!("{why}: {} {}", route.method, route.path);
            let words = page.words();
            if !of_product(&route) {
                // What was deleted in an earlier turn is not there any more; nothing asks for the module.
                let open = page.status != 403 && !words.contains("Module required");
                assert!(open, "the portal around the product stays open: {name}: {words}");
                continue;
            }
            assert_eq!(page.status, 403, "{name}");
            assert!(words.contains("Module required: kyc "), "{name}: {words}");
            assert!(words.contains("Code: module_required"), "{name}: {words}");
            assert!(!words.contains(SECRET_REFERENCE) && !words.contains("KYC Requests"), "{name}: {words}");
        }
    };
    desk.clock.advance(Duration::from_mins(30));
    ended(&mut administrator, "expired").await;
    firm.license(&[("kyc-intouch", None)]).await;
    ended(&mut administrator, "never licensed").await;
    firm.license(&[]).await;
    ended(&mut administrator, "nothing licensed").await;
    for route in table().into_iter().filter(|route| route.needs == Needs::SignIn && route.path != "/sign-out") {
        let page = ask(&mut administrator, &route, &ids).await;
        assert_ne!(page.status, 403, "{} {}: {}", route.method, route.path, page.words());
    }
}

/// TENANT-4
#[tokio::test]
async fn without_the_providers_module_nothing_new_starts_and_what_is_stored_stays_readable() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let ids = folder(&desk, &firm).await;
    let calls = desk.simulator.ledger().len();
    let mut administrator = firm.visitor(BuiltInRole::Administrator).await;
    let (mut settled, mut asked) = (vec![409, 303], vec![404, 200]);
    // People, roles, keys and webhooks take no provider.
    let portal = ["users", "roles", "api-keys", "webhooks"];
    let people = |path: &str| portal.iter().any(|part| path.starts_with(&format!("/settings/{part}")));
    for modules in [&[("kyc", None), ("kyc-intouch", Some(desk.clock.now()))][..], &[("kyc", None)]] {
        firm.license(modules).await;
        for (route, permission) in guarded().into_iter().filter(|(route, _)| !people(route.path)) {
            let page = ask(&mut administrator, &route, &ids).await;
            // What people do to a request by themselves asks nothing of its provider.
            let own = ["/mark/", "/reopen", "/reference", "/notes", "{request}/delete"];
            if own.iter().any(|deed| route.path.contains(deed)) {
                assert_ne!(page.status, 403, "{} {}", route.method, route.path);
                continue;
            }
            let expected = match (permission, route.method.as_str(), route.path) {
                // What was sent before can still be settled, once.
                (_, _, path) if path.ends_with("/settle") => settled.pop().unwrap_or_default(),
                (_, _, path) if path.ends_with("/cancel") => 409,
                (_, "GET", path) if path.ends_with("/delete") => asked.pop().unwrap_or_default(),
                // What is not licensed any more can be cleared away.
                (Permission::KycDelete, "POST", _) => 303,
                (Permission::KycUpdate, "GET", _) if asked.len() == 1 => 404,
                // Its form was open before; who sent it is told.
                (Permission::KycUpdate, ..) if asked.len() == 1 => 409,
                (Permission::KycExecute | Permission::KycUpdate, ..) | (Permission::KycCreate, "POST", _) => 403,
                (_, "POST", "/requests") => 422,
                (_, "POST", "/settings/general") => 303,
                _ => 200,
            };
            assert_eq!(page.status, expected, "{} {}", route.method, route.path);
            if expected == 403 {
                assert!(page.words().contains("Module required: kyc-intouch"), "{}", page.words());
            }
        }
        let page = administrator.get(&format!("/requests/{}", ids.request)).await;
        assert!(page.words().contains("Module required: kyc-intouch"), "{}", page.words());
        assert!(page.words().contains("Directors"), "the result is still there: {}", page.words());
        let new = administrator.get("/requests/new").await;
        assert!(new.words().contains("No channel to verify through"), "{}", new.words());
    }
    assert_eq!(desk.simulator.ledger().len(), calls, "nothing was sent");
}
