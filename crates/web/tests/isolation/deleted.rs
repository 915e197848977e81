//! A request that was deleted, tried at every route.

use super::*;

/// REQ-4, TENANT-1
#[tokio::test]
async fn a_deleted_request_answers_at_every_route_like_one_that_nobody_made() {
    let desk = Desk::open().await;
    let firm = desk.firm("Aloe Bank").await;
    let (real, invented) = (folder(&desk, &firm).await, Ids::invented());
    let mut owner = firm.visitor(BuiltInRole::Administrator).await;
    let page = owner.get(&format!("/requests/{}", real.request)).await;
    assert!(page.words().contains(SECRET_REFERENCE), "the control: it was there");
    let grant = firm.member(BuiltInRole::Administrator).await.grant().unwrap_or_else(|error| panic!("{error}"));
    // The very form that deleted it is told that it is done, when it comes twice; so another version is deleted here.
    let execute = firm.member(BuiltInRole::Operator).await.grant().unwrap_or_else(|error| panic!("{error}"));
    let fresh = real.fresh.parse().unwrap_or_else(|error| panic!("{error}"));
    let renamed = requests::rename(&desk.app, &execute, fresh, "Not so fresh", None).await;
    assert!(renamed.is_ok(), "{renamed:?}");
    for request in [&real.request, &real.lost, &real.fresh, &real.ended] {
        let id = request.parse().unwrap_or_else(|error| panic!("{error}"));
        let done = requests::remove(&desk.app, &grant, id, None).await;
        assert!(done.is_ok(), "{done:?}");
    }
    let (calls, deeds) = (desk.simulator.ledger().len(), firm.deeds().await.len());
    let of_requests = guarded().into_iter().filter(|(route, _)| route.path.contains("{request}"));
    let mut tried = 0;
    for (route, _) in of_requests {
        let name = format!("{} {}", route.method, route.path);
        let gone = ask(&mut owner, &route, &real).await;
        let nowhere = ask(&mut owner, &route, &invented).await;
        assert_eq!((gone.status, nowhere.status), (404, 404), "{name}");
        assert_eq!(real.scrub(&gone), invented.scrub(&nowhere), "{name}");
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
    assert_eq!((desk.simulator.ledger().len(), firm.deeds().await.len()), (calls, deeds), "and nothing was done");
    for path in ["/requests", "/requests.csv", "/requests?q=kwantu", "/requests?attention=yes"] {
        let page = owner.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        for told in [SECRET_REFERENCE, "Lost", &real.request, &real.lost] {
            assert!(!page.text.contains(told), "{path} tells {told}");
        }
    }
}
