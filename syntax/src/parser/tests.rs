//! What the parser says about mistakes, and what it offers.

mod clauses;
mod headers;
mod tokens;
mod trees;

use expect_test::Expect;
use rowan::ast::AstNode;

use crate::{apply_edits, parse};

/// Each error with the text it covers, and the line that its fix leads to.
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&report(text, ""));
}

/// The same for the text of a clause in an otherwise sound policy.
fn check_clause(clause: &str, expect: Expect) {
    expect.assert_eq(&report(clause, "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE "));
}

fn report(text: &str, prefix: &str) -> String {
    let text = format!("{prefix}{text}");
    let parse = parse(&text);
    assert_eq!(parse.syntax_node().text().to_string(), text);
    let mut out = String::new();
    for error in parse.errors() {
        let covered = &text[std::ops::Range::<usize>::from(error.range)];
        out += &format!("`{covered}`: {}\n", error.message);
        if let Some(fix) = &error.fix {
            let fixed = apply_edits(&text, &fix.edits);
            let line = fixed.lines().zip(text.lines()).find(|(new, old)| new != old).unwrap_or_default().0;
            out += &format!("  {}: {}\n", fix.title, line.strip_prefix(prefix).unwrap_or(line));
        }
    }
    let items: Vec<_> = parse.tree().items().collect();
    let broken = items.iter().filter(|it| parse.is_broken(*it)).count();
    // Every error is some item's, or stands before the first.
    let first = items.first().map(|it| it.syntax().text_range().start());
    for error in parse.errors() {
        let inside = items.iter().any(|it| it.syntax().text_range().contains_range(error.range));
        assert!(inside || first.is_none_or(|it| error.range.end() <= it), "{error:?}");
    }
    out + &format!("{broken} of {} items broken", items.len())
}
