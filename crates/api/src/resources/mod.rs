//! The handlers, a file for each resource, and the list of their operations.

#![expect(unused_qualifications, reason = "the macro that reads handlers writes whole paths")]

mod channels;
mod me;
mod outputs;
mod requests;
mod runs;
mod shared;

use std::sync::LazyLock;

use dossier_app::grant::Needs;
use dossier_domain::Permission::{KycDelete, KycExecute, KycRead};
use utoipa_axum::routes;

use crate::operations::{Collected, Operations};

/// Every operation of the API.
pub(crate) fn operations() -> Collected {
    Operations::new()
        .add(Needs::SignIn, routes!(me::show))
        .add(Needs::Permission(KycRead), routes!(channels::list))
        .add(Needs::Permission(KycRead), routes!(channels::show))
        .add(Needs::Permission(KycRead), routes!(channels::actions))
        .add(Needs::Permission(KycRead), routes!(requests::list))
        .knowing(Needs::Permission(KycRead), routes!(requests::create))
        .add(Needs::Permission(KycRead), routes!(requests::show))
        .add(Needs::Permission(KycExecute), routes!(requests::rename))
        .add(Needs::Permission(KycDelete), routes!(requests::remove))
        .add(Needs::Permission(KycExecute), routes!(requests::mark))
        .add(Needs::Permission(KycRead), routes!(requests::notes))
        .knowing(Needs::Permission(KycExecute), routes!(requests::note))
        .add(Needs::Permission(KycRead), routes!(runs::list))
        .knowing(Needs::Permission(KycExecute), routes!(runs::start))
        .add(Needs::Permission(KycRead), routes!(runs::show))
        .add(Needs::Permission(KycExecute), routes!(runs::cancel))
        .add(Needs::Permission(KycExecute), routes!(runs::settle))
        .add(Needs::Permission(KycRead), routes!(outputs::list))
        .add(Needs::Permission(KycRead), routes!(outputs::show))
        .add(Needs::Permission(KycRead), routes!(outputs::content))
        .done()
}

/// The paths of posts that the use case itself knows again.
pub(crate) fn knowing() -> &'static [String] {
    static KNOWING: LazyLock<Vec<String>> =
        LazyLock::new(|| operations().table.into_iter().filter(|line| line.knows).map(|line| line.path).collect());
    &KNOWING
}
