//! A case on the server: its schema and policies in a transaction that is never committed.

use std::sync::Once;

use pgpe_sqlgen::quote_literal;
use postgres::Client;
use serde_json::{Map, Value, json};

use crate::analysis::Analysis;
use crate::case::{Case, PREAMBLE, Row, SESSION_ROLES, Session};
use crate::postgres_server::Database;

/// What came of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Rows by their `rid`.
    Rows(Vec<i32>),
    /// How many rows were changed.
    Count(u64),
    /// `new row violates row-level security policy`.
    Refused,
    /// Policies let it pass; a constraint did not.
    Constraint(String),
    /// Any other error.
    Error(String),
}

/// An outcome, those of the queries that followed, and those row by row.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub outcome: Outcome,
    pub then: Vec<Outcome>,
    pub rows: Vec<Attempt>,
}

impl Attempt {
    fn read(value: &Value) -> Attempt {
        let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
        Attempt {
            outcome: Outcome::read(&value["outcome"]),
            then: list("then").iter().map(Outcome::read).collect(),
            rows: list("rows").iter().map(Attempt::read).collect(),
        }
    }
}

impl Outcome {
    fn read(value: &Value) -> Outcome {
        match value {
            Value::Array(rows) => {
                Outcome::Rows(rows.iter().map(|rid| rid.as_i64().unwrap() as i32).collect())
            }
            Value::Number(count) => Outcome::Count(count.as_u64().unwrap()),
            error => {
                let (code, message) = (error["code"].as_str().unwrap(), error["message"].as_str().unwrap());
                match code {
                    "42501" if message.contains("row-level security policy") => Outcome::Refused,
                    "42501" | "42601" | "42703" | "42P01" | "42804" | "42883" => panic!("{code} {message}"),
                    _ if code.starts_with("23") => Outcome::Constraint(message.to_owned()),
                    _ => Outcome::Error(format!("{code} {message}")),
                }
            }
        }
    }
}

/// A connection to a database that has what all cases share.
pub struct Server {
    database: Database,
    client: Client,
}

/// How many cases a connection serves: each leaves the names of its settings behind.
const CASES_PER_CONNECTION: u64 = 200;

impl Server {
    pub fn start() -> Server {
        let database = Database::create();
        let mut client = database.connect();
        client.batch_execute(PREAMBLE).unwrap();
        client.batch_execute(include_str!("attempts.sql")).unwrap();
        client.batch_execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC").unwrap();
        Server { database, client }
    }

    pub fn connect(&self) -> Client {
        self.database.connect()
    }

    /// The connection, which no more than so many cases share.
    pub fn client(&mut self, index: u64) -> &mut Client {
        if index.is_multiple_of(CASES_PER_CONNECTION) {
            self.client = self.database.connect();
        }
        &mut self.client
    }
}

/// Roles belong to all databases of the server.
pub fn create_roles_once() {
    static CREATED: Once = Once::new();
    CREATED.call_once(create_roles);
}

fn create_roles() {
    let mut client = Database::create().connect();
    for (role, _) in SESSION_ROLES {
        client.batch_execute(&format!("CREATE ROLE {role}")).unwrap();
    }
    client
        .batch_execute("ALTER ROLE o_n NOINHERIT; GRANT o_b TO o_n; GRANT o_a TO o_m; GRANT o_a, o_b TO o_ab; GRANT o_a, o_b, o_m TO o_abm")
        .unwrap();
}

/// A case that is set up on the server.
pub struct Stage<'c> {
    client: &'c mut Client,
    pub case: &'c Case,
}

impl<'c> Stage<'c> {
    /// Makes tables and policies, and inserts rows; gives the case's rows that constraints allow.
    pub fn set_up(client: &'c mut Client, case: &'c Case, analysis: &Analysis) -> (Stage<'c>, Vec<usize>) {
        let mut sql = format!("BEGIN;\n{}", case.tables_sql());
        for table in &case.tables {
            let roles: Vec<&str> = SESSION_ROLES.iter().map(|(role, _)| *role).collect();
            sql.push_str(&format!("GRANT ALL ON {} TO {};\n", table.name, roles.join(", ")));
        }
        sql.push_str(&analysis.compiled().join("\n"));
        client.batch_execute(&sql).unwrap_or_else(|error| panic!("{error:?}\n{sql}\n{}", case.show()));
        let mut stage = Stage { client, case };
        let inserts = case.rows.iter().enumerate().map(|(at, row)| stage.insert(row, at as i32)).collect();
        let kept = stage.fill(inserts);
        // From here on foreign keys are ours to look at: a violation would hide what the policies say.
        stage.run("SET LOCAL session_replication_role = replica");
        (stage, kept)
    }

    pub fn fill(&mut self, inserts: Vec<String>) -> Vec<usize> {
        let row = self
            .client
            .query_one("SELECT oracle_fill($1::text::jsonb)", &[&json!(inserts).to_string()])
            .unwrap();
        row.get::<_, Vec<i32>>(0).into_iter().map(|at| at as usize).collect()
    }

    pub fn run(&mut self, sql: &str) {
        self.client
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{error:?}\n{sql}\n{}", self.case.show()));
    }

    pub fn attempts(&mut self, jobs: &[Value]) -> Vec<Attempt> {
        if jobs.is_empty() {
            return Vec::new();
        }
        let text = Value::Array(jobs.to_vec()).to_string();
        let row = self
            .client
            .query_one("SELECT oracle_attempts($1::text::jsonb)::text", &[&text])
            .unwrap_or_else(|error| panic!("{error:?}\n{text}\n{}", self.case.show()));
        let value: Value = serde_json::from_str(row.get(0)).unwrap();
        value.as_array().unwrap().iter().map(Attempt::read).collect()
    }

    /// A query of a single text, as superuser.
    pub fn texts(&mut self, sql: &str) -> Vec<Option<String>> {
        let rows = self.client.query(sql, &[]);
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}\n{}", self.case.show()));
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// A query of truth values, as superuser; `None` if it fails.
    pub fn truths(&mut self, sql: &str) -> Option<Vec<Option<bool>>> {
        self.run("SAVEPOINT truths");
        let rows = self.client.query(sql, &[]);
        self.run("ROLLBACK TO truths; RELEASE truths");
        Some(rows.ok()?.iter().map(|row| row.get(0)).collect())
    }

    pub fn tear_down(self) {
        self.client.batch_execute("ROLLBACK").unwrap();
    }

    /// SQL of a row's values, `rid` and `mark` included.
    pub fn values(&self, row: &Row, rid: i32) -> String {
        let columns = &self.case.tables[row.table].columns;
        let values = columns.iter().zip(&row.values).map(|(column, value)| match value {
            Some(value) => format!("{}::{}", quote_literal(value), column.ty.sql()),
            None => format!("NULL::{}", column.ty.sql()),
        });
        let mut values: Vec<String> = values.collect();
        values.push(format!("{rid}, NULL::integer"));
        values.join(", ")
    }

    pub fn columns(&self, table: usize) -> String {
        let mut columns: Vec<&str> =
            self.case.tables[table].columns.iter().map(|column| column.name.as_str()).collect();
        columns.extend(["rid", "mark"]);
        columns.join(", ")
    }

    pub fn insert(&self, row: &Row, rid: i32) -> String {
        let table = &self.case.tables[row.table].name;
        format!("INSERT INTO {table} ({}) VALUES ({})", self.columns(row.table), self.values(row, rid))
    }

    /// A job in the session.
    pub fn job(&self, session: &Session) -> Map<String, Value> {
        let settings = session.settings.iter().enumerate();
        let settings =
            settings.filter_map(|(at, value)| Some((self.case.setting(at), json!(value.as_ref()?))));
        let mut job = Map::new();
        job.insert("role".to_owned(), json!(session.role));
        job.insert("set".to_owned(), Value::Object(settings.collect()));
        job
    }

    /// A query in the session, which gives rids.
    pub fn query(&self, session: &Session, sql: &str) -> Value {
        let mut job = self.job(session);
        job.insert("query".to_owned(), json!(sql));
        Value::Object(job)
    }

    /// A statement in the session.
    pub fn statement(&self, session: &Session, sql: &str) -> Value {
        let mut job = self.job(session);
        job.insert("execute".to_owned(), json!(sql));
        Value::Object(job)
    }

    /// A statement for the row of that `rid`, which it names by WHERE CURRENT OF: it reads no column.
    pub fn statement_on(&self, session: &Session, table: usize, rid: i32, sql: &str) -> Value {
        let mut job = self.job(session);
        job.insert("execute".to_owned(), json!(format!("{sql} WHERE CURRENT OF target")));
        let table = &self.case.tables[table].name;
        job.insert("cursor".to_owned(), json!(format!("SELECT * FROM {table} WHERE rid = {rid}")));
        Value::Object(job)
    }
}

/// With something to be tried for each row if the statement as a whole fails.
pub fn with_rows(mut job: Value, rows: Vec<Value>) -> Value {
    job["rows"] = Value::Array(rows);
    job
}

/// With queries that follow if it succeeds.
pub fn then(mut job: Value, queries: Vec<Value>) -> Value {
    job["then"] = Value::Array(queries);
    job
}

/// A query as superuser, to follow.
pub fn as_superuser(sql: &str) -> Value {
    json!({ "role": "none", "set": {}, "query": sql })
}
