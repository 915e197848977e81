//! Works expressions out, every step counted.
//!
//! The library can do so too, but not within bounds: `[@,@][]|[@,@][]|…` asks it for more memory than there is. So the
//! tree is walked here. Of its functions, those that work an expression out on each item or compare whole values are
//! done here as well; all others are called when it is known how much they will read and write.

mod calls;

use std::collections::BTreeMap;
use std::sync::Arc;

use jmespath::ast::{Ast, Comparator};
use jmespath::{Context, JmespathError, Rcvar, Variable};

use crate::budget::{self, Spent};
use calls::called;

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It does not fit what is there.
    Misfit,
    /// It is too much work.
    Spent,
}

impl From<Spent> for Fault {
    fn from(_: Spent) -> Self {
        Self::Spent
    }
}

impl From<JmespathError> for Fault {
    fn from(_: JmespathError) -> Self {
        Self::Misfit
    }
}

type Given = Result<Rcvar, Fault>;

/// Works `node` out on `data`.
pub(crate) fn eval(data: &Rcvar, node: &Ast, context: &mut Context<'_>) -> Given {
    budget::step(1)?;
    Ok(match node {
        Ast::Identity { .. } => Arc::clone(data),
        Ast::Field { name, .. } => data.get_field(name),
        Ast::Literal { value, .. } => Arc::clone(value),
        Ast::Index { idx, .. } => match usize::try_from(*idx) {
            Ok(at) => data.get_index(at),
            Err(_) => data.get_negative_index(idx.unsigned_abs() as usize),
        },
        Ast::Subexpr { lhs, rhs, .. } => {
            let left = eval(data, lhs, context)?;
            eval(&left, rhs, context)?
        }
        Ast::Or { lhs, rhs, .. } => {
            let left = eval(data, lhs, context)?;
            if left.is_truthy() { left } else { eval(data, rhs, context)? }
        }
        Ast::And { lhs, rhs, .. } => {
            let left = eval(data, lhs, context)?;
            if left.is_truthy() { eval(data, rhs, context)? } else { left }
        }
        Ast::Not { node, .. } => Arc::new(Variable::Bool(!eval(data, node, context)?.is_truthy())),
        Ast::Condition { predicate, then, .. } => {
            if eval(data, predicate, context)?.is_truthy() {
                eval(data, then, context)?
            } else {
                null()
            }
        }
        Ast::Comparison { comparator, lhs, rhs, .. } => {
            let (left, right) = (eval(data, lhs, context)?, eval(data, rhs, context)?);
            compared(comparator, &left, &right)?.map_or_else(null, |holds| Arc::new(Variable::Bool(holds)))
        }
        Ast::ObjectValues { node, .. } => match &*eval(data, node, context)? {
            Variable::Object(pairs) => {
                budget::step(pairs.len())?;
                list(pairs.values().cloned().collect())
            }
            _ => null(),
        },
        Ast::Projection { lhs, rhs, .. } => match eval(data, lhs, context)?.as_array() {
            None => null(),
            Some(items) => {
                let mut all = Vec::new();
                for item in items {
                    let one = eval(item, rhs, context)?;
                    if !one.is_null() {
                        all.push(one);
                    }
                }
                list(all)
            }
        },
        Ast::Flatten { node, .. } => match eval(data, node, context)?.as_array() {
            None => null(),
            Some(items) => {
                let mut all = Vec::new();
                for item in items {
                    let inner = item.as_array();
                    budget::step(inner.map_or(1, Vec::len))?;
                    match inner {
                        Some(inner) => all.extend(inner.iter().cloned()),
                        None => all.push(Arc::clone(item)),
                    }
                }
                list(all)
            }
        },
        Ast::MultiList { .. } | Ast::MultiHash { .. } if data.is_null() => null(),
        Ast::MultiList { elements, .. } => {
            list(elements.iter().map(|element| eval(data, element, context)).collect::<Result<_, _>>()?)
        }
        Ast::MultiHash { elements, .. } => {
            // An object takes far more room than a list.
            budget::step(10)?;
            let mut pairs = BTreeMap::new();
            for pair in elements {
                budget::moved(pair.key.len())?;
                pairs.insert(pair.key.clone(), eval(data, &pair.value, context)?);
            }
            Arc::new(Variable::Object(pairs))
        }
        Ast::Expref { ast, .. } => {
            // It is copied as a tree.
            budget::step(50)?;
            Arc::new(Variable::Expref((**ast).clone()))
        }
        Ast::Slice { step: 0, .. } => return Err(Fault::Misfit),
        Ast::Slice { start, stop, step, .. } => {
            budget::step(data.as_array().map_or(0, Vec::len))?;
            data.slice(*start, *stop, *step).map_or_else(null, list)
        }
        Ast::Function { name, args, offset } => {
            let args = args.iter().map(|arg| eval(data, arg, context)).collect::<Result<Vec<_>, _>>()?;
            context.offset = *offset;
            called(name, &args, context)?
        }
    })
}

fn null() -> Rcvar {
    Arc::new(Variable::Null)
}

fn list(items: Vec<Rcvar>) -> Rcvar {
    Arc::new(Variable::Array(items))
}

fn compared(comparator: &Comparator, left: &Variable, right: &Variable) -> Result<Option<bool>, Spent> {
    Ok(match comparator {
        Comparator::Equal => Some(same(left, right)?),
        Comparator::NotEqual => Some(!same(left, right)?),
        _ => left.compare(comparator, right),
    })
}

/// Whether two values are equal: what is shared within them is looked at as often as it stands there.
fn same(left: &Variable, right: &Variable) -> Result<bool, Spent> {
    match (left, right) {
        (Variable::Array(left), Variable::Array(right)) => {
            budget::step(1)?;
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right) {
                if !same(left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Variable::Object(left), Variable::Object(right)) => {
            budget::step(1)?;
            if left.len() != right.len() {
                return Ok(false);
            }
            for ((name, left), (other, right)) in left.iter().zip(right) {
                budget::moved(name.len())?;
                if name != other || !same(left, right)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Variable::String(left), Variable::String(right)) => {
            budget::moved(left.len().min(right.len()))?;
            Ok(left == right)
        }
        (left, right) => {
            budget::step(1)?;
            Ok(left == right)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Together;
    use crate::expr::{Expr, variable};
    use serde_json::{Value, json};

    /// What the library gives, which does not count.
    fn plainly(expr: &Expr, on: &Rcvar) -> Option<Rcvar> {
        let mut context = Context::new(expr.text(), &crate::functions::RUNTIME);
        jmespath::interpret(on, expr.ast(), &mut context).ok()
    }

    #[test]
    fn every_expression_gives_what_the_library_gives() {
        let on = variable(&json!({"a": {"b": [1, 2, {"c": "x"}], "n": null, "t": "text"}, "e": [],
            "rows": [{"n": 3, "s": "b", "l": [1]}, {"n": 1, "s": "a", "l": [2, [3]]}, {"n": 2, "s": "é", "l": []}]}));
        for text in [
            "@",
            "a",
            "a.b",
            "a.b[0]",
            "a.b[-1].c",
            "a.b[9]",
            "a.b[-9]",
            "a.*",
            "a.*.c",
            "e[*]",
            "a[*]",
            "rows[*].n",
            "rows[].l[]",
            "rows[].l[][]",
            "rows[?n > `1`].s",
            "rows[?s == 'a' || n == `2`].l",
            "rows[?!l]",
            "a.b[1:]",
            "a.b[::-1]",
            "a.b[:1:2]",
            "a.b[::0]",
            "a.t[0:1]",
            "a || e",
            "e || a.t",
            "a && e",
            "!a",
            "!(e)",
            "n == `null`",
            "a == a",
            "a.b == `[1, 2, {\"c\": \"x\"}]`",
            "a != e",
            "a.t < `1`",
            "`1` <= `2`",
            "[a.t, e, n]",
            "n.[a]",
            "n.{x: a}",
            "{x: a.t, y: rows[*].n}",
            "a.b | [0]",
            "rows[*].n | [0]",
            "map(&n, rows)",
            "map(&x, a)",
            "map(&x, rows)",
            "sort_by(rows, &n)[*].s",
            "sort_by(rows, &s)[*].n",
            "sort_by(rows, &l)",
            "sort_by(e, &l)",
            "min_by(rows, &n).s",
            "max_by(rows, &s).n",
            "max_by(e, &n)",
            "min_by(rows, &x)",
            "contains(a.b, `2`)",
            "contains(a.t, 'ex')",
            "contains(rows[*].l, `[2, [3]]`)",
            "contains(a, 'b')",
            "length(rows)",
            "length(a.t)",
            "length(n)",
            "join('-', rows[*].s)",
            "join('-', rows[*].n)",
            "sort(rows[*].s)",
            "sum(rows[*].n)",
            "max(rows[*].n)",
            "keys(a)",
            "values(a)",
            "merge(a, rows[0])",
            "reverse(rows)[0].n",
            "to_string(a)",
            "to_number('7')",
            "to_array(a.t)",
            "type(&a)",
            "not_null(n, a.t)",
            "abs(`-1`)",
            "avg(rows[*].n)",
            "nope(a)",
            "lookup(a.t, `{\"text\": 1}`)",
            "map(&sort_by(@.l, &@), rows)",
            "starts_with(a.t, 'te')",
            "a[0]",
            "&a",
        ] {
            let expr = Expr::parse(text).unwrap();
            let counted = eval(&on, expr.ast(), &mut Context::new(text, &crate::functions::RUNTIME)).ok();
            assert_eq!(counted, plainly(&expr, &on), "{text}");
        }
    }

    /// The time and the room that these would take is more than anyone has: with the library they do not come back.
    #[test]
    fn what_grows_with_every_bracket_is_given_up() {
        let grows = |by: &str, times: usize, end: &str| format!("{}{end}", by.repeat(times));
        let on = json!({"text": "x".repeat(100_000), "list": [1, 2], "object": {"key": 1}});
        let ended =
            |text: &str| Expr::parse(text).unwrap_or_else(|why| panic!("{why}: {text}")).eval(&variable(&on.clone()));
        let too_much = |ended: Result<_, crate::expr::EvalError>| {
            ended.is_err_and(|why| why.to_string().contains("too much work"))
        };
        assert!(too_much(ended(&grows("[@,@][]|", 33, "length(@)"))));
        for text in [
            grows("[@,@]|", 48, "to_string(@)"),
            grows("[@,@]|", 48, "lookup(@,`{}`)"),
            grows("{a:@,b:@}|", 30, "to_string(@)"),
            format!("{}@==@", "[@,@]|".repeat(40)),
            format!("[[@,@]{0},[@,@]{0}]|[0]==[1]", "|[@,@]".repeat(20)),
            format!("{}contains([@],@)", "[@,@]|".repeat(40)),
            format!("[text,text]|{}join(@[0],@)", "[@,@][]|".repeat(25)),
            format!("[text,text]|{}sort(@)|length(@)", "[@,@][]|".repeat(25)),
            format!("[object,object]|{}[*].keys(@)|length(@)", "[@,@][]|".repeat(25)),
            format!("[object,object]|{}[*].merge(@,@)|length(@)", "[@,@][]|".repeat(25)),
            format!("[list,list]|{}[*].{{a:@}}|length(@)", "[@,@][]|".repeat(25)),
            format!("[list,list]|{}map(&map(&@,@),@)|length(@)", "[@,@][]|".repeat(25)),
            format!("[list,list]|{}sort_by(@,&length(@))|length(@)", "[@,@][]|".repeat(25)),
            format!("[list,list]|{}[::-1]|length(@)", "[@,@][]|".repeat(25)),
        ] {
            let _bound = Together::of(300_000);
            assert!(too_much(ended(&text)), "{text}");
        }
    }

    #[test]
    fn an_answer_of_the_largest_size_can_be_looked_at() {
        let rows: Value = (0..100_000).map(|n| json!({"name": format!("Kwantu {n}"), "number": n})).collect();
        let on = variable(&json!({"body": {"rows": rows}}));
        for text in
            ["length(body.rows[?number > `10`].name)", "sort_by(body.rows, &name)[0]", "max(body.rows[*].number)"]
        {
            assert!(Expr::parse(text).unwrap().eval(&on).unwrap().is_some(), "{text}");
        }
    }
}
