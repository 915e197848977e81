//! The keys that act by themselves.

use askama::Template;

use super::Shell;

/// `GET /shortcuts`
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/shortcuts.html")]
pub struct ShortcutsPage {
    /// What stands around it, with whether the keys are on.
    pub shell: Shell,
}
