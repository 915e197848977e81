//! The pages: parse, call one use case, answer. Knows no SQL and no provider.
//!
//! A request passes `visit::receive` (who is asking, in which colours; a refusal becomes a page there), the guard
//! against foreign posts in `security`, and one handler in `pages`. To add a page: a view in [`view`], a handler in
//! `pages`, a line in `pages::routes`; the tests of isolation and permission find it by themselves.

pub mod assets;
mod error;
mod extract;
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

pub use routes::{Needs, Route};

/// How the portal presents itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    simulated: bool,
    https: bool,
    #[cfg(feature = "switches")]
    foreign_posts: bool,
}

impl Options {
    /// Every page says that the provider is simulated.
    #[must_use]
    pub fn simulated(self) -> Self {
        Self { simulated: true, ..self }
    }

    /// Browsers reach the portal by HTTPS, and are asked to stay there.
    #[must_use]
    pub fn https(self, https: bool) -> Self {
        Self { https, ..self }
    }

    /// Switches the guard against posts from other sites off, for the test that shows what it prevents.
    #[cfg(feature = "switches")]
    #[must_use]
    pub fn let_foreign_posts_in(self) -> Self {
        Self { foreign_posts: true, ..self }
    }

    /// Whether posts from other sites are let in: never, but for the test of that guard.
    fn is_open(self) -> bool {
        #[cfg(feature = "switches")]
        return self.foreign_posts;
        #[cfg(not(feature = "switches"))]
        false
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
const MAX_FORM: usize = 1024 * 1024;

/// The whole portal.
pub fn router(app: App, options: Options) -> Router {
    let web = Web(Arc::new(Parts { app, options }));
    pages::routes()
        .router
        .fallback(pages::missing)
        .method_not_allowed_fallback(pages::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(move |request, next| security::same_site(options, request, next)))
        .layer(middleware::from_fn_with_state(web.clone(), visit::receive))
        .layer(middleware::from_fn(move |request, next| security::headers(options.https, request, next)))
        .layer(CompressionLayer::new())
        .with_state(web)
}

/// Every route with what it asks of the person: the table that the tests of isolation and permission are made from.
pub fn table() -> Vec<Route> {
    pages::routes().table
}

/// Serves the portal until `stop`, then lets what is on its way come to its end.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    app: App,
    options: Options,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app, options).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
