//! Findings of the project, one file per group of rules, and how they are put together.
//!
//! [`written`] needs no solver: syntax, names, types, normal form, structure. [`proofs`] folds the solver's
//! answers. [`finish`] applies suppressions and the configuration.

pub(crate) mod dead_clauses;
pub(crate) mod near;
pub(crate) mod proofs;
pub(crate) mod removable;
pub(crate) mod schema;
pub(crate) mod suppressions;
pub(crate) mod unprotected;
pub(crate) mod violations;
pub(crate) mod written;

use std::borrow::Borrow;
use std::collections::HashMap;

use pgpe_config::{Rule, Severity};
use pgpe_policy::{Problem, RelatedPlace};
use pgpe_report::{Edit, Finding, Fix, Place, Related, Told};
use pgpe_syntax::{TextRange, TextSize};

use crate::database::{Db, Project, SourceFile};
use crate::queries::{self, Item, ItemKey};

/// Applies suppressing comments and the configuration. `complete`: all findings are there, so that a
/// suppression without effect is one.
pub(crate) fn finish(db: &dyn Db, project: Project, findings: Vec<Finding>, complete: bool) -> Told {
    let by_comments = suppressions::apply_all(db, project, findings, complete);
    let mut told = pgpe_report::apply_configuration(by_comments.findings, queries::config(db, project));
    told.accepted.extend(by_comments.accepted);
    told.findings = without_consequences(told.findings);
    told
}

/// Where tenants are not isolated, what one writes the other reads: that is said only if the leak itself is
/// accepted, or reported less severely.
pub(crate) fn without_consequences<F: Borrow<Finding>>(mut findings: Vec<F>) -> Vec<F> {
    let mut leaks: HashMap<Option<String>, Severity> = HashMap::new();
    for leak in findings.iter().map(F::borrow).filter(|finding| finding.rule == Rule::TenantIsolation) {
        let worst = leaks.entry(leak.table.clone()).or_insert(leak.severity);
        *worst = leak.severity.max(*worst);
    }
    findings.retain(|finding| {
        let finding = finding.borrow();
        finding.rule != Rule::CrossWrite
            || leaks.get(&finding.table).is_none_or(|severity| *severity < finding.severity)
    });
    findings
}

/// A range of an item as a place in its file.
pub(crate) fn place_in(db: &dyn Db, key: ItemKey<'_>, range: TextRange) -> Place {
    let file = key.file(db);
    let start =
        queries::item_ranges(db, file).get(key.index(db)).map_or(TextSize::new(0), |item| item.start());
    place(db, file, range + start)
}

/// A range of a file as a place.
pub(crate) fn place(db: &dyn Db, file: SourceFile, range: TextRange) -> Place {
    Place { file: file.path(db).clone(), range: range.start().into()..range.end().into() }
}

/// The name of a policy, by its item.
pub(crate) fn policy_name<'db>(db: &'db dyn Db, key: ItemKey<'db>) -> Option<&'db str> {
    match queries::item(db, key) {
        Some(Item::Policy(policy)) => Some(&policy.name.value),
        _ => None,
    }
}

/// A problem of an item as a finding of its file.
pub(crate) fn from_problem(db: &dyn Db, project: Project, key: ItemKey<'_>, problem: &Problem) -> Finding {
    let place = place_in(db, key, problem.range);
    let mut finding = Finding::new(problem.rule, problem.message.clone());
    finding.place = Some(place);
    finding.help = problem.help.clone();
    finding.policy = policy_name(db, key).map(str::to_owned);
    finding.table = match problem.tables.as_slice() {
        [table] => Some(table.to_string()),
        _ => None,
    };
    finding.unnecessary = problem.unnecessary;
    finding.related =
        problem.related.iter().filter_map(|related| related_place(db, project, key, related)).collect();
    finding.fixes = problem
        .fixes
        .iter()
        .map(|(title, edits)| Fix {
            title: title.clone(),
            edits: edits
                .iter()
                .map(|(range, text)| Edit { place: place_in(db, key, *range), text: text.clone() })
                .collect(),
        })
        .collect();
    finding
}

fn related_place(db: &dyn Db, project: Project, key: ItemKey<'_>, related: &RelatedPlace) -> Option<Related> {
    let (place, message) = match related {
        RelatedPlace::Here(range, message) => (place_in(db, key, *range), message),
        RelatedPlace::Policy(name, message) => {
            let other = queries::project_items(db, project)
                .find(|other| **other != key && policy_name(db, **other) == Some(name))?;
            (policy_name_place(db, *other)?, message)
        }
        RelatedPlace::Relation(table, message) => (schema::relation_place(db, project, table)?, message),
        RelatedPlace::Column(table, column, message) => {
            (schema::column_place(db, project, table, column)?, message)
        }
    };
    Some(Related { place, message: message.clone() })
}

/// Where a policy's name stands.
pub(crate) fn policy_name_place(db: &dyn Db, key: ItemKey<'_>) -> Option<Place> {
    match queries::item(db, key) {
        Some(Item::Policy(policy)) => Some(place_in(db, key, policy.name.range)),
        _ => None,
    }
}
