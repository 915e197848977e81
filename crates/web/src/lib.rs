//! The pages: parse, call one use case, answer. Knows no SQL and no provider.
//!
//! A request passes `visit::receive` (who is asking, in which colours; a refusal becomes a page there), the guard
//! against foreign posts in `security`, and one handler in `pages`. To add a page: a view in [`view`], a handler in
//! `pages`, a line in `pages::routes`; the tests of isolation and permission find it by themselves.

pub mod assets;
mod browser;
mod error;
mod extract;
mod form_body;
mod pages;
mod routes;
mod security;
pub mod view;
mod visit;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use dossier_app::App;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use dossier_app::grant::Needs;
pub use routes::Route;
use routes::Routes;

/// How the portal presents itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    simulated: bool,
    public_origin: Option<String>,
    calls_per_minute: Option<u32>,
    #[cfg(feature = "switches")]
    foreign_posts: bool,
}

impl Options {
    /// Every page says that the provider is simulated.
    #[must_use]
    pub fn simulated(self) -> Self {
        Self { simulated: true, ..self }
    }

    /// The origin by which browsers reach the portal, such as `https://kyc.example.org`, when a proxy stands before it.
    /// With HTTPS browsers are asked to stay there.
    #[must_use]
    pub fn public_origin(self, origin: Option<String>) -> Self {
        Self { public_origin: origin, ..self }
    }

    /// How often an API key may ask in a minute, counted in this process; 600 unless it is said.
    #[must_use]
    pub fn calls_per_minute(self, most: Option<u32>) -> Self {
        Self { calls_per_minute: most, ..self }
    }

    /// Switches the guard against posts from other sites off, for the test that shows what it prevents.
    #[cfg(feature = "switches")]
    #[must_use]
    pub fn let_foreign_posts_in(self) -> Self {
        Self { foreign_posts: true, ..self }
    }

    /// Whether posts from other sites are let in: never, but for the test of that guard.
    fn is_open(&self) -> bool {
        #[cfg(feature = "switches")]
        return self.foreign_posts;
        #[cfg(not(feature = "switches"))]
        false
    }

    fn is_https(&self) -> bool {
        self.public_origin.as_ref().is_some_and(|origin| origin.starts_with("https://"))
    }
}

/// What every handler gets.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) options: Options,
}

impl std::ops::Deref for Web {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The most bytes of a form.
pub(crate) const MAX_FORM: usize = 1024 * 1024;
/// The most bytes of a form with its files.
pub(crate) const MAX_FILES: usize = 25 * 1024 * 1024;

/// The whole portal.
pub fn router(app: App, options: Options) -> Router {
    let api = dossier_api::router(app.clone(), options.calls_per_minute.unwrap_or(dossier_api::PER_MINUTE));
    let web = Web(Arc::new(Parts { app, options }));
    let api = api.layer(middleware::from_fn_with_state(web.clone(), security::headers));
    let Routes { router, hooks, .. } = pages::routes();
    let hooks = hooks
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn_with_state(web.clone(), security::headers));
    router
        .fallback(pages::missing)
        .method_not_allowed_fallback(pages::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn_with_state(web.clone(), security::same_site))
        .layer(middleware::from_fn_with_state(web.clone(), visit::receive))
        .layer(middleware::from_fn_with_state(web.clone(), security::headers))
        .merge(hooks)
        .nest(dossier_api::BASE, api)
        .layer(CompressionLayer::new())
        .with_state(web)
}

/// Every route with what it asks of the person: the table that the tests of isolation and permission are made from.
pub fn table() -> Vec<Route> {
    pages::routes().table
}

/// Serves the portal until `stop`, then lets what is on its way come to its end. Streams of news would have none, so they
/// are ended.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    app: App,
    options: Options,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let closing = app.clone();
    let stop = async move {
        stop.await;
        dossier_app::news::close(&closing);
    };
    let service = router(app, options).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
