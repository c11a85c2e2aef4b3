//! Columns: those that all tables in question have before those of some.

use pgpe_catalog::QualifiedName;
use pgpe_policy::on_tables;

use super::items::{Items, Offer, bare};
use super::scope::{NamedColumn, Wanted};
use super::{CompletionKind, Context};
use crate::completion::expected::Side;

/// What is written of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Its name.
    Name,
    /// `col(name)`
    Value,
}

/// The column that the key of the isolation is compared with.
const OWNER: u8 = 5;
const ON_ALL: u8 = 10;
const ON_SOME: u8 = 20;
/// Added where the type does not fit.
const UNFIT: u8 = 15;

/// The columns that `col` can name.
pub(super) fn of_scope(context: &Context<'_>, items: &mut Items<'_>, form: Form) {
    let Some(scope) = &context.scope else { return };
    let wanted = scope.wanted(context.place);
    let owners: Vec<&str> = match &context.place.other {
        Some(Side::Setting(key)) => {
            let is_key = |(written, _): &(&str, &str)| written.contains(&format!("'{key}'"));
            scope.isolation().filter(is_key).map(|(_, owner)| owner).collect()
        }
        _ => Vec::new(),
    };
    for column in scope.columns(&scope.tables) {
        let mut rank = rank(&column, scope.tables.len(), &wanted);
        if owners.contains(&column.name) {
            rank = rank.min(OWNER);
        }
        // Both sides the same make no comparison.
        if context.place.other == Some(Side::Column(column.name.to_owned())) {
            rank = rank.saturating_add(UNFIT + 1);
        }
        let offer = Offer {
            kind: CompletionKind::Column,
            name: column.name,
            detail: detail(&column, scope.tables.len()),
            rank,
        };
        match form {
            Form::Name => items.name(offer),
            Form::Value => items.whole(offer, format!("col({})", bare(column.name))),
        }
    }
}

/// The columns of given tables, by name.
pub(super) fn of_tables(
    context: &Context<'_>,
    tables: &[QualifiedName],
    rank_of: impl Fn(&NamedColumn<'_>, u8) -> u8,
    items: &mut Items<'_>,
) {
    let Some(scope) = &context.scope else { return };
    for column in scope.columns(tables) {
        let rank = rank_of(&column, rank(&column, tables.len(), &Wanted::Anything));
        let detail = detail(&column, tables.len());
        items.name(Offer { kind: CompletionKind::Column, name: column.name, detail, rank });
    }
}

/// The columns that choose tables: the more tables one is on, the earlier it comes.
pub(super) fn of_selector(context: &Context<'_>, items: &mut Items<'_>) {
    let Some(scope) = &context.scope else { return };
    let candidates = pgpe_policy::candidates(scope.catalog, scope.config);
    let owners: Vec<&str> = scope.isolation().map(|(_, owner)| owner).collect();
    for column in scope.columns(&candidates) {
        let rank = match column.found.len() {
            _ if owners.contains(&column.name) => OWNER,
            1 => ON_SOME,
            _ => ON_ALL,
        };
        let detail = Some(format!("{}{}", types(&column), on_tables(&tables(&column))));
        items.name(Offer { kind: CompletionKind::Column, name: column.name, detail, rank });
    }
}

fn rank(column: &NamedColumn<'_>, tables: usize, wanted: &Wanted) -> u8 {
    let fits = column.found.iter().any(|(_, column)| wanted.takes(&column.ty));
    let on = if column.found.len() == tables { ON_ALL } else { ON_SOME };
    if fits { on } else { on + UNFIT }
}

/// Its types, and on which tables it is if not on all.
fn detail(column: &NamedColumn<'_>, tables: usize) -> Option<String> {
    let types = types(column);
    if column.found.len() == tables {
        return Some(types);
    }
    Some(format!("{types}, only{}", on_tables(&self::tables(column))))
}

fn tables<'a>(column: &NamedColumn<'a>) -> Vec<&'a QualifiedName> {
    column.found.iter().map(|(table, _)| *table).collect()
}

fn types(column: &NamedColumn<'_>) -> String {
    let types: Vec<&str> = column.types().into_iter().map(|ty| ty.display.as_str()).collect();
    types.join(" or ")
}
