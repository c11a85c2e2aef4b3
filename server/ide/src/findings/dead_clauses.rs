//! Clauses that no row ever passes.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;
use pgpe_proof::goal::Block;
use pgpe_proof::judge::{Spot, Violation};
use pgpe_report::Finding;

use super::proofs::clause_range;
use super::{place_in, policy_name};
use crate::database::Db;
use crate::queries::{Governed, ItemKey};

/// That a clause never holds on any of its policy's tables.
pub(crate) fn finding(
    db: &dyn Db,
    key: ItemKey<'_>,
    (block, clause): (Block, usize),
    tables: &[QualifiedName],
) -> Option<Finding> {
    let range = clause_range(db, key, block, clause)?;
    let tables = pgpe_policy::on_tables(tables);
    let mut finding =
        Finding::new(Rule::Contradiction, format!("this clause never holds{tables}: no row passes it"));
    finding.place = Some(place_in(db, key, range));
    finding.policy = policy_name(db, key).map(str::to_owned);
    finding.unnecessary = true;
    finding.help = Some("remove the clause, or the condition that excludes the others".to_owned());
    Some(finding)
}

/// Whether a violation is told by the findings about clauses that never hold (`is_dead`): it is one of them, or nothing
/// passes because no clause ever holds.
pub(super) fn explain<'db>(
    governed: &Governed<'db>,
    violation: &Violation,
    is_dead: &dyn Fn(ItemKey<'db>, Block, usize) -> bool,
) -> bool {
    if violation.rule != Rule::Contradiction {
        return false;
    }
    let is_dead = |policy: usize, clause: usize| {
        governed.keys.get(policy).is_some_and(|key| is_dead(*key, Block::Using, clause))
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
