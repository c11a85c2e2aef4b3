//! Tables and columns where the schema defines them: which policies concern them.

use std::ops::Range;

use pgpe_catalog::QualifiedName;
use pgpe_policy::resolved::{Atom, Conjunction, Disjunction, Operand, TablePolicy};
use pgpe_policy::source::Selector;

use super::Verdicts;
use super::policy::isolation;
use crate::database::{Db, Project};
use crate::markdown;
use crate::queries::{self, TableKey};

/// What is known of the name at a place of the schema's text.
pub(super) fn at(
    db: &dyn Db,
    project: Project,
    verdicts: Verdicts<'_>,
    offset: u32,
) -> Option<(Range<u32>, String)> {
    let sources = &queries::schema_notes(db, project).as_ref()?.sources;
    let is_here = |range: &Range<u32>| range.start <= offset && offset <= range.end;
    if let Some(((table, column), range)) = sources.columns.iter().find(|(_, range)| is_here(range)) {
        return Some((range.clone(), self::column(db, project, table, column)?));
    }
    let (table, range) = sources.relations.iter().find(|(_, range)| is_here(range))?;
    Some((range.clone(), self::table(db, project, verdicts, table)?))
}

fn table(db: &dyn Db, project: Project, verdicts: Verdicts<'_>, table: &QualifiedName) -> Option<String> {
    let relation = queries::catalog(db, project).as_deref()?.relations.get(table)?;
    let name = markdown::code(&table.to_string());
    if !relation.kind.is_table() {
        return Some(format!("{name} is no table: policies govern the tables that it reads"));
    }
    let key = TableKey::new(db, table.clone());
    let policies: Vec<String> =
        queries::policies_of_table(db, project, key).map(|(_, policy)| policy.name.value.clone()).collect();
    if policies.is_empty() {
        return Some(format!("no policy governs {name}"));
    }
    let mut parts = vec![format!("{name} is governed by {}", markdown::list(&policies))];
    parts.extend(isolation(std::slice::from_ref(table), verdicts));
    Some(parts.join("\n\n"))
}

fn column(db: &dyn Db, project: Project, table: &QualifiedName, column: &str) -> Option<String> {
    let relation = queries::catalog(db, project).as_deref()?.relations.get(table)?;
    let found = relation.column(column)?;
    let nullable = if found.not_null { "NOT NULL" } else { "may be null" };
    let name = markdown::code(&format!("{table}.{column}"));
    let head = format!("{name}: {}, {nullable}", markdown::code(&found.ty.display));
    let mut lines: Vec<String> = Vec::new();
    for key in queries::governed_tables(db, project) {
        for (item, policy) in queries::policies_of_table(db, project, *key) {
            let resolution = queries::resolution(db, project, item, *key).as_ref();
            let resolved = resolution.and_then(|resolution| resolution.policy.as_ref());
            let is_own = key.name(db) == table;
            let selects = is_own && policy.selector.as_ref().is_some_and(|it| asks_for(&it.value, column));
            let uses = resolved.is_some_and(|resolved| uses(resolved, key.name(db), (table, column)));
            let name = markdown::code(&policy.name.value);
            let line = match (selects, uses) {
                (true, true) => format!("- {name}: selector and clauses"),
                (true, false) => format!("- {name}: selector"),
                (false, true) if is_own => format!("- {name}: clauses"),
                (false, true) => format!("- {name}: traversals"),
                (false, false) => continue,
            };
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    match lines.as_slice() {
        [] => Some(format!("{head}\n\nno policy uses it")),
        lines => Some(format!("{head}\n\nused by\n{}", lines.join("\n"))),
    }
}

/// Whether a selector asks for a column.
fn asks_for(selector: &Selector, wanted: &str) -> bool {
    match selector {
        Selector::Or(left, right) | Selector::And(left, right) => {
            asks_for(left, wanted) || asks_for(right, wanted)
        }
        Selector::Not(inner) => asks_for(inner, wanted),
        Selector::HasColumn { column, .. } => column.value == wanted,
        Selector::All | Selector::InSchema(_) | Selector::Named(_) | Selector::Tagged(_) => false,
    }
}

/// Whether a policy on a table looks at a column, of that table or of one that it traverses.
fn uses(policy: &TablePolicy, table: &QualifiedName, wanted: (&QualifiedName, &str)) -> bool {
    let blocks: [Option<&Disjunction>; 2] = [Some(&policy.using), policy.check.as_ref()];
    let mut clauses = blocks.into_iter().flatten().flat_map(|block| &block.clauses);
    clauses.any(|clause| mentions(clause, table, wanted))
}

fn mentions(clause: &Conjunction, table: &QualifiedName, wanted: (&QualifiedName, &str)) -> bool {
    let is_it = |of: &QualifiedName, column: &str| (of, column) == wanted;
    clause.atoms.iter().any(|atom| match atom {
        Atom::Compare { left, right, .. } => [left, right].iter().any(|it| reads(it, table, &is_it)),
        Atom::In { operand, .. } | Atom::Null { operand, .. } => reads(operand, table, &is_it),
        Atom::Like { operand, pattern, .. } => [operand, pattern].iter().any(|it| reads(it, table, &is_it)),
        Atom::Exists(traversal) => {
            traversal
                .links
                .iter()
                .any(|link| is_it(table, &link.outer) || is_it(&traversal.target, &link.inner))
                || mentions(&traversal.condition, &traversal.target, wanted)
        }
    })
}

fn reads(operand: &Operand, table: &QualifiedName, is_it: &dyn Fn(&QualifiedName, &str) -> bool) -> bool {
    match operand {
        Operand::Column { name, .. } => is_it(table, name),
        Operand::Function { arguments, .. } => {
            arguments.iter().any(|(argument, _)| reads(argument, table, is_it))
        }
        Operand::Session { .. } | Operand::Literal(_) => false,
    }
}
