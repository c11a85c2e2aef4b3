//! Whose a concrete row is.

use pgpe_catalog::QualifiedName;
use pgpe_policy::datum::{self, Datum};

use super::confirm::Confirming;
use crate::evaluator::{Row, Session, Truth};
use crate::owner::{Hop, OwnerPath};

impl Confirming<'_> {
    /// Whether a row certainly is not the session's own.
    pub(super) fn is_foreign(
        &self,
        entry: usize,
        (table, row): (&QualifiedName, &Row),
        owner: &OwnerPath,
        session: &Session,
    ) -> bool {
        self.owner_values(row, owner).into_iter().any(|found| match found {
            Lookup::Nobody => true,
            Lookup::Unknown => false,
            Lookup::Value(value) => self.is_other_than_key(entry, table, owner, &value, session),
        })
    }

    /// Whether a row certainly belongs to somebody, and that is not the session.
    pub(super) fn is_somebody_elses(
        &self,
        entry: usize,
        (table, row): (&QualifiedName, &Row),
        owner: &OwnerPath,
        session: &Session,
    ) -> bool {
        self.owner_values(row, owner).into_iter().any(|found| match found {
            Lookup::Nobody | Lookup::Unknown => false,
            Lookup::Value(value) => self.is_other_than_key(entry, table, owner, &value, session),
        })
    }

    fn is_other_than_key(
        &self,
        entry: usize,
        table: &QualifiedName,
        owner: &OwnerPath,
        value: &Datum,
        session: &Session,
    ) -> bool {
        let Some(entry) = self.isolation.get(entry) else { return false };
        let Some(ty) = owner.column_type(table, self.world.catalog()) else { return false };
        match self.evaluator().key_value(session, &entry.key, ty) {
            // A session without the key owns nothing.
            Ok(None) | Err(Truth::Error) => true,
            Ok(Some(key)) => datum::compare(&key, value, ty).equal() == Some(false),
            Err(_) => false,
        }
    }

    /// What a row's owner is. Several, if a reference meets several rows: it may be any of them that the
    /// constraint speaks of, since without a key that covers all rows (inheritance) they can't be told apart.
    fn owner_values(&self, row: &Row, owner: &OwnerPath) -> Vec<Lookup> {
        let mut open = vec![row];
        let mut found = Vec::new();
        for hop in &owner.hops {
            let mut reached = Vec::new();
            for at in open {
                if hop.foreign_key.columns.iter().any(|column| at.get(column) == Some(&None)) {
                    found.push(Lookup::Nobody);
                    continue;
                }
                let rows = self.database.get(&hop.foreign_key.target).map_or(&[][..], Vec::as_slice);
                let before = reached.len();
                reached.extend(rows.iter().filter(|row| self.refers(hop, at, row)));
                if reached.len() == before {
                    // A foreign key that holds leads somewhere: then these rows are not possible.
                    let holds = self.world.constraints_hold(&hop.table);
                    found.push(if holds { Lookup::Unknown } else { Lookup::Nobody });
                }
            }
            open = reached;
        }
        found.extend(open.into_iter().map(|row| match row.get(&owner.column) {
            Some(Some(value)) => Lookup::Value(value.clone()),
            Some(None) => Lookup::Nobody,
            None => Lookup::Unknown,
        }));
        found
    }

    /// Whether a row's reference meets another row.
    pub(super) fn refers(&self, hop: &Hop, row: &Row, target: &Row) -> bool {
        let key = &hop.foreign_key;
        key.columns.iter().zip(&key.target_columns).all(|(column, target_column)| {
            let ty = |table: &QualifiedName, column: &str| {
                self.world
                    .relation(table)
                    .and_then(|relation| relation.column(column))
                    .map(|column| &column.ty)
            };
            let (Some(left_type), Some(right_type)) =
                (ty(&hop.table, column), ty(&key.target, target_column))
            else {
                return false;
            };
            let (Some(Some(left)), Some(Some(right))) = (row.get(column), target.get(target_column)) else {
                return false;
            };
            let Ok(ty) = pgpe_policy::common_type(left_type, right_type) else { return false };
            match (datum::convert(left, left_type, &ty), datum::convert(right, right_type, &ty)) {
                (Some(left), Some(right)) => datum::compare(&left, &right, &ty).equal() == Some(true),
                _ => false,
            }
        })
    }
}

enum Lookup {
    Value(Datum),
    Nobody,
    Unknown,
}
