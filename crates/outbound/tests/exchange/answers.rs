//! Answers that come whole, and what the server sees of the request.

use std::process::Command;

use axum::{Router, body::Bytes, response::IntoResponse, routing::any};
use dossier_outbound::{BrokenKind::TooLarge, Policy};
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::world::{SECRET, act, allowing, broken, client, get, outgoing, read_head, say, serve, wait};

/// Answers with what it saw: the request line, a header a line, the body.
async fn mirror(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let mut lines = vec![format!("{method} {uri}")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
    lines.push(String::from_utf8(body.to_vec()).unwrap());
    ([("set-cookie", "crumb=1; Path=/")], lines.join("\n"))
}

#[tokio::test]
async fn the_server_sees_what_was_given_and_who_calls_and_nothing_else() {
    let port = serve(Router::new().fallback(any(mirror))).await;
    let client = client(allowing(port));
    let seen = async || {
        let answer = client.send(outgoing(&format!("http://127.0.0.1:{port}"))).await.unwrap();
        String::from_utf8(answer.body).unwrap()
    };

    let first = seen().await;
    let mut lines: Vec<_> = first.lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(
        lines,
        [
            &*format!("POST /{SECRET}?token={SECRET}"),
            "accept: */*",
            &*format!("authorization: Bearer {SECRET}"),
            "content-length: 6",
            &*format!("host: 127.0.0.1:{port}"),
            SECRET,
            &*format!("user-agent: Dossier/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
    assert_eq!(seen().await, first, "no cookie comes back");
}

#[tokio::test]
async fn an_empty_body_has_a_length_where_a_body_is_usual() {
    let port = serve(Router::new().fallback(any(mirror))).await;
    let client = client(allowing(port));
    let seen = async |method| {
        let mut outgoing = get(&format!("http://127.0.0.1:{port}/"));
        outgoing.method = method;
        String::from_utf8(client.send(outgoing).await.unwrap().body).unwrap()
    };
    assert!(seen(Method::POST).await.contains("content-length: 0"));
    assert!(!seen(Method::GET).await.contains("content-length"));
}

#[tokio::test]
async fn an_answer_of_any_status_is_an_answer() {
    let router = Router::new().fallback(any(async |uri: Uri| {
        let status = StatusCode::from_bytes(&uri.path().as_bytes()[1..]).unwrap();
        (status, [("x-trace", "7")], if status == 204 { "" } else { "words" })
    }));
    let port = serve(router).await;
    let client = client(allowing(port));
    for status in [200_u16, 202, 204, 301, 400, 401, 404, 429, 500, 503] {
        let answer = client.send(get(&format!("http://127.0.0.1:{port}/{status}"))).await.unwrap();
        assert_eq!((answer.status, &answer.headers["x-trace"].to_str().unwrap()), (status, &"7"));
        assert_eq!(answer.body, if status == 204 { "" } else { "words" }.as_bytes());
    }
}

#[tokio::test]
async fn a_body_is_taken_up_to_the_limit_whether_its_length_is_announced_or_not() {
    for announced in [true, false] {
        let send = async |length: usize| {
            let (port, _connections) = act(move |mut stream| async move {
                read_head(&mut stream).await?;
                let head = if announced { format!("Content-Length: {length}") } else { "Connection: close".to_owned() };
                say(&mut stream, &format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{}", "x".repeat(length))).await
            })
            .await;
            let client = client(Policy { max_body: 100_000, ..allowing(port) });
            (port, client.send(get(&format!("http://127.0.0.1:{port}"))).await)
        };
        let (_, answer) = send(100_000).await;
        assert_eq!(answer.unwrap().body.len(), 100_000);

        let (port, result) = send(100_001).await;
        let broken = broken(result);
        assert_eq!((broken.kind, broken.sent), (TooLarge, true));
        let message = format!("The answer of 127.0.0.1:{port} is larger than 100 KB, which is the limit.");
        assert_eq!(broken.message, message);
    }
}

/// The announced length alone is enough: nothing is read that would be thrown away.
#[tokio::test]
async fn a_body_announced_as_too_large_is_not_waited_for() {
    let (port, _connections) = act(async |mut stream| {
        read_head(&mut stream).await?;
        say(&mut stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n").await?;
        wait(&mut stream).await
    })
    .await;
    let broken = broken(client(allowing(port)).send(outgoing(&format!("http://127.0.0.1:{port}"))).await);
    assert_eq!(broken.kind, TooLarge);
}

/// The environment of a process cannot be changed safely from inside: the test calls itself with a proxy set.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    const INNER: &str = "DOSSIER_TEST_INSIDE";
    if std::env::var_os(INNER).is_none() {
        let name = "answers::a_proxy_of_the_environment_is_not_used";
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .envs([
                (INNER, "1"),
                ("HTTP_PROXY", "http://127.0.0.1:9"),
                ("http_proxy", "http://127.0.0.1:9"),
                ("ALL_PROXY", "http://127.0.0.1:9"),
            ])
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let port = serve(Router::new().fallback(any(async || "here"))).await;
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(client(allowing(port)).send(get(&url)).await.unwrap().body, b"here");

    #[expect(
        clippy::disallowed_methods,
        reason = "the control: a plain client does use the proxy, where nobody answers"
    )]
    let plain = reqwest::get(&url).await;
    assert!(plain.unwrap_err().is_connect(), "control");
}

#[tokio::test]
async fn debug_output_shows_nothing_of_what_goes_out_and_comes_back() {
    let port = serve(Router::new().fallback(any(mirror))).await;
    let outgoing = outgoing(&format!("http://127.0.0.1:{port}"));
    assert_eq!(format!("{outgoing:?}"), "Outgoing(POST to 127.0.0.1)");
    let answer = client(allowing(port)).send(outgoing).await.unwrap();
    assert!(String::from_utf8_lossy(&answer.body).contains(SECRET), "control");
    let shown = format!("{answer:?}");
    assert!(shown.starts_with("Answer(200, ") && !shown.contains(SECRET), "{shown}");
}
