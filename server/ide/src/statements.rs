//! Which statements work on a table.

use pgpe_catalog::QualifiedName;
use pgpe_proof::counterexample::Counterexample;
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_proof::statements::{FormAccess, statements};
use pgpe_report::statements::{StatementForm, StatementOutcome, Statements};

use crate::analysis::Analysis;
use crate::counterexample;
use crate::database::{Cancellable, Db, Project};
use crate::queries::{self, TableKey};
use crate::world::DbWorld;

impl Analysis {
    /// Which statements work on a table, as far as the solver has answered, and what it has not answered yet.
    /// `None` without a schema or such a table.
    pub fn statements(
        &self,
        table: &QualifiedName,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Option<(Statements, Vec<Obligation>)>> {
        let outcome = std::panic::AssertUnwindSafe(outcome);
        self.with(move |db, project| {
            let outcome = outcome;
            let world = DbWorld::new(db, project)?;
            queries::catalog(db, project).as_ref()?.relations.get(table)?;
            let (forms, open) = statements(&world, table, *outcome);
            let forms = forms.iter().map(|form| shown(db, project, table, form)).collect();
            Some((Statements { table: table.to_string(), forms }, open))
        })
    }
}

fn shown(db: &dyn Db, project: Project, table: &QualifiedName, form: &FormAccess) -> StatementForm {
    let governed = queries::governed(db, project, TableKey::new(db, table.clone())).as_ref();
    let example = |found: &Option<Box<Counterexample>>| {
        let found = found.as_deref()?;
        let let_in = found.let_in.iter().flatten().filter_map(|(policy, _)| {
            governed.and_then(|governed| governed.table.policies.get(*policy)).map(|it| it.policy.clone())
        });
        let mut shown = counterexample::values(db, project, table, found, let_in.collect());
        if let Some(old) = &found.old_row {
            let row = counterexample::row(db, project, table, old);
            shown.witnesses.insert(0, pgpe_report::Witness { table: format!("{table}, before"), row });
        }
        Some(shown)
    };
    let outcome = match form.works {
        _ if !form.unknown.is_empty() => StatementOutcome::Unknown,
        None => StatementOutcome::Unknown,
        Some(false) => StatementOutcome::Never,
        Some(true) if form.refused.is_some() || form.left_out.is_some() => StatementOutcome::MayFail,
        Some(true) => StatementOutcome::Works,
    };
    StatementForm {
        statement: form.form.sql().to_owned(),
        outcome,
        refused: example(&form.refused),
        left_out: example(&form.left_out),
        unknown: form.unknown.iter().cloned().collect(),
    }
}
