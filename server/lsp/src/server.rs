//! The framework's side: each message is put into one channel as soon as it is seen.
//!
//! The framework works on many messages at a time. Their order is kept because a handler's first step, before
//! anything that could wait, is to put its message into the channel.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Sender;
use pgpe_ide::Cancellable;
use tokio::sync::oneshot;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::*;

use crate::convert::custom::{CompiledSql, CompiledSqlParams, Status, command};
use crate::convert::{capabilities, completion, from_proto, to_proto};
use crate::handlers;
use crate::snapshot::Snapshot;
use crate::state::{Event, Pulled, Wanted};
use crate::targets::Refusal;

/// Hands messages on to the state thread.
pub(crate) struct Backend {
    events: Sender<Event>,
}

impl Backend {
    /// Puts messages into a channel.
    pub(crate) fn new(events: Sender<Event>) -> Backend {
        Backend { events }
    }

    /// The client no longer wants what it was shown the progress of.
    pub(crate) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.send(Event::CancelProgress { token: params.token });
    }

    /// The SQL of a policy, or of a file.
    pub(crate) async fn compiled_sql(&self, params: CompiledSqlParams) -> Result<Option<CompiledSql>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::compiled_sql::handle).await
    }

    /// Schema, targets and proofs of all projects.
    pub(crate) async fn status(&self, params: LSPAny) -> Result<Status> {
        self.read_all(params, handlers::status::handle).await
    }

    fn send(&self, event: Event) {
        // The receiver is gone only while the process ends.
        let _ = self.events.send(event);
    }

    /// Answers a question about a file from the state that the messages before it have made.
    async fn read<P, R>(
        &self,
        uri: &Uri,
        params: P,
        handle: fn(&Snapshot, &str, P) -> Cancellable<Option<R>>,
    ) -> Result<Option<R>>
    where
        P: Send + 'static,
        R: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let run = move |on: Option<(Snapshot, String)>| {
            reply_with(reply, move || match on {
                Some((snapshot, path)) => handle(&snapshot, &path, params),
                None => Ok(None),
            });
        };
        self.send(Event::Read { key: from_proto::file_key(uri), run: Box::new(run) });
        answer.await.unwrap_or_else(|_| Err(to_proto::internal_error()))
    }

    /// The diagnostics that are asked for.
    async fn pull(&self, wanted: Wanted) -> Result<Pulled> {
        let (reply, answer) = oneshot::channel();
        self.send(Event::Pull { wanted, reply });
        match answer.await {
            Ok(Some(pulled)) => Ok(pulled),
            Ok(None) => Err(to_proto::ask_again()),
            Err(_) => Err(to_proto::internal_error()),
        }
    }

    /// Answers a question about all workspaces.
    async fn read_all<P, R>(&self, params: P, handle: fn(&[Snapshot], P) -> Cancellable<R>) -> Result<R>
    where
        P: Send + 'static,
        R: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let run = move |all: Vec<Snapshot>| reply_with(reply, move || handle(&all, params));
        self.send(Event::ReadAll { run: Box::new(run) });
        answer.await.unwrap_or_else(|_| Err(to_proto::internal_error()))
    }
}

/// Gives the answer that a computation comes to, which an edit may overtake and which may panic. `compute` owns the
/// snapshot that it reads: no edit is taken in before that is gone.
fn reply_with<R>(reply: oneshot::Sender<Result<R>>, compute: impl FnOnce() -> Cancellable<R>) {
    // The client has taken the question back.
    if reply.is_closed() {
        return;
    }
    let answered = catch_unwind(AssertUnwindSafe(compute));
    let _ = reply.send(match answered {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(to_proto::overtaken()),
        Err(_) => Err(to_proto::internal_error()),
    });
}

/// An answer, or the sentence that says why there is none.
fn unless_refused<R>(answer: Option<std::result::Result<R, String>>) -> Result<Option<R>> {
    answer.transpose().map_err(|reason| to_proto::refusal(Refusal::Failed(reason)))
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let client = from_proto::client(&params);
        let result = capabilities::initialize_result(&client);
        self.send(Event::Initialize(Box::new(client)));
        Ok(result)
    }

    async fn initialized(&self, _: InitializedParams) {
        self.send(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.send(Event::Stop);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let (key, document) = from_proto::document(params.text_document);
        self.send(Event::Open { key, document });
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let key = from_proto::file_key(&params.text_document.uri);
        let version = params.text_document.version;
        self.send(Event::Change { key, version, changes: from_proto::changes(params.content_changes) });
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.send(Event::Saved { key: from_proto::file_key(&params.text_document.uri) });
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.send(Event::Close { key: from_proto::file_key(&params.text_document.uri) });
    }

    async fn did_change_watched_files(&self, _: DidChangeWatchedFilesParams) {
        self.send(Event::DiskChanged);
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let key = from_proto::file_key(&params.text_document.uri);
        let pulled = self.pull(Wanted::File { key, previous: params.previous_result_id }).await?;
        Ok(to_proto::document_diagnostics(pulled))
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let previous = params.previous_result_ids.into_iter().map(|known| (known.uri, known.value)).collect();
        let pulled = self.pull(Wanted::All { previous }).await?;
        Ok(to_proto::workspace_diagnostics(pulled))
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.send(Event::SettingsChanged(params.settings));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let (added, removed) = from_proto::folder_changes(params.event);
        self.send(Event::Folders { added, removed });
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        self.read(&uri, params, handlers::hover::handle).await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let uri = params.text_document_position.text_document.uri.clone();
        self.read(&uri, params, handlers::completion::handle).await
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        let Some(subject) = completion::subject(&item) else { return Ok(item) };
        let about = self.read(&subject.uri.clone(), subject, handlers::completion::resolve).await?;
        Ok(CompletionItem { documentation: about.or(item.documentation), ..item })
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::document_symbol::handle).await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        self.read(&uri, params, handlers::definition::handle).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let uri = params.text_document_position.text_document.uri.clone();
        self.read(&uri, params, handlers::references::handle).await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        self.read(&uri, params, handlers::document_highlight::handle).await
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let uri = params.text_document.uri.clone();
        unless_refused(self.read(&uri, params, handlers::rename::prepare).await?)
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let uri = params.text_document_position.text_document.uri.clone();
        unless_refused(self.read(&uri, params, handlers::rename::handle).await?)
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        self.read_all(params, handlers::workspace_symbol::handle).await
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::semantic_tokens::full).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::semantic_tokens::delta).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::semantic_tokens::range).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::folding_range::handle).await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::selection_range::handle).await
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::formatting::range).await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        let uri = params.text_document_position.text_document.uri.clone();
        self.read(&uri, params, handlers::formatting::on_type).await
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::formatting::handle).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        let (reply, answer) = oneshot::channel();
        match params.command.as_str() {
            command::PREVIEW_SQL => {
                let params = from_proto::preview_command(params).map_err(Error::invalid_params)?;
                let uri = params.text_document.uri.clone();
                return self.read(&uri, params, handlers::compiled_sql::handle_command).await;
            }
            command::SHOW_COUNTEREXAMPLE => {
                let wanted = from_proto::wanted_counterexample(params).map_err(Error::invalid_params)?;
                let refusal = Refusal::Failed(wanted.missing());
                let (uri, handle) = (wanted.uri.clone(), handlers::show_counterexample::handle);
                let shown = self.read(&uri, wanted, handle).await?;
                return shown.map(Some).ok_or_else(|| to_proto::refusal(refusal));
            }
            command::ANALYZE => {
                let (file, token) = from_proto::analyze_command(params).map_err(Error::invalid_params)?;
                self.send(Event::Analyze { file, token, reply });
            }
            _ => {
                let request = from_proto::command(params).map_err(Error::invalid_params)?;
                self.send(Event::Command { request, reply });
            }
        }
        match answer.await {
            Ok(Ok(result)) => Ok(Some(result)),
            Ok(Err(refusal)) => Err(to_proto::refusal(refusal)),
            Err(_) => Err(to_proto::internal_error()),
        }
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::inlay_hint::handle).await
    }

    async fn inlay_hint_resolve(&self, hint: InlayHint) -> Result<InlayHint> {
        let Some(origin) = from_proto::hint_origin(&hint) else { return Ok(hint) };
        let uri = origin.uri.clone();
        let resolved = self.read(&uri, (hint.clone(), origin), handlers::inlay_hint::resolve).await?;
        Ok(resolved.unwrap_or(hint))
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::code_lens::handle).await
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let uri = params.text_document_position_params.text_document.uri.clone();
        self.read(&uri, params, handlers::signature_help::handle).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let uri = params.text_document.uri.clone();
        self.read(&uri, params, handlers::code_action::handle).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let Some((deferred, _)) = from_proto::deferred_action(&action) else { return Ok(action) };
        let resolved = self.read(&deferred.uri, action, handlers::code_action::resolve).await?;
        resolved.ok_or_else(to_proto::overtaken)
    }
}

#[cfg(test)]
mod tests;
