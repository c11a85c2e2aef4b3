//! Rows that a session can write but not read: what is checked asks for what the SELECT policies do besides.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_report::Finding;

use super::add_check::{checked_by, checking_part};
use super::context::{Context, Part, PolicyAt};
use super::merge_policies::words;
use super::{AssistKind, Assists};
use crate::queries::{self, ItemKey, TableKey};

/// More clauses than these nobody wants to read.
const MOST: usize = 8;

const TITLE: &str = "Check the conditions of the SELECT policies, too (narrows what may be written)";

/// Conditions joined by AND, as they are written.
type Conditions = Vec<String>;

pub(super) fn add(assists: &mut Assists<'_, '_>, finding: &Finding) {
    if finding.rule != Rule::WriteRestriction {
        return;
    }
    let context = assists.context;
    let Some(policy) = context.policy_of(finding).filter(PolicyAt::is_permissive) else { return };
    match narrowed(context, &policy) {
        Ok(clauses) => assists.mend(TITLE.to_owned(), finding, || {
            let clauses: Vec<String> = clauses.iter().map(|clause| clause.join(" AND ")).collect();
            Some(vec![checked_by(&policy, &clauses)?])
        }),
        Err(reason) => assists.disable((AssistKind::QuickFix, TITLE), Some(finding), reason.to_owned()),
    }
}

/// The clauses of the check, each with what makes its rows readable.
fn narrowed(context: &Context<'_>, policy: &PolicyAt<'_>) -> Result<Vec<Conditions>, &'static str> {
    let mut selecting: Vec<Vec<ItemKey<'_>>> = Vec::new();
    for table in context.tables(policy) {
        let Some(reading) = reading(context, table) else {
            return Err("the table has policies that are not the project's");
        };
        if !selecting.contains(&reading) {
            selecting.push(reading);
        }
    }
    let [keys] = selecting.as_slice() else {
        return Err("the tables of the policy have different SELECT policies");
    };
    let keys = keys.iter().map(|key| context.policy(*key)).collect::<Option<Vec<_>>>();
    let keys = keys.ok_or("a SELECT policy has an error")?;
    let (permissive, restrictive): (Vec<_>, Vec<_>) = keys.into_iter().partition(PolicyAt::is_permissive);
    let mut result = conditions(policy, checking_part(policy));
    // What is checked by the policy's own clauses is read by them, too.
    let reads_itself =
        policy.source.check.is_none() && permissive.iter().any(|reading| reading.key == policy.key);
    if !reads_itself {
        let applies = |reading: &&PolicyAt<'_>| {
            let roles = |policy: &PolicyAt<'_>| -> BTreeSet<String> {
                policy.source.roles.iter().map(|role| role.value.clone()).collect()
            };
            reading.source.roles.is_empty() || roles(reading) == roles(policy)
        };
        let readable: Vec<Conditions> =
            permissive.iter().filter(applies).flat_map(|it| conditions(it, Part::Clauses)).collect();
        if readable.is_empty() {
            return Err("no SELECT policy shows rows to the sessions that write them");
        }
        result = product(result, &readable)?;
    }
    for narrowing in &restrictive {
        result = product(result, &conditions(narrowing, Part::Clauses))?;
    }
    Ok(result)
}

/// The policies that decide who reads a table, in their order; `None` if others have a say.
fn reading<'db>(context: &Context<'db>, table: &QualifiedName) -> Option<Vec<ItemKey<'db>>> {
    let key = TableKey::new(context.db, table.clone());
    let governed = queries::governed(context.db, context.project, key).as_ref()?;
    if !governed.foreign.is_empty() || !governed.table.undecidable.is_empty() {
        return None;
    }
    let reading = governed.keys.iter().zip(governed.ours());
    let reading = reading.filter(|(_, policy)| policy.commands.contains(Command::Select));
    Some(reading.map(|(key, _)| *key).collect())
}

fn conditions(policy: &PolicyAt<'_>, part: Part) -> Vec<Conditions> {
    let atoms = |clause: &pgpe_policy::source::Clause| {
        clause.atoms.iter().map(|atom| policy.text(atom.range).to_owned()).collect()
    };
    policy.part(part).iter().map(atoms).collect()
}

/// Each clause together with each of the others; nothing is said twice.
fn product(clauses: Vec<Conditions>, others: &[Conditions]) -> Result<Vec<Conditions>, &'static str> {
    let mut result: Vec<Conditions> = Vec::new();
    for clause in &clauses {
        for other in others {
            let mut joined = clause.clone();
            for condition in other {
                if !joined.iter().any(|known| words(known) == words(condition)) {
                    joined.push(condition.clone());
                }
            }
            if !result.contains(&joined) {
                result.push(joined);
            }
        }
    }
    if result.len() > MOST { Err("the SELECT policies have too many clauses") } else { Ok(result) }
}
