//! Someone at the pages of a running portal, over real HTTP and without a browser.

use regex::Regex;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, redirect};

use crate::running::User;

/// Follows nothing by itself and keeps one cookie: the session's.
pub(crate) struct Visitor {
    client: Client,
    url: String,
    cookie: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) text: String,
}

impl Page {
    /// The first group of every match.
    pub(crate) fn every(&self, pattern: &str) -> Vec<String> {
        Regex::new(pattern).unwrap().captures_iter(&self.text).map(|found| found[1].to_owned()).collect()
    }
}

impl Visitor {
    /// A stranger to the portal at `url`.
    pub(crate) fn new(url: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a visitor from outside, not the program")]
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { client, url: url.to_owned(), cookie: String::new() }
    }

    /// Signs in, and sees the list of requests.
    pub(crate) async fn signed_in(url: &str, user: &User) -> Self {
        let mut visitor = Self::new(url);
        let page = visitor.post("/sign-in", &[("email", &user.email), ("password", &user.password)]).await;
        assert_eq!((page.status, page.location.as_str()), (303, "/requests"), "{}", user.email);
        visitor
    }

    /// Opens a page.
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    /// Sends a form as our own page does.
    pub(crate) async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let request = self.client.post(format!("{}{path}", self.url)).header("sec-fetch-site", "same-origin");
        self.send(request.form(pairs)).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let answer = request.header(COOKIE, &self.cookie).send().await.unwrap();
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some((cookie, _)) = header(SET_COOKIE).split_once(';') {
            self.cookie = cookie.to_owned();
        }
        let (status, location) = (answer.status().as_u16(), header(LOCATION).to_owned());
        Page { status, location, text: answer.text().await.unwrap() }
    }
}
