//! `textDocument/codeAction` and `codeAction/resolve`: mends, refactorings, and what can be done with targets.

use std::ops::Range;

use pgpe_ide::{Assist, AssistKind, AssistQuery, Cancellable, Cancelled, EditsOf, Effect};
use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{CodeAction, CodeActionParams, CodeActionResponse, Diagnostic, Uri};

use crate::convert::{from_proto, to_proto};
use crate::snapshot::Snapshot;
use crate::targets::Action;

/// What a client asks for.
pub(crate) struct WantedActions {
    /// Actions that edit.
    pub(crate) kinds: Vec<AssistKind>,
    /// Those that run commands on targets.
    pub(crate) on_targets: bool,
    /// They are asked for by name, so that what can't be done here is worth telling.
    pub(crate) by_name: bool,
}

/// Where an action was offered whose edits are computed when it is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeferredAction {
    /// The file.
    pub(crate) uri: Uri,
    /// Its version at that moment, if it was open.
    pub(crate) version: Option<i32>,
    /// The range that the client asked about, in byte offsets.
    pub(crate) range: Range<u32>,
}

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: CodeActionParams,
) -> Cancellable<Option<CodeActionResponse>> {
    let client = &snapshot.client;
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let wanted = from_proto::wanted_actions(&params.context);
    let range = from_proto::range(&lines, params.range, client.columns);
    let mut actions = Vec::new();
    if client.code_action_literals && !wanted.kinds.is_empty() {
        actions.extend(assists(snapshot, path, range.start().into()..range.end().into(), &wanted, &params)?);
    }
    if wanted.on_targets && snapshot.analysis.is_in_policy(path, range.start().into())? {
        actions.extend(target_actions(snapshot, &params)?);
    }
    Ok(Some(actions))
}

/// The action with its edits; nothing if the text it was offered on is gone.
pub(crate) fn resolve(
    snapshot: &Snapshot,
    path: &str,
    mut action: CodeAction,
) -> Cancellable<Option<CodeAction>> {
    let Some((deferred, kind)) = from_proto::deferred_action(&action) else { return Ok(Some(action)) };
    let version = snapshot.file(path)?.and_then(|file| file.version);
    if version != deferred.version {
        return Err(Cancelled);
    }
    let query = AssistQuery {
        path,
        range: &deferred.range,
        kinds: &[kind],
        edits: EditsOf::One(kind, &action.title),
    };
    let assists = snapshot.analysis.assists(query, &snapshot.outcome())?;
    let chosen = assists.into_iter().find(|assist| assist.title == action.title);
    let Some(Effect::Edits(edits)) = chosen.map(|assist| assist.effect) else { return Ok(None) };
    action.edit = to_proto::workspace_edit(snapshot, &edits)?;
    action.data = None;
    Ok(Some(action))
}

fn assists(
    snapshot: &Snapshot,
    path: &str,
    range: Range<u32>,
    wanted: &WantedActions,
    params: &CodeActionParams,
) -> Cancellable<CodeActionResponse> {
    let edits = if snapshot.client.resolves_edits { EditsOf::None } else { EditsOf::All };
    let query = AssistQuery { path, range: &range, kinds: &wanted.kinds, edits };
    let version = snapshot.file(path)?.and_then(|file| file.version);
    let deferred = DeferredAction { uri: params.text_document.uri.clone(), version, range: range.clone() };
    let mut actions = Vec::new();
    for assist in snapshot.analysis.assists(query, &snapshot.outcome())? {
        if matches!(assist.effect, Effect::Disabled(_))
            && !(snapshot.client.disabled_actions && wanted.by_name)
        {
            continue;
        }
        let diagnostics = mended(snapshot, &assist, &params.context.diagnostics)?;
        actions.extend(to_proto::action(snapshot, assist, diagnostics, &deferred)?);
    }
    Ok(actions)
}

/// Those of the client's diagnostics that an action is for.
fn mended(snapshot: &Snapshot, assist: &Assist, known: &[Diagnostic]) -> Cancellable<Vec<Diagnostic>> {
    let Some(finding) = &assist.finding else { return Ok(Vec::new()) };
    let Some(own) = to_proto::diagnostic(snapshot, finding)? else { return Ok(Vec::new()) };
    let same = |known: &&Diagnostic| {
        (known.range, &known.code, &known.message) == (own.range, &own.code, &own.message)
    };
    Ok(known.iter().filter(same).cloned().collect())
}

/// What can be done with each target of the project.
fn target_actions(snapshot: &Snapshot, params: &CodeActionParams) -> Cancellable<CodeActionResponse> {
    let uri = &params.text_document.uri;
    let config = snapshot.analysis.config()?;
    let targets = &config.targets;
    let actions = targets.iter().flat_map(|(name, target)| {
        let offered = Action::ON_POLICIES.into_iter();
        let offered = offered.filter(|action| *action != Action::Apply || !target.protected);
        offered.map(|action| to_proto::target_action(action, name, uri, &snapshot.client))
    });
    Ok(actions.collect())
}
