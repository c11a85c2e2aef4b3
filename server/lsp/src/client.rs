//! What the client can do, as far as the server adapts to it.

use std::path::PathBuf;

use pgpe_syntax::ColumnUnit;

/// The client's abilities and the folders it works in.
#[derive(Debug, Clone)]
pub(crate) struct ClientProfile {
    /// What columns count.
    pub(crate) columns: ColumnUnit,
    /// Whether the client offered encodings, so that the choice is to be told.
    pub(crate) negotiates_columns: bool,
    /// The folders that are open.
    pub(crate) folders: Vec<PathBuf>,
    /// Diagnostics may point to related places.
    pub(crate) related_information: bool,
    /// Diagnostics may be tagged as unnecessary.
    pub(crate) unnecessary_tag: bool,
    /// Diagnostics may link to a description.
    pub(crate) code_description: bool,
    /// Diagnostics may carry data.
    pub(crate) diagnostic_data: bool,
    /// Edits may name the version that they are for.
    pub(crate) document_changes: bool,
    /// Symbols may be nested.
    pub(crate) nested_symbols: bool,
    /// Code actions may be more than commands.
    pub(crate) code_action_literals: bool,
    /// Edits of code actions may be computed when one is chosen.
    pub(crate) resolves_edits: bool,
    /// Code actions may be shown with the reason why they can't be chosen.
    pub(crate) disabled_actions: bool,
    /// Hovers may be Markdown.
    pub(crate) markdown: bool,
    /// What it can do with names, symbols, colours and folds.
    pub(crate) navigation: NavigationProfile,
    /// Completions may have places to fill in.
    pub(crate) snippets: bool,
    /// Completions may say what they insert and what they replace.
    pub(crate) insert_replace: bool,
    /// Completions may say more beside their labels.
    pub(crate) label_details: bool,
    /// What is said of a completion may be Markdown.
    pub(crate) completion_markdown: bool,
    /// The client tells when files change on disk.
    pub(crate) watches_files: bool,
    /// The client asks for diagnostics, and anew when told to; none are pushed then.
    pub(crate) pulls_diagnostics: bool,
    /// Answers about one file's diagnostics may have those of others.
    pub(crate) related_documents: bool,
    /// The client can be asked for settings.
    pub(crate) configuration: bool,
    /// The client tells of changed settings if it is asked to.
    pub(crate) registers_configuration: bool,
    /// The settings that it came with.
    pub(crate) initial_settings: serde_json::Value,
    /// The client wants to hear when `pgpe/status` may have another answer.
    pub(crate) status_notification: bool,
    /// The server may show progress of its own accord.
    pub(crate) work_done_progress: bool,
    /// Commands that the client carries out itself.
    pub(crate) own_commands: Vec<String>,
    /// The client asks anew for code lenses when told to.
    pub(crate) refreshes_lenses: bool,
    /// The client asks anew for inlay hints when told to.
    pub(crate) refreshes_hints: bool,
    /// The client asks for the tooltips of inlay hints one by one.
    pub(crate) resolves_tooltips: bool,
    /// Parameters of signatures may be named by their place.
    pub(crate) parameter_offsets: bool,
    /// Signatures may be documented in Markdown.
    pub(crate) signature_markdown: bool,
}

impl Default for ClientProfile {
    fn default() -> ClientProfile {
        ClientProfile {
            columns: ColumnUnit::Utf16,
            negotiates_columns: false,
            folders: Vec::new(),
            related_information: false,
            unnecessary_tag: false,
            code_description: false,
            diagnostic_data: false,
            document_changes: false,
            nested_symbols: false,
            code_action_literals: false,
            resolves_edits: false,
            disabled_actions: false,
            markdown: true,
            navigation: NavigationProfile::default(),
            snippets: false,
            insert_replace: false,
            label_details: false,
            completion_markdown: false,
            watches_files: false,
            pulls_diagnostics: false,
            related_documents: false,
            configuration: false,
            registers_configuration: false,
            initial_settings: serde_json::Value::Null,
            status_notification: false,
            work_done_progress: false,
            own_commands: Vec::new(),
            refreshes_lenses: false,
            refreshes_hints: false,
            resolves_tooltips: false,
            parameter_offsets: false,
            signature_markdown: false,
        }
    }
}

/// The client's abilities with names, symbols, colours and folds.
#[derive(Debug, Clone, Default)]
pub(crate) struct NavigationProfile {
    /// Definitions may tell what they are reached from.
    pub(crate) definition_links: bool,
    /// The client asks what can be renamed before it does so.
    pub(crate) prepares_rename: bool,
    /// Symbols may be of the kinds that came after the first version of the protocol.
    pub(crate) newer_symbol_kinds: bool,
    /// The types of coloured tokens that both sides know, in the order of their numbers.
    pub(crate) token_types: Vec<String>,
    /// The modifiers likewise.
    pub(crate) token_modifiers: Vec<String>,
    /// The client asks for what differs from the last answer.
    pub(crate) token_deltas: bool,
    /// Folds hide whole lines.
    pub(crate) folds_lines_only: bool,
    /// How many folds of a file the client takes.
    pub(crate) most_folds: Option<usize>,
}
