//! Users, roles, links to set a password, and the own account.

use dossier_domain::Permission;

use super::*;

const EMAIL: &str = "thandeka.mkhize@protearidge.example";

fn row(name: &str, access: Access) -> UserRow {
    UserRow {
        href: format!("/settings/users/{}", name.len()),
        name: text(name),
        email: text(EMAIL),
        roles: text("KYC Manager, Auditor"),
        signed_in: (access == Access::Active).then(|| when(31)),
        access,
    }
}

pub(super) fn users() -> Vec<(&'static str, UsersPage)> {
    let page = |users| UsersPage {
        shell: shell(),
        add: true,
        text: String::new(),
        users,
        found: text("4 users"),
        before: None,
        after: None,
    };
    let all = vec![
        row("Farah Davids", Access::Inactive),
        row("Lindiwe Nkosi", Access::InvitationEnded(when(9))),
        UserRow { roles: String::new(), ..row("Riaan Coetzee", Access::Invited(when(-9))) },
        row("Thandeka Mkhize", Access::Active),
    ];
    let long = longest();
    let wordy = |n: usize| UserRow {
        email: format!("{}@example.org", "w".repeat(242)),
        roles: format!("{}, {} and 7 more", "R".repeat(100), "R".repeat(100)),
        ..row(&long[n % 3], Access::Active)
    };
    let longest = UsersPage {
        found: text("300 users, 25 of them shown"),
        before: Some(text("/settings/users?q=a&before=1")),
        after: Some(text("/settings/users?q=a&after=1")),
        ..page((0..25).map(wordy).collect())
    };
    let hostile = UserRow { email: text(HOSTILE), roles: text(HOSTILE), ..row(HOSTILE, Access::Active) };
    let hostile = UsersPage { shell: hostile_shell(), text: text(HOSTILE), ..page(vec![hostile]) };
    vec![
        ("users", page(all)),
        ("users-none", UsersPage { text: text("kwnatu"), add: false, found: text("0 users"), ..page(vec![]) }),
        ("users-longest", longest),
        ("users-hostile", hostile),
    ]
}

pub(super) fn user() -> Vec<(&'static str, UserPage)> {
    let page = |name: &str, access| UserPage {
        shell: shell(),
        banner: None,
        href: text("/settings/users/0193"),
        name: text(name),
        email: text(EMAIL),
        roles: vec![(text("Auditor"), None), (text("KYC Manager"), Some(text("/settings/roles/0193")))],
        grants: by_module([Permission::KycRead, Permission::KycExecute, Permission::AuditRead]),
        access,
        added: when(90_000),
        signed_in: Some(when(31)),
        beyond: None,
        edit: true,
        deactivate: true,
        activate: false,
        link: true,
    };
    let still = |page: UserPage| UserPage { edit: false, deactivate: false, activate: false, link: false, ..page };
    let saved = Banner::new(Outcome::Good, "The user was saved", "It counts from the next page that is opened.");
    let beyond = Some(Permission::AdminFull);
    let away = UserPage { activate: true, ..still(page("Farah Davids", Access::Inactive)) };
    let bare = UserPage { roles: vec![], grants: vec![], signed_in: None, ..page("Riaan", Access::Invited(when(-9))) };
    let roles = vec![(text(HOSTILE), Some(text("/settings/roles/1"))), (text(&longest()[0]), None)];
    let grants = by_module(Permission::ALL.iter().copied());
    let hostile =
        UserPage { shell: hostile_shell(), email: text(HOSTILE), roles, grants, ..page(HOSTILE, Access::Active) };
    vec![
        ("user", UserPage { banner: Some(saved), ..page("Thandeka Mkhize", Access::Active) }),
        ("user-beyond", UserPage { beyond, ..still(page("Riaan Coetzee", Access::Active)) }),
        ("user-inactive", away),
        ("user-invited", bare),
        ("user-late", page("Lindiwe Nkosi", Access::InvitationEnded(when(9)))),
        ("user-hostile", hostile),
        ("user-longest", page(&longest()[0], Access::Active)),
    ]
}

pub(super) fn user_links() -> Vec<(&'static str, UserLinkPage)> {
    let page = UserLinkPage {
        shell: shell(),
        href: text("/settings/users/0193"),
        name: text("Nomsa Cele"),
        email: text("nomsa.cele@protearidge.example"),
        invitation: true,
        url: text("https://kyc.protearidge.example/link/Yb3vQ2v0x8mJ4n7tqkP1sR5uW9yA2cE4gH6jL8oN0pS"),
        until: when(-10_080),
    };
    let (name, email, url) = (text(HOSTILE), text(HOSTILE), text(HOSTILE));
    vec![
        ("user-link", page.clone()),
        ("user-link-reset", UserLinkPage { invitation: false, name: longest()[0].clone(), ..page.clone() }),
        ("user-link-hostile", UserLinkPage { shell: hostile_shell(), name, email, url, ..page }),
    ]
}

pub(super) fn user_deactivations() -> Vec<(&'static str, UserDeactivatePage)> {
    let page = |name: &str| UserDeactivatePage { shell: shell(), href: text("/settings/users/1"), name: text(name) };
    vec![
        ("user-deactivate", page("Thandeka Mkhize")),
        ("user-deactivate-hostile", UserDeactivatePage { shell: hostile_shell(), ..page(HOSTILE) }),
    ]
}

pub(super) fn people_forms() -> Vec<(&'static str, PeopleFormPage)> {
    let value = |name: &str, label: &str, kind, value: &str, wrong: Option<&str>| Field {
        required: true,
        error: wrong.map(text),
        ..Field::new(name, label, Control::Text { kind, value: text(value) })
    };
    let roles = |wrong: Option<&str>| Field {
        hint: Some(text("Not here, since you do not hold all that they grant: Administrator.")),
        error: wrong.map(text),
        ..Field::new(
            "roles",
            "Roles",
            Control::Choices {
                options: vec![
                    choice("1", "KYC Manager", true),
                    choice("2", "KYC Operator", false),
                    choice("3", &longest()[0], false),
                ],
            },
        )
    };
    let page = |name: &str, wrong: Option<&str>| PeopleFormPage {
        shell: shell(),
        section: Place::Users,
        stored: Some(text(name)),
        heading: "Invite a user",
        intro: "Other roles count from the next page that the user opens.",
        up: text("/settings/users/0193"),
        post_href: text("/settings/users/0193/edit"),
        hidden: ("_version", text("7")),
        fields: vec![
            value("name", "Name", TextKind::Plain, name, wrong),
            value("email", "E-mail address", TextKind::Email, EMAIL, wrong),
            roles(wrong),
        ],
        what: "Nothing was saved.",
        refusal: None,
        verb: "Save user",
    };
    let new = PeopleFormPage { stored: None, up: text("/settings/users"), verb: "Invite", ..page("", None) };
    let reused = PeopleFormPage { refusal: Some("This form invited somebody before."), ..new.clone() };
    let module = |name: &str, heading: &str, some: &[Permission], wrong: Option<&str>| Field {
        error: wrong.map(text),
        hint: Some(text("Not here, since you do not hold it yourself: kyc:create, kyc:update.")),
        ..Field::new(
            name,
            heading,
            Control::Choices { options: some.iter().map(|p| choice(p.as_str(), permission_words(*p), true)).collect() },
        )
    };
    let role = |name: &str, wrong: Option<&str>| PeopleFormPage {
        section: Place::Roles,
        fields: vec![
            value("name", "Name", TextKind::Plain, name, wrong),
            module("permissions.kyc", "Channels and requests", &Permission::ALL[..5], wrong),
            module("permissions.users", "Users", &Permission::ALL[5..9], None),
            module("permissions.admin", "Everything", &[], None),
        ],
        verb: "Save role",
        ..page(name, None)
    };
    let theirs = "They saved “\u{2068}Mine\u{2069}”. Save again to put yours over it, or write theirs.";
    let hostile = |page: PeopleFormPage| PeopleFormPage { shell: hostile_shell(), ..page };
    vec![
        ("user-form", page("Thandeka Mkhize", None)),
        ("user-form-new", new),
        ("user-form-refused", page("Thandeka Mkhize", Some(theirs))),
        ("user-form-reused-refused", reused),
        ("user-form-hostile", hostile(page(HOSTILE, Some(HOSTILE)))),
        ("role-form", role("Front desk", None)),
        ("role-form-refused", role("Front desk", Some("You do not hold kyc:create, so you cannot give it."))),
        ("role-form-hostile", hostile(role(HOSTILE, Some(HOSTILE)))),
    ]
}

pub(super) fn roles() -> Vec<(&'static str, RolesPage)> {
    let row = |name: &str, built_in, grants: &str, holders| RoleRow {
        href: text("/settings/roles/0193"),
        name: text(name),
        built_in,
        grants: text(grants),
        holders,
    };
    let page = |roles| RolesPage { shell: shell(), banner: None, add: true, roles };
    let every: Vec<_> = Permission::ALL.iter().map(|p| p.as_str()).collect();
    let all = vec![
        row("Administrator", true, "admin:full", 2),
        row("KYC Manager", true, "kyc:read, kyc:create, kyc:update, kyc:delete, kyc:execute", 14),
        row("Front desk", false, "kyc:read, kyc:execute", 0),
        row(&longest()[0], false, &every.join(", "), 1_284),
    ];
    let done = Some(Banner::new(Outcome::Good, "The role was deleted", "Nobody holds it any more."));
    vec![
        ("roles", RolesPage { banner: done, ..page(all) }),
        ("roles-hostile", RolesPage { shell: hostile_shell(), add: false, ..page(vec![row(HOSTILE, false, "", 0)]) }),
    ]
}

pub(super) fn role() -> Vec<(&'static str, RolePage)> {
    let page = |name: &str| RolePage {
        shell: shell(),
        banner: None,
        href: text("/settings/roles/0193"),
        name: text(name),
        built_in: false,
        grants: by_module([Permission::KycRead, Permission::KycExecute, Permission::UsersRead]),
        holders: 2,
        people: vec![(text("Thandeka Mkhize"), text("/settings/users/1")), (text("Ravi"), text("/settings/users/2"))],
        beyond: None,
        edit: true,
        delete: true,
    };
    let built_in = RolePage { built_in: true, edit: false, delete: false, ..page("KYC Operator") };
    let beyond = RolePage {
        beyond: Some(Permission::AdminFull),
        grants: by_module([Permission::AdminFull]),
        edit: false,
        delete: false,
        ..page("Owners")
    };
    let crowd = (0..25).map(|n| (longest()[n % 3].clone(), text("/settings/users/1"))).collect();
    let hostile =
        RolePage { shell: hostile_shell(), people: vec![(text(HOSTILE), text("/settings/users/1"))], ..page(HOSTILE) };
    let full = by_module(Permission::ALL.iter().copied());
    vec![
        ("role", page("Front desk")),
        ("role-built-in", built_in),
        ("role-beyond", beyond),
        ("role-empty", RolePage { holders: 0, people: vec![], grants: vec![], ..page("Unused") }),
        ("role-longest", RolePage { people: crowd, holders: 1_284, grants: full, ..page(&longest()[0]) }),
        ("role-hostile", hostile),
    ]
}

pub(super) fn role_deletions() -> Vec<(&'static str, RoleDeletePage)> {
    let loser = |name: &str, lost: Vec<&'static str>| LoserRow { name: text(name), email: text(EMAIL), lost };
    let page = |name: &str, holders, losers| RoleDeletePage {
        shell: shell(),
        href: text("/settings/roles/0193"),
        name: text(name),
        version: 3,
        holders,
        losers,
        lost: vec!["kyc:read", "kyc:execute"],
        changed: None,
    };
    let some = vec![loser("Ravi Pillay", vec!["kyc:read", "kyc:execute"]), loser("Zola Khumalo", vec![])];
    let every: Vec<_> = Permission::ALL.iter().map(|p| p.as_str()).collect();
    let many = (0..25).map(|n| loser(&longest()[n % 3], every.clone())).collect();
    let changed = Some(Banner::new(Outcome::Alert, "Nothing was deleted", "It stands like this now."));
    let hostile = page(HOSTILE, 1, vec![LoserRow { email: text(HOSTILE), ..loser(HOSTILE, vec![]) }]);
    vec![
        ("role-delete", page("Front desk", 2, some.clone())),
        ("role-delete-nobody", page("Unused", 0, vec![])),
        ("role-delete-changed", RoleDeletePage { changed, ..page("Front desk", 2, some) }),
        ("role-delete-unnamed", page("Front desk", 2, vec![])),
        ("role-delete-unnamed-nothing", RoleDeletePage { lost: vec![], ..page("Front desk", 1, vec![]) }),
        ("role-delete-longest", page(&longest()[0], 1_284, many)),
        ("role-delete-hostile", RoleDeletePage { shell: hostile_shell(), ..hostile }),
    ]
}

fn password(wrong: Option<&str>) -> Vec<Field> {
    let secret = |name: &str, label: &str, error: Option<&str>| Field {
        required: true,
        error: error.map(text),
        ..Field::new(name, label, Control::Secret { set: false })
    };
    let hint = Some(text("At least 12 characters. Several words are easier to keep in mind than one odd one."));
    vec![Field { hint, ..secret("password", "New password", wrong) }, secret("again", "The same once more", None)]
}

pub(super) fn links() -> Vec<(&'static str, LinkPage)> {
    let form = |email: &str, invitation, wrong: Option<&str>| LinkPage {
        shell: Shell { tenant: Some(text("Protea Ridge Bank")), ..stranger() },
        content: LinkContent::Form {
            href: text("/link/Yb3vQ2v0x8mJ4n7tqkP1sR5uW9yA2cE4gH6jL8oN0pS"),
            email: text(email),
            invitation,
            password: password(wrong),
        },
    };
    let gone = |content| LinkPage { shell: stranger(), content };
    let hostile = Shell { user: None, ..hostile_shell() };
    vec![
        ("link", form(EMAIL, true, None)),
        ("link-reset-refused", form(EMAIL, false, Some("Choose a password of at least 12 characters."))),
        ("link-used", gone(LinkContent::Used)),
        ("link-ended", gone(LinkContent::Ended)),
        ("link-unknown", gone(LinkContent::Unknown)),
        ("link-hostile", LinkPage { shell: hostile, ..form(HOSTILE, true, None) }),
    ]
}

pub(super) fn accounts() -> Vec<(&'static str, AccountPage)> {
    let session = |browser: &str, here| SessionRow {
        end: text("/account/sessions/0193/end"),
        here,
        browser: text(browser),
        address: text("2001:db8:85a3:8d3:1319:8a2e:370:7348"),
        since: when(90),
        seen: when(3),
    };
    let page = |wrong: Option<&str>, sessions| {
        let present = Field {
            required: true,
            error: wrong.map(text),
            ..Field::new("present", "Present password", Control::Present)
        };
        AccountPage {
            shell: shell(),
            banner: None,
            email: text(EMAIL),
            password: [present].into_iter().chain(password(None)).collect(),
            sessions,
        }
    };
    let some = || vec![session("Firefox on Windows", true), session("A browser that does not say", false)];
    let done = Some(Banner::new(Outcome::Good, "Your password was changed", "Every other session has ended."));
    let alone = AccountPage { banner: done, ..page(None, vec![session("Safari on iPhone", true)]) };
    let hostile =
        AccountPage { shell: hostile_shell(), email: text(HOSTILE), ..page(None, vec![session(HOSTILE, false)]) };
    vec![
        ("account", page(None, some())),
        ("account-alone", alone),
        ("account-refused", page(Some("This is not your present password. Nothing was changed."), some())),
        ("account-many", page(None, (0..40).map(|n| session("Chrome on Android", n == 0)).collect())),
        ("account-hostile", hostile),
    ]
}
