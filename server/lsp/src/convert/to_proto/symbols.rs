//! Outlines.

use pgpe_ide::{Symbol, SymbolKind as PlainKind};
use pgpe_syntax::LineIndex;
use tower_lsp::ls_types::*;

use super::range;
use crate::client::ClientProfile;

/// Symbols as a tree.
pub(crate) fn nested_symbols(
    lines: &LineIndex,
    symbols: Vec<Symbol>,
    client: &ClientProfile,
) -> Vec<DocumentSymbol> {
    let columns = client.columns;
    let convert = |symbol: Symbol| {
        let children = nested_symbols(lines, symbol.children, client);
        #[allow(deprecated, reason = "the field has to be given")]
        DocumentSymbol {
            name: symbol.name,
            detail: symbol.detail,
            kind: symbol_kind(symbol.kind, client),
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
    client: &ClientProfile,
) -> Vec<SymbolInformation> {
    fn add(
        found: &mut Vec<SymbolInformation>,
        symbols: Vec<Symbol>,
        container: Option<&str>,
        client: &ClientProfile,
        place: &dyn Fn(&std::ops::Range<u32>) -> Location,
    ) {
        for symbol in symbols {
            #[allow(deprecated, reason = "the field has to be given")]
            found.push(SymbolInformation {
                name: symbol.name.clone(),
                kind: symbol_kind(symbol.kind, client),
                tags: None,
                deprecated: None,
                location: place(&symbol.range),
                container_name: container.map(str::to_owned),
            });
            add(found, symbol.children, Some(&symbol.name), client, place);
        }
    }
    let mut found = Vec::new();
    let place =
        |at: &std::ops::Range<u32>| Location { uri: uri.clone(), range: range(lines, at, client.columns) };
    add(&mut found, symbols, None, client, &place);
    found
}

/// The kind that comes nearest, among those that the client knows.
pub(super) fn symbol_kind(kind: PlainKind, client: &ClientProfile) -> SymbolKind {
    let newer = client.navigation.newer_symbol_kinds;
    match kind {
        PlainKind::Policy => SymbolKind::CLASS,
        PlainKind::Grant if newer => SymbolKind::EVENT,
        PlainKind::Grant => SymbolKind::FUNCTION,
        PlainKind::Table if newer => SymbolKind::STRUCT,
        PlainKind::Table => SymbolKind::INTERFACE,
        PlainKind::Setting if newer => SymbolKind::KEY,
        PlainKind::Setting => SymbolKind::VARIABLE,
        PlainKind::Clause => SymbolKind::METHOD,
        PlainKind::Check => SymbolKind::NAMESPACE,
    }
}
