//! Bank account: whether an account exists and whose it is.

use serde_json::{Value, json};

use crate::bureau::{Finding, Refusal};
use crate::chance::Chance;
use crate::parameters::Parameters;
use crate::wishes::{Wish, Wishes};

/// The answer of the library's service.
pub(crate) fn answer(seed: u64, parameters: &Parameters, wishes: &Wishes) -> Result<Finding, Refusal> {
    let number = parameters.need("BankAccountNumber")?;
    if !(6..=16).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::invalid("BankAccountNumber is not a number of 6 to 16 digits"));
    }
    let result = entry(
        seed,
        [parameters.get("Bank"), parameters.get("BankBranchCode"), number, parameters.get("BankAccountType")],
        wishes,
    );
    Ok(Finding { results: vec![result], report: None })
}

/// What the bank says of an account: bank, branch, number and type as they were asked for.
pub(crate) fn entry(seed: u64, asked: [&str; 4], wishes: &Wishes) -> Value {
    let [bank, branch, number, kind] = asked;
    let mut chance = Chance::of(seed, &["account", number]);
    let found = !wishes.has(Wish::NotFound);
    let open = found && !wishes.has(Wish::AccountClosed);
    let same = found && !wishes.has(Wish::NoMatch);
    let word = |yes: bool| if yes { "Yes" } else { "No" };
    json!({
        "Bank": bank,
        "BranchCode": branch,
        "AccountNumber": number,
        "AccountType": kind,
        "AccountFound": word(found),
        "AccountOpen": word(open),
        "IDNumberMatch": word(same),
        "NameMatch": word(same),
        "AccountTypeMatch": word(same),
        "AcceptsDebits": word(open),
        "AcceptsCredits": word(open),
        "OpenMoreThanThreeMonths": word(open && chance.below(10) > 0),
        "Message": match (found, open) {
            (false, _) => "Account not found",
            (true, false) => "Account closed",
            (true, true) => "Account verified",
        },
    })
}
