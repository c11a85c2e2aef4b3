//! The rows of a replay: a counterexample names only the columns that play a part, while a table takes whole
//! rows that keep its NOT NULLs and foreign keys.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{BaseType, ColumnType, ForeignKey, QualifiedName};
use pgpe_proof::evaluator::Row;

use super::scratch::Scratch;

/// More rows than that come from foreign keys that go around in a circle.
const MOST_ROWS: usize = 100;

/// A row in PostgreSQL's input form.
pub(super) type Texts = BTreeMap<String, Option<String>>;

/// A row to be stored, or to be written by a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) table: QualifiedName,
    pub(super) values: Texts,
    /// Written by a session, not stored beforehand.
    pub(super) written: bool,
    /// It is the row that matters, or the one that it replaces.
    pub(super) marked: bool,
}

/// Completes rows.
pub(super) struct Completing<'a> {
    pub(super) scratch: &'a Scratch<'a>,
    /// Values that mean something, which none that is made up may equal.
    pub(super) used: BTreeSet<String>,
    next: u32,
}

impl<'a> Completing<'a> {
    pub(super) fn new(scratch: &'a Scratch<'a>, used: BTreeSet<String>) -> Completing<'a> {
        Completing { scratch, used, next: 0 }
    }

    /// A row's values as texts.
    pub(super) fn texts(&mut self, table: &QualifiedName, row: &Row) -> Texts {
        let Some(relation) = self.scratch.tables.get(table) else { return Texts::new() };
        let texts: Texts = row
            .iter()
            .filter_map(|(name, value)| {
                let ty = &relation.column(name)?.ty;
                Some((name.clone(), value.as_ref().map(|value| value.to_text(ty))))
            })
            .collect();
        self.used.extend(texts.values().flatten().cloned());
        texts
    }

    /// Fills the columns that must not be null, and adds the rows that foreign keys ask for.
    pub(super) fn complete(&mut self, rows: &mut Vec<Planned>) {
        let mut at = 0;
        while at < rows.len() && rows.len() < MOST_ROWS {
            let Some(planned) = rows.get_mut(at) else { return };
            self.fill(&planned.table, &mut planned.values);
            let planned = planned.clone();
            for key in foreign_keys(self.scratch, &planned.table) {
                rows.extend(self.target(key, &planned, rows));
            }
            at += 1;
        }
    }

    fn fill(&mut self, table: &QualifiedName, values: &mut Texts) {
        let Some(relation) = self.scratch.tables.get(table) else { return };
        for column in relation.columns.iter().filter(|column| column.not_null) {
            if !values.contains_key(&column.name) {
                let made_up = self.make_up(&column.ty);
                values.insert(column.name.clone(), made_up);
            }
        }
    }

    /// The row that a foreign key refers to, unless there is one.
    fn target(&mut self, key: &ForeignKey, from: &Planned, rows: &[Planned]) -> Option<Planned> {
        let mut wanted = Texts::new();
        for (column, target) in key.columns.iter().zip(&key.target_columns) {
            let value = from.values.get(column).cloned().flatten()?;
            wanted.insert(target.clone(), Some(value));
        }
        let is_there = rows.iter().any(|row| {
            row.table == key.target
                && wanted.iter().all(|(column, value)| row.values.get(column) == Some(value))
        });
        if is_there {
            return None;
        }
        if key.target == from.table {
            // Refers to itself, or there would be no end.
            for (column, target) in key.columns.iter().zip(&key.target_columns) {
                if let Some(value) = wanted.get(target).cloned() {
                    wanted.entry(column.clone()).or_insert(value);
                }
            }
        }
        Some(Planned { table: key.target.clone(), values: wanted, written: false, marked: false })
    }

    /// A value that is not in use. `None` for types of which none is known.
    fn make_up(&mut self, ty: &ColumnType) -> Option<String> {
        loop {
            self.next += 1;
            let number = self.next;
            let text = match &ty.base {
                BaseType::Uuid => format!("ffffffff-0000-4000-8000-{number:012x}"),
                BaseType::Boolean => return Some("false".to_owned()),
                BaseType::Date | BaseType::Timestamp | BaseType::TimestampTz => {
                    format!("{:04}-01-01", 2000 + number)
                }
                BaseType::Time | BaseType::TimeTz => format!("00:{:02}:{:02}", number / 60 % 60, number % 60),
                BaseType::Json | BaseType::Jsonb => return Some("{}".to_owned()),
                BaseType::Enum(name) => {
                    return self.scratch.world.catalog().enums.get(name)?.first().cloned();
                }
                BaseType::Other(name) => return made_up_other(name).map(str::to_owned),
                _ => number.to_string(),
            };
            if !self.used.contains(&text) {
                return Some(text);
            }
        }
    }
}

/// A value of a type that is not modelled.
pub(super) fn made_up_other(display: &str) -> Option<&'static str> {
    if display.ends_with("[]") {
        return Some("{}");
    }
    match display {
        "bytea" | "tsvector" => Some(""),
        "inet" | "cidr" => Some("0.0.0.0"),
        "interval" | "money" | "oid" => Some("0"),
        _ => None,
    }
}

/// The foreign keys of a table to tables of the replay, as far as the target has a key for them.
pub(super) fn foreign_keys<'a>(
    scratch: &'a Scratch<'_>,
    table: &QualifiedName,
) -> impl Iterator<Item = &'a ForeignKey> {
    let relation = scratch.tables.get(table).copied();
    relation.into_iter().flat_map(|relation| relation.proof_foreign_keys()).filter(|key| {
        let wanted: BTreeSet<&String> = key.target_columns.iter().collect();
        scratch.tables.get(&key.target).is_some_and(|target| {
            target.proof_keys().any(|unique| unique.columns.iter().collect::<BTreeSet<_>>() == wanted)
        })
    })
}
