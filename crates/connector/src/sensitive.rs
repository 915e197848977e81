//! Which names hold what must not be shown: secrets never, personal data only masked.
//!
//! Names are compared without case and without `_`, `-` and spaces. A company's address and a person's name are not
//! in the list; a manifest adds names with `sensitive`, a form with `x-sensitive`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::form::is_za_id;
use crate::manifest::Manifest;

/// Names of secrets: whole names.
const SECRETS: &[&str] = &[
    "accesstoken",
    "apikey",
    "apisecret",
    "apitoken",
    "assertion",
    "authorization",
    "authtoken",
    "bearertoken",
    "clientassertion",
    "clientsecret",
    "cookie",
    "idtoken",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "proxyauthorization",
    "refreshtoken",
    "secret",
    "secretkey",
    "sessiontoken",
    "setcookie",
    "signature",
    "token",
    "sig",
    "xaccesstoken",
    "xamzcredential",
    "xamzsecuritytoken",
    "xamzsignature",
    "xapikey",
    "xapptoken",
    "xauthtoken",
    "xgoogsignature",
    "xsignature",
];

/// Names of personal data: whole names.
const PERSONAL: &[&str] = &[
    "accountno",
    "address",
    "address1",
    "address2",
    "address3",
    "bankaccount",
    "birthdate",
    "cardno",
    "cell",
    "cvv",
    "dateofbirth",
    "dob",
    "email",
    "homeaddress",
    "iban",
    "idno",
    "line1",
    "line2",
    "line3",
    "mobile",
    "mobileno",
    "msisdn",
    "pan",
    "passport",
    "passportno",
    "phone",
    "phoneno",
    "residentialaddress",
    "street",
    "streetname",
    "streetnumber",
    "tel",
    "telephone",
];

/// Ends of names of personal data: `DirectorIDNumber`, `workEmailAddress`.
const PERSONAL_ENDS: &[&str] = &[
    "accountnumber",
    "addressline1",
    "addressline2",
    "addressline3",
    "birthdate",
    "cardnumber",
    "cellnumber",
    "cellphone",
    "contactnumber",
    "dateofbirth",
    "emailaddress",
    "identitynumber",
    "idnumber",
    "mobilenumber",
    "nationalid",
    "passportnumber",
    "phonenumber",
    "streetaddress",
    "telephonenumber",
];

/// The names that count for one provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct SensitiveNames {
    added: BTreeSet<String>,
}

impl SensitiveNames {
    /// The default list, what the manifest names, and what the form of `action` marks.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self { added: manifest.sensitive.iter().map(|n| fold(n)).collect() }
    }

    /// Adds the names that a form marks.
    #[must_use]
    pub(crate) fn with<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.added.extend(names.into_iter().map(fold));
        self
    }

    /// Whether what stands under `name` is personal.
    pub(crate) fn personal(&self, name: &str) -> bool {
        let name = fold(name);
        PERSONAL.contains(&name.as_str())
            || PERSONAL_ENDS.iter().any(|end| name.ends_with(end))
            || self.added.contains(&name)
    }
}

/// Whether what stands under `name` is a secret.
pub(crate) fn secret(name: &str) -> bool {
    SECRETS.contains(&fold(name).as_str())
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Where a South African identity number stands in `text`, whatever its name.
pub(crate) fn za_ids(text: &str) -> Vec<std::ops::Range<usize>> {
    #[expect(clippy::expect_used, reason = "the pattern is a constant and a test runs it")]
    static THIRTEEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9]{13,}").expect("a pattern"));
    THIRTEEN.find_iter(text).filter(|m| is_za_id(m.as_str())).map(|m| m.range()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_spelling() {
        for name in ["access_token", "Client-Secret", "AUTHORIZATION", "Set-Cookie", "x-api-key", "refreshToken"] {
            assert!(secret(name), "{name}");
        }
        let names = SensitiveNames::default().with(["taxNumber"]);
        for name in ["IDNumber", "id_number", "DirectorIDNumber", "Tax_Number", "AddressLine1", "cellphone", "E-mail"] {
            assert!(names.personal(name), "{name}");
        }
        for name in ["token_type", "expires_in", "CompanyName", "PhysicalAddress", "RegistrationNumber", "FullName"] {
            assert!(!names.personal(name) && !secret(name), "{name}");
        }
    }

    #[test]
    fn an_identity_number_is_found_by_its_digits() {
        assert_eq!(za_ids("ID 8001015009087 is known").first(), Some(&(3..16)));
        assert!(za_ids("1764000000000 and 80010150090870 are none").is_empty());
    }
}
