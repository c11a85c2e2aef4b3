//! Proofs on what is applied, and the record of it.

use pgpe_config::{Config, Rule, Severity};
use pgpe_database::{Circumstances, Plan, Record, RecordError, RecordedVerdict};
use pgpe_ide::Checked;
use pgpe_report::Verdict;

use crate::observe::Observed;

/// Proofs on the plan's tables that have FAILED or are UNKNOWN, if that is an error in this project.
pub fn unproven(checked: &Checked, plan: &Plan, config: &Config) -> Vec<String> {
    let is_error =
        |rule: Rule| rule == Rule::TenantIsolation || config.severity(rule) == Some(Severity::Error);
    let concerned = checked.tables.iter().filter(|table| {
        plan.tables.iter().any(|it| it.name.schema == table.schema && it.name.name == table.table)
    });
    let found = concerned.flat_map(|table| {
        table.commands.iter().flat_map(move |(command, verdicts)| {
            let bad = verdicts.verdicts.iter().filter(move |(rule, verdict)| {
                is_error(**rule) && matches!(verdict, Verdict::Failed | Verdict::Unknown)
            });
            bad.map(move |(rule, verdict)| {
                format!("{} {verdict} for {command} on {}.{}", rule.id(), table.schema, table.table)
            })
        })
    });
    found.collect()
}

/// Records what is on the target now, unless that is recorded already and nothing was done. `checked` is what
/// was proved, `allowed_unproven` whether it was applied in spite of that.
pub fn record(
    plan: &Plan,
    observed: &Observed,
    checked: &Checked,
    allowed_unproven: bool,
) -> Result<(), RecordError> {
    let circumstances = Circumstances {
        target: observed.name.clone(),
        applied_at: jiff::Timestamp::now().to_string(),
        applied_by: whoami::username().unwrap_or_default(),
        database: observed.found.server.database.clone(),
        identity: observed.identity(),
        role: observed.found.server.current_role.clone(),
        allowed_unproven,
        verdicts: verdicts(checked),
    };
    let after = plan.catalog_after(&observed.found.catalog);
    let record =
        Record::new(&observed.expected, &after, &plan.hash(), observed.record.as_ref(), circumstances);
    let is_known = observed.record.as_ref().is_some_and(|previous| previous.says_the_same(&record));
    if plan.is_empty() && is_known {
        return Ok(());
    }
    record.store(&observed.record_path)
}

fn verdicts(checked: &Checked) -> Vec<RecordedVerdict> {
    let tables = checked.tables.iter().flat_map(|table| {
        table.commands.iter().flat_map(move |(command, verdicts)| {
            verdicts.verdicts.iter().map(move |(rule, verdict)| RecordedVerdict {
                table: format!("{}.{}", table.schema, table.table),
                command: command.clone(),
                proof: rule.id().to_owned(),
                verdict: verdict.to_string(),
            })
        })
    });
    tables.collect()
}
