//! Two states of a project compared: what each table and command lets through before and after a change.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_proof::equivalence::{self, CommandAccess, common_catalog, compare};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_proof::world::{Side, World};
use pgpe_report::difference::{Access, CommandDifference, Presence, TableDifference, Witness};

use crate::analysis::Analysis;
use crate::counterexample;
use crate::database::{Cancellable, Db, Project};
use crate::queries;
use crate::world::DbWorld;

/// The access that two states give, as far as the solver has answered.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Tables that policies govern before or after the change, sorted.
    pub tables: Vec<TableDifference>,
    /// What the solver has not answered yet.
    pub open: Vec<Obligation>,
}

/// Compares the access before (`base`) and after (`head`) a change. Without a schema on either side there is
/// nothing to compare.
pub fn compare_access(
    base: &Analysis,
    head: &Analysis,
    outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
) -> Cancellable<Comparison> {
    let outcome = std::panic::AssertUnwindSafe(outcome);
    let base = std::panic::AssertUnwindSafe(base);
    head.with(move |head_db, head_project| {
        let (outcome, base) = (outcome, base);
        let head = std::panic::AssertUnwindSafe((head_db, head_project));
        base.with(move |base_db, base_project| {
            let head = head;
            Comparing { base: (base_db, base_project), head: *head }.run(*outcome)
        })
    })?
}

struct Comparing<'db> {
    base: (&'db dyn Db, Project),
    head: (&'db dyn Db, Project),
}

impl Comparing<'_> {
    fn run(&self, outcome: &dyn Fn(&Obligation) -> Option<Outcome>) -> Comparison {
        let mut comparison = Comparison::default();
        let (Some(base), Some(head)) =
            [self.base, self.head].map(|(db, project)| DbWorld::with_existing_policies(db, project)).into()
        else {
            return comparison;
        };
        let catalogs =
            (queries::catalog(self.base.0, self.base.1), queries::catalog(self.head.0, self.head.1));
        let (Some(base_catalog), Some(head_catalog)) = catalogs else { return comparison };
        let common = common_catalog(base_catalog, head_catalog);
        for table in self.tables() {
            let in_base = base_catalog.relations.contains_key(&table);
            let in_head = head_catalog.relations.contains_key(&table);
            let presence = match (in_base, in_head) {
                (true, true) => Presence::Both,
                (false, _) => Presence::Added,
                (true, false) => Presence::Removed,
            };
            let mut difference = TableDifference {
                schema: table.schema.to_string(),
                table: table.name.to_string(),
                presence,
                commands: Default::default(),
                verdicts: Vec::new(),
            };
            if presence == Presence::Both {
                for (command, access) in compare(&common, (&base, &head), &table, outcome) {
                    comparison.open.extend(access.open.iter().cloned());
                    if let Some(shown) = self.command(&table, command, &access) {
                        difference.commands.insert(command.keyword().to_owned(), shown);
                    }
                }
            }
            comparison.tables.push(difference);
        }
        comparison
    }

    /// Tables that either policy set governs.
    fn tables(&self) -> BTreeSet<QualifiedName> {
        let of = |(db, project): (&dyn Db, Project)| -> Vec<QualifiedName> {
            queries::governed_tables(db, project).iter().map(|key| key.name(db).clone()).collect()
        };
        of(self.base).into_iter().chain(of(self.head)).collect()
    }

    fn command(
        &self,
        table: &QualifiedName,
        command: Command,
        access: &CommandAccess,
    ) -> Option<CommandDifference> {
        let witness = |state: (&dyn Db, Project), found: &Option<Box<equivalence::Witness>>| {
            found.as_ref().map(|found| self.witness(state, table, command, found))
        };
        Some(CommandDifference {
            access: match access.access()? {
                equivalence::Access::Same => Access::Same,
                equivalence::Access::Wider => Access::Wider,
                equivalence::Access::Narrower => Access::Narrower,
                equivalence::Access::Incomparable => Access::Incomparable,
                equivalence::Access::Unknown => Access::Unknown,
            },
            gained: witness(self.head, &access.gained),
            lost: witness(self.base, &access.lost),
            unknown: access.unknown.iter().cloned().collect(),
        })
    }

    /// The witness, with the policy that lets its row pass in the state in which it does.
    fn witness(
        &self,
        (db, project): (&dyn Db, Project),
        table: &QualifiedName,
        command: Command,
        found: &equivalence::Witness,
    ) -> Witness {
        let world = DbWorld::with_existing_policies(db, project);
        let governed = world.as_ref().and_then(|world| world.governed(table));
        let let_in = found.shown.let_in.iter().flatten().filter_map(|(policy, _)| {
            governed.and_then(|governed| governed.policies.get(*policy)).map(|it| it.policy.clone())
        });
        let policies = match governed {
            Some(_) => let_in.collect(),
            None => vec!["no policy governs the table".to_owned()],
        };
        Witness {
            is_new_row: command == Command::Update && found.side == Side::Check,
            shown: counterexample::values(db, project, table, &found.shown, policies),
        }
    }
}
