//! What the text leaves unsaid, shown in its lines: the tables of a selector, the types of columns, the table that `_`
//! stands for.

use std::ops::Range;

use pgpe_catalog::QualifiedName;
use pgpe_syntax::ast::{self, HasName, Item};
use pgpe_syntax::{AstNode, SyntaxNode, TextRange};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::item_context::ItemContext;
use crate::markdown;
use crate::queries::{self, ItemKey};

/// A text between two characters of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlayHint {
    /// What it says.
    pub kind: InlayHintKind,
    /// Where it is shown, in bytes.
    pub offset: u32,
    /// The text.
    pub label: String,
}

/// What a hint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InlayHintKind {
    /// The tables that a selector matches, after it.
    Tables,
    /// The type of a column, after `col(…)`.
    ColumnType,
    /// The table that a traversal starts from, after its `_`.
    Relation,
}

/// More tables than this are counted, not named.
const MOST_NAMES: usize = 3;

/// More types than this are not listed.
const MOST_TYPES: usize = 2;

impl Analysis {
    /// The hints of some kinds that stand in a range of a policy file, in the order of the text.
    pub fn inlay_hints(
        &self,
        path: &str,
        range: Range<u32>,
        kinds: &[InlayHintKind],
    ) -> Cancellable<Vec<InlayHint>> {
        let mut hints = Vec::new();
        self.each_hinted(path, range, |hinted| {
            if kinds.contains(&hinted.kind) {
                hints.extend(hinted.hint());
            }
        })?;
        Ok(hints)
    }

    /// More about a hint, as Markdown; `None` if there is no such hint any more.
    pub fn inlay_hint_tooltip(
        &self,
        path: &str,
        offset: u32,
        kind: InlayHintKind,
    ) -> Cancellable<Option<String>> {
        let mut tooltip = None;
        self.each_hinted(path, offset..offset, |hinted| {
            if hinted.kind == kind && u32::from(hinted.place.end()) == offset {
                tooltip = hinted.tooltip();
            }
        })?;
        Ok(tooltip)
    }

    /// Goes through the parts of the text in a range that hints may be given on.
    fn each_hinted(
        &self,
        path: &str,
        range: Range<u32>,
        mut visit: impl FnMut(Hinted<'_, '_>),
    ) -> Cancellable<()> {
        let visit = std::panic::AssertUnwindSafe(&mut visit);
        self.with(|db, project| {
            let visit = visit;
            let file = project.policies(db).iter().find(|file| file.path(db) == path);
            let (Some(file), true) = (file, queries::catalog(db, project).is_some()) else { return };
            for (index, item) in queries::parsed(db, *file).tree().items().enumerate() {
                if !touches(item.syntax().text_range(), &range) {
                    continue;
                }
                let key = ItemKey::new(db, *file, index);
                let start = item.syntax().text_range().start();
                let context = ItemContext { db, project, key, start, offset: start };
                let parts = item.syntax().descendants().filter_map(|node| part(&item, &node));
                for (kind, node, place) in parts.filter(|(_, _, place)| touches_end(*place, &range)) {
                    visit.0(Hinted { context: &context, kind, node, place });
                }
            }
        })
    }
}

fn touches(text: TextRange, range: &Range<u32>) -> bool {
    u32::from(text.start()) <= range.end && range.start <= u32::from(text.end())
}

fn touches_end(place: TextRange, range: &Range<u32>) -> bool {
    range.start <= u32::from(place.end()) && u32::from(place.end()) <= range.end
}

/// A node on which a hint may be given, with the text behind which it stands. Unfinished text has none.
fn part(item: &Item, node: &SyntaxNode) -> Option<(InlayHintKind, SyntaxNode, TextRange)> {
    if let Some(clause) = ast::SelectorClause::cast(node.clone()) {
        let selector = clause.selector()?;
        // One further down belongs to a traversal that was mistaken for it.
        let is_own = clause.syntax().parent().as_ref() == Some(item.syntax());
        return is_own.then(|| (InlayHintKind::Tables, node.clone(), written(selector.syntax())));
    }
    if let Some(column) = ast::ColumnValue::cast(node.clone()) {
        let end = column.r_paren_token()?.text_range();
        return Some((InlayHintKind::ColumnType, node.clone(), column.syntax().text_range().cover(end)));
    }
    let rel = ast::Rel::cast(node.clone())?;
    let wildcard = rel.rel_source()?.underscore_token()?;
    Some((InlayHintKind::Relation, node.clone(), wildcard.text_range()))
}

/// A node's place without blanks behind it.
fn written(node: &SyntaxNode) -> TextRange {
    let tokens = node.descendants_with_tokens().filter_map(|it| it.into_token());
    let last = tokens.filter(|token| !token.kind().is_trivia()).last();
    let whole = node.text_range();
    last.map_or(whole, |last| TextRange::new(whole.start(), last.text_range().end()))
}

/// A node on which a hint may be given.
struct Hinted<'c, 'db> {
    context: &'c ItemContext<'db>,
    kind: InlayHintKind,
    node: SyntaxNode,
    place: TextRange,
}

impl Hinted<'_, '_> {
    fn hint(&self) -> Option<InlayHint> {
        let label = match self.kind {
            InlayHintKind::Tables => self.tables_label()?,
            InlayHintKind::ColumnType => self.types_label()?,
            InlayHintKind::Relation => format!("= {}", self.short(self.source()?)),
        };
        Some(InlayHint { kind: self.kind, offset: self.place.end().into(), label })
    }

    fn tooltip(&self) -> Option<String> {
        Some(match self.kind {
            InlayHintKind::Tables => match self.selected()? {
                [] => "no table of the schema is matched".to_owned(),
                tables => markdown::list_of(tables, MOST_LISTED),
            },
            InlayHintKind::ColumnType => {
                let lines = self.types()?.into_iter().map(|(ty, tables)| {
                    format!("- {}: {}", markdown::code(ty), markdown::list_of(&tables, MOST_LISTED))
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            InlayHintKind::Relation => {
                let source = self.source()?;
                format!("`_` is the table whose rows are looked at: {}", markdown::code(&source.to_string()))
            }
        })
    }

    /// The tables that the item's selector matches, if it can be read.
    fn selected(&self) -> Option<&[QualifiedName]> {
        let ItemContext { db, project, key, .. } = *self.context;
        queries::selector(db, project, key).as_ref()?;
        Some(self.context.governed())
    }

    fn tables_label(&self) -> Option<String> {
        Some(match self.selected()? {
            [] => "→ no table".to_owned(),
            tables if tables.len() <= MOST_NAMES => {
                let names: Vec<String> = tables.iter().map(|table| self.short(table)).collect();
                format!("→ {}", names.join(", "))
            }
            tables => format!("→ {} tables", tables.len()),
        })
    }

    /// The types that the column has, each with the tables where it has it.
    fn types(&self) -> Option<Vec<(&str, Vec<QualifiedName>)>> {
        let catalog = queries::catalog(self.context.db, self.context.project).as_deref()?;
        let name = ast::ColumnValue::cast(self.node.clone())?.name_text()?;
        let mut types: Vec<(&str, Vec<QualifiedName>)> = Vec::new();
        for table in self.context.in_scope(&self.node).iter() {
            let relation = catalog.relations.get(table);
            let Some(column) = relation.and_then(|relation| relation.column(&name)) else { continue };
            match types.iter_mut().find(|(ty, _)| *ty == column.ty.display) {
                Some((_, tables)) => tables.push(table.clone()),
                None => types.push((&column.ty.display, vec![table.clone()])),
            }
        }
        (!types.is_empty()).then_some(types)
    }

    fn types_label(&self) -> Option<String> {
        let types = self.types()?;
        let shown: Vec<&str> = types.iter().take(MOST_TYPES).map(|(ty, _)| *ty).collect();
        let more = if types.len() > MOST_TYPES { " | …" } else { "" };
        Some(format!(": {}{more}", shown.join(" | ")))
    }

    /// The table that `_` stands for, if it is always the same.
    fn source(&self) -> Option<QualifiedName> {
        match &*self.context.sources(&ast::Rel::cast(self.node.clone())?) {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// The table's name; with its schema only where there are several.
    fn short(&self, table: impl std::borrow::Borrow<QualifiedName>) -> String {
        let table = table.borrow();
        let config = queries::config(self.context.db, self.context.project);
        match config.tables.schemas.as_slice() {
            [only] if *only == table.schema => table.name.to_string(),
            _ => table.to_string(),
        }
    }
}

/// More tables than this are not named in a tooltip.
const MOST_LISTED: usize = 30;

#[cfg(test)]
mod tests;
