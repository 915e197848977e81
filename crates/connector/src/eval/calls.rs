//! Calls of functions: each is weighed before it is made.

use std::cmp::Ordering;
use std::sync::Arc;

use jmespath::{Context, Rcvar, Variable};

use super::{Fault, Given, eval, list, null, same};
use crate::budget::{self, Spent};

/// Calls the function `name`.
pub(super) fn called(name: &str, args: &[Rcvar], context: &mut Context<'_>) -> Given {
    match (name, args) {
        ("map", [by, items]) => {
            let (Some(by), Some(items)) = (by.as_expref(), items.as_array()) else { return Err(Fault::Misfit) };
            Ok(list(items.iter().map(|item| eval(item, by, context)).collect::<Result<_, _>>()?))
        }
        ("sort_by" | "min_by" | "max_by", [items, by]) => by_keys(name, items, by, context),
        ("contains", [list, wanted]) if list.is_array() => {
            for item in list.as_array().into_iter().flatten() {
                if same(item, wanted)? {
                    return Ok(Arc::new(Variable::Bool(true)));
                }
            }
            Ok(Arc::new(Variable::Bool(false)))
        }
        _ => {
            weigh(name, args)?;
            let function = context.runtime.get_function(name).ok_or(Fault::Misfit)?;
            Ok(function.evaluate(args, context)?)
        }
    }
}

/// The items in the order of what `by` gives for them, or the first or last of them.
fn by_keys(name: &str, items: &Rcvar, by: &Rcvar, context: &mut Context<'_>) -> Given {
    let (Some(items), Some(by)) = (items.as_array(), by.as_expref()) else { return Err(Fault::Misfit) };
    let mut keyed = Vec::with_capacity(items.len());
    let (mut bytes, mut texts) = (0, None);
    for item in items {
        let key = eval(item, by, context)?;
        // Texts or numbers, all of them.
        if !(key.is_string() || key.is_number()) || texts.is_some_and(|texts| texts != key.is_string()) {
            return Err(Fault::Misfit);
        }
        texts = Some(key.is_string());
        bytes += key.as_string().map_or(8, String::len);
        keyed.push((item, key));
    }
    let order = |a: &(&Rcvar, Rcvar), b: &(&Rcvar, Rcvar)| a.1.cmp(&b.1);
    if name == "sort_by" {
        sorting(items.len(), bytes)?;
        keyed.sort_by(order);
        return Ok(list(keyed.into_iter().map(|(item, _)| Arc::clone(item)).collect()));
    }
    budget::moved(bytes)?;
    let wanted = if name == "min_by" { Ordering::Less } else { Ordering::Greater };
    let first = keyed.into_iter().reduce(|best, next| if order(&next, &best) == wanted { next } else { best });
    Ok(first.map_or_else(null, |(item, _)| Arc::clone(item)))
}

/// Takes the steps of sorting `count` items of `bytes` in all.
fn sorting(count: usize, bytes: usize) -> Result<(), Spent> {
    let rounds = count.max(1).ilog2() as usize + 1;
    budget::step(count.saturating_mul(rounds))?;
    budget::moved(bytes.saturating_mul(rounds))
}

/// Takes the steps of calling `name`: what it looks at, and what it writes.
fn weigh(name: &str, args: &[Rcvar]) -> Result<(), Spent> {
    for (at, arg) in args.iter().enumerate() {
        match (name, &**arg) {
            // Both write whole values as text.
            ("to_string", Variable::Array(_) | Variable::Object(_)) => budget::written(written(arg)?)?,
            ("lookup", Variable::Array(_) | Variable::Object(_)) if at == 0 => budget::written(written(arg)?)?,
            ("lookup" | "type" | "not_null" | "to_array", _) | ("length", Variable::Array(_) | Variable::Object(_)) => {
            }
            (_, Variable::String(text)) => budget::moved(text.len())?,
            ("sort", Variable::Array(items)) => sorting(items.len(), texts(items)?)?,
            (_, Variable::Array(items)) => {
                let bytes = texts(items)?;
                budget::moved(bytes)?;
                if name == "join" {
                    let glue = args[0].as_string().map_or(0, String::len);
                    budget::written(bytes.saturating_add(glue.saturating_mul(items.len())))?;
                }
            }
            (_, Variable::Object(pairs)) => {
                // Its names may be copied, each with a place of its own.
                budget::step(pairs.len().saturating_mul(4))?;
                budget::moved(pairs.keys().map(String::len).sum())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The bytes of the texts among `items`.
fn texts(items: &[Rcvar]) -> Result<usize, Spent> {
    budget::step(items.len())?;
    Ok(items.iter().filter_map(|item| item.as_string()).map(String::len).sum())
}

/// About how many bytes `value` has as JSON.
fn written(value: &Variable) -> Result<usize, Spent> {
    budget::step(1)?;
    Ok(match value {
        // An escape takes up to six bytes.
        Variable::String(text) => {
            budget::moved(text.len())?;
            text.len().saturating_mul(2) + 2
        }
        Variable::Array(items) => {
            let mut bytes = 2_usize;
            for item in items {
                bytes = bytes.saturating_add(written(item)? + 1);
            }
            bytes
        }
        Variable::Object(pairs) => {
            let mut bytes = 2_usize;
            for (name, value) in pairs {
                budget::moved(name.len())?;
                bytes = bytes.saturating_add(name.len() + 4 + written(value)?);
            }
            bytes
        }
        _ => 8,
    })
}
