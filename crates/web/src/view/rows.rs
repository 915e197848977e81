//! Every row of a table of a result, a page at a time.

use askama::Template;

use super::{Moment, RequestHead, Shell, Table};

/// `GET /requests/{request}/results/{result}/tables/{table}`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "pages/rows.html")]
pub struct RowsPage {
    /// What stands around it.
    pub shell: Shell,
    /// Reference, status, facts.
    pub head: RequestHead,
    /// The action's name.
    pub action: String,
    /// When it ran.
    pub ran: Moment,
    /// Where the result is shown.
    pub result_href: String,
    /// What the table is called.
    pub title: String,
    /// Which rows these are: `Rows 1 to 100 of 312`.
    pub said: String,
    /// The rows, from [`Table::on_a_page`].
    pub table: Table,
    /// The way to the rows before.
    pub before: Option<String>,
    /// The way to the rows after.
    pub after: Option<String>,
}
