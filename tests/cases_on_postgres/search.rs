//! Random rows, sessions and statements in search of a row that a session reaches and does not own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use postgres::Client;

use crate::cases::Case;

/// Something that a session reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    pub table: String,
    pub command: &'static str,
    /// `public`, or the named role whose privileges the session has.
    pub role: String,
}

/// The roles that policies of the cases name.
const NAMED_ROLES: &[&str] = &["support", "r1", "r2"];

/// Login-less roles to take on: one without any named role, one with each, one with all.
const SESSION_ROLES: &[(&str, &str, &[&str])] = &[
    ("leak_public", "public", &[]),
    ("leak_support", "support", &["support"]),
    ("leak_r1", "r1", &["r1"]),
    ("leak_r2", "r2", &["r2"]),
    ("leak_all", "all", NAMED_ROLES),
];

/// Settings that the cases use.
const KEYS: &[&str] = &["app.tenant_id", "app.a", "app.b", "app.user_id"];

/// Roles belong to the whole server, and tests of several databases create them at the same time.
static ROLES: Mutex<()> = Mutex::new(());

/// Creates the roles, and lets them touch all tables of `public` as far as policies allow it.
pub fn create_roles(client: &mut Client) {
    let _alone = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    let create = |client: &mut Client, role: &str| {
        let exists = client.query_one("SELECT count(*) FROM pg_roles WHERE rolname = $1", &[&role]).unwrap();
        if exists.get::<_, i64>(0) == 0 {
            client.batch_execute(&format!("CREATE ROLE {role}")).unwrap();
        }
    };
    NAMED_ROLES.iter().for_each(|role| create(client, role));
    for (role, _, groups) in SESSION_ROLES {
        create(client, role);
        for group in *groups {
            client.batch_execute(&format!("GRANT {group} TO {role}")).unwrap();
        }
        client.batch_execute(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")).unwrap();
    }
}

/// How many rows each session tries to insert into a table.
const NEW_ROWS: usize = 20;

/// A xorshift generator: the same rows in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    type_name: String,
    nullable: bool,
    /// Table and column of a single-column foreign key.
    refers: Option<(String, String)>,
}

pub struct Search<'c> {
    client: &'c mut Client,
    case: &'c Case,
    random: Random,
    columns: BTreeMap<String, Vec<Column>>,
    texts: Vec<String>,
    leaks: BTreeSet<Reached>,
    reached: BTreeSet<Reached>,
    /// For tables without owner: by table and command, the sessions' tenants that reached each row.
    shared: BTreeMap<(String, &'static str, String), BTreeSet<String>>,
}

impl<'c> Search<'c> {
    /// Fills all tables with random rows, in a transaction that is never committed.
    pub fn new(client: &'c mut Client, case: &'c Case, seed: u64) -> Search<'c> {
        client.batch_execute("BEGIN; SET CONSTRAINTS ALL DEFERRED").unwrap();
        let columns = columns(client);
        let mut search = Search {
            client,
            case,
            random: Random(0x9e37_79b9_7f4a_7c15 ^ (seed + 1)),
            columns,
            texts: texts(&case.policies),
            leaks: BTreeSet::new(),
            reached: BTreeSet::new(),
            shared: BTreeMap::new(),
        };
        search.fill();
        search
    }

    fn fill(&mut self) {
        let tables: Vec<String> = self.columns.keys().cloned().collect();
        // Several rounds, so that references find rows to refer to.
        for _ in 0..10 {
            for table in &tables {
                let values = self.random_row(table);
                self.attempt(&insert(table, &values));
            }
        }
    }

    /// A statement in a savepoint; a failure undoes it.
    fn attempt(&mut self, sql: &str) -> bool {
        self.client.batch_execute("SAVEPOINT attempt").unwrap();
        match self.client.batch_execute(sql) {
            Ok(()) => {
                self.client.batch_execute("RELEASE attempt").unwrap();
                true
            }
            Err(_) => {
                self.client.batch_execute("ROLLBACK TO attempt; RELEASE attempt").unwrap();
                false
            }
        }
    }

    /// SQL values by column.
    fn random_row(&mut self, table: &str) -> Vec<(String, String)> {
        let columns = self.columns[table].clone();
        columns.iter().map(|column| (column.name.clone(), self.random_value(table, column))).collect()
    }

    fn random_value(&mut self, table: &str, column: &Column) -> String {
        if column.nullable && self.random.below(4) == 0 {
            return "NULL".to_owned();
        }
        if let Some((target, key)) = &column.refers {
            let sql = format!("SELECT {key}::text FROM {target} WHERE {key} IS NOT NULL ORDER BY 1");
            let rows = self.client.query(&sql, &[]).unwrap();
            if rows.is_empty() {
                return "NULL".to_owned();
            }
            return format!("'{}'", rows[self.random.below(rows.len())].get::<_, String>(0));
        }
        match column.type_name.as_str() {
            "uuid" => {
                let bound = if column.name == "id" && table != "tenants" { 9 } else { 3 };
                format!("'{}'", uuid(1 + self.random.below(bound)))
            }
            "int4" | "int8" | "int2" => self.random.pick(&["1", "2", "18", "66", "-1"]).to_string(),
            "numeric" => self.random.pick(&["1", "1.5"]).to_string(),
            "bool" => self.random.pick(&["true", "false"]).to_string(),
            "text" | "varchar" | "citext" => {
                let texts = self.texts.clone();
                format!("'{}'", self.random.pick(&texts))
            }
            enumerated => {
                let labels = self
                    .client
                    .query(&format!("SELECT unnest(enum_range(NULL::{enumerated}))::text"), &[])
                    .unwrap();
                format!("'{}'", labels[self.random.below(labels.len())].get::<_, String>(0))
            }
        }
    }

    /// Lets every session try every command on a table.
    pub fn run(&mut self, table: &str) {
        // Roles that no policy names differ in nothing.
        let policies = &self.case.policies;
        let told_apart =
            |groups: &[&str]| groups.iter().any(|group| policies.contains(&format!("TO {group}")));
        let roles: Vec<_> =
            SESSION_ROLES.iter().filter(|(_, _, groups)| groups.is_empty() || told_apart(groups)).collect();
        // The same new rows for all sessions: a row that two tenants may write is shared.
        let new_rows: Vec<_> = (0..NEW_ROWS).map(|_| self.random_row(table)).collect();
        for (role, named, _) in roles {
            for tenant in ["1", "2", ""] {
                let settings = self.settings(table, tenant);
                self.select(table, role, named, &settings);
                self.write_existing(table, role, named, &settings);
                self.insert(table, role, named, &settings, &new_rows);
            }
        }
    }

    /// The isolation key is one of the tenants; other settings are random.
    fn settings(&mut self, table: &str, tenant: &str) -> Vec<(String, String)> {
        let isolation = self.case.isolation_key();
        let value = |search: &mut Search<'_>, tenant: &str| match search.tenant_type(table).as_str() {
            "uuid" if !tenant.is_empty() => uuid(tenant.parse().unwrap()),
            "int4" => tenant.to_owned(),
            "text" if tenant == "1" => search.texts[0].clone(),
            "text" if tenant == "2" => search.texts[1].clone(),
            _ => String::new(),
        };
        let mut settings = Vec::new();
        for key in KEYS {
            let tenant = if *key == isolation {
                tenant.to_owned()
            } else {
                self.random.pick(&["1", "2", ""]).to_string()
            };
            if !tenant.is_empty() {
                settings.push(((*key).to_owned(), value(self, &tenant)));
            }
        }
        settings
    }

    /// The type in which tenants are told apart.
    fn tenant_type(&self, table: &str) -> String {
        let of = |table: &str, column: &str| {
            self.columns
                .get(table)?
                .iter()
                .find(|found| found.name == column)
                .map(|found| found.type_name.clone())
        };
        of(table, "tenant_id").or_else(|| of("tenants", "id")).unwrap_or_else(|| "uuid".to_owned())
    }

    /// Runs a query as the session; `None` if it fails. Its effects stay until `undo`.
    fn as_session(
        &mut self,
        role: &str,
        settings: &[(String, String)],
        sql: &str,
    ) -> Option<Vec<postgres::SimpleQueryMessage>> {
        let mut script = format!("SET LOCAL ROLE {role};");
        for key in KEYS {
            let value = settings.iter().find(|(name, _)| name == key);
            match value {
                Some((_, value)) => script.push_str(&format!("SELECT set_config('{key}', '{value}', true);")),
                None => script.push_str(&format!("SELECT set_config('{key}', '', true);")),
            }
        }
        self.client.batch_execute("SAVEPOINT session").unwrap();
        self.client.batch_execute(&script).unwrap();
        let result = self.client.simple_query(sql).ok();
        if result.is_none() {
            self.client.batch_execute("ROLLBACK TO session").unwrap();
        }
        self.client.batch_execute("RESET ROLE").unwrap();
        result
    }

    fn undo(&mut self) {
        self.client.batch_execute("ROLLBACK TO session; RELEASE session").unwrap();
    }

    fn select(&mut self, table: &str, role: &str, named: &str, settings: &[(String, String)]) {
        let found =
            self.as_session(role, settings, &format!("SELECT tableoid::text || ctid::text FROM {table}"));
        self.undo();
        for row in first_columns(found.unwrap_or_default()) {
            self.note(table, "SELECT", named, settings, &row);
        }
    }

    /// UPDATE and DELETE without a WHERE read no column, so they must be harmless without SELECT's policies:
    /// each row is tried alone.
    fn write_existing(&mut self, table: &str, role: &str, named: &str, settings: &[(String, String)]) {
        let all = self
            .client
            .simple_query(&format!("SELECT tableoid::text || ctid::text FROM ONLY {table}"))
            .unwrap();
        let columns = self.columns[table].clone();
        for row in first_columns(all) {
            let sole = format!(
                "SAVEPOINT sole; SET LOCAL session_replication_role = replica; DELETE FROM {table} WHERE tableoid::text || ctid::text <> '{row}'"
            );
            self.client.batch_execute(&sole).unwrap();
            let deleted = self.as_session(role, settings, &format!("DELETE FROM {table}"));
            self.undo();
            if affected(deleted) {
                self.note(table, "DELETE", named, settings, &row);
            }
            // A column set to itself would be read; a constant is not.
            let mut tried = Vec::new();
            for column in &columns {
                tried.push((column.name.clone(), self.random_value(table, column)));
            }
            for (column, value) in tried {
                let updated =
                    self.as_session(role, settings, &format!("UPDATE {table} SET {column} = {value}"));
                if affected(updated) {
                    // Where the row went, as the one that was written.
                    let new = self
                        .client
                        .simple_query(&format!("SELECT tableoid::text || ctid::text FROM ONLY {table}"))
                        .unwrap();
                    let new_rows = first_columns(new);
                    for new_row in &new_rows {
                        self.note(table, "UPDATE", named, settings, new_row);
                    }
                    self.undo();
                    self.note(table, "UPDATE", named, settings, &row);
                } else {
                    self.undo();
                }
            }
            self.client.batch_execute("ROLLBACK TO sole; RELEASE sole").unwrap();
        }
    }

    fn insert(
        &mut self,
        table: &str,
        role: &str,
        named: &str,
        settings: &[(String, String)],
        new_rows: &[Vec<(String, String)>],
    ) {
        for values in new_rows {
            let before = self.rows(table);
            let inserted = self.as_session(role, settings, &insert(table, values));
            if affected(inserted) {
                for row in self.rows(table).difference(&before).cloned().collect::<Vec<_>>() {
                    self.note(table, "INSERT", named, settings, &row);
                }
            }
            self.undo();
        }
    }

    fn rows(&mut self, table: &str) -> BTreeSet<String> {
        let all =
            self.client.simple_query(&format!("SELECT tableoid::text || ctid::text FROM {table}")).unwrap();
        first_columns(all).into_iter().collect()
    }

    /// Notes that a session reached a row; a leak if it is not its own.
    fn note(
        &mut self,
        table: &str,
        command: &'static str,
        named: &str,
        settings: &[(String, String)],
        row: &str,
    ) {
        let reached = Reached { table: table.to_owned(), command, role: named.to_owned() };
        self.reached.insert(reached.clone());
        let key = self.case.isolation_key();
        let tenant = settings.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone());
        match self.case.owner_on_server(table) {
            Some(owner) => {
                let tenant = tenant.unwrap_or_default();
                let sql = format!(
                    "SELECT ({owner})::text = '{tenant}' FROM {table} x WHERE tableoid::text || ctid::text = '{row}'"
                );
                let own = first_columns(self.client.simple_query(&sql).unwrap());
                if own.first().map(String::as_str) != Some("t") {
                    self.leaks.insert(reached);
                }
            }
            None => {
                let Some(tenant) = tenant else { return };
                // The row by what it says, since an inserted one has no lasting place.
                let sql =
                    format!("SELECT x::text FROM {table} x WHERE tableoid::text || ctid::text = '{row}'");
                let text = first_columns(self.client.simple_query(&sql).unwrap()).join("");
                let tenants = self.shared.entry((table.to_owned(), command, text)).or_default();
                tenants.insert(tenant);
                if tenants.len() > 1 {
                    self.leaks.insert(reached);
                }
            }
        }
    }

    /// What leaked, and all that was reached.
    pub fn finish(self) -> (BTreeSet<Reached>, BTreeSet<Reached>) {
        self.client.batch_execute("ROLLBACK").unwrap();
        (self.leaks, self.reached)
    }
}

/// Whether some random row of a table satisfies a condition.
pub fn some_row_satisfies(client: &mut Client, case: &Case, table: &str, condition: &str) -> bool {
    (0..20).any(|seed| {
        let search = Search::new(client, case, seed);
        let sql = format!("SELECT 1 FROM {table} WHERE {condition} LIMIT 1");
        let found = !first_columns(search.client.simple_query(&sql).unwrap()).is_empty();
        search.finish();
        found
    })
}

fn uuid(number: usize) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

/// Texts worth putting into rows: those that the policies compare with, in both cases, and two others.
fn texts(policies: &str) -> Vec<String> {
    let mut texts = vec!["acme".to_owned(), "umbrella".to_owned()];
    for literal in policies.split("lit(").skip(1) {
        let inside = literal.split(')').next().unwrap_or_default();
        for (at, text) in inside.split('\'').enumerate() {
            if at % 2 == 1 {
                let text = text.replace('%', "x");
                texts.extend([text.to_uppercase(), text]);
            }
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

fn insert(table: &str, values: &[(String, String)]) -> String {
    let (columns, values): (Vec<&str>, Vec<&str>) =
        values.iter().map(|(column, value)| (column.as_str(), value.as_str())).unzip();
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "))
}

fn first_columns(messages: Vec<postgres::SimpleQueryMessage>) -> Vec<String> {
    messages
        .into_iter()
        .filter_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        })
        .collect()
}

fn affected(messages: Option<Vec<postgres::SimpleQueryMessage>>) -> bool {
    messages
        .into_iter()
        .flatten()
        .any(|message| matches!(message, postgres::SimpleQueryMessage::CommandComplete(count) if count > 0))
}

fn columns(client: &mut Client) -> BTreeMap<String, Vec<Column>> {
    let rows = client
        .query(
            "SELECT c.relname::text, a.attname::text, t.typname::text, NOT a.attnotnull,
                    (SELECT f.confrelid::regclass::text || ' ' || fa.attname
                     FROM pg_constraint f JOIN pg_attribute fa ON fa.attrelid = f.confrelid AND fa.attnum = f.confkey[1]
                     WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conkey = ARRAY[a.attnum] LIMIT 1)
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             JOIN pg_type t ON t.oid = a.atttypid
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1, a.attnum",
            &[],
        )
        .unwrap();
    let mut columns: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in rows {
        let refers: Option<String> = row.get(4);
        columns.entry(row.get(0)).or_default().push(Column {
            name: row.get(1),
            type_name: row.get(2),
            nullable: row.get(3),
            refers: refers.and_then(|text| {
                text.split_once(' ').map(|(table, column)| (table.to_owned(), column.to_owned()))
            }),
        });
    }
    columns
}
