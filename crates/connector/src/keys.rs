//! Reads a mapping key by key: typed, every problem noted, what nobody asked for refused.

use crate::expr::Template;
use crate::problem::{Problems, nearest, suggest};
use crate::yaml::{Node, Pair, Place, Yaml};

/// A mapping that is being read.
pub(crate) struct Keys<'a> {
    at: Place,
    pairs: &'a [Pair],
    asked: Vec<&'static str>,
    refused: Vec<&'static str>,
    /// Needed keys that stand here misspelt, with the word that stands for them: they are read nevertheless, so that one
    /// slip is one problem.
    slips: Vec<(&'static str, &'a Pair)>,
}

impl<'a> Keys<'a> {
    /// Begins to read `yaml`, which must be a mapping; `what` names it in the problem.
    pub(crate) fn of(yaml: &'a Yaml, what: &str, problems: &mut Problems) -> Option<Self> {
        let pairs = map(yaml, what, problems)?;
        Some(Self { at: yaml.place, pairs, asked: Vec::new(), refused: Vec::new(), slips: Vec::new() })
    }

    /// Where the mapping stands.
    pub(crate) fn place(&self) -> Place {
        self.at
    }

    /// What stands at `key`.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<&'a Yaml> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        let slip = || self.slips.iter().find(|(meant, _)| *meant == key).map(|(_, pair)| *pair);
        self.pairs.iter().find(|p| p.key == key).or_else(slip).map(|p| &p.value)
    }

    /// What stands at `key`, which must be there.
    pub(crate) fn need(&mut self, key: &'static str, problems: &mut Problems) -> Option<&'a Yaml> {
        let found = self.get(key);
        if found.is_some() {
            return found;
        }
        let slip = self.pairs.iter().find(|pair| nearest(&pair.key, &[key]).is_some());
        match slip.filter(|pair| !self.asked.contains(&pair.key.as_str())) {
            Some(pair) => self.slips.push((key, pair)),
            None => missing(self.at, key, problems),
        }
        self.get(key)
    }

    /// The text at `key`.
    pub(crate) fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.get(key).and_then(|y| text(y, key, problems))
    }

    /// The text at `key`, which must be there.
    pub(crate) fn need_text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.need(key, problems).and_then(|y| text(y, key, problems))
    }

    /// True or false at `key`; false when it is not there.
    pub(crate) fn flag(&mut self, key: &'static str, problems: &mut Problems) -> bool {
        match self.get(key) {
            None => false,
            Some(Yaml { node: Node::Bool(yes), .. }) => *yes,
            Some(other) => {
                wrong(other, key, "true or false", problems);
                false
            }
        }
    }

    /// The whole number at `key`, not negative.
    pub(crate) fn count(&mut self, key: &'static str, problems: &mut Problems) -> Option<usize> {
        let yaml = self.get(key)?;
        let count = match &yaml.node {
            Node::Number(n) => n.as_u64().and_then(|n| usize::try_from(n).ok()),
            _ => None,
        };
        if count.is_none() {
            wrong(yaml, key, "a whole number", problems);
        }
        count
    }

    /// The number at `key`.
    pub(crate) fn number(&mut self, key: &'static str, problems: &mut Problems) -> Option<f64> {
        let yaml = self.get(key)?;
        if let Node::Number(n) = &yaml.node {
            return n.as_f64();
        }
        wrong(yaml, key, "a number", problems);
        None
    }

    /// One of `words` at `key`.
    pub(crate) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        #[cfg(test)]
        crate::asked::words(self.at, key, words.iter().map(|(word, _)| (*word).to_owned()));
        let yaml = self.get(key)?;
        let said = text(yaml, key, problems)?;
        let found = words.iter().find(|(word, _)| *word == said).map(|&(_, value)| value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
            problems.add(yaml.place, format!("“{said}” is no value of “{key}”."), suggest(&said, &known));
        }
        found
    }

    /// The items of the list at `key`; empty when it is not there.
    pub(crate) fn list(&mut self, key: &'static str, problems: &mut Problems) -> &'a [Yaml] {
        match self.get(key) {
            None => &[],
            Some(Yaml { node: Node::List(items), .. }) => items,
            Some(other) => {
                wrong(other, key, "a list", problems);
                &[]
            }
        }
    }

    /// The texts of the list at `key`.
    pub(crate) fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Vec<String> {
        let items = self.list(key, problems).iter();
        let item = |yaml: &Yaml| {
            if !matches!(yaml.node, Node::Text(_)) {
                let message = format!("An item of “{key}” is {}, and should be a text.", yaml.node.kind());
                problems.add(yaml.place, message, quote(yaml));
            }
            text(yaml, key, &mut Problems::default())
        };
        items.filter_map(item).collect()
    }

    /// The pairs of the mapping at `key`; empty when it is not there.
    pub(crate) fn pairs(&mut self, key: &'static str, problems: &mut Problems) -> &'a [Pair] {
        self.get(key).and_then(|y| map(y, key, problems)).unwrap_or(&[])
    }

    /// The value at `key`, with expressions.
    pub(crate) fn template(&mut self, key: &'static str, problems: &mut Problems) -> Option<(Template, Place)> {
        self.get(key).and_then(|y| Some((template(y, problems)?, y.place)))
    }

    /// Refuses words that an author may well expect here, each with what to write instead; those that were asked for
    /// are left alone.
    pub(crate) fn refuse(&mut self, words: &[(&'static str, &str)], problems: &mut Problems) {
        for (word, mend) in words.iter().filter(|(word, _)| !self.asked.contains(word)) {
            for pair in self.pairs.iter().filter(|p| p.key == *word) {
                problems.add(pair.at, format!("“{word}” cannot stand here."), *mend);
            }
            self.refused.push(word);
        }
    }

    /// Ends the reading: what was not asked for is refused.
    pub(crate) fn finish(self, problems: &mut Problems) {
        #[cfg(test)]
        crate::asked::keys(self.at, &self.asked);
        // What was read for a misspelt one is a word of its own here.
        for (key, _) in self.slips.iter().filter(|(_, pair)| self.asked.contains(&pair.key.as_str())) {
            missing(self.at, key, problems);
        }
        let read = |key: &str| self.asked.contains(&key) || self.refused.contains(&key);
        for pair in self.pairs.iter().filter(|p| !read(&p.key)) {
            problems.add(pair.at, format!("“{}” is not known here.", pair.key), suggest(&pair.key, &self.asked));
        }
    }
}

fn missing(at: Place, key: &str, problems: &mut Problems) {
    problems.add(at, format!("“{key}” is missing here."), format!("Add `{key}:`."));
}

/// The pairs of `yaml`, which must be a mapping.
pub(crate) fn map<'a>(yaml: &'a Yaml, what: &str, problems: &mut Problems) -> Option<&'a [Pair]> {
    if let Node::Map(pairs) = &yaml.node {
        return Some(pairs);
    }
    wrong(yaml, what, "a mapping", problems);
    None
}

/// The text that `yaml` must be.
pub(crate) fn text(yaml: &Yaml, what: &str, problems: &mut Problems) -> Option<String> {
    if let Node::Text(text) = &yaml.node {
        return Some(text.clone());
    }
    wrong(yaml, what, "a text", problems);
    None
}

/// A scalar of a manifest as a value with expressions.
pub(crate) fn template(yaml: &Yaml, problems: &mut Problems) -> Option<Template> {
    match &yaml.node {
        Node::Text(text) => Template::parse(text)
            .map_err(|why| {
                problems.add(yaml.place, format!("The expression cannot be read: {why}."), "Mend the expression.");
            })
            .ok(),
        Node::List(_) | Node::Map(_) => {
            if let Some(text) = braced(yaml) {
                let mend = format!("Quote it: \"{text}\".");
                problems.add(yaml.place, "Without quotes YAML reads this as a mapping.", mend);
            } else {
                let message = format!("One value stands here, and this is {}.", yaml.node.kind());
                problems.add(yaml.place, message, "Write a text, a number, true or false, or an expression.");
            }
            None
        }
        _ => Some(Template::Literal(yaml.json())),
    }
}

/// Notes that `what` is of the wrong kind.
pub(crate) fn wrong(yaml: &Yaml, what: &str, expected: &str, problems: &mut Problems) {
    let mend = if expected == "a text" { quote(yaml) } else { format!("Write {expected}.") };
    problems.add(yaml.place, format!("“{what}” is {}, and should be {expected}.", yaml.node.kind()), mend);
}

/// The mend for what should be a text and is none.
fn quote(yaml: &Yaml) -> String {
    match &yaml.node {
        Node::Number(n) => format!("Quote it: \"{n}\"."),
        Node::Bool(b) => format!("Quote it: \"{b}\"."),
        Node::Null => "Write a text, or quote it: \"null\".".to_owned(),
        _ => braced(yaml).map_or_else(|| "Write a text.".to_owned(), |text| format!("Quote it: \"{text}\".")),
    }
}

/// The text with an expression in `{…}` that YAML takes for a mapping where its quotes are missing.
fn braced(yaml: &Yaml) -> Option<String> {
    let Node::Map(pairs) = &yaml.node else { return None };
    let [Pair { key, value: Yaml { node: Node::Null, .. }, .. }] = pairs.as_slice() else { return None };
    Some(format!("{{{key}}}"))
}
