//! What is said of one table: violations in words, what is not known, what nobody may do.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Command, ForeignKey, QualifiedName};
use pgpe_config::{Rule, Severity};
use pgpe_proof::judge::{Judgement, Spot, Verdict, Violation, ViolationKind};
use pgpe_proof::owner::{Owner, OwnerPath, owner_of};
use pgpe_proof::plan::Plan;
use pgpe_report::{Finding, Place, Related};

use super::proofs::clause_range;
use super::{place_in, policy_name, policy_name_place, schema};
use crate::counterexample;
use crate::database::{Db, Project};
use crate::foreign;
use crate::queries::{self, Governed};
use crate::world::DbWorld;

/// Findings about one table.
pub(crate) struct About<'db, 'a> {
    pub(crate) db: &'db dyn Db,
    pub(crate) project: Project,
    pub(crate) table: &'a QualifiedName,
    pub(crate) governed: &'a Governed<'db>,
}

impl About<'_, '_> {
    /// What a violation comes to.
    pub(crate) fn violation(&self, violation: &Violation) -> Option<Finding> {
        // Who writes an existing policy down finds its superfluous clauses then.
        if let (Spot::Clause(policy, ..), Rule::Subsumption | Rule::Contradiction) =
            (&violation.spot, violation.rule)
            && self.governed.foreign_name(*policy).is_some()
        {
            return None;
        }
        let (message, help) = self.wording(violation)?;
        let mut finding = Finding::new(violation.rule, message);
        finding.help = Some(help);
        finding.table = Some(self.table.to_string());
        finding.command = Some(list(&violation.commands));
        (finding.place, finding.policy) = self.spot(&violation.spot);
        finding.unnecessary = violation.rule == Rule::Subsumption;
        match &violation.kind {
            ViolationKind::CoveredBy(other) => {
                finding.command = None;
                finding.related.extend(self.covering(&violation.spot, *other));
            }
            ViolationKind::ForeignReference(name) => finding.related.extend(self.reference_place(name)),
            _ => {}
        }
        finding.counterexample = violation.counterexample.as_deref().map(|shown| {
            counterexample::show(self.db, self.project, self.table, self.governed, violation, shown)
        });
        Some(finding)
    }

    /// What is wrong, and what to do about it. The message does not depend on the counterexample's values.
    fn wording(&self, violation: &Violation) -> Option<(String, String)> {
        let table = self.table;
        let commands = list(&violation.commands);
        Some(match &violation.kind {
            ViolationKind::ForeignRows(owners) => (
                format!(
                    "a session reaches rows of {table} that are not its own through {} ({commands})",
                    self.way(&violation.spot)
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
            ViolationKind::CrossWrite => (
                format!("a session can write rows of {table} that a session of another tenant reads ({commands})"),
                "let the check demand what the SELECT policies do: that the row is the session's own".to_owned(),
            ),
            ViolationKind::ForeignReference(name) => self.foreign_reference(name, &commands)?,
            ViolationKind::UnreadableWrite => (
                format!("a session can write rows of {table} that it can't read afterwards ({commands})"),
                "add the conditions of the SELECT policies to WITH CHECK; as it is, RETURNING fails for such rows"
                    .to_owned(),
            ),
            ViolationKind::DeletedVisible(column) => (
                format!("rows of {table} that {column} marks as deleted are visible"),
                "hide them by a restrictive policy FOR SELECT on that column".to_owned(),
            ),
            ViolationKind::NeverMarked(column) => (
                format!("no UPDATE with a condition can mark a row of {table} as deleted by {column}"),
                "the SELECT policies hide the marked row, so that PostgreSQL refuses to write it: mark rows by a \
                 function with SECURITY DEFINER, or show them to sessions with a setting of their own"
                    .to_owned(),
            ),
            ViolationKind::SharedByRoles(first, second) => (
                format!("sessions of {first} and of {second} reach the same rows of {table} ({commands})"),
                "role_separation in pgpe.yaml keeps these roles apart: narrow the policies that apply to both"
                    .to_owned(),
            ),
        })
    }

    /// What a row passes by.
    fn way(&self, spot: &Spot) -> String {
        match spot {
            Spot::Clause(policy, ..) | Spot::Policy(policy) => match self.governed.foreign_name(*policy) {
                Some(name) => format!("the existing policy {name}"),
                None => "this clause".to_owned(),
            },
            Spot::Table => "this clause".to_owned(),
        }
    }

    fn foreign_reference(&self, name: &str, commands: &str) -> Option<(String, String)> {
        let table = self.table;
        let key = self.foreign_key(name)?;
        let columns = key.columns.join(", ");
        let message = format!(
            "a session can write rows of {table} whose {columns} refers to another tenant's row of {} ({commands})",
            key.target
        );
        let help = "PostgreSQL checks foreign keys without regard to policies: make the tenant part of the key, \
                    or follow it in WITH CHECK";
        Some((message, help.to_owned()))
    }

    fn foreign_key(&self, name: &str) -> Option<&ForeignKey> {
        let catalog = queries::catalog(self.db, self.project).as_ref()?;
        catalog.relations.get(self.table)?.foreign_keys.iter().find(|key| key.name == name)
    }

    fn reference_place(&self, name: &str) -> Option<Related> {
        let key = self.foreign_key(name)?;
        let place = schema::column_place(self.db, self.project, self.table, key.columns.first()?)?;
        Some(Related { place, message: format!("refers to {}", key.target) })
    }

    fn spot(&self, spot: &Spot) -> (Option<Place>, Option<String>) {
        if let Spot::Clause(policy, ..) | Spot::Policy(policy) = spot
            && let Some(name) = self.governed.foreign_name(*policy)
        {
            return (foreign::place(self.db, self.project, self.table, name), Some(name.to_owned()));
        }
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
                let foreign = self.governed.foreign_name(other);
                let name = match foreign {
                    Some(name) => name,
                    None => policy_name(self.db, *self.governed.keys.get(other)?)?,
                };
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
            _ => {
                let place = match self.governed.foreign_name(other) {
                    Some(name) => foreign::place(self.db, self.project, self.table, name),
                    None => policy_name_place(self.db, *self.governed.keys.get(other)?),
                };
                (place?, "covered by this policy")
            }
        };
        Some(Related { place, message: message.to_owned() })
    }

    /// Isolation, and what else must be right, that could not be decided.
    pub(super) fn unknown(&self, judgement: &Judgement) -> Vec<Finding> {
        let table = self.table;
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let mut findings = Vec::new();
        for (rule, what) in [
            (Rule::TenantIsolation, format!("whether tenants are isolated on {table}")),
            (Rule::CrossWrite, format!("whether tenants read what others write to {table}")),
            (Rule::RoleSeparation, format!("whether roles are kept apart on {table}")),
        ] {
            let mut commands_by_reason: BTreeMap<&str, Vec<Command>> = BTreeMap::new();
            for (command, reasons) in judgement.unknown.get(&rule).into_iter().flatten() {
                let verdict = judgement.commands.get(command).and_then(|judged| judged.verdicts.get(&rule));
                if verdict == Some(&Verdict::Unknown) {
                    for reason in reasons.iter().filter(|reason| !told.contains(reason.as_str())) {
                        commands_by_reason.entry(reason).or_default().push(*command);
                    }
                }
            }
            for (reason, commands) in commands_by_reason {
                told.insert(reason);
                let commands = list(&commands);
                let message = format!("{what} ({commands}) is not known: {reason}");
                let mut finding = Finding::new(Rule::UnknownVerdict, message);
                (finding.place, finding.policy) = self.spot(&Spot::Table);
                finding.table = Some(table.to_string());
                finding.command = Some(commands);
                findings.push(finding);
            }
        }
        findings
    }

    /// Commands that nobody can use.
    pub(super) fn denied(&self, plan: &Plan) -> Option<Finding> {
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
    pub(super) fn owner(&self) -> Vec<Finding> {
        let Some(world) = DbWorld::new(self.db, self.project) else { return Vec::new() };
        let mut findings = Vec::new();
        for entry in &queries::proof_config(self.db, self.project).isolation {
            let exempt = entry
                .isolation
                .exempt
                .iter()
                .any(|exempt| exempt.table == self.table.name || exempt.table == self.table.to_string());
            let message = match owner_of(self.table, &entry.isolation, &world) {
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

fn list(commands: &[Command]) -> String {
    commands.iter().map(|command| command.keyword()).collect::<Vec<_>>().join(", ")
}
