//! What a tenant may use, and until when (TENANT-2).

use std::collections::BTreeMap;

use crate::time::Timestamp;

/// The module that opens the whole product.
pub const KYC: &str = "kyc";

/// A tenant's modules, each with an optional end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence(BTreeMap<String, Option<Timestamp>>);

impl Licence {
    /// Whether `module` may be used at `now`. An end is the first instant at which it may not.
    pub fn covers(&self, module: &str, now: Timestamp) -> bool {
        self.0.get(module).is_some_and(|end| end.is_none_or(|end| now < end))
    }

    /// Each module with its end.
    pub fn modules(&self) -> impl Iterator<Item = (&str, Option<Timestamp>)> {
        self.0.iter().map(|(module, end)| (module.as_str(), *end))
    }
}

impl FromIterator<(String, Option<Timestamp>)> for Licence {
    fn from_iter<I: IntoIterator<Item = (String, Option<Timestamp>)>>(modules: I) -> Self {
        Self(modules.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TENANT-2
    #[test]
    fn a_module_counts_until_its_end() {
        let at = Timestamp::from_micros;
        let licence: Licence = [(KYC.to_owned(), None), ("kyc-intouch".to_owned(), Some(at(10)))].into_iter().collect();
        assert!(licence.covers(KYC, at(i64::MAX)));
        assert!(licence.covers("kyc-intouch", at(9)) && !licence.covers("kyc-intouch", at(10)));
        assert!(!licence.covers("kyc-sumsub", at(0)));
        assert_eq!(licence.modules().collect::<Vec<_>>(), [(KYC, None), ("kyc-intouch", Some(at(10)))]);
    }
}
