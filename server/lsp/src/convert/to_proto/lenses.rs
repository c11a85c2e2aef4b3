//! Code lenses, and the counterexamples that they open.

use pgpe_config::Rule;
use pgpe_ide::CounterexamplePage;
use serde_json::{Value, json};
use tower_lsp::ls_types::*;

use crate::convert::custom::command;
use crate::targets::Action;

/// One that only says something.
pub(crate) fn lens_title(range: Range, title: String) -> CodeLens {
    lens(range, title, "", Vec::new())
}

/// One that shows the SQL of the policy at a place.
pub(crate) fn lens_preview(range: Range, uri: &Uri, place: Position) -> CodeLens {
    lens(range, "Preview SQL".to_owned(), command::PREVIEW_SQL, vec![json!(uri.as_str()), json!(place)])
}

/// One that shows the counterexample of a finding.
pub(crate) fn lens_counterexample(range: Range, uri: &Uri, line: u32, rule: Rule) -> CodeLens {
    let arguments = vec![json!(uri.as_str()), json!(line), json!(rule.id())];
    lens(range, "Show counterexample".to_owned(), command::SHOW_COUNTEREXAMPLE, arguments)
}

/// One that does something with a target, which is named where there are several.
pub(crate) fn lens_target(range: Range, action: Action, target: &str, count: usize, uri: &Uri) -> CodeLens {
    let title = match action {
        Action::CheckDrift if count == 1 => "Check drift".to_owned(),
        Action::Apply if count == 1 => "Apply…".to_owned(),
        action => action.title(target),
    };
    lens(range, title, action.command(), vec![json!(target), json!(uri.as_str())])
}

fn lens(range: Range, title: String, name: &str, arguments: Vec<Value>) -> CodeLens {
    let arguments = (!arguments.is_empty()).then_some(arguments);
    CodeLens { range, command: Some(Command { title, command: name.to_owned(), arguments }), data: None }
}

/// A counterexample to be shown.
pub(crate) fn counterexample_page(page: CounterexamplePage) -> Value {
    json!({ "title": page.title, "markdown": page.markdown })
}
