//! Pages that follow what happens: who hears what, until when, and that nobody hears of another tenant.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use dossier_app::access::IDLE;
use dossier_app::news::{self, Limits};
use dossier_domain::{BuiltInRole, RequestId};
use dossier_testkit::{Desk, Listener, PASSWORD, Told, Visitor};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// What a wait beside something that comes may take.
const MOMENT: Duration = Duration::from_millis(300);

/// Opens the stream, and hears its first word.
async fn listen(visitor: &Visitor) -> (Listener, Told) {
    let mut listener = visitor.listen("/events", &[]).await;
    assert_eq!(listener.status, 200);
    let first = listener.next().await.unwrap();
    (listener, first)
}

/// The requests that the next news names.
async fn heard(listener: &mut Listener) -> Vec<String> {
    let told = listener.next().await.unwrap();
    assert_eq!(told.event, "news", "{told:?}");
    named(&told)
}

fn named(told: &Told) -> Vec<String> {
    let data: Value = serde_json::from_str(&told.data).unwrap();
    data["requests"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn texts(ids: &[RequestId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// TENANT-1
#[tokio::test]
async fn every_browser_of_a_tenant_hears_of_a_new_request_and_no_other_tenant_does() {
    let desk = Desk::open().await;
    let (firm, other) = (desk.firm("Aloe Bank").await, desk.firm("Fynbos Trust").await);
    let (mut first, _) = listen(&firm.visitor(BuiltInRole::Viewer).await).await;
    let (mut second, _) = listen(&firm.visitor(BuiltInRole::Operator).await).await;
    let (mut foreign, greeting) = listen(&other.visitor(BuiltInRole::Administrator).await).await;
    assert_eq!(greeting.data, "{}");

    let request = firm.request("Kwantu Solar").await;
    assert_eq!(heard(&mut first).await, texts(&[request]));
    assert_eq!(heard(&mut second).await, texts(&[request]));
    assert_eq!(foreign.within(MOMENT).await, None);
    let own = other.request("Own").await;
    assert_eq!(heard(&mut foreign).await, texts(&[own]), "the control: it hears, and its own only");
}

/// ACT-6
#[tokio::test]
async fn the_end_of_a_run_and_a_changed_status_are_told_without_a_word_about_people() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let (mut listener, _) = listen(&firm.visitor(BuiltInRole::Viewer).await).await;
    assert_eq!(listener.headers["content-type"], "text/event-stream");
    assert_eq!(listener.headers["cache-control"], "no-store");
    assert_eq!(listener.headers["x-accel-buffering"], "no");

    firm.run(request, "company_kyc", json!({ "reference": "K1", "registrationNumber": "2014/187452/07" })).await;
    let told = listener.next().await.unwrap();
    assert_eq!(named(&told), texts(&[request]));
    assert_eq!(told.data, format!(r#"{{"requests":["{request}"],"channels":false}}"#), "ids and nothing else");
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    // The run may have been told in two parts.
    while listener.within(MOMENT).await.is_some() {}
    let path = format!("/requests/{request}/mark/cancelled");
    let version = operator.get(&path).await.hidden("_version").to_owned();
    let marked = operator.post(&path, &[("_version", version.as_str()), ("note", "Not needed any more.")]).await;
    assert_eq!(marked.status, 303, "{}", marked.words());
    assert_eq!(heard(&mut listener).await, texts(&[request]));
}

#[tokio::test]
async fn whoever_only_looks_makes_no_news_and_a_changed_channel_does() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut listener, _) = listen(&firm.visitor(BuiltInRole::Viewer).await).await;
    let mut manager = firm.visitor(BuiltInRole::Manager).await;
    assert_eq!(manager.get("/requests.csv").await.status, 200);
    assert!(firm.add_channel("second", "Second").await.is_ok());
    let told = listener.next().await.unwrap();
    assert_eq!((told.event.as_str(), told.data.as_str()), ("news", r#"{"requests":[],"channels":true}"#));
}

#[tokio::test]
async fn what_another_process_does_is_told_too() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut listener, _) = listen(&firm.visitor(BuiltInRole::Viewer).await).await;
    let elsewhere = desk.another_process().await;
    let mut operator = firm.visitor(BuiltInRole::Operator).await;
    let mut beside = Visitor::new(dossier_web::router(elsewhere, dossier_web::Options::default()));
    beside.cookies().clone_from(operator.cookies());
    let key = beside.get("/requests/new").await.hidden("_key").to_owned();
    let channel = firm.channel().to_string();
    let fields = [("_key", key.as_str()), ("channel", channel.as_str()), ("reference", "Kwantu")];
    let made = beside.post("/requests", &fields).await;
    assert_eq!(made.status, 303, "{}", made.words());
    assert_eq!(heard(&mut listener).await, [made.location().trim_start_matches("/requests/")]);
}

#[tokio::test]
async fn who_connects_again_hears_what_was_missed_once_and_nothing_twice() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let visitor = firm.visitor(BuiltInRole::Viewer).await;
    let (mut listener, first) = listen(&visitor).await;
    assert_eq!(first.event, "again", "nobody has listened before: what the page shows may be old");
    let one = firm.request("One").await;
    let told = listener.next().await.unwrap();
    assert_eq!(named(&told), texts(&[one]));
    drop(listener);

    let missed = [firm.request("Two").await, firm.request("Three").await];
    let back = |headers: Vec<(&'static str, String)>, path: String| {
        let visitor = visitor.clone();
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            visitor.listen(&path, &headers).await
        }
    };
    let mut by_header = back(vec![("last-event-id", told.id.clone())], "/events".to_owned()).await;
    let mut by_address = back(Vec::new(), format!("/events?last={}", told.id)).await;
    for listener in [&mut by_header, &mut by_address] {
        let mut all = Vec::new();
        while all.len() < missed.len() {
            let told = listener.next().await.unwrap();
            assert!(["ready", "news"].contains(&told.event.as_str()), "{told:?}");
            if told.event == "news" {
                all.extend(named(&told));
            }
        }
        assert_eq!(all, texts(&missed));
    }
    let next = firm.request("Four").await;
    for listener in [&mut by_header, &mut by_address] {
        assert_eq!(heard(listener).await, texts(&[next]));
    }
    for unknown in ["", "nothing", "0123-4", "-", "%00"] {
        let mut listener = visitor.listen(&format!("/events?last={unknown}"), &[]).await;
        assert_eq!(listener.next().await.unwrap().event, "again", "{unknown}");
    }
    let mut ahead = told.id.clone();
    ahead.push_str("000000");
    assert_eq!(back(Vec::new(), format!("/events?last={ahead}")).await.next().await.unwrap().event, "again");
}

/// The page and its stream leave no gap between them: what happens in between is told.
#[tokio::test]
async fn a_page_says_where_the_news_stood_before_it_was_read() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu").await;
    let mut visitor = firm.visitor(BuiltInRole::Operator).await;
    let at = |page: &str| {
        let after = page.split_once("data-news=\"").map(|(_, after)| after.to_owned());
        after.map(|after| after.split('"').next().unwrap_or_default().to_owned())
    };
    assert_eq!(at(&visitor.get("/requests").await.text).as_deref(), Some(""), "nobody has listened yet");
    let (_open, _) = listen(&visitor).await;
    for path in ["/requests", "/dashboard"]
        .map(str::to_owned)
        .into_iter()
        .chain(["", "/notes", "/logs"].map(|tab| format!("/requests/{request}{tab}")))
    {
        let page = visitor.get(&path).await;
        let at = at(&page.text).unwrap();
        let new = firm.request("New").await;
        let mut listener = visitor.listen(&format!("/events?last={at}"), &[]).await;
        let first = listener.next().await.unwrap();
        assert!(["ready", "news"].contains(&first.event.as_str()), "{path}: {first:?}");
        let told = if first.event == "ready" { listener.next().await.unwrap() } else { first };
        assert_eq!(named(&told), texts(&[new]), "{path}");
    }
    assert_eq!(at(&visitor.get("/account").await.text), None, "nothing on it changes by itself");
    let refused = visitor.post(&format!("/requests/{request}/notes"), &[("note", "")]).await;
    assert_eq!((refused.status, at(&refused.text)), (422, None), "the answer to a form cannot be asked for again");
}

/// ACCESS-6
#[tokio::test]
async fn a_stream_ends_with_the_sign_in_the_permission_or_the_licence_behind_it() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (mut control, _) = listen(&firm.visitor(BuiltInRole::Administrator).await).await;

    let here = firm.visitor(BuiltInRole::Operator).await;
    let (mut ended, _) = listen(&here).await;
    let mut elsewhere = firm.visitor(BuiltInRole::Operator).await;
    assert_eq!(elsewhere.post("/account/sessions/end", &[("password", PASSWORD)]).await.status, 303);
    assert_eq!(ended.next().await, None, "the sign-in was ended elsewhere");

    let (mut dismissed, _) = listen(&firm.visitor(BuiltInRole::Viewer).await).await;
    firm.dismiss(BuiltInRole::Viewer).await;
    assert_eq!(dismissed.next().await, None, "the permission was taken");

    let (mut gone, _) = listen(&firm.visitor(BuiltInRole::Manager).await).await;
    firm.deactivate(BuiltInRole::Manager).await;
    assert_eq!(gone.next().await, None, "the person was deactivated");

    let request = firm.request("Kwantu").await;
    assert_eq!(heard(&mut control).await, texts(&[request]), "the control: who still may, still hears");
    firm.license(&[]).await;
    assert_eq!(control.next().await, None, "the licence ended");
}

/// A page that only follows what happens is no sign that somebody is there.
#[tokio::test]
async fn a_stream_and_a_page_that_asks_by_itself_do_not_keep_a_sign_in_alive() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    let mut busy = firm.visitor(BuiltInRole::Operator).await;
    let (mut listener, _) = listen(&visitor).await;
    desk.clock.advance(IDLE / 2);
    let by_itself = visitor.send("GET".parse().unwrap(), "/requests", &[("x-by-itself", "yes")], "".into()).await;
    assert_eq!((by_itself.status, busy.get("/requests").await.status), (200, 200));
    desk.clock.advance(IDLE / 2);
    assert_eq!(busy.get("/requests").await.status, 200, "the control: who did something is still there");
    assert_eq!(listener.next().await, None);
    assert_eq!(visitor.get("/requests").await.status, 303);
}

#[tokio::test]
async fn so_many_streams_are_open_and_no_more_and_a_closed_one_makes_room() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    news::limit(&desk.app, Limits { person: 2, process: 3 });
    let one = firm.visitor(BuiltInRole::Viewer).await;
    let two = firm.visitor(BuiltInRole::Operator).await;
    let (first, _) = listen(&one).await;
    let (_second, _) = listen(&one).await;
    let refused = one.listen("/events", &[]).await;
    assert_eq!((refused.status, refused.headers["retry-after"].as_bytes()), (429, b"60".as_slice()));
    let (_third, _) = listen(&two).await;
    assert_eq!(two.listen("/events", &[]).await.status, 503);
    assert_eq!(news::streams(&desk.app), 3);
    drop(first);
    assert_eq!(news::streams(&desk.app), 2);
    listen(&two).await;
}

#[tokio::test]
async fn streams_are_not_gathered_for_compression() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let visitor = firm.visitor(BuiltInRole::Viewer).await;
    let gzip = [("accept-encoding", "gzip")];
    let mut listener = visitor.listen("/events", &gzip).await;
    assert!(!listener.headers.contains_key("content-encoding"));
    assert_eq!(listener.next().await.unwrap().event, "again");
    let page = visitor.listen("/requests", &gzip).await;
    assert_eq!(page.headers["content-encoding"], "gzip", "the control: pages are compressed");
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_ends_although_streams_are_open() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut visitor = firm.visitor(BuiltInRole::Viewer).await;
    let door = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = door.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async move { drop(stopped.await) };
    let server = tokio::spawn(dossier_web::serve(desk.app.clone(), dossier_web::Options::default(), door, stopped));

    let cookies: Vec<_> = visitor.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let ask = format!("GET /events HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\n\r\n", cookies.join("; "));
    let mut line = TcpStream::connect(address).await.unwrap();
    line.write_all(ask.as_bytes()).await.unwrap();
    let mut read = String::new();
    while !read.contains("event: again") {
        let mut bytes = [0; 1024];
        let count = line.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{read}");
        read.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(!server.is_finished(), "the control: until then it serves");
    stop.send(()).unwrap();
    timeout(Duration::from_secs(5), server).await.unwrap().unwrap().unwrap();
    let mut rest = Vec::new();
    line.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream comes to a proper end");
}
