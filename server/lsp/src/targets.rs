//! Work on targets: what can be asked for, and what comes of it. It is done by [`job`], on a thread of its own.

pub(crate) mod job;
mod located;

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::convert::to_proto::ProgressToken;
use crate::keys::FileKey;
pub(crate) use located::LocatedDrift;

/// What can be done with a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Find out where it is not what the project says.
    CheckDrift,
    /// Show what would be done.
    Plan,
    /// Do it.
    Apply,
    /// Read its schema anew.
    RefreshSchema,
}

impl Action {
    /// All of them.
    pub(crate) const ALL: [Action; 4] =
        [Action::CheckDrift, Action::Plan, Action::Apply, Action::RefreshSchema];

    /// Those that concern policies.
    pub(crate) const ON_POLICIES: [Action; 3] = [Action::CheckDrift, Action::Plan, Action::Apply];

    /// The command that clients name.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Action::CheckDrift => "pgpe.checkDrift",
            Action::Plan => "pgpe.plan",
            Action::Apply => "pgpe.apply",
            Action::RefreshSchema => "pgpe.refreshSchema",
        }
    }

    /// The action of a command.
    pub(crate) fn of_command(command: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|action| action.command() == command)
    }

    /// What people read.
    pub(crate) fn title(self, target: &str) -> String {
        match self {
            Action::CheckDrift => format!("Check drift ({target})"),
            Action::Plan => format!("Show plan ({target})"),
            Action::Apply => format!("Apply to {target}…"),
            Action::RefreshSchema => format!("Refresh schema ({target})"),
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Request {
    /// What to do.
    pub(crate) action: Action,
    /// With which target; none is needed where there is one.
    pub(crate) target: Option<String>,
    /// A file of the project that is meant; none is needed where there is one project.
    pub(crate) file: Option<FileKey>,
    /// What the client will know the progress by, if it has said so.
    pub(crate) token: Option<ProgressToken>,
}

/// Why it was not done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The client took it back.
    Cancelled,
    /// Something is in the way: one sentence, with what to do.
    Failed(String),
}

impl Refusal {
    /// A sentence.
    pub(crate) fn new(error: impl ToString) -> Refusal {
        Refusal::Failed(error.to_string())
    }
}

/// Where the result goes.
pub(crate) type Reply = oneshot::Sender<Result<Value, Refusal>>;

/// What the last look at each target has found, by target; those without any have none.
pub(crate) type DriftByTarget = BTreeMap<String, Vec<LocatedDrift>>;

/// What has become of some work on a target.
pub(crate) struct Done {
    /// The workspace.
    pub(crate) workspace: usize,
    /// The target.
    pub(crate) target: String,
    /// What was found there, if it was looked for.
    pub(crate) drift: Option<Vec<LocatedDrift>>,
    /// The result for the client.
    pub(crate) result: Result<Value, Refusal>,
    /// Where it goes.
    pub(crate) reply: Reply,
}
