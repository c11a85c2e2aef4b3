//! Existing policies of three schemas, imported: what they become, what is left and why, and that a server
//! lets the same pass with what was imported and compiled as with the originals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "import/compare.rs"]
mod compare;
#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "import/random.rs"]
mod random;

use std::fmt::Write;
use std::sync::OnceLock;

use expect_test::{Expect, ExpectFile, expect, expect_file};
use pgpe_ide::{FileRole, Host};
use pgpe_import::{Import, Present};
use pgpe_sqlgen::{quote_identifier, quote_qualified};
use postgres::Client;

use compare::Session;
use postgres_server::{Database, Server};

/// A schema with policies, and sessions that use it.
struct Case {
    schema: &'static str,
    rows: &'static str,
    config: &'static str,
    roles: &'static [&'static str],
    /// Settings with the values that they are tried with.
    settings: &'static [(&'static str, &'static [Option<&'static str>])],
}

/// By a function that reads the session's token.
const MEMBERSHIP: Case = Case {
    schema: include_str!("import/membership.sql"),
    rows: include_str!("import/membership_rows.sql"),
    config: "functions: { allow: [auth.uid] }\n",
    roles: &["anon", "authenticated"],
    settings: &[(
        "request.jwt.claim.sub",
        &[
            None,
            Some(""),
            Some("00000000-0000-0000-0000-00000000000a"),
            Some("00000000-0000-0000-0000-00000000000b"),
            Some("00000000-0000-0000-0000-00000000000c"),
        ],
    )],
};

/// By settings.
const SETTINGS: Case = Case {
    schema: include_str!("import/settings.sql"),
    rows: include_str!("import/settings_rows.sql"),
    config: "",
    roles: &["support", "tenant_user"],
    settings: &[
        (
            "app.tenant_id",
            &[
                None,
                Some(""),
                Some("nobody"),
                Some("00000000-0000-0000-0000-000000000001"),
                Some("00000000-0000-0000-0000-000000000002"),
            ],
        ),
        ("app.region", &[None, Some(""), Some("eu")]),
        ("app.support", &[None, Some(""), Some("on")]),
    ],
};

/// Only a part fits.
const MIXED: Case = Case {
    schema: include_str!("import/mixed.sql"),
    rows: include_str!("import/mixed_rows.sql"),
    config: "",
    roles: &["tenant_user"],
    settings: &[("app.tenant_id", &[None, Some(""), Some("1"), Some("2")])],
};

impl Case {
    fn host(&self) -> Host {
        let mut host = Host::new();
        host.set_file("schema.sql", FileRole::Schema, self.schema);
        if !self.config.is_empty() {
            host.set_file("pgpe.yaml", FileRole::Config, self.config);
        }
        host
    }

    fn import(&self) -> Import {
        self.host().analysis().import().unwrap().expect("there is a schema")
    }

    fn sessions(&self) -> Vec<Session<'_>> {
        let mut choices: Vec<Vec<(&str, Option<&str>)>> = vec![Vec::new()];
        for (setting, values) in self.settings {
            let with = |choice: &Vec<(&'static str, Option<&'static str>)>| {
                let choice = choice.clone();
                values.iter().map(move |value| {
                    let mut choice = choice.clone();
                    choice.push((*setting, *value));
                    choice
                })
            };
            choices = choices.iter().flat_map(with).collect();
        }
        let of_role = |role: &&'static str| {
            let role: &str = role;
            choices.iter().map(move |settings| Session { role, settings: settings.clone() })
        };
        self.roles.iter().flat_map(of_role).collect()
    }

    /// A database with the schema and its rows.
    fn database(&self) -> Database {
        create_roles();
        let database = Database::create();
        database.connect().batch_execute(self.schema).unwrap();
        let mut client = database.connect();
        client.batch_execute(self.rows).unwrap();
        for role in self.roles {
            let role = quote_identifier(role);
            client
                .batch_execute(&format!(
                    "GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
                     DO $$ BEGIN EXECUTE (SELECT coalesce(string_agg(format('GRANT USAGE ON SCHEMA %I TO {role};', nspname), ' '), 'SELECT 1')
                       FROM pg_namespace WHERE nspname = 'auth'); END $$"
                ))
                .unwrap();
        }
        database
    }

    /// A database in which the imported policies have taken the place of their originals.
    fn imported_database(&self, import: &Import) -> Database {
        let database = self.database();
        let mut client = database.connect();
        for policy in &import.imported {
            let (name, table) = (quote_identifier(&policy.name), quote_qualified(&policy.table));
            client.batch_execute(&format!("DROP POLICY {name} ON {table}")).unwrap();
        }
        let mut host = self.host();
        for file in &import.files {
            host.set_file(&file.name, FileRole::Policies, &file.text);
        }
        let compiled = host.analysis().compile(None).unwrap();
        let count = compiled.tables.iter().map(|table| table.policies.len()).sum::<usize>();
        assert_eq!(count, import.imported.len());
        client.batch_execute(&compiled.to_sql()).unwrap();
        database
    }

    /// Checks the files, what is said of the rest, and that a server lets the same pass.
    fn check(&self, files: &ExpectFile, report: &Expect) {
        let import = self.import();
        files.assert_eq(&listing(&import));
        report.assert_eq(&told(&import));

        let original = self.database();
        self.check_printed(&mut original.connect(), &import);
        let imported = self.imported_database(&import);
        let sessions = self.sessions();
        let before = compare::outcomes(&original, &sessions);
        let after = compare::outcomes(&imported, &sessions);
        let (differences, passing) = compare::differences(&before, &after);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        println!("{} statements, of which {passing} let something pass", before.len());
        assert!(passing * 50 > before.len(), "hardly anything passes: {passing} of {}", before.len());
    }

    /// What the server prints of the policies is imported as the same files.
    fn check_printed(&self, client: &mut Client, import: &Import) {
        let mut catalog = pgpe_catalog::ddl::read_ddl(self.schema).catalog;
        client.batch_execute("SET search_path = ''").unwrap();
        for (table, relation) in &mut catalog.relations {
            for (name, policy) in &mut relation.policies {
                let printed = client
                    .query_one(
                        "SELECT qual, with_check FROM pg_policies WHERE schemaname = $1 AND tablename = $2 AND policyname = $3",
                        &[&table.schema.as_str(), &table.name.as_str(), name],
                    )
                    .unwrap();
                (policy.using, policy.check) = (printed.get(0), printed.get(1));
            }
        }
        let config = self.host().analysis().config().unwrap();
        let printed = pgpe_import::import(&catalog, &config, &Present::default());
        assert_eq!(listing(&printed), listing(import));
        let left = |import: &Import| import.left.iter().map(|left| left.name.clone()).collect::<Vec<_>>();
        assert_eq!(left(&printed), left(import));
    }
}

fn create_roles() {
    static CREATED: OnceLock<()> = OnceLock::new();
    CREATED.get_or_init(|| {
        let mut client = Server::get().create_database().connect();
        for role in ["anon", "authenticated", "support", "tenant_user"] {
            client.batch_execute(&format!("CREATE ROLE {role}")).unwrap();
        }
    });
}

fn listing(import: &Import) -> String {
    let files = import.files.iter();
    files.map(|file| format!("-- {}\n\n{}", file.name, file.text)).collect::<Vec<_>>().join("\n")
}

fn told(import: &Import) -> String {
    let mut told = String::new();
    for left in &import.left {
        writeln!(told, "{} on {}: {}", left.name, left.table, left.why).unwrap();
    }
    for note in &import.notes {
        writeln!(told, "note: {note}").unwrap();
    }
    told
}

#[test]
fn members_by_a_function() {
    MEMBERSHIP.check(&expect_file!["import/membership.policy"], &expect![[r#"
        note: row-level security is not forced on public.comments, public.countries, public.memberships, public.organizations, public.plans, public.profiles, public.projects, so that their owners pass today; the compiled SQL forces it
    "#]]);
}

#[test]
fn settings_that_must_be_there() {
    SETTINGS.check(&expect_file!["import/settings.policy"], &expect![[r#"
        support_reads on public.invoices: it reads the setting app.support, which may be missing: the compiled SQL raises an error then, where other clauses or policies let rows pass today
        tenant_isolation_invoices on public.invoices: it reads the setting app.tenant_id, which may be missing: the compiled SQL raises an error then, where other clauses or policies let rows pass today
        published on public.reports: it reads the setting app.support, which may be missing: the compiled SQL raises an error then, where other clauses or policies let rows pass today
        tenant_isolation_reports on public.reports: USING: `tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::…` reads an empty setting as NULL, which the compiled SQL does not
        note: row-level security is not forced on public.accounts, public.audit_log, public.invoice_lines, public.invoices, so that their owners pass today; the compiled SQL forces it
        note: tenant_isolation_accounts on public.accounts: where the setting app.tenant_id is missing, nothing passes today, and the compiled SQL raises an error
        note: own_region on public.audit_log: where the setting app.tenant_id is missing, nothing passes today, and the compiled SQL raises an error
        note: tenant_isolation_invoice_lines on public.invoice_lines: where the setting app.tenant_id is missing, nothing passes today, and the compiled SQL raises an error
    "#]]);
}

#[test]
fn settings_that_may_be_missing() {
    let case = Case { config: "session: { missing: deny }\n", ..SETTINGS };
    case.check(&expect_file!["import/settings_deny.policy"], &expect![[r#"
        own_region on public.audit_log: USING: `region = current_setting('app.region'::text)` may be true of an empty setting, which the compiled SQL reads as NULL
        tenant_isolation_invoices on public.invoices: it reads the setting app.tenant_id, which may be missing or empty: an error is raised then, where the compiled SQL reads NULL and other clauses or policies let rows pass
        note: row-level security is not forced on public.accounts, public.audit_log, public.invoice_lines, public.invoices, public.reports, so that their owners pass today; the compiled SQL forces it
        note: tenant_isolation_accounts on public.accounts: where the setting app.tenant_id is missing or empty, an error may be raised today, and the compiled SQL lets nothing pass
        note: tenant_isolation_invoice_lines on public.invoice_lines: where the setting app.tenant_id is missing or empty, an error may be raised today, and the compiled SQL lets nothing pass
    "#]]);
}

#[test]
fn a_part_fits() {
    MIXED.check(&expect_file!["import/mixed.policy"], &expect![[r#"
        by_function on public.notes: function `may_see` is not on the configuration's list of allowed functions
        known_authors on public.notes: WITH CHECK: `author ~ '^[a-z]+$'` uses ~, a match with a regular expression that the language does not have
        labelled on public.notes: USING: `labels` is an array that is not written as ARRAY[…]
        never on public.notes: no row ever passes it, and the language has no such policy
        not_banned on public.teams: USING: `EXISTS (SELECT 1 FROM bans b WHERE b.team_id = teams.id AND b.user_id…` is negated, and the language has no NOT EXISTS
        tagged on public.teams: USING: `tags @> ARRAY['open']` uses @>, an operator on arrays and the like that the language does not have
        note: row-level security is not forced on public.bans, public.notes, public.teams, so that their owners pass today; the compiled SQL forces it
    "#]]);
}
