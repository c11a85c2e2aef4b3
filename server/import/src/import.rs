//! All existing policies of a schema: which fit, in which files, and why the others do not.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, Command, ExistingPolicy, QualifiedName};
use pgpe_config::{Config, MissingSetting};
use pgpe_policy::candidates;
use pgpe_policy::resolved::TablePolicy;

use crate::files::{Names, PolicyFile, files};
use crate::missing::{Standing, Standings, missing_setting_matters};
use crate::outside::Outside;
use crate::policy::{Imported, commands, read_policy};

/// What the project has already.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// Its policies on each table.
    pub policies: BTreeMap<QualifiedName, Vec<TablePolicy>>,
    /// The names that these have in the database, by table.
    pub compiled: BTreeSet<(QualifiedName, String)>,
    /// The names of all of its policies.
    pub names: BTreeSet<String>,
}

/// What becomes of a schema's policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// The files to be written.
    pub files: Vec<PolicyFile>,
    /// The policies that fit, by table and name.
    pub imported: Vec<Imported>,
    /// What each of them is called in the files.
    pub names: Names,
    /// Those that do not, by table and name.
    pub left: Vec<Left>,
    /// What applying the compiled files changes besides.
    pub notes: Vec<String>,
}

/// An existing policy that was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its table.
    pub table: QualifiedName,
    /// Its name in the database.
    pub name: String,
    /// Why it does not fit.
    pub why: Outside,
}

/// Imports the existing policies that the project does not have.
pub fn import(catalog: &Catalog, config: &Config, present: &Present) -> Import {
    let known: BTreeSet<QualifiedName> = candidates(catalog, config).into_iter().collect();
    let mut import = Import::default();
    for (table, name, existing) in existing_policies(catalog) {
        if present.compiled.contains(&(table.clone(), name.clone())) {
            continue;
        }
        let read = match known.contains(table) {
            true => read_policy(table, name, existing, catalog, config),
            false => Err(Outside::policy("its table is none of those that policies may govern")
                .with_help("add its schema to `tables.schemas` in pgpe.yaml")),
        };
        match read {
            Ok(policy) if policy.never_passes => {
                let why = Outside::policy("no row ever passes it, and the language has no such policy");
                import.leave(table, name, why);
            }
            Ok(policy) => import.imported.push(policy),
            Err(why) => import.leave(table, name, why),
        }
    }
    import.leave_where_settings_matter(catalog, config, present);
    import.left.sort_by(|left, right| (&left.table, &left.name).cmp(&(&right.table, &right.name)));
    (import.files, import.names) = files(&import.imported, catalog, config, &present.names);
    import.notes = import.notes(catalog, config);
    import
}

/// All existing policies, by table and name.
fn existing_policies(catalog: &Catalog) -> impl Iterator<Item = (&QualifiedName, &String, &ExistingPolicy)> {
    let tables = catalog.relations.iter();
    tables.flat_map(|(table, relation)| relation.policies.iter().map(move |(name, it)| (table, name, it)))
}

impl Import {
    fn leave(&mut self, table: &QualifiedName, name: &str, why: Outside) {
        self.left.push(Left { table: table.clone(), name: name.to_owned(), why });
    }

    /// Leaves out policies that raise an error, today or compiled, where rows pass otherwise. Each of them may
    /// matter to others, so that this is done again until none is left out.
    fn leave_where_settings_matter(&mut self, catalog: &Catalog, config: &Config, present: &Present) {
        loop {
            let mut leaving: Vec<(usize, String)> = {
                let standings = self.standings(catalog, present);
                let matters = |policy: &Imported| {
                    let standing =
                        Standing { policy: &policy.policy, one_sided_errors: &policy.one_sided_errors };
                    missing_setting_matters(&standings, &policy.table, standing)
                        .or_else(|| self.error_elsewhere(policy, catalog))
                };
                let policies = self.imported.iter().enumerate();
                policies.filter_map(|(index, policy)| Some((index, matters(policy)?))).collect()
            };
            // What else they keep from being imported may do without them.
            let reads = |(index, key): &(usize, String)| {
                self.imported.get(*index).is_some_and(|policy| policy.one_sided_errors.contains(key))
            };
            if leaving.iter().any(reads) {
                leaving.retain(reads);
            }
            if leaving.is_empty() {
                return;
            }
            for (index, key) in leaving.into_iter().rev() {
                let policy = self.imported.remove(index);
                self.leave(&policy.table, &policy.name, missing_setting(&key, config));
            }
        }
    }

    /// A setting whose error may come into a policy that is left, because that one seems to read the table.
    fn error_elsewhere(&self, policy: &Imported, catalog: &Catalog) -> Option<String> {
        let key = policy.one_sided_errors.first()?;
        let is_named = |text: &Option<String>| {
            let name = policy.table.name.to_lowercase();
            text.as_ref().is_some_and(|text| text.to_lowercase().contains(&name))
        };
        let reads = |left: &Left| {
            let existing = catalog.table(&left.table).and_then(|table| table.policies.get(&left.name));
            left.table != policy.table
                && existing.is_some_and(|it| is_named(&it.using) || is_named(&it.check))
        };
        let read = policy.policy.commands.contains(Command::Select) && self.left.iter().any(reads);
        read.then(|| key.clone())
    }

    /// The policies as they will stand: the project's, the imported ones, and those that are left.
    fn standings<'a>(&'a self, catalog: &'a Catalog, present: &'a Present) -> Standings<'a> {
        const NONE: &BTreeSet<String> = &BTreeSet::new();
        let mut standings = Standings::new();
        for (table, policies) in &present.policies {
            let standing = standings.entry(table).or_default();
            standing
                .policies
                .extend(policies.iter().map(|policy| Standing { policy, one_sided_errors: NONE }));
        }
        for policy in &self.imported {
            let standing = Standing { policy: &policy.policy, one_sided_errors: &policy.one_sided_errors };
            standings.entry(&policy.table).or_default().policies.push(standing);
        }
        for left in &self.left {
            let relation = catalog.relations.get_key_value(&left.table);
            let existing = relation.and_then(|(table, it)| Some((table, it.policies.get(&left.name)?)));
            if let Some((table, existing)) = existing.filter(|(_, existing)| existing.permissive) {
                let standing = standings.entry(table).or_default();
                standing.unknown = standing.unknown.iter().chain(commands(existing).iter()).collect();
            }
        }
        standings
    }

    /// What else changes on the tables of the imported policies.
    fn notes(&self, catalog: &Catalog, config: &Config) -> Vec<String> {
        let tables: BTreeSet<&QualifiedName> = self.imported.iter().map(|policy| &policy.table).collect();
        let known = tables.iter().filter_map(|table| Some((table.to_string(), catalog.table(table)?)));
        let (disabled, enabled): (Vec<_>, Vec<_>) = known.partition(|(_, relation)| !relation.rls_enabled);
        let unforced = enabled.into_iter().filter(|(_, relation)| !relation.rls_forced);
        let disabled: Vec<String> = disabled.into_iter().map(|(name, _)| name).collect();
        let unforced: Vec<String> = unforced.map(|(name, _)| name).collect();
        let mut notes = Vec::new();
        if !disabled.is_empty() {
            notes.push(format!(
                "row-level security is not enabled on {}, so that policies have no effect there today; the compiled \
                 SQL enables it",
                disabled.join(", ")
            ));
        }
        if !unforced.is_empty() {
            notes.push(format!(
                "row-level security is not forced on {}, so that their owners pass today; the compiled SQL forces it",
                unforced.join(", ")
            ));
        }
        for policy in &self.imported {
            for key in &policy.one_sided_errors {
                let (name, table) = (&policy.name, &policy.table);
                notes.push(match config.session.missing {
                    MissingSetting::Error => format!(
                        "{name} on {table}: where the setting {key} is missing, nothing passes today, and the \
                         compiled SQL raises an error"
                    ),
                    MissingSetting::Deny => format!(
                        "{name} on {table}: where the setting {key} is missing or empty, an error may be raised \
                         today, and the compiled SQL lets nothing pass"
                    ),
                });
            }
        }
        notes
    }
}

/// Why a policy is left out that reads a setting which may be missing or empty.
pub fn missing_setting(key: &str, config: &Config) -> Outside {
    match config.session.missing {
        MissingSetting::Error => Outside::policy(format!(
            "it reads the setting {key}, which may be missing: the compiled SQL raises an error then, where other \
             clauses or policies let rows pass today"
        ))
        .with_help("set `session: { missing: deny }` in pgpe.yaml"),
        MissingSetting::Deny => Outside::policy(format!(
            "it reads the setting {key}, which may be missing or empty: an error is raised then, where the compiled \
             SQL reads NULL and other clauses or policies let rows pass"
        ))
        .with_help(format!("let it read nullif(current_setting('{key}', true), '')")),
    }
}
