//! What every table's findings depend on.

use std::collections::BTreeSet;
use std::sync::Arc;

use pgpe_catalog::Catalog;
use pgpe_config::Config;
use pgpe_proof::world::Undecidable;

use super::Ledger;
use crate::database::{Db, Project, SourceFile};
use crate::queries::{self, SchemaNotes};

/// What every table's findings depend on. With another ground, everything is looked at again.
pub(super) struct Ground {
    catalog: Option<Arc<Catalog>>,
    /// The places of the schema's text.
    notes: Option<Arc<SchemaNotes>>,
    pub(super) config: Arc<Config>,
    doubts: Vec<Undecidable>,
    duplicates: BTreeSet<String>,
    /// The files of policies, in their order.
    files: Vec<SourceFile>,
    /// The other files and what they say.
    others: Vec<(SourceFile, Arc<str>)>,
}

impl Ground {
    fn of(db: &dyn Db, project: Project) -> Ground {
        let others = [project.schema(db), project.snapshot(db), project.config(db)].into_iter().flatten();
        Ground {
            catalog: queries::catalog(db, project).clone(),
            notes: queries::schema_notes(db, project).clone(),
            config: Arc::clone(queries::config(db, project)),
            doubts: queries::doubts(db, project).clone(),
            duplicates: queries::duplicate_names(db, project).clone(),
            files: project.policies(db).clone(),
            others: others.map(|file| (file, Arc::clone(file.text(db)))).collect(),
        }
    }

    fn is(&self, other: &Ground) -> bool {
        same(&self.catalog, &other.catalog)
            && same(&self.notes, &other.notes)
            && (Arc::ptr_eq(&self.config, &other.config) || self.config == other.config)
            && self.doubts == other.doubts
            && self.duplicates == other.duplicates
            && self.files == other.files
            && self.others.len() == other.others.len()
            && self
                .others
                .iter()
                .zip(&other.others)
                .all(|((file, text), (other, its))| file == other && (Arc::ptr_eq(text, its) || text == its))
    }
}

fn same<T: PartialEq>(one: &Option<Arc<T>>, other: &Option<Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
        (None, None) => true,
        _ => false,
    }
}

impl Ledger {
    /// Looks whether everything has to be done again.
    pub(super) fn take_ground(&mut self, db: &dyn Db, project: Project) {
        let ground = Ground::of(db, project);
        if self.ground.as_ref().is_some_and(|known| known.is(&ground)) {
            return;
        }
        let governed = queries::governed_tables(db, project).iter().map(|table| table.name(db).clone());
        self.due.plan.extend(governed.chain(self.tables.keys().cloned()));
        // Each file is read as a new one, which makes all of its policies due.
        self.files.clear();
        self.due.policies.clear();
        self.due.schema = true;
        self.due.coverage = true;
        self.due.structure = true;
        self.due.unprotected = true;
        self.ground = Some(ground);
    }
}
