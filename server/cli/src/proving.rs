//! Checks a project and has the solver answer what is open, until nothing is.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pgpe_ide::{Analysis, Cancellable, Checked, Replay};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_prover::{Cancel, Prover, ProverOptions, WorkerCommand, check_solver_version};

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
    prover: Prover,
    /// Limit of one proof.
    timeout: Duration,
    /// The prover forgets these, as they may come out otherwise; within one run they stay as they are.
    undecided: HashMap<ObligationHash, Outcome>,
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
        let timeout = Duration::from_millis(timeout_ms);
        Ok(Proving { prover, timeout, undecided: HashMap::new(), terminal })
    }

    /// All findings and verdicts of the project.
    pub fn check(&mut self, analysis: &Analysis) -> anyhow::Result<Checked> {
        self.complete(|outcome| {
            let checked = analysis.check(outcome)?;
            let open = checked.open.clone();
            Ok((checked, open))
        })
    }

    /// Computes something until the solver has answered all that it asks. Each time it says what is open.
    pub fn complete<T>(
        &mut self,
        compute: impl Fn(&(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> Cancellable<(T, Vec<Obligation>)>,
    ) -> anyhow::Result<T> {
        let started = Instant::now();
        loop {
            let (computed, open) = compute(&|obligation: &Obligation| self.known(obligation))?;
            if open.is_empty() {
                self.terminal.detail(|| {
                    let (calls, cached) = (self.prover.solver_calls(), self.prover.cache_hits());
                    let time = started.elapsed().as_millis();
                    format!("proofs done: {calls} calls of the solver, {cached} cached verdicts, {time} ms")
                });
                return Ok(computed);
            }
            let mut missing: HashSet<ObligationHash> = open.iter().map(|open| open.hash).collect();
            let answers = self.prover.prove(open, self.timeout, &Cancel::default());
            for (hash, outcome) in self.collect(&answers, missing.len()) {
                missing.remove(&hash);
                if matches!(outcome, Outcome::Unknown(_)) {
                    self.undecided.insert(hash, outcome);
                }
            }
            // Else the next round would ask for them again, without end.
            for hash in missing {
                self.undecided.insert(hash, Outcome::Unknown("the solver gave no answer".to_owned()));
            }
        }
    }

    /// The scripts of all findings with counterexamples, after [`Proving::check`].
    pub fn replays(&self, analysis: &Analysis) -> anyhow::Result<Vec<Replay>> {
        Ok(analysis.replays(&|obligation| self.known(obligation))?)
    }

    fn known(&self, obligation: &Obligation) -> Option<Outcome> {
        let hash = &obligation.hash;
        self.prover.known(hash).or_else(|| self.undecided.get(hash).cloned())
    }

    /// Waits for all answers, with a progress bar once that has taken a while.
    fn collect(
        &self,
        answers: &Receiver<(ObligationHash, Outcome)>,
        count: usize,
    ) -> Vec<(ObligationHash, Outcome)> {
        let started = Instant::now();
        let mut collected = Vec::with_capacity(count);
        let mut bar: Option<ProgressBar> = None;
        loop {
            match answers.recv_timeout(Duration::from_millis(100)) {
                Ok(answer) => collected.push(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if started.elapsed() > PATIENCE && self.terminal.shows_progress() {
                let bar = bar.get_or_insert_with(|| progress_bar(count));
                bar.set_position(collected.len() as u64);
                bar.tick();
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        collected
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
