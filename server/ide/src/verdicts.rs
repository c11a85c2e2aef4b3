//! Verdicts as the rows of a report.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_proof::Fact;
use pgpe_proof::grounds::Grounds;
use pgpe_proof::judge::{Judgement, Verdict};
use pgpe_proof::plan::{IsolationScope, Plan};
use pgpe_report::{Assumption, CommandVerdicts, TableVerdicts};

use crate::database::{Db, Project};
use crate::ledger::Ledger;
use crate::queries;
use crate::ways_round::WaysRound;

/// The verdicts on all tables, for reports.
pub(crate) fn tables(db: &dyn Db, project: Project, ledger: &Ledger) -> Vec<TableVerdicts> {
    let Some(catalog) = queries::catalog(db, project) else { return Vec::new() };
    let judgements = ledger.judgements(db);
    let governed = judgements.iter().map(|(table, _, _)| table.name(db)).collect();
    // The project's policies are applied with FORCE.
    let ways = WaysRound::of(catalog, &governed, |_| true);
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
                    let mut verdicts = command_verdicts((catalog, &ways), plan, judgement, command);
                    if let (false, Some(verdict)) =
                        (plan.denied.contains(&command), ledger.redundancy(db, project, *table, command))
                    {
                        verdicts.verdicts.insert(Rule::Redundancy, report_verdict(verdict));
                    }
                    (command.keyword().to_owned(), verdicts)
                })
                .collect();
            TableVerdicts {
                schema: name.schema.to_string(),
                table: name.name.to_string(),
                policies,
                commands,
                notes: notes(plan, judgement),
            }
        })
        .collect()
}

fn command_verdicts(
    schema: (&Catalog, &WaysRound),
    plan: &Plan,
    judgement: &Judgement,
    command: Command,
) -> CommandVerdicts {
    let mut verdicts = CommandVerdicts::default();
    let Some(judged) = judgement.commands.get(&command) else { return verdicts };
    let convert = |verdicts: &BTreeMap<Rule, Verdict>| {
        verdicts.iter().map(|(rule, verdict)| (*rule, report_verdict(*verdict))).collect::<BTreeMap<_, _>>()
    };
    verdicts.verdicts = convert(&judged.verdicts);
    let covered = if plan.denied.contains(&command) { Verdict::Failed } else { Verdict::Proven };
    verdicts.verdicts.insert(Rule::Coverage, report_verdict(covered));
    verdicts.assumptions = judged
        .grounds
        .iter()
        .map(|(rule, grounds)| (*rule, assumptions(schema, &judgement.table, grounds)))
        .collect();
    verdicts.by_role =
        judged.by_role.iter().map(|(role, verdicts)| (role.clone(), convert(verdicts))).collect();
    verdicts
}

/// What a proof about a table rests on, for reports.
fn assumptions(
    (catalog, ways): (&Catalog, &WaysRound),
    table: &QualifiedName,
    grounds: &Grounds,
) -> BTreeSet<Assumption> {
    let facts = grounds.facts.iter().filter_map(|fact| fact_as_assumption(catalog, fact));
    let settings =
        grounds.settings.iter().map(|setting| Assumption::TrustedSetting { setting: setting.clone() });
    let in_force =
        grounds.governed.iter().map(|governed| Assumption::ForcedRowSecurity { table: governed.to_string() });
    let complete = grounds
        .governed
        .iter()
        .map(|governed| Assumption::NoOtherPermissivePolicy { table: governed.to_string() });
    let protected =
        grounds.unprotected.iter().map(|table| Assumption::WriteProtected { table: table.to_string() });
    let roles = grounds.roles.iter().map(|role| Assumption::NoOtherMembership { role: role.clone() });
    let bypass = grounds.governed.contains(table).then_some(Assumption::NoBypassRls);
    let ways = bypass.is_some().then(|| ways.round(table));
    facts
        .chain(settings)
        .chain(in_force)
        .chain(complete)
        .chain(protected)
        .chain(roles)
        .chain(bypass)
        .chain(ways.into_iter().flatten().cloned())
        .collect()
}

fn fact_as_assumption(catalog: &Catalog, fact: &Fact) -> Option<Assumption> {
    let relation = |table: &QualifiedName| catalog.relations.get(table);
    Some(match fact {
        Fact::Membership { member, group } => {
            Assumption::Membership { member: member.clone(), group: group.clone() }
        }
        Fact::NotNull { table, column } => {
            Assumption::NotNull { table: table.to_string(), column: column.to_string() }
        }
        Fact::Key { table, key } => {
            let key = relation(table)?.keys.iter().find(|known| known.name == *key)?;
            Assumption::UniqueKey { table: table.to_string(), columns: key.columns.clone() }
        }
        Fact::ForeignKey { table, constraint } => {
            let key = relation(table)?.foreign_keys.iter().find(|known| known.name == *constraint)?;
            Assumption::ForeignKey {
                table: table.to_string(),
                columns: key.columns.clone(),
                target: key.target.to_string(),
            }
        }
    })
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

/// A verdict as reports call it.
pub(crate) fn report_verdict(verdict: Verdict) -> pgpe_report::Verdict {
    match verdict {
        Verdict::Proven => pgpe_report::Verdict::Proven,
        Verdict::Failed => pgpe_report::Verdict::Failed,
        Verdict::Unknown => pgpe_report::Verdict::Unknown,
        Verdict::Denied => pgpe_report::Verdict::Denied,
        Verdict::Exempt => pgpe_report::Verdict::Exempt,
    }
}
