//! The functions that manifests have beyond those of JMESPath.
//!
//! To add one: register it here, and name two providers that need it; a function is for ever.

use std::sync::{Arc, LazyLock};

use jmespath::functions::{ArgumentType, CustomFunction, Signature};
use jmespath::{Rcvar, Runtime, Variable};
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// The functions of JMESPath (<https://jmespath.org/specification.html>) that this library has.
const BUILT_IN: &[&str] = &[
    "abs",
    "avg",
    "ceil",
    "contains",
    "ends_with",
    "floor",
    "join",
    "keys",
    "length",
    "map",
    "max",
    "max_by",
    "merge",
    "min",
    "min_by",
    "not_null",
    "reverse",
    "sort",
    "sort_by",
    "starts_with",
    "sum",
    "to_array",
    "to_number",
    "to_string",
    "type",
    "values",
];
/// Those that are added here.
const ADDED: &[&str] = &["date", "lookup", "lower"];

/// The runtime that every expression uses.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    add(&mut runtime, "date", vec![ArgumentType::Any], |args| match text(&args[0]) {
        Some(text) => Variable::String(date(text)),
        None => (*args[0]).clone(),
    });
    add(&mut runtime, "lower", vec![ArgumentType::Any], |args| match text(&args[0]) {
        Some(text) => Variable::String(text.to_lowercase()),
        None => (*args[0]).clone(),
    });
    add(&mut runtime, "lookup", vec![ArgumentType::Any, ArgumentType::Object], |args| {
        let key = text(&args[0]).map_or_else(|| args[0].to_string(), str::to_owned);
        (*args[1].get_field(&key)).clone()
    });
    runtime
});

fn add(runtime: &mut Runtime, name: &str, takes: Vec<ArgumentType>, f: fn(&[Rcvar]) -> Variable) {
    let function = CustomFunction::new(Signature::new(takes, None), Box::new(move |args, _| Ok(Arc::new(f(args)))));
    runtime.register_function(name, Box::new(function));
}

fn text(value: &Variable) -> Option<&str> {
    value.as_string().map(String::as_str)
}

/// The names of all functions.
pub(crate) fn names() -> Vec<&'static str> {
    BUILT_IN.iter().chain(ADDED).copied().collect()
}

/// `2014-09-17` as `17 Sep 2014`, an instant as `23 Nov 2026, 14:32 UTC`; a text that is neither comes back as it is.
pub(crate) fn date(text: &str) -> String {
    let day = format_description!("[day padding:none] [month repr:short] [year]");
    let minute = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]");
    let trimmed = text.trim();
    if let Ok(date) = Date::parse(trimmed, &format_description!("[year]-[month]-[day]")) {
        return date.format(&day).unwrap_or_else(|_| text.to_owned());
    }
    if let Ok(at) = OffsetDateTime::parse(trimmed, &Rfc3339) {
        let at = at.to_offset(UtcOffset::UTC).format(&minute);
        return at.map_or_else(|_| text.to_owned(), |at| format!("{at} UTC"));
    }
    match PrimitiveDateTime::parse(trimmed, &Iso8601::DEFAULT) {
        Ok(at) => at.format(&minute).unwrap_or_else(|_| text.to_owned()),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Template, variable};
    use serde_json::{Value, json};

    fn eval(expr: &str, on: Value) -> Option<Value> {
        Template::parse(&format!("={expr}")).unwrap().value(&variable(on)).unwrap()
    }

    #[test]
    fn dates_read_like_dates_and_other_texts_stay() {
        assert_eq!(date("2014-09-17"), "17 Sep 2014");
        assert_eq!(date("2026-11-03T16:32:07+02:00"), "3 Nov 2026, 14:32 UTC");
        assert_eq!(date("2026-11-23T14:32:00"), "23 Nov 2026, 14:32");
        for other in ["soon", "", "2014-13-40", "17/09/2014"] {
            assert_eq!(date(other), other);
        }
        assert_eq!(eval("date(a)", json!({"a": 20_140_917})), Some(json!(20_140_917)));
        assert_eq!(eval("date(a)", json!({})), None);
    }

    #[test]
    fn lookup_translates_what_it_knows_and_gives_null_for_the_rest() {
        let table = "`{\"1\": \"one\", \"In Business\": \"in business\"}`";
        assert_eq!(eval(&format!("lookup(a, {table})"), json!({"a": 1})), Some(json!("one")));
        assert_eq!(eval(&format!("lookup(a, {table})"), json!({"a": "In Business"})), Some(json!("in business")));
        assert_eq!(eval(&format!("lookup(a, {table})"), json!({"a": "Dormant"})), None);
        assert_eq!(eval("lower(a)", json!({"a": "In Business"})), Some(json!("in business")));
    }

    #[test]
    fn every_listed_function_exists() {
        for name in names() {
            assert!(RUNTIME.get_function(name).is_some(), "{name}");
        }
    }
}
