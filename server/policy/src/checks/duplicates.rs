//! Policies that bear one name, in the source or once compiled.

use std::collections::BTreeMap;

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use crate::compiled_name::{compiled_commands, compiled_name};
use crate::problem::{Problem, RelatedPlace};
use crate::source::CommandSet;

/// What names are compared by.
#[derive(Debug, Clone, Copy)]
pub struct NamedPolicy<'a> {
    /// The policy's name.
    pub name: &'a str,
    /// Where it stands.
    pub range: TextRange,
    /// Its commands, if they can be read.
    pub commands: Option<CommandSet>,
    /// The tables that it is known to govern.
    pub tables: &'a [&'a QualifiedName],
}

/// Policies of a project that share their name, each with the index of the policy.
pub fn duplicate_policies(policies: &[NamedPolicy<'_>]) -> Vec<(usize, Problem)> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        if !policy.name.is_empty() {
            by_name.entry(policy.name).or_default().push(index);
        }
    }
    let mut problems = Vec::new();
    for (name, indices) in by_name.into_iter().filter(|(_, indices)| indices.len() > 1) {
        for index in indices.iter().copied() {
            let Some(policy) = policies.get(index) else { continue };
            let message = match indices.len() {
                2 => format!("another policy is named `{name}` too"),
                count => format!("{} other policies are named `{name}` too", count - 1),
            };
            let mut problem = Problem::new(Rule::DuplicatePolicy, policy.range, message)
                .with_help("give each policy of the project its own name");
            let note = "the same name".to_owned();
            problem.related.push(RelatedPlace::Policy(name.to_owned(), note));
            problems.push((index, problem));
        }
    }
    problems.sort_by_key(|(index, _)| *index);
    problems
}

/// Policies that compile to the same name on one table though their own names differ: `a_b` on table `c` and
/// `a` on table `b_c` do not meet, but `a` on table `select` for two commands meets `a_select` there.
pub fn compiled_name_collisions(policies: &[NamedPolicy<'_>]) -> Vec<(usize, Problem)> {
    let mut owners: BTreeMap<(&QualifiedName, String), Vec<usize>> = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        let Some(commands) = policy.commands.filter(|_| !policy.name.is_empty()) else { continue };
        for table in policy.tables {
            for command in compiled_commands(commands) {
                let compiled = compiled_name(policy.name, &table.name, command);
                owners.entry((*table, compiled.name)).or_default().push(index);
            }
        }
    }
    let mut found: BTreeMap<(usize, usize), (String, Vec<QualifiedName>)> = BTreeMap::new();
    for ((table, name), indices) in owners {
        for index in &indices {
            for other in &indices {
                let differ = name_of(policies, *index) != name_of(policies, *other);
                if index != other && differ {
                    let entry = found.entry((*index, *other)).or_insert_with(|| (name.clone(), Vec::new()));
                    entry.1.push(table.clone());
                }
            }
        }
    }
    let problem = |((index, other), (compiled, tables)): ((usize, usize), (String, Vec<QualifiedName>))| {
        let policy = policies.get(index)?;
        let other = name_of(policies, other)?;
        let message = format!(
            "this policy and `{other}` both compile to `{compiled}`{}",
            crate::names::on_tables(&tables)
        );
        let mut problem = Problem::new(Rule::DuplicatePolicy, policy.range, message)
            .with_help("rename one of the two policies");
        problem.tables = tables;
        let note = "compiles to the same name".to_owned();
        problem.related.push(RelatedPlace::Policy(other.to_owned(), note));
        Some((index, problem))
    };
    found.into_iter().filter_map(problem).collect()
}

fn name_of<'p>(policies: &[NamedPolicy<'p>], index: usize) -> Option<&'p str> {
    policies.get(index).map(|policy| policy.name)
}
