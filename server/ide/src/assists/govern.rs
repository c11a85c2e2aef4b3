//! A policy for a table without any: its rows are the session's own by its owner column, or by its foreign keys.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_report::Finding;

use super::context::{Context, PolicyAt};
use super::owner_condition::{self, OwnerCondition};
use super::{AssistKind, Assists, layout};
use crate::findings::schema;

/// How many tables are offered beside one policy.
const MOST: usize = 3;

/// Mends what is said of a table that no policy governs.
pub(super) fn mend(assists: &mut Assists<'_, '_>, finding: &Finding) {
    // Of tables that are governed, single commands are told.
    if !matches!(finding.rule, Rule::Coverage | Rule::UnprotectedPath) || finding.command.is_some() {
        return;
    }
    let context = assists.context;
    let Some(table) = context.table_of(finding) else { return };
    let Some(owner) = owner_condition::of(context, &table, &table.schema) else { return };
    let Some(path) = fitting_file(context, &owner) else { return };
    let title = format!(
        "Write a policy for {table} in {path}: rows belong to whom {} names (narrows access)",
        owner.way
    );
    assists.mend(title, finding, || {
        let files = context.project.policies(context.db);
        let file = files.iter().find(|file| *file.path(context.db) == path)?;
        Some(vec![layout::appended(&path, file.text(context.db), &policy(context, &table, &owner)?)])
    });
}

/// Offers policies for tables whose rows belong to rows that a policy governs.
pub(super) fn beside(assists: &mut Assists<'_, '_>, policy: &PolicyAt<'_>) {
    let context = assists.context;
    let governed = context.tables(policy);
    let mut offered = 0;
    for table in schema::uncovered(context.db, context.project) {
        let Some(owner) = owner_condition::of(context, &table, &table.schema) else { continue };
        if !owner.through.as_ref().is_some_and(|target| governed.contains(target)) {
            continue;
        }
        let title =
            format!("Write a policy for {table}: rows belong to whom {} names (narrows access)", owner.way);
        assists.add((AssistKind::Rewrite, title), None, || {
            let text = self::policy(context, &table, &owner)?;
            Some(vec![layout::added_after(policy, &text)])
        });
        offered += 1;
        if offered == MOST {
            return;
        }
    }
}

/// Where the policies of the table stand that the way to the owner leads through; else the first file.
fn fitting_file(context: &Context<'_>, owner: &OwnerCondition) -> Option<String> {
    let governs = |policy: &PolicyAt<'_>| {
        owner.through.as_ref().is_some_and(|target| context.tables(policy).contains(target))
    };
    let beside = context.policies().find(governs).map(|policy| policy.whole().file);
    beside.or_else(|| Some(context.project.policies(context.db).first()?.path(context.db).clone()))
}

fn policy(context: &Context<'_>, table: &QualifiedName, owner: &OwnerCondition) -> Option<String> {
    let name = pgpe_import::written_name(&context.unused_name(&format!("own_{}", table.name)));
    let (selector, condition) = (context.selector_of(table)?, &owner.text);
    Some(format!("POLICY {name} PERMISSIVE FOR ALL SELECTOR {selector} CLAUSE {condition}\n"))
}
