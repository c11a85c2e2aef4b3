//! `pgpe matrix`: which role may do what on which table.

use clap::Args;
use pgpe_catalog::QualifiedName;
use pgpe_ide::Analysis;
use pgpe_report::access;

use crate::applying::Format;
use crate::arguments::GlobalOptions;
use crate::compiling::compile;
use crate::exit::Status;
use crate::loading::{Policies, load};
use crate::proving::Proving;
use crate::scope::is_named;
use crate::tables::{find_tables, require_schema};
use crate::target::{block_on, observe};
use crate::terminal::Terminal;

/// Arguments of `matrix`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Look at this target's roles, privileges and policies, by its name in pgpe.yaml; without one, at the
    /// schema's
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
    /// Show only this table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// The form of the matrix
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Shows the matrix of the project as it is once applied.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let Some(target) = &arguments.target else {
        let loaded = load(options, Policies::Optional, terminal)?;
        if loaded.refuses_configuration(terminal) {
            return Ok(Status::Failure);
        }
        require_schema(&loaded.analysis())?;
        if compile(&loaded, None, "no access can be told", terminal)?.is_none() {
            return Ok(Status::Findings);
        }
        let mut proving = Proving::new(loaded.project.config.solver_timeout_ms, options, terminal)?;
        return show(arguments, &loaded.analysis(), None, &mut proving, terminal);
    };
    block_on(async {
        let observed = match observe(target, options, terminal).await? {
            Ok(observed) => observed,
            Err(status) => return Ok(status),
        };
        let note = (!observed.drift().drift.is_empty()).then(|| {
            format!(
                "{target} is not as the project says: this is the access once that is applied; `pgpe monitor \
                 --target {target}` shows the difference"
            )
        });
        let timeout = observed.config.solver_timeout_ms;
        let mut proving = Proving::new(timeout, options, terminal)?;
        show(arguments, &observed.analysis, note, &mut proving, terminal)
    })
}

fn show(
    arguments: &Arguments,
    analysis: &Analysis,
    note: Option<String>,
    proving: &mut Proving<'_>,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    if let Some(table) = &arguments.table {
        find_tables(analysis, table)?;
    }
    let wanted = |name: &QualifiedName| {
        arguments.table.as_ref().is_none_or(|table| is_named(table, &name.schema, &name.name))
    };
    let matrix = proving.complete(|outcome| {
        let found = analysis.access_matrix(&wanted, outcome)?;
        Ok(found.map_or((None, Vec::new()), |(matrix, open)| (Some(matrix), open)))
    })?;
    let mut matrix = matrix.unwrap_or_default();
    matrix.notes.splice(0..0, note);
    if matrix.tables.is_empty() {
        terminal
            .note("the schema has no table that policies could govern: `tables` in pgpe.yaml says which are");
    }
    terminal.print(&match arguments.format {
        Format::Human => access::human(&matrix, terminal.colour()),
        Format::Json => access::json(&matrix),
    })?;
    Ok(Status::Fine)
}
