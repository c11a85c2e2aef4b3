//! Tables and the other relations.

use std::collections::{BTreeMap, HashMap};

use pgpe_catalog::{QualifiedName, Relation, RelationKind};
use tokio_postgres::Row;

use super::query::{RELATIONS, get};
use crate::error::DatabaseError;

/// The relations while they are put together, by their identifiers on the server.
pub(super) struct Relations {
    by_id: HashMap<u32, Entry>,
}

/// A relation.
pub(super) struct Entry {
    pub(super) name: QualifiedName,
    pub(super) relation: Relation,
    /// The columns' names by their numbers.
    pub(super) columns: HashMap<i16, String>,
}

pub(super) fn query(comments: bool) -> String {
    let comment = if comments { "pg_catalog.obj_description(c.oid, 'pg_class')" } else { "NULL::text" };
    format!(
        "SELECT c.oid AS id, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, \
           c.relrowsecurity AS rls_enabled, c.relforcerowsecurity AS rls_forced, \
           pg_catalog.pg_get_userbyid(c.relowner)::text AS owner, c.relispartition AS is_partition, \
           ARRAY(SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid \
             ORDER BY i.inhseqno) AS parents, \
           EXISTS (SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class k ON k.oid = i.inhrelid \
             WHERE i.inhparent = c.oid AND NOT k.relispartition) AS has_children, \
           coalesce(c.relkind = 'v' AND (SELECT o.option_value::bool \
             FROM pg_catalog.pg_options_to_table(c.reloptions) o \
             WHERE o.option_name = 'security_invoker'), false) AS security_invoker, \
           {comment} AS comment \
         FROM {RELATIONS}"
    )
}

impl Relations {
    /// The relations, still without columns.
    pub(super) fn read(rows: &[Row]) -> Result<Relations, DatabaseError> {
        let mut by_id = HashMap::new();
        for row in rows {
            let name = QualifiedName::new(get::<String>(row, "schema")?, get::<String>(row, "name")?);
            let entry = Entry { name, relation: relation(row)?, columns: HashMap::new() };
            by_id.insert(get::<u32>(row, "id")?, entry);
        }
        let mut relations = Relations { by_id };
        for row in rows {
            relations.link(row)?;
        }
        Ok(relations)
    }

    /// Says which relations a relation is a part of or inherits from.
    fn link(&mut self, row: &Row) -> Result<(), DatabaseError> {
        let parents: Vec<u32> = get(row, "parents")?;
        let is_partition: bool = get(row, "is_partition")?;
        let parents: Vec<QualifiedName> =
            parents.iter().filter_map(|parent| self.name(*parent).cloned()).collect();
        if let Some(entry) = self.get_mut(get(row, "id")?) {
            match is_partition {
                true => entry.relation.partition_of = parents.into_iter().next(),
                false => entry.relation.inherits = parents,
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, id: u32) -> Option<&Entry> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut Entry> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn name(&self, id: u32) -> Option<&QualifiedName> {
        self.by_id.get(&id).map(|entry| &entry.name)
    }

    /// The relations in their final order.
    pub(super) fn finish(self) -> BTreeMap<QualifiedName, Relation> {
        let sorted = |mut entry: Entry| {
            entry.relation.keys.sort();
            entry.relation.foreign_keys.sort();
            (entry.name, entry.relation)
        };
        self.by_id.into_values().map(sorted).collect()
    }
}

impl Entry {
    /// The names of columns; none if one is not known.
    pub(super) fn column_names(&self, numbers: &[i16]) -> Option<Vec<String>> {
        numbers.iter().map(|number| self.columns.get(number).cloned()).collect()
    }
}

fn relation(row: &Row) -> Result<Relation, DatabaseError> {
    let kind = match get::<&str>(row, "kind")? {
        "p" => RelationKind::PartitionedTable,
        "v" => RelationKind::View,
        "m" => RelationKind::MaterializedView,
        "f" => RelationKind::ForeignTable,
        _ => RelationKind::Table,
    };
    Ok(Relation {
        rls_enabled: get(row, "rls_enabled")?,
        rls_forced: get(row, "rls_forced")?,
        owner: get(row, "owner")?,
        comment: get(row, "comment")?,
        has_inheritance_children: get(row, "has_children")?,
        security_invoker: get(row, "security_invoker")?,
        ..Relation::new(kind)
    })
}
