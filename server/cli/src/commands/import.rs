//! `pgpe import`: the policies that the schema has already, in the policy language as far as they fit.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use pgpe_catalog::Catalog;
use pgpe_ide::{FileRole, compare_access};
use pgpe_import::{Import, Imported, compare_compiled};
use pgpe_project::relative_path;
use pgpe_report::difference::{Access, CommandDifference, TableDifference};
use pgpe_sqlgen::{Compiled, quote_identifier, quote_qualified};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Loaded, Policies, absolute, load, load_for_target};
use crate::proving::Proving;
use crate::schema_source::fetch;
use crate::tables::require_schema;
use crate::terminal::{Terminal, printable};
use pgpe_target::find_target;

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write the files into this folder instead of standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Take the schema and its policies from this target, instead of the configured schema
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
}

/// Imports what fits, says of the rest why it does not, and compares what the files compile to with the
/// originals.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let mut loaded = match &arguments.target {
        Some(_) => load_for_target(options, Policies::Optional, terminal)?,
        None => load(options, Policies::Optional, terminal)?,
    };
    if loaded.refuses_configuration(terminal) {
        return Ok(Status::Failure);
    }
    if let Some(target) = &arguments.target {
        let catalog = fetch(target, &find_target(&loaded.project.config, target)?, terminal)?;
        loaded.host.set_catalog(Some(Arc::new(catalog)));
    }
    require_schema(&loaded.analysis())?;
    let Some(import) = loaded.analysis().import()? else { return Ok(Status::Failure) };
    if import.imported.is_empty() && import.left.is_empty() {
        terminal.note("the schema has no policies that are not the project's already");
        return Ok(Status::Fine);
    }

    let mut differences = compare_with_originals(&import, arguments, &mut loaded)?;
    let mut compared = Vec::new();
    if differences.is_empty() && !import.imported.is_empty() {
        compared = prove_equal(&import, arguments, &mut loaded, options, terminal)?;
        differences = compared.iter().flat_map(changes).collect();
    }
    if !differences.is_empty() {
        for difference in differences {
            terminal.error(&difference);
        }
        terminal.error(
            "nothing was written: what these policies would compile to is not certain to be the original",
        );
        return Ok(Status::Findings);
    }

    match &arguments.output {
        Some(folder) => store(&import, folder, terminal)?,
        None => terminal.print(&listing(&import))?,
    }
    report(&import, terminal);
    report_proof(&compared, terminal);
    Ok(Status::Fine)
}

/// The files one after another, each under its name.
fn listing(import: &Import) -> String {
    let files = import.files.iter();
    files.map(|file| format!("-- {}\n\n{}", file.name, file.text)).collect::<Vec<_>>().join("\n")
}

fn store(import: &Import, folder: &std::path::Path, terminal: &Terminal) -> anyhow::Result<()> {
    let files: Vec<(PathBuf, String)> =
        import.files.iter().map(|file| (folder.join(&file.name), file.text.clone())).collect();
    pgpe_storing::create_all(&files)?;
    if !terminal.is_quiet() {
        let stored = files.iter().map(|(path, _)| format!("stored {}\n", path.display()));
        terminal.print(&printable(&stored.collect::<String>()))?;
    }
    Ok(())
}

/// What became of each policy.
fn report(import: &Import, terminal: &Terminal) {
    let mut told = String::new();
    for policy in &import.imported {
        let key = (policy.table.clone(), policy.name.clone());
        let name = import.names.get(&key).map_or("", String::as_str);
        told.push_str(&format!("imported {} on {} as {name}\n", policy.name, policy.table));
    }
    if !terminal.is_quiet() {
        terminal.print_error(&printable(&told));
    }
    for left in &import.left {
        let mut line = format!("left {} on {}: {}\n", left.name, left.table, left.why);
        if let Some(help) = &left.why.help {
            line.push_str(&format!("  help: {help}\n"));
        }
        terminal.print_error(&printable(&line));
    }
    for note in &import.notes {
        terminal.note(note);
    }
    if !import.imported.is_empty() {
        terminal.note("drop the originals in the transaction that applies the compiled SQL");
    }
    let (fitting, all) = (import.imported.len(), import.imported.len() + import.left.len());
    terminal.note(&match import.left.len() {
        0 => format!("all {all} policies were imported"),
        1 => format!("{fitting} of {all} policies were imported; 1 stays hand-written SQL"),
        left => format!("{fitting} of {all} policies were imported; {left} stay hand-written SQL"),
    });
}

/// The access to each table with the originals and with the files in their place. Joined with what stays
/// hand-written, and for all roles: that is more than the policies one by one.
fn prove_equal(
    import: &Import,
    arguments: &Arguments,
    loaded: &mut Loaded,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Vec<TableDifference>> {
    let mut originals = loaded.project.host();
    match loaded.project.files.iter().find(|file| file.role == FileRole::Schema) {
        Some(schema) if arguments.target.is_none() => {
            let (mut with_originals, mut without_originals) = (schema.text.clone(), schema.text.clone());
            for policy in &import.imported {
                let (name, table) = (quote_identifier(&policy.name), quote_qualified(&policy.table));
                with_originals.push_str(&format!("\nALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"));
                without_originals.push_str(&format!("\nDROP POLICY {name} ON {table};"));
            }
            originals.set_file(&schema.path, FileRole::Schema, &with_originals);
            loaded.host.set_file(&schema.path, FileRole::Schema, &without_originals);
        }
        // A snapshot or a database.
        _ => {
            let catalog = require_schema(&loaded.analysis())?;
            let (mut with_originals, mut without_originals) =
                (Catalog::clone(&catalog), Catalog::clone(&catalog));
            for policy in &import.imported {
                if let Some(table) = with_originals.relations.get_mut(&policy.table) {
                    table.rls_enabled = true;
                }
                if let Some(table) = without_originals.relations.get_mut(&policy.table) {
                    table.policies.remove(&policy.name);
                }
            }
            originals.set_catalog(Some(Arc::new(with_originals)));
            loaded.host.set_catalog(Some(Arc::new(without_originals)));
        }
    }
    let mut proving = Proving::new(loaded.project.config.solver_timeout_ms, options, terminal)?;
    let (before, after) = (originals.analysis(), loaded.analysis());
    let comparison = proving.complete(|outcome| {
        let comparison = compare_access(&before, &after, outcome)?;
        let open = comparison.open.clone();
        Ok((comparison, open))
    })?;
    let is_imported = |table: &TableDifference| {
        import
            .imported
            .iter()
            .any(|policy| policy.table.schema == table.schema && policy.table.name == table.table)
    };
    Ok(comparison.tables.into_iter().filter(is_imported).collect())
}

/// Where access would not be as it was.
fn changes(table: &TableDifference) -> Vec<String> {
    let is_change = |command: &CommandDifference| !matches!(command.access, Access::Same | Access::Unknown);
    let changed = table.commands.iter().filter(|(_, command)| is_change(command));
    changed
        .map(|(command, change)| {
            format!(
                "{command} on {} would let through something else: {}",
                table.name(),
                change.access.word()
            )
        })
        .collect()
}

/// What was proved, and what was not decided.
fn report_proof(compared: &[TableDifference], terminal: &Terminal) {
    let (mut same, mut unknown) = (0, Vec::new());
    for table in compared {
        let mut open = table.commands.iter().filter(|(_, command)| command.access == Access::Unknown);
        match open.next() {
            None => same += 1,
            Some((command, access)) => {
                let why = access.unknown.first().map_or("not decided", String::as_str);
                unknown.push(format!("{command} on {}: {why}", table.name()));
            }
        }
    }
    if same > 0 {
        let tables = if same == 1 { "table" } else { "tables" };
        terminal.note(&format!("proved: access is the same as before on {same} {tables}"));
    }
    for table in unknown {
        terminal.note(&format!("not proved to be the same, though each policy reads the same: {table}"));
    }
}

/// Whether the files compile to what the originals say, and to nothing else: compiled SQL is read again here
/// and must resolve to the same normal form.
fn compare_with_originals(
    import: &Import,
    arguments: &Arguments,
    loaded: &mut Loaded,
) -> anyhow::Result<Vec<String>> {
    let root = loaded.project.root.clone();
    let folder = absolute(&arguments.output.clone().unwrap_or_else(|| root.join("imported")))?;
    for file in &import.files {
        let path = relative_path(&root, &folder.join(&file.name));
        loaded.host.set_file(&path, FileRole::Policies, &file.text);
    }
    let analysis = loaded.analysis();
    let (catalog, config) = (require_schema(&analysis)?, analysis.config()?);
    let compiled = analysis.compile(None)?;
    let mut expected: BTreeMap<(String, &str), &Imported> = BTreeMap::new();
    for policy in &import.imported {
        if let Some(name) = import.names.get(&(policy.table.clone(), policy.name.clone())) {
            expected.insert((policy.table.to_string(), name), policy);
        }
    }
    let mut differences = unexpected(&compiled, import, &expected);
    for ((table, name), policy) in &expected {
        let found = compiled
            .tables
            .iter()
            .filter(|it| it.name == policy.table)
            .flat_map(|it| &it.policies)
            .find(|it| it.policy == **name);
        let result = match found {
            Some(found) => compare_compiled(found, policy, &catalog, &config),
            None => Err("it is not compiled".to_owned()),
        };
        if let Err(why) = result {
            differences.push(format!("{} on {table}: {why}", policy.name));
        }
    }
    Ok(differences)
}

/// Tables that an imported policy selects though its original is not theirs.
fn unexpected(
    compiled: &Compiled,
    import: &Import,
    expected: &BTreeMap<(String, &str), &Imported>,
) -> Vec<String> {
    let mut found = Vec::new();
    for table in &compiled.tables {
        for policy in &table.policies {
            let imported = import.names.values().any(|name| *name == policy.policy);
            if imported && !expected.contains_key(&(table.name.to_string(), policy.policy.as_str())) {
                found.push(format!("{} would also govern {}", policy.policy, table.name));
            }
        }
    }
    found
}
