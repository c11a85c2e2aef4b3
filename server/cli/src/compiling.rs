//! Compiles a project, or says why it can't be.

use pgpe_ide::Incomplete;
use pgpe_report::human;
use pgpe_sqlgen::Compiled;

use crate::loading::{Loaded, Texts};
use crate::terminal::Terminal;

/// The compiled project, or what of it concerns one table. `None` if a policy has an error: that is shown then,
/// and `consequence` is what the error's sentence begins with.
pub fn compile(
    loaded: &Loaded,
    table: Option<&str>,
    consequence: &str,
    terminal: &Terminal,
) -> anyhow::Result<Option<Compiled>> {
    match loaded.analysis().compile_complete(table)? {
        Ok(compiled) => Ok(Some(compiled)),
        Err(reason) => {
            show_incomplete(&reason, consequence, &loaded.texts, terminal);
            Ok(None)
        }
    }
}

/// Shows why a project can't be compiled.
pub fn show_incomplete(reason: &Incomplete, consequence: &str, texts: &Texts, terminal: &Terminal) {
    if let Incomplete::Errors(errors) = reason {
        let report = pgpe_report::Report::new(errors.clone(), Vec::new());
        terminal.print_error(&human::findings(&report.findings, texts, terminal.error_colour()));
    }
    terminal.error(&format!("{consequence}: {reason}"));
}
