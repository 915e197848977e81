//! The programs' door: `/api/v1` over the same use cases as the pages. Parse, call one use case, answer in JSON.
//!
//! A call passes `caller::receive` (who is asking, how often, under which number), `content::read` (the body, once, within
//! bounds), `once::guard` (a post that was sent before is answered as it was) and one handler in `resources`. To add an
//! operation: its types in `dossier_wire`, a handler with `#[utoipa::path]`, a line in `resources::operations`; the
//! OpenAPI document and the tests of isolation and permission are made from that.

mod caller;
mod content;
mod document;
mod extract;
mod limit;
mod negotiate;
mod once;
mod operations;
mod problem;
mod resources;
mod tag;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use dossier_app::App;
use tower_http::catch_panic::CatchPanicLayer;

pub use document::document;
pub use limit::PER_MINUTE;
pub use operations::Operation;

/// Where the API stands.
pub const BASE: &str = "/api/v1";

/// What every handler gets.
#[derive(Clone)]
pub(crate) struct Api(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) limits: limit::Limits,
}

impl std::ops::Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The whole API, to be nested at [`BASE`]. A key may ask `per_minute` times a minute in this process.
pub fn router<S: Clone + Send + Sync + 'static>(app: App, per_minute: u32) -> Router<S> {
    let api = Api(Arc::new(Parts { app, limits: limit::Limits::new(per_minute) }));
    let state = |api: &Api| api.clone();
    resources::operations()
        .router
        .route("/openapi.json", axum::routing::get(document::serve))
        .fallback(problem::missing)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(middleware::from_fn_with_state(state(&api), once::guard))
        .layer(middleware::from_fn(content::read))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(negotiate::accept))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(state(&api), caller::receive))
        .with_state(api)
}

/// Every kind of problem: its status, the word that a program decides by, and what it means.
pub fn kinds() -> &'static [(u16, &'static str, &'static str)] {
    problem::KINDS
}

/// Every operation with what it asks of the key: what the tests of isolation and permission are made from.
pub fn table() -> Vec<Operation> {
    resources::operations().table
}
