//! The semantics' view of the project: looks tables up in the incremental database.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::MissingSetting;
use pgpe_proof::world::{GovernedTable, World};

use crate::database::{Db, Project};
use crate::queries::{self, TableKey};

/// A [`World`] over a snapshot.
pub(crate) struct DbWorld<'db> {
    db: &'db dyn Db,
    project: Project,
    catalog: &'db Catalog,
    /// Whether tables that the project does not govern have the existing policies of their own.
    with_existing: bool,
    /// What is doubtful in the whole project is left out.
    for_certain: bool,
    consulted: RefCell<Consulted<'db>>,
}

/// The tables whose policies were asked for so far, and what the answers were.
type Consulted<'db> = BTreeMap<QualifiedName, Option<&'db GovernedTable>>;

impl<'db> DbWorld<'db> {
    /// `None` without a schema: then there is nothing to prove about.
    pub(crate) fn new(db: &'db dyn Db, project: Project) -> Option<DbWorld<'db>> {
        let catalog = queries::catalog(db, project).as_deref()?;
        let consulted = RefCell::default();
        Some(DbWorld { db, project, catalog, with_existing: false, for_certain: false, consulted })
    }

    /// The same without what is doubtful in the whole project: for a project of which nothing is.
    pub(crate) fn for_certain(db: &'db dyn Db, project: Project) -> Option<DbWorld<'db>> {
        Some(DbWorld { for_certain: true, ..DbWorld::new(db, project)? })
    }

    /// The same, of which also what the schema itself says of row-level security is part: hand-written policies give
    /// access just as the project's do. Owners without FORCE are left out of account.
    pub(crate) fn with_existing_policies(db: &'db dyn Db, project: Project) -> Option<DbWorld<'db>> {
        Some(DbWorld { with_existing: true, ..DbWorld::new(db, project)? })
    }

    fn look_up(&self, table: &QualifiedName) -> Option<&'db GovernedTable> {
        let key = TableKey::new(self.db, table.clone());
        let governed = match self.for_certain {
            true => queries::governed_for_certain(self.db, self.project, key),
            false => queries::governed(self.db, self.project, key),
        };
        match governed {
            Some(governed) => Some(&governed.table),
            None if self.with_existing => queries::governed_by_others(self.db, self.project, key).as_ref(),
            None => None,
        }
    }

    /// The tables whose policies were asked for so far, whether they have any or not.
    pub(crate) fn consulted(self) -> BTreeSet<QualifiedName> {
        self.consulted.into_inner().into_keys().collect()
    }
}

impl World for DbWorld<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog
    }

    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable> {
        let known = self.consulted.borrow().get(table).copied();
        known.unwrap_or_else(|| {
            let governed = self.look_up(table);
            self.consulted.borrow_mut().insert(table.clone(), governed);
            governed
        })
    }

    fn referred_columns(&self, table: &QualifiedName, from_column: &str) -> BTreeSet<String> {
        queries::references(self.db, self.project).to(table, from_column).map(str::to_owned).collect()
    }

    fn missing_setting(&self) -> MissingSetting {
        queries::config(self.db, self.project).session.missing
    }
}
