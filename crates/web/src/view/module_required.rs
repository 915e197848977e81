//! The page for what the tenant's licence does not cover.

use askama::Template;

use super::{Link, Shell};

/// Instead of an action or a form whose provider is not licensed; sent with 403.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/module_required.html")]
pub struct ModuleRequiredPage {
    /// What stands around it.
    pub shell: Shell,
    /// The module: `kyc-intouch`.
    pub module: String,
    /// Whom it opens: `InTouch`.
    pub provider: String,
    /// The day on which the licence ended, in words: `31 Oct 2026`; none when there never was one.
    pub ended: Option<String>,
    /// The way back: to the request, or to the list.
    pub back: Link,
    /// The way to the licence, for those who may see it.
    pub licence: Option<Link>,
    /// The id of this HTTP request.
    pub request_id: String,
}
