//! Holds the names in an expression against what is in scope where it stands.

use crate::expr::{Expr, Template};
use crate::functions;
use crate::problem::{Problems, nearest, suggest};
use crate::reads::{Path, Reads, Step};
use crate::yaml::Place;

/// What an expression may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The roots: `config`, `params`, steps.
    pub(crate) roots: Vec<String>,
    /// The fields of `config`.
    pub(crate) config: Vec<String>,
    /// Those of them that are secret and may stand only under `auth`.
    pub(crate) secrets: Vec<String>,
    /// The fields of `params`.
    pub(crate) params: Vec<String>,
    /// The outputs of all actions, where that is known.
    pub(crate) outputs: Option<Vec<String>>,
}

impl Known {
    /// The same with more roots.
    pub(crate) fn with<'a>(&self, roots: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known = self.clone();
        known.roots.extend(roots.into_iter().map(str::to_owned));
        known
    }

    /// Notes what `template` names and nobody knows.
    pub(crate) fn check(&self, template: &Template, place: Place, problems: &mut Problems) {
        for expr in template.exprs() {
            let reads = Reads::of(expr, &[Path::new()]);
            for path in &reads.paths {
                let [Step::Name(root), inner @ ..] = path.as_slice() else { continue };
                if !self.root(root, place, problems) {
                    continue;
                }
                match (&**root, inner) {
                    ("config", [Step::Name(name), ..]) => self.config(name, place, problems),
                    ("params", [Step::Name(name), ..]) => known("params", name, &self.params, place, problems),
                    ("outputs", [Step::Name(name), ..]) => self.output(name, place, problems),
                    _ => {}
                }
            }
            functions_of(expr, &reads, place, problems);
        }
    }

    /// Whether `root` is in scope; it is noted when it is not.
    fn root(&self, root: &str, place: Place, problems: &mut Problems) -> bool {
        let known = self.roots.iter().any(|r| r == root);
        if !known {
            let roots: Vec<&str> = self.roots.iter().map(String::as_str).collect();
            problems.add(place, format!("“{root}” is not in scope here."), suggest(root, &roots));
        }
        known
    }

    fn output(&self, name: &str, place: Place, problems: &mut Problems) {
        let Some(outputs) = self.outputs.as_ref().filter(|outputs| !outputs.iter().any(|o| o == name)) else { return };
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        problems.add(place, format!("No action has an output “{name}”."), suggest(name, &outputs));
    }

    fn config(&self, name: &str, place: Place, problems: &mut Problems) {
        if self.secrets.iter().any(|s| s == name) {
            let message = format!("“config.{name}” is a secret, and secrets stand only under `auth`.");
            problems.add(place, message, "Name an entry of `auth` at the request instead.");
        } else {
            known("config", name, &self.config, place, problems);
        }
    }
}

/// Notes what the expressions of a table's column call; their names are those of the row, which nobody knows.
pub(crate) fn check_row(template: &Template, place: Place, problems: &mut Problems) {
    for expr in template.exprs() {
        functions_of(expr, &Reads::of(expr, &[Path::new()]), place, problems);
    }
}

fn known(root: &str, name: &str, names: &[String], place: Place, problems: &mut Problems) {
    if names.iter().any(|n| n == name) {
        return;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mend =
        nearest(name, &names).map_or_else(|| suggest(name, &names), |near| format!("Did you mean “{root}.{near}”?"));
    problems.add(place, format!("There is no “{root}.{name}”."), mend);
}

fn functions_of(expr: &Expr, reads: &Reads, place: Place, problems: &mut Problems) {
    for (name, given) in &reads.functions {
        let all = functions::names();
        if !all.contains(&name.as_str()) {
            problems.add(place, format!("There is no function “{name}”."), suggest(name, &all));
        } else if *given == 0 || functions::takes(name).is_some_and(|takes| takes != *given) {
            let takes = functions::takes(name).map_or_else(|| "at least one".to_owned(), |takes| takes.to_string());
            let message = format!("“{name}” is given {given} in “{}”.", expr.text());
            problems.add(place, message, format!("Give it {takes}, separated by commas."));
        }
    }
    if reads.stray_not {
        let message = format!("In “{}” the ! ends at the first dot.", expr.text());
        problems.add(place, message, "Write !(a.b) instead of !a.b.");
    }
    if reads.tangled {
        let message = format!("“{}” looks at too many places.", expr.text());
        problems.add(place, message, "Use fewer alternatives, or fewer [] after each other.");
    }
    if reads.wild_index {
        problems.add(place, format!("An index in “{}” is too large.", expr.text()), "Use one below 1,000,000.");
    }
}
