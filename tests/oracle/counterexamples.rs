//! Counterexamples on the server: what a proof says can happen must happen there, on just these rows.

use std::collections::BTreeSet;

use pgpe_catalog::{Command, QualifiedName};
use pgpe_policy::datum;
use pgpe_proof::counterexample::{Counterexample, realise};
use pgpe_proof::evaluator::{Row as EvaluatorRow, Session as EvaluatorSession};
use pgpe_proof::goal::{Goal, Subject};
use pgpe_proof::obligation::{ModelValue, Outcome};
use pgpe_proof::owner::OwnerPath;
use pgpe_proof::question::Question;
use pgpe_proof::world::Side;
use pgpe_sqlgen::quote_literal;
use serde_json::Value;

use crate::analysis::{Analysis, Judged};
use crate::case::{Case, Row, SESSION_ROLES, Session, Ty};
use crate::compare::Disagreement;
use crate::observe::{Seen, seen};
use crate::ownership::{owner_sql, owner_type, tenant};
use crate::probes::{Probe, replace_policies};
use crate::server::{Outcome as Came, Stage, then};
use crate::statistics::Statistics;

/// The `rid` of the row in question, and of the one that an UPDATE replaces by it.
const ROW: i32 = 5000;
const OLD_ROW: i32 = 5001;

/// What came of a counterexample.
enum Shown {
    Yes,
    No(String),
    /// It can't be said, for that reason.
    Open(&'static str),
}

/// Puts counterexamples of a plan on the server: no more than so many, which differ from case to case.
pub fn check(
    stage: &mut Stage<'_>,
    analysis: &Analysis,
    judged: &Judged,
    most: usize,
    statistics: &Statistics,
) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let satisfied = satisfied(judged);
    let step = satisfied.len().div_ceil(most).max(1);
    let first = stage.case.index as usize % step;
    for (question, model) in satisfied.into_iter().skip(first).step_by(step) {
        let Some(example) = realise(analysis, &analysis.proofs.isolation, question, model) else {
            statistics.count("counterexamples: not confirmed by the evaluator");
            continue;
        };
        stage.run("SAVEPOINT example");
        let shown = Showing { analysis, question, example: &example }.run(stage);
        stage.run("ROLLBACK TO example; RELEASE example");
        match shown {
            Shown::Yes => statistics.count("counterexamples: shown on the server"),
            Shown::Open(why) => statistics.count(format!("counterexamples: open, {why}")),
            Shown::No(_) if lacks_setting(stage.case, &example) => {
                statistics.count("counterexamples: open, a setting would have to be missing");
            }
            Shown::No(details) => {
                let goal = format!("{:?}", question.subject.goal);
                let goal = goal.split([' ', '{']).next().unwrap_or_default();
                found.push(Disagreement {
                    kind: format!(
                        "counterexample: {goal} of {:?} {:?}",
                        question.subject.command, question.subject.side
                    ),
                    details: format!("{details}\n{:#?}\n{:#?}", question.subject, example),
                });
            }
        }
    }
    found
}

/// Questions with a model, each once.
fn satisfied(judged: &Judged) -> Vec<(&Question, &[ModelValue])> {
    let mut seen = BTreeSet::new();
    let questions = judged.plan.items.iter().filter_map(|item| item.question.as_deref().ok());
    let with_model = questions.filter_map(|question| {
        let hash = question.obligation.hash;
        match judged.outcomes.get(&hash) {
            Some(Outcome::Satisfiable(model)) if seen.insert(hash) => Some((question, &**model)),
            _ => None,
        }
    });
    with_model.collect()
}

struct Showing<'a> {
    analysis: &'a Analysis,
    question: &'a Question,
    example: &'a Counterexample,
}

impl Showing<'_> {
    fn subject(&self) -> &Subject {
        &self.question.subject
    }

    fn table(&self, case: &Case, name: &QualifiedName) -> usize {
        case.tables.iter().position(|table| table.name == name.name).unwrap()
    }

    fn run(&self, stage: &mut Stage<'_>) -> Shown {
        let case = stage.case;
        for table in &case.tables {
            stage.run(&format!("DELETE FROM {}", table.name));
        }
        let table = self.table(case, &self.subject().table);
        let row = self.row(case, table, &self.merged_row(), 0);
        let stores_row = self.subject().side == Side::Using;
        let mut inserts = Vec::new();
        let mark = |sql: String| sql.replacen("NULL::integer)", "7)", 1);
        if stores_row {
            inserts.push(mark(stage.insert(&row, ROW)));
        }
        let old_row = self.example.old_row.as_ref().map(|old| {
            // What is not said of the old row is as in the new one.
            let mut values: EvaluatorRow = self.example.row.clone();
            values.extend(old.clone());
            let mut old = self.row(case, table, &values, 1);
            for (at, column) in case.tables[table].columns.iter().enumerate() {
                if !values.contains_key(&column.name) {
                    old.values[at].clone_from(&row.values[at]);
                }
            }
            old
        });
        if let Some(old) = &old_row {
            inserts.push(mark(stage.insert(old, OLD_ROW)));
        }
        for (at, (name, witness)) in self.example.witnesses.iter().enumerate() {
            if stores_row && *name == self.subject().table && self.is_the_row(witness) {
                continue;
            }
            let witness = self.row(case, self.table(case, name), witness, 2 + at);
            inserts.push(mark(stage.insert(&witness, 6000 + at as i32)));
        }
        let count = inserts.len();
        if stage.fill(inserts).len() != count {
            return Shown::Open("its rows break a key over few values");
        }
        let sessions: Vec<Session> =
            self.example.sessions.iter().map(|session| concrete(case, session)).collect();
        match &self.subject().goal {
            Goal::ForeignRow { owners, .. } => self.foreign(stage, table, &row, &sessions[0], owners),
            Goal::SharedRow { .. } | Goal::SharedByRoles { .. } => {
                let passes: Vec<Seen> =
                    sessions.iter().map(|session| self.passes(stage, table, &row, session)).collect();
                self.verdict(&passes, |seen| seen.iter().all(|seen| *seen == Seen::Passes))
            }
            Goal::Passes => {
                let seen = self.passes(stage, table, &row, &sessions[0]);
                self.verdict(&[seen], |seen| seen == [Seen::Passes])
            }
            Goal::Fails => match self.passes(stage, table, &row, &sessions[0]) {
                Seen::Passes => Shown::No("the row passes".to_owned()),
                _ => Shown::Yes,
            },
            Goal::DeletedVisible { mark, .. } => {
                let seen = self.passes(stage, table, &row, &sessions[0]);
                let at =
                    case.tables[table].columns.iter().position(|column| column.name == mark.column).unwrap();
                let marked = row.values[at].as_deref().is_some_and(|value| value != "false");
                self.verdict(&[seen], |seen| marked && seen == [Seen::Passes])
            }
            Goal::CrossWrite { .. } => {
                let (written, read) =
                    self.write(stage, table, &row, old_row.is_some(), &sessions[0], &sessions[1], false);
                self.verdict(&[written, read], |seen| seen == [Seen::Passes, Seen::Passes])
            }
            Goal::UnreadableWrite { .. } => {
                let (written, read) =
                    self.write(stage, table, &row, old_row.is_some(), &sessions[0], &sessions[0], false);
                if written == Seen::Error {
                    return Shown::Open("an error came first");
                }
                if written == Seen::Passes && read != Seen::Passes {
                    Shown::Yes
                } else {
                    Shown::No(format!("written {written:?}, read {read:?}"))
                }
            }
            Goal::MarkDeleted { readable, .. } => {
                let (written, _) =
                    self.write(stage, table, &row, true, &sessions[0], &sessions[0], *readable);
                self.verdict(&[written], |seen| seen == [Seen::Passes])
            }
            Goal::ForeignReference { foreign_key, owner, .. } => {
                let (written, _) =
                    self.write(stage, table, &row, old_row.is_some(), &sessions[0], &sessions[0], false);
                if written == Seen::Passes
                    && !self.refers_to_foreign(stage, &row, &sessions[0], foreign_key, owner)
                {
                    return Shown::No("what it refers to is the session's own".to_owned());
                }
                self.verdict(&[written], |seen| seen == [Seen::Passes])
            }
            // No verdict asks for these.
            Goal::PassesOnlyHere | Goal::Statement { .. } => Shown::Open("no verdict"),
            Goal::ClauseHolds { .. }
            | Goal::PolicyFails { .. }
            | Goal::ClauseAlone { .. }
            | Goal::PolicyAlone { .. }
            | Goal::PolicyMatters { .. } => {
                let Some(probe) = Probe::of(self.analysis, self.subject()) else {
                    return Shown::Open("no probe");
                };
                let side = self.subject().side;
                match probe.shows(stage, self.analysis, table, side, (ROW, row), &sessions[0]) {
                    Some(true) => Shown::Yes,
                    Some(false) => Shown::No("the policies alone do not bear it out".to_owned()),
                    None => Shown::Open("an error came first"),
                }
            }
        }
    }

    fn verdict(&self, seen: &[Seen], holds: impl Fn(&[Seen]) -> bool) -> Shown {
        if holds(seen) {
            Shown::Yes
        } else if seen.contains(&Seen::Error) {
            Shown::Open("an error came first")
        } else {
            Shown::No(format!("{seen:?}"))
        }
    }

    /// The row with what is said of it as a witness of a traversal.
    fn merged_row(&self) -> EvaluatorRow {
        let mut row = self.example.row.clone();
        if self.subject().side == Side::Using {
            for (name, witness) in &self.example.witnesses {
                if *name == self.subject().table && self.is_the_row(witness) {
                    row.extend(witness.clone());
                }
            }
        }
        row
    }

    /// Whether a witness is the row in question: the two share a key.
    fn is_the_row(&self, witness: &EvaluatorRow) -> bool {
        let relation = &self.analysis.catalog.relations[&self.subject().table];
        let mut keys = relation.keys.iter().filter(|key| key.is_proof());
        keys.any(|key| {
            key.columns.iter().all(|name| {
                match (witness.get(name), self.example.row.get(name), relation.column(name)) {
                    (Some(Some(left)), Some(Some(right)), Some(column)) => {
                        datum::compare(left, right, &column.ty).equal() == Some(true)
                    }
                    _ => false,
                }
            })
        })
    }

    /// A row with values for the columns of which nothing is said.
    fn row(&self, case: &Case, table: usize, known: &EvaluatorRow, number: usize) -> Row {
        let described = &case.tables[table];
        let relation = &self.analysis.catalog.relations[&crate::analysis::table_name(&described.name)];
        let values = described.columns.iter().map(|column| match known.get(&column.name) {
            Some(value) => {
                let ty = &relation.column(&column.name).unwrap().ty;
                value.as_ref().map(|value| value.to_text(ty))
            }
            None => column.not_null.then(|| fresh(column.ty, number)),
        });
        Row { table, values: values.collect() }
    }

    /// What becomes of the row for the command and on the side of the question.
    fn passes(&self, stage: &mut Stage<'_>, table: usize, row: &Row, session: &Session) -> Seen {
        let name = stage.case.tables[table].name.clone();
        let Subject { command, side, table: qualified, .. } = self.subject();
        let job = match (command, side) {
            (Command::Select, _) => {
                stage.query(session, &format!("SELECT array_agg(rid) FROM {name} WHERE rid = {ROW}"))
            }
            (Command::Delete, _) => stage.statement_on(session, table, ROW, &format!("DELETE FROM {name}")),
            (Command::Update, Side::Using) => {
                stage.statement_on(session, table, ROW, &format!("UPDATE {name} SET mark = 1"))
            }
            (Command::Update, Side::Check) => {
                // What UPDATE checks, without a row to begin with.
                let policies = self.analysis.policies_for(qualified, Command::Update);
                replace_policies(stage, self.analysis, qualified, &policies, Command::Insert, Side::Check);
                stage.statement(session, &stage.insert(row, ROW))
            }
            (Command::Insert, _) => stage.statement(session, &stage.insert(row, ROW)),
        };
        match (&stage.attempts(&[job])[0].outcome, command, side) {
            // The old row passed.
            (Came::Refused, Command::Update, Side::Using) => Seen::Passes,
            (outcome, ..) => seen(outcome, ROW),
        }
    }

    /// Writes the row as one session and reads it as another.
    #[allow(clippy::too_many_arguments)]
    fn write(
        &self,
        stage: &mut Stage<'_>,
        table: usize,
        row: &Row,
        replaces: bool,
        writer: &Session,
        reader: &Session,
        reading: bool,
    ) -> (Seen, Seen) {
        let name = stage.case.tables[table].name.clone();
        let update =
            format!("UPDATE {name} SET ({}) = ROW({})", stage.columns(table), stage.values(row, ROW));
        let job = match (replaces, reading) {
            (false, _) => stage.statement(writer, &stage.insert(row, ROW)),
            (true, false) => stage.statement_on(writer, table, OLD_ROW, &update),
            (true, true) => stage.statement(writer, &format!("{update} WHERE rid = {OLD_ROW}")),
        };
        let read: Vec<Value> =
            vec![stage.query(reader, &format!("SELECT array_agg(rid) FROM {name} WHERE rid = {ROW}"))];
        let attempt = stage.attempts(&[then(job, read)]).remove(0);
        let read = attempt.then.first().map_or(Seen::Error, |outcome| seen(outcome, ROW));
        (seen(&attempt.outcome, ROW), read)
    }

    fn foreign(
        &self,
        stage: &mut Stage<'_>,
        table: usize,
        row: &Row,
        session: &Session,
        owners: &[OwnerPath],
    ) -> Shown {
        let name = stage.case.tables[table].name.clone();
        for path in owners {
            let values = format!("SELECT {}", stage.values(row, ROW));
            let columns = stage.columns(table);
            let ty = owner_type(self.analysis, &name, path);
            let owner = format!("(SELECT {} FROM ({values}) x ({columns}))", owner_sql(path, "x"));
            if self.is_own(stage, &owner, &ty, session) {
                return Shown::No(format!("the row is the session's own by {}", path.describe()));
            }
        }
        let seen = self.passes(stage, table, row, session);
        self.verdict(&[seen], |seen| seen == [Seen::Passes])
    }

    fn refers_to_foreign(
        &self,
        stage: &mut Stage<'_>,
        row: &Row,
        session: &Session,
        key: &pgpe_catalog::ForeignKey,
        owner: &OwnerPath,
    ) -> bool {
        let target = &key.target.name;
        let (values, columns) = (stage.values(row, ROW), stage.columns(row.table));
        let links: Vec<String> = key
            .columns
            .iter()
            .zip(&key.target_columns)
            .map(|(from, to)| format!("y.{to} = x.{from}"))
            .collect();
        let from = format!("FROM (SELECT {values}) x ({columns}), {target} y WHERE {}", links.join(" AND "));
        let owner_expression = format!("(SELECT {} {from} LIMIT 1)", owner_sql(owner, "y"));
        let ty = owner_type(self.analysis, target, owner);
        let has_owner = stage.truths(&format!("SELECT {owner_expression} IS NOT NULL"));
        has_owner == Some(vec![Some(true)]) && !self.is_own(stage, &owner_expression, &ty, session)
    }

    fn is_own(&self, stage: &mut Stage<'_>, owner: &str, ty: &str, session: &Session) -> bool {
        let Some(tenant) = tenant(stage.case, session) else { return false };
        let sql = format!("SELECT {owner} = {}::{ty}", quote_literal(tenant));
        stage.truths(&sql) == Some(vec![Some(true)])
    }
}

/// Whether a session's missing setting would raise an error. It was set before, and is not missing any more.
fn lacks_setting(case: &Case, example: &Counterexample) -> bool {
    let lacks =
        |session: &EvaluatorSession| (0..2).any(|at| !session.settings.contains_key(&case.setting(at)));
    !case.deny_missing && example.sessions.iter().any(lacks)
}

/// A session of the server with the same roles and settings.
fn concrete(case: &Case, session: &EvaluatorSession) -> Session {
    let mut roles: BTreeSet<&str> = session.roles.iter().map(String::as_str).collect();
    if roles.contains("o_m") {
        roles.insert("o_a");
    }
    let role = SESSION_ROLES.iter().find(|(_, held)| held.iter().copied().collect::<BTreeSet<_>>() == roles);
    // What another session has set is never missing again in a connection; where both are denied, the empty text is
    // the same.
    let missing = || case.deny_missing.then(String::new);
    let setting = |at: usize| session.settings.get(&case.setting(at)).cloned().or_else(missing);
    Session { role: role.unwrap().0, settings: [setting(0), setting(1)] }
}

/// A value that nothing else has, as far as the type allows.
fn fresh(ty: Ty, number: usize) -> String {
    match ty {
        Ty::Uuid => format!("f0000000-0000-0000-0000-{number:012}"),
        Ty::Text | Ty::Varchar | Ty::Citext => format!("fresh{number}"),
        Ty::Char => format!("f{number}"),
        Ty::Integer | Ty::SmallInt | Ty::BigInt => format!("{}", 7000 + number),
        Ty::Numeric => format!("{}.25", 7000 + number),
        Ty::Boolean => (if number.is_multiple_of(2) { "false" } else { "true" }).to_owned(),
        Ty::Mood => ["sad", "calm", "happy"][number % 3].to_owned(),
        Ty::Timestamptz => format!("{}-01-01 00:00:00+00", 2030 + number),
        Ty::Date => format!("{}-01-01", 2030 + number),
    }
}
