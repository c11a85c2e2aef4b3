//! What a question is answered on: one state of a workspace, with the client's names of its files.

use std::sync::Arc;

use pgpe_ide::{Analysis, Cancellable};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_syntax::LineIndex;

use crate::client::ClientProfile;
use crate::convert::custom::ProofStatus;
use crate::convert::to_proto::{self, Uri};
use crate::documents::OpenFiles;
use crate::keys::{FileKey, Names};
use crate::settings::Settings;
use crate::state::conversions::Conversions;
use crate::state::verdicts::Verdicts;
use crate::targets::DriftByTarget;
use crate::tokens::TokenCache;

/// One state of a workspace.
pub(crate) struct Snapshot {
    /// The project at that moment.
    pub(crate) analysis: Analysis,
    /// How the project's file names lead to files.
    pub(crate) names: Names,
    /// The files open at that moment.
    pub(crate) open: Arc<OpenFiles>,
    /// What the solver has answered so far.
    pub(crate) verdicts: Arc<Verdicts>,
    /// What the last look at each target has found.
    pub(crate) drift: Arc<DriftByTarget>,
    /// Diagnostics as they were made last.
    pub(crate) conversions: Arc<Conversions>,
    /// The coloured tokens that the client has.
    pub(crate) tokens: Arc<TokenCache>,
    /// What the last finished check has come to.
    pub(crate) proofs: ProofStatus,
    /// What is set at the client.
    pub(crate) settings: Arc<Settings>,
    /// What the client can do.
    pub(crate) client: Arc<ClientProfile>,
}

/// A file as the client knows it.
pub(crate) struct ClientFile {
    /// Its name.
    pub(crate) uri: Uri,
    /// Its version, if it is open.
    pub(crate) version: Option<i32>,
    /// Its lines.
    pub(crate) lines: LineIndex,
}

impl Snapshot {
    /// What the solver has answered to an obligation.
    pub(crate) fn outcome(&self) -> impl Fn(&Obligation) -> Option<Outcome> + Sync + '_ {
        let verdicts = &self.verdicts;
        move |obligation| verdicts.known(obligation)
    }

    /// What the client calls the file that the project calls so; `None` if it has no name that the client could use.
    pub(crate) fn uri(&self, name: &str) -> Option<Uri> {
        let key = self.names.key(name);
        match (self.open.get(&key), &key) {
            (Some(open), _) => Some(open.uri.clone()),
            (None, FileKey::Path(path)) => to_proto::uri(path),
            (None, FileKey::Other(_)) => None,
        }
    }

    /// The file that the project calls so; `None` if it has no name that the client could use.
    pub(crate) fn file(&self, name: &str) -> Cancellable<Option<ClientFile>> {
        let open = self.open.get(&self.names.key(name));
        let Some(uri) = self.uri(name) else { return Ok(None) };
        // A file that can't be read has no lines; only its start can be pointed at.
        let lines = self.analysis.line_index(name)?.unwrap_or_else(|| LineIndex::new(""));
        Ok(Some(ClientFile { uri, version: open.map(|open| open.version), lines }))
    }
}
