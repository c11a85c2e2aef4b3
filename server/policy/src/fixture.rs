//! What the tests share: policies and schemas from text, and findings as text.

use std::fmt::Write;

use expect_test::Expect;
use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::Config;
use pgpe_syntax::{AstNode, parse};

use crate::normal_form::RemovedWhy;
use crate::problem::{Problem, RelatedPlace};
use crate::resolve::Resolution;
use crate::resolved::Disjunction;
use crate::source::{Grant, Policy};
use crate::{Candidates, lower_grant, lower_policy, merge, resolve, resolve_without_schema, show};

/// The tables of the running example, and a few columns of other types.
pub(crate) const SAAS: &str = "
    CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL, plan text);
    CREATE TABLE users (
        id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, email text, role text, age integer
    );
    CREATE TABLE projects (
        id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text,
        owner_id uuid REFERENCES users, is_deleted boolean NOT NULL
    );
    CREATE TABLE tasks (
        id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text,
        assignee_id uuid REFERENCES users, status text
    );
    CREATE TABLE files (
        id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, name text, size bigint
    );";

pub(crate) fn catalog(schema: &str) -> Catalog {
    let read = pgpe_catalog::ddl::read_ddl(schema);
    assert_eq!(read.skipped, Vec::new());
    read.catalog
}

pub(crate) fn table(name: &str) -> QualifiedName {
    let (schema, name) = name.split_once('.').unwrap_or(("public", name));
    QualifiedName::new(schema, name)
}

/// All policies of a text with the text of each.
pub(crate) fn policies(text: &str) -> Vec<(Policy, String)> {
    let parse = parse(text);
    let lowered = parse
        .tree()
        .policies()
        .map(|policy| (lower_policy(&policy, parse.is_broken(&policy)), policy.syntax().text().to_string()));
    lowered.collect()
}

pub(crate) fn grants(text: &str) -> Vec<(Grant, String)> {
    let parse = parse(text);
    let lowered = parse
        .tree()
        .grants()
        .map(|grant| (lower_grant(&grant, parse.is_broken(&grant)), grant.syntax().text().to_string()));
    lowered.collect()
}

/// The first policy of a text, which need not begin with its header.
pub(crate) fn policy(text: &str) -> (Policy, String) {
    let text = match text.trim_start().starts_with("POLICY") {
        true => text.trim_start().to_owned(),
        false => format!("POLICY p PERMISSIVE FOR SELECT SELECTOR {text}"),
    };
    policies(&text).into_iter().next().expect("a policy")
}

/// What is wrong with a policy whatever table it governs.
pub(crate) fn policy_problems(policy: &Policy, catalog: Option<&Catalog>, config: &Config) -> Vec<Problem> {
    crate::policy_problems(policy, catalog, &candidates(catalog, config), config)
}

/// What is wrong with a grant.
pub(crate) fn grant_problems(grant: &Grant, catalog: Option<&Catalog>, config: &Config) -> Vec<Problem> {
    crate::grant_problems(grant, catalog, &candidates(catalog, config), config)
}

fn candidates(catalog: Option<&Catalog>, config: &Config) -> Candidates {
    catalog.map(|catalog| Candidates::of(catalog, config)).unwrap_or_default()
}

/// Resolves a policy on all tables that it selects, and compares what is found, then the normal forms.
pub(crate) fn check(text: &str, schema: &str, expected: Expect) {
    check_with(text, schema, &Config::default(), expected);
}

pub(crate) fn check_with(text: &str, schema: &str, config: &Config, expected: Expect) {
    let (policy, text) = policy(text);
    let catalog = catalog(schema);
    let tables = Candidates::of(&catalog, config).selected(policy.selector.as_ref(), &catalog, config);
    let resolutions: Vec<Resolution> =
        tables.iter().map(|table| resolve(&policy, table, &catalog, config)).collect();
    let found = tables.iter().zip(resolutions.iter().map(|resolution| resolution.problems.as_slice()));
    let mut out = problems(&merge(found), &text);
    for (table, resolution) in tables.iter().zip(&resolutions) {
        writeln!(out, "{table}").unwrap();
        out.push_str(&normal_form(resolution));
    }
    expected.assert_eq(&out);
}

/// The same without a schema.
pub(crate) fn check_without_schema(text: &str, expected: Expect) {
    let (policy, text) = policy(text);
    let resolution = resolve_without_schema(&policy, &Config::default());
    let mut out = problems(&resolution.problems, &text);
    out.push_str("any table\n");
    out.push_str(&normal_form(&resolution));
    expected.assert_eq(&out);
}

fn normal_form(resolution: &Resolution) -> String {
    let mut out = String::new();
    match &resolution.policy {
        Some(policy) => {
            out.push_str(&clauses(&policy.using, "  "));
            if let Some(check) = &policy.check {
                out.push_str(&clauses(check, "  WITH CHECK "));
            }
        }
        None => out.push_str("  error\n"),
    }
    for removed in &resolution.removed {
        let why = match &removed.why {
            RemovedWhy::Contradiction { .. } => "contradiction".to_owned(),
            RemovedWhy::AbsorbedBy(other) => format!("absorbed by {other}"),
            RemovedWhy::Duplicate(other) => format!("same as {other}"),
        };
        writeln!(out, "  removed {}: {why}", removed.clause).unwrap();
    }
    out
}

pub(crate) fn clauses(disjunction: &Disjunction, prefix: &str) -> String {
    let shown = disjunction
        .clauses
        .iter()
        .map(|clause| format!("{prefix}{}: {}\n", clause.clause, show::conjunction(clause)));
    shown.collect()
}

pub(crate) fn problems(problems: &[Problem], text: &str) -> String {
    let mut out = String::new();
    for problem in problems {
        let severity = problem.rule.default_severity();
        let at = &text[problem.range];
        writeln!(out, "{severity} {} at `{at}`: {}", problem.rule, problem.message).unwrap();
        if let Some(help) = &problem.help {
            writeln!(out, "  help: {help}").unwrap();
        }
        for related in &problem.related {
            match related {
                RelatedPlace::Here(range, note) => writeln!(out, "  `{}`: {note}", &text[*range]),
                RelatedPlace::Policy(name, note) => writeln!(out, "  policy {name}: {note}"),
                RelatedPlace::Relation(name, note) => writeln!(out, "  {name}: {note}"),
                RelatedPlace::Column(name, column, note) => writeln!(out, "  {name}.{column}: {note}"),
            }
            .unwrap();
        }
        for (title, edits) in &problem.fixes {
            let edits: Vec<_> = edits
                .iter()
                .map(|(range, insert)| pgpe_syntax::TextEdit { range: *range, insert: insert.clone() })
                .collect();
            let fixed = pgpe_syntax::apply_edits(text, &edits);
            writeln!(out, "  fix: {title}: {}", difference(text, &fixed)).unwrap();
        }
        if problem.unnecessary {
            writeln!(out, "  unnecessary").unwrap();
        }
    }
    out
}

/// The text after a fix, from the word where it begins to differ.
fn difference(before: &str, after: &str) -> String {
    let same = before.bytes().zip(after.bytes()).take_while(|(left, right)| left == right).count();
    let start = after[..after.floor_char_boundary(same)].rfind([' ', '\n']).unwrap_or(0);
    format!("…{}", after[start..].split_whitespace().collect::<Vec<_>>().join(" "))
}
