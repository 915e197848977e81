//! What stands on the command line becomes what a form holds: as if a person had filled it in.

use std::path::Path;

use dossier_connector::{FieldError, FieldKind, Form, Names};
use serde_json::{Map, Value};

use super::secrets;
use crate::fault::Fault;

/// `name=value` pairs and the JSON file that they are laid over.
pub(super) struct Given<'a> {
    /// The option that holds the pairs: `--config`.
    pub(super) option: &'a str,
    pub(super) pairs: &'a [String],
    pub(super) file: Option<&'a Path>,
}

/// A form, filled in but for secrets.
#[derive(Default)]
pub(super) struct Filled {
    /// For [`Form::read`].
    pub(super) pairs: Vec<(String, String)>,
}

impl Given<'_> {
    /// Fills in `form`: its defaults, then the file, then the pairs, then `more`.
    pub(super) fn fill(&self, form: &Form, names: &Names, more: Vec<(String, String)>) -> Result<Filled, Fault> {
        let mut laid = self.object(form)?;
        let mut given = self.split(form)?;
        given.extend(more);
        let in_file: Vec<String> = laid.keys().cloned().collect();
        for (name, value) in given.iter().filter(|(name, _)| base(name) == name.as_str()) {
            // Enough to know which branch of the form this is.
            laid.insert(name.clone(), Value::String(value.clone()));
        }
        let laid = Value::Object(laid);
        let whole = form.complete(&laid, names);
        self.hold_choices(form, &laid, &whole)?;
        let typed = |name: &str| given.iter().any(|(pair, _)| base(pair) == name);
        let wrong = |error: &FieldError| {
            let name = base(error.field.split('.').next().unwrap_or_default());
            in_file.iter().any(|field| field == name) && !typed(name)
        };
        let refused: Vec<FieldError> = form.check(&whole).into_iter().filter(wrong).collect();
        if !refused.is_empty() {
            return Err(self.refuse(&refused));
        }
        let mut pairs = form.pairs(&whole);
        pairs.retain(|(name, _)| !typed(base(name)));
        pairs.extend(given);
        Ok(Filled { pairs })
    }

    /// Refuses what was given and would not count, because a choice sets another value in its place.
    fn hold_choices(&self, form: &Form, laid: &Value, whole: &Value) -> Result<(), Fault> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let option = self.option.trim_start_matches('-');
        for (name, by, set) in form.set_by(whole) {
            let given = text(&laid[name]);
            if laid.get(name).is_some() && given != text(set) {
                let (choice, set) = (text(&whole[by]), text(set));
                return Err(Fault::new(format!(
                    "{option}.{name} is given as {given}, and {by}={choice} sets it to {set}, which would count. Leave {name} out, or choose another {by}."
                )));
            }
        }
        Ok(())
    }

    /// The sentences for fields that are refused, one a line.
    pub(super) fn refuse(&self, errors: &[FieldError]) -> Fault {
        let what = self.option.trim_start_matches('-');
        let line = |error: &FieldError| match error.field.as_str() {
            "" => format!("{what}: {}", error.message),
            field => format!("{what}.{field}: {}", error.message),
        };
        Fault::new(errors.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    fn split(&self, form: &Form) -> Result<Vec<(String, String)>, Fault> {
        let mut split = Vec::new();
        for pair in self.pairs {
            // The argument is not repeated: it may be a secret.
            let Some((name, value)) = pair.split_once('=') else {
                let option = self.option;
                return Err(Fault::new(format!("What follows {option} is not name=value, such as reference=Kwantu.")));
            };
            self.known(form, base(name))?;
            split.push((name.to_owned(), value.to_owned()));
        }
        Ok(split)
    }

    fn object(&self, form: &Form) -> Result<Map<String, Value>, Fault> {
        let Some(path) = self.file else { return Ok(Map::new()) };
        let Value::Object(object) = json(path)? else {
            return Err(Fault::new(format!("{} is not a JSON object with the fields.", path.display())));
        };
        object.keys().try_for_each(|name| self.known(form, name))?;
        Ok(object)
    }

    /// Refuses a field that the form does not have, and secrets.
    fn known(&self, form: &Form, name: &str) -> Result<(), Fault> {
        let Some(field) = form.every().find(|field| field.name == name) else {
            let names = form.names();
            let known =
                if names.is_empty() { "There are none.".to_owned() } else { format!("Known: {}.", names.join(", ")) };
            return Err(Fault::new(format!(
                "“{name}” is no field of {}. {known}",
                self.option.trim_start_matches('-')
            )));
        };
        if matches!(field.kind, FieldKind::Secret) {
            return Err(Fault::new(format!(
                "“{name}” is a secret, and arguments and files are kept where others can read them. Set the environment variable {} instead.",
                secrets::variable(name)
            )));
        }
        Ok(())
    }
}

/// `directors` of `directors[0].IDNumber`.
fn base(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// A file of JSON. What is in it is not repeated.
pub(super) fn json(path: &Path) -> Result<Value, Fault> {
    let text =
        std::fs::read_to_string(path).map_err(|e| Fault::new(format!("{} cannot be read: {e}.", path.display())))?;
    serde_json::from_str(&text).map_err(|e| {
        Fault::new(format!("{} is not JSON: look at line {}, column {}.", path.display(), e.line(), e.column()))
    })
}
