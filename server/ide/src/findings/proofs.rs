//! What the solver's answers come to, as findings.

use std::sync::Arc;

use pgpe_config::Rule;
use pgpe_proof::goal::Block;
use pgpe_proof::judge::{Judgement, Spot, Violation};
use pgpe_proof::plan::Plan;
use pgpe_report::Finding;

use super::dead_clauses;
use super::violations::About;
use crate::database::{Db, Project};
use crate::queries::{self, Item, ItemKey, TableKey};

/// The judgements on some tables.
pub(crate) type Judgements<'db> = Vec<(TableKey<'db>, Arc<Plan>, Arc<Judgement>)>;

/// What the judgement on a table says, as findings. `is_dead` tells clauses that never hold on any table of their policy:
/// those have findings of their own.
pub(crate) fn table_findings<'db>(
    db: &'db dyn Db,
    project: Project,
    table: TableKey<'db>,
    (plan, judgement): (&Plan, &Judgement),
    is_dead: &dyn Fn(ItemKey<'db>, Block, usize) -> bool,
) -> Vec<Finding> {
    let Some(governed) = queries::governed(db, project, table) else { return Vec::new() };
    let about = About { db, project, table: table.name(db), governed };
    let mut findings = Vec::new();
    for violation in &judgement.violations {
        if !dead_clauses::explain(governed, violation, is_dead) && !is_told_by_policy(judgement, violation) {
            findings.extend(about.violation(violation));
        }
    }
    findings.extend(about.unknown(judgement));
    findings.extend(about.denied(plan));
    findings.extend(about.owner());
    findings
}

/// The effective predicate lets everything pass because one policy does, which is said there.
fn is_told_by_policy(judgement: &Judgement, violation: &Violation) -> bool {
    violation.rule == Rule::Tautology
        && violation.spot == Spot::Table
        && judgement.violations.iter().any(|other| {
            other.rule == Rule::Tautology
                && matches!(other.spot, Spot::Policy(_))
                && violation.commands.iter().all(|command| other.commands.contains(command))
        })
}

/// The range of a clause in its item.
pub(super) fn clause_range(
    db: &dyn Db,
    key: ItemKey<'_>,
    block: Block,
    clause: usize,
) -> Option<pgpe_syntax::TextRange> {
    let Some(Item::Policy(policy)) = queries::item(db, key) else { return None };
    let clauses = match block {
        Block::Using => &policy.clauses,
        Block::Check => &policy.check.as_ref()?.value,
    };
    clauses.get(clause).map(|clause| clause.range)
}
