//! Texts that are deeper or longer than anyone means them: each is read to its end in
//! time about linear in its length, on a small stack.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use pgpe_syntax::{format, parse, parse_value};

const MANY: usize = 20_000;

/// Reads, formats and drops a text on a thread with a small stack.
fn survives(text: String) -> Vec<String> {
    let work = move || {
        let start = Instant::now();
        let parsed = parse(&text);
        assert!(parsed.syntax_node().text() == text.as_str());
        let formatted = format(&parsed);
        parse(&formatted);
        parse_value(&text);
        drop(parsed);
        // Generous: a debug build on a busy machine; quadratic time would take minutes.
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        parse(&text).errors().iter().map(|it| it.message.clone()).collect::<Vec<_>>()
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap()
}

fn policy(selector: &str, clause: &str) -> String {
    format!("POLICY p PERMISSIVE FOR ALL SELECTOR {selector} CLAUSE {clause}\nPOLICY q")
}

fn assert_too_deep(text: String) {
    let errors = survives(text);
    assert!(errors.iter().any(|it| it.contains("levels of brackets")), "{:?}", errors.first());
    assert!(errors.len() < 10, "{} errors", errors.len());
    // The policy behind it is still seen.
    assert!(errors.iter().any(|it| it.contains("`PERMISSIVE` or `RESTRICTIVE`")), "{errors:?}");
}

#[test]
fn nested_parentheses() {
    assert_too_deep(policy(&format!("{}ALL{}", "(".repeat(MANY), ")".repeat(MANY)), "col(a) = lit(1)"));
    assert_too_deep(policy(&"(".repeat(MANY), "col(a) = lit(1)"));
}

#[test]
fn nested_negations() {
    assert_too_deep(policy(&format!("{}ALL", "NOT ".repeat(MANY)), "col(a) = lit(1)"));
}

#[test]
fn nested_traversals() {
    let open = "exists(rel(_, a, t, b), {".repeat(MANY);
    let close = "})".repeat(MANY);
    assert_too_deep(policy("ALL", &format!("{open}col(a) = lit(1){close}")));
}

#[test]
fn nested_lists_and_calls() {
    assert_too_deep(policy("ALL", &format!("col(a) IN lit({}1{})", "[".repeat(MANY), "]".repeat(MANY))));
    assert_too_deep(policy(
        "ALL",
        &format!("col(a) = {}col(b){}", "fn(f, [".repeat(MANY), "])".repeat(MANY)),
    ));
}

#[test]
fn chains_of_operators() {
    let errors = survives(policy(&"ALL OR ".repeat(MANY), "col(a) = lit(1)"));
    assert!(errors.iter().any(|it| it.contains("operators in a row")), "{errors:?}");
    let mixed = format!("{}ALL", "(ALL AND ".repeat(60)) + &")".repeat(60);
    assert_eq!(survives(policy(&mixed, "col(a) = lit(1)")).len(), 1);
    let sound = vec!["named('t')"; 500].join(" OR ");
    assert_eq!(survives(policy(&sound, "col(a) = lit(1)")).len(), 1);
}

#[test]
fn long_clauses_are_no_deep_ones() {
    let atoms = vec!["col(a) = lit(1)"; MANY / 10].join(" AND ");
    let clauses = [atoms.as_str(); 5].join(" OR CLAUSE ");
    assert_eq!(survives(policy("ALL", &clauses)).len(), 1);
}

#[test]
fn comments_that_never_end() {
    survives("/*".repeat(MANY));
    survives("/*\n".repeat(MANY));
    survives("/*\nPOLICY ".repeat(MANY));
    survives("/*\nPOLICY /* */".repeat(MANY / 10));
    survives("/*/".repeat(MANY));
    survives(format!("{}{}", "/*".repeat(MANY), "*/".repeat(MANY)));
    survives(format!("{}{}", "/*\nPOLICY ".repeat(MANY), "*/".repeat(MANY - 1)));
}

#[test]
fn strings_that_never_end() {
    survives("'".repeat(MANY + 1));
    survives("'\n".repeat(MANY));
    survives("'a,".repeat(MANY));
    survives("\"".repeat(MANY + 1));
    survives("\"a)".repeat(MANY));
}

#[test]
fn endless_repetitions_of_a_piece() {
    for piece in [
        "POLICY ", "CLAUSE ", "OR ", "AND ", ", ", "( ", ") ", "col( ", "exists ", "= ", "1 ", "x ", "; ",
        "_ ",
    ] {
        survives(piece.repeat(MANY / 5));
        survives(policy(&piece.repeat(MANY / 5), &piece.repeat(MANY / 5)));
    }
}
