//! The functions that manifests have beyond those of JMESPath.
//!
//! | function | what it gives |
//! | --- | --- |
//! | `base64(text)` | the UTF-8 bytes of the text in base64 (RFC 4648, section 4, padded) |
//! | `date(text)` | `2014-09-17` as `17 Sep 2014`, an instant as `23 Nov 2026, 14:32 UTC`; other values as they are |
//! | `digest(text)` | SHA-256 of its UTF-8 bytes, as 64 hex digits. A short personal value can be found again by trying |
//! | `entries(object)` | `[{key, value}, …]` of what the object has, sorted by key; null when it is none |
//! | `join_words(list)` | `a, b and c` of the texts and numbers in the list; null when there are none |
//! | `json(text)` | the value that is written in the text as JSON, at most 64 levels deep; null when it is none |
//! | `lookup(value, table)` | what the table has for the value; null when it has nothing |
//! | `lower(text)` | the text in small letters; other values as they are |
//! | `mask(text)` | the text as dots, its last three characters kept when it has eight or more |
//! | `percent(text)` | the text percent-encoded (RFC 3986): all but letters, digits, `-`, `.`, `_` and `~` |
//! | `uuid(text)` | the same UUID for the same text, of version 5 (RFC 9562) in a namespace of ours |
//!
//! Numbers and booleans count as the text that they are written as. A list, an object or null where a text is wanted
//! gives null: no function fails by the kind of a value. It fails when it would write more than `budget` has.
//!
//! To add one: say above what it gives, add it to [`ADDED`], and to `reads::TELLING` when its value tells all of its
//! argument. Name two providers that need it; a function is for ever.

mod texts;

use std::sync::{Arc, LazyLock};

use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{ErrorReason, JmespathError, Rcvar, Runtime, Variable};
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::budget;

/// The functions of JMESPath (<https://jmespath.org/specification.html>) that this library has, and how many arguments each takes;
/// 0 for one or more.
const BUILT_IN: &[(&str, usize)] = &[
    ("abs", 1),
    ("avg", 1),
    ("ceil", 1),
    ("contains", 2),
    ("ends_with", 2),
    ("floor", 1),
    ("join", 2),
    ("keys", 1),
    ("length", 1),
    ("map", 2),
    ("max", 1),
    ("max_by", 2),
    ("merge", 0),
    ("min", 1),
    ("min_by", 2),
    ("not_null", 0),
    ("reverse", 1),
    ("sort", 1),
    ("sort_by", 2),
    ("starts_with", 2),
    ("sum", 1),
    ("to_array", 1),
    ("to_number", 1),
    ("to_string", 1),
    ("type", 1),
    ("values", 1),
];
/// A function of ours.
struct Added {
    name: &'static str,
    /// How many arguments it takes.
    takes: usize,
    /// The most bytes that it writes for each byte of its arguments.
    times: usize,
    work: fn(&[Rcvar]) -> Variable,
}

const fn added(name: &'static str, takes: usize, times: usize, work: fn(&[Rcvar]) -> Variable) -> Added {
    Added { name, takes, times, work }
}

/// Those that are added here.
const ADDED: &[Added] = &[
    added("base64", 1, 2, |args| texts::with(&args[0], texts::base64)),
    added("date", 1, 1, |args| match text(&args[0]) {
        Some(text) => Variable::String(date(text)),
        None => (*args[0]).clone(),
    }),
    added("digest", 1, 1, |args| texts::with(&args[0], |text| crate::digest::sha256(text.as_bytes()))),
    added("entries", 1, 2, |args| texts::entries(&args[0])),
    added("join_words", 1, 1, |args| texts::join_words(&args[0])),
    added("json", 1, texts::JSON_TIMES, |args| texts::json(&args[0])),
    added("lookup", 2, 0, |args| {
        let key = text(&args[0]).map_or_else(|| args[0].to_string(), str::to_owned);
        (*args[1].get_field(&key)).clone()
    }),
    // A small letter may take more bytes than the capital that it stands for.
    added("lower", 1, 2, |args| match text(&args[0]) {
        Some(text) => Variable::String(text.to_lowercase()),
        None => (*args[0]).clone(),
    }),
    added("mask", 1, 3, |args| texts::with(&args[0], crate::mask::text)),
    added("percent", 1, 3, |args| texts::with(&args[0], texts::percent)),
    added("uuid", 1, 1, |args| texts::with(&args[0], texts::uuid)),
];

/// The runtime that every expression uses.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    for function in ADDED {
        let &Added { name, takes, times, work } = function;
        // The second argument of `lookup` is the one that must be an object.
        let kind = |at| if at == 1 { ArgumentType::Object } else { ArgumentType::Any };
        let signature = Signature::new((0..takes).map(kind).collect(), None);
        let bounded = move |args: &[Rcvar], context: &mut jmespath::Context<'_>| {
            let size: usize = args.iter().map(|arg| texts::size(arg)).sum();
            if budget::written(size.saturating_mul(times)).is_ok() {
                return Ok(Arc::new(work(args)));
            }
            let reason = ErrorReason::Parse(format!("{name} would write too much"));
            Err(JmespathError::new(context.expression, context.offset, reason))
        };
        runtime.register_function(name, Box::new(CustomFunction::new(signature, Box::new(bounded))));
    }
    runtime
});

fn text(value: &Variable) -> Option<&str> {
    value.as_string().map(String::as_str)
}

/// The names of all functions.
pub(crate) fn names() -> Vec<&'static str> {
    all().map(|(name, _)| name).collect()
}

/// How many arguments the function `name` takes; nothing where that is any number from one on, or there is none.
pub(crate) fn takes(name: &str) -> Option<usize> {
    all().find(|&(known, takes)| known == name && takes > 0).map(|(_, takes)| takes)
}

fn all() -> impl Iterator<Item = (&'static str, usize)> {
    BUILT_IN.iter().copied().chain(ADDED.iter().map(|function| (function.name, function.takes)))
}

/// `2014-09-17` as `17 Sep 2014`, an instant as `23 Nov 2026, 14:32 UTC`; a text that is neither comes back as it is.
pub(crate) fn date(text: &str) -> String {
    let day = format_description!("[day padding:none] [month repr:short] [year]");
    let minute = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]");
    let trimmed = text.trim();
    if let Ok(date) = Date::parse(trimmed, &format_description!("[year]-[month]-[day]")) {
        return date.format(&day).unwrap_or_else(|_| text.to_owned());
    }
    let spelled = spelled(trimmed);
    if let Ok(at) = OffsetDateTime::parse(&spelled, &Rfc3339) {
        // At the ends of the calendar another offset is another year, which there is none of.
        let at = at.checked_to_offset(UtcOffset::UTC).and_then(|at| at.format(&minute).ok());
        return at.map_or_else(|| text.to_owned(), |at| format!("{at} UTC"));
    }
    match PrimitiveDateTime::parse(&spelled, &Iso8601::DEFAULT) {
        Ok(at) => at.format(&minute).unwrap_or_else(|_| text.to_owned()),
        Err(_) => text.to_owned(),
    }
}

/// A time as RFC 3339 spells it, where it is spelled with a space for the `T`, or with `+0000` for `+00:00`.
pub(crate) fn spelled(text: &str) -> String {
    let spelled = text.trim().replacen(' ', "T", 1);
    let (front, offset) = spelled.split_at_checked(spelled.len().saturating_sub(5)).unwrap_or((&spelled, ""));
    let numeric = offset.starts_with(['+', '-']) && offset[1..].bytes().all(|b| b.is_ascii_digit());
    if numeric && front.len() >= 19 { format!("{front}{}:{}", &offset[..3], &offset[3..]) } else { spelled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Template, variable};
    use jmespath::Context;
    use serde_json::{Value, json};

    fn eval(expr: &str, on: &Value) -> Option<Value> {
        Template::parse(&format!("={expr}")).unwrap().value(&variable(on)).unwrap()
    }

    #[test]
    fn dates_read_like_dates_and_other_texts_stay() {
        assert_eq!(date("2014-09-17"), "17 Sep 2014");
        assert_eq!(date("2026-11-03T16:32:07+02:00"), "3 Nov 2026, 14:32 UTC");
        assert_eq!(date("2026-11-23T14:32:00"), "23 Nov 2026, 14:32");
        assert_eq!(date("2024-02-02 17:23:16+0000"), "2 Feb 2024, 17:23 UTC");
        assert_eq!(date("2024-02-02 17:23:16.052-0130"), "2 Feb 2024, 18:53 UTC");
        assert_eq!(date("2025-08-22 02:25:27"), "22 Aug 2025, 02:25");
        for other in ["9999-12-31T23:59:59-05:00", "soon", "", "2014-13-40", "17/09/2014"] {
            assert_eq!(date(other), other);
        }
        assert_eq!(eval("date(a)", &json!({"a": 20_140_917})), Some(json!(20_140_917)));
        assert_eq!(eval("date(a)", &json!({})), None);
    }

    #[test]
    fn lookup_translates_what_it_knows_and_gives_null_for_the_rest() {
        let table = "`{\"1\": \"one\", \"In Business\": \"in business\"}`";
        assert_eq!(eval(&format!("lookup(a, {table})"), &json!({"a": 1})), Some(json!("one")));
        assert_eq!(eval(&format!("lookup(a, {table})"), &json!({"a": "In Business"})), Some(json!("in business")));
        assert_eq!(eval(&format!("lookup(a, {table})"), &json!({"a": "Dormant"})), None);
        assert_eq!(eval("lower(a)", &json!({"a": "In Business"})), Some(json!("in business")));
    }

    #[test]
    fn an_object_becomes_a_list_of_what_it_has() {
        let steps = json!({"a": {"SELFIE": {"answer": "RED"}, "IDENTITY": {"answer": "GREEN"}}});
        let listed = eval("entries(a)[].[key, value.answer]", &steps);
        assert_eq!(listed, Some(json!([["IDENTITY", "GREEN"], ["SELFIE", "RED"]])));
        assert_eq!((eval("entries(a)", &json!({"a": [1]})), eval("entries(a)", &json!({}))), (None, None));
    }

    #[test]
    fn every_listed_function_exists_and_is_described() {
        for name in names() {
            assert!(RUNTIME.get_function(name).is_some(), "{name}");
        }
        for Added { name, .. } in ADDED {
            assert!(include_str!("functions.rs").contains(&format!("//! | `{name}(")), "{name}");
        }
    }

    /// The library's own signatures are the measure.
    #[test]
    fn a_function_takes_as_many_arguments_as_it_is_said_to() {
        for name in names() {
            // Values of any kind, since it is the number that is held against the signature first.
            for count in 0..4_usize {
                let call = format!("{name}({})", vec!["a"; count].join(", "));
                let said = jmespath::compile(&call).unwrap();
                let mut context = Context::new(&call, &RUNTIME);
                let ended = jmespath::interpret(&variable(&json!({"a": "x"})), said.as_ast(), &mut context);
                let wrong = ended.err().is_some_and(|error| {
                    let text = error.to_string();
                    text.contains("Not enough arguments") || text.contains("Too many arguments")
                });
                let fits = takes(name).map_or(count > 0, |takes| takes == count);
                assert_eq!(wrong, !fits, "{call}");
            }
        }
    }

    #[test]
    fn no_function_fails_by_the_kind_of_its_argument() {
        let odd = [json!(null), json!(true), json!(-1.5), json!(1e300), json!([]), json!({}), json!([[null, {}], "a"])];
        let odd = odd.into_iter().chain(["", "\u{0}", "é👨‍👩‍👧‍👦", "{", "[[[", "2014-99-99"].map(Value::from));
        for value in odd {
            for Added { name, takes, .. } in ADDED {
                let call = if *takes == 2 { format!("{name}(a, `{{}}`)") } else { format!("{name}(a)") };
                let template = Template::parse(&format!("={call}")).unwrap();
                assert!(template.value(&variable(&json!({"a": value}))).is_ok(), "{call} of {value}");
            }
        }
    }

    #[test]
    fn what_functions_write_for_one_expression_is_bounded_together() {
        let eval = |expr: &str, on: &Value| Template::parse(expr).unwrap().value(&variable(on));
        let on = json!({"a": "x".repeat(1_000_000)});
        for name in ["base64", "digest", "lower", "mask", "percent", "uuid", "join_words"] {
            assert!(eval(&format!("={name}(a)"), &on).is_ok(), "the control: {name} once");
            // A shared text, many times over: the list is small, what is written of it is not.
            let often = format!("=[a,a]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[@,@][]|[].{name}(@)|length(@)");
            assert!(eval(&often, &on).is_err(), "{name}");
        }
        let list = json!({"a": format!("[{}0]", "0,".repeat(2_000_000))});
        assert!(eval("=length(json(a))", &list).is_err(), "a list of small values takes far more room than its text");
        let photo = json!({"a": format!("{{\"photo\":\"{}\"}}", "x".repeat(6_000_000))});
        assert!(eval("=json(a).photo", &photo).is_ok(), "a long text in it does not");
        assert!(eval("=mask(a)", &json!({"a": "x".repeat(4_000_000)})).is_err(), "12 MB are more than a value may be");
    }
}
