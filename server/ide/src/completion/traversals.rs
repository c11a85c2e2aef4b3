//! Traversals along foreign keys: whole conditions, whole `rel`s, and their parts one by one.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};

use pgpe_catalog::{Catalog, ForeignKey, QualifiedName};
use pgpe_policy::on_tables;
use pgpe_syntax::SyntaxKind;

use super::columns;
use super::items::{Items, Offer, bare, escaped};
use super::scope::{NamedColumn, Scope};
use super::words;
use super::{CompletionKind, Context};
use crate::database::{Db, Project};
use crate::queries;

const ON_ALL: u8 = 25;
const ON_SOME: u8 = 30;
/// From the row that is referred to back to those that refer to it, of which there may be many.
const BACK: u8 = 35;

/// More of them do not help anybody to choose.
const MOST_WAYS: usize = 100;

/// A traversal as it is written, without the table that it starts from.
pub(super) struct Way {
    pub(super) source_columns: Vec<String>,
    pub(super) target: QualifiedName,
    pub(super) target_columns: Vec<String>,
    /// The target's name, with its schema where it needs one.
    written_target: String,
    /// The foreign key and the tables in question that have it, or that it leads to.
    pub(super) key: String,
    pub(super) tables: Vec<QualifiedName>,
    rank: u8,
}

impl Way {
    fn columns(names: &[String]) -> String {
        match names {
            [only] => bare(only),
            all => format!("({})", all.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", ")),
        }
    }

    /// From the source's columns on.
    fn rest(&self) -> String {
        let (source, target) = (Way::columns(&self.source_columns), Way::columns(&self.target_columns));
        format!("{source}, {}, {target}", self.written_target)
    }

    /// The whole `rel`.
    pub(super) fn rel(&self) -> String {
        format!("rel(_, {})", self.rest())
    }

    fn detail(&self, count: usize) -> Option<String> {
        let only = if self.tables.len() == count {
            String::new()
        } else {
            format!(", only{}", on_tables(&self.tables))
        };
        let back = if self.rank == BACK { ", from its target back" } else { "" };
        Some(format!("{}{back}{only}", self.key))
    }

    fn offer<'o>(&self, name: &'o str, scope: &Scope<'_>) -> Offer<'o> {
        let detail = self.detail(scope.tables.len());
        Offer { kind: CompletionKind::Traversal, name, detail, rank: self.rank }
    }
}

/// The tables with foreign keys to each table.
#[salsa::tracked(returns(ref))]
fn referring(db: &dyn Db, project: Project) -> BTreeMap<QualifiedName, Vec<QualifiedName>> {
    let mut by_target: BTreeMap<QualifiedName, Vec<QualifiedName>> = BTreeMap::new();
    let Some(catalog) = queries::catalog(db, project).as_deref() else { return by_target };
    for (table, relation) in catalog.tables() {
        for key in &relation.foreign_keys {
            let tables = by_target.entry(key.target.clone()).or_default();
            if tables.last() != Some(table) {
                tables.push(table.clone());
            }
        }
    }
    by_target
}

/// The traversals along foreign keys from the tables in question that are wanted, each once: where there are many, those
/// of the most tables.
pub(super) fn ways(
    db: &dyn Db,
    project: Project,
    scope: &Scope<'_>,
    is_wanted: impl Fn(&Link<'_>) -> bool,
) -> Vec<Way> {
    let mut found: HashMap<Link<'_>, Vec<&QualifiedName>> = HashMap::new();
    let referring = referring(db, project);
    for table in &scope.tables {
        let forward = scope.relation(table).into_iter().flat_map(|relation| &relation.foreign_keys);
        let forward = forward.map(|key| Link { key, back_to: None });
        let others = referring.get(table).into_iter().flatten();
        let backward = others.flat_map(|other| backward(scope.catalog, other, table));
        for link in forward.chain(backward).filter(|link| link.leads_somewhere() && is_wanted(link)) {
            let tables = found.entry(link).or_default();
            if tables.last() != Some(&table) {
                tables.push(table);
            }
        }
    }
    let mut found: Vec<(Link<'_>, Vec<&QualifiedName>)> = found.into_iter().collect();
    found.sort_by_key(|(link, tables)| {
        let (back, source, target, columns) = link.ends();
        (back, std::cmp::Reverse(tables.len()), target, source, columns)
    });
    found.truncate(MOST_WAYS);
    found.into_iter().map(|(link, tables)| way(scope, &link, tables)).collect()
}

/// A foreign key, one way or the other. Those of the same columns are one, whatever their names.
#[derive(Clone, Copy)]
pub(super) struct Link<'a> {
    key: &'a ForeignKey,
    /// The table that the key belongs to, if that is where the traversal leads.
    back_to: Option<&'a QualifiedName>,
}

impl<'a> Link<'a> {
    fn source_columns(&self) -> &'a [String] {
        if self.back_to.is_some() { &self.key.target_columns } else { &self.key.columns }
    }

    fn target(&self) -> &'a QualifiedName {
        self.back_to.unwrap_or(&self.key.target)
    }

    fn target_columns(&self) -> &'a [String] {
        if self.back_to.is_some() { &self.key.columns } else { &self.key.target_columns }
    }

    /// A key whose columns could not be told leads nowhere.
    fn leads_somewhere(&self) -> bool {
        !self.key.columns.is_empty() && self.key.columns.len() == self.key.target_columns.len()
    }

    fn ends(&self) -> (bool, &'a [String], &'a QualifiedName, &'a [String]) {
        (self.back_to.is_some(), self.source_columns(), self.target(), self.target_columns())
    }
}

impl PartialEq for Link<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.ends() == other.ends()
    }
}

impl Eq for Link<'_> {}

impl Hash for Link<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ends().hash(state);
    }
}

fn backward<'c>(
    catalog: &'c Catalog,
    from: &'c QualifiedName,
    to: &'c QualifiedName,
) -> impl Iterator<Item = Link<'c>> + use<'c> {
    let keys = catalog.relations.get(from).map_or(&[][..], |relation| relation.foreign_keys.as_slice());
    keys.iter().filter(move |key| key.target == *to).map(move |key| Link { key, back_to: Some(from) })
}

fn way(scope: &Scope<'_>, link: &Link<'_>, tables: Vec<&QualifiedName>) -> Way {
    let target = link.target();
    Way {
        source_columns: link.source_columns().to_vec(),
        target: target.clone(),
        target_columns: link.target_columns().to_vec(),
        written_target: written(scope, target),
        key: link.key.name.clone(),
        rank: match link.back_to {
            Some(_) => BACK,
            None if tables.len() < scope.tables.len() => ON_SOME,
            None => ON_ALL,
        },
        tables: tables.into_iter().cloned().collect(),
    }
}

/// A table's name as a traversal has to write it.
fn written(scope: &Scope<'_>, table: &QualifiedName) -> String {
    let found = pgpe_policy::look_up(None, &table.name, scope.governed.first(), scope.catalog, scope.config);
    match found {
        Some((found, _)) if found == table => bare(&table.name),
        _ => format!("{}.{}", bare(&table.schema), bare(&table.name)),
    }
}

// ---- Conditions ----

/// Whole `exists` conditions. Where the target says whose its rows are, that is the condition on it.
pub(super) fn conditions(context: &Context<'_>, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    if context.place.traversals.len() >= scope.config.max_traversal_depth as usize {
        return;
    }
    for way in ways(context.db, context.project, scope, |_| true) {
        let rel = way.rel();
        let offer = way.offer(&rel, scope);
        match owner(scope, &way.target) {
            Some(owner) if items.snippets => {
                let snippet = format!("exists({}, {{${{1:{}}}}})$0", escaped(&rel), escaped(&owner));
                items.snippet(offer, format!("exists({rel}, {{{owner}}})"), snippet);
            }
            Some(owner) => items.whole(offer, format!("exists({rel}, {{{owner}}})")),
            None => {
                let snippet = format!("exists({}, {{$0}})", escaped(&rel));
                items.snippet(offer, format!("exists({rel}, {{…}})"), snippet);
            }
        }
    }
}

/// What says that a table's row is the session's own.
fn owner(scope: &Scope<'_>, table: &QualifiedName) -> Option<String> {
    let relation = scope.relation(table)?;
    let (key, owner) = scope.isolation().find(|(_, owner)| relation.column(owner).is_some())?;
    Some(format!("col({}) = {key}", bare(owner)))
}

// ---- Parts of `rel` ----

/// Whether what stands behind the cursor leaves room for the rest of the `rel`.
fn has_room(items: &Items<'_>) -> bool {
    !matches!(items.cursor.next(), SyntaxKind::COMMA | SyntaxKind::L_PAREN)
}

/// The whole `rel`.
pub(super) fn relations(context: &Context<'_>, items: &mut Items<'_>) {
    if let Some(scope) = &context.scope
        && has_room(items)
    {
        for way in ways(context.db, context.project, scope, |_| true) {
            let rel = way.rel();
            items.code(way.offer(&rel, scope), rel.as_str());
        }
    }
    items.call(SyntaxKind::REL_KW, words::ORDINARY);
}

/// Where it starts, with all that follows.
pub(super) fn sources(context: &Context<'_>, items: &mut Items<'_>) {
    items.word("_", ON_ALL - 1);
    let Some(scope) = &context.scope else { return };
    if has_room(items) {
        for way in ways(context.db, context.project, scope, |_| true) {
            let text = format!("_, {}", way.rest());
            items.code(way.offer(&text, scope), text.as_str());
        }
    }
    if let [only] = scope.tables.as_slice() {
        let detail = Some("the same as _".to_owned());
        items.name(Offer { kind: CompletionKind::Table, name: &only.name, detail, rank: ON_SOME });
    }
}

/// The columns that it starts from: those of foreign keys, with all that follows, and the others.
pub(super) fn source_columns(context: &Context<'_>, in_list: bool, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let ways = ways(context.db, context.project, scope, |_| true);
    if !in_list && has_room(items) {
        for way in &ways {
            let rest = way.rest();
            items.code(way.offer(&rest, scope), rest.as_str());
        }
    }
    let written = &context.place.rel.source_columns;
    if !in_list {
        for way in ways.iter().filter(|way| way.source_columns.len() > 1) {
            let all = Way::columns(&way.source_columns);
            items.code(way.offer(&all, scope), all.as_str());
        }
    }
    let in_key = |column: &NamedColumn<'_>| {
        ways.iter().any(|way| way.rank != BACK && way.source_columns.iter().any(|name| name == column.name))
    };
    let rank = |column: &NamedColumn<'_>, rank: u8| match () {
        () if written.iter().any(|name| name == column.name) => words::BEHIND_VALUES,
        () if in_key(column) => rank,
        () => rank.saturating_add(ON_ALL),
    };
    columns::of_tables(context, &scope.tables, rank, items);
}

/// The tables that it can lead to: by foreign keys of the columns it starts from, by others, and all others.
pub(super) fn targets(context: &Context<'_>, schema: Option<&str>, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let columns = &context.place.rel.source_columns;
    let ways = ways(context.db, context.project, scope, |link| link.source_columns() == columns);
    let mut by_target: BTreeMap<&QualifiedName, &Way> = BTreeMap::new();
    for way in &ways {
        by_target.entry(&way.target).or_insert(way);
    }
    for (table, _) in scope.catalog.tables().filter(|(table, _)| schema.is_none_or(|it| table.schema == it)) {
        let way = by_target.get(table);
        let text = if schema.is_some() { bare(&table.name) } else { written(scope, table) };
        let rank = match way {
            Some(way) if way.rank == BACK => ON_SOME,
            Some(_) => ON_ALL,
            None => words::ORDINARY,
        };
        let detail = match way {
            Some(way) => way.detail(scope.tables.len()),
            None => Some(table.to_string()),
        };
        let offer = Offer { kind: CompletionKind::Table, name: &table.name, detail, rank };
        if items.in_quotes() {
            items.name(offer);
        } else {
            items.code(offer, text);
        }
    }
}

/// The columns that it can arrive at: those of foreign keys, then of other keys, then the others.
pub(super) fn target_columns(context: &Context<'_>, in_list: bool, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let rel = &context.place.rel;
    let targets = scope.targets(rel);
    let ways = ways(context.db, context.project, scope, |link| {
        targets.contains(link.target()) && link.source_columns() == rel.source_columns
    });
    if !in_list {
        for way in ways.iter().filter(|way| way.target_columns.len() > 1) {
            let all = Way::columns(&way.target_columns);
            items.code(way.offer(&all, scope), all.as_str());
        }
    }
    // Columns of a key are in the order of those that they are compared with.
    let position = rel.target_columns.len();
    let in_way = |column: &NamedColumn<'_>| {
        ways.iter().any(|way| way.target_columns.get(position).is_some_and(|name| name == column.name))
    };
    let in_key = |column: &NamedColumn<'_>| {
        column.found.iter().any(|(table, _)| {
            let keys = scope.relation(table).into_iter().flat_map(|relation| relation.proof_keys());
            keys.into_iter().any(|key| key.columns.iter().any(|name| name == column.name))
        })
    };
    let rank = |column: &NamedColumn<'_>, rank: u8| match () {
        () if in_way(column) => 0,
        () if in_key(column) => rank,
        () => rank.saturating_add(ON_ALL),
    };
    columns::of_tables(context, &targets, rank, items);
}
