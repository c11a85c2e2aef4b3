//! Which work on targets is under way: begun by commands alone, one piece at a time on each target.

use std::cell::RefCell;
use std::collections::HashMap;

use pgpe_config::{Config, Target};
use pgpe_ide::FileRole;
use pgpe_project::{CONFIG_FILE, ProjectError};
use pgpe_prover::ProverOptions;
use pgpe_target::find_target;
use tokio::sync::watch;

use super::workspace::Workspace;
use super::{Event, State};
use crate::convert::to_proto::{self, ProgressToken};
use crate::targets::job::Job;
use crate::targets::{Action, Done, Refusal, Reply, Request};

/// What is known of targets, and what is done with them.
pub(crate) struct Targets {
    prover: ProverOptions,
    running: HashMap<Key, Running>,
    /// How many tokens were made.
    tokens: u64,
}

/// A target of a workspace.
type Key = (usize, String);

struct Running {
    action: Action,
    token: Option<ProgressToken>,
    cancel: watch::Sender<bool>,
}

impl Targets {
    /// Nothing is under way.
    pub(crate) fn new(prover: ProverOptions) -> Targets {
        Targets { prover, running: HashMap::new(), tokens: 0 }
    }

    /// Stops what is shown by that token.
    pub(crate) fn cancel(&self, token: &ProgressToken) {
        for running in self.running.values().filter(|running| running.token.as_ref() == Some(token)) {
            let _ = running.cancel.send(true);
        }
    }

    /// A token to show progress by, and whether the client has yet to hear of it.
    pub(crate) fn token(
        &mut self,
        given: Option<ProgressToken>,
        may_create: bool,
    ) -> Option<(ProgressToken, bool)> {
        match given {
            Some(token) => Some((token, false)),
            None if may_create => {
                self.tokens += 1;
                Some((to_proto::new_token(self.tokens), true))
            }
            None => None,
        }
    }
}

impl State {
    /// Begins what a command asks for; what is in the way is its result.
    pub(crate) fn command(&mut self, request: Request, reply: Reply) {
        match self.prepare(request) {
            Ok(job) => {
                let job = job(reply);
                let events = self.events.clone();
                let key = (job.workspace, job.name.clone());
                // A panic is a result, too, so that there is always an end.
                let spawned = std::thread::Builder::new().name("target".to_owned()).spawn(move || {
                    let _ = events.send(Event::TargetDone(Box::new(job.run())));
                });
                if let Err(error) = spawned {
                    tracing::error!("no thread for work on a target: {error}");
                    self.targets.running.remove(&key);
                }
            }
            Err(sentence) => {
                let _ = reply.send(Err(Refusal::Failed(sentence)));
            }
        }
    }

    /// Work has ended.
    pub(crate) fn target_done(&mut self, done: Done) {
        let key = (done.workspace, done.target.clone());
        let ended = self.targets.running.remove(&key);
        if let Some(workspace) = self.workspaces.get_mut(&done.workspace) {
            if let Some(drift) = done.drift {
                workspace.set_drift(&done.target, drift);
            }
            if done.result.is_ok() && ended.is_some_and(|ended| ended.action == Action::RefreshSchema) {
                self.changes += 1;
                workspace.reload(&self.documents);
            }
        }
        let _ = done.reply.send(done.result);
    }

    /// The job, but for where its result goes.
    fn prepare(&mut self, request: Request) -> Result<impl FnOnce(Reply) -> Job + use<>, String> {
        let (workspace, name, target) = self.find(&request)?;
        if request.action == Action::Apply && target.protected {
            return Err(format!(
                "{name} is protected, so that it can't be applied to from an editor: run `pgpe apply --target \
                 {name}`"
            ));
        }
        let key = (workspace.id(), name.clone());
        if let Some(running) = self.targets.running.get(&key) {
            let title = running.action.title(&name);
            return Err(format!("{name} is being worked on ({title}): wait for that, or cancel it"));
        }
        let layout = workspace.layout().ok_or_else(no_project)?;
        let schema_path = match request.action {
            Action::RefreshSchema if layout.schema_target() != Some(&name) => {
                return Err(format!(
                    "the project's schema is not that of {name}: write `schema: {{ target: {name} }}` in \
                     {CONFIG_FILE}"
                ));
            }
            Action::RefreshSchema => layout.schema_path().map(ToOwned::to_owned),
            // Of a target, the schema itself is read.
            _ => match workspace.problems().iter().find(|problem| problem.path() != layout.schema_path()) {
                Some(problem) => return Err(ProjectError::to_string(problem)),
                None => None,
            },
        };
        let (root, texts) = (layout.root().to_owned(), workspace.texts());
        let (id, solver_timeout) = (workspace.id(), workspace.solver_timeout());
        let token = self.targets.token(request.token, self.client.work_done_progress);
        let (cancel, cancelled) = watch::channel(false);
        let running =
            Running { action: request.action, token: token.as_ref().map(|(token, _)| token.clone()), cancel };
        self.targets.running.insert(key, running);
        let (prover, outbox) = (self.targets.prover.clone(), self.outbox.clone());
        Ok(move |reply| Job {
            workspace: id,
            action: request.action,
            name,
            target,
            root,
            texts,
            schema_path,
            prover,
            solver_timeout,
            outbox,
            token,
            cancelled,
            reply: RefCell::new(reply),
        })
    }

    /// The project and the target that a request means.
    fn find(&self, request: &Request) -> Result<(&Workspace, String, Target), String> {
        let projects = || self.workspaces.values().filter(|workspace| workspace.layout().is_some());
        let workspace = match &request.file {
            Some(file) => {
                self.owner(file).filter(|workspace| workspace.layout().is_some()).ok_or_else(no_project)?
            }
            None => match projects().collect::<Vec<_>>().as_slice() {
                [] => return Err(no_project()),
                [only] => only,
                several => {
                    let named = |workspace: &&&Workspace| {
                        let config = configuration(workspace);
                        config.is_ok_and(|config| match &request.target {
                            Some(name) => config.targets.contains_key(name),
                            None => !config.targets.is_empty(),
                        })
                    };
                    match several.iter().filter(named).collect::<Vec<_>>().as_slice() {
                        [only] => **only,
                        _ => {
                            return Err(
                                "several projects are open: give the URI of a file of the one that is \
                                        meant as the second argument"
                                    .to_owned(),
                            );
                        }
                    }
                }
            },
        };
        let config = configuration(workspace)?;
        let name = match (&request.target, config.targets.keys().collect::<Vec<_>>().as_slice()) {
            (Some(name), _) => name.clone(),
            (None, [only]) => (*only).clone(),
            (None, []) => {
                let is_there = workspace.config_path().is_some();
                let what = if is_there { "has no targets: add" } else { "is not there: write one with" };
                return Err(format!(
                    "{CONFIG_FILE} {what} `targets: {{ dev: {{ url: \"postgresql://…\" }} }}`"
                ));
            }
            (None, _) => {
                return Err(format!("{CONFIG_FILE} has several targets: name the one that is meant"));
            }
        };
        let target = find_target(&config, &name).map_err(|error| error.to_string())?;
        Ok((workspace, name, target))
    }
}

fn no_project() -> String {
    format!("no project with a {CONFIG_FILE} is open: open its folder, or one of its files")
}

/// The configuration as it is in the editor.
fn configuration(workspace: &Workspace) -> Result<Config, String> {
    let texts = workspace.texts();
    let Some((_, _, text)) = texts.iter().find(|(_, role, _)| *role == FileRole::Config) else {
        return Ok(Config::default());
    };
    Config::parse(text).map_err(|errors| {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        format!("{CONFIG_FILE} can't be used, correct it first: {first}")
    })
}
