//! The texts that a row and a session are given as, read as values of the schema's types.

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::nearest;
use pgpe_policy::datum;
use pgpe_proof::evaluator::{Row, Session};

use super::{Given, GivenRow, GivenValues};

/// Reads all values. An error says which is wrong and how.
pub(super) fn read(catalog: &Catalog, table: &QualifiedName, given: &Given) -> Result<GivenValues, String> {
    let mut session = Session { roles: given.roles.iter().cloned().collect(), ..Session::default() };
    for (name, value) in &given.settings {
        // PostgreSQL does not tell settings apart by case.
        if session.settings.insert(name.to_ascii_lowercase(), value.clone()).is_some() {
            return Err(format!("the setting {name} is given twice: leave one out"));
        }
    }
    let stored = given
        .stored
        .iter()
        .map(|(table, row)| Ok((table.clone(), read_row(catalog, table, row)?)))
        .collect::<Result<_, String>>()?;
    Ok(GivenValues { row: read_row(catalog, table, &given.row)?, session, stored })
}

fn read_row(catalog: &Catalog, table: &QualifiedName, given: &GivenRow) -> Result<Row, String> {
    let relation =
        catalog.relations.get(table).ok_or_else(|| format!("the schema has no table `{table}`"))?;
    if !relation.kind.is_table() {
        return Err(format!("{table} is not a table, so no policy governs it: name the table it reads from"));
    }
    let mut row = Row::new();
    for (name, text) in given {
        let Some(column) = relation.column(name) else {
            let names = relation.columns.iter().map(|column| column.name.as_str());
            return Err(match nearest(name, names) {
                Some(nearest) => format!("{table} has no column `{name}`: did you mean `{nearest}`?"),
                None => format!("{table} has no column `{name}`: check the name"),
            });
        };
        let value = text.as_deref().map(|text| {
            datum::read_text(text, &column.ty, catalog).map_err(|error| {
                format!("`{text}` can't be the value of {name} of {table}: {}{}", error.reason, {
                    label_hint(catalog, &column.ty.base, text)
                })
            })
        });
        if row.insert(name.clone(), value.transpose()?).is_some() {
            return Err(format!("the column {name} of {table} is given twice: leave one out"));
        }
    }
    Ok(row)
}

/// For enums, the label that may have been meant.
fn label_hint(catalog: &Catalog, ty: &pgpe_catalog::BaseType, text: &str) -> String {
    let pgpe_catalog::BaseType::Enum(name) = ty else { return String::new() };
    let labels = catalog.enums.get(name).map_or(&[][..], Vec::as_slice);
    nearest(text, labels.iter().map(String::as_str))
        .map(|label| format!("; did you mean `{label}`?"))
        .unwrap_or_default()
}
