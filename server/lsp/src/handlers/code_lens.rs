//! `textDocument/codeLens`: what is known of each policy, and what can be done with it.
//!
//! What a lens says is computed for the findings anyway, so that nothing is left to be resolved.

use pgpe_ide::Cancellable;
use tower_lsp::ls_types::{CodeLens, CodeLensParams};

use crate::convert::custom::command;
use crate::convert::to_proto;
use crate::snapshot::Snapshot;
use crate::targets::Action;

pub(crate) fn handle(
    snapshot: &Snapshot,
    path: &str,
    params: CodeLensParams,
) -> Cancellable<Option<Vec<CodeLens>>> {
    let Some(lines) = snapshot.analysis.line_index(path)? else { return Ok(None) };
    let policies = snapshot.analysis.policy_lenses(path, &snapshot.outcome())?;
    let config = snapshot.analysis.config()?;
    let targets = &config.targets;
    let uri = &params.text_document.uri;
    let columns = snapshot.client.columns;
    let is_shown_there = |name: &str| snapshot.client.own_commands.iter().any(|own| own == name);
    let mut lenses = Vec::new();
    for policy in policies {
        let range = to_proto::range(&lines, &policy.range, columns);
        lenses.push(to_proto::lens_title(range, policy.title));
        if is_shown_there(command::PREVIEW_SQL) {
            let place = to_proto::range(&lines, &policy.name_range, columns).start;
            lenses.push(to_proto::lens_preview(range, uri, place));
        }
        if let Some(leak) = policy.leak
            && is_shown_there(command::SHOW_COUNTEREXAMPLE)
        {
            let line = to_proto::range(&lines, &leak.range, columns).start.line;
            lenses.push(to_proto::lens_counterexample(range, uri, line, leak.rule));
        }
        for (name, target) in targets {
            lenses.push(to_proto::lens_target(range, Action::CheckDrift, name, targets.len(), uri));
            if !target.protected {
                lenses.push(to_proto::lens_target(range, Action::Apply, name, targets.len(), uri));
            }
        }
    }
    Ok(Some(lenses))
}
