//! A project in this process, with everything proved.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use pgpe_ide::{Analysis, Checked, FileRole, Host, Look};
use pgpe_prover::{Completion, Prover, ProverOptions, WorkerCommand};

/// The limit of a proof.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A project in this process, with the solver's answers to all that it asks.
pub struct Proved {
    host: Host,
    files: Vec<(String, String)>,
    completion: Completion,
}

impl Proved {
    /// Reads and proves a project. Verdicts are taken from a folder if it has them, and kept there.
    pub fn load(folder: &Path, cache: Option<&Path>) -> anyhow::Result<Proved> {
        let project = pgpe_project::Project::discover(folder, None, None)?;
        let policies = project.files.iter().filter(|file| file.role == FileRole::Policies);
        let files = policies.map(|file| (file.path.clone(), file.text.clone())).collect();
        let program = env!("CARGO_BIN_EXE_pgpe").into();
        let worker = WorkerCommand { program, arguments: vec!["prove-worker".to_owned()] };
        let options = ProverOptions { cache: cache.map(Path::to_owned), ..ProverOptions::new(worker) };
        let completion = Completion::new(Prover::new(options), TIMEOUT);
        let mut proved = Proved { host: project.host(), files, completion };
        proved.complete()?;
        Ok(proved)
    }

    /// The path and text of the first file of policies.
    pub fn first_file(&self) -> anyhow::Result<(String, String)> {
        self.files.first().cloned().context("there are no policies")
    }

    /// Sets what a file of policies says.
    pub fn set(&mut self, path: &str, text: &str) {
        self.host.set_file(path, FileRole::Policies, text);
    }

    /// A view of the project.
    pub fn analysis(&self) -> Analysis {
        self.host.analysis()
    }

    /// Asks the solver until nothing is open.
    pub fn complete(&mut self) -> anyhow::Result<Checked> {
        let analysis = self.host.analysis();
        let completed = self.completion.complete(
            |outcome| {
                let checked = analysis.check(outcome)?;
                let open = checked.open.clone();
                anyhow::Ok((checked, open))
            },
            &mut |_, _| true,
        )?;
        completed.context("the proofs were stopped")
    }

    /// Says that an editor has a file open.
    pub fn open(&mut self, path: &str) -> anyhow::Result<()> {
        let saved = self.host.analysis().text(path)?;
        self.host.set_saved(path, saved.as_deref());
        Ok(())
    }

    /// Looks for findings as the server does after an edit, with the answers that are there.
    pub fn look(&self) -> anyhow::Result<Look> {
        let completion = &self.completion;
        Ok(self.host.analysis().look(&|obligation| completion.known(obligation))?)
    }
}
