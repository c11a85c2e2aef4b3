//! Why a given row does or does not pass each command in a given session.
//!
//! The evaluator says what each policy, clause and condition comes to; here is only what to show of it.

mod atoms;
mod reading;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::show;
use pgpe_policy::source::PolicyKind;
use pgpe_proof::evaluator::{self, Database, Evaluator, Row, Session, applies};
use pgpe_proof::world::{Side, World};
use pgpe_report::why::{ClauseWhy, CommandWhy, Outcome, PolicyWhy, Truth, Why};
use pgpe_report::{Counterexample, Witness};

use crate::analysis::Analysis;
use crate::counterexample::{columns, session};
use crate::database::Cancellable;
use crate::world::DbWorld;

/// What is asked about. Values are text in PostgreSQL's input form; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// The row in question.
    pub row: GivenRow,
    /// All roles whose privileges the session has.
    pub roles: Vec<String>,
    /// The session's settings.
    pub settings: Vec<(String, String)>,
    /// Stored rows of the tables that policies traverse.
    pub stored: Vec<(QualifiedName, GivenRow)>,
}

/// A row's columns with their values; a column that is absent is not known.
pub type GivenRow = Vec<(String, Option<String>)>;

impl Analysis {
    /// Explains what becomes of a row of a table. An error is one sentence about what is wrong with the row;
    /// without a schema there are no rows to explain.
    pub fn why(&self, table: &QualifiedName, given: &Given) -> Cancellable<Result<Why, String>> {
        self.with(|db, project| {
            let world = DbWorld::new(db, project).ok_or("no schema is known")?;
            let given = reading::read(world.catalog(), table, given)?;
            Ok(Explaining { world: &world, table, given: &given }.run())
        })
    }
}

/// What becomes of a row of a table by one command in a session; `stored` are the other rows that there are.
pub(crate) fn command_why(
    world: &DbWorld<'_>,
    table: &QualifiedName,
    (row, session, stored): (&Row, &Session, &[(QualifiedName, Row)]),
    (command, side): (Command, Side),
) -> CommandWhy {
    let given = GivenValues { row: row.clone(), session: session.clone(), stored: stored.to_vec() };
    let explaining = Explaining { world, table, given: &given };
    explaining.command(&Evaluator::new(world, &explaining.database(side)), command, side)
}

/// What is asked about, as values.
struct GivenValues {
    row: Row,
    session: Session,
    stored: Vec<(QualifiedName, Row)>,
}

struct Explaining<'w> {
    world: &'w dyn World,
    table: &'w QualifiedName,
    given: &'w GivenValues,
}

impl Explaining<'_> {
    fn run(&self) -> Why {
        let mut commands = indexmap::IndexMap::new();
        let (stored, written) = (self.database(Side::Using), self.database(Side::Check));
        for command in Command::ALL {
            for side in Side::of(command) {
                let database = if *side == Side::Using { &stored } else { &written };
                let name = match (command, side) {
                    (Command::Update, Side::Using) => "UPDATE old row".to_owned(),
                    (Command::Update, Side::Check) => "UPDATE new row".to_owned(),
                    _ => command.keyword().to_owned(),
                };
                commands.insert(name, self.command(&Evaluator::new(self.world, database), command, *side));
            }
        }
        let notes = self.notes(&commands);
        Why {
            table: self.table.to_string(),
            given: self.shown(),
            row_level_security: self.is_governed() || self.is_switched_on(),
            commands,
            notes,
        }
    }

    /// The rows that are stored when a command looks at the row: it is one of them unless it is yet to be written.
    fn database(&self, side: Side) -> Database {
        let mut database = Database::new();
        for (table, row) in &self.given.stored {
            database.entry(table.clone()).or_default().push(row.clone());
        }
        if side == Side::Using {
            database.entry(self.table.clone()).or_default().push(self.given.row.clone());
        }
        database
    }

    fn command(&self, evaluator: &Evaluator<'_>, command: Command, side: Side) -> CommandWhy {
        let Some(governed) = self.world.governed(self.table) else { return self.without_policies() };
        let GivenValues { row, session, .. } = self.given;
        let outcome = outcome(evaluator.effective(self.table, command, side, row, session));
        let policies: Vec<PolicyWhy> = governed
            .policies
            .iter()
            .filter(|policy| policy.commands.contains(command))
            .map(|policy| self.policy(evaluator, policy, side))
            .collect();
        let mut because = Vec::new();
        let permitted = governed.policies.iter().any(|policy| {
            policy.kind == PolicyKind::Permissive
                && policy.commands.contains(command)
                && applies(policy, session)
        });
        if let Some(undecidable) = governed.undecidable_for(command) {
            because.push(format!("not known: {}", undecidable.reason));
        } else if !permitted {
            because
                .push("no permissive policy for this command applies to the session: no row passes".into());
        } else if outcome == Outcome::Depends && policies.iter().all(|policy| !leaves_open(policy)) {
            because.push(
                "PostgreSQL chooses what it evaluates first: it may or may not come to the error".into(),
            );
        }
        CommandWhy { outcome, because, policies }
    }

    fn without_policies(&self) -> CommandWhy {
        let (outcome, reason) = if self.is_switched_on() {
            (
                Outcome::Depends,
                "row-level security is on here, but no policy of this policy set governs the table",
            )
        } else {
            (Outcome::Passes, "row-level security is off: no policy governs the table")
        };
        CommandWhy { outcome, because: vec![reason.to_owned()], policies: Vec::new() }
    }

    fn policy(&self, evaluator: &Evaluator<'_>, policy: &TablePolicy, side: Side) -> PolicyWhy {
        let GivenValues { row, session, .. } = self.given;
        let applies = applies(policy, session);
        let mut clauses: Vec<_> = side.expression(policy).clauses.iter().filter(|_| applies).collect();
        // As written.
        clauses.sort_by_key(|clause| clause.clause);
        PolicyWhy {
            policy: policy.policy.clone(),
            kind: match policy.kind {
                PolicyKind::Permissive => "PERMISSIVE".to_owned(),
                PolicyKind::Restrictive => "RESTRICTIVE".to_owned(),
            },
            roles: policy.roles.clone(),
            applies,
            truth: applies.then(|| truth(evaluator.policy(policy, side, row, session))),
            clauses: clauses
                .into_iter()
                .map(|clause| ClauseWhy {
                    text: show::conjunction(clause),
                    truth: truth(evaluator.clause(clause, row, session)),
                    atoms: clause.atoms.iter().map(|atom| self.atom(evaluator, atom, side, row)).collect(),
                })
                .collect(),
        }
    }

    fn notes(&self, commands: &indexmap::IndexMap<String, CommandWhy>) -> Vec<String> {
        let mut notes = Vec::new();
        let passes =
            |command: &str| commands.get(command).is_some_and(|command| command.outcome == Outcome::Passes);
        if !passes("SELECT") && commands.keys().any(|command| passes(command)) {
            notes.push(
                "an INSERT with RETURNING, and an UPDATE or DELETE that reads columns (WHERE, RETURNING), \
                 need SELECT to pass too"
                    .to_owned(),
            );
        }
        let mut atoms = commands
            .values()
            .flat_map(|command| &command.policies)
            .flat_map(|policy| &policy.clauses)
            .flat_map(|clause| &clause.atoms);
        if atoms.any(|atom| atom.text.starts_with("exists(")) {
            notes.push("other rows than those given by --with are taken not to exist".to_owned());
        }
        notes
    }

    fn shown(&self) -> Counterexample {
        let relation = |table: &QualifiedName| self.world.catalog().relations.get(table);
        let witness = |(table, row): &(QualifiedName, Row)| Witness {
            table: table.to_string(),
            row: columns(relation(table), row),
        };
        Counterexample {
            sessions: vec![session(&self.given.session)],
            row: columns(relation(self.table), &self.given.row),
            witnesses: self.given.stored.iter().map(witness).collect(),
            policies: Vec::new(),
        }
    }

    fn is_governed(&self) -> bool {
        self.world.governed(self.table).is_some()
    }

    /// Whether the schema switches row-level security on by itself.
    fn is_switched_on(&self) -> bool {
        self.world.catalog().relations.get(self.table).is_some_and(|relation| relation.rls_enabled)
    }
}

/// Whether something in the policy is not known, and not only the order of evaluation.
fn leaves_open(policy: &PolicyWhy) -> bool {
    let atoms = policy.clauses.iter().flat_map(|clause| &clause.atoms);
    atoms.into_iter().any(|atom| atom.truth == Truth::Unknown)
}

fn truth(value: evaluator::Truth) -> Truth {
    match value {
        evaluator::Truth::True => Truth::True,
        evaluator::Truth::False => Truth::False,
        evaluator::Truth::Null => Truth::Null,
        evaluator::Truth::Error => Truth::Error,
        evaluator::Truth::Undetermined => Truth::Unknown,
    }
}

fn outcome(value: evaluator::Truth) -> Outcome {
    match value {
        evaluator::Truth::True => Outcome::Passes,
        evaluator::Truth::False | evaluator::Truth::Null => Outcome::DoesNotPass,
        evaluator::Truth::Error => Outcome::Error,
        evaluator::Truth::Undetermined => Outcome::Depends,
    }
}
