//! One piece of work on a target, from beginning to end. It blocks its thread while it proves, and has texts and
//! a connection of its own: nothing else waits for it.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pgpe_config::Target;
use pgpe_database::{
    ApplyOptions, ConnectOptions, Destination, Plan, Progress as Step, apply, blockers, obstacles, report,
};
use pgpe_ide::{Cancellable, Checked, FileRole, Host};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_prover::{Completion, Prover, ProverOptions, check_solver_version};
use pgpe_target::{
    Forms, Observed, add_effects, counted, drift_text, observe, plan_text, record, store_schema, unproven,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Action, Done, LocatedDrift, Refusal, Reply};
use crate::convert::to_proto::ProgressToken;
use crate::outbox::Outbox;
use crate::progress::Progress;

/// What is to be done, and all that it takes.
pub(crate) struct Job {
    pub(crate) workspace: usize,
    pub(crate) action: Action,
    pub(crate) name: String,
    pub(crate) target: Target,
    /// The project's folder.
    pub(crate) root: PathBuf,
    /// The project's files as they are in the editor.
    pub(crate) texts: Vec<(String, FileRole, Arc<str>)>,
    /// Where the target's schema is kept, for [`Action::RefreshSchema`].
    pub(crate) schema_path: Option<PathBuf>,
    pub(crate) prover: ProverOptions,
    /// Limit of one proof.
    pub(crate) solver_timeout: Duration,
    pub(crate) outbox: Outbox,
    /// What progress is shown by, and whether the client has yet to hear of it.
    pub(crate) token: Option<(ProgressToken, bool)>,
    /// Becomes true, or is closed, when the client wants no more of it.
    pub(crate) cancelled: watch::Receiver<bool>,
    /// Where the result goes; closed when the client has taken the request back.
    pub(crate) reply: RefCell<Reply>,
}

type Finished<T> = Result<T, Refusal>;

impl Job {
    /// Does it. Whatever becomes of it, there is a result.
    pub(crate) fn run(mut self) -> Done {
        let mut drift = None;
        let worked = catch_unwind(AssertUnwindSafe(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime =
                runtime.map_err(|error| Refusal::new(format!("can't wait for a server: {error}")))?;
            runtime.block_on(self.work_unless_cancelled(&mut drift))
        }));
        let result = worked.unwrap_or_else(|_| {
            tracing::error!("work on a target could not be ended");
            Err(Refusal::new(format!("{} failed by a mistake of pgpe's own", self.action.command())))
        });
        Done { workspace: self.workspace, target: self.name, drift, result, reply: self.reply.into_inner() }
    }

    /// Dropping the work ends its connections, and the server rolls back what was not committed. While COMMIT is
    /// under way that would leave it open what became of it, so that nothing is cancelled then.
    async fn work_unless_cancelled(&mut self, drift: &mut Option<Vec<LocatedDrift>>) -> Finished<Value> {
        let token = self.token.take();
        let job = &*self;
        let committing = Cell::new(false);
        let mut cancelled = self.cancelled.clone();
        let given_up = async {
            tokio::select! {
                _ = cancelled.wait_for(|is| *is) => {}
                // Borrowed for each look alone: proofs look, too, while this waits.
                () = poll_fn(|context| job.reply.borrow_mut().poll_closed(context)) => {}
            }
            if committing.get() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            result = job.work(token, &committing, drift) => result,
            () = given_up => Err(Refusal::Cancelled),
        }
    }

    async fn work(
        &self,
        token: Option<(ProgressToken, bool)>,
        committing: &Cell<bool>,
        drift: &mut Option<Vec<LocatedDrift>>,
    ) -> Finished<Value> {
        let title = self.action.title(&self.name).trim_end_matches('…').to_owned();
        let (token, is_new) = token.map_or((None, false), |(token, is_new)| (Some(token), is_new));
        let progress = Progress::begin(&self.outbox, token, is_new, title).await;
        progress.report("connecting");
        let mut host = Host::new();
        for (path, role, text) in &self.texts {
            host.set_file(path, *role, text);
        }
        if self.action == Action::RefreshSchema {
            return self.refresh_schema().await;
        }
        let mut forms = Forms::load(&self.target.url, self.prover.cache.as_deref());
        let observed = observe(&self.name, self.target.clone(), &mut host, &self.root, &mut forms);
        let observed = observed.await.map_err(Refusal::new)?;
        observed.notes().for_each(|note| self.outbox.log(format!("{}: {note}", self.name)));
        match self.action {
            Action::CheckDrift | Action::RefreshSchema => self.check_drift(&observed, drift),
            Action::Plan => self.plan(&observed, &progress).await,
            Action::Apply => self.apply(&observed, &progress, committing, drift).await,
        }
    }

    async fn refresh_schema(&self) -> Finished<Value> {
        let Some(path) = &self.schema_path else {
            return Err(Refusal::new(format!("the schema of this project is not that of {}", self.name)));
        };
        let mut session = pgpe_database::connect(&self.name, &self.target, &ConnectOptions::default())
            .await
            .map_err(Refusal::new)?;
        let found = pgpe_database::introspect(&mut session.client).await.map_err(Refusal::new)?;
        store_schema(path, &found.catalog).map_err(Refusal::new)?;
        let tables = counted(found.catalog.tables().count(), "table");
        self.outbox.show(format!("the schema of {} was read: {tables}", self.name));
        Ok(json!({ "tables": found.catalog.tables().count() }))
    }

    fn check_drift(&self, observed: &Observed, drift: &mut Option<Vec<LocatedDrift>>) -> Finished<Value> {
        let found = observed.drift();
        let text = drift_text::report(&found);
        self.outbox.log(text.clone());
        if let Some(last) = text.lines().last() {
            self.outbox.show(last.to_owned());
        }
        let json = serde_json::to_value(&found).map_err(Refusal::new)?;
        *drift = Some(LocatedDrift::locate(found.drift, &observed.expected));
        Ok(json!({ "text": text, "json": json }))
    }

    async fn plan(&self, observed: &Observed, progress: &Progress) -> Finished<Value> {
        let mut plan = observed.plan(false);
        if !plan.is_empty() {
            self.examine(&mut plan, observed, progress).await?;
        }
        let text = self.plan_text(&plan);
        self.outbox.log(text.clone());
        Ok(json!({ "text": text, "json": serde_json::to_value(&plan).map_err(Refusal::new)? }))
    }

    fn plan_text(&self, plan: &Plan) -> String {
        match plan.is_empty() {
            true => format!("nothing to do: {} is as planned already\n{}", self.name, plan_text::gone(plan)),
            false => plan_text::plan(plan),
        }
    }

    /// Adds what can be told of a plan only by proofs and by the server; gives what is proved of the project.
    async fn examine(&self, plan: &mut Plan, observed: &Observed, progress: &Progress) -> Finished<Checked> {
        let mut proofs = self.proofs()?;
        let checked = self.check(&mut proofs, observed, progress)?;
        add_effects(plan, &observed.found.catalog, |states, table| {
            self.complete(&mut proofs, progress, |outcome| observed.analysis.effects(states, table, outcome))
        })?;
        plan.set_blockers(&blockers(&observed.session.client, plan).await.map_err(Refusal::new)?);
        Ok(checked)
    }

    fn proofs(&self) -> Finished<Completion> {
        check_solver_version().map_err(Refusal::new)?;
        Ok(Completion::new(Prover::new(self.prover.clone()), self.solver_timeout))
    }

    fn check(&self, proofs: &mut Completion, observed: &Observed, progress: &Progress) -> Finished<Checked> {
        self.complete(proofs, progress, |outcome| {
            let checked = observed.analysis.check(outcome)?;
            let open = checked.open.clone();
            Ok((checked, open))
        })
    }

    /// Has the solver answer all that a computation asks.
    fn complete<T>(
        &self,
        proofs: &mut Completion,
        progress: &Progress,
        compute: impl Fn(&(dyn Fn(&Obligation) -> Option<Outcome> + Sync)) -> Cancellable<(T, Vec<Obligation>)>,
    ) -> Finished<T> {
        let mut told = 0;
        let completed = proofs.complete(compute, &mut |done, count| {
            if done != told {
                told = done;
                progress.report(format!("proving, {done} of {count}"));
            }
            // The thread is blocked: nobody else would notice.
            !self.is_cancelled()
        });
        completed.map_err(Refusal::new)?.ok_or(Refusal::Cancelled)
    }

    fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow() || self.cancelled.has_changed().is_err() || self.reply.borrow().is_closed()
    }

    async fn apply(
        &self,
        observed: &Observed,
        progress: &Progress,
        committing: &Cell<bool>,
        drift: &mut Option<Vec<LocatedDrift>>,
    ) -> Finished<Value> {
        let mut plan = observed.plan(false);
        if plan.is_empty() {
            let checked = self.check(&mut self.proofs()?, observed, progress)?;
            record(&plan, observed, &checked, false).map_err(Refusal::new)?;
            let text = self.plan_text(&plan);
            self.outbox.log(text.clone());
            self.outbox.show(format!("nothing to do: {} is as planned already", self.name));
            return Ok(json!({ "applied": false, "statements": 0, "text": text }));
        }
        let checked = self.examine(&mut plan, observed, progress).await?;
        let text = self.plan_text(&plan);
        self.outbox.log(text.clone());
        let mut against = obstacles(&observed.session.client, &plan).await.map_err(Refusal::new)?;
        let unproven = unproven(&checked, &plan, &observed.config);
        if !unproven.open.is_empty() {
            against.push(format!("not proved: {}; mend the policies first", unproven.open.join(", ")));
        }
        if !unproven.accepted.is_empty() {
            let accepted = unproven.accepted.join(", ");
            self.outbox.log(format!("{}: accepted for the reasons given: {accepted}", self.name));
        }
        if !against.is_empty() {
            return Err(Refusal::new(against.join("; ")));
        }
        let statements = plan.steps().count();
        progress.report("waiting for consent");
        if !self.agreed(&plan, observed).await {
            self.outbox.log(format!("{}: nothing was changed", self.name));
            return Ok(json!({ "applied": false, "statements": statements, "text": text }));
        }
        self.carry_out(&plan, progress, committing).await?;
        record(&plan, observed, &checked, false)
            .map_err(|error| Refusal::new(format!("it was applied to {}, but {error}", self.name)))?;
        // The transaction has read the tables once more before its end and found them so.
        let after = plan.catalog_after(&observed.found.catalog);
        let left = report(&self.name, &observed.expected, &after, observed.record.as_ref());
        *drift = Some(LocatedDrift::locate(left.drift, &observed.expected));
        self.outbox.show(format!("applied to {}: {}", self.name, counted(statements, "statement")));
        Ok(json!({ "applied": true, "statements": statements, "text": text }))
    }

    /// Whether whoever sits at the client agrees. No answer is none.
    async fn agreed(&self, plan: &Plan, observed: &Observed) -> bool {
        let statements = counted(plan.steps().count(), "statement");
        let tables = counted(plan.tables.len(), "table");
        let wider: Vec<String> =
            plan.steps().filter(|(_, step)| step.may_widen()).map(|(table, _)| table.to_string()).collect();
        let mut question = format!(
            "Apply {statements} on {tables} to {} ({})? The policies are those in the editor, saved or not; the plan is in the log.",
            self.name, observed.session.description
        );
        if let (count @ 1.., Some(first)) = (wider.len(), wider.first()) {
            let statements = counted(count, "statement");
            question.push_str(&format!(" It may widen access by {statements}, such as on {first}."));
        }
        let consent = format!("Apply to {}", self.name);
        let choices = vec![consent.clone(), "Cancel".to_owned()];
        self.outbox.ask(question, choices).await.is_ok_and(|answer| answer.as_ref() == Some(&consent))
    }

    async fn carry_out(&self, plan: &Plan, progress: &Progress, committing: &Cell<bool>) -> Finished<()> {
        let destination =
            Destination { name: &self.name, target: &self.target, connect: ConnectOptions::default() };
        let count = plan.steps().count();
        let mut show = |step: Step<'_>| match step {
            Step::Waiting { tries, reason } => progress.report(format!("try {tries}: {reason}")),
            Step::Running { done, .. } => progress.report(format!("statement {} of {count}", done + 1)),
            Step::Checking => progress.report("comparing with the plan"),
            Step::Committing => {
                committing.set(true);
                progress.report("committing");
            }
            Step::Looking => progress.report("the connection was cut; looking what became of it"),
        };
        let applied = apply(&destination, plan, &ApplyOptions::default(), &mut show).await;
        applied.map(drop).map_err(Refusal::new)
    }
}
