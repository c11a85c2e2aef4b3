//! The incremental database: its inputs, and the handle that queries take.

use std::panic::UnwindSafe;
use std::sync::Arc;

use pgpe_catalog::Catalog;
use pgpe_proof::obligation::Obligation;
use salsa::{Durability, Setter};

use crate::readings::Readings;
use crate::sharing::SharedObligations;

/// What every query takes.
#[salsa::db]
pub trait Db: salsa::Database {
    /// Has an obligation share its text and symbols with an equal one.
    fn share(&self, obligation: &mut Obligation);

    /// How files were read last.
    fn readings(&self) -> &Readings;
}

/// One text file of the project: policies, the schema or the configuration.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Relative to the project's root, with `/`.
    #[returns(ref)]
    pub path: String,
    /// What it says; with unsaved changes where an editor has it open.
    #[returns(ref)]
    pub text: Arc<str>,
}

/// The files that make up the project.
#[salsa::input(debug)]
pub struct Project {
    /// Policy files, sorted by path: the order of policies in compiled SQL.
    #[returns(ref)]
    pub policies: Vec<SourceFile>,
    /// The schema as SQL DDL.
    #[returns(copy)]
    pub schema: Option<SourceFile>,
    /// The schema as a snapshot; it comes before SQL.
    #[returns(copy)]
    pub snapshot: Option<SourceFile>,
    /// `pgpe.yaml`.
    #[returns(copy)]
    pub config: Option<SourceFile>,
    /// A schema that was read from elsewhere, such as a live database: it stands in for the schema file.
    #[returns(ref)]
    pub catalog: Option<Arc<Catalog>>,
}

/// The database itself; cloning it makes a snapshot that later changes wait for.
#[salsa::db]
#[derive(Clone, Default)]
pub(crate) struct Database {
    storage: salsa::Storage<Database>,
    obligations: Arc<SharedObligations>,
    readings: Arc<Readings>,
}

#[cfg(test)]
impl Database {
    /// A database that tells what it does.
    pub(crate) fn observed(observer: impl Fn(salsa::Event) + Send + Sync + 'static) -> Database {
        Database { storage: salsa::Storage::new(Some(Box::new(observer))), ..Database::default() }
    }
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn share(&self, obligation: &mut Obligation) {
        self.obligations.share(obligation);
    }

    fn readings(&self) -> &Readings {
        &self.readings
    }
}

/// A computation was overtaken by a change of the project; its result is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("overtaken by a change")]
pub struct Cancelled;

/// What a computation comes to that a change of the project may overtake.
pub type Cancellable<T> = Result<T, Cancelled>;

/// Runs a computation on a snapshot.
pub(crate) fn cancellable<T>(compute: impl FnOnce() -> T + UnwindSafe) -> Cancellable<T> {
    salsa::Cancelled::catch(compute).map_err(|_| Cancelled)
}

/// Sets a file's text, if it differs.
pub(crate) fn set_text(db: &mut Database, file: SourceFile, text: &str, durability: Durability) {
    if &**file.text(db) != text {
        file.set_text(db).with_durability(durability).to(Arc::from(text));
    }
}

/// Says how often a file's text is to be expected to change: what depends on durable ones alone is not looked at when
/// others change.
pub(crate) fn set_durability(db: &mut Database, file: SourceFile, durability: Durability) {
    let text = Arc::clone(file.text(db));
    file.set_text(db).with_durability(durability).to(text);
}
