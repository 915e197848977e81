use std::time::{Duration, Instant};

use dossier_simulator::{Outcome, Tally};
use serde_json::{Value, json};

use crate::bench::{json_of, start, until};

#[tokio::test]
async fn errors_are_answered_as_ordered() {
    let bench = start().await;
    for (marker, status, pointer, value) in [
        ("500", 500, "/error", json!("internal_error")),
        ("error-in-200", 200, "/http_code", json!(500)),
        ("429", 429, "/error", json!("too_many_requests")),
        ("timout", 400, "/error", json!("unknown_marker")),
    ] {
        for _ in 0..2 {
            let (code, answer) = json_of(bench.with_reference(&format!("Naidoo sim:{marker}"))).await;
            assert_eq!((code, answer.pointer(pointer)), (status, Some(&value)), "{marker}");
        }
    }
    assert_eq!(json_of(bench.with_reference("Naidoo")).await.1["http_code"], 200);
}

#[tokio::test]
async fn a_caller_that_is_too_fast_hears_when_to_come_back() {
    let bench = start().await;
    let answer = bench.with_reference("sim:429").send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "1");
}

#[tokio::test]
async fn a_malformed_answer_is_whole_and_no_json() {
    let bench = start().await;
    let answer = bench.with_reference("sim:malformed").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let text = answer.text().await.unwrap();
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err(), "{text}");
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_half_way() {
    let bench = start().await;
    let mut answer = bench.with_reference("sim:truncated").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let announced = answer.content_length().unwrap();
    let mut came = 0;
    let error = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => came += u64::try_from(chunk.len()).unwrap(),
            Ok(None) => panic!("the answer ended as if it were whole, after {came} bytes"),
            Err(error) => break error,
        }
    };
    assert_eq!(came, announced / 2, "{error}");
    assert_eq!((bench.last().outcome, bench.last().status), (Outcome::CutShort, Some(200)));
}

#[tokio::test]
async fn a_hang_up_leaves_the_caller_without_a_byte() {
    let bench = start().await;
    let error = bench.with_reference("sim:hang-up").send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect(), "{error:?}");
    assert_eq!((bench.last().outcome, bench.last().status), (Outcome::HungUp, None));
}

#[tokio::test]
async fn a_slow_answer_is_late_and_proper() {
    let bench = start().await;
    let begun = Instant::now();
    let (status, answer) = json_of(bench.with_reference("sim:slow=60ms")).await;
    assert!(begun.elapsed() >= Duration::from_millis(60));
    assert_eq!((status, &answer["http_code"]), (200, &json!(200)));
}

#[tokio::test]
async fn a_caller_that_does_not_wait_for_a_slow_answer_pays_for_it() {
    let bench = start().await;
    let call = tokio::spawn(bench.with_reference("sim:slow=600s").send());
    until("the call has arrived", || bench.last().charged).await;
    call.abort();
    until("the call is gone", || bench.last().outcome == Outcome::Left).await;
    assert_eq!(bench.simulator.tallies()["sim:slow=600s"], Tally { asked: 1, charged: 1 });
}

#[tokio::test]
async fn a_timeout_lasts_until_the_caller_goes() {
    let bench = start().await;
    let call = tokio::spawn(bench.with_reference("sim:timeout").send());
    until("the call has arrived", || bench.last().misbehaviour.as_deref() == Some("timeout")).await;
    assert_eq!(bench.last().outcome, Outcome::Open);
    call.abort();
    until("the call is gone", || bench.last().outcome == Outcome::Left).await;
}

#[tokio::test]
async fn a_timeout_ends_when_the_simulator_stops() {
    let bench = start().await;
    let call = tokio::spawn(bench.with_reference("sim:timeout").send());
    until("the call has arrived", || bench.last().misbehaviour.is_some()).await;
    bench.simulator.stop().await;
    let ended = tokio::time::timeout(Duration::from_secs(20), call).await.expect("the call is still held");
    let error = ended.unwrap().unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(bench.last().outcome, Outcome::HungUp);
}

#[tokio::test]
async fn a_refused_token_counts_no_more_and_a_new_one_is_answered() {
    let mut bench = start().await;
    let refused = (401, json!({ "error": "invalid_token" }));
    assert_eq!(json_of(bench.with_reference("sim:401-once")).await, refused);
    assert_eq!(json_of(bench.with_reference("sim:401-once")).await, refused, "with the old token");
    bench.token = bench.new_token().await;
    assert_eq!(json_of(bench.with_reference("sim:401-once")).await.0, 200);
}

#[tokio::test]
async fn a_redirect_is_noticed_if_it_is_followed() {
    let bench = start().await;
    let answer = bench.with_reference("sim:redirect").send().await.unwrap();
    assert_eq!(answer.status(), 307);
    assert!(bench.simulator.ledger().iter().all(|entry| entry.service != "Redirected"));
    let target = answer.headers()["location"].to_str().unwrap();
    bench.post(target).send().await.unwrap();
    assert_eq!(bench.last().service, "Redirected");
}

#[tokio::test]
async fn a_plan_holds_for_its_path_and_as_often_as_it_says() {
    let bench = start().await;
    let ordered = bench.misbehave(json!({ "path": "/auth/token", "kind": "500", "times": 2 })).await;
    assert_eq!(ordered.status(), 204);
    assert_eq!(json_of(bench.with_reference("Naidoo")).await.0, 200);
    let statuses = [bench.ask_token(&[]).await, bench.ask_token(&[]).await, bench.ask_token(&[]).await]
        .map(|answer| answer.status().as_u16());
    assert_eq!(statuses, [500, 500, 400]);
}

#[tokio::test]
async fn a_plan_holds_for_a_tracking_id() {
    let bench = start().await;
    let tracking = dossier_simulator::TRACKING_COMPLETED;
    bench.misbehave(json!({ "reference": tracking, "kind": "error-in-200" })).await;
    let status = || bench.get(&format!("/core/api/v3/status/{tracking}"));
    assert_eq!(json_of(status()).await.1["http_code"], 500);
    assert_eq!(json_of(status()).await.1["status"], "Completed");
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused() {
    let bench = start().await;
    for order in [
        json!({ "kind": "500" }),
        json!({ "kind": "explode", "path": "/" }),
        json!({ "path": "/" }),
        json!({ "kind": "500", "path": "/", "times": 0 }),
        json!({ "kind": "500", "path": "/", "reverence": "Naidoo" }),
    ] {
        assert!(bench.misbehave(order.clone()).await.status().is_client_error(), "{order}");
    }
    assert_eq!(json_of(bench.with_reference("Naidoo")).await.0, 200);
}

#[tokio::test]
async fn a_huge_answer_is_fifty_megabytes_of_json() {
    let bench = start().await;
    let mut answer = bench.with_reference("sim:huge").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.content_length()), (200, None));
    let (mut came, mut last) = (0, 0);
    while let Some(chunk) = answer.chunk().await.unwrap() {
        came += chunk.len();
        last = chunk.last().copied().unwrap_or(last);
    }
    assert!(came > 50_000_000 && last == b'}', "{came}");
    until("the answer is over", || bench.last().outcome == Outcome::Answered).await;
}

#[tokio::test]
async fn a_dripping_answer_lasts_until_the_caller_goes() {
    let bench = start().await;
    let mut answer = bench.with_reference("sim:drip").send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap().first(), Some(&b'{'));
    assert_eq!(bench.last().outcome, Outcome::Open);
    drop(answer);
    until("the caller is gone", || bench.last().outcome == Outcome::Left).await;
}

#[tokio::test]
async fn redirects_lead_to_private_addresses() {
    let bench = start().await;
    for (marker, target) in [
        ("redirect-metadata", "http://169.254.169.254/latest/meta-data/".to_owned()),
        ("redirect-private", "http://10.0.0.1/".to_owned()),
        ("redirect-loopback", bench.url("/_simulator/redirected")),
    ] {
        let answer = bench.with_reference(&format!("sim:{marker}")).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (307, target.as_str()));
    }
}

#[tokio::test]
async fn every_part_of_the_surface_breaks_in_its_own_words() {
    let bench = start().await;
    for (method, path, error) in [
        ("POST", "/auth/token", "/error_description"),
        ("POST", "/library/api/v3/upload", "/error"),
        ("POST", "/library/api/v3/files", "/http_code"),
        ("POST", "/injection/api/v3/initiateWorkflow", "/http_code"),
        ("GET", "/core/api/v3/status/x", "/http_code"),
        ("GET", "/consent/api/v3/types", "/error/code"),
        ("GET", "/signed/x", "/error"),
    ] {
        let call = || bench.client.request(method.parse().unwrap(), bench.url(path)).bearer_auth(&bench.token);
        bench.misbehave(json!({ "path": path, "kind": "error-in-200" })).await;
        let (status, answer) = json_of(call()).await;
        assert!(status == 200 && answer.pointer(error).is_some(), "{path}: {answer}");
        bench.misbehave(json!({ "path": path, "kind": "malformed" })).await;
        let broken = call().send().await.unwrap();
        assert_eq!(broken.status(), 200, "{path}");
        assert!(serde_json::from_str::<Value>(&broken.text().await.unwrap()).is_err(), "{path}");
        bench.misbehave(json!({ "path": path, "kind": "truncated" })).await;
        assert!(call().send().await.unwrap().bytes().await.is_err(), "{path}");
        assert_eq!(bench.last().outcome, Outcome::CutShort, "{path}");
    }
}

#[tokio::test]
async fn what_was_done_is_charged_though_its_answer_is_lost() {
    let bench = start().await;
    for (marker, charged) in [("hang-up", true), ("truncated", true), ("500", false), ("429", false), ("401", false)] {
        let bench = start().await;
        let _ = bench.with_reference(&format!("sim:{marker}")).send().await;
        assert_eq!(bench.last().charged, charged, "{marker}");
    }
    let call = tokio::spawn(bench.with_reference("sim:timeout").send());
    until("the work is done", || bench.last().charged).await;
    assert_eq!(bench.last().outcome, Outcome::Open);
    call.abort();
}
