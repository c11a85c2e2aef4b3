//! Which facts a contradiction needs.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use z3::ast::{Ast, Bool, Dynamic, Int};
use z3::{AstKind, DeclKind, FuncDecl, Params, SatResult, Solver, Sort};

use crate::solve::limit_time;

/// To tell the facts that matter is worth no more than this, each time that some are tried.
const LONGEST_LOOK: Duration = Duration::from_millis(200);

/// Strings that differ from those of the problem. A counterexample seldom needs more.
const OTHER_STRINGS: [&str; 3] = ["x", "y", "z"];

/// With more pairs of a symbol and a string, it is no longer cheap to say which is which.
const MOST_PAIRS: usize = 2_000;

/// Facts none of which can be left out, for the assertions to stay contradictory, as far as the time allows to tell of each.
/// In solvers of their own: the verdict itself comes from the plainest way of asking.
pub(crate) fn needed_facts(assertions: &[Bool], facts: &[Bool], left: &dyn Fn() -> Duration) -> Vec<u32> {
    let all: Vec<u32> = (0u32..).zip(facts).map(|(index, _)| index).collect();
    // What is decided must not be lost to what is only worth telling besides.
    if all.is_empty() || left() < LONGEST_LOOK {
        return all;
    }
    let names = StringsAsNames::new(assertions, left);
    let mut attempts = Attempts { assertions, facts, left, names, plain: None };
    let mut needed = attempts.contradiction(&all).unwrap_or(all);
    for index in needed.clone() {
        let without: Vec<u32> = needed.iter().copied().filter(|other| *other != index).collect();
        // Else an attempt has shown already that it is not needed.
        if without.len() < needed.len()
            && let Some(smaller) = attempts.contradiction(&without)
        {
            needed = smaller;
        }
    }
    needed
}

/// Solvers that are asked again and again whether some of the facts contradict the assertions.
struct Attempts<'a> {
    assertions: &'a [Bool],
    facts: &'a [Bool],
    left: &'a dyn Fn() -> Duration,
    /// If there are strings.
    names: Option<StringsAsNames>,
    /// Once it is needed.
    plain: Option<Solver>,
}

impl Attempts<'_> {
    /// Which of these facts contradict the assertions, if they do, as far as that can be told in time.
    fn contradiction(&mut self, indices: &[u32]) -> Option<Vec<u32>> {
        if let Some(names) = &self.names {
            let (result, core) = self.ask(&names.solver, indices, None);
            if result == SatResult::Unsat {
                return Some(core);
            }
            if let Some(few) = &names.few
                && self.ask(&names.solver, indices, Some(few)).0 == SatResult::Sat
            {
                return None;
            }
        }
        if self.plain.is_none() {
            self.plain = Some(solver_of(self.assertions));
        }
        let (result, core) = self.ask(self.plain.as_ref()?, indices, None);
        (result == SatResult::Unsat).then_some(core)
    }

    /// Assumes these facts and something else; if that is contradictory, says also which of the facts make it so.
    fn ask(&self, solver: &Solver, indices: &[u32], besides: Option<&Bool>) -> (SatResult, Vec<u32>) {
        let left = (self.left)();
        if left.is_zero() {
            return (SatResult::Unknown, Vec::new());
        }
        limit_time(solver, left.min(LONGEST_LOOK));
        let fact = |index: u32| self.facts.get(index as usize);
        let mut assumed: Vec<Bool> = indices.iter().filter_map(|index| fact(*index).cloned()).collect();
        assumed.extend(besides.cloned());
        let result = solver.check_assumptions(&assumed);
        if result != SatResult::Unsat {
            return (result, Vec::new());
        }
        let core = solver.get_unsat_core();
        // A core that could not be made comes out empty, too.
        let is_core = besides.is_some() || !core.is_empty() || indices.is_empty();
        if !is_core && solver.check_assumptions(&[]) != SatResult::Unsat {
            return (SatResult::Unknown, Vec::new());
        }
        let is_in_core = |index: &u32| fact(*index).is_some_and(|fact| core.contains(fact));
        (result, indices.iter().copied().filter(is_in_core).collect())
    }
}

fn solver_of(assertions: &[Bool]) -> Solver {
    let solver = Solver::new();
    for assertion in assertions {
        solver.assert(assertion);
    }
    solver
}

/// A solver to which a string is only a name, so that it has not to look for strings that match all conditions, which
/// takes it up to a hundred times as long as all else.
///
/// It knows of strings no more than is so: what contradicts the assertions here does so everywhere.
struct StringsAsNames {
    solver: Solver,
    /// Assumed, each symbol is one of a few strings. Of these all is known that the assertions say of strings, so
    /// that a model with them is one of the assertions.
    few: Option<Bool>,
}

impl StringsAsNames {
    /// `None` if there are no strings.
    fn new(assertions: &[Bool], left: &dyn Fn() -> Duration) -> Option<StringsAsNames> {
        let mut terms = StringTerms {
            symbols: Vec::new(),
            literals: BTreeMap::new(),
            matches: Vec::new(),
            are_all: true,
        };
        let mut seen = HashSet::new();
        let mut open: Vec<Dynamic> =
            assertions.iter().map(|assertion| Dynamic::from_ast(assertion)).collect();
        while let Some(term) = open.pop() {
            if seen.insert(term.clone()) {
                let parts = terms.note(&term);
                open.extend(parts);
            }
        }
        if terms.symbols.is_empty() {
            return None;
        }
        let solver = Solver::new();
        let mut params = Params::new();
        params.set_symbol("string_solver", "none");
        solver.set_params(&params);
        for assertion in assertions {
            solver.assert(assertion);
        }
        let few = terms.limit_to_few(&solver, left);
        Some(StringsAsNames { solver, few })
    }
}

fn is_symbol(term: &Dynamic) -> bool {
    term.is_const() && term.decl().kind() == DeclKind::Uninterpreted
}

/// What some assertions say of strings.
struct StringTerms {
    symbols: Vec<z3::ast::String>,
    /// By their text, each once.
    literals: BTreeMap<String, z3::ast::String>,
    /// Symbols and what is said of their matching a pattern.
    matches: Vec<(z3::ast::String, Bool)>,
    /// Whether that is all but equality, and functions of strings of which nothing is known.
    are_all: bool,
}

impl StringTerms {
    /// Notes a term; gives the terms that it consists of.
    fn note(&mut self, term: &Dynamic) -> Vec<Dynamic> {
        if term.kind() != AstKind::App {
            self.are_all &= term.kind() == AstKind::Numeral;
            return Vec::new();
        }
        let (kind, parts) = (term.decl().kind(), term.children());
        if let Some(string) = term.as_string() {
            match (kind, parts.is_empty()) {
                (DeclKind::Uninterpreted, true) => self.symbols.push(string),
                (_, true) => self.note_literal(string),
                (_, false) => self.are_all = false,
            }
        }
        let has_strings = parts.iter().any(|part| part.as_string().is_some());
        match kind {
            // Its ends are strings to look at only.
            DeclKind::ReRange => return Vec::new(),
            DeclKind::SeqInRe => match (
                parts.first().filter(|subject| is_symbol(subject)).and_then(Dynamic::as_string),
                term.as_bool(),
            ) {
                (Some(subject), Some(is_match)) => self.matches.push((subject, is_match)),
                _ => self.are_all = false,
            },
            DeclKind::Eq | DeclKind::Distinct | DeclKind::Uninterpreted => {}
            DeclKind::SeqToRe => self.are_all &= !parts.iter().any(is_symbol),
            _ => self.are_all &= !has_strings,
        }
        parts
    }

    fn note_literal(&mut self, literal: z3::ast::String) {
        let literal = literal.simplify();
        self.literals.entry(literal.to_string()).or_insert(literal);
    }

    /// Tells the solver all that there is to know of some strings. Gives the assumption that there are no others; `None`
    /// if that can't be told, or not in time.
    fn limit_to_few(mut self, solver: &Solver, left: &dyn Fn() -> Duration) -> Option<Bool> {
        for text in OTHER_STRINGS {
            self.note_literal(z3::ast::String::from(text));
        }
        let literals: Vec<z3::ast::String> = self.literals.into_values().collect();
        let pairs = (self.symbols.len() + self.matches.len()).saturating_mul(literals.len());
        if !self.are_all || pairs > MOST_PAIRS {
            return None;
        }
        // That literals differ would be simplified away: it is so where strings are strings. That a function maps
        // them to different numbers stays.
        let number_of = FuncDecl::new("number", &[&Sort::string()], &Sort::int());
        for (number, literal) in (0i64..).zip(&literals) {
            solver.assert(number_of.apply(&[literal]).eq(Dynamic::from_ast(&Int::from_i64(number))));
        }
        for (subject, is_match) in &self.matches {
            if left() < LONGEST_LOOK {
                return None;
            }
            for literal in &literals {
                let truth = is_match.substitute(&[(subject, literal)]).simplify().as_bool()?;
                let is_so = if truth { is_match.clone() } else { is_match.not() };
                solver.assert(subject.eq(literal).implies(is_so));
            }
        }
        let few = Bool::new_const("few");
        for symbol in &self.symbols {
            let is_one: Vec<Bool> = literals.iter().map(|literal| symbol.eq(literal)).collect();
            solver.assert(few.implies(Bool::or(&is_one)));
        }
        Some(few)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Declares symbols `s0` to `s3` of strings, `b0` of truth, `f0` from strings to numbers and facts, each of which
    /// means one of these formulas; checks that exactly those of them are needed.
    fn check(assertion: &str, facts: &[&str], expected: &[u32]) {
        let mut script = "(declare-const b0 Bool)(declare-fun f0 (String) Real)\n".to_owned();
        for index in 0..4 {
            script += &format!("(declare-const s{index} String)\n");
        }
        script += &format!("(assert {assertion})\n");
        for (index, fact) in facts.iter().enumerate() {
            script += &format!("(declare-const a{index} Bool)(assert (=> a{index} {fact}))\n");
        }
        let needed = z3::with_z3_config(&z3::Config::new(), || {
            let solver = Solver::new();
            solver.from_string(script.as_bytes());
            let assertions = solver.get_assertions();
            assert_eq!(assertions.len(), facts.len() + 1, "{script}");
            let facts: Vec<Bool> =
                (0..facts.len()).map(|index| Bool::new_const(format!("a{index}"))).collect();
            needed_facts(&assertions, &facts, &|| Duration::from_secs(5))
        });
        assert_eq!(needed, expected, "{script}");
    }

    #[test]
    fn facts_without_strings() {
        check("b0", &["true", "(not b0)", "(or b0 (= s0 s1))"], &[1]);
        check("(and b0 (not b0))", &["(not b0)", "b0"], &[]);
    }

    #[test]
    fn strings_that_are_equal_or_not() {
        check("(not (= (f0 s0) (f0 s1)))", &["b0", "(= s0 s1)"], &[1]);
        check(
            "(and (= s0 s1) (= s1 s2))",
            &["b0", "(or (= s0 \"a\") (= s0 \"é\"))", "(not (= s2 \"a\"))", "(= s2 \"b\")"],
            &[1, 3],
        );
        check("(= s0 \"\")", &["(= s0 \"x\")", "b0"], &[0]);
    }

    #[test]
    fn strings_that_match() {
        let starts = |with: &str| format!("(str.in_re s0 (re.++ (str.to_re \"{with}\") re.all))");
        // That these two have no string in common, names do not show.
        check(&starts("ab"), &["b0", &starts("b"), "(not b0)"], &[0, 2]);
        check(&starts("ab"), &["b0", &starts("b")], &[1]);
        // Nor that this string does not match.
        check("(= s0 \"ab\")", &[&starts("b"), &starts("a")], &[0]);
        // None of a few strings matches.
        check(
            "(str.in_re s0 (re.++ re.allchar (str.to_re \"ab\")))",
            &["b0", "(not b0)", "(not (= s0 s1))"],
            &[0, 1],
        );
        check(
            "(and (str.in_re s0 (re.++ re.allchar (str.to_re \"ab\"))) (or b0 (= s0 s1)))",
            &["(not b0)", "(not (= s0 s1))"],
            &[0, 1],
        );
    }

    #[test]
    fn more_than_a_few_strings() {
        check("(and (distinct s0 s1 s2 s3) (or b0 (= s0 s1)))", &["(not b0)", "true"], &[0]);
        check("(or b0 (distinct s0 s1 s2 s3))", &["(not b0)", "(= s1 s3)"], &[0, 1]);
        check("(and (distinct s0 s1 s2 s3) b0)", &["(= s2 s1)", "b0"], &[0]);
    }

    #[test]
    fn literals_that_match() {
        let starts = |subject: &str| format!("(str.in_re {subject} (re.++ (str.to_re \"ab\") re.all))");
        check(&starts("\"ab\""), &["b0", "(= s0 \"x\")", "(not b0)"], &[0, 2]);
        check(&starts("\"x\""), &["b0"], &[]);
        check("b0", &[&starts("\"x\""), "b0"], &[0]);
        check("(str.in_re s0 (str.to_re s1))", &["b0", "(= s1 \"x\")", "(not (= s0 \"x\"))"], &[1, 2]);
    }

    #[test]
    fn strings_of_which_more_is_said() {
        check("(= (str.len s0) 3)", &["(= s0 \"ab\")", "(= s0 s1)", "b0"], &[0]);
        check("(= (str.++ s0 s1) \"ab\")", &["(= s0 \"a\")", "(= s1 \"a\")"], &[1]);
    }
}
