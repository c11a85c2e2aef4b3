//! Proofs on what is applied, and the record of it.

use pgpe_config::{Config, Rule, Severity};
use pgpe_database::{Circumstances, Plan, Record, RecordError, RecordedVerdict};
use pgpe_ide::Checked;
use pgpe_report::{Finding, TableVerdicts, Verdict};

use crate::observe::Observed;

/// Proofs on the plan's tables that have FAILED or are UNKNOWN, in words, where that is an error in this project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unproven {
    /// What speaks against applying.
    pub open: Vec<String>,
    /// What has FAILED and is accepted with a reason: every finding of it, by a comment or the configuration.
    pub accepted: Vec<String>,
}

/// What of a plan is not proved. That something is not known is never accepted: there is nothing that a reason
/// could be about.
pub fn unproven(checked: &Checked, plan: &Plan, config: &Config) -> Unproven {
    let is_error =
        |rule: Rule| rule == Rule::TenantIsolation || config.severity(rule) == Some(Severity::Error);
    let concerned = checked.tables.iter().filter(|table| {
        plan.tables.iter().any(|it| it.name.schema == table.schema && it.name.name == table.table)
    });
    let mut unproven = Unproven::default();
    for table in concerned {
        for (command, verdicts) in &table.commands {
            for (rule, verdict) in verdicts.verdicts.iter().filter(|(rule, _)| is_error(**rule)) {
                let list = match verdict {
                    Verdict::Failed if is_accepted(checked, *rule, table, command) => &mut unproven.accepted,
                    Verdict::Failed | Verdict::Unknown => &mut unproven.open,
                    Verdict::Proven | Verdict::Denied | Verdict::Exempt => continue,
                };
                let name = format!("{}.{}", table.schema, table.table);
                list.push(format!("{} {verdict} for {command} on {name}", rule.id()));
            }
        }
    }
    unproven
}

/// Whether all that is found of a rule on a table and command is accepted, and there is such a finding.
fn is_accepted(checked: &Checked, rule: Rule, table: &TableVerdicts, command: &str) -> bool {
    let name = format!("{}.{}", table.schema, table.table);
    let tells = |finding: &Finding| {
        let of_table = match (&finding.table, &finding.policy) {
            (Some(told), _) => *told == name,
            // Told once for all tables of a policy.
            (None, Some(policy)) => table.policies.contains(policy),
            (None, None) => true,
        };
        let commands = finding.command.as_deref();
        let of_command = commands.is_none_or(|commands| commands.split(", ").any(|it| it == command));
        finding.rule == rule && of_table && of_command
    };
    checked.accepted.iter().any(tells) && !checked.findings.iter().any(tells)
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
