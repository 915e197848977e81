//! The log, narrowed.

use super::*;

/// AUDIT-3
#[tokio::test]
async fn the_log_is_narrowed_by_who_what_about_what_and_day_and_its_address_says_so() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let first = firm.request("Zoë Müller").await;
    firm.request("Kwantu 100%").await;
    desk.clock.advance(Duration::from_hours(10));
    // Five past midnight in Johannesburg, still the day before in UTC.
    firm.request("Of the night").await;
    let mut auditor = firm.visitor(BuiltInRole::Auditor).await;
    let mut shows = async |query: &str, wanted: &[&str]| {
        let page = auditor.get(&format!("{LOG}?{query}")).await;
        let says = page.text.split("<tr>").filter_map(|row| row.split_once("<td>"));
        let says: Vec<_> = says.map(|(_, cell)| plain(cell.split("<span class=\"sub\">").next().unwrap())).collect();
        assert_eq!(says, wanted, "{query}: {}", page.words());
        page
    };
    let created = |reference: &str| format!("KYC Operator of Aloe Bank created the request {reference}");
    let (zoe, kwantu, night) = (created("Zoë Müller"), created("Kwantu 100%"), created("Of the night"));
    shows("who=%C3%B6perator+of&what=requests", &[&night, &kwantu, &zoe]).await;
    shows("what=request.created&about=zoe+mu", &[&zoe]).await;
    shows("about=100%25", &[&kwantu]).await;
    shows(&format!("about={first}"), &[&zoe]).await;
    shows("what=requests&since=2026-11-24", &[&night]).await;
    shows("what=requests&until=2026-11-23", &[&kwantu, &zoe]).await;
    shows("what=requests&since=yesterday", &[&night, &kwantu, &zoe]).await;
    shows("what=licence.changed&who=operator+%28command", &[]).await;
    shows("what=tenant&who=COMMAND+line", &["The operator added this tenant"]).await;
    shows("about=intouch&what=channels", &["KYC Manager of Aloe Bank added the channel InTouch main"]).await;
    shows("what=sessions&who=auditor", &["Auditor of Aloe Bank signed in"]).await;
    let page = shows("who=nobody", &[]).await;
    assert!(page.words().contains("No event matches"), "{}", page.words());
    let page = shows("who=operator&what=request.created&about=kwantu&since=2026-11-23", &[&kwantu]).await;
    for kept in
        ["name=\"who\" value=\"operator\"", "value=\"request.created\" selected", "name=\"about\" value=\"kwantu\""]
    {
        assert!(page.text.contains(kept), "{kept}");
    }
    let row = page.text.split("class=\"row-link\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(
        row.starts_with(
            "/settings/audit?who=operator&#38;what=request.created&#38;about=kwantu&#38;since=2026-11-23&#38;open="
        ),
        "{row}"
    );
}

/// TENANT-1
#[tokio::test]
async fn names_of_other_tenants_find_nothing() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let other = desk.firm("Fynbos Trust").await;
    let mut intruder = other.visitor(BuiltInRole::Administrator).await;
    for query in ["about=kwantu".to_owned(), format!("about={request}"), "who=aloe".to_owned()] {
        let page = intruder.get(&format!("{LOG}?{query}")).await;
        assert!(page.words().contains("No event matches"), "{query}: {}", page.words());
    }
    let mut owner = firm.visitor(BuiltInRole::Auditor).await;
    assert_eq!(rows(&owner.get(&format!("{LOG}?about=kwantu")).await).len(), 1, "the control");
}
