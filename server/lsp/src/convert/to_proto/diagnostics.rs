//! Findings and drift as diagnostics.

use std::str::FromStr;

use pgpe_config::{Rule, Severity};
use pgpe_database::{Drift, DriftKind, DriftSeverity};
use pgpe_ide::Cancellable;
use pgpe_project::ProjectError;
use pgpe_report::Finding;
use serde_json::json;
use tower_lsp::ls_types::*;

use super::{SOURCE, location, range};
use crate::client::ClientProfile;
use crate::snapshot::{ClientFile, Snapshot};

/// Where the rules' pages are; an id follows.
const RULE_PAGES: &str = "https://pgpe.dev/rules/";

/// A finding at its place; `None` if it has none that the client could know.
pub(crate) fn diagnostic(snapshot: &Snapshot, finding: &Finding) -> Cancellable<Option<Diagnostic>> {
    let Some(place) = &finding.place else { return Ok(None) };
    match snapshot.file(&place.file)? {
        Some(file) => diagnostic_in(snapshot, &file, finding),
        None => Ok(None),
    }
}

/// A finding at its place in a file; `None` if it has none.
pub(crate) fn diagnostic_in(
    snapshot: &Snapshot,
    file: &ClientFile,
    finding: &Finding,
) -> Cancellable<Option<Diagnostic>> {
    let client = &*snapshot.client;
    let Some(place) = &finding.place else { return Ok(None) };
    let mut related = Vec::new();
    if client.related_information {
        for other in &finding.related {
            if let Some(location) = location(snapshot, &other.place)? {
                related.push(DiagnosticRelatedInformation { location, message: other.message.clone() });
            }
        }
    }
    let titles: Vec<&str> = finding.fixes.iter().map(|fix| fix.title.as_str()).collect();
    Ok(Some(Diagnostic {
        range: range(&file.lines, &place.range, client.columns),
        related_information: (!related.is_empty()).then_some(related),
        tags: (client.unnecessary_tag && finding.unnecessary).then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: (client.diagnostic_data && !titles.is_empty()).then(|| json!({ "fixes": titles })),
        ..bare_diagnostic(client, finding)
    }))
}

/// A finding at the start of a file.
pub(crate) fn bare_diagnostic(client: &ClientProfile, finding: &Finding) -> Diagnostic {
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    Diagnostic {
        range: Range::default(),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
            Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(finding.rule.id().to_owned())),
        code_description: client.code_description.then(|| rule_page(finding.rule)).flatten(),
        source: Some(SOURCE.to_owned()),
        message,
        ..Diagnostic::default()
    }
}

/// A file that can't be used, as a finding without place.
pub(crate) fn unreadable(error: &ProjectError) -> Finding {
    Finding { severity: Severity::Error, ..Finding::new(Rule::Config, error.to_string()) }
}

fn rule_page(rule: Rule) -> Option<CodeDescription> {
    Some(CodeDescription { href: Uri::from_str(&format!("{RULE_PAGES}{}", rule.id())).ok()? })
}

/// A difference between a target and the project, at the policy that it concerns.
pub(crate) fn drift_diagnostic(target: &str, drift: &Drift, range: Range) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(match drift.severity {
            DriftSeverity::Critical => DiagnosticSeverity::ERROR,
            DriftSeverity::High | DriftSeverity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(drift.kind.word().to_owned())),
        source: Some(format!("{SOURCE} ({target})")),
        message: drift_message(target, drift),
        ..Diagnostic::default()
    }
}

fn drift_message(target: &str, drift: &Drift) -> String {
    let (name, table) = (&drift.name, format!("{}.{}", drift.schema, drift.table));
    let sentence = match drift.kind {
        DriftKind::MissingPolicy => format!("{table} has no policy {name} on {target}"),
        DriftKind::ExtraPolicy => {
            format!("{table} has a policy {name} on {target} that is not this project's")
        }
        DriftKind::ModifiedPolicy => format!("the policy {name} of {table} is another on {target}"),
        DriftKind::MissingGrant => format!("{name} lacks privileges on {table} on {target}"),
        DriftKind::ExtraGrant => {
            format!("{name} has more privileges on {table} on {target} than are granted here")
        }
        DriftKind::RlsDisabled => format!("row-level security of {table} is not enabled on {target}"),
        DriftKind::RlsNotForced => format!("row-level security of {table} is not forced on {target}"),
    };
    let shown = match (&drift.expected, &drift.observed) {
        (Some(_), Some(_)) => drift.diff(),
        (None, Some(observed)) => Some(observed.clone()),
        _ => None,
    };
    let parts = [Some(sentence), drift.note.clone(), shown];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
