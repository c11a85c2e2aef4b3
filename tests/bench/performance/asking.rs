//! How long an answer takes right after an edit.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::context::Context;
use crate::project::{Document, Site};
use crate::report::{Group, Limit, Measure, Target};
use crate::statistics::{Figure, Statistic, Times};

const UNDER_10: &[Target] = &[Target { tables: 1_000, statistic: Statistic::P95, limit: Limit::Below(10.0) }];

/// Answers.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "textDocument/hover",
        name: "hover",
        meaning: "on the column of the edited clause.",
        targets: UNDER_10,
    },
    Measure {
        id: "textDocument/completion",
        name: "completion",
        meaning: "where a column's name is being typed.",
        targets: UNDER_10,
    },
    Measure {
        id: "textDocument/documentSymbol",
        name: "document symbols",
        meaning: "of the edited file.",
        targets: UNDER_10,
    },
    Measure {
        id: "textDocument/semanticTokens/full",
        name: "semantic tokens",
        meaning: "all of the edited file.",
        targets: UNDER_10,
    },
    Measure {
        id: "textDocument/codeAction",
        name: "code actions",
        meaning: "at the edited clause.",
        targets: &[],
    },
    Measure {
        id: "textDocument/codeLens",
        name: "code lenses",
        meaning: "of the edited file.",
        targets: &[],
    },
    Measure {
        id: "textDocument/inlayHint",
        name: "inlay hints",
        meaning: "of the edited file.",
        targets: &[],
    },
];

/// An edit at a policy: where text is inserted, and the text.
type Edit = (usize, &'static str);

/// Measures from sending an edit, with a request right behind it, to the answer.
pub fn measure(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let (mut session, sites) = context.session(tables)?;
    for measure in MEASURES {
        let mut times = Times::default();
        for round in context.budget(60, 20).rounds() {
            let site = sites[round % sites.len()];
            let (at, text) = edit(measure.id, round, &session.documents[site.document], site)?;
            let parameters = parameters(measure.id, &session.documents[site.document], (at, text))?;
            let (id, request) = session.client.request(measure.id, parameters);
            let sent = session.edit_and(site.document, at..at, text, &[request])?;
            let (arrived, answer) = session.answer(id)?;
            times.add(arrived - sent.at);
            ensure!(is_something(measure.id, &answer), "{} says nothing: {answer}", measure.id);
            let sent = session.edit(site.document, at..at + text.len(), "")?;
            session.settle(sent)?;
        }
        group.put(measure.id, tables, Figure::Times(times));
    }
    Ok(())
}

/// An edit before such a request: of a comment and of a clause in turn, or of an unfinished column for a completion.
fn edit(method: &str, round: usize, document: &Document, site: Site) -> anyhow::Result<Edit> {
    Ok(match (method, round % 2) {
        ("textDocument/completion", _) => (site.own(document)?.end, " AND col('"),
        (_, 0) => (site.in_comment(document)?, " really"),
        _ => (site.own(document)?.end, " AND col('amount') > lit(7)"),
    })
}

/// The parameters of a request that follows an edit of the document as it is before.
fn parameters(method: &str, document: &Document, (at, text): Edit) -> anyhow::Result<Value> {
    let named = json!({ "uri": document.uri });
    let position = |offset: usize| {
        let mut position = document.position(offset);
        // The edit is in one line, and what lies behind it there moves.
        if offset >= at && document.position(at)["line"] == position["line"] {
            let moved = position["character"].as_u64().unwrap_or(0) + text.len() as u64;
            position["character"] = json!(moved);
        }
        position
    };
    let column = document.find("col('tenant_id')", at.saturating_sub(60))?;
    Ok(match method {
        "textDocument/hover" => json!({ "textDocument": named, "position": position(column + 6) }),
        "textDocument/completion" => json!({ "textDocument": named, "position": position(at) }),
        "textDocument/codeAction" => {
            let here = position(column + 6);
            let range = json!({ "start": here, "end": here });
            json!({ "textDocument": named, "range": range, "context": { "diagnostics": [] } })
        }
        "textDocument/inlayHint" => {
            let range = json!({ "start": { "line": 0, "character": 0 }, "end": document.end() });
            json!({ "textDocument": named, "range": range })
        }
        _ => json!({ "textDocument": named }),
    })
}

fn is_something(method: &str, answer: &Value) -> bool {
    match method {
        // There may be nothing to offer.
        "textDocument/codeAction" => answer.is_array(),
        "textDocument/semanticTokens/full" => {
            answer["data"].as_array().is_some_and(|tokens| tokens.len() > 100)
        }
        "textDocument/hover" => answer["contents"].is_object(),
        "textDocument/completion" => {
            let items = answer.get("items").unwrap_or(answer);
            items.as_array().is_some_and(|items| items.iter().any(|item| item["label"] == "tenant_id"))
        }
        _ => answer.as_array().is_some_and(|all| !all.is_empty()),
    }
}
