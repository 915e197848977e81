//! Someone at the pages of a running portal, over real HTTP and without a browser.

use regex::Regex;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, redirect};

use crate::User;

/// Follows nothing by itself and keeps one cookie: the session's. A clone is the same person at another window.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Client,
    url: String,
    cookie: String,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Where it leads, or nothing.
    pub location: String,
    /// The body.
    pub text: String,
}

impl Reply {
    /// The first group of every match in its text.
    pub fn every(&self, pattern: &str) -> Vec<String> {
        Regex::new(pattern).expect("a pattern").captures_iter(&self.text).map(|found| found[1].to_owned()).collect()
    }
}

impl Caller {
    /// A stranger to the portal at `url`.
    pub fn new(url: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a caller from outside, not the program")]
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().expect("a client");
        Self { client, url: url.to_owned(), cookie: String::new() }
    }

    /// Signs in, and sees the list of requests.
    pub async fn signed_in(url: &str, user: &User) -> Self {
        let mut caller = Self::new(url);
        let page = caller.post("/sign-in", &[("email", &user.email), ("password", &user.password)]).await;
        assert_eq!((page.status, page.location.as_str()), (303, "/requests"), "{}", user.email);
        caller
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.try_get(path).await.expect("the portal answers")
    }

    /// Sends a form as our own page does.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        self.try_post(path, pairs).await.expect("the portal answers")
    }

    /// Sends JSON, such as an order to the simulator.
    pub async fn post_json(&mut self, path: &str, body: &serde_json::Value) -> Reply {
        let request = self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        self.send(request.body(body.to_string())).await.expect("the server answers")
    }

    /// Opens a page of a portal that may be gone.
    pub async fn try_get(&mut self, path: &str) -> Result<Reply, reqwest::Error> {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    /// Sends a form to a portal that may be gone before it answers.
    pub async fn try_post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Result<Reply, reqwest::Error> {
        let request = self.client.post(format!("{}{path}", self.url)).header("sec-fetch-site", "same-origin");
        self.send(request.form(pairs)).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Reply, reqwest::Error> {
        let answer = request.header(COOKIE, &self.cookie).send().await?;
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some((cookie, _)) = header(SET_COOKIE).split_once(';') {
            cookie.clone_into(&mut self.cookie);
        }
        let (status, location) = (answer.status().as_u16(), header(LOCATION).to_owned());
        Ok(Reply { status, location, text: answer.text().await? })
    }
}
