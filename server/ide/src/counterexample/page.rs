//! A counterexample as a document: sessions, rows, the way through the clauses, and SQL that shows it.

use std::ops::Range;
use std::sync::Mutex;

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_proof::counterexample::Counterexample;
use pgpe_proof::judge::Violation;
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::Finding;
use pgpe_report::why::{AtomWhy, ClauseWhy, CommandWhy, PolicyWhy, RowWhy, Seen, Truth};
use pgpe_syntax::{TextRange, TextSize};

use crate::analysis::{Analysis, JudgementCache, judgements_on};
use crate::database::{Cancellable, Db, Project};
use crate::findings;
use crate::findings::violations::About;
use crate::markdown;
use crate::queries::{self, ItemKey, TableKey};
use crate::replay::script::Replaying;
use crate::replay::sessions::Step;
use crate::why::command_why;
use crate::world::DbWorld;

/// A counterexample to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterexamplePage {
    /// On one line.
    pub title: String,
    /// All of it.
    pub markdown: String,
}

impl Analysis {
    /// The counterexample of a rule's finding in a line of a file; `None` if there is no such finding, or none that has
    /// one. `outcome` is as in [`Analysis::check`].
    pub fn counterexample_page(
        &self,
        path: &str,
        line: Range<u32>,
        rule: Rule,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Option<CounterexamplePage>> {
        // The closure only reads from a map of decided outcomes.
        let outcome = std::panic::AssertUnwindSafe(outcome);
        let cache = std::panic::AssertUnwindSafe(&self.judgements);
        self.with(move |db, project| {
            let (outcome, cache) = (outcome, cache);
            let mut found = at(db, project, (path, &line), rule, *outcome, &cache);
            // The finding that begins in the line is meant rather than one that goes on there.
            let begins = |finding: &Finding| {
                finding.place.as_ref().is_some_and(|place| line.contains(&place.range.start))
            };
            found.sort_by_key(|found| !begins(&found.finding));
            let first = found.first()?;
            let others: Vec<&str> = found
                .iter()
                .skip(1)
                .filter(|other| other.finding.place == first.finding.place)
                .filter_map(|other| other.finding.table.as_deref())
                .collect();
            page(db, project, first, &others)
        })
    }
}

/// A violation that has a counterexample, and the finding that it comes to.
struct Found<'db> {
    table: TableKey<'db>,
    violation: Violation,
    finding: Finding,
}

/// What was found in a line.
fn at<'db>(
    db: &'db dyn Db,
    project: Project,
    (path, line): (&str, &Range<u32>),
    rule: Rule,
    outcome: &dyn Fn(&Obligation) -> Option<Outcome>,
    cache: &Mutex<JudgementCache>,
) -> Vec<Found<'db>> {
    let judged = judgements_on(db, project, &tables_at(db, project, path, line), outcome, cache);
    let mut all = Vec::new();
    for (table, _, judgement) in &judged.judgements {
        let Some(governed) = queries::governed(db, project, *table) else { continue };
        let about = About { db, project, table: table.name(db), governed };
        let shown = judgement.violations.iter().filter(|it| it.rule == rule && it.counterexample.is_some());
        for violation in shown {
            let Some(finding) = about.violation(violation) else { continue };
            let touches = finding.place.as_ref().is_some_and(|place| {
                place.file == path && place.range.start < line.end && line.start <= place.range.end
            });
            if touches {
                all.push(Found { table: *table, violation: violation.clone(), finding });
            }
        }
    }
    // What the project suppresses or switches off is not shown either.
    let findings = all.iter().map(|found| found.finding.clone()).collect();
    let kept = findings::finish(db, project, findings, false).findings;
    all.retain(|found| {
        kept.iter().any(|kept| {
            (kept.rule, &kept.message, &kept.place)
                == (found.finding.rule, &found.finding.message, &found.finding.place)
        })
    });
    all
}

/// The tables that findings in a line may be about.
fn tables_at<'db>(db: &'db dyn Db, project: Project, path: &str, line: &Range<u32>) -> Vec<TableKey<'db>> {
    let Some(file) = project.policies(db).iter().find(|file| file.path(db) == path) else {
        return queries::governed_tables(db, project).clone();
    };
    let line = TextRange::new(TextSize::new(line.start), TextSize::new(line.end.max(line.start)));
    let ranges = queries::item_ranges(db, *file).iter().enumerate();
    let here = ranges.filter(|(_, range)| range.intersect(line).is_some());
    let mut tables = Vec::new();
    for (index, _) in here {
        for table in queries::selected(db, project, ItemKey::new(db, *file, index)) {
            let table = TableKey::new(db, table.clone());
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
    }
    tables
}

fn page(db: &dyn Db, project: Project, found: &Found<'_>, others: &[&str]) -> Option<CounterexamplePage> {
    let Found { table, violation, finding } = found;
    let (world, shown) = (DbWorld::new(db, project)?, violation.counterexample.as_deref()?);
    let session = queries::config(db, project).session;
    let name = table.name(db);
    let replaying = Replaying { world: &world, session, table: name, violation, counterexample: shown };
    let title = format!("{} on {name}", finding.rule);
    let mut parts = vec![format!("# {}", markdown::plain(&title)), markdown::plain(&finding.message)];
    parts.extend(finding.help.as_deref().map(markdown::plain));
    if !others.is_empty() {
        parts.push(format!("Likewise on {}.", markdown::list(others)));
    }
    parts.push("## Sessions and rows".to_owned());
    let table_of = finding.counterexample.as_ref();
    parts.extend(table_of.map(|it| markdown::counterexample_table(it, finding.table.as_deref())));
    parts.push("## The way through the policies".to_owned());
    parts.push(format!("{}.", markdown::plain(&capitalized(&replaying.expectation()))));
    for step in replaying.steps() {
        parts.push(way(&world, name, shown, &step));
    }
    parts.extend(policies(db, project, *table, violation, shown));
    if let Some(script) = replaying.script(finding) {
        parts.push("## Replay".to_owned());
        parts.push(
            "Shows it on a real server, for a superuser, in one transaction that is rolled back. It fails where \
             it does not show."
                .to_owned(),
        );
        parts.push(markdown::sql(&script));
    }
    Some(CounterexamplePage { title, markdown: parts.join("\n\n") + "\n" })
}

fn capitalized(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What each policy and clause says of the row in a session.
fn way(world: &DbWorld<'_>, table: &QualifiedName, shown: &Counterexample, step: &Step<'_>) -> String {
    let given = (&shown.row, step.session, shown.witnesses.as_slice());
    let why = command_why(world, table, given, (step.command, step.side));
    let head =
        format!("### Session {}: {} – the row {}", step.number, step.command.keyword(), why.outcome.words());
    let mut lines = vec![head, String::new()];
    lines.extend(why.because.iter().map(|reason| format!("- {}", markdown::plain(reason))));
    lines.extend(clauses(&why));
    lines.join("\n")
}

fn clauses(why: &CommandWhy) -> Vec<String> {
    let mut lines = Vec::new();
    for policy in &why.policies {
        policy_lines(&mut lines, policy);
    }
    lines
}

fn policy_lines(lines: &mut Vec<String>, policy: &PolicyWhy) {
    let truth = match policy.truth {
        None => "does not apply to this session".to_owned(),
        Some(truth) => format!("**{}**", truth.words()),
    };
    lines.push(format!("- {} ({}): {truth}", markdown::code(&policy.policy), policy.kind));
    for clause in &policy.clauses {
        clause_lines(lines, clause);
    }
}

fn clause_lines(lines: &mut Vec<String>, clause: &ClauseWhy) {
    lines.push(format!("  - **{}** {}", clause.truth.words(), markdown::code(&clause.text)));
    match clause.atoms.as_slice() {
        // It is the clause.
        [atom] => reasons(lines, 2, atom),
        atoms => atoms.iter().for_each(|atom| atom_lines(lines, 2, atom)),
    }
}

fn atom_lines(lines: &mut Vec<String>, depth: usize, atom: &AtomWhy) {
    let text = format!("**{}** {}", atom.truth.words(), markdown::code(&atom.text));
    lines.push(bullet(depth, &text));
    reasons(lines, depth + 1, atom);
}

fn reasons(lines: &mut Vec<String>, depth: usize, atom: &AtomWhy) {
    lines.extend(atom.values.iter().map(|value| bullet(depth, &seen(value))));
    lines.extend(atom.because.iter().map(|reason| bullet(depth, &markdown::plain(reason))));
    atom.rows.iter().for_each(|row| row_lines(lines, depth, row));
}

fn row_lines(lines: &mut Vec<String>, depth: usize, row: &RowWhy) {
    let columns: Vec<String> = row.row.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let columns = markdown::code(&columns.join(", "));
    let linked = if row.linked == Truth::True { "" } else { ", if it is the one" };
    lines.push(bullet(depth, &format!("row of {}: {columns}{linked}", markdown::code(&row.table))));
    row.atoms.iter().for_each(|atom| atom_lines(lines, depth + 1, atom));
    if row.visible != Truth::True {
        let text = format!("**{}** the table's own policies for SELECT", row.visible.words());
        lines.push(bullet(depth + 1, &text));
    }
}

fn seen(value: &Seen) -> String {
    let of = markdown::code(&value.of);
    let because = value.because.as_deref().map(markdown::plain);
    match (&value.value, because) {
        (Some(value), None) => format!("{of} is {}", markdown::code(value)),
        (Some(value), Some(because)) => format!("{of} is {}: {because}", markdown::code(value)),
        (None, because) => because.unwrap_or_else(|| format!("{of} is not known")),
    }
}

fn bullet(depth: usize, text: &str) -> String {
    format!("{}- {text}", "  ".repeat(depth))
}

/// The SQL of the policies that let the sessions in; where none does, of all of the table.
fn policies(
    db: &dyn Db,
    project: Project,
    table: TableKey<'_>,
    violation: &Violation,
    shown: &Counterexample,
) -> Option<String> {
    let governed = queries::governed(db, project, table).as_ref()?;
    let compiled = queries::compiled(db, project, table).as_ref()?;
    let spot = match violation.spot {
        pgpe_proof::judge::Spot::Clause(policy, ..) | pgpe_proof::judge::Spot::Policy(policy) => Some(policy),
        pgpe_proof::judge::Spot::Table => None,
    };
    let let_in = shown.let_in.iter().flatten().map(|(policy, _)| *policy).chain(spot);
    let names: Vec<&str> = let_in
        .filter_map(|policy| governed.table.policies.get(policy))
        .map(|policy| policy.policy.as_str())
        .collect();
    let is_meant =
        |policy: &&pgpe_sqlgen::CompiledPolicy| names.is_empty() || names.contains(&policy.policy.as_str());
    let statements: Vec<&str> =
        compiled.policies.iter().filter(is_meant).map(|policy| policy.statement.as_str()).collect();
    (!statements.is_empty()).then(|| format!("## SQL\n\n{}", markdown::sql(&statements.join("\n\n"))))
}

#[cfg(test)]
mod tests;
