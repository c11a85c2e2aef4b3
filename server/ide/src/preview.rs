//! What the policies of a file compile to, beside their source: the text that a preview shows, where each part of it
//! comes from, and which lines are others than those of what is saved.

mod changes;
mod reasons;

use std::collections::BTreeSet;
use std::ops::Range;

use pgpe_catalog::QualifiedName;
use pgpe_policy::source;
use pgpe_report::Place;
use pgpe_sqlgen::{Compiled, CompiledGrant, CompiledPolicy, CompiledTable};
use pgpe_syntax::{TextRange, TextSize};

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db, Project, SourceFile};
use crate::findings::place_in;
use crate::queries::{self, Item, ItemKey, TableKey};

/// SQL and its source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// The SQL. Where a policy gives none, a comment says why.
    pub text: String,
    /// The policy that it is of; `None` if it is of the whole file.
    pub policy: Option<String>,
    /// The table that it is for; `None` if it is for all of `tables`.
    pub table: Option<QualifiedName>,
    /// All tables that the policy governs, or that the file concerns, sorted.
    pub tables: Vec<QualifiedName>,
    /// Which parts of the text come from where: whole statements, and after each the clauses in it.
    pub map: Vec<Mapped>,
    /// Whole lines of the text that what is saved does not compile to.
    pub changed: Vec<Range<u32>>,
}

/// A part of the SQL and the part of the source that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Byte offsets in the SQL.
    pub sql: Range<u32>,
    /// The source.
    pub source: Place,
}

impl Analysis {
    /// The SQL of the policy at an offset of a file, on `table` if it governs that, else on the first table that it
    /// governs. Without a policy there, or without an offset: the SQL of the whole file, on `table` alone if the file
    /// concerns it. `None` if that is no file of policies.
    pub fn preview(
        &self,
        path: &str,
        offset: Option<u32>,
        table: Option<&str>,
    ) -> Cancellable<Option<Preview>> {
        let saved = self.saved_project;
        self.with(move |db, project| {
            let file = Source::find(db, project, path)?;
            let policy = offset.and_then(|offset| file.policy_at(offset.into()));
            let name = policy.map(|(_, policy)| policy.name.value.clone());
            let mut preview = file.preview(policy, table);
            let before = Source::find(db, saved, path).and_then(|file| {
                let same = name.as_ref().map(|name| file.policy(name).ok_or(()));
                let policy = same.transpose().ok()?;
                let table = preview.table.as_ref().map(QualifiedName::to_string);
                Some(file.preview(policy, table.as_deref()).text)
            });
            preview.changed = changes::lines(&before.unwrap_or_default(), &preview.text);
            Some(preview)
        })
    }
}

/// A policy file in a project.
#[derive(Clone, Copy)]
struct Source<'db> {
    db: &'db dyn Db,
    project: Project,
    file: SourceFile,
}

/// A policy of the file.
type PolicyItem<'db> = (ItemKey<'db>, &'db source::Policy);

impl<'db> Source<'db> {
    fn find(db: &'db dyn Db, project: Project, path: &str) -> Option<Source<'db>> {
        let file = project.policies(db).iter().copied().find(|file| file.path(db) == path)?;
        Some(Source { db, project, file })
    }

    fn keys(self) -> impl Iterator<Item = ItemKey<'db>> {
        let count = queries::items(self.db, self.file).len();
        (0..count).map(move |index| ItemKey::new(self.db, self.file, index))
    }

    fn policies(self) -> impl Iterator<Item = PolicyItem<'db>> {
        self.keys().filter_map(move |key| match queries::item(self.db, key) {
            Some(Item::Policy(policy)) => Some((key, &**policy)),
            _ => None,
        })
    }

    fn policy(self, name: &str) -> Option<PolicyItem<'db>> {
        self.policies().find(|(_, policy)| policy.name.value == name)
    }

    fn policy_at(self, offset: TextSize) -> Option<PolicyItem<'db>> {
        let ranges = queries::item_ranges(self.db, self.file);
        let is_here = |key: ItemKey<'db>| {
            ranges.get(key.index(self.db)).is_some_and(|range| range.contains_inclusive(offset))
        };
        self.policies().filter(|(key, _)| is_here(*key)).last()
    }

    /// The tables that an item governs; none if that can't be told.
    fn tables(self, key: ItemKey<'db>) -> &'db [QualifiedName] {
        match queries::selector(self.db, self.project, key) {
            Some(_) => queries::selected(self.db, self.project, key),
            None => &[],
        }
    }

    fn preview(self, policy: Option<PolicyItem<'db>>, table: Option<&str>) -> Preview {
        let tables: BTreeSet<&QualifiedName> = match policy {
            Some((key, _)) => self.tables(key).iter().collect(),
            None => self.keys().flat_map(|key| self.tables(key)).collect(),
        };
        let tables: Vec<QualifiedName> = tables.into_iter().cloned().collect();
        let is_named = |name: &&QualifiedName| {
            table.is_some_and(|table| table == name.name || table == name.to_string())
        };
        let named = tables.iter().find(is_named);
        match policy {
            Some(policy) => {
                let table = named.or(tables.first()).cloned();
                let (text, map) = self.policy_sql(policy, table.as_ref());
                let name = Some(policy.1.name.value.clone());
                Preview { text, policy: name, table, tables, map, changed: Vec::new() }
            }
            None => {
                let table = named.cloned();
                let (text, map) = self.file_sql(table.as_ref().map_or(&tables, std::slice::from_ref));
                Preview { text, policy: None, table, tables, map, changed: Vec::new() }
            }
        }
    }

    fn compiled(self, table: &QualifiedName) -> Option<&'db CompiledTable> {
        let table = TableKey::new(self.db, table.clone());
        queries::compiled_of_file(self.db, self.project, self.file, table).as_ref()
    }

    /// The statements of one policy on a table.
    fn policy_sql(self, policy: PolicyItem<'db>, table: Option<&QualifiedName>) -> (String, Vec<Mapped>) {
        let (key, source) = policy;
        let compiled = table.and_then(|table| self.compiled(table)).into_iter();
        let mut own = compiled
            .flat_map(|compiled| &compiled.policies)
            .filter(|compiled| compiled.policy == source.name.value)
            .peekable();
        let mut map = Vec::new();
        if own.peek().is_none() {
            return (self.why_none(key, source, table), map);
        }
        let mut text = String::new();
        for compiled in own {
            if !text.is_empty() {
                text.push('\n');
            }
            self.map_policy(policy, compiled, text.len(), &mut map);
            text.push_str(&compiled.statement);
            text.push('\n');
        }
        (text, map)
    }

    /// All statements that come from the file, on these tables.
    fn file_sql(self, tables: &[QualifiedName]) -> (String, Vec<Mapped>) {
        let compiled: Vec<CompiledTable> =
            tables.iter().filter_map(|table| self.compiled(table).cloned()).collect();
        let compiled = Compiled { tables: compiled };
        let (mut text, places) = compiled.to_sql_with_places();
        let mut places = places.into_iter();
        let mut map = Vec::new();
        for table in &compiled.tables {
            for (compiled, place) in table.policies.iter().zip(places.by_ref()) {
                if let Some(policy) = self.policy(&compiled.policy) {
                    self.map_policy(policy, compiled, place.start, &mut map);
                }
            }
            for (grant, place) in table.grants.iter().zip(places.by_ref()) {
                if let Some(source) = self.grant(&table.name, grant) {
                    map.push(Mapped { sql: offsets(place), source });
                }
            }
        }
        for reason in self.left_out(&compiled, tables) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&reason);
        }
        (text, map)
    }

    /// Where the parts of a statement come from that stands at an offset of the text.
    fn map_policy(
        self,
        (key, source): PolicyItem<'db>,
        compiled: &CompiledPolicy,
        start: usize,
        map: &mut Vec<Mapped>,
    ) {
        let head = source.selector.as_ref().map_or(source.name.range, |selector| selector.range);
        let head = TextRange::up_to(head.end());
        let statement = offsets(start..start + compiled.statement.len());
        map.push(Mapped { sql: statement, source: place_in(self.db, key, head) });
        for part in &compiled.clauses {
            let block = match (part.is_check, &source.check) {
                (true, Some(check)) => check.value.as_slice(),
                _ => source.clauses.as_slice(),
            };
            if let Some(clause) = block.get(part.clause) {
                let sql = offsets(start + part.range.start..start + part.range.end);
                map.push(Mapped { sql, source: place_in(self.db, key, clause.range) });
            }
        }
    }

    /// The GRANT item that a grant on a table comes from.
    fn grant(self, table: &QualifiedName, compiled: &CompiledGrant) -> Option<Place> {
        let role = compiled.role.as_deref().unwrap_or("public");
        self.keys().find_map(|key| {
            let Some(Item::Grant(grant)) = queries::item(self.db, key) else { return None };
            let same = grant.commands.iter().eq(compiled.commands.iter().copied())
                && grant.roles.iter().any(|it| it.value == role)
                && self.tables(key).contains(table);
            let range = *queries::item_ranges(self.db, self.file).get(key.index(self.db))?;
            same.then(|| place_in(self.db, key, TextRange::up_to(range.len())))
        })
    }
}

fn offsets(range: Range<usize>) -> Range<u32> {
    // Longer texts than that are not read.
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    offset(range.start)..offset(range.end)
}

#[cfg(test)]
mod tests;
