//! What an expression reads: the paths of fields it touches, found without working it out.
//!
//! Two uses: a manifest that names something which does not exist is refused when it is loaded, and what a display has
//! read of an answer is not shown a second time under "also in the answer". Lists are looked through: `a[0].b` and
//! `a[].b` both read `a.b`.

use jmespath::ast::Ast;

use crate::expr::Expr;

/// A step into an object: a name, or any name.
pub(crate) type Step = Option<String>;
/// Steps from the root.
pub(crate) type Path = Vec<Step>;

/// An index beyond this is a mistake, and the smallest number overflows in the library.
const MAX_INDEX: i32 = 1_000_000;

/// What an expression reads and calls.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// Every path, from where the expression starts.
    pub(crate) paths: Vec<Path>,
    /// Every function.
    pub(crate) functions: Vec<String>,
    /// An index or slice out of bounds.
    pub(crate) wild_index: bool,
    /// A `!a.b`, which JMESPath reads as `(!a).b`: always null, never what was meant.
    pub(crate) stray_not: bool,
}

impl Reads {
    /// What `expr` reads when it starts at each of `from`.
    pub(crate) fn of(expr: &Expr, from: &[Path]) -> Self {
        let mut reads = Self::default();
        let ends = reads.walk(expr.ast(), from);
        reads.paths.extend(ends);
        reads
    }

    /// Where the value of `expr` stands, for what starts there: the rows of a table.
    pub(crate) fn ends(expr: &Expr, from: &[Path]) -> Vec<Path> {
        Self::default().walk(expr.ast(), from)
    }

    fn walk(&mut self, ast: &Ast, from: &[Path]) -> Vec<Path> {
        match ast {
            Ast::Field { name, .. } => deeper(from, Some(name)),
            Ast::Identity { .. } => from.to_vec(),
            Ast::Index { idx, .. } => {
                self.wild_index |= idx.checked_abs().is_none_or(|i| i > MAX_INDEX);
                from.to_vec()
            }
            Ast::Slice { start, stop, step, .. } => {
                let wild = |n: Option<i32>| n.is_some_and(|n| n.checked_abs().is_none_or(|n| n > MAX_INDEX));
                self.wild_index |= wild(*start) || wild(*stop) || wild(Some(*step));
                from.to_vec()
            }
            Ast::Literal { .. } => Vec::new(),
            Ast::Flatten { node, .. } => self.walk(node, from),
            Ast::ObjectValues { node, .. } => {
                let ends = self.walk(node, from);
                deeper(&ends, None)
            }
            Ast::Subexpr { lhs, rhs, .. } | Ast::Projection { lhs, rhs, .. } => {
                self.stray_not |= matches!(**lhs, Ast::Not { .. });
                let ends = self.walk(lhs, from);
                self.walk(rhs, &ends)
            }
            Ast::Or { lhs, rhs, .. } | Ast::And { lhs, rhs, .. } => {
                let mut ends = self.walk(lhs, from);
                ends.extend(self.walk(rhs, from));
                ends
            }
            Ast::Condition { predicate, then, .. } => {
                self.note(predicate, from);
                self.walk(then, from)
            }
            Ast::Comparison { lhs, rhs, .. } => {
                self.note(lhs, from);
                self.note(rhs, from);
                Vec::new()
            }
            Ast::Not { node, .. } => {
                self.note(node, from);
                Vec::new()
            }
            Ast::Expref { ast, .. } => self.walk(ast, from),
            Ast::MultiList { elements, .. } => elements.iter().flat_map(|e| self.walk(e, from)).collect(),
            Ast::MultiHash { elements, .. } => elements.iter().flat_map(|e| self.walk(&e.value, from)).collect(),
            Ast::Function { name, args, .. } => {
                self.functions.push(name.clone());
                let (refs, plain): (Vec<_>, Vec<_>) = args.iter().partition(|a| matches!(a, Ast::Expref { .. }));
                let ends: Vec<Path> = plain.into_iter().flat_map(|a| self.walk(a, from)).collect();
                for expref in refs {
                    self.note(expref, &ends);
                }
                ends
            }
        }
    }

    fn note(&mut self, ast: &Ast, from: &[Path]) {
        let ends = self.walk(ast, from);
        self.paths.extend(ends);
    }
}

fn deeper(from: &[Path], name: Option<&String>) -> Vec<Path> {
    from.iter().map(|path| path.iter().cloned().chain([name.cloned()]).collect()).collect()
}

/// Whether `path` is one of `patterns`.
pub(crate) fn covers(patterns: &[Path], path: &[&str]) -> bool {
    patterns.iter().any(|pattern| {
        pattern.len() == path.len()
            && pattern.iter().zip(path).all(|(step, name)| step.as_deref().is_none_or(|step| step == *name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(expr: &str) -> Vec<String> {
        let reads = Reads::of(&Expr::parse(expr).unwrap(), &[Vec::new()]);
        let mut paths: Vec<String> = reads
            .paths
            .iter()
            .map(|p| p.iter().map(|s| s.as_deref().unwrap_or("*")).collect::<Vec<_>>().join("."))
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    #[test]
    fn paths_are_found_through_lists_filters_functions_and_alternatives() {
        assert_eq!(reads("a[0].b.c"), ["a.b.c"]);
        assert_eq!(reads("a.b[].c[*].d"), ["a.b.c.d"]);
        assert_eq!(reads("a || b && c"), ["a", "b", "c"]);
        assert_eq!(reads("length(a.rows[?state == 'x'])"), ["a.rows", "a.rows.state"]);
        assert_eq!(reads("sort_by(a.rows, &when)[0].name"), ["a.rows.name", "a.rows.when"]);
        assert_eq!(reads("a.*.b | {x: c, y: d.e}"), ["a.*.b.c", "a.*.b.d.e"]);
        assert_eq!(reads("status == `200` && !(body.error)"), ["body.error", "status"]);
    }

    #[test]
    fn a_path_covers_itself_and_nothing_above_or_below() {
        let patterns = Reads::of(&Expr::parse("a.*.b").unwrap(), &[Vec::new()]).paths;
        assert!(covers(&patterns, &["a", "x", "b"]));
        assert!(!covers(&patterns, &["a", "x"]) && !covers(&patterns, &["a", "x", "b", "c"]));
    }

    #[test]
    fn an_index_that_the_library_cannot_take_is_noticed() {
        for expr in ["a[-2147483647]", "a[2000000]", "a[::2000000]"] {
            assert!(Reads::of(&Expr::parse(expr).unwrap(), &[Vec::new()]).wild_index, "{expr}");
        }
        assert!(!Reads::of(&Expr::parse("a[-1]").unwrap(), &[Vec::new()]).wild_index);
    }

    #[test]
    fn a_not_that_stops_at_the_first_dot_is_noticed() {
        assert!(Reads::of(&Expr::parse("x && !a.b").unwrap(), &[Vec::new()]).stray_not);
        assert!(!Reads::of(&Expr::parse("x && !(a.b)").unwrap(), &[Vec::new()]).stray_not);
    }
}
