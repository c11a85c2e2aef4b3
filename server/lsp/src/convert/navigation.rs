//! What a client can do with names, symbols, colours and folds, and what it is promised.

use tower_lsp::ls_types::*;

use super::to_proto::{TOKEN_MODIFIERS, TOKEN_TYPES};
use crate::client::{ClientProfile, NavigationProfile};

/// The client's abilities.
pub(crate) fn abilities(capabilities: &ClientCapabilities) -> NavigationProfile {
    let document = capabilities.text_document.as_ref();
    let tokens = document
        .and_then(|it| it.semantic_tokens.as_ref())
        .filter(|it| it.formats.contains(&TokenFormat::RELATIVE));
    let folding = document.and_then(|it| it.folding_range.as_ref());
    let in_file = document.and_then(|it| it.document_symbol.as_ref()?.symbol_kind.as_ref());
    let in_workspace =
        capabilities.workspace.as_ref().and_then(|it| it.symbol.as_ref()?.symbol_kind.as_ref());
    let names = |ours: &[&str], theirs: Vec<&str>| -> Vec<String> {
        ours.iter().filter(|name| theirs.contains(name)).map(|name| (*name).to_owned()).collect()
    };
    NavigationProfile {
        definition_links: document.and_then(|it| it.definition.as_ref()?.link_support).unwrap_or(false),
        prepares_rename: document.and_then(|it| it.rename.as_ref()?.prepare_support).unwrap_or(false),
        newer_symbol_kinds: [in_file, in_workspace].into_iter().all(has_newer_kinds),
        token_types: tokens.map_or_else(Vec::new, |it| {
            names(&TOKEN_TYPES, it.token_types.iter().map(SemanticTokenType::as_str).collect())
        }),
        token_modifiers: tokens.map_or_else(Vec::new, |it| {
            names(&TOKEN_MODIFIERS, it.token_modifiers.iter().map(SemanticTokenModifier::as_str).collect())
        }),
        token_deltas: tokens.is_some_and(|it| {
            matches!(it.requests.full, Some(SemanticTokensFullOptions::Delta { delta: Some(true) }))
        }),
        folds_lines_only: folding.and_then(|it| it.line_folding_only).unwrap_or(false),
        most_folds: folding.and_then(|it| it.range_limit).map(|limit| limit as usize),
    }
}

fn has_newer_kinds(kinds: Option<&SymbolKindCapability>) -> bool {
    let kinds = kinds.and_then(|it| it.value_set.as_ref());
    let newer = [SymbolKind::STRUCT, SymbolKind::EVENT, SymbolKind::KEY];
    kinds.is_some_and(|kinds| newer.iter().all(|kind| kinds.contains(kind)))
}

/// What is promised to the client.
pub(crate) fn capabilities(client: &ClientProfile) -> ServerCapabilities {
    let navigation = &client.navigation;
    let prepare = RenameOptions {
        prepare_provider: Some(true),
        work_done_progress_options: WorkDoneProgressOptions::default(),
    };
    let tokens = SemanticTokensOptions {
        legend: SemanticTokensLegend {
            token_types: navigation.token_types.iter().cloned().map(SemanticTokenType::from).collect(),
            token_modifiers: navigation
                .token_modifiers
                .iter()
                .cloned()
                .map(SemanticTokenModifier::from)
                .collect(),
        },
        range: Some(true),
        full: Some(SemanticTokensFullOptions::Delta { delta: Some(navigation.token_deltas) }),
        ..SemanticTokensOptions::default()
    };
    ServerCapabilities {
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(if navigation.prepares_rename {
            OneOf::Right(prepare)
        } else {
            OneOf::Left(true)
        }),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: (!navigation.token_types.is_empty()).then(|| tokens.into()),
        folding_range_provider: Some(true.into()),
        selection_range_provider: Some(true.into()),
        document_range_formatting_provider: Some(OneOf::Left(true)),
        document_on_type_formatting_provider: Some(DocumentOnTypeFormattingOptions {
            first_trigger_character: "\n".to_owned(),
            more_trigger_character: None,
        }),
        ..ServerCapabilities::default()
    }
}
