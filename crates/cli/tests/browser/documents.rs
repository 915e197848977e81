//! A document that came with an answer, opened in the browser: in an origin of its own, and shown all the same.

use std::fmt::Write as _;

use dossier_domain::BuiltInRole;
use dossier_testkit::{Desk, picture};
use serde_json::json;

use crate::portal::Portal;

/// A page that is red from edge to edge (ISO 32000-1, 7.5).
fn red_page() -> Vec<u8> {
    let content = "1 0 0 rg 0 0 300 200 re f";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    let (mut pdf, mut table) = (String::from("%PDF-1.4\n"), String::from("0000000000 65535 f \n"));
    for (object, number) in objects.iter().zip(1..) {
        writeln!(table, "{:010} 00000 n ", pdf.len()).unwrap();
        writeln!(pdf, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let place = pdf.len();
    writeln!(pdf, "xref\n0 5\n{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{place}\n%%EOF").unwrap();
    pdf.into_bytes()
}

/// RESULT-2
#[tokio::test]
async fn a_document_is_shown_in_the_browser_although_it_is_locked_in() {
    let desk = Desk::builder().without_worker().open().await;
    let firm = desk.firm("Aloe Bank").await;
    let request = firm.request("Kwantu Solar").await;
    let document = firm.attach(request, "report.pdf", "application/pdf", &red_page()).await;
    let broken = firm.attach(request, "broken.pdf", "application/pdf", b"%PDF-1.4\nnothing").await;
    let portal = Portal::open(&desk.app, "127.0.0.1:0").await;
    let browser = portal.person(&firm, BuiltInRole::Viewer, &format!("/requests/{request}")).await;
    let red = async || picture::share(&browser.client().screenshot().await.unwrap(), [255, 0, 0]);

    let path = |file| format!("/requests/{request}/files/{file}/document");
    browser.goto(&portal.url(&path(document))).await.unwrap();
    browser.wait_for("the page of the document is seen", async |_| Ok(red().await > 0.05)).await.unwrap();
    // The one that Chromium shows has a frame of its own for the viewer, and in it one for the page.
    let targets = browser.devtools("Target.getTargets", json!({})).await.unwrap();
    let frames = targets["targetInfos"].as_array().unwrap().iter().filter(|target| target["type"] == "iframe").count();
    assert_eq!(frames, 2, "{targets}");

    browser.goto(&portal.url(&path(broken))).await.unwrap();
    browser.wait_for("the control is loaded", async |_| Ok(red().await < 0.01)).await.unwrap();
    browser.close().await.unwrap();
    portal.close().await;
}
