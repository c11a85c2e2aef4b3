//! Blocks that a policy's commands have no use for, and names that PostgreSQL can't hold.

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use crate::compiled_name::{compiled_commands, compiled_name};
use crate::names;
use crate::problem::Problem;
use crate::source::{CommandSet, Policy};

/// WITH CHECK where no row is written, and clauses where no row is read.
pub(super) fn command_problems(policy: &Policy) -> Vec<Problem> {
    let (Some(commands), Some(check)) = (policy.commands, &policy.check) else { return Vec::new() };
    let writes = commands.contains(Command::Insert) || commands.contains(Command::Update);
    if !writes {
        let spelled: Vec<&str> = commands.iter().map(Command::keyword).collect();
        let verb = if spelled.len() == 1 { "writes" } else { "write" };
        let message = format!("{} {verb} no row that WITH CHECK could check", spelled.join(" and "));
        let mut problem = Problem::new(Rule::CheckNotAllowed, check.range, message)
            .with_help("remove WITH CHECK, or add INSERT or UPDATE to the commands");
        if let Some(last) = policy.clauses.last() {
            let range = TextRange::new(last.range.end(), check.range.end());
            problem.fixes.push(("Remove WITH CHECK".to_owned(), vec![(range, String::new())]));
        }
        return vec![problem];
    }
    if commands == CommandSet::default().with(Command::Insert)
        && let (Some(first), Some(last)) = (policy.clauses.first(), policy.clauses.last())
    {
        let range = first.range.cover(last.range);
        let message = "INSERT is decided by WITH CHECK alone, so these clauses are never used";
        let mut problem = Problem::new(Rule::UnusedClause, range, message)
            .with_help("write the clauses of WITH CHECK in their place, and remove WITH CHECK");
        problem.unnecessary = true;
        if let Some(checked) = check.value.first() {
            let gap = TextRange::new(first.range.start(), checked.range.start());
            let title = "Write the clauses of WITH CHECK in their place".to_owned();
            problem.fixes.push((title, vec![(gap, String::new())]));
        }
        return vec![problem];
    }
    Vec::new()
}

/// Compiled names that are too long, over the tables that a policy governs.
pub fn long_names(policy: &Policy, tables: &[QualifiedName]) -> Vec<Problem> {
    let Some(commands) = policy.commands else { return Vec::new() };
    let mut long = Vec::new();
    let mut example = None;
    for table in tables {
        for command in compiled_commands(commands) {
            let compiled = compiled_name(&policy.name.value, &table.name, command);
            if compiled.shortened {
                example.get_or_insert(compiled.name);
                if !long.contains(table) {
                    long.push(table.clone());
                }
            }
        }
    }
    let Some(example) = example else { return Vec::new() };
    let message = format!(
        "the compiled name exceeds PostgreSQL's 63 bytes{} and is shortened, as in `{example}`",
        names::on_tables(&long)
    );
    let mut problem = Problem::new(Rule::LongName, policy.name.range, message)
        .with_help("a shorter name for the policy keeps it readable in the database");
    problem.tables = long;
    vec![problem]
}
