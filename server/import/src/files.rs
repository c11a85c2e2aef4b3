//! Imported policies as files: those that say the same on several tables become one, and policies of the
//! same tables share a file.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::Config;
use pgpe_policy::candidates;
use pgpe_policy::like;
use pgpe_syntax::ast::quote_string;

use crate::policy::{Body, Imported};
use crate::written;

/// A file of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name, with `.policy`.
    pub name: String,
    /// What it says, formatted.
    pub text: String,
}

/// One policy of the language, and the existing ones that it stands for.
struct Merged<'i> {
    name: String,
    body: &'i Body,
    tables: BTreeSet<&'i QualifiedName>,
    existing: Vec<&'i Imported>,
}

/// The name in the language of each existing policy, by its table and name in the database.
pub type Names = BTreeMap<(QualifiedName, String), String>;

/// Lays policies out in files. `taken` has the names that the project uses already.
pub(crate) fn files(
    imported: &[Imported],
    catalog: &Catalog,
    config: &Config,
    taken: &BTreeSet<String>,
) -> (Vec<PolicyFile>, Names) {
    let known = candidates(catalog, config);
    let merged = merge(imported, taken);
    let names_of = |policy: &Merged<'_>| {
        let existing = policy.existing.iter();
        let name = policy.name.clone();
        existing.map(|it| ((it.table.clone(), it.name.clone()), name.clone())).collect::<Vec<_>>()
    };
    let policy_names: Names = merged.iter().flat_map(names_of).collect();
    let mut by_tables: BTreeMap<&BTreeSet<&QualifiedName>, Vec<&Merged<'_>>> = BTreeMap::new();
    for policy in &merged {
        by_tables.entry(&policy.tables).or_default().push(policy);
    }
    let mut names = BTreeSet::new();
    let mut files = Vec::new();
    for (tables, policies) in by_tables {
        let selector = tables.iter().map(|table| selector(table, &known)).collect::<Vec<_>>().join(" OR ");
        let texts = policies.iter().map(|policy| policy.body.policy(&policy.name, &selector));
        let text = texts.collect::<Vec<_>>().join("\n");
        let stem = match tables.iter().collect::<Vec<_>>().as_slice() {
            [only] if only.schema == "public" => only.name.to_string(),
            [only] => format!("{}.{}", only.schema, only.name),
            _ => policies.first().map(|policy| policy.name.clone()).unwrap_or_default(),
        };
        let stem = unique(&plain(&stem), &names);
        names.insert(stem.clone());
        let text = pgpe_syntax::format(&pgpe_syntax::parse(&text));
        files.push(PolicyFile { name: format!("{stem}.policy"), text });
    }
    files.sort_by(|left, right| left.name.cmp(&right.name));
    (files, policy_names)
}

/// Policies of one name that say the same are one. Compiled names end in the table's name, so that an
/// existing name that does so begins with the policy's.
fn merge<'i>(imported: &'i [Imported], taken: &BTreeSet<String>) -> Vec<Merged<'i>> {
    let mut merged: Vec<(String, Merged<'i>)> = Vec::new();
    for policy in imported {
        let base = base_name(&policy.name, &policy.table.name);
        let same = |(known, it): &&mut (String, Merged<'i>)| {
            *known == base && *it.body == policy.body && !it.tables.contains(&policy.table)
        };
        match merged.iter_mut().find(same) {
            Some((_, it)) => {
                it.tables.insert(&policy.table);
                it.existing.push(policy);
            }
            None => {
                let tables = BTreeSet::from([&policy.table]);
                let (name, existing) = (String::new(), vec![policy]);
                merged.push((base.to_owned(), Merged { name, body: &policy.body, tables, existing }));
            }
        }
    }
    let mut names = taken.clone();
    let mut result = Vec::new();
    for (base, mut policy) in merged {
        let table = policy.tables.first().map(|table| table.name.as_str()).unwrap_or_default();
        policy.name = match names.contains(&base) {
            true => unique(&format!("{base}_{table}"), &names),
            false => base,
        };
        names.insert(policy.name.clone());
        result.push(policy);
    }
    result
}

fn base_name<'n>(name: &'n str, table: &str) -> &'n str {
    let base = name.strip_suffix(table).and_then(|base| base.strip_suffix('_'));
    base.filter(|base| !base.is_empty()).unwrap_or(name)
}

/// The name, or that with a number after it that is not taken.
pub fn unique(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_else(|| name.to_owned())
}

/// A selector of that table alone, among all tables that policies can govern.
pub fn selector(table: &QualifiedName, known: &[QualifiedName]) -> String {
    let matching = |pattern: &str| -> Vec<&QualifiedName> {
        known.iter().filter(|other| like::matches(pattern, &other.name) == Ok(true)).collect()
    };
    // `_` is only escaped where it would match another table's name.
    let mut pattern = table.name.replace('\\', "\\\\").replace('%', "\\%");
    if matching(&pattern).iter().any(|other| other.name != table.name) {
        pattern = pattern.replace('_', "\\_");
    }
    let named = format!("named({})", quote_string(&pattern));
    match matching(&pattern).iter().any(|other| *other != table) {
        true => format!("({named} AND in_schema({}))", written::name(&table.schema)),
        false => named,
    }
}

/// A name as a file's.
fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    match name.trim_start_matches('.') {
        "" => "policies".to_owned(),
        name => name.to_owned(),
    }
}
