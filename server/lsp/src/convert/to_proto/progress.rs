//! Work that takes time, as the client shows it.

use tower_lsp::ls_types::*;

/// A token that the client has not seen yet.
pub(crate) fn new_token(number: u64) -> ProgressToken {
    ProgressToken::String(format!("pgpe-{number}"))
}

/// The beginning of something that takes time.
pub(crate) fn progress_begin(token: ProgressToken, title: String) -> ProgressParams {
    let begin = WorkDoneProgress::Begin(WorkDoneProgressBegin {
        title,
        cancellable: Some(true),
        message: None,
        percentage: None,
    });
    ProgressParams { token, value: ProgressParamsValue::WorkDone(begin) }
}

/// How far it is.
pub(crate) fn progress_report(token: ProgressToken, message: String) -> ProgressParams {
    let report = WorkDoneProgress::Report(WorkDoneProgressReport {
        cancellable: Some(true),
        message: Some(message),
        percentage: None,
    });
    ProgressParams { token, value: ProgressParamsValue::WorkDone(report) }
}

/// Its end.
pub(crate) fn progress_end(token: ProgressToken) -> ProgressParams {
    let end = WorkDoneProgress::End(WorkDoneProgressEnd { message: None });
    ProgressParams { token, value: ProgressParamsValue::WorkDone(end) }
}
