//! Plans as text for people.

use std::collections::BTreeMap;

use pgpe_database::{Effect, Lock, Plan, Step, TablePlan};

use crate::counted;
use crate::drift_text::indented;

/// The whole plan.
pub fn plan(plan: &Plan) -> String {
    let statements = plan.steps().count();
    let mut text = format!(
        "plan for {}: {} on {}\n",
        plan.target,
        counted(statements, "statement"),
        counted(plan.tables.len(), "table")
    );
    for table in &plan.tables {
        text.push('\n');
        text.push_str(&table_plan(table));
    }
    text.push_str(&gone(plan));
    text
}

/// What was the project's and stays for now; empty if there is nothing.
pub fn gone(plan: &Plan) -> String {
    if plan.gone.is_empty() {
        return String::new();
    }
    let mut text =
        "\napplied from this project once and gone from the source; kept, unless --prune is given:\n"
            .to_owned();
    for gone in &plan.gone {
        text.push_str(&indented(&gone.removal));
    }
    text
}

fn table_plan(table: &TablePlan) -> String {
    let mut text = format!("{}\n", table.name);
    for step in &table.steps {
        text.push_str(&indented(&step_text(step)));
    }
    for blocker in &table.blockers {
        text.push_str(&format!("  in the way: {}\n", blocker.describe()));
    }
    text
}

fn step_text(step: &Step) -> String {
    let mut text = format!("{}\n", step.sql);
    if !step.locks.is_empty() {
        let locks: Vec<String> = step.locks.iter().map(lock).collect();
        text.push_str(&format!("  locks {}\n", locks.join(", ")));
    }
    for (effect, what) in by_effect(&step.effects) {
        let whose = step.concerns().map(|whose| format!(" for the {whose}")).unwrap_or_default();
        text.push_str(&format!("  {} {}{whose}\n", effect.word(), what.join(", ")));
    }
    text.push_str("  undone by\n");
    for statement in &step.inverse {
        text.push_str(&indented(&indented(statement)));
    }
    text
}

fn lock(lock: &Lock) -> String {
    format!("{}.{} ({})", lock.schema, lock.table, lock.mode.name())
}

fn by_effect(effects: &BTreeMap<String, Effect>) -> BTreeMap<Effect, Vec<&str>> {
    let mut found: BTreeMap<Effect, Vec<&str>> = BTreeMap::new();
    for (command, effect) in effects {
        found.entry(*effect).or_default().push(command);
    }
    found
}
