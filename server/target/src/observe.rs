//! A target as it is, and what the project says that it is to be.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgpe_config::{Config, Target, nearest};
use pgpe_database::{
    ConnectOptions, DatabaseError, DatabaseIdentity, DriftReport, Expected, Introspection, Plan, Record,
    RecordError, Session, clone_requests, connect, expected_forms, introspect, record_path,
    without_quarantine,
};
use pgpe_ide::{Analysis, Cancelled, Host, Incomplete};

use crate::forms::Forms;

/// A target that was looked at.
pub struct Observed {
    /// What the target is called.
    pub name: String,
    /// The target.
    pub target: Target,
    /// The project, with the target's schema in place of its own.
    pub analysis: Analysis,
    /// The project's configuration.
    pub config: Arc<Config>,
    /// A connection to it.
    pub session: Session,
    /// As it is.
    pub found: Introspection,
    /// As it is to be.
    pub expected: Expected,
    /// What was applied to it last.
    pub record: Option<Record>,
    /// That there is a record, and that it is another database's, in a sentence.
    other_record: Option<String>,
    /// Where that is kept.
    pub record_path: PathBuf,
}

/// Why a target could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The server can't be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The record of the last apply can't be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A policy has an error on the target's schema.
    #[error("{target} was not compared: {reason}")]
    Incomplete {
        /// The target.
        target: String,
        /// What is wrong.
        reason: Incomplete,
    },
    /// The project was changed meanwhile.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A target that the configuration does not have.
#[derive(Debug, thiserror::Error)]
pub enum UnknownTarget {
    /// One has a name like it.
    #[error("pgpe.yaml has no target `{name}`: did you mean `{meant}`?")]
    Mistyped {
        /// The name.
        name: String,
        /// The one like it.
        meant: String,
    },
    /// There are none at all.
    #[error("pgpe.yaml has no targets: add `targets: {{ {name}: {{ url: \"postgresql://…\" }} }}`")]
    None {
        /// The name.
        name: String,
    },
    /// There are others.
    #[error("pgpe.yaml has no target `{name}`; its targets are {others}")]
    Others {
        /// The name.
        name: String,
        /// The others' names.
        others: String,
    },
}

/// The target of that name.
pub fn find_target(config: &Config, name: &str) -> Result<Target, UnknownTarget> {
    if let Some(target) = config.targets.get(name) {
        return Ok(target.clone());
    }
    let names = || config.targets.keys().map(String::as_str);
    let name = name.to_owned();
    Err(match nearest(&name, names()) {
        Some(meant) => UnknownTarget::Mistyped { meant: meant.to_owned(), name },
        None if config.targets.is_empty() => UnknownTarget::None { name },
        None => UnknownTarget::Others { name, others: names().collect::<Vec<_>>().join(", ") },
    })
}

/// Looks at a target. `host` is the project; it gets the target's schema. `root` is the folder in which the
/// record of the last apply is kept. Must run on a tokio runtime.
pub async fn observe(
    name: &str,
    target: Target,
    host: &mut Host,
    root: &Path,
    forms: &mut Forms,
) -> Result<Observed, ObserveError> {
    let mut session = connect(name, &target, &ConnectOptions::default()).await?;
    let found = introspect(&mut session.client).await?;
    // Tables are closed for the time being: what is proved is proved of those that are open.
    host.set_catalog(Some(Arc::new(without_quarantine(found.catalog.clone()))));
    let analysis = host.analysis();
    let config = analysis.config()?;
    let compiled = analysis
        .compile_complete(None)?
        .map_err(|reason| ObserveError::Incomplete { target: name.to_owned(), reason })?;
    let requests = clone_requests(&compiled, &found.catalog, |table| analysis.compile_on_clone(table))?;
    let known = forms.of(&found.catalog);
    let before = known.clone();
    let stored = expected_forms(&mut session.client, &requests, known).await?;
    if *known != before {
        forms.store();
    }
    let expected = Expected::new(&compiled, &stored, &found.catalog, &config);
    let record_path = record_path(root, name);
    // A target's URL may come to lead to another database.
    let identity = DatabaseIdentity::new(&found.server, &session.address);
    let loaded = Record::load(&record_path)?;
    let other_record = loaded.as_ref().filter(|record| !record.identity.is(&identity)).map(other_database);
    let record = loaded.filter(|record| record.identity.is(&identity));
    let name = name.to_owned();
    Ok(Observed {
        name,
        target,
        analysis,
        config,
        session,
        found,
        expected,
        record,
        other_record,
        record_path,
    })
}

fn other_database(record: &Record) -> String {
    let Record { target, database, identity, .. } = record;
    format!(
        "the last apply to {target} was to another database, {database} at {}: what was applied from this \
         project and is gone from the source is not known here",
        identity.address
    )
}

impl Observed {
    /// What brings the target to what the project says; `prune` as in [`pgpe_database::plan`].
    pub fn plan(&self, prune: bool) -> Plan {
        pgpe_database::plan(&self.name, &self.expected, &self.found.catalog, self.record.as_ref(), prune)
    }

    /// Where it is not what the project says.
    pub fn drift(&self) -> DriftReport {
        pgpe_database::report(&self.name, &self.expected, &self.found.catalog, self.record.as_ref())
    }

    /// What tells the database from others.
    pub fn identity(&self) -> DatabaseIdentity {
        DatabaseIdentity::new(&self.found.server, &self.session.address)
    }

    /// What this role could not see, what could not be compared letter by letter, and what the record does not
    /// tell, in sentences.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let notes = self.found.unseen.iter().chain(&self.expected.weaker).chain(&self.other_record);
        notes.map(String::as_str)
    }
}
