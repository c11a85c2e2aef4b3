//! Traversals along foreign keys: whole conditions, whole `rel`s, and their parts one by one.

use std::collections::BTreeMap;

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

/// All traversals along foreign keys from the tables in question, each once.
pub(super) fn ways(db: &dyn Db, project: Project, scope: &Scope<'_>) -> Vec<Way> {
    let mut found: BTreeMap<String, Way> = BTreeMap::new();
    let referring = referring(db, project);
    for table in &scope.tables {
        let Some(relation) = scope.relation(table) else { continue };
        for key in &relation.foreign_keys {
            add_way(&mut found, scope, table, forward(key));
        }
        for other in referring.get(table).into_iter().flatten() {
            for key in backward(scope.catalog, other, table) {
                add_way(&mut found, scope, table, key);
            }
        }
    }
    let mut ways: Vec<Way> = found.into_values().collect();
    for way in &mut ways {
        if way.rank == ON_ALL && way.tables.len() < scope.tables.len() {
            way.rank = ON_SOME;
        }
    }
    ways
}

fn forward(key: &ForeignKey) -> Way {
    Way {
        source_columns: key.columns.clone(),
        target: key.target.clone(),
        target_columns: key.target_columns.clone(),
        written_target: String::new(),
        key: key.name.clone(),
        tables: Vec::new(),
        rank: ON_ALL,
    }
}

fn backward<'c>(
    catalog: &'c Catalog,
    from: &'c QualifiedName,
    to: &'c QualifiedName,
) -> impl Iterator<Item = Way> + use<'c> {
    let keys = catalog.relations.get(from).map_or(&[][..], |relation| relation.foreign_keys.as_slice());
    keys.iter().filter(move |key| key.target == *to).map(move |key| Way {
        source_columns: key.target_columns.clone(),
        target: from.clone(),
        target_columns: key.columns.clone(),
        rank: BACK,
        ..forward(key)
    })
}

fn add_way(found: &mut BTreeMap<String, Way>, scope: &Scope<'_>, table: &QualifiedName, mut way: Way) {
    // A key whose columns could not be told leads nowhere.
    if way.source_columns.is_empty() || way.source_columns.len() != way.target_columns.len() {
        return;
    }
    way.written_target = written(scope, &way.target);
    let known = found.entry(way.rel()).or_insert(way);
    if known.tables.last() != Some(table) {
        known.tables.push(table.clone());
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
    for way in ways(context.db, context.project, scope) {
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
        for way in ways(context.db, context.project, scope) {
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
        for way in ways(context.db, context.project, scope) {
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
    let ways = ways(context.db, context.project, scope);
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
    let ways = ways(context.db, context.project, scope);
    let written_columns = &context.place.rel.source_columns;
    let mut by_target: BTreeMap<&QualifiedName, &Way> = BTreeMap::new();
    for way in ways.iter().filter(|way| way.source_columns == *written_columns) {
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
    let ways: Vec<Way> = ways(context.db, context.project, scope)
        .into_iter()
        .filter(|way| targets.contains(&way.target) && way.source_columns == rel.source_columns)
        .collect();
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
