//! `dossier provider docs`: a page about a provider for those who set up channels and run its actions.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use dossier_connector::{Action, Effect, Field, FieldKind, Form, Format, Manifest, Names, Verified};

use super::book::{Book, counted};
use crate::fault::Fault;
use crate::say;

/// Prints the page as Markdown.
pub(super) fn print(path: &Path) -> Result<ExitCode, Fault> {
    let manifest = Book::only(path)?.manifest()?;
    say!("{}", page(&manifest).trim_end());
    Ok(ExitCode::SUCCESS)
}

fn page(manifest: &Manifest) -> String {
    let mut page = format!("# {}\n\n{}\n\n", text(&manifest.name), text(&manifest.description));
    let (key, version, module) = (&manifest.key, &manifest.version, &manifest.module);
    line(&mut page, &format!("Provider `{key}`, version {version}. A tenant needs the licence module `{module}`."));
    if let Some(address) = &manifest.documentation {
        line(&mut page, &format!("The provider describes its API at <{address}>."));
    }
    line(&mut page, "## What a channel asks for");
    fields(&mut page, &manifest.config);
    if manifest.can_be_tested() {
        line(&mut page, "*Test connection* tries these values before or after they are saved.");
    }
    calls(&mut page, manifest);
    let mut categories: Vec<&str> = Vec::new();
    for action in &manifest.actions {
        if !categories.contains(&action.category.as_str()) {
            categories.push(&action.category);
        }
    }
    for category in categories {
        line(&mut page, &format!("## {}", text(category)));
        for action in manifest.actions.iter().filter(|action| action.category == category) {
            about(&mut page, action);
        }
    }
    page
}

/// Where calls go, and what comes by itself.
fn calls(page: &mut String, manifest: &Manifest) {
    line(page, "## Which hosts are called");
    let titles = manifest.config.every().filter(|field| field.is_url()).map(|field| text(&field.title));
    let titles: Vec<String> = titles.collect();
    line(page, &format!("Those in the channel's own fields, and only they get credentials: {}.", titles.join(", ")));
    let hosts: Vec<String> = manifest.hosts().map(|host| format!("`{host}`")).collect();
    if !hosts.is_empty() {
        line(page, &format!("Without credentials also, for files behind links: {}.", hosts.join(", ")));
    }
    line(
        page,
        match manifest.signs_callbacks() {
            None => "The provider does not call back.",
            Some(true) => "The provider calls back, and signs what it sends; what is not signed rightly has no effect.",
            Some(false) => {
                "The provider calls back without a signature, so a callback only leads to a look at the provider."
            }
        },
    );
}

fn about(page: &mut String, action: &Action) {
    line(page, &format!("### {}", text(&action.label)));
    let mut facts = vec![format!("Key `{}`.", action.key)];
    facts.push(match action.effect {
        Effect::Read => "It only asks, so repeating it changes nothing.".to_owned(),
        Effect::Write => "It does something at the provider, so Dossier never repeats it by itself.".to_owned(),
    });
    if action.charged {
        facts.push("The provider charges each run.".to_owned());
    }
    if action.decides {
        facts.push("Its end may move the request.".to_owned());
    }
    if let Some(poll) = &action.poll {
        let (first, most) = poll.pause;
        facts.push(format!(
            "It starts work: its end is asked for with `{}`, first after {}, then at pauses of up to {}, for {} at most.",
            poll.action,
            span(first),
            span(most),
            span(poll.deadline)
        ));
    }
    if action.is_called_back() {
        facts.push("The provider tells the end of the work by a callback.".to_owned());
    }
    facts.push(
        match action.verified {
            Verified::Full => "Its mapping was held against real answers.",
            Verified::Request => "Its request is published by the provider; no real answer has been seen.",
            Verified::Assumed => "Its path or fields are a guess that no real provider has confirmed.",
        }
        .to_owned(),
    );
    line(page, &facts.join(" "));
    if action.form.every().next().is_none() {
        line(page, "It asks for nothing and runs at once.");
    } else {
        fields(page, &action.form);
    }
    let shown: Vec<String> = action
        .shows()
        .map(|(title, labels)| {
            let labels = labels.into_iter().map(text).collect::<Vec<_>>().join(", ");
            title.map_or_else(|| labels.clone(), |title| format!("**{}** ({labels})", text(title)))
        })
        .collect();
    let mut brings = Vec::new();
    if !shown.is_empty() {
        brings.push(format!("It shows {}.", shown.join("; ")));
    }
    if action.judges() {
        brings.push("It has a verdict.".to_owned());
    }
    if action.brings_files() {
        brings.push("It may bring files.".to_owned());
    }
    let outputs: Vec<String> = action.outputs().map(|name| format!("`{name}`")).collect();
    if !outputs.is_empty() {
        brings.push(format!("Later actions can use {}.", outputs.join(", ")));
    }
    if !brings.is_empty() {
        line(page, &brings.join(" "));
    }
}

/// A table of the fields that are always asked for, and one for each choice that brings more.
fn fields(page: &mut String, form: &Form) {
    table(page, form, &form.fields);
    for discriminator in form.discriminators() {
        let FieldKind::Choice(choices) = &discriminator.kind else { continue };
        for choice in choices {
            let chosen = form.flat(&serde_json::json!({ discriminator.name.as_str(): choice.value }));
            let always = |field: &Field| form.field(&field.name).is_some_and(|known| known.required == field.required);
            let more: Vec<Field> = chosen.fields.iter().filter(|field| !always(field)).cloned().collect();
            if !more.is_empty() {
                let (title, choice) = (text(&discriminator.title), text(&choice.title));
                line(page, &format!("With *{title}*: {choice}"));
                table(page, &chosen, &more);
            }
        }
    }
}

fn table(page: &mut String, form: &Form, fields: &[Field]) {
    let first = form.defaults(&Names::default());
    page.push_str("| field | needed | what it takes |\n| --- | --- | --- |\n");
    for field in fields {
        let preset = first.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.as_str());
        row(page, &text(&field.title), field, preset);
        if let FieldKind::Group { fields, .. } = &field.kind {
            for cell in fields {
                row(page, &format!("– {}", text(&cell.title)), cell, None);
            }
        }
    }
    page.push('\n');
}

fn row(page: &mut String, title: &str, field: &Field, preset: Option<&str>) {
    let mut what = vec![format!("{}.", kind(field))];
    what.extend(field.hint.as_deref().map(text));
    if let Some(preset) = preset.filter(|preset| !preset.is_empty()) {
        let chosen = match &field.kind {
            FieldKind::Choice(choices) => choices.iter().find(|choice| choice.value == preset),
            _ => None,
        };
        what.push(format!("At first: {}.", text(chosen.map_or(preset, |choice| &choice.title))));
    }
    if field.sensitive {
        what.push("Personal.".to_owned());
    }
    let needed = if field.required { "yes" } else { "no" };
    // Writing to a text does not fail.
    let _ = writeln!(page, "| {title} (`{}`) | {needed} | {} |", field.name, what.join(" "));
}

fn kind(field: &Field) -> String {
    match &field.kind {
        FieldKind::Text { format: Some(Format::Email), .. } => "An e-mail address".to_owned(),
        FieldKind::Text { format: Some(Format::Uri | Format::Link), .. } => "An address, https://…".to_owned(),
        FieldKind::Text { format: Some(Format::Phone), .. } => "A telephone number".to_owned(),
        FieldKind::Text { format: Some(Format::ZaId), .. } => "A South African ID number".to_owned(),
        FieldKind::Text { max_length, .. } => format!("A text of at most {max_length} characters"),
        FieldKind::LongText { max_length } => format!("A text of several lines, at most {max_length} characters"),
        FieldKind::Json => "JSON".to_owned(),
        FieldKind::Integer => "A whole number".to_owned(),
        FieldKind::Number => "A number".to_owned(),
        FieldKind::Boolean => "Yes or no".to_owned(),
        FieldKind::Date => "A date, such as 2026-11-23".to_owned(),
        FieldKind::Choice(choices) => format!("One of: {}", titles(choices)),
        FieldKind::Choices { choices, min, max } => format!("{} of: {}", between(*min, *max), titles(choices)),
        FieldKind::File { .. } => format!("A file: {}", field.file_hint().unwrap_or_default()),
        FieldKind::Files { min, max, .. } => {
            format!("{} files: {}", between(*min, *max), field.file_hint().unwrap_or_default())
        }
        FieldKind::Secret => "A secret, which is sealed and never shown again".to_owned(),
        FieldKind::Group { min, max, .. } => format!("{} rows of", between(*min, *max)),
    }
}

fn titles(choices: &[dossier_connector::Choice]) -> String {
    choices.iter().map(|choice| text(&choice.title)).collect::<Vec<_>>().join(", ")
}

/// `2 to 5`, `Up to 5`, `5`.
fn between(min: usize, max: usize) -> String {
    match (min, max) {
        (0, max) => format!("Up to {max}"),
        (min, max) if min == max => max.to_string(),
        (min, max) => format!("{min} to {max}"),
    }
}

/// `5 seconds`, `10 minutes`, `24 hours`, `7 days`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60)];
    let fits = units.iter().find(|(_, long)| seconds.is_multiple_of(*long) && seconds >= 2 * long);
    let (noun, long) = fits.copied().unwrap_or(("second", 1));
    counted(usize::try_from(seconds / long).unwrap_or(usize::MAX), noun)
}

fn line(page: &mut String, sentence: &str) {
    page.push_str(sentence);
    page.push_str("\n\n");
}

/// A text of a manifest inside of Markdown, on one line.
fn text(text: &str) -> String {
    let mut safe = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(c, '\\' | '|' | '*' | '_' | '`' | '<' | '[') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_in_its_largest_whole_unit() {
        let said = [1, 5, 60, 90, 600, 86_400, 604_800].map(|seconds| span(Duration::from_secs(seconds)));
        assert_eq!(said, ["1 second", "5 seconds", "60 seconds", "90 seconds", "10 minutes", "24 hours", "7 days"]);
    }

    #[test]
    fn a_text_of_a_manifest_makes_no_markup() {
        assert_eq!(text("a | b\n<script> *c*"), "a \\| b \\<script> \\*c\\*");
    }
}
