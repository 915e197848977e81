//! Who may do what, tried at every operation: the cases are made of [`dossier_api::table`], so a new operation is tried by
//! itself, and one with a place holder that is not known here fails.

use axum::body::Body;
use axum::http::Method;
use dossier_api::{Operation, table};
use dossier_app::grant::Needs;
use dossier_domain::Permission;
use dossier_testkit::{ApiAnswer, ApiClient, Desk, Firm};
use serde_json::{Value, json};

/// What the place holders stand for.
struct Ids {
    channel: String,
    request: String,
    run: String,
    output: String,
}

impl Ids {
    async fn of(firm: &Firm<'_>) -> Self {
        let request = firm.request("Kwantu Solar Components").await;
        let params = json!({ "reference": "K1", "registrationNumber": "2014/187452/07" });
        let run = firm.run(request, "company_kyc", params).await.id.to_string();
        let reader = firm.program("Reader of ids", &["kyc:read"]).await;
        let outputs = reader.get(&format!("/requests/{request}/outputs")).await;
        let output = outputs.json["data"][0]["id"].as_str().unwrap().to_owned();
        Self { channel: firm.channel().to_string(), request: request.to_string(), run, output }
    }

    /// Ids that nobody ever made.
    fn invented() -> Self {
        let id = |n: u8| format!("0193b0c0-0000-7000-8000-0000000000{n:02x}");
        Self { channel: id(1), request: id(2), run: id(3), output: id(4) }
    }

    fn fill(&self, path: &str) -> String {
        let known = [
            ("{channel}", &self.channel),
            ("{request}", &self.request),
            ("{run}", &self.run),
            ("{output}", &self.output),
        ];
        let filled = known.iter().fold(path.to_owned(), |path, (holder, id)| path.replace(holder, id));
        assert!(!filled.contains('{'), "{path}: nobody said what its place holders stand for");
        filled
    }

    /// The answer without these ids and without its own number.
    fn scrub(&self, answer: &ApiAnswer) -> String {
        let text = String::from_utf8_lossy(&answer.bytes).replace(answer.header("x-request-id"), "NUMBER");
        [&self.channel, &self.request, &self.run, &self.output].iter().fold(text, |text, id| text.replace(*id, "ID"))
    }
}

/// A body that the operation takes, when it takes one.
fn body(operation: &Operation) -> Value {
    let told = &dossier_api::document()["paths"][operation.path.as_str()]
        [operation.method.as_str().to_ascii_lowercase().as_str()]["requestBody"]["content"]["application/json"]["schema"];
    let Some(name) = told["$ref"].as_str().and_then(|path| path.rsplit('/').next()) else { return Value::Null };
    dossier_api::document()["components"]["schemas"][name]["example"].clone()
}

async fn ask(program: &ApiClient, operation: &Operation, ids: &Ids) -> ApiAnswer {
    let path = ids.fill(&operation.path);
    match body(operation) {
        Value::Null => program.send(operation.method.clone(), &path, &[], Body::empty()).await,
        body => program.call(operation.method.clone(), &path, &body, &[]).await,
    }
}

/// TENANT-1
#[tokio::test]
async fn another_tenants_ids_answer_like_ids_that_nobody_ever_made() {
    let desk = Desk::open().await;
    let (firm, other) = (desk.firm("Karoo Lending").await, desk.firm("Protea Bank").await);
    let (theirs, invented) = (Ids::of(&firm).await, Ids::invented());
    let program = other.program("Core banking", &["admin:full"]).await;
    let mut tried = 0;
    for operation in table().iter().filter(|operation| operation.path.contains('{')) {
        let foreign = ask(&program, operation, &theirs).await;
        let none = ask(&program, operation, &invented).await;
        let name = format!("{} {}", operation.method, operation.path);
        assert_eq!(foreign.problem(), (404, "not_found"), "{name}: {}", foreign.json);
        assert_eq!(theirs.scrub(&foreign), invented.scrub(&none), "{name}");
        tried += 1;
    }
    assert!(tried > 10, "the control: {tried}");
    // The control: whose they are finds them.
    let own = firm.program("Core banking", &["admin:full"]).await;
    for operation in table().iter().filter(|operation| operation.method == Method::GET) {
        let answer = ask(&own, operation, &theirs).await;
        assert_eq!(answer.status, 200, "{}: {}", operation.path, answer.json);
    }
    desk.close().await;
}

/// ACCESS-3
#[tokio::test]
async fn without_its_permission_an_operation_is_refused_and_with_it_alone_it_is_not() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let ids = Ids::of(&firm).await;
    let all: Vec<_> = Permission::ALL.iter().filter(|permission| **permission != Permission::AdminFull).collect();
    for operation in table() {
        let name = format!("{} {}", operation.method, operation.path);
        let (Needs::Permission(needed) | Needs::Portal(needed)) = operation.needs else { continue };
        let without: Vec<_> = all.iter().filter(|permission| ***permission != needed).map(|p| p.as_str()).collect();
        // A key without kyc:read cannot hold the other permissions of the product.
        let without: Vec<_> =
            without.into_iter().filter(|word| needed != Permission::KycRead || !word.starts_with("kyc:")).collect();
        let refused = ask(&firm.program("Without", &without).await, &operation, &ids).await;
        assert_eq!(refused.problem(), (403, "forbidden"), "{name}: {}", refused.json);
        assert!(refused.text("detail").contains(needed.as_str()), "{name}: {}", refused.text("detail"));
        let mut with = vec![needed.as_str()];
        if needed.as_str().starts_with("kyc:") && needed != Permission::KycRead {
            with.push("kyc:read");
        }
        let allowed = ask(&firm.program("With", &with).await, &operation, &ids).await;
        assert!(!matches!(allowed.status, 401 | 403 | 405), "{name}: {}", allowed.json);
        let stranger = ask(&ApiClient::new(desk.router()), &operation, &ids).await;
        assert_eq!(stranger.problem(), (401, "unauthenticated"), "{name}");
    }
    desk.close().await;
}

/// TENANT-3
#[tokio::test]
async fn without_the_module_every_operation_of_the_product_is_closed() {
    let desk = Desk::open().await;
    let firm = desk.firm("Karoo Lending").await;
    let ids = Ids::of(&firm).await;
    let program = firm.program("Core banking", &["admin:full"]).await;
    firm.license(&[]).await;
    for operation in table() {
        let answer = ask(&program, &operation, &ids).await;
        let closed = answer.problem() == (403, "module_required");
        let product = matches!(operation.needs, Needs::Permission(_));
        assert_eq!(closed, product, "{} {}: {}", operation.method, operation.path, answer.json);
    }
    desk.close().await;
}
