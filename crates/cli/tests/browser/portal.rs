//! A portal of the test's own process, and who looks at it.

use std::net::SocketAddr;

use dossier_app::App;
use dossier_domain::BuiltInRole;
use dossier_testkit::browser::Options;
use dossier_testkit::{Browser, Find, Firm, PASSWORD};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A portal that can be ended.
pub(crate) struct Portal {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Portal {
    pub(crate) async fn open(app: &App, address: &str) -> Self {
        let door = TcpListener::bind(address).await.unwrap();
        let address = door.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { drop(stopped.await) };
        let served = tokio::spawn(dossier_web::serve(app.clone(), dossier_web::Options::default(), door, stopped));
        Self { address, stop, served }
    }

    pub(crate) async fn close(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }

    /// Somebody who has signed in and looks at `path`; see [`Portal::stand`].
    pub(crate) async fn person(&self, firm: &Firm<'_>, role: BuiltInRole, path: &str) -> Browser {
        let browser = self.person_with(Options::default(), firm, role, path).await;
        self.stand(&browser, path).await;
        browser
    }

    /// The same with another browser.
    pub(crate) async fn person_with(
        &self,
        options: Options,
        firm: &Firm<'_>,
        role: BuiltInRole,
        path: &str,
    ) -> Browser {
        let browser = Browser::start(options).await.unwrap();
        browser.goto(&self.url("/sign-in")).await.unwrap();
        browser.fill(Find::Label("E-mail address"), &firm.email(role)).await.unwrap();
        browser.fill(Find::Label("Password"), PASSWORD).await.unwrap();
        browser.click(Find::Button("Sign in")).await.unwrap();
        browser.find(Find::Words("KYC Requests")).await.unwrap();
        browser.goto(&self.url(path)).await.unwrap();
        browser
    }

    /// Opens `path`, and marks the page: a reload would lose the mark.
    pub(crate) async fn stand(&self, browser: &Browser, path: &str) {
        browser.goto(&self.url(path)).await.unwrap();
        browser.run("window.stays = true").await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }
}
