//! What an expression reads, found without working it out.
//!
//! Two uses: a manifest that names something which does not exist is refused when it is loaded, and what a display has
//! shown of an answer is not shown a second time under "also in the answer". The second is careful: where it cannot
//! tell which items of a list were shown, they count as not shown, since shown twice is better than lost.

use std::sync::Arc;

use jmespath::ast::Ast;

use crate::expr::Expr;

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The field of this name.
    Name(Arc<str>),
    /// Any field.
    AnyName,
    /// The item at this index.
    Item(usize),
    /// Every item.
    Each,
    /// Some items, nobody knows which.
    Some,
}

/// Steps from the root.
pub(crate) type Path = Vec<Step>;

/// An index beyond this is a mistake, and the smallest number overflows in the library.
const MAX_INDEX: i32 = 1_000_000;
/// The most steps that are written down for one expression: lists in lists and alternatives multiply its places.
const MOST_STEPS: usize = 10_000;
/// The functions whose value tells all that their arguments hold.
const TELLING: &[&str] = &[
    "base64",
    "date",
    "join",
    "join_words",
    "json",
    "lookup",
    "lower",
    "map",
    "mask",
    "not_null",
    "percent",
    "reverse",
    "sort",
    "sort_by",
    "to_array",
    "to_number",
    "to_string",
];

/// Where a value stands.
#[derive(Clone, Debug)]
enum End {
    /// It is what stands there.
    At(Path),
    /// It is a new list of what stands there.
    ListOf(Path),
}

/// What an expression reads and calls.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    /// Every path that it looks at, from where it starts.
    pub(crate) paths: Vec<Path>,
    /// The paths whose values it gives.
    pub(crate) given: Vec<Path>,
    /// Every function, and how many arguments it is given.
    pub(crate) functions: Vec<(String, usize)>,
    /// An index or slice out of bounds.
    pub(crate) wild_index: bool,
    /// A `!a.b`, which JMESPath reads as `(!a).b`: always null, never what was meant.
    pub(crate) stray_not: bool,
    /// It looks at more places than can be told.
    pub(crate) tangled: bool,
    steps: usize,
}

impl Reads {
    /// What `expr` reads when it starts at each of `from`.
    pub(crate) fn of(expr: &Expr, from: &[Path]) -> Self {
        let mut reads = Self::default();
        let from: Vec<End> = from.iter().cloned().map(End::At).collect();
        let ends = reads.walk(expr.ast(), &from);
        reads.given = ends.into_iter().map(End::path).collect();
        reads.paths.extend(reads.given.iter().cloned());
        reads
    }

    /// Where the items stand of the list that `expr` gives: the rows of a table.
    pub(crate) fn items(expr: &Expr, from: &[Path]) -> Vec<Path> {
        let from: Vec<End> = from.iter().cloned().map(End::At).collect();
        Self::default().walk(expr.ast(), &from).into_iter().map(End::item).collect()
    }

    fn walk(&mut self, ast: &Ast, from: &[End]) -> Vec<End> {
        let ends = self.ends(ast, from);
        self.steps += ends.iter().map(End::len).sum::<usize>();
        self.tangled |= self.steps > MOST_STEPS;
        // What is not known counts as not shown.
        if self.tangled { Vec::new() } else { ends }
    }

    fn ends(&mut self, ast: &Ast, from: &[End]) -> Vec<End> {
        let step = |end: &End, step: Step| match end {
            End::At(path) | End::ListOf(path) => End::At([path.clone(), vec![step]].concat()),
        };
        match ast {
            Ast::Field { name, .. } => from.iter().map(|end| step(end, Step::Name(name.as_str().into()))).collect(),
            Ast::Identity { .. } => from.to_vec(),
            Ast::Index { idx, .. } => {
                self.wild_index |= idx.checked_abs().is_none_or(|i| i > MAX_INDEX);
                let item = usize::try_from(*idx).map_or(Step::Some, Step::Item);
                let one = |end: &End| step(end, if matches!(end, End::At(_)) { item.clone() } else { Step::Some });
                from.iter().map(one).collect()
            }
            Ast::Slice { start, stop, step: by, .. } => {
                let wild = |n: Option<i32>| n.is_some_and(|n| n.checked_abs().is_none_or(|n| n > MAX_INDEX));
                self.wild_index |= wild(*start) || wild(*stop) || wild(Some(*by));
                from.iter().map(|end| step(end, Step::Some).listed()).collect()
            }
            Ast::Literal { .. } => Vec::new(),
            Ast::Flatten { node, .. } => {
                let items = self.walk(node, from).into_iter().map(End::item);
                items.flat_map(|p| [End::ListOf(p.clone()), End::ListOf([p, vec![Step::Each]].concat())]).collect()
            }
            Ast::ObjectValues { node, .. } => {
                self.walk(node, from).iter().map(|end| step(end, Step::AnyName).listed()).collect()
            }
            Ast::Projection { lhs, rhs, .. } => {
                let items: Vec<End> = self.walk(lhs, from).into_iter().map(|end| End::At(end.item())).collect();
                self.walk(rhs, &items).into_iter().map(End::listed).collect()
            }
            Ast::Subexpr { lhs, rhs, .. } => {
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
                let some: Vec<End> = from.iter().map(|end| step(end, Step::Some)).collect();
                // The names behind a filter are those of the items, whichever they are.
                self.walk(then, &some)
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
            Ast::Function { name, args, .. } => self.function(name, args, from),
        }
    }

    fn function(&mut self, name: &str, args: &[Ast], from: &[End]) -> Vec<End> {
        self.functions.push((name.to_owned(), args.len()));
        let (refs, plain): (Vec<_>, Vec<_>) = args.iter().partition(|a| matches!(a, Ast::Expref { .. }));
        let ends: Vec<End> = plain.into_iter().flat_map(|a| self.walk(a, from)).collect();
        let items: Vec<End> = ends.iter().cloned().map(|end| End::At(end.item())).collect();
        for expref in refs {
            self.note(expref, &items);
        }
        if TELLING.contains(&name) {
            return ends;
        }
        self.paths.extend(ends.iter().cloned().map(End::path));
        let some = |end: End| End::At([end.path(), vec![Step::Some]].concat());
        ends.into_iter().map(some).collect()
    }

    fn note(&mut self, ast: &Ast, from: &[End]) {
        let ends = self.walk(ast, from);
        self.paths.extend(ends.into_iter().map(End::path));
    }
}

impl End {
    fn len(&self) -> usize {
        let (Self::At(path) | Self::ListOf(path)) = self;
        path.len() + 1
    }

    fn path(self) -> Path {
        match self {
            Self::At(path) | Self::ListOf(path) => path,
        }
    }

    /// Where the items stand when it is a list.
    fn item(self) -> Path {
        match self {
            Self::At(path) => [path, vec![Step::Each]].concat(),
            Self::ListOf(path) => path,
        }
    }

    fn listed(self) -> Self {
        Self::ListOf(self.path())
    }
}

/// Whether what stands at `path`, of names and items, was given by one of `given`: itself, or as an item of a list.
pub(crate) fn covers(given: &[Path], path: &[Step]) -> bool {
    let meets = |wanted: &Step, step: &Step| match (wanted, step) {
        (Step::AnyName, Step::Name(_)) | (Step::Each, Step::Item(_)) => true,
        (Step::Some, _) => false,
        (wanted, step) => wanted == step,
    };
    given.iter().any(|pattern| {
        let item = pattern.len() + 1 == path.len() && matches!(path.last(), Some(Step::Item(_)));
        // From the end: the ways to what stands near each other differ there.
        (pattern.len() == path.len() || item)
            && pattern.iter().rev().zip(path[..pattern.len()].iter().rev()).all(|(w, s)| meets(w, s))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(paths: &[Path]) -> Vec<String> {
        let step = |step: &Step| match step {
            Step::Name(name) => name.to_string(),
            Step::AnyName => "*".to_owned(),
            Step::Item(at) => at.to_string(),
            Step::Each => "#".to_owned(),
            Step::Some => "?".to_owned(),
        };
        let mut paths: Vec<String> = paths.iter().map(|p| p.iter().map(step).collect::<Vec<_>>().join(".")).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    fn given(expr: &str) -> Vec<String> {
        spelled(&Reads::of(&Expr::parse(expr).unwrap(), &[Path::new()]).given)
    }

    #[test]
    fn what_an_expression_gives_is_found_through_lists_functions_and_alternatives() {
        assert_eq!(given("a[0].b.c"), ["a.0.b.c"]);
        assert_eq!(given("a.b[*].c[*].d"), ["a.b.#.c.#.d"]);
        assert_eq!(given("a[].b"), ["a.#.#.b", "a.#.b"], "a flattened list may have lists in it");
        assert_eq!(given("a || b && c"), ["a", "b", "c"]);
        assert_eq!(given("date(a.b)"), ["a.b"]);
        assert_eq!(given("a.*.b | {x: c, y: d.e}"), ["a.*.b.c", "a.*.b.d.e"]);
    }

    #[test]
    fn what_is_only_looked_at_is_not_given() {
        assert_eq!(given("a == `1` && b"), ["b"]);
        assert_eq!(given("length(a.rows)"), ["a.rows.?"]);
        assert_eq!(given("a[-1].b"), ["a.?.b"]);
        let reads = Reads::of(&Expr::parse("a.rows[?state == 'x'].name").unwrap(), &[Path::new()]);
        assert_eq!(spelled(&reads.given), ["a.rows.#.?.name"], "nobody knows which rows");
        assert!(spelled(&reads.paths).contains(&"a.rows.#.state".to_owned()));
    }

    #[test]
    fn a_path_covers_itself_and_the_items_of_a_list_and_nothing_else() {
        let covers =
            |expr: &str, path: &[Step]| covers(&Reads::of(&Expr::parse(expr).unwrap(), &[Path::new()]).given, path);
        let name = |n: &str| Step::Name(n.into());
        assert!(covers("a[0].b", &[name("a"), Step::Item(0), name("b")]));
        assert!(!covers("a[0].b", &[name("a"), Step::Item(1), name("b")]));
        assert!(covers("a[*].b", &[name("a"), Step::Item(1), name("b")]));
        assert!(covers("a.*.b", &[name("a"), name("x"), name("b")]));
        assert!(covers("a.tags", &[name("a"), name("tags"), Step::Item(3)]));
        assert!(!covers("a", &[name("a"), name("b")]) && !covers("a.b", &[name("a")]));
        assert!(!covers("length(a.tags)", &[name("a"), name("tags"), Step::Item(3)]));
    }

    #[test]
    fn an_index_that_the_library_cannot_take_is_noticed() {
        for expr in ["a[-2147483647]", "a[2000000]", "a[::2000000]"] {
            assert!(Reads::of(&Expr::parse(expr).unwrap(), &[Path::new()]).wild_index, "{expr}");
        }
        assert!(!Reads::of(&Expr::parse("a[-1]").unwrap(), &[Path::new()]).wild_index);
    }

    #[test]
    fn places_that_multiply_are_noticed_and_bounded() {
        for (link, most) in [("[]", 100), ("|(a||b)", 20), (".[a,b,c,d,e,f]", 40)] {
            let reads =
                |times: usize| Reads::of(&Expr::parse(&format!("a{}", link.repeat(times))).unwrap(), &[Path::new()]);
            let (few, many) = (reads(2), reads(most));
            assert!(!few.tangled && many.tangled && many.given.is_empty(), "{link}");
        }
    }

    #[test]
    fn a_not_that_stops_at_the_first_dot_is_noticed() {
        assert!(Reads::of(&Expr::parse("x && !a.b").unwrap(), &[Path::new()]).stray_not);
        assert!(!Reads::of(&Expr::parse("x && !(a.b)").unwrap(), &[Path::new()]).stray_not);
    }
}
