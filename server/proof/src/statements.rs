//! Which statements work for a session, and which are refused or leave out rows.
//!
//! A statement may have to satisfy the policies of several commands: one that reads a column, also those of
//! SELECT. What applies to which row is the table of PostgreSQL's CREATE POLICY page.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};

use crate::counterexample::{Counterexample, realise};
use crate::goal::{Goal, Subject};
use crate::obligation::{Obligation, Outcome};
use crate::question::ask;
use crate::world::{Side, World};

/// A form of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// SELECT, COPY TO.
    Select,
    /// SELECT FOR UPDATE, FOR SHARE.
    SelectForUpdate,
    /// INSERT.
    Insert,
    /// INSERT … RETURNING.
    InsertReturning,
    /// INSERT … ON CONFLICT (…) DO NOTHING.
    InsertOrNothing,
    /// INSERT … ON CONFLICT (…) DO UPDATE that writes the proposed row over the one that is there.
    Upsert,
    /// UPDATE that reads no column.
    Update,
    /// UPDATE that reads a column in WHERE, SET or RETURNING.
    UpdateReading,
    /// DELETE that reads no column.
    Delete,
    /// DELETE that reads a column in WHERE or RETURNING.
    DeleteReading,
    /// MERGE, WHEN MATCHED THEN UPDATE.
    MergeUpdate,
    /// MERGE, WHEN MATCHED THEN DELETE.
    MergeDelete,
    /// MERGE, WHEN NOT MATCHED THEN INSERT.
    MergeInsert,
}

/// The row that policies are applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementRow {
    /// One that is stored.
    Old,
    /// One that is written.
    New,
}

/// What happens where a policy is not satisfied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failing {
    /// The statement is not about such rows: it is what its own command is for.
    OutOfReach,
    /// The row is silently left out.
    LeftOut,
    /// The statement ends with an error.
    Refused,
}

/// Policies that a form has to satisfy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Those for this command,
    pub command: Command,
    /// on this row,
    pub row: StatementRow,
    /// or else.
    pub failing: Failing,
}

impl Need {
    /// USING for rows that are stored or read, WITH CHECK for those that a command writes.
    pub fn side(&self) -> Side {
        match (self.row, self.command) {
            (StatementRow::New, Command::Insert | Command::Update) => Side::Check,
            _ => Side::Using,
        }
    }
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 13] = [
        Form::Select,
        Form::SelectForUpdate,
        Form::Insert,
        Form::InsertReturning,
        Form::InsertOrNothing,
        Form::Upsert,
        Form::Update,
        Form::UpdateReading,
        Form::Delete,
        Form::DeleteReading,
        Form::MergeUpdate,
        Form::MergeDelete,
        Form::MergeInsert,
    ];

    /// As SQL, shortened.
    pub fn sql(self) -> &'static str {
        match self {
            Form::Select => "SELECT",
            Form::SelectForUpdate => "SELECT … FOR UPDATE",
            Form::Insert => "INSERT",
            Form::InsertReturning => "INSERT … RETURNING",
            Form::InsertOrNothing => "INSERT … ON CONFLICT (…) DO NOTHING",
            Form::Upsert => "INSERT … ON CONFLICT (…) DO UPDATE",
            Form::Update => "UPDATE without reading a column",
            Form::UpdateReading => "UPDATE … WHERE",
            Form::Delete => "DELETE without reading a column",
            Form::DeleteReading => "DELETE … WHERE",
            Form::MergeUpdate => "MERGE … WHEN MATCHED THEN UPDATE",
            Form::MergeDelete => "MERGE … WHEN MATCHED THEN DELETE",
            Form::MergeInsert => "MERGE … WHEN NOT MATCHED THEN INSERT",
        }
    }

    /// What has to be satisfied.
    pub fn needs(self) -> Vec<Need> {
        use Command::{Delete, Insert, Select, Update};
        use Failing::{LeftOut, OutOfReach, Refused};
        use StatementRow::{New, Old};
        let needs: &[(Command, StatementRow, Failing)] = match self {
            Form::Select => &[(Select, Old, OutOfReach)],
            Form::SelectForUpdate => &[(Select, Old, OutOfReach), (Update, Old, LeftOut)],
            Form::Insert | Form::MergeInsert => &[(Insert, New, OutOfReach)],
            Form::InsertReturning | Form::InsertOrNothing => {
                &[(Insert, New, OutOfReach), (Select, New, Refused)]
            }
            Form::Upsert => &[
                (Insert, New, OutOfReach),
                (Update, New, OutOfReach),
                (Select, New, Refused),
                (Update, Old, Refused),
                (Select, Old, Refused),
            ],
            Form::Update => &[(Update, Old, OutOfReach), (Update, New, OutOfReach)],
            Form::UpdateReading => &[
                (Update, Old, OutOfReach),
                (Update, New, OutOfReach),
                (Select, Old, LeftOut),
                (Select, New, Refused),
            ],
            Form::Delete => &[(Delete, Old, OutOfReach)],
            Form::DeleteReading => &[(Delete, Old, OutOfReach), (Select, Old, LeftOut)],
            Form::MergeUpdate => &[
                (Select, Old, OutOfReach),
                (Update, New, OutOfReach),
                (Update, Old, Refused),
                (Select, New, Refused),
            ],
            Form::MergeDelete => &[(Select, Old, OutOfReach), (Delete, Old, Refused)],
        };
        needs
            .iter()
            .map(|(command, row, failing)| Need { command: *command, row: *row, failing: *failing })
            .collect()
    }

    /// Whether a row is written.
    pub fn writes(self) -> bool {
        self.needs().iter().any(|need| need.row == StatementRow::New)
    }

    /// The command whose policies decide first.
    fn command(self) -> Command {
        match self {
            Form::Select | Form::SelectForUpdate => Command::Select,
            Form::Insert
            | Form::InsertReturning
            | Form::InsertOrNothing
            | Form::MergeInsert
            | Form::Upsert => Command::Insert,
            Form::Update | Form::UpdateReading | Form::MergeUpdate => Command::Update,
            Form::Delete | Form::DeleteReading | Form::MergeDelete => Command::Delete,
        }
    }
}

/// A way in which a statement can come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// All policies are satisfied.
    Works,
    /// Those of its own command are, and another is not, with that effect.
    Fails(Failing),
}

/// How a form comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormAccess {
    /// The form.
    pub form: Form,
    /// Whether it works for some session and row; `None` if that is not known.
    pub works: Option<bool>,
    /// A session and rows for which it is refused.
    pub refused: Option<Box<Counterexample>>,
    /// A session and a row that is left out.
    pub left_out: Option<Box<Counterexample>>,
    /// What could not be decided.
    pub unknown: BTreeSet<String>,
}

/// How all forms come out on a table, with the questions that the solver has not answered yet. `outcomes` says
/// what it has found.
pub fn statements(
    world: &dyn World,
    table: &QualifiedName,
    outcomes: &dyn Fn(&Obligation) -> Option<Outcome>,
) -> (Vec<FormAccess>, Vec<Obligation>) {
    let mut seeking = Seeking { world, table, outcomes, open: Vec::new() };
    let forms = Form::ALL.into_iter().map(|form| seeking.form(form)).collect();
    (forms, seeking.open)
}

struct Seeking<'a> {
    world: &'a dyn World,
    table: &'a QualifiedName,
    outcomes: &'a dyn Fn(&Obligation) -> Option<Outcome>,
    open: Vec<Obligation>,
}

/// Whether there is a scene.
enum Found {
    Scene(Box<Counterexample>),
    Nothing,
    Unknown,
}

impl Seeking<'_> {
    fn form(&mut self, form: Form) -> FormAccess {
        let mut access =
            FormAccess { form, works: None, refused: None, left_out: None, unknown: BTreeSet::new() };
        access.works = match self.seek(form, Ending::Works, &mut access.unknown) {
            Found::Scene(_) => Some(true),
            Found::Nothing => Some(false),
            Found::Unknown => None,
        };
        let can_fail = |failing: Failing| form.needs().iter().any(|need| need.failing == failing);
        for failing in [Failing::Refused, Failing::LeftOut].into_iter().filter(|failing| can_fail(*failing)) {
            if let Found::Scene(shown) = self.seek(form, Ending::Fails(failing), &mut access.unknown) {
                match failing {
                    Failing::LeftOut => access.left_out = Some(shown),
                    _ => access.refused = Some(shown),
                }
            }
        }
        access
    }

    fn seek(&mut self, form: Form, ending: Ending, unknown: &mut BTreeSet<String>) -> Found {
        let side = if form.writes() { Side::Check } else { Side::Using };
        let goal = Goal::Statement { form, ending };
        let subject = Subject { table: self.table.clone(), command: form.command(), side, goal };
        let question = match ask(self.world, &[], subject) {
            Ok(question) => question,
            Err(reason) => {
                unknown.insert(reason);
                return Found::Unknown;
            }
        };
        match (self.outcomes)(&question.obligation) {
            None => self.open.push(question.obligation),
            Some(Outcome::Unsatisfiable(_)) => return Found::Nothing,
            Some(Outcome::Unknown(reason)) => {
                unknown.insert(reason);
            }
            Some(Outcome::Satisfiable(model)) => {
                if let Some(shown) = realise(self.world, &[], &question, &model) {
                    return Found::Scene(Box::new(shown));
                }
                unknown.insert("it depends on something that is not modelled".to_owned());
            }
        }
        Found::Unknown
    }
}
