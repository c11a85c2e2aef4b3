//! Outlines.

use pgpe_ide::{Symbol, SymbolKind as PlainKind};
use pgpe_syntax::{ColumnUnit, LineIndex};
use tower_lsp::ls_types::*;

use super::range;

/// Symbols as a tree.
pub(crate) fn nested_symbols(
    lines: &LineIndex,
    symbols: Vec<Symbol>,
    columns: ColumnUnit,
) -> Vec<DocumentSymbol> {
    let convert = |symbol: Symbol| {
        let children = nested_symbols(lines, symbol.children, columns);
        #[allow(deprecated, reason = "the field has to be given")]
        DocumentSymbol {
            name: symbol.name,
            detail: symbol.detail,
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            range: range(lines, &symbol.range, columns),
            selection_range: range(lines, &symbol.name_range, columns),
            children: (!children.is_empty()).then_some(children),
        }
    };
    symbols.into_iter().map(convert).collect()
}

/// Symbols as a list, each with the one that it is part of.
pub(crate) fn flat_symbols(
    lines: &LineIndex,
    uri: &Uri,
    symbols: Vec<Symbol>,
    columns: ColumnUnit,
) -> Vec<SymbolInformation> {
    fn add(
        found: &mut Vec<SymbolInformation>,
        symbols: Vec<Symbol>,
        container: Option<&str>,
        place: &dyn Fn(&std::ops::Range<u32>) -> Location,
    ) {
        for symbol in symbols {
            #[allow(deprecated, reason = "the field has to be given")]
            found.push(SymbolInformation {
                name: symbol.name.clone(),
                kind: symbol_kind(symbol.kind),
                tags: None,
                deprecated: None,
                location: place(&symbol.range),
                container_name: container.map(str::to_owned),
            });
            add(found, symbol.children, Some(&symbol.name), place);
        }
    }
    let mut found = Vec::new();
    let place = |at: &std::ops::Range<u32>| Location { uri: uri.clone(), range: range(lines, at, columns) };
    add(&mut found, symbols, None, &place);
    found
}

fn symbol_kind(kind: PlainKind) -> SymbolKind {
    match kind {
        PlainKind::Policy => SymbolKind::CLASS,
        PlainKind::Grant => SymbolKind::EVENT,
        PlainKind::Clause => SymbolKind::METHOD,
        PlainKind::Check => SymbolKind::NAMESPACE,
    }
}
