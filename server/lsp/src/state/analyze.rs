//! Analyses that clients wait for: all verdicts at once, when no proof is open any more.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pgpe_config::Rule;
use pgpe_ide::Cancellable;
use pgpe_report::document::Document;
use pgpe_report::{Finding, Report, Sources, human};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::workspace::Workspace;
use super::{Event, State};
use crate::convert::to_proto::{self, ProgressToken};
use crate::handlers::status::root;
use crate::keys::FileKey;
use crate::progress::Progress;
use crate::snapshot::Snapshot;
use crate::targets::{Refusal, Reply};

/// Someone who waits for an analysis.
pub(crate) struct Analysing {
    /// A file of the project that is meant; without one it is all of them.
    file: Option<FileKey>,
    reply: Reply,
    token: Option<ProgressToken>,
    /// Says whether the client takes the token; nothing while it has not answered, and once it has.
    asked: Option<oneshot::Receiver<bool>>,
    progress: Option<Progress>,
    /// The most proofs that were open, and how many are.
    proofs: (usize, usize),
}

/// What an analysis is made of, of one project.
struct Part {
    snapshot: Snapshot,
    /// Files that can't be read.
    unreadable: Vec<Finding>,
    texts: Texts,
}

struct Texts(HashMap<String, Arc<str>>);

impl Sources for Texts {
    fn text(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(|text| &**text)
    }
}

impl Analysing {
    /// Shows how many proofs are still open.
    fn show(&mut self, outbox: &crate::outbox::Outbox, open: usize) {
        if let Some(asked) = &mut self.asked
            && let Ok(accepted) = asked.try_recv()
        {
            self.asked = None;
            let token = self.token.clone().filter(|_| accepted);
            self.progress = Some(Progress::start(outbox, token, TITLE.to_owned()));
        }
        let most = self.proofs.0.max(open);
        if let Some(progress) = &self.progress
            && self.proofs != (most, open)
        {
            progress.report(format!("proving, {} of {most}", most - open));
            self.proofs = (most, open);
        }
    }
}

const TITLE: &str = "Analyze workspace";

impl State {
    /// Begins to wait.
    pub(crate) fn analyse(&mut self, file: Option<FileKey>, token: Option<ProgressToken>, reply: Reply) {
        if file.as_ref().is_some_and(|file| self.owner(file).is_none()) {
            let sentence = "no project is open that has this file: open its folder, or the file".to_owned();
            let _ = reply.send(Err(Refusal::Failed(sentence)));
            return;
        }
        let given = token.is_some();
        let token = self.targets.token(token, self.client.work_done_progress);
        let (token, is_new) = token.map_or((None, false), |(token, is_new)| (Some(token), is_new));
        let asked = token.clone().filter(|_| is_new).map(|token| self.outbox.create_progress(token));
        let progress = given.then(|| Progress::start(&self.outbox, token.clone(), TITLE.to_owned()));
        self.analyses.push(Analysing { file, reply, token, asked, progress, proofs: (0, 0) });
    }

    /// Nobody waits any more for the analysis that is shown by that token.
    pub(crate) fn cancel_analyses(&mut self, token: &ProgressToken) {
        for at in (0..self.analyses.len()).rev() {
            if self.analyses.get(at).is_some_and(|analysing| analysing.token.as_ref() == Some(token)) {
                let _ = self.analyses.swap_remove(at).reply.send(Err(Refusal::Cancelled));
            }
        }
    }

    /// Gives those their answer who wait for what is known by now.
    pub(crate) fn answer_analyses(&mut self) {
        for mut analysing in std::mem::take(&mut self.analyses) {
            if analysing.reply.is_closed() {
                continue;
            }
            let concerned: Vec<&Workspace> = match &analysing.file {
                Some(file) => self.owner(file).into_iter().collect(),
                None => self.workspaces.values().collect(),
            };
            let open = concerned.iter().map(|workspace| workspace.proofs().pending).sum();
            if concerned.iter().all(|workspace| workspace.is_settled()) {
                let ids = concerned.iter().map(|workspace| workspace.id()).collect();
                self.put_together(analysing, ids);
            } else {
                analysing.show(&self.outbox, open);
                self.analyses.push(analysing);
            }
        }
    }

    fn put_together(&mut self, analysing: Analysing, ids: Vec<usize>) {
        let mut parts = Vec::new();
        for id in ids {
            let open = self.documents.open_files();
            let Some(workspace) = self.workspaces.get(&id) else { continue };
            let texts = workspace.texts().into_iter().map(|(path, _, text)| (path, text)).collect();
            parts.push(Part {
                snapshot: workspace.snapshot(open, &self.verdicts, &self.settings, &self.client),
                unreadable: workspace.problems().iter().map(to_proto::unreadable).collect(),
                texts: Texts(texts),
            });
        }
        let events = self.events.clone();
        self.pool.spawn(move || {
            let analysed = catch_unwind(AssertUnwindSafe(move || {
                parts
                    .into_iter()
                    .filter_map(|part| part.report().transpose())
                    .collect::<Cancellable<Vec<_>>>()
            }));
            let _ = match analysed {
                Ok(Ok(reports)) => {
                    let (texts, projects): (Vec<String>, Vec<Value>) = reports.into_iter().unzip();
                    analysing.reply.send(Ok(json!({ "text": texts.join("\n"), "projects": projects })))
                }
                // What is edited meanwhile counts.
                Ok(Err(_)) => {
                    let _ = events.send(Event::AnalyzeAgain(Box::new(analysing)));
                    Ok(())
                }
                Err(_) => {
                    let sentence = "the analysis failed by a mistake of pgpe's own";
                    analysing.reply.send(Err(Refusal::new(sentence)))
                }
            };
        });
    }
}

impl Part {
    /// What `pgpe analyze` says of the project: to people, and in JSON with the project's root.
    fn report(self) -> Cancellable<Option<(String, Value)>> {
        let Some(root) = root(&self.snapshot)? else { return Ok(None) };
        let mut checked = self.snapshot.analysis.check(&self.snapshot.outcome())?;
        if self.snapshot.analysis.configuration_is_broken()? {
            checked.findings.retain(|finding| finding.rule == Rule::Config);
            checked.tables.clear();
        }
        checked.findings.extend(self.unreadable);
        let report = Report::new(checked.findings, checked.tables);
        let document = Document::analyze(&report, &self.texts);
        let text = human::analyze(&report, &self.texts, human::Colour::Never);
        Ok(Some((text, json!({ "root": root, "report": document }))))
    }
}
