//! Diagnostics that were asked for.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::json;
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::ls_types::*;

use crate::state::Pulled;

/// `ServerCancelled` of the protocol.
const SERVER_CANCELLED: i64 = -32802;

/// The diagnostics of a file for a client that may have them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// Tells texts with the same diagnostics from others.
    id: String,
    /// Nothing if the client has them.
    diagnostics: Option<Vec<Diagnostic>>,
}

impl Default for Report {
    fn default() -> Report {
        Report::new(&[], None)
    }
}

impl Report {
    /// `previous` is the id of what the client has.
    pub(crate) fn new(diagnostics: &[Diagnostic], previous: Option<&str>) -> Report {
        let mut hasher = DefaultHasher::new();
        // Fails only for maps whose keys are no strings, which no diagnostic has.
        serde_json::to_string(diagnostics).unwrap_or_default().hash(&mut hasher);
        let id = format!("{:016x}", hasher.finish());
        let diagnostics = (previous != Some(id.as_str())).then(|| diagnostics.to_vec());
        Report { id, diagnostics }
    }

    fn kind(self) -> DocumentDiagnosticReportKind {
        match self.diagnostics {
            Some(items) => FullDocumentDiagnosticReport { result_id: Some(self.id), items }.into(),
            None => UnchangedDocumentDiagnosticReport { result_id: self.id }.into(),
        }
    }
}

/// The answer about one file.
pub(crate) fn document_diagnostics(pulled: Pulled) -> DocumentDiagnosticReportResult {
    let others = pulled.others.into_iter().map(|(uri, _, report)| (uri, report.kind()));
    let related_documents =
        Some(others.collect()).filter(|it: &std::collections::HashMap<_, _>| !it.is_empty());
    let report: DocumentDiagnosticReport = match pulled.own.kind() {
        DocumentDiagnosticReportKind::Full(full_document_diagnostic_report) => {
            RelatedFullDocumentDiagnosticReport { related_documents, full_document_diagnostic_report }.into()
        }
        DocumentDiagnosticReportKind::Unchanged(unchanged_document_diagnostic_report) => {
            RelatedUnchangedDocumentDiagnosticReport {
                related_documents,
                unchanged_document_diagnostic_report,
            }
            .into()
        }
    };
    report.into()
}

/// The answer about all files.
pub(crate) fn workspace_diagnostics(pulled: Pulled) -> WorkspaceDiagnosticReportResult {
    let item = |(uri, version, report): (Uri, Option<i32>, Report)| {
        let version = version.map(i64::from);
        match report.kind() {
            DocumentDiagnosticReportKind::Full(full_document_diagnostic_report) => {
                WorkspaceFullDocumentDiagnosticReport { uri, version, full_document_diagnostic_report }.into()
            }
            DocumentDiagnosticReportKind::Unchanged(unchanged_document_diagnostic_report) => {
                WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report,
                }
                .into()
            }
        }
    };
    WorkspaceDiagnosticReport { items: pulled.others.into_iter().map(item).collect() }.into()
}

/// The file was edited before its diagnostics were known: whoever still wants them is to ask again.
pub(crate) fn ask_again() -> Error {
    Error {
        code: ErrorCode::ServerError(SERVER_CANCELLED),
        message: "the document was edited meanwhile".into(),
        data: Some(json!({ "retriggerRequest": true })),
    }
}
