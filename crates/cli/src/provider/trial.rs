//! `dossier provider test`: the examples of a manifest, each played through the code that runs actions.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::book::{Book, Spot};
use crate::fault::Fault;
use crate::say;

/// What became of all examples.
#[derive(Default)]
struct Tally {
    holds: usize,
    fails: usize,
    /// Problems of the files themselves.
    problems: Vec<Value>,
    examples: Vec<Value>,
    /// The actions that have no example.
    bare: Vec<String>,
}

/// Tries the examples of every manifest at `path`.
pub(super) async fn test(path: &Path, action: Option<&str>, json: bool) -> Result<ExitCode, Fault> {
    let mut tally = Tally::default();
    let books = Book::find(path)?;
    let mut known = action.is_none();
    for book in &books {
        known |= tally.book(book, action, json).await;
    }
    let wrong = !tally.problems.is_empty();
    if !known && !wrong {
        return Err(Fault::new(format!(
            "{} has no action “{}”.",
            books.first().map(|book| book.file.display().to_string()).unwrap_or_default(),
            action.unwrap_or_default()
        )));
    }
    if json {
        say!("{}", tally.json());
    } else if !wrong && tally.holds + tally.fails == 0 {
        let place = path.display();
        return Err(Fault::new(format!(
            "There is no example to try in {place}. Write some under `examples:` of an action, or in files in a folder `examples`."
        )));
    } else if !wrong {
        if !tally.bare.is_empty() {
            say!("Without an example: {}.", tally.bare.join(", "));
        }
        say!("{}", tally.sentence());
    }
    Ok(if wrong || tally.fails > 0 || tally.holds == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Tally {
    /// Tries what `book` has; says whether it knows `action`.
    async fn book(&mut self, book: &Book, action: Option<&str>, json: bool) -> bool {
        let read = book.read();
        let mut err = std::io::stderr();
        for spot in &read.problems {
            if !json {
                let _ = writeln!(err, "{spot}");
            }
            self.problems.push(spot.json());
        }
        let Some(manifest) = read.manifest.filter(|_| read.problems.is_empty()) else { return false };
        let asked = |key: &str| action.is_none_or(|only| only == key);
        for known in manifest.actions.iter().filter(|known| asked(&known.key)) {
            if !read.examples.iter().any(|(_, example)| example.title().0 == known.key) {
                self.bare.push(known.key.clone());
            }
        }
        for (file, example) in read.examples.iter().filter(|(_, example)| asked(example.title().0)) {
            let tried = example.run().await;
            let holds = tried.faults.is_empty();
            if holds {
                self.holds += 1;
            } else {
                self.fails += 1;
            }
            let faults = tried.faults.into_iter().map(|problem| Spot { file: file.clone(), problem });
            let faults: Vec<Spot> = faults.collect();
            if !json {
                say!("{}  {}: {}", if holds { "holds" } else { "FAILS" }, tried.action, tried.name);
                for spot in &faults {
                    let _ = writeln!(err, "{spot}");
                }
            }
            self.examples.push(json!({ "provider": manifest.key, "file": file.display().to_string(),
                "action": tried.action, "name": tried.name, "holds": holds,
                "faults": faults.iter().map(Spot::json).collect::<Vec<_>>() }));
        }
        manifest.actions.iter().any(|known| action == Some(known.key.as_str()))
            || read.examples.iter().any(|(_, example)| action == Some(example.title().0))
    }

    fn json(&self) -> Value {
        json!({ "examples": self.examples, "hold": self.holds, "fail": self.fails, "without_example": self.bare,
            "problems": self.problems })
    }

    /// `12 examples hold, 1 does not.`
    fn sentence(&self) -> String {
        let (noun, verb) = if self.holds == 1 { ("example", "holds") } else { ("examples", "hold") };
        let rest = match self.fails {
            0 => String::new(),
            1 => ", 1 does not".to_owned(),
            many => format!(", {many} do not"),
        };
        format!("{} {noun} {verb}{rest}.", self.holds)
    }
}
