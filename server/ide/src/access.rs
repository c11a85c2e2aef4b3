//! Who may do what on which table: privileges and policies taken together, role by role.

mod as_role;
mod privileges;

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, Command, QualifiedName, Relation};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::access::{Access, AccessMatrix, CommandAccess, RoleAccess, TableAccess};
use pgpe_sqlgen::CompiledGrant;

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db, Project};
use crate::queries::{self, TableKey};
use crate::ways_round::WaysRound;
use crate::world::DbWorld;
use as_role::{AsRole, Rows, Standing, rows};
use privileges::{Holder, Privilege, role_names};

impl Analysis {
    /// What each role may do on each candidate that `wanted` names, once the project is applied, as far as the
    /// solver has answered, and what it has not answered yet. `None` without a schema.
    pub fn access_matrix(
        &self,
        wanted: &(dyn Fn(&QualifiedName) -> bool + Sync),
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Option<(AccessMatrix, Vec<Obligation>)>> {
        // Nothing is changed by a computation that is cut short.
        let given = std::panic::AssertUnwindSafe((wanted, outcome));
        self.with(move |db, project| {
            let given = given;
            let (wanted, outcome) = *given;
            queries::catalog(db, project).as_ref()?;
            let mut tables = queries::candidates(db, project).tables().to_vec();
            tables.retain(|table| wanted(table));
            let asking = Asking::new(db, project)?;
            Some(asking.matrix(&tables, outcome))
        })
    }
}

struct Asking<'db> {
    db: &'db dyn Db,
    project: Project,
    catalog: &'db Catalog,
    world: DbWorld<'db>,
    /// Tables on which row-level security is in force.
    governed: BTreeSet<&'db QualifiedName>,
    /// Roles that policies name.
    named: BTreeSet<&'db str>,
}

impl<'db> Asking<'db> {
    fn new(db: &'db dyn Db, project: Project) -> Option<Asking<'db>> {
        let catalog = queries::catalog(db, project).as_deref()?;
        let world = DbWorld::with_existing_policies(db, project)?;
        let mut governed = BTreeSet::new();
        let mut named = BTreeSet::new();
        for table in catalog.relations.keys() {
            let key = TableKey::new(db, table.clone());
            let ours = queries::governed(db, project, key).as_ref().map(|governed| &governed.table);
            let found = ours.or_else(|| queries::governed_by_others(db, project, key).as_ref());
            if let Some(found) = found {
                governed.insert(table);
                named.extend(found.policies.iter().flat_map(|policy| &policy.roles).map(String::as_str));
            }
        }
        Some(Asking { db, project, catalog, world, governed, named })
    }

    fn matrix(
        &self,
        tables: &[QualifiedName],
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> (AccessMatrix, Vec<Obligation>) {
        let mut open = Vec::new();
        let holders = self.holders(tables);
        let standings: Vec<Standing> = holders.iter().map(|holder| self.standing(holder)).collect();
        let worlds: BTreeMap<&Standing, AsRole<'_>> =
            standings.iter().map(|standing| (standing, AsRole::new(&self.world, standing))).collect();
        let mut matrix = AccessMatrix { notes: self.notes(tables), ..AccessMatrix::default() };
        for table in tables {
            let Some(relation) = self.catalog.relations.get(table) else { continue };
            let grants = self.grants(table);
            let mut known: BTreeMap<(&Standing, Command), Rows> = BTreeMap::new();
            let mut row = TableAccess {
                schema: table.schema.to_string(),
                table: table.name.to_string(),
                row_security: self.governed.contains(table),
                roles: Vec::new(),
            };
            for (holder, standing) in holders.iter().zip(&standings) {
                let mut commands = BTreeMap::new();
                for command in Command::ALL {
                    let passing = || match worlds.get(standing) {
                        Some(world) => known
                            .entry((standing, command))
                            .or_insert_with(|| rows(world, table, command, outcome, &mut open))
                            .clone(),
                        None => Rows::Pending,
                    };
                    let mut access = self.access(holder, (table, relation), grants, command, passing);
                    // Whoever policies do not apply to runs none of their subqueries.
                    let applies = matches!(access.access, Access::Open | Access::Conditional)
                        && self.governed.contains(table);
                    if let (true, Some(world)) = (applies, worlds.get(standing))
                        && let Some(reason) = self.unreadable(holder, world.reads(table, command))
                    {
                        access = denied(reason);
                    }
                    commands.insert(command.keyword(), access);
                }
                row.roles.push(RoleAccess { role: holder.name.clone(), commands });
            }
            matrix.tables.push(row);
        }
        (matrix, open)
    }

    /// What the matrix does not show of these tables.
    fn notes(&self, tables: &[QualifiedName]) -> Vec<String> {
        let governed = tables.iter().filter(|table| self.governed.contains(table)).collect();
        let ways = WaysRound::of(self.catalog, &governed, |table| self.is_forced(table));
        let ways: BTreeSet<_> = governed.iter().flat_map(|table| ways.round(table)).collect();
        let mut notes: Vec<String> = ways.into_iter().map(pgpe_report::in_words).collect();
        let has_grants = |table: &QualifiedName| {
            let relation = self.catalog.relations.get(table);
            relation.is_some_and(|relation| !relation.grants.is_empty()) || !self.grants(table).is_empty()
        };
        if !tables.is_empty() && !tables.iter().any(has_grants) {
            notes.push(
                "neither the schema nor a GRANT item grants anything on these tables, so that only owners and \
                 superusers get at them"
                    .to_owned(),
            );
        }
        if !self.catalog.roles.complete {
            notes.push(
                "the schema need not tell all roles, their attributes and memberships: a target does"
                    .to_owned(),
            );
        }
        notes
    }

    /// PUBLIC and the roles to speak of.
    fn holders(&self, tables: &[QualifiedName]) -> Vec<Holder> {
        let granted = tables.iter().flat_map(|table| self.grants(table));
        let others = self.named.iter().copied().chain(granted.filter_map(|grant| grant.role.as_deref()));
        let names = role_names(self.catalog, tables, others);
        let named = names.into_iter().map(|name| Holder::named(self.catalog, name));
        std::iter::once(Holder::public()).chain(named).collect()
    }

    /// The privileges that the project grants on a table.
    fn grants(&self, table: &QualifiedName) -> &'db [CompiledGrant] {
        let key = TableKey::new(self.db, table.clone());
        queries::compiled(self.db, self.project, key).as_ref().map_or(&[], |compiled| &compiled.grants)
    }

    fn standing(&self, holder: &Holder) -> Standing {
        let held = holder.held.iter().filter(|role| self.named.contains(role.as_str())).cloned().collect();
        let bypassed = self.governed.iter().copied();
        let bypassed = bypassed.filter(|table| self.owner_bypasses(holder, table)).cloned().collect();
        Standing { held, bypassed }
    }

    /// Whether a role owns a table that has row-level security without FORCE.
    fn owner_bypasses(&self, holder: &Holder, table: &QualifiedName) -> bool {
        let relation = self.catalog.relations.get(table);
        relation.is_some_and(|relation| holder.owns(relation)) && !self.is_forced(table)
    }

    /// Whether row-level security holds for the owner too. The project's policies come with FORCE.
    fn is_forced(&self, table: &QualifiedName) -> bool {
        let relation = self.catalog.relations.get(table);
        relation.is_some_and(|relation| relation.rls_forced)
            || queries::governed(self.db, self.project, TableKey::new(self.db, table.clone())).is_some()
    }

    /// Why the subqueries of policies fail for a role; `None` if it may read what they read.
    fn unreadable(
        &self,
        holder: &Holder,
        reads: BTreeMap<QualifiedName, BTreeSet<String>>,
    ) -> Option<String> {
        let may_read = |(table, columns): &(QualifiedName, BTreeSet<String>)| {
            let Some(relation) = self.catalog.relations.get(table) else { return true };
            let columns = columns.iter().map(String::as_str).collect();
            holder.privilege(relation, self.grants(table), Command::Select).covers(&columns)
        };
        let (table, _) = reads.into_iter().find(|read| !may_read(read))?;
        Some(format!("its policies read {table}, and it may not"))
    }

    fn access(
        &self,
        holder: &Holder,
        (table, relation): (&QualifiedName, &Relation),
        grants: &[CompiledGrant],
        command: Command,
        passing: impl FnOnce() -> Rows,
    ) -> CommandAccess {
        if !holder.uses(&table.schema, self.catalog) {
            return denied(format!("no USAGE on the schema {}", table.schema));
        }
        let told = |access, reason: Option<&str>| CommandAccess {
            access,
            may_be_open: false,
            columns: Vec::new(),
            reason: reason.map(str::to_owned),
        };
        let columns = match holder.privilege(relation, grants, command) {
            Privilege::None => return told(Access::Denied, Some("no privilege")),
            Privilege::Table => Vec::new(),
            Privilege::Columns(columns) => columns,
        };
        let mut access = if !self.governed.contains(table) {
            told(Access::Open, None)
        } else if holder.superuser {
            told(Access::Bypassed, Some("superuser"))
        } else if holder.bypass_rls {
            told(Access::Bypassed, Some("BYPASSRLS"))
        } else if self.owner_bypasses(holder, table) {
            told(Access::Bypassed, Some("owner without FORCE"))
        } else {
            match passing() {
                Rows::All => told(Access::Open, None),
                Rows::Some => told(Access::Conditional, None),
                Rows::None(reason) => told(Access::Denied, Some(reason)),
                Rows::Undecided(reason) => {
                    CommandAccess { may_be_open: true, ..told(Access::Conditional, Some(&reason)) }
                }
                Rows::Pending => {
                    CommandAccess { may_be_open: true, ..told(Access::Conditional, Some("not decided yet")) }
                }
            }
        };
        if access.access != Access::Denied {
            access.columns = columns;
        }
        access
    }
}

fn denied(reason: String) -> CommandAccess {
    CommandAccess { access: Access::Denied, may_be_open: false, columns: Vec::new(), reason: Some(reason) }
}
