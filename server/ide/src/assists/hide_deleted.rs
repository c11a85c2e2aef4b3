//! Rows marked as deleted: a policy that hides them, or a way to see them for the sessions that mark them.

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::{Rule, SoftDelete};
use pgpe_policy::resolved::{Atom, CompareOp, Literal, Operand};
use pgpe_policy::show;
use pgpe_policy::source::CommandSet;
use pgpe_report::Finding;

use super::context::{Context, PolicyAt, block};
use super::{Assists, add_check, layout};
use crate::queries;

/// The setting of sessions that see marked rows.
const SETTING: &str = "app.show_deleted";

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    if finding.rule != Rule::SoftDelete {
        return;
    }
    let context = assists.context;
    let Some(policy) = context.policy_of(finding) else { return };
    let Some(table) = context.table_of(finding) else { return };
    for mark in &queries::config(context.db, context.project).soft_delete {
        let column = &mark.column;
        if finding.message.contains(&format!("that {column} marks as deleted are visible")) {
            hide(assists, finding, (&policy, &table, mark));
        }
        if finding.message.ends_with(&format!(" as deleted by {column}")) {
            show_to_some(assists, finding, &policy);
        }
    }
}

fn hide(
    assists: &mut Assists<'_, '_>,
    finding: &Finding,
    (policy, table, mark): (&PolicyAt<'_>, &QualifiedName, &SoftDelete),
) {
    let context = assists.context;
    let Some(unmarked) = unmarked(context, table, mark) else { return };
    let title = format!("Hide rows marked by `{}` by a restrictive policy (narrows access)", mark.column);
    assists.mend(title, finding, || {
        let name = pgpe_import::written_name(&context.unused_name(&format!("hide_deleted_{}", table.name)));
        let (selector, clauses) = (context.selector_of(table)?, block(&unmarked));
        let text = format!("POLICY {name} RESTRICTIVE FOR SELECT SELECTOR {selector} {clauses}\n");
        Some(vec![layout::added_after(policy, &text)])
    });
}

/// The clauses that rows pass which are not marked.
fn unmarked(context: &Context<'_>, table: &QualifiedName, mark: &SoftDelete) -> Option<Vec<String>> {
    let catalog = context.catalog()?;
    let column = catalog.relations.get(table)?.column(&mark.column)?;
    let atom = pgpe_policy::resolve_mark(mark, table, catalog).ok()?;
    let is_test = matches!(atom, Atom::Null { .. });
    let opposite = match atom {
        Atom::Null { operand, negated } => Atom::Null { operand, negated: !negated },
        Atom::Compare { left, op: CompareOp::Eq, right: Operand::Literal(Literal::Boolean(value)), ty } => {
            let right = Operand::Literal(Literal::Boolean(!value));
            Atom::Compare { left, op: CompareOp::Eq, right, ty }
        }
        Atom::Compare { left, op: CompareOp::Eq, right, ty } => {
            Atom::Compare { left, op: CompareOp::Ne, right, ty }
        }
        Atom::Compare { left, op: CompareOp::Ne, right, ty } => {
            Atom::Compare { left, op: CompareOp::Eq, right, ty }
        }
        _ => return None,
    };
    let mut clauses = vec![show::atom(&opposite)];
    if !is_test && !column.not_null {
        let operand = Operand::Column { name: column.name.clone(), ty: None };
        clauses.push(show::atom(&Atom::Null { operand, negated: false }));
    }
    Some(clauses)
}

fn show_to_some(assists: &mut Assists<'_, '_>, finding: &Finding, policy: &PolicyAt<'_>) {
    let hides = !policy.is_permissive()
        && policy.source.commands == Some(CommandSet::default().with(Command::Select))
        && policy.is_named_by(finding);
    let Some(last) = policy.source.clauses.last().filter(|_| hides) else { return };
    let title = format!("Show marked rows to sessions that set `{SETTING}` to `yes` (widens access)");
    let clause = format!("\n  OR CLAUSE session('{SETTING}') = lit('yes')");
    assists.mend(title, finding, || Some(vec![policy.insert(add_check::behind(policy, last.range), clause)]));
}
