//! The parameters of a service of the library: all of them in the query string.

use serde::de::DeserializeOwned;

use crate::bureau::Refusal;
use crate::id_number;

/// Names and values as they came.
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl Parameters {
    /// The value of the first parameter of this name, without white space around it; empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// The same, but it must be there.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Refusal> {
        match self.get(name) {
            "" => Err(Refusal::invalid(format!("{name} is required"))),
            value => Ok(value),
        }
    }

    /// A parameter that is JSON as text. What is not given is as if nothing stood in it.
    pub(crate) fn json<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Refusal> {
        match self.get(name) {
            "" => Ok(T::default()),
            text => {
                serde_json::from_str(text).map_err(|_| Refusal::invalid(format!("{name} is not the JSON it should be")))
            }
        }
    }

    /// The ID number, which must be a valid one.
    pub(crate) fn id_number(&self) -> Result<&str, Refusal> {
        let number = self.need("IDNumber")?;
        if id_number::is_valid(number) {
            Ok(number)
        } else {
            Err(Refusal::invalid("IDNumber is not a valid ID number"))
        }
    }

    /// What every service but Company KYC insists on.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if !["Admin Purpose", "Fraud Detection and Prevention"].contains(&self.need("PermissiblePurpose")?) {
            return Err(Refusal::invalid("PermissiblePurpose is not one of the permitted"));
        }
        for name in ["Reference", "EnquiryReason", "EnquiryDoneBy"] {
            self.need(name)?;
        }
        match self.get("MaxCacheDays") {
            "" => Ok(()),
            days if days.parse::<u16>().is_ok() => Ok(()),
            _ => Err(Refusal::invalid("MaxCacheDays is not a number of days")),
        }
    }
}
