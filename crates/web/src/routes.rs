//! The list of routes: a router and its table of contents, made by the same calls, so that the tests of isolation and
//! permission are generated from what is really served.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use dossier_app::grant::Needs;

use crate::{MAX_FILES, Web};

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// With `{id}` and the like as place holders.
    pub path: &'static str,
    /// What it asks of the person.
    pub needs: Needs,
}

/// Collects routes.
pub(crate) struct Routes {
    pub(crate) router: Router<Web>,
    /// What other programs post to, and no browser: past the guard against posts from other sites.
    pub(crate) hooks: Router<Web>,
    pub(crate) table: Vec<Route>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), hooks: Router::new(), table: Vec::new() }
    }

    pub(crate) fn get<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::GET, MethodFilter::GET, path, needs, handler)
    }

    pub(crate) fn post<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, MethodFilter::POST, path, needs, handler)
    }

    /// A post that may carry files, and so more bytes than others.
    pub(crate) fn post_files<H, T>(mut self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(MAX_FILES));
        self.router = self.router.route(path, route);
        self.table.push(Route { method: Method::POST, path, needs });
        self
    }

    /// What a provider posts, of at most so many bytes. Its address holds a secret, and nothing of a browser counts.
    pub(crate) fn hook<H, T>(mut self, path: &'static str, most: usize, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.hooks = self.hooks.route(path, on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(most)));
        self.table.push(Route { method: Method::POST, path, needs: Needs::Nothing });
        self
    }

    fn add<H, T>(mut self, method: Method, filter: MethodFilter, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.router = self.router.route(path, on(filter, handler));
        self.table.push(Route { method, path, needs });
        self
    }
}
