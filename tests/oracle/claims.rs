//! What the proofs claim against what the server did: where something is said never to happen, it must not
//! have happened.

use std::collections::{BTreeSet, HashMap};

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_proof::goal::{Goal, RoleCase, Subject};
use pgpe_proof::judge::Verdict;
use pgpe_proof::obligation::Outcome;
use pgpe_proof::owner::OwnerPath;
use pgpe_proof::plan::{IsolationScope, Item};
use pgpe_proof::world::Side;

use crate::analysis::{Analysis, Judged, table_name};
use crate::case::{Case, Row, held};
use crate::compare::Disagreement;
use crate::observe::{Form, Observed, Seen, Write};
use crate::ownership::{Equality, for_each_row, owner_path, owner_sql, owner_type, references_sql, tenant};
use crate::probes::{Probe, refuted};
use crate::server::Stage;
use crate::statistics::Statistics;

/// A row that passed in a session.
struct Passed {
    session: usize,
    rid: i32,
}

pub struct Claims<'a, 'c> {
    pub analysis: &'a Analysis,
    pub case: &'c Case,
    pub stage: &'a mut Stage<'c>,
    pub kept: &'a [usize],
    pub observed: &'a Observed,
    pub equality: &'a Equality,
    pub statistics: &'a Statistics,
    pub found: Vec<Disagreement>,
}

/// What the server knows of the rows of a table.
struct Rows {
    /// Whose each row is; `None` if the table has no owners.
    owners: Option<HashMap<i32, Option<String>>>,
    owner_type: String,
    /// Writes that no constraint would have kept out.
    writes: Vec<Write>,
}

impl Claims<'_, '_> {
    /// Looks at all that was claimed of a table.
    pub fn check(&mut self, table: usize, judged: &Judged) {
        let name = self.case.tables[table].name.clone();
        let path = owner_path(self.analysis, &name);
        let rows = self.rows(table, &name, path.as_ref());
        for command in Command::ALL {
            let Some(judgement) = judged.judgement.commands.get(&command) else { continue };
            for (rule, verdict) in &judgement.verdicts {
                self.statistics.count(format!("verdict {}: {verdict:?}", rule.id()));
                let mut verdicts = vec![(RoleCase::Any, *verdict)];
                for (role, by_role) in &judgement.by_role {
                    if let Some(verdict) = by_role.get(rule) {
                        let case = if role == "public" {
                            RoleCase::NoNamedRole
                        } else {
                            RoleCase::Only(role.clone())
                        };
                        verdicts.push((case, *verdict));
                    }
                }
                for (roles, verdict) in verdicts {
                    self.verdict(table, &rows, judged, command, *rule, &roles, verdict);
                }
            }
        }
        for item in &judged.plan.items {
            self.item(table, &rows, judged, item);
        }
    }

    fn rows(&mut self, table: usize, name: &str, path: Option<&OwnerPath>) -> Rows {
        let mut written: Vec<(i32, Row)> = Vec::new();
        for write in self.observed.writes.iter().filter(|write| write.table == table) {
            if !written.iter().any(|(rid, _)| *rid == write.rid) {
                written.push((write.rid, write.row.clone()));
            }
        }
        let refers = for_each_row(self.stage, table, &written, &references_sql(self.analysis, name));
        let referred = self.analysis.catalog.relations.values().flat_map(|relation| &relation.foreign_keys);
        let is_referred = referred.into_iter().any(|key| key.target == table_name(name));
        let possible = |write: &&Write| {
            let columns = &self.case.tables[table].columns;
            let keeps_keys = write.old.is_none_or(|old| {
                let old = &self.case.rows[old];
                let mut changes = columns.iter().zip(old.values.iter().zip(&write.row.values));
                !is_referred
                    || changes.all(|(column, (old, new))| {
                        old == new || !matches!(column.name.as_str(), "id" | "tenant_id")
                    })
            });
            write.table == table && keeps_keys && refers[&write.rid].as_deref() == Some("true")
        };
        let writes = self.observed.writes.iter().filter(possible).cloned().collect();
        let owners = path.map(|path| for_each_row(self.stage, table, &written, &owner_sql(path, "x")));
        let owner_type = path.map(|path| owner_type(self.analysis, name, path)).unwrap_or_default();
        Rows { owners, owner_type, writes }
    }

    /// Rows that passed on a side of a command.
    fn passed(&self, table: usize, rows: &Rows, command: Command, side: Side) -> Vec<Passed> {
        match (side, command) {
            (Side::Check, _) => {
                let writes = rows.writes.iter().filter(|write| write.command == command);
                writes.map(|write| Passed { session: write.session, rid: write.rid }).collect()
            }
            (Side::Using, Command::Update) => {
                let changes = self.observed.changes.iter().filter(|change| {
                    change.table == table
                        && change.form == Form::Blind
                        && change.seen_old == Some(Seen::Passes)
                });
                let old = changes.filter_map(|change| {
                    Some(Passed { session: change.session, rid: i32::try_from(change.old?).ok()? })
                });
                old.collect()
            }
            (Side::Using, _) => {
                let stored = self.observed.stored.iter().filter(|((_, of, by, form, _), seen)| {
                    let form_fits = command == Command::Select || *form == Form::Blind;
                    *of == table && *by == command && form_fits && **seen == Seen::Passes
                });
                stored
                    .map(|((session, _, _, _, row), _)| Passed { session: *session, rid: *row as i32 })
                    .collect()
            }
        }
    }

    fn is_of(&self, session: usize, roles: &RoleCase) -> bool {
        let held = held(self.case.sessions[session].role);
        match roles {
            RoleCase::Any => true,
            RoleCase::NoNamedRole => held.is_empty(),
            RoleCase::Only(role) => {
                let mut only = self.analysis.catalog.roles.privileges_of(role);
                only.insert(role.clone());
                held == only
            }
        }
    }

    fn is_own(&mut self, rows: &Rows, rid: i32, session: usize) -> bool {
        let owner = rows.owners.as_ref().and_then(|owners| owners.get(&rid).cloned().flatten());
        let (Some(owner), Some(tenant)) = (owner, tenant(self.case, &self.case.sessions[session])) else {
            return false;
        };
        self.equality.same(self.stage, &rows.owner_type, &owner, tenant)
    }

    /// Whether the session has a key that is a value of its type.
    fn has_key(&mut self, session: usize) -> bool {
        let ty = self.tenant_type();
        tenant(self.case, &self.case.sessions[session])
            .is_some_and(|tenant| self.equality.same(self.stage, &ty, tenant, tenant))
    }

    fn same_tenant(&mut self, first: usize, second: usize) -> bool {
        let ty = self.tenant_type();
        let sessions = [first, second].map(|session| tenant(self.case, &self.case.sessions[session]));
        let [Some(first), Some(second)] = sessions else { return false };
        self.equality.same(self.stage, &ty, first, second)
    }

    /// The type of owner columns if they agree.
    fn tenant_type(&self) -> String {
        let mut types =
            self.case.tables.iter().filter_map(|table| table.column("tenant_id")).map(|column| column.ty);
        let first = types.next();
        match first {
            Some(first) if types.all(|ty| ty == first) => first.sql().split('(').next().unwrap().to_owned(),
            _ => "text".to_owned(),
        }
    }

    fn report(&mut self, table: usize, kind: String, session: usize, rid: i32) {
        let session = &self.case.sessions[session];
        let table = &self.case.tables[table].name;
        self.found.push(Disagreement {
            kind: format!("proof: {kind}"),
            details: format!("table {table}, row {rid}, session {session:?}"),
        });
    }

    #[allow(clippy::too_many_arguments)]
    fn verdict(
        &mut self,
        table: usize,
        rows: &Rows,
        judged: &Judged,
        command: Command,
        rule: Rule,
        roles: &RoleCase,
        verdict: Verdict,
    ) {
        if verdict == Verdict::Denied {
            for side in Side::of(command) {
                if let Some(passed) = self.passed(table, rows, command, *side).first() {
                    self.report(
                        table,
                        format!("{command:?} is said to be denied"),
                        passed.session,
                        passed.rid,
                    );
                }
            }
        }
        if verdict != Verdict::Proven {
            return;
        }
        let kind = format!("{} of {command:?} is PROVEN", rule.id());
        match rule {
            Rule::TenantIsolation => {
                for side in Side::of(command) {
                    let owned = matches!(judged.plan.isolation, IsolationScope::Inside { owned: true });
                    let passed = self.passed(table, rows, command, *side);
                    for Passed { session, rid } in &passed {
                        if !self.is_of(*session, roles) {
                            continue;
                        }
                        if owned && !self.is_own(rows, *rid, *session) {
                            self.report(table, format!("{kind}, {side:?}: a foreign row"), *session, *rid);
                        }
                        let others: Vec<usize> = passed
                            .iter()
                            .filter(|other| other.rid == *rid)
                            .map(|other| other.session)
                            .collect();
                        for other in others.into_iter().filter(|_| !owned) {
                            if self.has_key(*session)
                                && self.has_key(other)
                                && !self.same_tenant(*session, other)
                            {
                                self.report(table, format!("{kind}, {side:?}: a shared row"), *session, *rid);
                            }
                        }
                    }
                }
            }
            Rule::CrossWrite => {
                for write in rows.writes.iter().filter(|write| write.command == command) {
                    for (reader, seen) in &write.readers {
                        if *seen == Seen::Passes
                            && self.is_of(write.session, roles)
                            && self.has_key(*reader)
                            && !self.same_tenant(write.session, *reader)
                        {
                            self.report(table, kind.clone(), write.session, write.rid);
                        }
                    }
                }
            }
            Rule::WriteRestriction => {
                for write in rows.writes.iter().filter(|write| write.command == command) {
                    let own = write.readers.iter().find(|(reader, _)| *reader == write.session);
                    if own.is_some_and(|(_, seen)| *seen == Seen::Denied) && self.is_of(write.session, roles)
                    {
                        self.report(table, kind.clone(), write.session, write.rid);
                    }
                }
            }
            Rule::SoftDelete if command == Command::Select => {
                for Passed { session, rid } in self.passed(table, rows, command, Side::Using) {
                    let columns = &self.case.tables[table].columns;
                    let row = &self.case.rows[rid as usize];
                    let marked =
                        columns.iter().zip(&row.values).any(|(column, value)| match column.name.as_str() {
                            "is_deleted" => value.as_deref() == Some("true"),
                            "deleted_at" => value.is_some(),
                            _ => false,
                        });
                    if marked && self.is_of(session, roles) {
                        self.report(table, kind.clone(), session, rid);
                    }
                }
            }
            Rule::RoleSeparation => {
                for side in Side::of(command) {
                    let passed = self.passed(table, rows, command, *side);
                    let of = |claims: &Self, role: &str| -> BTreeSet<i32> {
                        let only = RoleCase::Only(role.to_owned());
                        passed.iter().filter(|it| claims.is_of(it.session, &only)).map(|it| it.rid).collect()
                    };
                    let shared = of(self, "o_a").intersection(&of(self, "o_b")).next().copied();
                    if let Some(rid) = shared {
                        self.report(table, kind.clone(), 0, rid);
                    }
                }
            }
            _ => {}
        }
        if rule == Rule::CrossTenantReference {
            self.references(table, rows, command, roles, &kind);
        }
    }

    /// A written row that refers to somebody else's.
    fn references(&mut self, table: usize, rows: &Rows, command: Command, roles: &RoleCase, kind: &str) {
        let name = self.case.tables[table].name.clone();
        let keys = self.analysis.catalog.relations[&table_name(&name)].foreign_keys.clone();
        let written: Vec<(i32, Row)> =
            rows.writes.iter().map(|write| (write.rid, write.row.clone())).collect();
        for key in keys {
            let target: &QualifiedName = &key.target;
            let Some(path) = owner_path(self.analysis, &target.name) else { continue };
            let links: Vec<String> = key
                .columns
                .iter()
                .zip(&key.target_columns)
                .map(|(from, to)| format!("y.{to} = x.{from}"))
                .collect();
            let sql = format!(
                "SELECT {} FROM {} y WHERE {} LIMIT 1",
                owner_sql(&path, "y"),
                target.name,
                links.join(" AND ")
            );
            let owners = for_each_row(self.stage, table, &written, &sql);
            let ty = owner_type(self.analysis, &target.name, &path);
            for write in rows.writes.iter().filter(|write| write.command == command) {
                let Some(Some(owner)) = owners.get(&write.rid) else { continue };
                let own = tenant(self.case, &self.case.sessions[write.session])
                    .is_some_and(|tenant| self.equality.same(self.stage, &ty, owner, tenant));
                if !own && self.is_of(write.session, roles) {
                    self.report(table, kind.to_owned(), write.session, write.rid);
                }
            }
        }
    }

    /// What a single answer says of a table as a whole.
    fn item(&mut self, table: usize, rows: &Rows, judged: &Judged, item: &Item) {
        let Ok(question) = &item.question else {
            self.statistics.count("questions: not asked");
            return;
        };
        let subject = &question.subject;
        match judged.outcomes.get(&question.obligation.hash) {
            Some(Outcome::Unsatisfiable(_)) => self.statistics.count("questions: unsatisfiable"),
            Some(Outcome::Satisfiable(_)) => {
                self.statistics.count("questions: satisfiable");
                return;
            }
            _ => {
                self.statistics.count("questions: not decided");
                return;
            }
        }
        let kind = |what: &str| format!("{what}, {:?} {:?}", subject.command, subject.side);
        match &subject.goal {
            Goal::Passes => {
                if let Some(passed) = self.passed(table, rows, subject.command, subject.side).first() {
                    self.report(table, kind("nothing is said to pass"), passed.session, passed.rid);
                }
            }
            Goal::Fails => {
                let denied = self.observed.stored.iter().find(|((_, of, command, form, _), seen)| {
                    let form_fits = *command == Command::Select || *form == Form::Blind;
                    *of == table && *command == subject.command && form_fits && **seen == Seen::Denied
                });
                if let (Some(((session, _, _, _, row), _)), Side::Using) = (denied, subject.side) {
                    self.report(table, kind("everything is said to pass"), *session, *row as i32);
                }
                let refused = self.observed.changes.iter().find(|change| {
                    let command = if change.old.is_some() { Command::Update } else { Command::Insert };
                    change.table == table
                        && change.form == Form::Blind
                        && command == subject.command
                        && match subject.side {
                            Side::Using => change.seen_old == Some(Seen::Denied),
                            Side::Check => change.seen_new == Some(Seen::Denied),
                        }
                });
                if let Some(change) = refused {
                    self.report(table, kind("everything is said to pass"), change.session, -1);
                }
            }
            _ => self.probe(table, subject),
        }
    }

    /// What is said of single policies and clauses.
    fn probe(&mut self, table: usize, subject: &Subject) {
        let Some(probe) = Probe::of(self.analysis, subject) else { return };
        self.statistics.count("claims about single policies tried");
        if let Some(details) = probe.refute(self.stage, self.analysis, table, subject.side, self.kept) {
            self.found.push(refuted(subject, details));
        }
    }
}
