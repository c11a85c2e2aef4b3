//! Names in the schema's text.

use std::collections::BTreeSet;
use std::ops::Range;

use pgpe_catalog::QualifiedName;
use pgpe_syntax::TextRange;

use super::Entity;
use crate::database::{Db, Project};
use crate::queries;

/// What is defined at an offset. Tables made from others share the places of their columns.
pub(super) fn at(db: &dyn Db, project: Project, offset: u32) -> Option<(TextRange, Entity)> {
    let sources = &queries::schema_notes(db, project).as_ref()?.sources;
    let is_here = |range: &Range<u32>| range.start <= offset && offset <= range.end;
    let mut columns = sources.columns.iter().filter(|(_, range)| is_here(range)).peekable();
    if let Some(((_, name), range)) = columns.peek() {
        let (name, range) = (name.clone(), text_range(range));
        let tables = columns.filter(|((_, other), _)| *other == name).map(|((table, _), _)| table.clone());
        return Some((range, Entity::Column { tables: tables.collect(), column: name }));
    }
    if let Some((name, range)) = sources.relations.iter().find(|(_, range)| is_here(range)) {
        return Some((text_range(range), Entity::Tables(BTreeSet::from([name.clone()]))));
    }
    let ((name, _), range) = sources.functions.iter().find(|(_, range)| is_here(range))?;
    Some((
        text_range(range),
        Entity::Function { schema: Some(name.schema.to_string()), function: name.name.to_string() },
    ))
}

/// Where something is defined.
pub(super) fn places(db: &dyn Db, project: Project, entity: &Entity) -> Vec<TextRange> {
    let Some(notes) = queries::schema_notes(db, project).as_ref() else { return Vec::new() };
    let sources = &notes.sources;
    let places: BTreeSet<(u32, u32)> = match entity {
        Entity::Tables(tables) => {
            tables.iter().filter_map(|table| sources.relations.get(table)).map(ends).collect()
        }
        Entity::Column { tables, column } => {
            let key = |table: &QualifiedName| (table.clone(), column.clone());
            tables.iter().filter_map(|table| sources.columns.get(&key(table))).map(ends).collect()
        }
        Entity::Function { schema: Some(schema), function } => {
            let name = QualifiedName::new(schema, function);
            sources.functions_named(&name).map(ends).collect()
        }
        _ => BTreeSet::new(),
    };
    places.into_iter().map(|(start, end)| text_range(&(start..end))).collect()
}

fn ends(range: &Range<u32>) -> (u32, u32) {
    (range.start, range.end)
}

fn text_range(range: &Range<u32>) -> TextRange {
    TextRange::new(range.start.into(), range.end.max(range.start).into())
}
