//! The feed of news beside its page: what comes late, what is too much, a clock that is set back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use dossier_app::access::{self, Asker, Visitor};
use dossier_app::grant::Read;
use dossier_app::news::{self, News, Stream, Word};
use dossier_domain::{Actor, BuiltInRole, Clock, Entropy, Ids, Origin, RequestId};
use dossier_storage::audit::{self, Event, Subject};
use dossier_testkit::{Desk, Firm, PASSWORD};
use secrecy::SecretString;
use tokio::time::timeout;

async fn desk() -> Desk {
    Desk::builder().without_worker().open().await
}

/// A stream that has heard its first word.
async fn opened(desk: &Desk, firm: &Firm<'_>) -> Stream {
    let (email, password) = (firm.email(BuiltInRole::Viewer), SecretString::from(PASSWORD));
    let token = access::sign_in(&desk.app, &email, &password, &Origin::default(), None).await.unwrap().unwrap();
    let visitor = access::authenticate(&desk.app, &token, Origin::default(), Asker::Person).await.unwrap();
    let Visitor::Member(member) = visitor else { panic!("a member") };
    let reader = member.grant::<Read>().unwrap();
    let mut stream = news::open(&desk.app, &reader, None).unwrap();
    assert!(matches!(next(&mut stream).await, Word::LookAgain(_)));
    stream
}

async fn next(stream: &mut Stream) -> Word {
    timeout(Duration::from_secs(20), stream.next()).await.unwrap().unwrap()
}

async fn heard(stream: &mut Stream) -> Vec<News> {
    loop {
        match next(stream).await {
            Word::News(news, _) => return news,
            Word::Quiet => {}
            other @ Word::LookAgain(_) => panic!("{other:?}"),
        }
    }
}

/// An event of these requests, whose ids were made so long ago.
async fn write(desk: &Desk, firm: &Firm<'_>, requests: &[RequestId], ago: Duration) {
    let ids = Ids { clock: Clock::manual(desk.clock.now().minus(ago)), entropy: Entropy::System };
    let mut tx = desk.database.db.write(firm.scope()).await.unwrap();
    for request in requests {
        let event = Event {
            id: ids.make(),
            at: ids.clock.now(),
            actor: Actor::System,
            origin: Origin::default(),
            action: "run.followed".to_owned(),
            subject: Subject { kind: "run".to_owned(), id: None },
            request: Some(*request),
            before: None,
            after: None,
        };
        audit::write(&mut tx, &event).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_committed_late_is_told_although_newer_things_were_told_before() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let (late, new) = (firm.request("Late").await, firm.request("New").await);
    let mut stream = opened(&desk, &firm).await;
    write(&desk, &firm, &[new], Duration::ZERO).await;
    assert_eq!(heard(&mut stream).await, [News::Request(new)]);
    write(&desk, &firm, &[late], Duration::from_secs(40)).await;
    assert_eq!(heard(&mut stream).await, [News::Request(late)]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_silences_nobody() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let mut stream = opened(&desk, &firm).await;
    desk.clock.set_back(Duration::from_mins(30));
    let request = firm.request("Kwantu").await;
    while !heard(&mut stream).await.contains(&News::Request(request)) {}
}

#[tokio::test]
async fn who_reads_too_slowly_is_told_to_look_at_everything_and_hears_on() {
    let desk = desk().await;
    let firm = desk.firm("Aloe Bank").await;
    let pair = [firm.request("One").await, firm.request("Two").await];
    let (mut slow, mut quick) = (opened(&desk, &firm).await, opened(&desk, &firm).await);
    write(&desk, &firm, &pair.repeat(10), Duration::ZERO).await;
    assert_eq!(heard(&mut quick).await, pair.map(News::Request), "the control: what is kept is told, each once");
    write(&desk, &firm, &pair.repeat(700), Duration::ZERO).await;
    while !matches!(next(&mut quick).await, Word::LookAgain(_)) {}
    assert!(matches!(next(&mut slow).await, Word::LookAgain(_)));
    let request = firm.request("Three").await;
    for stream in [&mut slow, &mut quick] {
        assert_eq!(heard(stream).await, [News::Request(request)]);
    }
}
