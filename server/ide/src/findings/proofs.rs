//! Verdicts as findings and as the rows of a report.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::{Rule, Severity};
use pgpe_policy::source::PolicyKind;
use pgpe_proof::judge::{Judgement, Spot, Verdict, Violation, ViolationKind};
use pgpe_proof::owner::{Owner, OwnerPath, owner_of};
use pgpe_proof::plan::{IsolationScope, Plan};
use pgpe_proof::question::Block;
use pgpe_report::{CommandVerdicts, Finding, Place, Related, TableVerdicts};

use super::{place_in, policy_name, policy_name_place, schema};
use crate::counterexample;
use crate::database::{Db, Project};
use crate::queries::{self, Governed, Item, ItemKey, TableKey};

/// The judgements on all governed tables.
pub(crate) type Judgements<'db> = Vec<(TableKey<'db>, &'db Plan, std::sync::Arc<Judgement>)>;

/// What the judgements say, as findings.
pub(crate) fn findings(db: &dyn Db, project: Project, judgements: &Judgements<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let dead = DeadClauses::of(db, project, judgements);
    findings.extend(dead.findings(db));
    for (table, plan, judgement) in judgements {
        let Some(governed) = queries::governed(db, project, *table) else { continue };
        let about = About { db, project, table: table.name(db), governed };
        for violation in &judgement.violations {
            if !dead.explains(governed, violation) && !is_told_by_policy(judgement, violation) {
                findings.extend(about.violation(violation));
            }
        }
        findings.extend(about.unknown(judgement));
        findings.extend(about.denied(plan));
        findings.extend(about.owner());
    }
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

/// Clauses that never hold on any of their policy's tables. One that holds on some is no mistake: a policy
/// may select tables that differ.
struct DeadClauses<'db> {
    /// The tables of each, in source order.
    dead: Vec<(ItemKey<'db>, Block, usize, Vec<QualifiedName>)>,
}

impl<'db> DeadClauses<'db> {
    fn of(db: &'db dyn Db, project: Project, judgements: &Judgements<'db>) -> DeadClauses<'db> {
        let mut dead: Vec<(ItemKey<'db>, Block, usize, Vec<QualifiedName>)> = Vec::new();
        for (table, _, judgement) in judgements {
            let Some(governed) = queries::governed(db, project, *table) else { continue };
            for violation in &judgement.violations {
                let (Rule::Contradiction, Spot::Clause(policy, block, clause)) =
                    (violation.rule, &violation.spot)
                else {
                    continue;
                };
                let Some(key) = governed.keys.get(*policy) else { continue };
                let name = table.name(db).clone();
                match dead.iter_mut().find(|known| (known.0, known.1, known.2) == (*key, *block, *clause)) {
                    Some(known) => known.3.push(name),
                    None => dead.push((*key, *block, *clause, vec![name])),
                }
            }
        }
        dead.retain(|(key, .., tables)| {
            let judged = judgements.iter().filter(|(table, ..)| {
                queries::governed(db, project, *table)
                    .as_ref()
                    .is_some_and(|governed| governed.keys.contains(key))
            });
            tables.len() == judged.count()
        });
        DeadClauses { dead }
    }

    fn findings(&self, db: &'db dyn Db) -> Vec<Finding> {
        self.dead
            .iter()
            .filter_map(|(key, block, clause, tables)| {
                let range = clause_range(db, *key, *block, *clause)?;
                let tables = pgpe_policy::on_tables(tables);
                let mut finding = Finding::new(
                    Rule::Contradiction,
                    format!("this clause never holds{tables}: no row passes it"),
                );
                finding.place = Some(place_in(db, *key, range));
                finding.policy = policy_name(db, *key).map(str::to_owned);
                finding.unnecessary = true;
                finding.help =
                    Some("remove the clause, or the condition that excludes the others".to_owned());
                Some(finding)
            })
            .collect()
    }

    /// Whether the violation is told by the findings about clauses: it is one of them, or nothing passes
    /// because no clause ever holds.
    fn explains(&self, governed: &Governed<'db>, violation: &Violation) -> bool {
        if violation.rule != Rule::Contradiction {
            return false;
        }
        let is_dead = |policy: usize, clause: usize| {
            governed.keys.get(policy).is_some_and(|key| {
                self.dead.iter().any(|known| (known.0, known.1, known.2) == (*key, Block::Using, clause))
            })
        };
        match violation.spot {
            // Dead on this table alone: not reported.
            Spot::Clause(..) => true,
            _ => governed.table.policies.iter().enumerate().all(|(index, policy)| {
                policy.kind == PolicyKind::Restrictive
                    || !violation.commands.iter().any(|command| policy.commands.contains(*command))
                    || policy.using.clauses.iter().all(|clause| is_dead(index, clause.clause))
            }),
        }
    }
}

fn clause_range(
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

/// Findings about one table.
struct About<'db, 'a> {
    db: &'db dyn Db,
    project: Project,
    table: &'a QualifiedName,
    governed: &'a Governed<'db>,
}

impl About<'_, '_> {
    fn violation(&self, violation: &Violation) -> Option<Finding> {
        let table = self.table;
        let commands = list(&violation.commands);
        let (message, help) = match &violation.kind {
            ViolationKind::ForeignRows(owners) => (
                format!(
                    "a session reaches rows of {table} that are not its own through this clause ({commands})"
                ),
                format!(
                    "a row belongs to whom {} names: compare that with the session's key",
                    owners.join(" or ")
                ),
            ),
            ViolationKind::SharedRows => (
                format!("sessions of different tenants reach the same rows of {table} ({commands})"),
                "nothing says whose a row is: give the table an owner column, or exempt it with a reason"
                    .to_owned(),
            ),
            ViolationKind::NeverPasses => (
                format!("no row of {table} ever passes for {commands}, although permissive policies exist"),
                "the restrictive policies exclude all that the permissive ones let through".to_owned(),
            ),
            ViolationKind::AlwaysPasses => (
                format!("every row of {table} passes in every session ({commands})"),
                "compare a column with a session setting, or remove the policy if that is meant".to_owned(),
            ),
            ViolationKind::CoveredBy(other) => self.covered(&violation.spot, *other)?,
        };
        let mut finding = Finding::new(violation.rule, message);
        finding.help = Some(help);
        finding.table = Some(table.to_string());
        finding.command = Some(commands);
        (finding.place, finding.policy) = self.spot(&violation.spot);
        finding.unnecessary = violation.rule == Rule::Subsumption;
        if let ViolationKind::CoveredBy(other) = violation.kind {
            finding.command = None;
            finding.related.extend(self.covering(&violation.spot, other));
        }
        finding.counterexample = violation.counterexample.as_deref().map(|shown| {
            counterexample::show(self.db, self.project, self.table, self.governed, violation, shown)
        });
        Some(finding)
    }

    fn spot(&self, spot: &Spot) -> (Option<Place>, Option<String>) {
        let key = match spot {
            Spot::Clause(policy, ..) | Spot::Policy(policy) => self.governed.keys.get(*policy),
            Spot::Table => self.governed.keys.first(),
        };
        let Some(key) = key.copied() else {
            return (schema::relation_place(self.db, self.project, self.table), None);
        };
        let place = match spot {
            Spot::Clause(_, block, clause) => {
                clause_range(self.db, key, *block, *clause).map(|range| place_in(self.db, key, range))
            }
            _ => policy_name_place(self.db, key),
        };
        (place, policy_name(self.db, key).map(str::to_owned))
    }

    fn covered(&self, spot: &Spot, other: usize) -> Option<(String, String)> {
        let table = self.table;
        match spot {
            Spot::Clause(..) => Some((
                format!(
                    "every row of {table} that passes this clause also passes clause {} of its policy",
                    other + 1
                ),
                "remove the clause: the other one lets the same rows through".to_owned(),
            )),
            _ => {
                let name = policy_name(self.db, *self.governed.keys.get(other)?)?;
                Some((
                    format!(
                        "every row of {table} that this policy lets through is let through by policy {name}"
                    ),
                    "remove the policy, or make it restrictive if it was meant to narrow access".to_owned(),
                ))
            }
        }
    }

    fn covering(&self, spot: &Spot, other: usize) -> Option<Related> {
        let (place, message) = match spot {
            Spot::Clause(policy, block, _) => {
                let key = *self.governed.keys.get(*policy)?;
                let range = clause_range(self.db, key, *block, other)?;
                (place_in(self.db, key, range), "covered by this clause")
            }
            _ => (policy_name_place(self.db, *self.governed.keys.get(other)?)?, "covered by this policy"),
        };
        Some(Related { place, message: message.to_owned() })
    }

    /// Isolation that could not be decided.
    fn unknown(&self, judgement: &Judgement) -> Vec<Finding> {
        let mut commands_by_reason: BTreeMap<&str, Vec<Command>> = BTreeMap::new();
        for (command, reasons) in &judgement.unknown {
            let verdict = judgement
                .commands
                .get(command)
                .and_then(|judged| judged.verdicts.get(&Rule::TenantIsolation));
            if verdict == Some(&Verdict::Unknown) {
                for reason in reasons {
                    commands_by_reason.entry(reason).or_default().push(*command);
                }
            }
        }
        commands_by_reason
            .into_iter()
            .map(|(reason, commands)| {
                let commands = list(&commands);
                let message = format!(
                    "whether tenants are isolated on {} ({commands}) is not known: {reason}",
                    self.table
                );
                let mut finding = Finding::new(Rule::UnknownVerdict, message);
                (finding.place, finding.policy) = self.spot(&Spot::Table);
                finding.table = Some(self.table.to_string());
                finding.command = Some(commands);
                finding
            })
            .collect()
    }

    /// Commands that nobody can use.
    fn denied(&self, plan: &Plan) -> Option<Finding> {
        if plan.denied.is_empty() {
            return None;
        }
        let commands = list(&plan.denied);
        let message = format!("no permissive policy lets anyone {commands} rows of {}", self.table);
        let mut finding = Finding::new(Rule::Coverage, message);
        finding.severity = Severity::Hint;
        (finding.place, finding.policy) = self.spot(&Spot::Table);
        finding.table = Some(self.table.to_string());
        finding.command = Some(commands);
        finding.help = Some(
            "PostgreSQL denies what no permissive policy allows; add one if that is not meant".to_owned(),
        );
        Some(finding)
    }

    /// Tables of which it is open whose a row is.
    fn owner(&self) -> Vec<Finding> {
        let Some(catalog) = queries::catalog(self.db, self.project) else { return Vec::new() };
        let mut findings = Vec::new();
        for entry in queries::isolation(self.db, self.project) {
            let exempt = entry
                .isolation
                .exempt
                .iter()
                .any(|exempt| exempt.table == self.table.name || exempt.table == self.table.to_string());
            let message = match owner_of(self.table, &entry.isolation, catalog) {
                _ if exempt => continue,
                Owner::Ambiguous(paths) => {
                    let paths: Vec<String> = paths.iter().map(OwnerPath::describe).collect();
                    format!("it is open whose a row of {} is: {}", self.table, paths.join(" or "))
                }
                Owner::Misconfigured(reason) => {
                    format!("the configured owner of {} can't be used: {reason}", self.table)
                }
                Owner::None | Owner::Known(_) => continue,
            };
            let mut finding = Finding::new(Rule::OwnerAmbiguous, message);
            finding.place = schema::relation_place(self.db, self.project, self.table);
            finding.table = Some(self.table.to_string());
            finding.help = Some(format!(
                "say it under `isolation` in pgpe.yaml: owners: {{ {}: <foreign key column>.{} }}",
                self.table.name, entry.isolation.owner
            ));
            findings.push(finding);
        }
        findings
    }
}

/// The verdicts on all tables, for reports.
pub(crate) fn tables(db: &dyn Db, project: Project, judgements: &Judgements<'_>) -> Vec<TableVerdicts> {
    judgements
        .iter()
        .map(|(table, plan, judgement)| {
            let name = table.name(db);
            let policies = queries::policies_of_table(db, project, *table)
                .map(|(_, policy)| policy.name.value.clone())
                .collect();
            let commands = Command::ALL
                .into_iter()
                .map(|command| (command.keyword().to_owned(), command_verdicts(plan, judgement, command)))
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
    let reasons: BTreeSet<&String> = judgement.unknown.values().flatten().collect();
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

fn list(commands: &[Command]) -> String {
    commands.iter().map(|command| command.keyword()).collect::<Vec<_>>().join(", ")
}
