//! Shows a plan, asks, applies it and records that: the only way from the command line to a change of a
//! database.

use anyhow::{anyhow, bail};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pgpe_database::{ApplyOptions, ConnectOptions, Destination, Plan, Progress, apply, blockers, obstacles};
use pgpe_target::{Observed, Unproven, add_effects, counted, plan_text, record, unproven};
use serde_json::{Value, json};

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::proving::Proving;
use crate::terminal::{Terminal, printable};

/// Forms in which plans and drift are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Human,
    /// JSON
    Json,
}

/// What is to be done, and what was agreed to.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// In words: `apply`, `close the drifted tables of`.
    pub action: &'a str,
    /// Only show it.
    pub dry_run: bool,
    /// Ask nobody.
    pub yes: bool,
    /// Take FAILED and UNKNOWN proofs for no reason against it; `None` if the plan makes nothing of the
    /// project's, so that proofs do not matter.
    pub allow_unproven: Option<bool>,
    /// The form of the output.
    pub format: Format,
    /// For how long to try to get the locks.
    pub options: &'a ApplyOptions,
}

/// Carries out a plan.
pub async fn carry_out(
    mut plan: Plan,
    observed: &Observed,
    request: &Request<'_>,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Status> {
    let analysis = &observed.analysis;
    if plan.is_empty() {
        show(&plan, &[], false, request.format, terminal)?;
        if request.format == Format::Human && !terminal.is_quiet() {
            terminal.print(&format!("nothing to do: {} is as planned already\n", observed.name))?;
        }
        if request.allow_unproven.is_some() && !request.dry_run {
            let mut proving = Proving::new(observed.config.solver_timeout_ms, options, terminal)?;
            record(&plan, observed, &proving.check(analysis)?, false)?;
        }
        return Ok(Status::Fine);
    }

    let mut proving = Proving::new(observed.config.solver_timeout_ms, options, terminal)?;
    let checked = proving.check(analysis)?;
    add_effects(&mut plan, &observed.found.catalog, |states, table| {
        proving.complete(|outcome| analysis.effects(states, table, outcome))
    })?;
    plan.set_blockers(&blockers(&observed.session.client, &plan).await?);
    let refused = obstacles(&observed.session.client, &plan).await?;
    let unproven = match request.allow_unproven {
        Some(_) => unproven(&checked, &plan, &observed.config),
        None => Unproven::default(),
    };
    let open = &unproven.open;
    let objection = (!open.is_empty() && request.allow_unproven == Some(false)).then(|| {
        format!("not proved: {}; see `pgpe analyze`, or take the risk with --allow-unproven", open.join(", "))
    });
    if !unproven.accepted.is_empty() {
        terminal.note(&format!("accepted for the reasons given: {}", unproven.accepted.join(", ")));
    }
    if request.format == Format::Human {
        show(&plan, &[], false, request.format, terminal)?;
    }
    let mut against: Vec<String> = refused.clone();
    against.extend(objection);
    if !against.is_empty() || request.dry_run {
        if request.format == Format::Json {
            show(&plan, &against, false, request.format, terminal)?;
        }
        for reason in &against {
            terminal.error(reason);
        }
        return Ok(match (refused.is_empty(), against.is_empty()) {
            (false, _) => Status::Failure,
            (true, false) => Status::Findings,
            (true, true) => Status::Fine,
        });
    }
    if !agreed(&plan, observed, request, terminal)? {
        terminal.note("nothing was changed");
        return Ok(Status::Fine);
    }

    run(&plan, observed, request, terminal).await?;
    if request.allow_unproven.is_some() {
        record(&plan, observed, &checked, !open.is_empty())?;
    }
    if request.format == Format::Json {
        show(&plan, &[], true, request.format, terminal)?;
    } else if !terminal.is_quiet() {
        let statements = counted(plan.steps().count(), "statement");
        terminal.print(&format!("\napplied to {}: {statements}\n", observed.name))?;
    }
    Ok(Status::Fine)
}

/// Whether someone agrees to it.
fn agreed(
    plan: &Plan,
    observed: &Observed,
    request: &Request<'_>,
    terminal: &Terminal,
) -> anyhow::Result<bool> {
    let name = &observed.name;
    if request.yes {
        return Ok(true);
    }
    if observed.target.protected {
        bail!("{name} is protected: give --yes to {} {name} all the same", request.action);
    }
    let statements = counted(plan.steps().count(), "statement");
    terminal.asks(&format!("{} {name}, {statements}?", request.action))?.ok_or_else(|| {
        anyhow!(
            "nobody can be asked whether to {} {name}: give --yes, or --dry-run to see the plan alone",
            request.action
        )
    })
}

async fn run(
    plan: &Plan,
    observed: &Observed,
    request: &Request<'_>,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let destination =
        Destination { name: &observed.name, target: &observed.target, connect: ConnectOptions::default() };
    let bar = terminal.shows_progress().then(|| progress_bar(plan.steps().count()));
    let mut show = |progress: Progress<'_>| {
        let (done, message) = match progress {
            Progress::Waiting { tries, reason } => (0, format!("try {tries}: {reason}")),
            Progress::Running { done, sql } => (done, sql.lines().next().unwrap_or_default().to_owned()),
            Progress::Checking => (plan.steps().count(), "comparing with the plan".to_owned()),
            Progress::Committing => (plan.steps().count(), "committing".to_owned()),
            Progress::Looking => {
                (plan.steps().count(), "the connection was cut; looking what became of it".to_owned())
            }
        };
        terminal.detail(|| message.clone());
        if let Some(bar) = &bar {
            bar.set_position(done as u64);
            bar.set_message(printable(&message));
            bar.tick();
        }
    };
    let applied = apply(&destination, plan, request.options, &mut show).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if applied?.was_cut {
        terminal.note("the connection was cut during COMMIT; the database is as planned");
    }
    Ok(())
}

fn progress_bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    // A template that can't be read leaves the default one.
    if let Ok(style) = ProgressStyle::with_template("applying {bar:20} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(
    plan: &Plan,
    refused: &[String],
    applied: bool,
    format: Format,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    match format {
        Format::Human if plan.is_empty() => {
            terminal.print(printable(&plan_text::gone(plan)).trim_start_matches('\n'))
        }
        Format::Human => terminal.print(&printable(&plan_text::plan(plan))),
        Format::Json => {
            let mut value = serde_json::to_value(plan)?;
            if let Value::Object(object) = &mut value {
                object.insert("refused".to_owned(), json!(refused));
                object.insert("applied".to_owned(), json!(applied));
            }
            terminal.print(&format!("{}\n", serde_json::to_string_pretty(&value)?))
        }
    }
}
