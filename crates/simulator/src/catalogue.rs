//! The published workflows (V3): their IDs, the names that each wants in order, and the steps that each takes.

/// A workflow that can be started.
pub(crate) struct Kind {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) steps: &'static [&'static str],
    /// The names of its pairs, all of them, in this order; nothing is said of a workflow that is not published.
    pub(crate) names: Option<&'static [&'static str]>,
}

/// Gold KYC, which the documented tracking IDs are of.
pub(crate) static GOLD: Kind = Kind {
    id: "ea5cf494-3caa-42ed-bf3e-fcbc80501af2",
    name: "Gold KYC",
    steps: &["DHA", "Individual KYC", "Screening", "Bank account"],
    names: Some(&[
        "IDNumber",
        "CountryCode",
        "AddressLine1",
        "AddressLine2",
        "Suburb",
        "City",
        "PostalCode",
        "Province",
        "Country",
        "City",
        "Bank",
        "BankAccountType",
        "BankAccountNumber",
        "BankBranchCode",
        "CheckID",
        "MainRecordID",
        "ExternalReference",
        "VendorID",
        "CostCentreID",
        "Reference",
        "Scope",
        "Categories",
        "Vendor",
        "ResultType",
    ]),
};

static OTHERS: [Kind; 9] = [
    Kind {
        id: "46ead40d-8bbc-4491-8ada-6e91c251de0c",
        name: "Silver KYC",
        steps: &["DHA", "Individual KYC", "Screening"],
        names: Some(&[
            "IDNumber",
            "CountryCode",
            "AddressLine1",
            "AddressLine2",
            "Suburb",
            "City",
            "PostalCode",
            "Province",
            "Country",
            "City",
            "CheckID",
            "Reference",
            "Scope",
            "Categories",
            "Vendor",
            "ResultType",
        ]),
    },
    Kind {
        id: "585b68cc-d4c8-4476-ab30-33beb587774e",
        name: "Basic KYC",
        steps: &["DHA", "Individual KYC"],
        names: Some(&[
            "IDNumber",
            "CountryCode",
            "AddressLine1",
            "AddressLine2",
            "Suburb",
            "City",
            "PostalCode",
            "Province",
            "Country",
            "City",
            "Reference",
            "ResultType",
        ]),
    },
    Kind {
        id: "64eeb01d-a9bb-46ad-861f-1551eef45984",
        name: "Individual KYC with PDF",
        steps: &["Individual KYC"],
        names: Some(&[
            "IDNumber",
            "FirstName",
            "LastName",
            "AddressLine1",
            "AddressLine2",
            "Suburb",
            "City",
            "PostalCode",
            "Province",
            "Country",
            "City",
            "Reference",
            "ResultType",
        ]),
    },
    Kind {
        id: "e9096f04-2476-435c-b638-64f7122fd448",
        name: "Direct screening",
        steps: &["Screening"],
        names: Some(&["FirstAndLastName", "FullName", "Scope", "Categories", "Vendor", "ResultType"]),
    },
    Kind {
        id: "bcd425e5-345c-4e98-9638-14afffe541f2",
        name: "DHA with photo",
        steps: &["DHA"],
        names: Some(&["IDNumber", "CountryCode", "ResultType"]),
    },
    Kind {
        id: "47d843d3-72f0-4d96-ae83-c19e0f99d58c",
        name: "Credit check",
        steps: &["Credit check"],
        names: Some(&[
            "IDNumber",
            "FirstName",
            "LastName",
            "Gender",
            "CountryCode",
            "Reference",
            "EnquirerName",
            "EnquirerContact",
            "EnquirerEmailAddress",
            "ResultType",
        ]),
    },
    Kind {
        id: "337944e4-1a9c-4c02-a9af-05badb381cfd",
        name: "Consumer trace",
        steps: &["Consumer trace"],
        names: Some(&["IDNumber", "CountryCode", "ResultType"]),
    },
    Kind {
        id: "582334b0-fb4e-46f0-8842-fe1d6818ab76",
        name: "Bank account validation",
        steps: &["Bank account"],
        names: Some(&[
            "IDNumber",
            "FirstName",
            "LastName",
            "MainRecordID",
            "ExternalReference",
            "VendorID",
            "CostCentreID",
            "CountryCode",
            "Bank",
            "BankAccountType",
            "BankAccountNumber",
            "BankBranchCode",
            "CheckID",
            "ResultType",
        ]),
    },
    Kind {
        id: "3f5bee2d-5c25-434e-a0b0-30855f799eaf",
        name: "Eagle Eye",
        steps: &["Credit pre-assessment"],
        names: Some(&["IDNumber", "CountryCode", "EnquiryReason", "FirstName", "LastName", "Reference", "ResultType"]),
    },
];

/// A workflow that is not published but has a well-formed ID: somebody's own.
static OWN: Kind = Kind { id: "", name: "Own workflow", steps: &["Step 1"], names: None };

/// The workflow with this ID, in any case.
pub(crate) fn kind(id: &str) -> &'static Kind {
    let known = std::iter::once(&GOLD).chain(&OTHERS);
    known.into_iter().find(|kind| kind.id.eq_ignore_ascii_case(id)).unwrap_or(&OWN)
}

impl Kind {
    /// Compares names with those that the workflow wants, all and in order.
    ///
    /// # Errors
    /// The first name that is missing, unknown or in the wrong place, and a sentence that says so.
    pub(crate) fn check<'a>(&self, given: &[&'a str]) -> Result<(), (&'a str, String)> {
        let Some(wanted) = self.names else { return Ok(()) };
        for (place, name) in wanted.iter().enumerate() {
            match given.get(place) {
                Some(given) if given == name => {}
                Some(other) if !wanted.contains(other) => {
                    return Err((other, format!("{other} is no name of this workflow")));
                }
                _ if !given[place.min(given.len())..].contains(name) => {
                    return Err((name, format!("{name} is missing at place {}", place + 1)));
                }
                Some(_) | None => {
                    return Err((name, format!("{name} is out of order: it belongs at place {}", place + 1)));
                }
            }
        }
        match given.get(wanted.len()) {
            Some(extra) => Err((extra, format!("{extra} is one name too many"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_workflow_takes_its_own_names() {
        for kind in std::iter::once(&GOLD).chain(&OTHERS) {
            assert_eq!(kind.check(kind.names.unwrap()), Ok(()), "{}", kind.name);
        }
        assert_eq!(GOLD.names.unwrap().len(), 24);
        assert_eq!(OWN.check(&["anything"]), Ok(()));
    }

    #[test]
    fn the_first_fault_is_named() {
        let dha = kind("BCD425E5-345C-4E98-9638-14AFFFE541F2");
        let fault = |given: &[&'static str]| dha.check(given).map_err(|(name, _)| name);
        assert_eq!(fault(&["IDNumber", "ResultType"]), Err("CountryCode"), "missing");
        assert_eq!(fault(&["IDNumber", "ResultType", "CountryCode"]), Err("CountryCode"), "out of order");
        assert_eq!(fault(&["IDNumber", "CountryCode"]), Err("ResultType"), "missing at the end");
        assert_eq!(fault(&["IDNumber", "Colour", "CountryCode", "ResultType"]), Err("Colour"), "unknown");
        assert_eq!(fault(&["IDNumber", "CountryCode", "ResultType", "ResultType"]), Err("ResultType"), "too many");
        assert_eq!(fault(&[]), Err("IDNumber"));
    }

    #[test]
    fn a_name_that_stands_twice_must_come_twice() {
        let mut names = GOLD.names.unwrap().to_vec();
        names.remove(9);
        assert_eq!(GOLD.check(&names).map_err(|(name, _)| name), Err("City"));
    }
}
