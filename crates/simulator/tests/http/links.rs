//! Documents and images of workflows, behind pre-signed links.

use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;

use crate::bench::{Bench, start};

const BASIC: &str = "585b68cc-d4c8-4476-ab30-33beb587774e";
const NAMES: [&str; 12] = [
    "IDNumber",
    "CountryCode",
    "AddressLine1",
    "AddressLine2",
    "Suburb",
    "City",
    "PostalCode",
    "Province",
    "Country",
    "City",
    "Reference",
    "ResultType",
];

/// The links of a completed Basic KYC: the photo and the report.
async fn links(bench: &Bench, reference: &str) -> [String; 2] {
    let tracking = bench.workflow(BASIC, &NAMES, reference).await;
    let mut status = Value::Null;
    for _ in 0..3 {
        status = bench.look(&tracking).await;
    }
    let link = |pointer: &str| status.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    [link("/steps/0/result/Photo"), link("/steps/1/result/Documents/0/Url")]
}

#[tokio::test]
async fn links_bring_files_without_a_token() {
    let bench = start().await;
    let [photo, report] = links(&bench, "Naidoo").await;
    let answer = bench.client.get(photo).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert!(answer.bytes().await.unwrap().starts_with(b"\x89PNG"));
    let answer = bench.client.get(report).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert!(answer.bytes().await.unwrap().starts_with(b"%PDF-"));
    assert_eq!((bench.last().service.as_str(), bench.last().names), ("Signed Link", vec!["expires".to_owned()]));
}

#[tokio::test]
async fn a_token_that_leaks_to_a_link_is_noticed() {
    let bench = start().await;
    let [photo, _] = links(&bench, "Naidoo").await;
    let answer = bench.client.get(photo).bearer_auth(&bench.token).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let entry = bench.last();
    assert_eq!((entry.status, entry.names), (Some(400), vec!["expires".to_owned(), "authorization".to_owned()]));
}

#[tokio::test]
async fn links_expire_after_a_day_of_the_providers_time() {
    let bench = start().await;
    let [photo, _] = links(&bench, "Naidoo").await;
    let day = datetime!(2026-03-03 08:00 UTC);
    bench.simulator.set_time(day - Duration::SECOND);
    assert_eq!(bench.client.get(&photo).send().await.unwrap().status(), 200);
    assert_eq!(bench.order("clock", json!({ "now": "2026-03-03T08:00:00Z" })).await.status(), 204);
    let answer = bench.client.get(&photo).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(answer.text().await.unwrap().contains("Request has expired"));
    assert_eq!(bench.order("clock", json!({ "now": "soon" })).await.status(), 400);
}

#[tokio::test]
async fn links_misbehave_as_the_reference_says() {
    let bench = start().await;
    let get = async |url: &str| bench.client.get(url).send().await.unwrap();
    let [photo, _] = links(&bench, "sim:links-expired").await;
    assert_eq!(get(&photo).await.status(), 403);
    let [photo, _] = links(&bench, "sim:links-once").await;
    assert_eq!([get(&photo).await.status().as_u16(), get(&photo).await.status().as_u16()], [200, 403]);
    let [photo, _] = links(&bench, "sim:links-redirect").await;
    let answer = get(&photo).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (307, &"http://169.254.169.254/latest/meta-data/".parse().unwrap())
    );
    let [photo, _] = links(&bench, "Naidoo").await;
    bench.misbehave(json!({ "path": "/signed/", "kind": "expired-link" })).await;
    assert_eq!([get(&photo).await.status().as_u16(), get(&photo).await.status().as_u16()], [403, 200]);
    assert_eq!(get(&photo.replace("expires=", "expires=9")).await.status(), 403, "tampered with");
}
