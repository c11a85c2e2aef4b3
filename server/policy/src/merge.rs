//! One list of problems for all tables that a policy governs.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;

use crate::names;
use crate::problem::Problem;

/// Joins what resolving a policy found on each of its tables: a problem that several tables share is told
/// once, and names them.
pub fn merge<'p>(per_table: impl IntoIterator<Item = (&'p QualifiedName, &'p [Problem])>) -> Vec<Problem> {
    let mut merged: Vec<(Problem, Vec<QualifiedName>)> = Vec::new();
    let mut governed = 0;
    for (table, problems) in per_table {
        governed += 1;
        for problem in problems {
            let bound = problem.tables.contains(table);
            let general = if bound { without_table(problem, table) } else { problem.clone() };
            let known = merged
                .iter_mut()
                .find(|(other, tables)| tables.is_empty() != bound && is_same(other, &general));
            match known {
                Some((_, tables)) if bound => tables.push(table.clone()),
                Some(_) => {}
                None => merged.push((general, bound.then(|| table.clone()).into_iter().collect())),
            }
        }
    }
    let mut problems: Vec<Problem> =
        merged.into_iter().map(|(problem, tables)| with_tables(problem, tables, governed)).collect();
    problems.sort_by(|left, right| {
        let key = |problem: &Problem| (problem.range.start(), problem.range.end(), problem.rule);
        key(left).cmp(&key(right)).then_with(|| left.tables.cmp(&right.tables))
    });
    problems
}

/// The places that explain it may differ: those of the first table are enough.
fn is_same(left: &Problem, right: &Problem) -> bool {
    let key = |problem: &Problem| (problem.rule, problem.range, problem.unnecessary);
    key(left) == key(right)
        && left.message == right.message
        && left.help == right.help
        && left.fixes == right.fixes
}

/// Stands for the tables until all are known; no name holds it.
const TABLES: char = '\0';

fn without_table(problem: &Problem, table: &QualifiedName) -> Problem {
    let message = problem.message.replacen(&names::on_table(table), &TABLES.to_string(), 1);
    Problem { message, tables: Vec::new(), ..problem.clone() }
}

fn with_tables(problem: Problem, mut tables: Vec<QualifiedName>, governed: usize) -> Problem {
    tables.sort();
    let message = problem.message.replacen(TABLES, &names::on_tables(&tables), 1);
    let mut problem = Problem { message, tables, ..problem };
    // What is superfluous on some tables may be needed on the others.
    let everywhere = problem.tables.is_empty() || problem.tables.len() == governed;
    if problem.rule == Rule::Subsumption && !everywhere {
        problem.fixes.clear();
        problem.unnecessary = false;
    }
    problem
}

#[cfg(test)]
mod tests;
