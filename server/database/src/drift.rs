//! Drift: where a database is not what the project says, as data and as JSON.

use pgpe_catalog::{Catalog, Command, ExistingPolicy, QualifiedName};
use pgpe_sqlgen::quote_identifier;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::change::{Change, privileges};
use crate::comparison::{Extra, GrantComparison, TableComparison, compare, is_quarantined};
use crate::expected::Expected;
use crate::record::Record;

/// Version of the JSON form.
const JSON_VERSION: u32 = 1;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What kind it is.
    pub kind: DriftKind,
    /// How bad it is.
    pub severity: DriftSeverity,
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The policy, the role of a grant, or the table whose flag it is.
    pub name: String,
    /// What is to be there.
    pub expected: Option<String>,
    /// What is there.
    pub observed: Option<String>,
    /// The statements that would resolve it.
    pub remediation: Vec<String>,
    /// What else is to be said, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The kinds of drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// A policy of the project is not there.
    MissingPolicy,
    /// A policy is there that is not the project's.
    ExtraPolicy,
    /// A policy of the project has another expression, check, type, command or other roles.
    ModifiedPolicy,
    /// A role lacks privileges.
    MissingGrant,
    /// A role that the project grants something has more than that.
    ExtraGrant,
    /// Row-level security is not enabled.
    RlsDisabled,
    /// Row-level security is not forced.
    RlsNotForced,
}

impl DriftKind {
    /// Whether a plan resolves it: what is not the project's is left for people to decide.
    pub fn is_repaired(self) -> bool {
        !matches!(self, DriftKind::ExtraPolicy | DriftKind::ExtraGrant)
    }

    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            DriftKind::MissingPolicy => "missing_policy",
            DriftKind::ExtraPolicy => "extra_policy",
            DriftKind::ModifiedPolicy => "modified_policy",
            DriftKind::MissingGrant => "missing_grant",
            DriftKind::ExtraGrant => "extra_grant",
            DriftKind::RlsDisabled => "rls_disabled",
            DriftKind::RlsNotForced => "rls_not_forced",
        }
    }
}

/// How bad drift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DriftSeverity {
    /// Nothing passes that should not.
    Warning,
    /// The owner passes by the policies.
    High,
    /// Rows may pass that should not, or the application does not work.
    Critical,
}

impl DriftSeverity {
    /// The word for it, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            DriftSeverity::Warning => "warning",
            DriftSeverity::High => "high",
            DriftSeverity::Critical => "critical",
        }
    }
}

/// What was found on a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DriftReport {
    /// Version of the JSON form.
    version: u32,
    /// The target.
    pub target: String,
    /// By table, and in the order of the kinds.
    pub drift: Vec<Drift>,
    /// Tables closed by the quarantine, as `schema.table`.
    pub quarantined: Vec<String>,
    /// Why expressions were compared in the weaker way, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weaker: Option<String>,
}

/// Finds drift.
pub fn report(target: &str, expected: &Expected, observed: &Catalog, record: Option<&Record>) -> DriftReport {
    let quarantined = observed.tables().filter(|(_, relation)| is_quarantined(relation));
    DriftReport {
        version: JSON_VERSION,
        target: target.to_owned(),
        drift: drift(expected, observed, record),
        quarantined: quarantined.map(|(name, _)| name.to_string()).collect(),
        weaker: expected.weaker.clone(),
    }
}

/// All differences, by table and kind.
pub fn drift(expected: &Expected, observed: &Catalog, record: Option<&Record>) -> Vec<Drift> {
    compare(expected, observed, record).iter().flat_map(table_drift).collect()
}

/// The differences of one table, by kind.
pub fn table_drift(table: &TableComparison<'_>) -> Vec<Drift> {
    let mut found = Vec::new();
    for (name, wanted) in &table.missing {
        let repairs = table.correct(name, wanted);
        found.push(Drift {
            expected: Some(describe_policy(&wanted.stored)),
            ..drift_of(table, DriftKind::MissingPolicy, DriftSeverity::Critical, name, repairs)
        });
    }
    found.extend(table.extra.iter().map(|extra| extra_policy(table, extra)));
    for (name, wanted) in &table.modified {
        let repairs = table.correct(name, wanted);
        found.push(Drift {
            expected: Some(describe_policy(&wanted.stored)),
            observed: table.observed.policies.get(*name).map(describe_policy),
            ..drift_of(table, DriftKind::ModifiedPolicy, DriftSeverity::Critical, name, repairs)
        });
    }
    for grant in &table.grants {
        found.extend(grant_drift(table, grant));
    }
    if table.is_disabled {
        found.push(flag(table, DriftKind::RlsDisabled, DriftSeverity::Critical, Change::Enable(true)));
    }
    if table.is_unforced {
        found.push(flag(table, DriftKind::RlsNotForced, DriftSeverity::High, Change::Force(true)));
    }
    found
}

fn drift_of(
    table: &TableComparison<'_>,
    kind: DriftKind,
    severity: DriftSeverity,
    name: &str,
    changes: Vec<Change>,
) -> Drift {
    Drift {
        kind,
        severity,
        schema: table.name.schema.to_string(),
        table: table.name.name.to_string(),
        name: name.to_owned(),
        expected: None,
        observed: None,
        remediation: changes.iter().map(|change| change.sql(table.name)).collect(),
        note: None,
    }
}

fn extra_policy(table: &TableComparison<'_>, extra: &Extra) -> Drift {
    // A permissive one widens access, whoever made it.
    let severity = if extra.policy.permissive { DriftSeverity::Critical } else { DriftSeverity::Warning };
    let drop = vec![Change::Drop { name: extra.name.clone() }];
    let note = "it was applied from this project and is gone from the source; `pgpe apply --prune` drops it";
    Drift {
        observed: Some(describe_policy(&extra.policy)),
        note: extra.was_ours.then(|| note.to_owned()),
        ..drift_of(table, DriftKind::ExtraPolicy, severity, &extra.name, drop)
    }
}

fn grant_drift(table: &TableComparison<'_>, grant: &GrantComparison) -> Vec<Drift> {
    let name = grant.role.as_deref().unwrap_or("PUBLIC");
    let listed = |kind, severity, changes| Drift {
        expected: Some(privileges(&grant.expected)),
        observed: Some(privileges(&grant.observed)).filter(|listed| !listed.is_empty()),
        ..drift_of(table, kind, severity, name, changes)
    };
    let mut found = Vec::new();
    if !grant.missing.is_empty() {
        let changes = vec![Change::Grant(grant.missing.clone())];
        found.push(listed(DriftKind::MissingGrant, DriftSeverity::Critical, changes));
    }
    if !grant.extra.is_empty() {
        let changes = vec![Change::Revoke(grant.extra.clone())];
        found.push(listed(DriftKind::ExtraGrant, DriftSeverity::Warning, changes));
    }
    found
}

fn flag(table: &TableComparison<'_>, kind: DriftKind, severity: DriftSeverity, change: Change) -> Drift {
    let (wanted, there) = match kind {
        DriftKind::RlsDisabled => ("ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"),
        _ => ("FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
    };
    Drift {
        expected: Some(wanted.to_owned()),
        observed: Some(there.to_owned()),
        ..drift_of(table, kind, severity, &table.name.name, vec![change])
    }
}

/// A policy as the clauses of CREATE POLICY, a line each.
pub fn describe_policy(policy: &ExistingPolicy) -> String {
    let roles: Vec<String> = policy.roles.iter().map(|role| quote_identifier(role)).collect();
    let mut lines = vec![
        format!("AS {}", if policy.permissive { "PERMISSIVE" } else { "RESTRICTIVE" }),
        format!("FOR {}", policy.command.map_or("ALL", Command::keyword)),
        format!("TO {}", if roles.is_empty() { "PUBLIC".to_owned() } else { roles.join(", ") }),
    ];
    let clause = |word: &str, expression: &Option<String>| {
        expression.as_ref().map(|expression| format!("{word} ({expression})"))
    };
    lines.extend(clause("USING", &policy.using));
    lines.extend(clause("WITH CHECK", &policy.check));
    lines.join("\n")
}

impl Drift {
    /// The table's name with its schema.
    pub fn table_name(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }

    /// What is expected and what is there, line by line: those of both begin with a space, those that are only
    /// expected with `-`, those that are only there with `+`. `None` unless both are known.
    pub fn diff(&self) -> Option<String> {
        let (expected, observed) = (self.expected.as_deref()?, self.observed.as_deref()?);
        let diff = TextDiff::from_lines(expected, observed);
        let lines = diff.iter_all_changes().map(|change| {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            format!("{sign} {}\n", change.value().trim_end_matches('\n'))
        });
        Some(lines.collect())
    }
}

impl DriftReport {
    /// Indented JSON with a final line break.
    pub fn to_json(&self) -> String {
        // Fails only for maps whose keys are no strings.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

#[cfg(test)]
#[path = "tests/drift.rs"]
mod tests;
