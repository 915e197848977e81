//! Which names hold what must not be shown: secrets never, personal data only masked.
//!
//! Names are compared without case and without `_`, `-` and spaces. A company's address and a person's name are not
//! in the list; a manifest adds names with `sensitive`, a form with `x-sensitive`.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

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
    added: Arc<BTreeSet<Vec<u8>>>,
}

/// Whole names. Most names are none of them, which their first letter and their length tell.
struct Whole {
    names: HashSet<&'static [u8]>,
    /// For each first letter, the lengths that there are.
    lengths: [u64; 256],
}

impl Whole {
    fn of(names: &'static [&str]) -> Self {
        let mut whole = Self { names: names.iter().map(|name| name.as_bytes()).collect(), lengths: [0; 256] };
        for name in names {
            whole.lengths[first(name.as_bytes())] |= length(name.as_bytes());
        }
        whole
    }

    fn has(&self, name: &[u8]) -> bool {
        self.lengths[first(name)] & length(name) != 0 && self.names.contains(name)
    }
}

fn first(name: &[u8]) -> usize {
    name.first().copied().map_or(0, usize::from)
}

/// The length as one bit; very long ones share the last.
fn length(name: &[u8]) -> u64 {
    1 << name.len().min(63)
}

impl SensitiveNames {
    /// The default list, and what the manifest names.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        manifest.sensitive.clone()
    }

    /// Adds the names that a form marks.
    #[must_use]
    pub(crate) fn with<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = names.into_iter().map(|name| Folded::of(name).letters().to_vec()).peekable();
        if names.peek().is_some() {
            Arc::make_mut(&mut self.added).extend(names);
        }
        self
    }

    /// Whether what stands under `name` is personal.
    pub(crate) fn personal(&self, name: &str) -> bool {
        self.knows(&Folded::of(name))
    }

    /// The same of a name that is folded already.
    pub(crate) fn knows(&self, name: &Folded) -> bool {
        static KNOWN: LazyLock<Whole> = LazyLock::new(|| Whole::of(PERSONAL));
        let name = name.letters();
        KNOWN.has(name)
            || PERSONAL_ENDS.iter().any(|end| end.as_bytes().last() == name.last() && name.ends_with(end.as_bytes()))
            || self.added.contains(name)
    }
}

/// A name without case and signs. Short ones, which most are, take no room of their own.
pub(crate) enum Folded {
    Short([u8; SHORT], usize),
    Long(String),
}

/// The most letters of a short name.
const SHORT: usize = 40;

impl Folded {
    /// Folds `name`.
    pub(crate) fn of(name: &str) -> Self {
        if !name.is_ascii() || name.len() > SHORT {
            return Self::Long(name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect());
        }
        let (mut letters, mut count) = ([0; SHORT], 0);
        for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
            letters[count] = byte.to_ascii_lowercase();
            count += 1;
        }
        Self::Short(letters, count)
    }

    fn letters(&self) -> &[u8] {
        match self {
            Self::Short(letters, count) => &letters[..*count],
            Self::Long(name) => name.as_bytes(),
        }
    }

    /// Whether what stands under it is a secret.
    pub(crate) fn is_secret(&self) -> bool {
        static KNOWN: LazyLock<Whole> = LazyLock::new(|| Whole::of(SECRETS));
        KNOWN.has(self.letters())
    }
}

/// Whether what stands under `name` is a secret.
pub(crate) fn secret(name: &str) -> bool {
    Folded::of(name).is_secret()
}

/// Where a South African identity number stands in `text`, whatever its name.
pub(crate) fn za_ids(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    if text.len() < DIGITS {
        return found;
    }
    // One more byte, so that the last digits end too.
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        if byte.is_ascii_digit() {
            continue;
        }
        if at - from == DIGITS && is_za_id(&text[from..at]) {
            found.push(from..at);
        }
        from = at + 1;
    }
    found
}

/// The digits of an identity number.
const DIGITS: usize = 13;

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
