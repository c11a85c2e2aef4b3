//! Checks a project and has the solver answer what is open, until nothing is.

use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pgpe_ide::{Analysis, Cancellable, Checked, Replay};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_prover::{Completion, Prover, ProverOptions, WorkerCommand, check_solver_version};

use crate::arguments::GlobalOptions;
use crate::cache;
use crate::terminal::Terminal;

/// The subcommand that serves as a worker of this program.
const WORKER: &str = "prove-worker";

/// Proofs that are over sooner show no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// How this program proves: by workers of its own, remembering verdicts as the options say.
pub fn prover_options(options: &GlobalOptions) -> anyhow::Result<ProverOptions> {
    let program = std::env::current_exe().context("can't find this program's own file")?;
    let worker = WorkerCommand { program, arguments: vec![WORKER.to_owned()] };
    Ok(ProverOptions { cache: cache::folder(options), ..ProverOptions::new(worker) })
}

/// Proves, remembering what was asked before.
pub struct Proving<'t> {
    completion: Completion,
    terminal: &'t Terminal,
}

impl<'t> Proving<'t> {
    /// Ready to prove, once the solver's library is known to be the right one.
    pub fn new(
        timeout_ms: u64,
        options: &GlobalOptions,
        terminal: &'t Terminal,
    ) -> anyhow::Result<Proving<'t>> {
        check_solver_version()?;
        let prover = Prover::new(prover_options(options)?);
        Ok(Proving { completion: Completion::new(prover, Duration::from_millis(timeout_ms)), terminal })
    }

    /// All findings and verdicts of the project.
    pub fn check(&mut self, analysis: &Analysis) -> anyhow::Result<Checked> {
        // What is open can be told without a report.
        self.complete(|outcome| Ok(((), analysis.look(outcome)?.open)))?;
        Ok(analysis.check(&|obligation| self.completion.known(obligation))?)
    }

    /// Computes something until the solver has answered all that it asks, with a progress bar once that has taken
    /// a while. Each time `compute` says what is open.
    pub fn complete<T>(
        &mut self,
        compute: impl Fn(&(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> Cancellable<(T, Vec<Obligation>)>,
    ) -> anyhow::Result<T> {
        let started = Instant::now();
        let mut bar: Option<ProgressBar> = None;
        let shows_progress = self.terminal.shows_progress();
        let completed = self.completion.complete(compute, &mut |done, count| {
            if started.elapsed() > PATIENCE && shows_progress {
                let bar = bar.get_or_insert_with(|| progress_bar(count));
                bar.set_length(count as u64);
                bar.set_position(done as u64);
                bar.tick();
            }
            true
        });
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        let computed = completed?.context("the proofs were stopped")?;
        self.terminal.detail(|| {
            let prover = self.completion.prover();
            let (calls, cached) = (prover.solver_calls(), prover.cache_hits());
            let time = started.elapsed().as_millis();
            format!("proofs done: {calls} calls of the solver, {cached} cached verdicts, {time} ms")
        });
        Ok(computed)
    }

    /// The scripts of all findings with counterexamples, after [`Proving::check`].
    pub fn replays(&self, analysis: &Analysis) -> anyhow::Result<Vec<Replay>> {
        Ok(analysis.replays(&|obligation| self.completion.known(obligation))?)
    }
}

fn progress_bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    // A template that can't be read leaves the default one.
    if let Ok(style) = ProgressStyle::with_template("proving {bar:30} {pos}/{len} ({elapsed})") {
        bar.set_style(style);
    }
    bar
}
