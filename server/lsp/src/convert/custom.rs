//! The requests that only this server knows, as they stand in messages.

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::notification::Notification;
use tower_lsp::ls_types::{Position, Range, TextDocumentIdentifier, Uri};

/// The SQL of a policy, or of a file.
pub(crate) const COMPILED_SQL: &str = "pgpe/compiledSql";
/// What projects are open, and what is proved of them.
pub(crate) const STATUS: &str = "pgpe/status";

/// Commands that are not about targets.
pub(crate) mod command {
    /// Does the same as [`super::COMPILED_SQL`]: a file's URI, a position or null, a table or null.
    pub(crate) const PREVIEW_SQL: &str = "pgpe.previewSql";
    /// All verdicts, as soon as everything is proved: nothing, or the URI of a file of the project that is meant. The
    /// result is `{ text, projects: [{ root, report }] }`, each report as of `pgpe analyze --format json`.
    pub(crate) const ANALYZE: &str = "pgpe.analyzeWorkspace";

    /// The counterexample of a finding: a file's URI, the line in which the finding begins, counted from 0, and its
    /// rule. The result is `{ title, markdown }`.
    pub(crate) const SHOW_COUNTEREXAMPLE: &str = "pgpe.showCounterexample";

    /// All of them.
    pub(crate) const ALL: [&str; 3] = [PREVIEW_SQL, ANALYZE, SHOW_COUNTEREXAMPLE];
}

/// What [`COMPILED_SQL`] asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompiledSqlParams {
    /// The file.
    pub(crate) text_document: TextDocumentIdentifier,
    /// A place in the policy that is meant; without it the file is.
    pub(crate) position: Option<Position>,
    /// The table, `name` or `schema.name`.
    pub(crate) table: Option<String>,
}

/// The answer to [`COMPILED_SQL`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CompiledSql {
    /// The SQL, or a comment that says why there is none.
    pub(crate) text: String,
    /// The policy; null for the whole file.
    pub(crate) policy: Option<String>,
    /// The table that the SQL is for; null for all of them.
    pub(crate) table: Option<String>,
    /// The tables that can be chosen from.
    pub(crate) tables: Vec<String>,
    /// Which parts of the text come from where.
    pub(crate) map: Vec<MappedRange>,
    /// Lines that what is saved does not compile to.
    pub(crate) changed: Vec<Range>,
}

/// A part of the SQL and the part of a policy that it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MappedRange {
    /// In the text of the answer.
    pub(crate) sql: Range,
    /// In the document.
    pub(crate) policy: Range,
    /// The document.
    pub(crate) uri: Uri,
}

/// The answer to [`STATUS`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Status {
    /// The open projects. A document without a project is one of its own, with itself as the root.
    pub(crate) projects: Vec<ProjectStatus>,
}

/// One project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ProjectStatus {
    /// Its folder.
    pub(crate) root: Uri,
    /// Its schema.
    pub(crate) schema: SchemaStatus,
    /// The databases that it can be applied to.
    pub(crate) targets: Vec<TargetStatus>,
    /// What was found and proved, as of the last finished check.
    pub(crate) summary: ProofStatus,
    /// `pgpe.yaml` has an error, so that nothing is proved.
    pub(crate) misconfigured: bool,
}

/// Where a schema comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SchemaStatus {
    /// What `source` names.
    pub(crate) kind: SchemaKind,
    /// The file or the target.
    pub(crate) source: Option<String>,
    /// How many tables it has.
    pub(crate) tables: usize,
}

/// Kinds of schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SchemaKind {
    /// SQL.
    File,
    /// A snapshot in a file.
    Snapshot,
    /// What was last read of a target.
    Target,
    /// There is no schema.
    None,
}

/// A target of a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TargetStatus {
    /// What it is called.
    pub(crate) name: String,
    /// Whether it can't be applied to from an editor.
    pub(crate) protected: bool,
}

/// What a check amounts to, counted as `pgpe check` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct ProofStatus {
    /// Findings of severity error.
    pub(crate) errors: usize,
    /// Findings of severity warning.
    pub(crate) warnings: usize,
    /// All other findings.
    pub(crate) notes: usize,
    /// Tables and commands whose isolation is PROVEN.
    pub(crate) proven: usize,
    /// Tables and commands whose isolation is FAILED.
    pub(crate) failed: usize,
    /// Tables and commands whose isolation is UNKNOWN.
    pub(crate) unknown: usize,
    /// Questions that solvers have yet to answer, of all proofs; verdicts that depend on them are not counted.
    pub(crate) pending: usize,
    /// Tables that policies govern, whether or not there is a verdict on their isolation.
    pub(crate) tables: usize,
}

/// Another [`STATUS`] may be the answer now. Only clients that know it are told.
pub(crate) enum StatusChanged {}

impl Notification for StatusChanged {
    type Params = StatusChangedParams;
    const METHOD: &'static str = "pgpe/statusChanged";
}

/// Nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StatusChangedParams {}
