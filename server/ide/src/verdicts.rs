//! Verdicts as the rows of a report.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::Command;
use pgpe_config::Rule;
use pgpe_proof::judge::{Judgement, Verdict};
use pgpe_proof::plan::{IsolationScope, Plan};
use pgpe_report::{CommandVerdicts, TableVerdicts};

use crate::database::{Db, Project};
use crate::findings::proofs::Judgements;
use crate::findings::removable::Removable;
use crate::queries;

/// The verdicts on all tables, for reports.
pub(crate) fn tables(db: &dyn Db, project: Project, judgements: &Judgements<'_>) -> Vec<TableVerdicts> {
    let removable = Removable::of(db, project, judgements);
    judgements
        .iter()
        .map(|(table, plan, judgement)| {
            let name = table.name(db);
            let policies = queries::policies_of_table(db, project, *table)
                .map(|(_, policy)| policy.name.value.clone())
                .collect();
            let commands = Command::ALL
                .into_iter()
                .map(|command| {
                    let mut verdicts = command_verdicts(plan, judgement, command);
                    if let (false, Some(verdict)) =
                        (plan.denied.contains(&command), removable.verdict(db, project, *table, command))
                    {
                        verdicts.verdicts.insert(Rule::Redundancy, report_verdict(verdict));
                    }
                    (command.keyword().to_owned(), verdicts)
                })
                .collect();
            TableVerdicts {
                schema: name.schema.clone(),
                table: name.name.clone(),
                policies,
                commands,
                notes: notes(plan, judgement),
            }
        })
        .collect()
}

fn command_verdicts(plan: &Plan, judgement: &Judgement, command: Command) -> CommandVerdicts {
    let mut verdicts = CommandVerdicts::default();
    let Some(judged) = judgement.commands.get(&command) else { return verdicts };
    let convert = |verdicts: &BTreeMap<Rule, Verdict>| {
        verdicts.iter().map(|(rule, verdict)| (*rule, report_verdict(*verdict))).collect::<BTreeMap<_, _>>()
    };
    verdicts.verdicts = convert(&judged.verdicts);
    let covered = if plan.denied.contains(&command) { Verdict::Failed } else { Verdict::Proven };
    verdicts.verdicts.insert(Rule::Coverage, report_verdict(covered));
    verdicts.by_role =
        judged.by_role.iter().map(|(role, verdicts)| (role.clone(), convert(verdicts))).collect();
    verdicts
}

fn notes(plan: &Plan, judgement: &Judgement) -> Vec<String> {
    let mut notes = Vec::new();
    match &plan.isolation {
        IsolationScope::Exempt(reason) => notes.push(format!("exempt from isolation: {reason}")),
        IsolationScope::Inside { owned: false } => notes
            .push("nothing says whose a row is: isolation means that no two tenants share a row".to_owned()),
        IsolationScope::Inside { owned: true } | IsolationScope::Outside => {}
    }
    let reasons: BTreeSet<&String> =
        judgement.unknown.values().flat_map(BTreeMap::values).flatten().collect();
    notes.extend(reasons.into_iter().map(|reason| format!("not known: {reason}")));
    notes
}

fn report_verdict(verdict: Verdict) -> pgpe_report::Verdict {
    match verdict {
        Verdict::Proven => pgpe_report::Verdict::Proven,
        Verdict::Failed => pgpe_report::Verdict::Failed,
        Verdict::Unknown => pgpe_report::Verdict::Unknown,
        Verdict::Denied => pgpe_report::Verdict::Denied,
        Verdict::Exempt => pgpe_report::Verdict::Exempt,
    }
}
