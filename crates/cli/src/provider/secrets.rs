//! A channel's secrets for one run: from the environment or the terminal, never from the command line, which shells keep.

use dossier_connector::{FieldKind, Form};

use crate::fault::Fault;
use crate::terminal;

/// How the variables begin.
const PREFIX: &str = "DOSSIER_PROVIDER_";

/// Where secrets that are not in the environment come from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Missing {
    /// The person at the terminal is asked.
    Ask,
    /// Made up, since nothing is sent.
    Invent,
}

/// The secrets of `form`, which is flat, as form pairs.
pub(super) fn of(
    form: &Form,
    environment: &[(String, String)],
    missing: Missing,
) -> Result<Vec<(String, String)>, Fault> {
    let mut pairs = Vec::new();
    for field in form.fields.iter().filter(|field| matches!(field.kind, FieldKind::Secret)) {
        let variable = variable(&field.name);
        let given = environment.iter().find(|(name, value)| *name == variable && !value.is_empty());
        let value = match (given, missing) {
            (Some((_, value)), _) => value.clone(),
            (None, _) if !field.required => continue,
            (None, Missing::Invent) => format!("example-{}", field.name),
            (None, Missing::Ask) if terminal::is_there() => ask(&field.title)?,
            (None, Missing::Ask) => {
                return Err(Fault::new(format!(
                    "{} is missing: set the environment variable {variable}.",
                    field.title
                )));
            }
        };
        pairs.push((field.name.clone(), value));
    }
    Ok(pairs)
}

/// The variable of a field: `clientSecret` is `DOSSIER_PROVIDER_CLIENT_SECRET`.
pub(super) fn variable(field: &str) -> String {
    let letters: Vec<char> = field.chars().collect();
    let mut name = PREFIX.to_owned();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after_small = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
        let begins_word =
            before.is_some_and(|c| c.is_uppercase()) && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || begins_word) {
            name.push('_');
        }
        name.push(if *letter == '-' { '_' } else { letter.to_ascii_uppercase() });
    }
    name
}

/// Asks for one secret without showing what is typed.
fn ask(title: &str) -> Result<String, Fault> {
    let value = terminal::ask_unseen(title)?;
    if value.is_empty() {
        return Err(Fault::new(format!("{title} is missing: nothing was typed.")));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_the_field_in_capitals_with_its_words_apart() {
        for (field, name) in [
            ("clientSecret", "CLIENT_SECRET"),
            ("api_key", "API_KEY"),
            ("client-id", "CLIENT_ID"),
            ("apiURLKey", "API_URL_KEY"),
            ("key2Next", "KEY2_NEXT"),
            ("token", "TOKEN"),
        ] {
            assert_eq!(variable(field), format!("DOSSIER_PROVIDER_{name}"));
        }
    }
}
