//! The list of operations: a router, its table of contents and its document, made by the same calls.

use axum::Router;
use axum::http::Method;
use dossier_app::grant::Needs;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::Api;

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// Below [`crate::BASE`], with `{id}` and the like as place holders.
    pub path: String,
    /// What it asks of the key.
    pub needs: Needs,
    /// Whether the use case itself knows a post that was sent before, by the key that it is given.
    pub(crate) knows: bool,
}

/// Collects operations.
pub(crate) struct Operations {
    collected: OpenApiRouter<Api>,
    table: Vec<Operation>,
}

/// What was collected.
pub(crate) struct Collected {
    pub(crate) router: Router<Api>,
    pub(crate) document: OpenApi,
    pub(crate) table: Vec<Operation>,
}

impl Operations {
    pub(crate) fn new() -> Self {
        Self { collected: OpenApiRouter::new(), table: Vec::new() }
    }

    /// One operation, as `routes!` makes it of a handler.
    pub(crate) fn add(self, needs: Needs, routes: UtoipaMethodRouter<Api>) -> Self {
        self.with(needs, false, routes)
    }

    /// A post whose use case knows by its key that it was sent before: it is carried out again after a crash, and finds what
    /// it made.
    pub(crate) fn knowing(self, needs: Needs, routes: UtoipaMethodRouter<Api>) -> Self {
        self.with(needs, true, routes)
    }

    fn with(mut self, needs: Needs, knows: bool, routes: UtoipaMethodRouter<Api>) -> Self {
        let paths = serde_json::to_value(&routes.1).unwrap_or_default();
        for (path, item) in paths.as_object().into_iter().flatten() {
            let methods = item.as_object().into_iter().flatten().filter_map(|(word, operation)| {
                Value::is_object(operation).then(|| word.to_uppercase().parse::<Method>().ok()).flatten()
            });
            self.table.extend(methods.map(|method| Operation { method, path: path.clone(), needs, knows }));
        }
        self.collected = self.collected.routes(routes);
        self
    }

    pub(crate) fn done(self) -> Collected {
        let (router, document) = self.collected.split_for_parts();
        Collected { router, document, table: self.table }
    }
}
