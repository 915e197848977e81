//! Every page as it looks: light and dark, on a desk and on a phone. `DOSSIER_SCREENSHOTS` names a folder for pictures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dossier_testkit::browser::Options;
use dossier_testkit::{Browser, Find};

use crate::hand::{ADMINISTRATOR, OPERATOR, Person, VIEWER};
use crate::{axe, scan, sight};

const DESK: (u32, u32) = (1280, 900);
const PHONE: (u32, u32) = (390, 844);
const NARROW: (u32, u32) = (320, 640);

/// Looks at pages and collects what is wrong with them, so that one run tells everything.
struct Eye {
    person: Person,
    pictures: Option<PathBuf>,
    faults: Vec<String>,
}

/// Looks at the page on show in every way, and adds what is wrong to `faults`.
pub(crate) async fn look(browser: &Browser, pictures: Option<&Path>, name: &str, faults: &mut Vec<String>) {
    faults.extend(sight::weight(browser).await.faults().into_iter().map(|fault| format!("{name}: {fault}")));
    for scheme in ["light", "dark"] {
        sight::prefer(browser, &[("prefers-color-scheme", scheme)]).await;
        for (width, height) in [DESK, PHONE, NARROW] {
            browser.resize(width, height).await.unwrap();
            // Colours fade to those of the other scheme; in between no contrast holds.
            sight::settled(browser).await;
            let place = format!("{name}-{width}-{scheme}");
            let mut found = sight::sideways(browser, width).await;
            if (width, height) != NARROW {
                found.extend(axe::violations(browser, axe::Rules::All).await);
            }
            faults.extend(found.into_iter().map(|fault| format!("{place}: {fault}")));
            if (width, height) == NARROW {
                continue;
            }
            if let Some(folder) = pictures {
                browser.screenshot(&folder.join(format!("{place}.png"))).await.unwrap();
            }
        }
    }
    for complaint in browser.complaints().await.unwrap() {
        // A page that answers with an error status is one that the console names; the page itself is what is looked at.
        // And who goes on before two pages have faded into each other ends that early, which the console notes too.
        let told = ["Failed to load resource: the server responded with a status of", "Transition was skipped"];
        if !told.iter().any(|expected| complaint.contains(expected)) {
            faults.push(format!("{name}: the console says {complaint}"));
        }
    }
    browser.resize(DESK.0, DESK.1).await.unwrap();
}

impl Eye {
    async fn open() -> Self {
        let pictures = std::env::var_os("DOSSIER_SCREENSHOTS").map(PathBuf::from);
        let person = Person::with(Options::default()).await;
        axe::everywhere(&person.browser).await;
        Self { person, pictures, faults: Vec::new() }
    }

    /// Looks at the page on show in every way.
    async fn look(&mut self, name: &str) {
        look(&self.person.browser, self.pictures.as_deref(), name, &mut self.faults).await;
    }

    fn close(self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }

    async fn opens(&self, path: &str) {
        self.person.opens(path).await.unwrap();
    }

    async fn sees(&self, what: Find<'_>) {
        self.person.browser.find(what).await.unwrap();
    }

    /// A request with this reference whose Company KYC was run with the registration number.
    async fn runs(&self, reference: &str, registration: &str, until: &str) {
        self.person.makes_request(reference).await.unwrap();
        self.person.chooses_company_kyc().await.unwrap();
        self.person.browser.fill(Find::Label("Registration number"), registration).await.unwrap();
        self.person.sends_the_form().await.unwrap();
        self.sees(Find::Words(until)).await;
    }
}

#[tokio::test]
async fn the_way_in_and_what_is_not_there() {
    let mut eye = Eye::open().await;
    eye.opens("/sign-in").await;
    eye.look("sign-in").await;
    eye.person.signs_in_with("lindiwe@protearidge.example", "not-the-password").await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("sign-in-refused").await;
    eye.opens("/sign-in?ended=yes").await;
    eye.look("sign-in-ended").await;
    eye.person.signs_in_as(OPERATOR).await.unwrap();
    eye.opens("/requests/00000000-0000-7000-8000-000000000000").await;
    eye.look("404").await;
    eye.person.signs_out().await.unwrap();
    eye.look("signed-out").await;
    eye.person.signs_in_as(VIEWER).await.unwrap();
    eye.person.browser.click(Find::Link("Kwantu Solar Components (Pty) Ltd")).await.unwrap();
    eye.sees(Find::Words("kyc:execute")).await;
    eye.look("request-viewer").await;
    let request = eye.person.browser.path().await.unwrap();
    eye.opens(&format!("{request}/actions/company_kyc")).await;
    eye.look("403").await;
    eye.close();
}

#[tokio::test]
async fn the_list_and_the_forms() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(OPERATOR).await.unwrap();
    eye.look("list").await;
    eye.opens("/requests?channel=00000000-0000-7000-8000-000000000000").await;
    eye.look("list-no-match").await;
    eye.person.browser.click(Find::Link("Dashboard")).await.unwrap();
    eye.sees(Find::Words("Requests by when they were created")).await;
    eye.person.browser.click(Find::Css("details.fold summary")).await.unwrap();
    eye.look("dashboard").await;
    eye.opens("/shortcuts").await;
    eye.look("shortcuts").await;
    eye.opens("/requests/new").await;
    eye.look("request-new").await;
    eye.person.browser.click(Find::Button("Create request")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("request-new-refused").await;

    eye.person.makes_request("Quaggafontein Wind Farm (Pty) Ltd").await.unwrap();
    eye.look("request-draft").await;
    eye.person.chooses_company_kyc().await.unwrap();
    eye.look("action-form").await;
    eye.person.browser.fill(Find::Label("Registration number"), "2014-187452").await.unwrap();
    eye.person.adds_director("910612512308").await.unwrap();
    eye.person.browser.click(Find::Button("Add director")).await.unwrap();
    eye.person.browser.fill(Find::Css("[name='directors[1].EmailAddress']"), "nobody").await.unwrap();
    eye.person.sends_the_form().await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("action-form-refused").await;
    eye.close();
}

#[tokio::test]
async fn the_providers_under_settings() {
    let intouch = include_str!("../../../../providers/intouch/provider.yaml");
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(ADMINISTRATOR).await.unwrap();
    eye.person.browser.click(Find::Link("Providers")).await.unwrap();
    eye.sees(Find::Words("InTouch Secure Services")).await;
    eye.opens("/settings/providers?open=intouch").await;
    eye.sees(Find::Words("Requests are published, answers are not.")).await;
    eye.look("providers").await;

    let karoo = intouch
        .replace("key: intouch\n", "key: karoo\n")
        .replace("name: InTouch Secure Services", "name: Karoo Company Register")
        .replace("module: kyc-intouch", "module: kyc-karoo");
    eye.person.saves_provider("karoo", &karoo);
    eye.person
        .saves_provider("langeberg", &karoo.replacen("    label:", "    lable:", 3).replace("name: Karoo", "title: x"));
    eye.person.saves_provider("mine", "");
    let refused = async {
        while !eye.person.browser.has(Find::Words("langeberg/provider.yaml")).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(200)).await;
            eye.opens("/settings/providers?open=karoo").await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), refused).await.expect("taken up without a restart");
    eye.look("providers-refused").await;
    eye.close();
}

#[tokio::test]
async fn the_audit_the_general_settings_and_the_licence() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(ADMINISTRATOR).await.unwrap();
    eye.person.browser.click(Find::Link("Audit log")).await.unwrap();
    eye.sees(Find::Words("Signed seals over the events are not part of this version.")).await;
    eye.look("audit").await;
    // While one types, the rows and what would be exported follow.
    eye.person.browser.fill(Find::Label("About"), "kwantu").await.unwrap();
    eye.sees(Find::Css("#export[href='/settings/audit.csv?about=kwantu']")).await;
    eye.person.browser.click(Find::Css("a.row-link")).await.unwrap();
    eye.sees(Find::Words("Not sealed yet")).await;
    eye.look("audit-open").await;
    eye.person.browser.click(Find::Link("Kwantu Solar Components (Pty) Ltd")).await.unwrap();
    eye.person.browser.click(Find::Link("Audit")).await.unwrap();
    eye.sees(Find::Words("What was done to this request")).await;
    eye.look("request-audit").await;

    eye.person.browser.click(Find::Link("General")).await.unwrap();
    eye.sees(Find::Label("Time zone")).await;
    eye.look("general").await;
    eye.person.browser.fill(Find::Label("Time zone"), "Moon/Tranquility").await.unwrap();
    eye.person.browser.click(Find::Button("Save settings")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("general-refused").await;
    eye.person.browser.click(Find::Link("Licence")).await.unwrap();
    eye.sees(Find::Words("The whole product")).await;
    eye.look("licence").await;
    eye.close();
}

#[tokio::test]
async fn the_channels_and_callbacks_under_settings() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(ADMINISTRATOR).await.unwrap();
    eye.person.browser.click(Find::Link("KYC Channels")).await.unwrap();
    eye.sees(Find::Words("A channel is a named connection")).await;
    eye.look("channels").await;
    eye.person.browser.click(Find::Css("a.row-link")).await.unwrap();
    eye.sees(Find::Words("Callback address")).await;
    eye.look("channel").await;
    eye.person.browser.click(Find::Css("aside summary")).await.unwrap();
    eye.person.browser.click(Find::Button("Change the address")).await.unwrap();
    eye.sees(Find::Words("The address has changed.")).await;
    eye.look("channel-address").await;
    eye.person.browser.click(Find::Link("Edit or test")).await.unwrap();
    eye.sees(Find::Words("Leave it blank to keep it.")).await;
    eye.look("channel-form").await;
    eye.person.browser.click(Find::Button("Test connection")).await.unwrap();
    eye.sees(Find::Words("accepted the credentials")).await;
    eye.person.browser.click(Find::Css("details.fold summary")).await.unwrap();
    eye.look("channel-form-tested").await;
    eye.person.browser.fill(Find::Css("[name='config.authUrl']"), "https://auth.example").await.unwrap();
    eye.person.browser.click(Find::Css("footer [data-kind='primary']")).await.unwrap();
    eye.sees(Find::Words("a stored secret does not follow")).await;
    eye.look("channel-form-refused").await;
    eye.person.browser.click(Find::Link("Cancel")).await.unwrap();
    eye.sees(Find::Words("Tests of the connection")).await;
    eye.person.browser.click(Find::Css("#tests a.row-link")).await.unwrap();
    eye.sees(Find::Css("tr.detail")).await;
    eye.look("channel-test-open").await;
    eye.person.browser.click(Find::Link("Delete…")).await.unwrap();
    eye.sees(Find::Words("What will not.")).await;
    eye.look("channel-delete").await;
    eye.opens("/settings/channels/new").await;
    eye.look("channel-choose").await;
    eye.person.browser.click(Find::Css("a.row-link")).await.unwrap();
    eye.sees(Find::Words("Token endpoint.")).await;
    eye.person.browser.click(Find::Css("footer [data-kind='primary']")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("channel-form-new-refused").await;
    eye.person.browser.click(Find::Link("Callbacks")).await.unwrap();
    eye.sees(Find::Words("Nothing in quarantine")).await;
    eye.look("callbacks-empty").await;
    eye.close();
}

/// TENANT-6: and a link stands in no file, the log among them, whoever has opened or used it.
#[tokio::test]
async fn what_people_do_to_a_request() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(ADMINISTRATOR).await.unwrap();
    eye.person.makes_request("Quaggafontein Wind Farm (Pty) Ltd").await.unwrap();
    eye.person.browser.click(Find::Css("details.menu summary")).await.unwrap();
    eye.look("request-menu").await;
    eye.person.browser.click(Find::Link("Edit reference…")).await.unwrap();
    eye.person.browser.fill(Find::Label("Reference"), "").await.unwrap();
    eye.person.browser.click(Find::Button("Save reference")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("reference-refused").await;
    eye.person.browser.click(Find::Link("Cancel")).await.unwrap();
    eye.person.browser.click(Find::Link("Mark failed…")).await.unwrap();
    eye.person.browser.fill(Find::Label("Note"), "No answer for a week.").await.unwrap();
    eye.look("request-mark").await;
    eye.person.browser.click(Find::Button("Mark failed")).await.unwrap();
    eye.sees(Find::Words("Marked as failed.")).await;
    eye.look("request-failed").await;
    eye.person.browser.click(Find::Link("Reopen…")).await.unwrap();
    eye.person.browser.click(Find::Button("Reopen")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("request-reopen-refused").await;
    eye.person.browser.fill(Find::Label("Reason"), "An answer came.").await.unwrap();
    eye.person.browser.click(Find::Button("Reopen")).await.unwrap();
    eye.sees(Find::Words("Reopened.")).await;
    eye.person.browser.click(Find::Link("Add a note…")).await.unwrap();
    eye.person.browser.fill(Find::Label("Note"), "Seen at the branch.").await.unwrap();
    eye.look("notes").await;
    eye.person.browser.click(Find::Button("Add note")).await.unwrap();
    eye.sees(Find::Words("The note is added.")).await;
    eye.person.browser.click(Find::Css("details.menu summary")).await.unwrap();
    eye.person.browser.click(Find::Link("Delete…")).await.unwrap();
    eye.look("request-delete").await;
    eye.person.browser.click(Find::Button("Delete request")).await.unwrap();
    eye.sees(Find::Words("The request was deleted.")).await;
    eye.close();
}

#[tokio::test]
async fn the_users_roles_and_the_own_account() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(ADMINISTRATOR).await.unwrap();
    eye.person.browser.click(Find::Link("Users")).await.unwrap();
    eye.sees(Find::Words("Who can sign in here")).await;
    eye.look("users").await;
    eye.person.browser.click(Find::Link("Invite a user")).await.unwrap();
    eye.sees(Find::Words("sets the first password with it")).await;
    eye.person.browser.click(Find::Css("footer [data-kind='primary']")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("user-form-refused").await;
    eye.person.browser.fill(Find::Label("Name"), "Nomsa Cele").await.unwrap();
    eye.person.browser.fill(Find::Label("E-mail address"), "nomsa@protearidge.example").await.unwrap();
    eye.person.browser.click(Find::Label("KYC Viewer")).await.unwrap();
    eye.person.browser.click(Find::Css("footer [data-kind='primary']")).await.unwrap();
    eye.sees(Find::Words("it is shown this once")).await;
    eye.look("user-link").await;
    let shown = eye.person.browser.run("return document.querySelector('#link').textContent").await.unwrap();
    let link = shown.as_str().unwrap().trim();
    let link = link[link.find("/link/").unwrap()..].to_owned();
    eye.person.browser.click(Find::Link("To Nomsa Cele")).await.unwrap();
    eye.sees(Find::Words("Invitation counts until")).await;
    eye.look("user").await;
    eye.person.browser.click(Find::Link("Deactivate…")).await.unwrap();
    eye.sees(Find::Words("What will not.")).await;
    eye.look("user-deactivate").await;
    eye.person.browser.click(Find::Link("Roles")).await.unwrap();
    eye.sees(Find::Words("A role is a named bundle of permissions.")).await;
    eye.look("roles").await;
    eye.person.browser.click(Find::Css("a.row-link")).await.unwrap();
    eye.sees(Find::Words("It can be neither edited nor deleted.")).await;
    eye.look("role").await;
    eye.opens("/settings/roles/new").await;
    eye.person.browser.fill(Find::Label("Name"), "Front desk").await.unwrap();
    eye.look("role-form").await;
    eye.person.browser.click(Find::Css("[value='kyc:read']")).await.unwrap();
    eye.person.browser.click(Find::Css("footer [data-kind='primary']")).await.unwrap();
    eye.sees(Find::Words("The role was added")).await;
    eye.person.browser.click(Find::Link("Delete…")).await.unwrap();
    eye.sees(Find::Words("Nobody holds this role")).await;
    eye.look("role-delete").await;
    eye.opens("/account").await;
    eye.look("account").await;
    eye.opens(&link).await;
    eye.sees(Find::Words("Set your password")).await;
    eye.look("link").await;
    eye.person.browser.fill(Find::Label("New password"), "five words that nobody guesses").await.unwrap();
    eye.person.browser.fill(Find::Label("The same once more"), "five words that nobody guesses").await.unwrap();
    eye.person.browser.click(Find::Button("Set password")).await.unwrap();
    eye.sees(Find::Words("Your password is set.")).await;
    eye.opens(&link).await;
    eye.sees(Find::Words("This link was used")).await;
    eye.look("link-used").await;
    let data = eye.person.folder.path().join("data");
    assert_eq!(scan::found(&data, link.trim_start_matches("/link/")), [], "the link stands nowhere");
    assert!(!scan::found(&data, "nomsa@protearidge.example").is_empty(), "the scan finds what does stand there");
    eye.close();
}

#[tokio::test]
async fn a_run_in_words() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(OPERATOR).await.unwrap();
    eye.runs("Rooibos Cartage CC", "2014/187452/99", "Failed").await;
    eye.person.browser.click(Find::Css(".action-panel .state a")).await.unwrap();
    eye.sees(Find::Words("It ended without success.")).await;
    eye.look("run-failed").await;
    eye.runs("Quiver Tree Books sim:hang-up", "2014/187452/07", "Outcome unknown").await;
    eye.person.browser.click(Find::Link("Say how it ended")).await.unwrap();
    eye.sees(Find::Words("Nobody knows how it ended.")).await;
    eye.look("run-unknown").await;
    eye.person.browser.click(Find::Button("Save how it ended")).await.unwrap();
    eye.sees(Find::Css("[role=alert]")).await;
    eye.look("run-unknown-refused").await;
    eye.person.browser.click(Find::Label("It was not carried out")).await.unwrap();
    eye.person.browser.fill(Find::Label("How you know"), "Thabo at InTouch looked it up.").await.unwrap();
    eye.person.browser.click(Find::Button("Save how it ended")).await.unwrap();
    eye.sees(Find::Words("says that it was not carried out: Thabo at InTouch looked it up.")).await;
    eye.look("request-settled").await;
    eye.close();
}

#[tokio::test]
async fn requests_with_what_came_back() {
    let mut eye = Eye::open().await;
    eye.person.signs_in_as(OPERATOR).await.unwrap();
    eye.runs("Quaggafontein Wind Farm (Pty) Ltd", "2014/187452/07", "is in business").await;
    eye.look("request-result").await;
    eye.person.browser.click(Find::Link("Run again…")).await.unwrap();
    eye.sees(Find::Words("This has run before")).await;
    eye.look("action-form-again").await;
    eye.runs("Rooibos Cartage CC", "2014/187452/99", "Failed").await;
    eye.look("request-failed").await;
    eye.runs("Quiver Tree Books sim:hang-up", "2014/187452/07", "Outcome unknown").await;
    eye.look("request-unknown").await;
    eye.person.browser.click(Find::Css("nav.tabs a[href$='/logs']")).await.unwrap();
    eye.sees(Find::Css("a.row-link")).await;
    eye.look("logs-no-answer").await;
    eye.person.browser.click(Find::Css("a.row-link")).await.unwrap();
    eye.sees(Find::Css("tr.detail")).await;
    eye.look("logs-no-answer-open").await;
    eye.opens("/requests").await;
    eye.person.browser.click(Find::Link("Quaggafontein Wind Farm (Pty) Ltd")).await.unwrap();
    eye.person.browser.click(Find::Css("nav.tabs a[href$='/logs']")).await.unwrap();
    eye.sees(Find::Css("a.row-link")).await;
    eye.look("logs").await;
    eye.person.browser.click(Find::Css("a.row-link")).await.unwrap();
    eye.sees(Find::Css("tr.detail")).await;
    eye.look("logs-open").await;
    eye.close();
}
