//! What is offered at a place, with what it would write.

mod clauses;
mod documentation;
mod everywhere;
mod headers;

use expect_test::Expect;

use super::CompletionRequest;
use crate::Completions;
use crate::test_support::{Fixture, SCHEMA};

/// The beginning of a policy.
const HEAD: &str = "POLICY p\n  PERMISSIVE\n  FOR ALL\n";

const EDITOR: CompletionRequest = CompletionRequest { snippets: true, trigger: None };
const PLAIN: CompletionRequest = CompletionRequest { snippets: false, trigger: None };

/// Completes in a text with the usual schema beside it, unless it brings its own.
fn complete(text: &str, request: CompletionRequest) -> (Fixture, Completions) {
    let schema = if text.contains("//- /schema.sql") { "" } else { SCHEMA };
    let fixture = Fixture::new(&format!("{text}\n{schema}"));
    let found = fixture.analysis().completions(&fixture.path, fixture.offset, request).unwrap();
    (fixture, found)
}

/// One line for each completion: its rank, label, detail, and its text if that is not the label.
fn shown(found: &Completions) -> String {
    let line = |item: &crate::Completion| {
        let detail = item.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        let text = if item.text == item.label { String::new() } else { format!(" -> {:?}", item.text) };
        let snippet = if item.is_snippet { " snippet" } else { "" };
        format!("{} {}{detail}{text}{snippet}\n", item.rank, item.label)
    };
    found.items.iter().map(line).collect()
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&shown(&complete(text, EDITOR).1));
}

fn check_plain(text: &str, expected: Expect) {
    expected.assert_eq(&shown(&complete(text, PLAIN).1));
}

/// The labels that begin so, the best first.
fn labels(text: &str) -> Vec<String> {
    complete(text, EDITOR).1.items.into_iter().map(|item| item.label).collect()
}

/// The text after a completion of some label was accepted, with `|` for where the word ended before.
fn accept(text: &str, label: &str, request: CompletionRequest) -> String {
    let (fixture, found) = complete(text, request);
    let item = found.items.iter().find(|item| item.label == label).unwrap_or_else(|| {
        panic!("{label} is not offered in {text}:\n{}", shown(&found));
    });
    let mut text = fixture.text();
    text.replace_range(found.replace.start as usize..found.replace.end as usize, &item.text);
    text
}

/// An enum type, and functions of which some are allowed.
const MOODS: &str = "//- /schema.sql\n\
    CREATE TYPE mood AS ENUM ('so so', 'it''s fine', 'great');\n\
    CREATE TABLE notes (id uuid, mood mood, done boolean, title text);\n\
    CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE AS 'SELECT current_date';\n\
    CREATE SCHEMA auth;\n\
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';\n\
    //- /pgpe.yaml\n\
    functions: { allow: [auth.uid, lower, today, missing] }\n";

/// A clause on the table that has a column of that type.
fn notes(clause: &str) -> String {
    format!("POLICY p PERMISSIVE FOR ALL SELECTOR ALL\nCLAUSE {clause}\n{MOODS}")
}
