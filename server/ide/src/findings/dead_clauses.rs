//! Clauses that no row ever passes.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;
use pgpe_proof::goal::Block;
use pgpe_proof::judge::{Spot, Violation};
use pgpe_report::Finding;

use super::proofs::{Judgements, clause_range};
use super::{place_in, policy_name};
use crate::database::{Db, Project};
use crate::queries::{self, Governed, ItemKey};

/// Clauses that never hold on any of their policy's tables. One that holds on some is no mistake: a policy
/// may select tables that differ.
pub(super) struct DeadClauses<'db> {
    /// The tables of each, in source order.
    dead: Vec<(ItemKey<'db>, Block, usize, Vec<QualifiedName>)>,
}

impl<'db> DeadClauses<'db> {
    pub(super) fn of(db: &'db dyn Db, project: Project, judgements: &Judgements<'db>) -> DeadClauses<'db> {
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

    pub(super) fn findings(&self, db: &'db dyn Db) -> Vec<Finding> {
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
    pub(super) fn explains(&self, governed: &Governed<'db>, violation: &Violation) -> bool {
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
