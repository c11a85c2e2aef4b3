//! The semantics' view of the project: looks tables up in the incremental database.

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
}

impl<'db> DbWorld<'db> {
    /// `None` without a schema: then there is nothing to prove about.
    pub(crate) fn new(db: &'db dyn Db, project: Project) -> Option<DbWorld<'db>> {
        let catalog = queries::catalog(db, project).as_deref()?;
        Some(DbWorld { db, project, catalog })
    }
}

impl World for DbWorld<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog
    }

    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable> {
        let key = TableKey::new(self.db, table.clone());
        queries::governed(self.db, self.project, key).as_ref().map(|governed| &governed.table)
    }

    fn missing_setting(&self) -> MissingSetting {
        queries::config(self.db, self.project).session.missing
    }
}
