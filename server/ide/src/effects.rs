//! What a change of the policies that a database has does to access, by proof: whoever wrote them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use pgpe_catalog::{Catalog, Command, QualifiedName};
use pgpe_config::{Config, MissingSetting};
use pgpe_proof::equivalence::{Access, common_catalog, compare};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_proof::world::{GovernedTable, World};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::foreign::governed_as_it_stands;
use crate::queries;

/// What became of each command on a table, and the questions that the solver has not answered yet.
pub type Effects = (BTreeMap<Command, Access>, Vec<Obligation>);

impl Analysis {
    /// Compares the access to a table that two states of a database give by the policies that exist in them.
    /// The states differ in policies and flags of row-level security alone. With questions open, the answer is
    /// not complete.
    pub fn effects(
        &self,
        (before, after): (&Catalog, &Catalog),
        table: &QualifiedName,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Effects> {
        // Nothing is changed by a computation that is cut short.
        let given = std::panic::AssertUnwindSafe((before, after, outcome));
        self.with(move |db, project| {
            let given = given;
            let (before, after, outcome) = *given;
            let config = queries::config(db, project);
            let worlds = (Existing::new(before, config), Existing::new(after, config));
            let common = common_catalog(before, after);
            let compared = compare(&common, (&worlds.0, &worlds.1), table, outcome);
            let open = compared.values().flat_map(|access| access.open.iter().cloned()).collect();
            let decided = compared.iter().filter_map(|(command, access)| Some((*command, access.access()?)));
            (decided.collect(), open)
        })
    }
}

/// The policies that a catalog has, read where they are asked for.
struct Existing<'c> {
    catalog: &'c Catalog,
    config: &'c Config,
    tables: BTreeMap<&'c QualifiedName, OnceCell<Option<GovernedTable>>>,
}

impl<'c> Existing<'c> {
    fn new(catalog: &'c Catalog, config: &'c Config) -> Existing<'c> {
        let tables = catalog.relations.keys().map(|name| (name, OnceCell::new())).collect();
        Existing { catalog, config, tables }
    }
}

impl World for Existing<'_> {
    fn catalog(&self) -> &Catalog {
        self.catalog
    }

    fn governed(&self, table: &QualifiedName) -> Option<&GovernedTable> {
        let (name, cell) = self.tables.get_key_value(table)?;
        cell.get_or_init(|| governed_as_it_stands(name, self.catalog, self.config)).as_ref()
    }

    fn missing_setting(&self) -> MissingSetting {
        self.config.session.missing
    }
}
