//! The memory that all answers share.

use std::time::Duration;

use dossier_outbound::{
    Answer, Broken,
    BrokenKind::{Timeout, TooLarge},
    Client, Policy,
};
use tokio::{io::AsyncWriteExt, sync::mpsc::UnboundedReceiver, task::JoinSet};

use crate::world::{act, allowing, broken, client, get, read_head};

const CALLS: usize = 20;
const SOON: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(40);

/// A server whose answers are `LENGTH` bytes long, announced or not. Tells its port, and how often it was connected to.
async fn long<const LENGTH: usize>() -> (u16, UnboundedReceiver<()>) {
    act(async |mut stream| {
        read_head(&mut stream).await?;
        let announced = stream.peer_addr()?.port() % 4 < 2;
        let head = if announced { format!("Content-Length: {LENGTH}") } else { "Connection: close".to_owned() };
        stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes()).await?;
        stream.write_all(&vec![b'x'; LENGTH]).await
    })
    .await
}

fn sharing(port: u16, memory: usize, max_body: usize, limit: Duration) -> Client {
    client(Policy { memory, max_body, total_timeout: limit, ..allowing(port) })
}

/// Calls many times at once. `keep` says what becomes of an answer that came.
async fn call<T: Send + 'static>(client: &Client, port: u16, keep: fn(Answer) -> T) -> Vec<Result<T, Broken>> {
    let mut calls = JoinSet::new();
    for _ in 0..CALLS {
        let client = client.clone();
        calls.spawn(async move { client.send(get(&format!("http://127.0.0.1:{port}"))).await.map(keep) });
    }
    calls.join_all().await
}

fn bytes<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> usize {
    answers.into_iter().map(|answer| answer.body.capacity()).sum()
}

#[tokio::test]
async fn answers_that_are_kept_never_take_more_than_the_memory_and_the_others_end_at_their_limit() {
    const BUDGET: usize = 4_000_000;
    let (port, _connections) = long::<1_000_000>().await;
    let client = sharing(port, BUDGET, 1_000_000, SOON);
    let (mut kept, mut said) = (Vec::new(), Vec::new());
    for result in call(&client, port, |answer| answer).await {
        match result {
            Ok(answer) => kept.push(answer),
            ended => {
                let broken = broken(ended);
                assert_eq!(broken.kind, Timeout);
                said.push(broken.message);
            }
        }
    }
    assert!((1_000_000..=BUDGET).contains(&bytes(&kept)), "{}", bytes(&kept));

    // Not all of them: who ends first makes room for another, whose time is up as well.
    let busy = "This server was busy with other large answers: within 2 seconds it had no memory for ";
    assert!(said.iter().any(|message| message.starts_with(busy)), "{said:?}");

    drop(kept);
    let again = client.send(get(&format!("http://127.0.0.1:{port}"))).await.unwrap();
    assert_eq!(again.body.len(), 1_000_000, "what was let go makes room");

    let unbounded = sharing(port, usize::MAX, 1_000_000, LATE);
    let kept: Vec<_> = call(&unbounded, port, |answer| answer).await.into_iter().map(Result::unwrap).collect();
    assert!(bytes(&kept) > BUDGET, "control");
}

#[tokio::test]
async fn answers_that_are_let_go_all_come_though_the_memory_has_room_for_two() {
    let (port, _connections) = long::<1_000_000>().await;
    let client = sharing(port, 2_000_000, 1_000_000, LATE);
    for result in call(&client, port, |answer| answer.body.len()).await {
        assert_eq!(result, Ok(1_000_000));
    }
}

#[tokio::test]
async fn no_answer_takes_more_than_half_of_the_memory() {
    let (port, _connections) = long::<100_000>().await;
    let send =
        async |memory| sharing(port, memory, 1_000_000, LATE).send(get(&format!("http://127.0.0.1:{port}"))).await;
    assert_eq!(send(200_000).await.unwrap().body.len(), 100_000);
    let broken = broken(send(199_998).await);
    assert_eq!((broken.kind, broken.sent), (TooLarge, true));
    assert!(broken.message.contains("larger than 99 KB"), "{}", broken.message);
}

/// What may cost money is not started when there is no room for what it answers.
#[tokio::test]
async fn a_call_without_room_for_its_first_share_is_not_sent() {
    let (port, mut connections) = long::<1_000_000>().await;
    let client = sharing(port, 2_010_000, 1_000_000, SOON);
    let url = format!("http://127.0.0.1:{port}");
    let kept = client.send(get(&url)).await.unwrap();
    assert_eq!(connections.recv().await, Some(()));

    let unsent = broken(client.send(get(&url)).await);
    assert_eq!((unsent.kind, unsent.sent), (Timeout, false));
    assert!(unsent.message.ends_with(&format!("no memory for a call to 127.0.0.1:{port}.")), "{}", unsent.message);
    assert!(connections.try_recv().is_err());

    drop(kept);
    assert!(client.send(get(&url)).await.is_ok(), "control");
}

#[tokio::test]
async fn an_answer_that_finds_no_room_to_grow_breaks_at_the_limit_and_was_sent() {
    let (port, mut connections) = long::<1_000_000>().await;
    let client = sharing(port, 2_020_000, 1_000_000, SOON);
    let url = format!("http://127.0.0.1:{port}");
    let _kept = [client.send(get(&url)).await.unwrap(), client.send(get(&url)).await.unwrap()];

    let sent = broken(client.send(get(&url)).await);
    assert_eq!((sent.kind, sent.sent), (Timeout, true));
    assert!(sent.message.ends_with(&format!("no memory for the answer of 127.0.0.1:{port}.")), "{}", sent.message);
    assert_eq!(connections.len(), 3);
    assert!(connections.try_recv().is_ok());
}

/// The peak of the whole process, with all that the libraries buffer, as the operating system counts it: the test calls
/// itself, once with the limit and once without.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_large_answers_cannot_exhaust_the_memory_of_the_process() {
    const LENGTH: usize = 8_000_000;
    const INNER: &str = "DOSSIER_TEST_INSIDE";
    if let Ok(inner) = std::env::var(INNER) {
        let (port, memory) = inner.split_once(' ').unwrap();
        let (port, memory): (u16, usize) = (port.parse().unwrap(), memory.parse().unwrap());
        let bounded = memory < CALLS * LENGTH;
        let client = sharing(port, memory, LENGTH, if bounded { SOON } else { LATE });
        let kept = call(&client, port, |answer| answer).await;
        let peak = peak();
        assert!(kept.iter().any(Result::is_ok));
        assert_eq!(peak < 100_000_000, bounded, "{peak} bytes at most");
        return;
    }
    let (port, _connections) = long::<LENGTH>().await;
    for memory in [24_000_000, usize::MAX] {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "memory::many_large_answers_cannot_exhaust_the_memory_of_the_process"])
            .env(INNER, format!("{port} {memory}"));
        let status = tokio::task::spawn_blocking(move || child.status()).await.unwrap().unwrap();
        assert!(status.success(), "with {memory} bytes");
    }
}

/// The most memory that this process ever had, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
