//! Whose rows are, found on the server by hand-written SQL, and what is the same tenant there.

use std::collections::HashMap;
use std::sync::Mutex;

use pgpe_proof::owner::{Hop, Owner, OwnerPath, owner_of};
use pgpe_sqlgen::quote_literal;

use crate::analysis::{Analysis, table_name};
use crate::case::{Case, Row, Session};
use crate::server::Stage;

/// Whether two texts are the same value of a type, by type and texts. It is the same in all cases.
#[derive(Default)]
pub struct Equality {
    known: Mutex<HashMap<(String, String, String), bool>>,
}

impl Equality {
    /// Whether both are values of the type, and the same one.
    pub fn same(&self, stage: &mut Stage<'_>, ty: &str, left: &str, right: &str) -> bool {
        let key = (ty.to_owned(), left.to_owned(), right.to_owned());
        if let Some(known) = self.known.lock().unwrap().get(&key) {
            return *known;
        }
        let sql = format!("SELECT {}::{ty} = {}::{ty}", quote_literal(left), quote_literal(right));
        let same = stage.truths(&sql).is_some_and(|truths| truths == [Some(true)]);
        self.known.lock().unwrap().insert(key, same);
        same
    }
}

/// SQL of the owner of the row that `alias` stands for.
pub fn owner_sql(path: &OwnerPath, alias: &str) -> String {
    through(&path.hops, &path.column, alias, 0)
}

fn through(hops: &[Hop], column: &str, alias: &str, depth: usize) -> String {
    match hops {
        [] => format!("{alias}.{column}"),
        [hop, rest @ ..] => {
            let next = format!("hop{depth}");
            let key = &hop.foreign_key;
            let links: Vec<String> = key
                .columns
                .iter()
                .zip(&key.target_columns)
                .map(|(from, to)| format!("{next}.{to} = {alias}.{from}"))
                .collect();
            let inner = through(rest, column, &next, depth + 1);
            format!("(SELECT {inner} FROM {} {next} WHERE {} LIMIT 1)", key.target.name, links.join(" AND "))
        }
    }
}

/// The one way in which rows of the table have owners, if there is.
pub fn owner_path(analysis: &Analysis, table: &str) -> Option<OwnerPath> {
    match owner_of(&table_name(table), &analysis.proofs.isolation.first()?.isolation, analysis) {
        Owner::Known(path) => Some(path),
        _ => None,
    }
}

/// The type in which owners of the table are told apart, as SQL.
pub fn owner_type(analysis: &Analysis, table: &str, path: &OwnerPath) -> String {
    let ty = path.column_type(&table_name(table), &analysis.catalog).unwrap();
    // A cast with a modifier would cut.
    ty.display.split('(').next().unwrap_or_default().replace("character varying", "varchar")
}

/// The session's tenant as a text: `None` if it has none.
pub fn tenant<'c>(case: &Case, session: &'c Session) -> Option<&'c str> {
    let tenant = session.settings[0].as_deref()?;
    (!(case.deny_missing && tenant.is_empty())).then_some(tenant)
}

/// Rows of one table, stored and to be written, as a subquery.
fn rows_sql(stage: &Stage<'_>, table: usize, written: &[(i32, Row)]) -> String {
    let columns = stage.columns(table);
    let mut sql = format!("SELECT {columns} FROM {}", stage.case.tables[table].name);
    for (rid, row) in written {
        sql.push_str(&format!(" UNION ALL SELECT {}", stage.values(row, *rid)));
    }
    sql
}

/// An expression as text for each row, by `rid`. `x` stands for the row.
pub fn for_each_row(
    stage: &mut Stage<'_>,
    table: usize,
    written: &[(i32, Row)],
    expression: &str,
) -> HashMap<i32, Option<String>> {
    let sql = format!(
        "SELECT x.rid || ':' || coalesce('=' || ({expression})::text, '') FROM ({}) x",
        rows_sql(stage, table, written)
    );
    let texts = stage.texts(&sql).into_iter().flatten();
    texts
        .map(|text| {
            let (rid, value) = text.split_once(':').unwrap();
            (rid.parse().unwrap(), value.strip_prefix('=').map(str::to_owned))
        })
        .collect()
}

/// Whether all foreign keys of the row `x` lead somewhere.
pub fn references_sql(analysis: &Analysis, table: &str) -> String {
    let relation = &analysis.catalog.relations[&table_name(table)];
    let mut parts = vec!["true".to_owned()];
    for key in &relation.foreign_keys {
        let nulls: Vec<String> = key.columns.iter().map(|column| format!("x.{column} IS NULL")).collect();
        let links: Vec<String> = key
            .columns
            .iter()
            .zip(&key.target_columns)
            .map(|(from, to)| format!("y.{to} = x.{from}"))
            .collect();
        parts.push(format!(
            "({} OR EXISTS (SELECT 1 FROM {} y WHERE {}))",
            nulls.join(" OR "),
            key.target.name,
            links.join(" AND ")
        ));
    }
    parts.join(" AND ")
}
