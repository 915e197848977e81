//! Uploads and the services that look at them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dossier_simulator::Outcome;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::bench::{Bench, json_of, start};

const OCR: &str = "abf72fa8-cd6f-46e7-9baf-ba1ea1c2d322";
const COMPARE: &str = "90c11897-f2a1-4e9b-9107-1382ced5490f";
const LIVENESS: &str = "37f83569-9db3-4f5a-8303-b56f42a632ca";

fn files(bench: &Bench, id: &str, body: &Value) -> RequestBuilder {
    bench.post("/library/api/v3/files").query(&[("id", id)]).json(body)
}

fn ocr(bench: &Bench, front: &str, back: &str) -> RequestBuilder {
    let body = json!({ "FrontImage": front, "BackImage": back });
    files(bench, OCR, &body).header("UseV2", "true").header("DocumentType", "IDCARD")
}

async fn compare(bench: &Bench, target: &str, faces: &Value) -> Value {
    json_of(files(bench, COMPARE, &json!({ "target": target, "faces": faces }))).await.1
}

async fn liveness(bench: &Bench, media: &str) -> Value {
    json_of(files(bench, LIVENESS, &json!({ "media": media })).header("UseV3", "true")).await.1
}

#[tokio::test]
async fn one_file_is_answered_with_a_string_and_two_with_an_object() {
    let bench = start().await;
    let (status, one) = bench.upload(&[("media", b"a")]).await;
    assert!(status == 200 && one.as_str().unwrap().ends_with("/media"), "{one}");
    let (_, two) = bench.upload(&[("frontImage", b"a"), ("backImage", b"b")]).await;
    assert!(two["frontImage"].is_string() && two["backImage"].is_string(), "{two}");
    let entry = bench.last();
    assert_eq!((entry.service.as_str(), entry.charged), ("Upload", false));
    assert_eq!(entry.names, ["frontImage", "backImage"]);
}

#[tokio::test]
async fn the_shape_of_the_answer_can_be_ordered() {
    let bench = start().await;
    let (_, object) = bench.upload(&[("media", b"picture sim:answer=object")]).await;
    assert!(object["media"].is_string(), "{object}");
    bench.misbehave(json!({ "path": "/library/api/v3/upload", "kind": "answer=string" })).await;
    assert!(bench.upload(&[("frontImage", b"a"), ("backImage", b"b")]).await.1.is_string());
    assert_eq!(bench.last().misbehaviour.as_deref(), Some("answer=string"));
    let text = bench.uploading(&[("media", b"a")]).query(&[("Reference", "sim:answer=text")]).send().await.unwrap();
    assert!(text.text().await.unwrap().starts_with("uploads/"));
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let bench = start().await;
    for (parts, status, error) in [
        (vec![("media", b"".as_slice())], 400, "empty_part"),
        (vec![("frontImage", b"a".as_slice()), ("backImage", b"")], 400, "empty_part"),
        (vec![("frontImage", b"a".as_slice())], 400, "invalid_request"),
        (vec![("media", b"a".as_slice()), ("frontImage", b"a")], 400, "invalid_request"),
        (vec![], 400, "invalid_request"),
        (vec![("media", [0; 10_000_001].as_slice())], 413, "too_large"),
    ] {
        let (code, answer) = bench.upload(&parts).await;
        assert_eq!((code, &answer["error"]), (status, &json!(error)), "{answer}");
    }
    assert_eq!(json_of(bench.post("/library/api/v3/upload").json(&json!({}))).await.0, 400, "no form");
}

#[tokio::test]
async fn an_identity_document_is_read_and_the_same_pictures_read_the_same() {
    let bench = start().await;
    let path = async |bytes: &[u8]| bench.media(bytes).await;
    let (front, back) = (path(b"front").await, path(b"back").await);
    let (status, first) = json_of(ocr(&bench, &front, &back)).await;
    assert_eq!((status, &first["http_code"]), (200, &json!(200)));
    let card = &first["Results"][0];
    assert_eq!(card["IDNumber"].as_str().unwrap().len(), 13);
    assert!(STANDARD.decode(card["FaceImage"].as_str().unwrap()).unwrap().starts_with(b"\x89PNG"));
    assert!(bench.last().charged);
    assert_eq!(bench.last().names, ["id", "FrontImage", "BackImage"]);
    let (_, again) = json_of(ocr(&bench, &path(b"front").await, &path(b"back").await)).await;
    assert_eq!(first["Results"], again["Results"]);
    assert_ne!(first["TransactionID"], again["TransactionID"]);
    let (_, other) = json_of(ocr(&bench, &path(b"other").await, &back)).await;
    assert_ne!(first["Results"][0]["IDNumber"], other["Results"][0]["IDNumber"]);
}

#[tokio::test]
async fn a_service_wants_its_headers_and_a_path_that_was_given_out() {
    let bench = start().await;
    let path = bench.media(b"a").await;
    let body = json!({ "FrontImage": path, "BackImage": path });
    let (status, answer) = json_of(files(&bench, OCR, &body).header("UseV2", "true")).await;
    assert_eq!((status, &answer["message"]), (400, &json!("The header DocumentType must be IDCARD")));
    let (status, _) = json_of(files(&bench, LIVENESS, &json!({ "media": path }))).await;
    assert_eq!(status, 400);
    let (status, answer) = json_of(ocr(&bench, &path, "uploads/made-up/media")).await;
    assert_eq!((status, &answer["http_code"]), (200, &json!(404)));
    assert_eq!(answer["status_message"], "BackImage is no path of an uploaded file");
    assert!(!bench.last().charged);
    assert_eq!(compare(&bench, &path, &json!([])).await["http_code"], 400);
    assert_eq!(json_of(files(&bench, "x", &body)).await.0, 404);
}

#[tokio::test]
async fn faces_are_compared_with_a_score_for_each() {
    let bench = start().await;
    let (target, same, other, unlike) = (
        bench.media(b"face").await,
        bench.media(b"face").await,
        bench.media(b"another").await,
        bench.media(b"third sim:no-match").await,
    );
    let answer = compare(&bench, &target, &json!([same, other])).await;
    assert_eq!(answer["Results"][0], json!({ "score": 1.0, "match": true, "threshold": 0.8 }));
    assert_eq!(answer["Results"][1]["match"], true);
    let turned = compare(&bench, &other, &json!(target)).await;
    assert_eq!(turned["Results"][0], answer["Results"][1], "who is compared with whom makes no difference");
    let differ = compare(&bench, &target, &json!(unlike)).await;
    assert_eq!(differ["Results"][0]["match"], false);
    assert!(differ["Results"][0]["score"].as_f64().unwrap() < 0.8);
}

#[tokio::test]
async fn liveness_tells_life_from_a_spoof_and_from_nothing() {
    let bench = start().await;
    let live = liveness(&bench, &bench.media(b"selfie").await).await;
    assert_eq!(live["Results"][0]["live"], true);
    let spoof = liveness(&bench, &bench.media(b"\x89PNG\xff\x00sim:spoof").await).await;
    assert_eq!(spoof["Results"][0]["live"], false);
    let blank = liveness(&bench, &bench.media(b"sim:unreadable").await).await;
    assert_eq!((&blank["http_code"], blank.get("Results")), (&json!(422), None));
    assert!(!bench.last().charged);
}

#[tokio::test]
async fn an_upload_can_be_made_to_misbehave_by_its_content() {
    let bench = start().await;
    assert_eq!(bench.upload(&[("media", b"sim:500")]).await.0, 500);
    assert_eq!(bench.last().reference.as_deref(), Some("sim:500"));
    assert_eq!(bench.upload(&[("media", b"sim:\x00\x01 noise, and sim:nonsense")]).await.0, 200);
    bench.uploading(&[("media", b"sim:hang-up")]).send().await.unwrap_err();
    assert_eq!(bench.last().outcome, Outcome::HungUp);
}
