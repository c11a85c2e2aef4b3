//! Rules about policies and grants as a whole, beside what resolving one on a table finds.
//!
//! Some look at one item, some at all of a project; those return the index of the item concerned with each
//! problem.

mod cycles;
mod duplicates;
mod selectors;
mod structure;

use pgpe_catalog::Catalog;
use pgpe_config::{Config, Rule};

use crate::names;
use crate::problem::Problem;
use crate::selector::Candidates;
use crate::source::{Grant, Policy, Spanned};

pub use cycles::{Governing, has_subquery, traversal_cycles};
pub use duplicates::{NamedPolicy, compiled_name_collisions, duplicate_policies};
pub use structure::long_names;

/// What is wrong with a policy whatever table it governs.
pub fn policy_problems(
    policy: &Policy,
    catalog: Option<&Catalog>,
    candidates: &Candidates,
    config: &Config,
) -> Vec<Problem> {
    let mut problems = structure::command_problems(policy);
    problems.extend(role_problems(&policy.roles, catalog));
    problems.extend(selectors::selector_problems(policy.selector.as_ref(), catalog, candidates, config));
    problems.sort_by_key(|problem| (problem.range.start(), problem.range.end(), problem.rule));
    problems
}

/// What is wrong with a grant.
pub fn grant_problems(
    grant: &Grant,
    catalog: Option<&Catalog>,
    candidates: &Candidates,
    config: &Config,
) -> Vec<Problem> {
    let mut problems = role_problems(&grant.roles, catalog);
    problems.extend(selectors::selector_problems(grant.selector.as_ref(), catalog, candidates, config));
    problems.sort_by_key(|problem| (problem.range.start(), problem.range.end(), problem.rule));
    problems
}

/// Roles that a database does not have. A schema file rarely names them all, and then nothing is said.
fn role_problems(roles: &[Spanned<String>], catalog: Option<&Catalog>) -> Vec<Problem> {
    let Some(catalog) = catalog.filter(|catalog| catalog.roles.complete) else { return Vec::new() };
    let known = &catalog.roles.known;
    // PostgreSQL reads `public` as everybody.
    let unknown = roles.iter().filter(|role| role.value != "public" && !known.contains_key(&role.value));
    let problem = |role: &Spanned<String>| {
        let message = format!("the database has no role `{}`", role.value);
        let mut problem = Problem::new(Rule::UnknownRole, role.range, message);
        let nearest = names::nearest(&role.value, known.keys().map(String::as_str));
        problem.help = names::did_you_mean(&nearest)
            .or_else(|| Some("create the role before the policies are applied".to_owned()));
        for other in nearest {
            let edit = (role.range, names::written_like(role, other));
            problem.fixes.push((format!("Replace with `{other}`"), vec![edit]));
        }
        problem
    };
    unknown.map(problem).collect()
}

#[cfg(test)]
mod tests;
