//! The exit codes that scripts rely on.

use std::process::ExitCode;

/// What running a command came to, the worst last. An error of a command is a [`Status::Failure`] too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is fine.
    Fine,
    /// The project has findings that matter.
    Findings,
    /// The tool could not do its work.
    Failure,
}

impl Status {
    /// [`Status::Findings`] if there are any.
    pub fn of_findings(any: bool) -> Status {
        if any { Status::Findings } else { Status::Fine }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(match status {
            Status::Fine => 0,
            Status::Findings => 1,
            Status::Failure => 2,
        })
    }
}
