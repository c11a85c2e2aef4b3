//! Compiles a project, or says why it can't be.

use pgpe_ide::FileRole;
use pgpe_report::human;
use pgpe_sqlgen::{Compiled, CompiledTable};

use crate::loading::Loaded;
use crate::reporting::prevents_compiling;
use crate::scope::is_named;
use crate::terminal::Terminal;

/// The compiled project, or what of it concerns one table. `None` if a policy has an error: that is shown then,
/// and `consequence` is what the error's sentence begins with.
pub fn compile(
    loaded: &Loaded,
    table: Option<&str>,
    consequence: &str,
    terminal: &Terminal,
) -> anyhow::Result<Option<Compiled>> {
    let analysis = loaded.analysis();
    let mut errors = analysis.written_findings()?;
    errors.retain(prevents_compiling);
    if !errors.is_empty() {
        let count = errors.len();
        let report = pgpe_report::Report::new(errors, Vec::new());
        terminal.print_error(&human::findings(&report.findings, &loaded.texts, terminal.error_colour()));
        terminal.error(&format!("{consequence}: correct {} first", counted(count, "error")));
        return Ok(None);
    }
    let compiled = analysis.compile(table)?;
    let missing = left_out(loaded, &compiled, table)?;
    if !missing.is_empty() {
        terminal.error(&format!(
            "{consequence}: these policies have an error, even if it is silenced: {}",
            missing.join(", ")
        ));
        return Ok(None);
    }
    Ok(Some(compiled))
}

/// Policies that gave no SQL although nothing is reported of them. Without a restrictive policy the rest would
/// let more through, so nothing may be left out in silence.
fn left_out(loaded: &Loaded, compiled: &Compiled, table: Option<&str>) -> anyhow::Result<Vec<String>> {
    let policy_files = loaded.project.files.iter().filter(|file| file.role == FileRole::Policies);
    let mut missing: Vec<String> = policy_files
        .filter(|file| !pgpe_syntax::parse(&file.text).errors().is_empty())
        .map(|file| format!("those in {}", file.path))
        .collect();
    for governed in loaded.analysis().check(&|_| None)?.tables {
        if table.is_some_and(|name| !is_named(name, &governed.schema, &governed.table)) {
            continue;
        }
        let found = compiled
            .tables
            .iter()
            .find(|table| table.name.schema == governed.schema && table.name.name == governed.table);
        for policy in &governed.policies {
            let is_compiled = |table: &CompiledTable| table.policies.iter().any(|it| it.policy == *policy);
            if !found.is_some_and(is_compiled) {
                missing.push(format!("{policy} on {}.{}", governed.schema, governed.table));
            }
        }
    }
    Ok(missing)
}

/// `1 error`, `2 errors`
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
