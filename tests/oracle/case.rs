//! A case: a small schema, policies, rows and sessions, and their texts.

use std::collections::BTreeSet;
use std::fmt::Write;

/// A column's type, with the values that cases make of it: few, so that they collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ty {
    Uuid,
    Text,
    Varchar,
    Char,
    Citext,
    Integer,
    SmallInt,
    BigInt,
    Numeric,
    Boolean,
    Mood,
    Timestamptz,
    Date,
}

impl Ty {
    pub fn sql(self) -> &'static str {
        match self {
            Ty::Uuid => "uuid",
            Ty::Text => "text",
            Ty::Varchar => "varchar(20)",
            Ty::Char => "char(3)",
            Ty::Citext => "citext",
            Ty::Integer => "integer",
            Ty::SmallInt => "smallint",
            Ty::BigInt => "bigint",
            Ty::Numeric => "numeric",
            Ty::Boolean => "boolean",
            Ty::Mood => "mood",
            Ty::Timestamptz => "timestamptz",
            Ty::Date => "date",
        }
    }

    /// Texts of values to store.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Ty::Uuid => &[
                "00000000-0000-0000-0000-00000000000a",
                "00000000-0000-0000-0000-00000000000b",
                "00000000-0000-0000-0000-00000000000c",
            ],
            Ty::Text | Ty::Varchar => &["a", "b", "A", "", "ab", "é"],
            Ty::Char => &["a", "b", "A", "ab"],
            Ty::Citext => &["a", "b", "A", "B"],
            Ty::Integer => &["1", "2", "3", "-1"],
            Ty::SmallInt => &["1", "2", "32767", "-32768"],
            Ty::BigInt => &["1", "2", "9223372036854775807"],
            Ty::Numeric => &["1", "1.0", "1.5", "2", "NaN"],
            Ty::Boolean => &["true", "false"],
            Ty::Mood => &["sad", "calm", "happy"],
            Ty::Timestamptz => {
                &["2026-01-01 00:00:00+00", "2026-01-01 01:00:00+01", "2026-01-02 00:00:00+00", "infinity"]
            }
            Ty::Date => &["2026-01-01", "2026-01-02", "-infinity"],
        }
    }

    /// Literals as policies write them.
    pub fn literals(self) -> &'static [&'static str] {
        match self {
            Ty::Uuid => &[
                "'00000000-0000-0000-0000-00000000000a'",
                "'00000000-0000-0000-0000-00000000000B'",
                "'00000000-0000-0000-0000-00000000000b'",
            ],
            Ty::Text | Ty::Varchar => &["'a'", "'b'", "'A'", "''", "'é'"],
            Ty::Char => &["'a'", "'a '", "'A'", "'ab'"],
            Ty::Citext => &["'a'", "'A'", "'b'"],
            Ty::Integer | Ty::BigInt => &["1", "2", "3", "0"],
            Ty::SmallInt => &["1", "2", "32767", "-32768"],
            Ty::Numeric => &["1", "'1.0'", "'1.50'", "2"],
            Ty::Boolean => &["true", "false"],
            Ty::Mood => &["'sad'", "'calm'", "'happy'"],
            Ty::Timestamptz => {
                &["'2026-01-01 00:00:00+00'", "'2026-01-01 02:00:00+02'", "'2026-01-02 00:00:00+00'"]
            }
            Ty::Date => &["'2026-01-01'", "'2026-01-02'"],
        }
    }

    /// Texts of session settings that are compared with it, odd and invalid ones included.
    pub fn settings(self) -> &'static [&'static str] {
        match self {
            Ty::Uuid => &[
                "00000000-0000-0000-0000-00000000000a",
                "00000000-0000-0000-0000-00000000000A",
                "{00000000-0000-0000-0000-00000000000b}",
                "00000000-0000-0000-0000-00000000000b",
                "00000000-0000-0000-0000-00000000000c",
                "",
                "NULL",
            ],
            Ty::Text | Ty::Varchar | Ty::Char | Ty::Citext => &["a", "b", "A", "ab", "a ", "", "NULL", "é"],
            Ty::Integer | Ty::SmallInt | Ty::BigInt => {
                &["1", "2", "+1", " 3 ", "01", "-1", "99999999999999999999", "", "x"]
            }
            Ty::Numeric => &["1", "1.00", "1.5", "2", "NaN", "", "x"],
            Ty::Boolean => &["true", "f", "yes", "", "x"],
            Ty::Mood => &["sad", "calm", "happy", "Sad", ""],
            Ty::Timestamptz => {
                &["2026-01-01 00:00:00+00", "2026-01-01 03:00:00+03", "2026-01-02 00:00:00+00", "x"]
            }
            Ty::Date => &["2026-01-01", "2026-01-02", ""],
        }
    }

    pub fn is_text(self) -> bool {
        matches!(self, Ty::Text | Ty::Varchar | Ty::Char | Ty::Citext)
    }

    /// Whether columns of the two may stand in one comparison.
    pub fn compares_with(self, other: Ty) -> bool {
        let number = |ty| matches!(ty, Ty::Integer | Ty::SmallInt | Ty::BigInt | Ty::Numeric);
        self == other || number(self) && number(other) || self.is_text() && other.is_text()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub ty: Ty,
    pub not_null: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Constraint {
    Key { columns: Vec<String>, kind: KeyKind },
    ForeignKey { columns: Vec<String>, target: String, target_columns: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Primary,
    PrimaryDeferrable,
    Unique,
    UniqueDeferrable,
    /// A unique index over those rows whose `mark` is NULL.
    Partial,
    /// An index that is not unique.
    Index,
}

impl KeyKind {
    /// Whether a foreign key may refer to it.
    pub fn is_referable(self) -> bool {
        matches!(self, KeyKind::Primary | KeyKind::Unique)
    }
}

/// A table. Besides its columns it has `rid`, by which rows are told apart, and `mark`, which UPDATEs set;
/// policies name neither.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    pub constraints: Vec<Constraint>,
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    fn sql(&self) -> String {
        let mut parts: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let not_null = if column.not_null { " NOT NULL" } else { "" };
                format!("  {} {}{not_null}", column.name, column.ty.sql())
            })
            .collect();
        parts.extend(["  rid integer".to_owned(), "  mark integer".to_owned()]);
        let mut indexes = String::new();
        for (at, constraint) in self.constraints.iter().enumerate() {
            let index = format!("{}_index_{at}", self.name);
            match constraint {
                Constraint::Key { columns, kind } => {
                    let columns = columns.join(", ");
                    match kind {
                        KeyKind::Primary => parts.push(format!("  PRIMARY KEY ({columns})")),
                        KeyKind::PrimaryDeferrable => {
                            parts.push(format!("  PRIMARY KEY ({columns}) DEFERRABLE INITIALLY DEFERRED"));
                        }
                        KeyKind::Unique => parts.push(format!("  UNIQUE ({columns})")),
                        KeyKind::UniqueDeferrable => {
                            parts.push(format!("  UNIQUE ({columns}) DEFERRABLE INITIALLY DEFERRED"));
                        }
                        KeyKind::Partial => {
                            let _ = writeln!(
                                indexes,
                                "CREATE UNIQUE INDEX {index} ON {} ({columns}) WHERE mark IS NULL;",
                                self.name
                            );
                        }
                        KeyKind::Index => {
                            let _ = writeln!(indexes, "CREATE INDEX {index} ON {} ({columns});", self.name);
                        }
                    }
                }
                Constraint::ForeignKey { columns, target, target_columns } => parts.push(format!(
                    "  FOREIGN KEY ({}) REFERENCES {target} ({})",
                    columns.join(", "),
                    target_columns.join(", ")
                )),
            }
        }
        format!("CREATE TABLE {} (\n{}\n);\n{indexes}", self.name, parts.join(",\n"))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Atom {
    Plain(String),
    Exists { rel: String, inner: Vec<Atom> },
}

impl Atom {
    fn text(&self) -> String {
        match self {
            Atom::Plain(text) => text.clone(),
            Atom::Exists { rel, inner } => format!("exists({rel}, {{{}}})", clause(inner)),
        }
    }
}

fn clause(atoms: &[Atom]) -> String {
    atoms.iter().map(Atom::text).collect::<Vec<_>>().join(" AND ")
}

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub name: String,
    pub restrictive: bool,
    /// As written after FOR.
    pub commands: Vec<&'static str>,
    pub roles: Vec<&'static str>,
    pub selector: String,
    pub using: Vec<Vec<Atom>>,
    pub check: Option<Vec<Vec<Atom>>>,
}

impl Policy {
    /// The clauses, or those of WITH CHECK.
    pub fn clauses(&self, check: bool) -> Option<&Vec<Vec<Atom>>> {
        if check { self.check.as_ref() } else { Some(&self.using) }
    }

    pub fn clauses_mut(&mut self, check: bool) -> Option<&mut Vec<Vec<Atom>>> {
        if check { self.check.as_mut() } else { Some(&mut self.using) }
    }

    fn text(&self) -> String {
        let kind = if self.restrictive { "RESTRICTIVE" } else { "PERMISSIVE" };
        let mut text = format!("POLICY {}\n  {kind}\n  FOR {}\n", self.name, self.commands.join(", "));
        if !self.roles.is_empty() {
            let _ = writeln!(text, "  TO {}", self.roles.join(", "));
        }
        let _ = writeln!(text, "  SELECTOR {}", self.selector);
        let clauses = |clauses: &[Vec<Atom>]| {
            let clauses: Vec<String> =
                clauses.iter().map(|atoms| format!("  CLAUSE {}\n", clause(atoms))).collect();
            clauses.join("  OR\n")
        };
        text.push_str(&clauses(&self.using));
        if let Some(check) = &self.check {
            text.push_str("  WITH CHECK\n");
            text.push_str(&clauses(check));
        }
        text
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub table: usize,
    /// In the order of the table's columns.
    pub values: Vec<Option<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub role: &'static str,
    /// By [`SETTINGS`]; `None`: never set.
    pub settings: [Option<String>; 2],
}

/// Names of settings, without what tells one case from the next.
pub const SETTINGS: [&str; 2] = ["tenant", "user"];

/// Roles that sessions take on, with the named roles whose privileges they have.
pub const SESSION_ROLES: &[(&str, &[&str])] = &[
    ("o_none", &[]),
    ("o_a", &["o_a"]),
    ("o_b", &["o_b"]),
    ("o_m", &["o_a", "o_m"]),
    ("o_ab", &["o_a", "o_b"]),
    ("o_abm", &["o_a", "o_b", "o_m"]),
    // A member of o_b by NOINHERIT.
    ("o_n", &[]),
];

/// The named roles that a session role has the privileges of.
pub fn held(role: &str) -> BTreeSet<String> {
    let found = SESSION_ROLES.iter().find(|(name, _)| *name == role);
    found.map(|(_, held)| held.iter().map(|role| (*role).to_owned()).collect()).unwrap_or_default()
}

#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Makes the names of settings: a setting that was set once in a connection never is missing again.
    pub index: u64,
    pub deny_missing: bool,
    pub initplan: bool,
    pub separate_roles: bool,
    pub tables: Vec<Table>,
    pub policies: Vec<Policy>,
    /// Stored rows.
    pub rows: Vec<Row>,
    /// Rows to be written.
    pub new_rows: Vec<Row>,
    /// Indices of stored rows, and what they are to become.
    pub updates: Vec<(usize, Row)>,
    /// Those with fewer settings first.
    pub sessions: Vec<Session>,
}

/// What the databases of all cases share.
pub const PREAMBLE: &str = "\
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy');
";

/// Roles that policies name, and what is known of their memberships.
pub const ROLES: &str = "\
CREATE ROLE o_a;
CREATE ROLE o_b;
CREATE ROLE o_m;
GRANT o_a TO o_m;
";

impl Case {
    pub fn setting(&self, at: usize) -> String {
        format!("app.{}_{}", SETTINGS[at], self.index)
    }

    pub fn tables_sql(&self) -> String {
        self.tables.iter().map(Table::sql).collect()
    }

    pub fn schema(&self) -> String {
        format!("{PREAMBLE}{ROLES}{}", self.tables_sql())
    }

    /// Policies refer to settings by the names of [`SETTINGS`].
    pub fn policy_file(&self) -> String {
        let mut text: String = self.policies.iter().map(|policy| policy.text() + "\n").collect();
        for (at, name) in SETTINGS.iter().enumerate() {
            text = text.replace(&format!("session('{name}')"), &format!("session('{}')", self.setting(at)));
        }
        text
    }

    pub fn config_file(&self) -> String {
        let mut text = format!("isolation:\n  - key: \"session('{}')\"\n", self.setting(0));
        let missing = if self.deny_missing { "deny" } else { "error" };
        let _ = writeln!(text, "session: {{ missing: {missing}, initplan: {} }}", self.initplan);
        if self.separate_roles {
            text.push_str("role_separation: [[o_a, o_b]]\n");
        }
        text
    }

    /// The rows of a table with their `rid`.
    pub fn rows_of(&self, table: usize) -> impl Iterator<Item = (i32, &Row)> {
        let rows = self.rows.iter().enumerate().filter(move |(_, row)| row.table == table);
        rows.map(|(at, row)| (at as i32, row))
    }

    /// The rows to be written to a table with their `rid`.
    pub fn new_rows_of(&self, table: usize) -> impl Iterator<Item = (i32, &Row)> {
        let rows = self.new_rows.iter().enumerate().filter(move |(_, row)| row.table == table);
        rows.map(|(at, row)| (1000 + at as i32, row))
    }

    /// All that is needed to see the case again.
    pub fn show(&self) -> String {
        let mut text = format!(
            "schema.sql:\n{}{}pgpe.yaml:\n{}\ntest.policy:\n{}",
            ROLES,
            self.tables_sql(),
            self.config_file(),
            self.policy_file()
        );
        for (what, rows) in [("row", &self.rows), ("new row", &self.new_rows)] {
            for row in rows {
                let table = &self.tables[row.table];
                let values = table.columns.iter().zip(&row.values);
                let values: Vec<String> = values
                    .map(|(column, value)| {
                        format!(
                            "{} = {}",
                            column.name,
                            value.as_ref().map_or("NULL".to_owned(), |value| format!("{value:?}"))
                        )
                    })
                    .collect();
                let _ = writeln!(text, "{what} of {}: {}", table.name, values.join(", "));
            }
        }
        for (old, row) in &self.updates {
            let _ = writeln!(text, "row {old} is to become {:?}", row.values);
        }
        for session in &self.sessions {
            let _ = writeln!(text, "session: {} {:?}", session.role, session.settings);
        }
        text
    }
}
