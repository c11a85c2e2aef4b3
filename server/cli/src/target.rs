//! A target as it is, and what the project says that it is to be.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use pgpe_config::{Config, Target, nearest};
use pgpe_database::{
    ConnectOptions, Expected, Introspection, Record, Session, clone_requests, connect, expected_forms,
    introspect, record_path,
};

use crate::arguments::GlobalOptions;
use crate::compiling::compile;
use crate::exit::Status;
use crate::forms::Forms;
use crate::loading::{Loaded, Policies, load_for_target};
use crate::terminal::Terminal;

/// A target that was looked at.
pub struct Observed {
    /// What the target is called.
    pub name: String,
    /// The target.
    pub target: Target,
    /// The project, with the target's schema in place of its own.
    pub loaded: Loaded,
    /// A connection to it.
    pub session: Session,
    /// As it is.
    pub found: Introspection,
    /// As it is to be.
    pub expected: Expected,
    /// What was applied to it last.
    pub record: Option<Record>,
    /// Where that is kept.
    pub record_path: PathBuf,
}

/// Runs work that waits for a server.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("can't wait for a server: the system refuses what that takes")?;
    runtime.block_on(work)
}

/// A time such as `30s`, `500ms` or `5m`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed: Option<jiff::SignedDuration> = text.parse().ok();
    let time = parsed.and_then(|time| Duration::try_from(time).ok()).filter(|time| !time.is_zero());
    time.ok_or_else(|| "write a time such as 30s, 500ms or 5m".to_owned())
}

/// The target of that name.
pub fn find_target(config: &Config, name: &str) -> anyhow::Result<Target> {
    if let Some(target) = config.targets.get(name) {
        return Ok(target.clone());
    }
    let names = || config.targets.keys().map(String::as_str);
    Err(match nearest(name, names()) {
        Some(meant) => anyhow!("pgpe.yaml has no target `{name}`: did you mean `{meant}`?"),
        None if config.targets.is_empty() => {
            anyhow!("pgpe.yaml has no targets: add `targets: {{ {name}: {{ url: \"postgresql://…\" }} }}`")
        }
        None => anyhow!(
            "pgpe.yaml has no target `{name}`; its targets are {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Loads the project and looks at a target. A status instead if the configuration or a policy has an error,
/// which is shown then.
pub async fn observe(
    name: &str,
    options: &GlobalOptions,
    terminal: &Terminal,
) -> anyhow::Result<Result<Observed, Status>> {
    let mut loaded = load_for_target(options, Policies::Required, terminal)?;
    if loaded.refuses_configuration(terminal) {
        return Ok(Err(Status::Failure));
    }
    let target = find_target(&loaded.project.config, name)?;
    let mut session = connect(name, &target, &ConnectOptions::default()).await?;
    terminal.detail(|| format!("connected: {}", session.description));
    let found = introspect(&mut session.client).await?;
    for unseen in &found.unseen {
        terminal.note(unseen);
    }
    loaded.host.set_catalog(Some(Arc::new(found.catalog.clone())));
    let Some(compiled) = compile(&loaded, None, &format!("{name} was not compared"), terminal)? else {
        return Ok(Err(Status::Findings));
    };
    let analysis = loaded.analysis();
    let requests = clone_requests(&compiled, &found.catalog, |table| analysis.compile_on_clone(table))?;
    let mut known = Forms::load(&target.url, options);
    let cache = known.of(&found.catalog);
    let before = cache.clone();
    let forms = expected_forms(&mut session.client, &requests, cache).await?;
    if *cache != before {
        known.store();
    }
    let expected = Expected::new(&compiled, &forms, &found.catalog, &loaded.project.config);
    if let Some(weaker) = &expected.weaker {
        terminal.note(weaker);
    }
    let record_path = record_path(&loaded.project.root, name);
    let record = Record::load(&record_path)?;
    let record = record.filter(|record| record.database == database_name(&found));
    Ok(Ok(Observed { name: name.to_owned(), target, loaded, session, found, expected, record, record_path }))
}

/// What tells one database from another in a record: a target's URL may come to lead elsewhere.
pub fn database_name(found: &Introspection) -> String {
    found.server.database.clone()
}
