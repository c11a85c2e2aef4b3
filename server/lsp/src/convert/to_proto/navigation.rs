//! Places of names, and what surrounds a place.

use pgpe_ide::{Cancellable, Definition, Highlight, ProjectSymbol, Renamable};
use pgpe_report::Place;
use pgpe_syntax::{ColumnUnit, LineIndex};
use tower_lsp::ls_types::*;

use super::{location, range, symbol_kind};
use crate::client::ClientProfile;
use crate::snapshot::Snapshot;

/// A definition, with what it is reached from where the client can show that.
pub(crate) fn definition(
    snapshot: &Snapshot,
    lines: &LineIndex,
    definition: Definition,
) -> Cancellable<GotoDefinitionResponse> {
    let columns = snapshot.client.columns;
    let origin = range(lines, &definition.origin, columns);
    let (mut links, mut locations) = (Vec::new(), Vec::new());
    for target in definition.targets {
        let Some(file) = snapshot.file(&target.name.file)? else { continue };
        let name = range(&file.lines, &target.name.range, columns);
        if snapshot.client.navigation.definition_links {
            links.push(LocationLink {
                origin_selection_range: Some(origin),
                target_uri: file.uri,
                target_range: range(&file.lines, &target.whole, columns),
                target_selection_range: name,
            });
        } else {
            locations.push(Location { uri: file.uri, range: name });
        }
    }
    Ok(if snapshot.client.navigation.definition_links {
        GotoDefinitionResponse::Link(links)
    } else {
        GotoDefinitionResponse::Array(locations)
    })
}

/// Places that the client can reach.
pub(crate) fn locations(snapshot: &Snapshot, places: &[Place]) -> Cancellable<Vec<Location>> {
    let found: Cancellable<Vec<Option<Location>>> =
        places.iter().map(|place| location(snapshot, place)).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Highlights of one text.
pub(crate) fn highlights(
    lines: &LineIndex,
    highlights: Vec<Highlight>,
    columns: ColumnUnit,
) -> Vec<DocumentHighlight> {
    let highlight = |it: Highlight| DocumentHighlight {
        range: range(lines, &it.range, columns),
        kind: Some(if it.defines { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
    };
    highlights.into_iter().map(highlight).collect()
}

/// What can be renamed.
pub(crate) fn renamable(lines: &LineIndex, found: Renamable, columns: ColumnUnit) -> PrepareRenameResponse {
    let range = range(lines, &found.range, columns);
    PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: found.name }
}

/// A symbol of a project; `None` if it is in no file that the client could reach.
pub(crate) fn project_symbol(
    snapshot: &Snapshot,
    symbol: &ProjectSymbol,
) -> Cancellable<Option<SymbolInformation>> {
    let Some(location) = location(snapshot, &symbol.place)? else { return Ok(None) };
    #[allow(deprecated, reason = "the field has to be given")]
    Ok(Some(SymbolInformation {
        name: symbol.name.clone(),
        kind: symbol_kind(symbol.kind, &snapshot.client),
        tags: None,
        deprecated: None,
        location,
        container_name: Some(symbol.container.clone()),
    }))
}

/// A chain of ranges, the innermost first; the place itself if there are none.
pub(crate) fn selection(
    lines: &LineIndex,
    offset: u32,
    ranges: &[std::ops::Range<u32>],
    client: &ClientProfile,
) -> SelectionRange {
    let outwards = ranges.iter().rev().fold(None, |parent, it| {
        let range = range(lines, it, client.columns);
        Some(SelectionRange { range, parent: parent.map(Box::new) })
    });
    outwards.unwrap_or_else(|| SelectionRange {
        range: range(lines, &(offset..offset), client.columns),
        parent: None,
    })
}
