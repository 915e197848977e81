//! The invented people of the demo: one for each built-in role.

use dossier_domain::BuiltInRole;

/// Someone who can sign in to the demo.
pub(crate) struct Person {
    pub(crate) email: &'static str,
    pub(crate) name: &'static str,
    pub(crate) role: BuiltInRole,
}

/// The demo's tenant.
pub(crate) const TENANT: &str = "Protea Ridge Bank";
/// Where its people work.
pub(crate) const TIME_ZONE: &str = "Africa/Johannesburg";

/// The operator first: the one to sign in as.
pub(crate) const PEOPLE: &[Person] = &[
    Person { email: "lindiwe@protearidge.example", name: "Lindiwe Nkosi", role: BuiltInRole::Operator },
    Person { email: "thandeka@protearidge.example", name: "Thandeka Mkhize", role: BuiltInRole::Manager },
    Person { email: "johan@protearidge.example", name: "Johan Viljoen", role: BuiltInRole::Viewer },
    Person { email: "farah@protearidge.example", name: "Farah Davids", role: BuiltInRole::Auditor },
    Person { email: "riaan@protearidge.example", name: "Riaan Coetzee", role: BuiltInRole::Administrator },
];
