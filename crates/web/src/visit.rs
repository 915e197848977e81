//! Who is asking, from where, in which colours: read once for every request, before any handler.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use dossier_app::access::{self, Asker, Visitor};
use dossier_app::grant::{Member, Read};
use dossier_app::news;
use dossier_domain::{Local, Origin};
use secrecy::SecretString;

use crate::error::{self, Problem, Raised};
use crate::pages::open_to;
use crate::view::{Shell, Theme, User};
use crate::{Web, browser};

/// Bound to this host, HTTPS (or loopback) and the whole site by its prefix (RFC 6265bis, section 4.1.3.2).
const SESSION: &str = "__Host-dossier";
const THEME: &str = "theme";
const SHORTCUTS: &str = "shortcuts";

/// What a page says that asks for itself again without anybody having done anything.
const BY_ITSELF: &str = "x-by-itself";

/// The facts of one request that are not its content.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) member: Option<Member>,
    pub(crate) expired: bool,
    pub(crate) request_id: String,
    pub(crate) origin: Origin,
    /// The browser in words, as far as it says what it is.
    pub(crate) browser: Option<String>,
    by: Asker,
    /// Where the news stood when the visit began, for whoever gets any.
    news: Option<String>,
    method: Method,
    here: String,
    theme: Theme,
    no_shortcuts: bool,
    simulated: bool,
}

impl Visit {
    /// What stands around the page.
    pub(crate) fn shell(&self) -> Shell {
        let user = self.member.as_ref().map(|m| User { name: m.name.clone(), role: m.roles.join(", ") });
        Shell {
            tenant: self.member.as_ref().map(|m| m.tenant_name.clone()),
            user,
            closed: self.member.as_ref().is_some_and(|member| member.grant::<Read>().is_err()),
            // The answer to a form stands at an address that cannot be asked for again.
            news: self.news.clone().filter(|_| self.method == Method::GET),
            settings: self.member.as_ref().map(open_to).unwrap_or_default(),
            theme: self.theme,
            no_shortcuts: self.no_shortcuts,
            simulated: self.simulated,
            here: self.back(),
        }
    }

    /// How instants are written for whoever asks.
    pub(crate) fn local(&self) -> Local {
        self.member.as_ref().map_or(Local::UTC, |member| member.local.clone())
    }

    /// The same without the person: for a page that stands alone, whoever looks.
    pub(crate) fn alone(&self) -> Shell {
        Shell { tenant: None, user: None, here: String::new(), ..self.shell() }
    }

    /// Where to go on after signing in, or with other colours: this page, or for a post the page that its form stands on.
    pub(crate) fn back(&self) -> String {
        match (&self.method, self.here.as_str()) {
            (&Method::GET, here) => here.to_owned(),
            (_, "/requests") => "/requests/new".to_owned(),
            (_, "/settings/general") => self.here.clone(),
            (_, here) if here.starts_with("/requests/") && !here.contains("/runs/") => here.to_owned(),
            (_, here) if here.starts_with("/settings/channels/") => match here.split_once("/address") {
                Some((channel, _)) => channel.to_owned(),
                None => here.to_owned(),
            },
            (_, here) if here.starts_with("/settings/users/") || here.starts_with("/settings/roles/") => {
                match here.rsplit_once('/') {
                    Some((user, "activate" | "link")) => user.to_owned(),
                    _ => here.to_owned(),
                }
            }
            (_, here) if here.starts_with("/settings/webhooks/") => match here.rsplit_once('/') {
                Some((page, "test" | "redeliver" | "enable" | "disable")) => page.to_owned(),
                _ => here.to_owned(),
            },
            (_, here) if here.starts_with("/account/") => "/account".to_owned(),
            (_, here) => match here.rsplit_once('/') {
                Some((run, "cancel" | "settle")) if run.contains("/runs/") => run.to_owned(),
                _ => "/requests".to_owned(),
            },
        }
    }
}

/// The outermost layer that knows the product: identifies the visitor, runs the rest, turns a raised problem into a
/// page, and writes one line into the log, which holds ids but no query and no content.
pub(crate) async fn receive(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let (mut visit, token) = read(&web, &request);
    let identified = match &token {
        Some(token) => identify(&web, &mut visit, token).await,
        None => Ok(()),
    };
    let mut response = match identified {
        Ok(()) => {
            request.extensions_mut().insert(visit.clone());
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(Raised(problem)) = response.extensions_mut().remove() {
        response = error::dress(&web, &visit, &problem).await;
    }
    if let Ok(id) = HeaderValue::from_str(&visit.request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request_id = visit.request_id, %method, path, status = response.status().as_u16(), took_ms, "answered");
    response
}

/// The visit as far as the request alone tells, and the token of its sign-in. Styles and scripts are the same for
/// everyone: looking a session up for each would only cost.
fn read(web: &Web, request: &Request) -> (Visit, Option<SecretString>) {
    let jar = CookieJar::from_headers(request.headers());
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let request_id = web.app.form_key();
    let uri = request.uri();
    let visit = Visit {
        member: None,
        expired: false,
        news: None,
        origin: Origin { address, request_id: Some(request_id.clone()) },
        browser: request.headers().get(header::USER_AGENT).and_then(|agent| browser::words(agent.to_str().ok()?)),
        request_id,
        // A browser opens a stream again by itself, and cannot mark that.
        by: if request.headers().contains_key(BY_ITSELF) || uri.path() == "/events" {
            Asker::Page
        } else {
            Asker::Person
        },
        method: request.method().clone(),
        here: uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string),
        theme: jar.get(THEME).map_or(Theme::System, |cookie| Theme::parse(cookie.value())),
        no_shortcuts: jar.get(SHORTCUTS).is_some_and(|cookie| cookie.value() == "off"),
        simulated: web.options.simulated,
    };
    let token = jar.get(SESSION).filter(|_| !uri.path().starts_with("/assets/"));
    (visit, token.map(|token| SecretString::from(token.value())))
}

async fn identify(web: &Web, visit: &mut Visit, token: &SecretString) -> Result<(), Problem> {
    match access::authenticate(&web.app, token, visit.origin.clone(), visit.by).await? {
        Visitor::Member(member) => {
            let reader = member.grant::<Read>().ok();
            visit.news = reader.map(|reader| news::position(&web.app, &reader).unwrap_or_default());
            visit.member = Some(member);
        }
        Visitor::Ended => visit.expired = true,
    }
    Ok(())
}

/// The cookie of a sign-in. It ends with the browser; the server ends it earlier.
pub(crate) fn session_cookie(token: String) -> Cookie<'static> {
    Cookie::build((SESSION, token)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

/// The same cookie, taken back.
pub(crate) fn no_session_cookie() -> Cookie<'static> {
    let mut cookie = session_cookie(String::new());
    cookie.make_removal();
    cookie
}

/// The cookie of the chosen colours, for a year. The page's own script sets it too, without a reload.
pub(crate) fn theme_cookie(theme: Theme) -> Cookie<'static> {
    let year = time::Duration::days(365);
    Cookie::build((THEME, theme.as_str())).path("/").same_site(SameSite::Lax).max_age(year).build()
}

/// Keeps whether single keys act, for a year.
pub(crate) fn shortcuts_cookie(on: bool) -> Cookie<'static> {
    let year = time::Duration::days(365);
    Cookie::build((SHORTCUTS, if on { "on" } else { "off" })).path("/").same_site(SameSite::Lax).max_age(year).build()
}
