//! Decides one obligation with Z3, in this process and thread.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use num_rational::BigRational;
use pgpe_proof::Sort;
use pgpe_proof::obligation::{ModelValue, Obligation, Outcome};
use z3::ast::{Ast, Bool, Int, Real};
use z3::{Context, Model, Params, SatResult, Solver};

use crate::needed::needed_facts;

/// The library found at run time is not the one that the program was built for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found} was loaded, but Z3 {needed} or later is needed: run `make setup` in the checkout, or put a libz3.so of that version on the loader's path"
)]
pub struct SolverVersionError {
    found: String,
    needed: &'static str,
}

/// The first version whose interface the bindings match.
const NEEDED: (u32, u32) = (5, 3);

/// Checks the version of the library. An older one links without a word, but its constants differ.
pub fn check_solver_version() -> Result<(), SolverVersionError> {
    // `Z3 5.3.3.0`
    let full = solver_version();
    let mut parts = full.trim_start_matches("Z3 ").split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < NEEDED {
        return Err(SolverVersionError { found: full.to_owned(), needed: "5.3" });
    }
    Ok(())
}

/// The version of the library, in full.
pub fn solver_version() -> &'static str {
    z3::full_version()
}

/// Solves an obligation in a context of its own, so that neither the result nor the model depends on what came
/// before.
pub fn solve(obligation: &Obligation, timeout: Duration) -> Outcome {
    in_new_context(|| solve_in_new_context(obligation, timeout)).unwrap_or_else(|error| {
        Outcome::Unknown(format!("a thread for the solver can't be started: {error}"))
    })
}

/// The solver's formulas are recursive, and so is what it does with them.
const STACK: usize = 16 << 20;

/// Does something with a context in which nothing was done before. To make one, and to take it apart, takes as long
/// as to solve an obligation. It is that of a new thread: the library's bindings have one for each thread that uses them, and
/// `with_z3_config` would put another beside it, of as much memory. An error if no thread can be started.
pub(crate) fn in_new_context<T: Send>(work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    std::thread::scope(|scope| {
        let work = || {
            Context::thread_local();
            work()
        };
        let thread = std::thread::Builder::new().name("solver".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(scope, work)?.join() {
            Ok(done) => Ok(done),
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// The same in the context that the thread has, which must be a new one.
pub(crate) fn solve_in_new_context(obligation: &Obligation, timeout: Duration) -> Outcome {
    solve_here(obligation, timeout, needed_facts)
}

/// The facts, of some assertions and facts that contradict each other, that are needed for it, in the time that is left.
type Needed = fn(&[Bool], &[Bool], &dyn Fn() -> Duration) -> Vec<u32>;

/// Solves an obligation in the context that the thread has already, which is faster where a great many are to be
/// solved. All facts count as needed.
pub fn solve_quickly(obligation: &Obligation, timeout: Duration) -> Outcome {
    solve_here(obligation, timeout, |_, facts, _| all_facts(facts))
}

fn all_facts(facts: &[Bool]) -> Vec<u32> {
    (0u32..).zip(facts).map(|(index, _)| index).collect()
}

/// By itself each solver makes all the tactics that Z3 has for all logics, which takes as long as most obligations, and
/// looks for one that suits, which can take 100 ms on two bounds of an integer.
fn choose_no_tactics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| z3::set_global_param("tactic.default_tactic", "smt"));
}

fn solve_here(obligation: &Obligation, timeout: Duration, needed_facts: Needed) -> Outcome {
    let started = Instant::now();
    choose_no_tactics();
    let solver = Solver::new();
    solver.from_string(obligation.script.as_bytes());
    // A script that was not read whole must not be taken for an easier problem.
    let expected = obligation.script.lines().filter(|line| line.starts_with("(assert ")).count();
    let assertions = solver.get_assertions();
    if assertions.len() != expected {
        return Outcome::Unknown("the solver could not read the problem".to_owned());
    }
    let facts = facts(obligation);
    for fact in &facts {
        solver.assert(fact);
    }
    let left = || timeout.saturating_sub(started.elapsed());
    let preferences = preferences(obligation);
    let read = |model: &Model| Outcome::Satisfiable(read_model(model, &obligation.symbols));
    // Where there is a model at all, mostly there is one like this.
    if let Some(model) = model_with(&solver, &preferences, timeout / 4) {
        return read(&model);
    }
    limit_time(&solver, left());
    match solver.check() {
        SatResult::Unsat => {
            // The library's bindings panic where memory ends; what is decided stays so.
            let needed = catch_unwind(AssertUnwindSafe(|| needed_facts(&assertions, &facts, &left)));
            Outcome::Unsatisfiable(needed.unwrap_or_else(|_| all_facts(&facts)))
        }
        SatResult::Unknown => Outcome::Unknown(unknown_reason(&solver, timeout, left())),
        SatResult::Sat => match solver.get_model() {
            Some(model) => read(&prefer(&solver, preferences, &left).unwrap_or(model)),
            None => Outcome::Unknown("the solver gave no model".to_owned()),
        },
    }
}

pub(crate) fn limit_time(solver: &Solver, limit: Duration) {
    let mut params = Params::new();
    params.set_u32("timeout", u32::try_from(limit.as_millis()).unwrap_or(u32::MAX));
    solver.set_params(&params);
}

fn facts(obligation: &Obligation) -> Vec<Bool> {
    (0..obligation.facts).map(|index| Bool::new_const(format!("a{index}"))).collect()
}

fn preferences(obligation: &Obligation) -> Vec<Bool> {
    (0..obligation.preferences).map(|index| Bool::new_const(format!("p{index}"))).collect()
}

/// A model of which all of these hold, if one is found in that time.
fn model_with(solver: &Solver, assumed: &[Bool], limit: Duration) -> Option<Model> {
    if assumed.is_empty() || limit.is_zero() {
        return None;
    }
    limit_time(solver, limit);
    (solver.check_assumptions(assumed) == SatResult::Sat).then(|| solver.get_model()).flatten()
}

/// A model that takes as many preferences as possible in the time that is left, where not all can be taken.
fn prefer(solver: &Solver, preferences: Vec<Bool>, left: &dyn Fn() -> Duration) -> Option<Model> {
    let (mut taken, mut best) = (Vec::new(), None);
    for preference in preferences {
        taken.push(preference);
        match model_with(solver, &taken, left()) {
            Some(model) => best = Some(model),
            None => {
                taken.pop();
            }
        }
    }
    best
}

fn unknown_reason(solver: &Solver, timeout: Duration, left: Duration) -> String {
    match solver.get_reason_unknown() {
        // Nobody cancels: it is how the incremental solver tells that memory ended.
        Some(reason) if reason.contains("canceled") && !left.is_zero() => "out of memory".to_owned(),
        Some(reason) if reason.contains("timeout") || reason.contains("canceled") => timeout_reason(timeout),
        Some(reason) if !reason.is_empty() => format!("the solver gave up: {reason}"),
        _ => "the solver gave up".to_owned(),
    }
}

/// Whether the solver gave up at its memory limit.
pub(crate) fn is_out_of_memory(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(reason) if reason.contains("memory"))
}

/// How a timeout is told, by whomever it was noticed.
pub(crate) fn timeout_reason(timeout: Duration) -> String {
    format!("not decided within {} ms", timeout.as_millis())
}

fn read_model(model: &Model, sorts: &[Sort]) -> Arc<[ModelValue]> {
    sorts
        .iter()
        .enumerate()
        .map(|(index, sort)| {
            let name = format!("s{index}");
            let value = match sort {
                Sort::Bool => {
                    let value = model.eval(&Bool::new_const(name), true);
                    value.and_then(|value| value.as_bool()).map(ModelValue::Bool)
                }
                Sort::Int => model.eval(&Int::new_const(name), true).and_then(|value| number(&value)),
                Sort::Real => model.eval(&Real::new_const(name), true).and_then(|value| number(&value)),
                Sort::String => model
                    .eval(&z3::ast::String::new_const(name), true)
                    .and_then(|value| value.as_string())
                    .map(|text| ModelValue::String(unescape(&text))),
            };
            value.unwrap_or(ModelValue::Unreadable)
        })
        .collect()
}

fn number(value: &(impl Ast + std::fmt::Display)) -> Option<ModelValue> {
    read_number(&value.to_string()).map(ModelValue::Number)
}

/// A numeral as SMT-LIB shows it: `5`, `2.0`, `(- 5)`, `(/ 1.0 3.0)`, `(- (/ 1.0 3.0))`.
fn read_number(text: &str) -> Option<BigRational> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("(-").and_then(|rest| rest.strip_suffix(')')) {
        return read_number(inner).map(|number| -number);
    }
    if let Some(inner) = text.strip_prefix("(/").and_then(|rest| rest.strip_suffix(')')) {
        let (numerator, denominator) = split_operands(inner.trim())?;
        return Some(read_number(numerator)? / read_number(denominator)?);
    }
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

/// The two operands of a division, the first of which may be a negation.
fn split_operands(text: &str) -> Option<(&str, &str)> {
    let end = if text.starts_with('(') { text.find(')')? + 1 } else { text.find(char::is_whitespace)? };
    text.split_at_checked(end)
}

/// Z3 shows characters outside of printable ASCII as `\u{hex}`.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u{") {
        out.push_str(&rest[..at]);
        let after = &rest[at + 3..];
        let escaped = after.find('}').and_then(|end| {
            let character = u32::from_str_radix(&after[..end], 16).ok().and_then(char::from_u32)?;
            Some((character, &after[end + 1..]))
        });
        match escaped {
            Some((character, remaining)) => {
                out.push(character);
                rest = remaining;
            }
            None => {
                out.push_str("\\u{");
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_all_forms() {
        let rational =
            |numerator: i64, denominator: i64| Some(BigRational::new(numerator.into(), denominator.into()));
        assert_eq!(read_number("5"), rational(5, 1));
        assert_eq!(read_number("(- 5)"), rational(-5, 1));
        assert_eq!(read_number("2.0"), rational(2, 1));
        assert_eq!(read_number("(/ 1.0 3.0)"), rational(1, 3));
        assert_eq!(read_number("(- (/ 1.0 3.0))"), rational(-1, 3));
        assert_eq!(read_number("(/ (- 1.0) 3.0)"), rational(-1, 3));
        assert_eq!(read_number("x"), None);
    }

    #[test]
    fn characters_are_unescaped() {
        assert_eq!(unescape("a\\u{e9}b\\u{1f600}"), "aéb😀");
        assert_eq!(unescape("plain \\ \\u{zz}"), "plain \\ \\u{zz}");
    }

    #[test]
    fn the_library_is_the_right_one() {
        assert_eq!(check_solver_version(), Ok(()));
    }

    fn obligation(script: &str, facts: u32, preferences: u32, symbols: &[Sort]) -> Obligation {
        let hash = pgpe_proof::obligation::ObligationHash::of(script);
        Obligation { script: script.into(), symbols: symbols.into(), facts, preferences, hash }
    }

    #[test]
    fn outcomes_do_not_depend_on_what_was_solved_before() {
        let declarations = "(declare-const s0 Int)\n(declare-const s1 String)\n(declare-const s2 Bool)\n\
                            (declare-const a0 Bool)\n(declare-const a1 Bool)\n(declare-const p0 Bool)\n";
        let problem = |text: &str| {
            obligation(&format!("{declarations}{text}"), 2, 1, &[Sort::Int, Sort::String, Sort::Bool])
        };
        let problems = [
            problem("(assert (or s2 (< s0 7)))\n(assert (=> a0 (not s2)))\n(assert (=> p0 (> s0 3)))\n"),
            problem(
                "(assert (or s2 (= s1 \"a\")))\n(assert (=> a1 (not s2)))\n(assert (=> a0 (not (= s1 \"a\"))))\n",
            ),
            problem("(assert (str.in_re s1 (re.++ (str.to_re \"ab\") re.all)))\n(assert (=> p0 (not s2)))\n"),
            problem(
                "(assert (and (< s0 7) (> s0 5)))\n(assert (=> a1 (not (= s0 6))))\n(assert (=> a0 s2))\n",
            ),
        ];
        let solved = |problem: &Obligation| solve(problem, Duration::from_secs(5));
        let forwards: Vec<Outcome> = problems.iter().map(solved).collect();
        let mut backwards: Vec<Outcome> = problems.iter().rev().map(solved).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
        assert_eq!(forwards[1], Outcome::Unsatisfiable(vec![0, 1]));
        assert_eq!(forwards[3], Outcome::Unsatisfiable(vec![1]));
    }
}
