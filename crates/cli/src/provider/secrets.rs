//! A channel's secrets for one run: from the environment or the terminal, never from the command line, which shells keep.

use std::io::{self, IsTerminal, Write};

use dossier_connector::{FieldKind, Form};

use crate::fault::Fault;

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
            (None, Missing::Ask) if io::stdin().is_terminal() => ask(&field.title)?,
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
    let unreadable = |e: io::Error| Fault::new(format!("{title} cannot be read from the terminal: {e}."));
    let silence = Silence::keep().map_err(unreadable)?;
    // Not before: who types at once must not be shown.
    let _ = write!(io::stderr(), "{title}: ");
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    drop(silence);
    let _ = writeln!(io::stderr());
    read.map_err(unreadable)?;
    let value = line.trim_end_matches(['\r', '\n']);
    if value.is_empty() {
        return Err(Fault::new(format!("{title} is missing: nothing was typed.")));
    }
    Ok(value.to_owned())
}

/// While it lives, the terminal does not show what is typed.
#[cfg(unix)]
struct Silence(rustix::termios::Termios);

#[cfg(unix)]
impl Silence {
    fn keep() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Silence {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}

/// Elsewhere the terminal cannot be silenced, so nothing is asked.
#[cfg(not(unix))]
struct Silence;

#[cfg(not(unix))]
impl Silence {
    fn keep() -> io::Result<Self> {
        Err(io::Error::other("it would show what is typed; use the environment"))
    }
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
