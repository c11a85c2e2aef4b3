//! The form in which a server stores a policy is known before it has the policy, and found out without a trace.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/postgres.rs"]
mod postgres_server;
// Each test uses its own part of it.
#[allow(dead_code)]
#[path = "support/project.rs"]
mod project;

use std::path::Path;

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_database::{
    CloneColumn, ClonePolicy, CloneRequest, ConnectOptions, ExpectedForm, ExpectedForms, Expressions,
    FormCache,
};
use pgpe_ide::{Analysis, FileRole};
use postgres::Client;
use postgres_server::{Database, SUPERUSER, unique_name};

/// Tables of awkward names and types, and policies that use all of them.
const AWKWARD: &str = r#"
CREATE TYPE public.mood AS ENUM ('sad', 'so so');
CREATE DOMAIN public.code AS character varying(10);
CREATE SCHEMA "Other.Schema";
CREATE TABLE public.tenants (id uuid PRIMARY KEY, name text);
CREATE TABLE public.projects (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES public.tenants, parent_id uuid REFERENCES public.projects,
  "Odd ""Column" text, mood public.mood, code public.code, label varchar(20), kind char(3), size numeric(5,2),
  day date, at timestamptz, stamp timestamp(3), "select" integer, small smallint, big bigint, flag boolean,
  doubled integer GENERATED ALWAYS AS ("select" * 2) STORED, number integer GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE "Other.Schema"."Odd Table" (
  id uuid PRIMARY KEY, tenant_id uuid NOT NULL, project_id uuid REFERENCES public.projects
);
CREATE TABLE public.events (id uuid, tenant_id uuid NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE public.events_1 PARTITION OF public.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
"#;
const AWKWARD_POLICIES: &str = r#"
POLICY own PERMISSIVE FOR ALL SELECTOR has_column(tenant_id)
CLAUSE col(tenant_id) = session('app.tenant_id')

POLICY parent RESTRICTIVE FOR SELECT, UPDATE SELECTOR named('projects')
CLAUSE exists(rel(_, parent_id, projects, id), {
  col(tenant_id) = session('app.tenant_id') AND col('select') > lit(3)
})
OR CLAUSE col(parent_id) IS NULL AND col(mood) IN lit(['sad', 'so so']) AND col(code) = lit('it''s')
  AND col('Odd "Column') LIKE lit('a\_%')
OR CLAUSE col(label) != lit('x') AND col(kind) = lit('abc') AND col(size) >= lit('1.5')
  AND col(day) < lit('2020-02-01') AND col(at) = lit('2020-02-01 10:00:00+02')
OR CLAUSE col(small) = lit(-3) AND col(big) = lit(5) AND col(flag) = lit(true)
  AND col(doubled) NOT IN lit([1, 2]) AND col(number) = lit(4) AND col(stamp) IS NOT NULL
"#;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn forms(database: &Database, role: &str, requests: &[CloneRequest], cache: &mut FormCache) -> ExpectedForms {
    let target = pgpe_config::Target { url: database.url_as(role), protected: false };
    run(async {
        let mut session = pgpe_database::connect("test", &target, &ConnectOptions::default()).await.unwrap();
        pgpe_database::expected_forms(&mut session.client, requests, cache).await.unwrap()
    })
}

fn catalog(database: &Database) -> Catalog {
    let target = pgpe_config::Target { url: database.url(), protected: false };
    run(async {
        let mut session = pgpe_database::connect("test", &target, &ConnectOptions::default()).await.unwrap();
        pgpe_database::introspect(&mut session.client).await.unwrap().catalog
    })
}

/// What is to be asked for a project.
fn requests(analysis: &Analysis, catalog: &Catalog) -> Vec<CloneRequest> {
    let compiled = analysis.compile(None).unwrap();
    let request = |table: &pgpe_sqlgen::CompiledTable| {
        let clones = analysis.compile_on_clone(&table.name).unwrap();
        let columns = catalog.table(&table.name).unwrap().columns.iter();
        let policies = table.policies.iter().zip(clones).map(|(policy, clone)| ClonePolicy {
            name: policy.name.clone(),
            written: Expressions { using: policy.using.clone(), check: policy.check.clone() },
            statement: clone.statement,
        });
        CloneRequest {
            table: table.name.clone(),
            columns: columns
                .map(|it| CloneColumn { name: it.name.clone(), ty: it.ty.display.to_string() })
                .collect(),
            policies: policies.collect(),
        }
    };
    compiled.tables.iter().map(request).collect()
}

/// What the server has stored.
fn observed(catalog: &Catalog, table: &QualifiedName, policy: &str) -> Expressions {
    let policy = &catalog.table(table).unwrap().policies[policy];
    Expressions { using: policy.using.clone(), check: policy.check.clone() }
}

/// The numbers of objects of every kind that a clone could leave behind.
fn traces(client: &mut Client) -> Vec<i64> {
    let catalogs = ["pg_class", "pg_namespace", "pg_type", "pg_policy", "pg_attribute", "pg_depend"];
    let count =
        |catalog: &&str| client.query_one(&format!("SELECT count(*) FROM {catalog}"), &[]).unwrap().get(0);
    catalogs.iter().map(count).collect()
}

/// Asks for the forms before there are policies, and compares them with what the server stores.
fn check(schema: &str, analysis: &Analysis) -> usize {
    let database = Database::create();
    database.load(schema);
    let mut client = database.connect();
    let before = traces(&mut client);
    let requests = requests(analysis, &catalog(&database));
    let mut cache = FormCache::default();
    let expected = forms(&database, SUPERUSER, &requests, &mut cache);
    assert_eq!(expected.weaker, None);
    assert_eq!(traces(&mut client), before);
    client.batch_execute(&analysis.compile(None).unwrap().to_sql()).unwrap();
    let live = catalog(&database);
    for ((table, policy), form) in &expected.forms {
        let observed = observed(&live, table, policy);
        assert!(matches!(form, ExpectedForm::Stored(_)), "{policy} on {table}");
        assert_eq!(form.expressions(), &observed, "{policy} on {table}");
        assert!(form.matches(&observed) && !form.matches(&Expressions::default()));
    }
    // Kept as JSON, the forms are known without the server's help.
    let mut kept: FormCache = serde_json::from_str(&serde_json::to_string(&cache).unwrap()).unwrap();
    client.batch_execute(&format!("ALTER DATABASE {} SET log_statement = 'all'", database.name)).unwrap();
    let logged = database.log().len();
    assert_eq!(forms(&database, SUPERUSER, &requests, &mut kept), expected);
    assert!(!database.log().split_off(logged).contains("CREATE TEMPORARY TABLE"));
    expected.forms.len()
}

#[test]
fn the_example_sets_are_stored_as_foretold() {
    let roles = "CREATE ROLE doctor; CREATE ROLE nurse; CREATE ROLE billing; CREATE ROLE auditor";
    Database::create().connect().batch_execute(roles).unwrap();
    for (folder, least) in [("saas", 5), ("hospital", 8)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(folder);
        let files = pgpe_project::Project::discover(&folder, None, None).unwrap();
        let schema = files.files.iter().find(|file| file.role == FileRole::Schema).unwrap();
        let found = check(&schema.text, &files.host().analysis());
        assert!(found >= least, "{found}");
    }
}

#[test]
fn awkward_names_and_types_are_stored_as_foretold() {
    let host =
        project::host(AWKWARD, AWKWARD_POLICIES, "version: 1\ntables: { schemas: [public, Other.Schema] }\n");
    let checked = project::check(&host.analysis());
    // That a query would end in a recursion is no matter here.
    let errors = checked.findings.iter().filter(|it| it.severity == pgpe_config::Severity::Error);
    let rules: Vec<&str> = errors.map(|it| it.rule.id()).collect();
    assert_eq!(rules, ["traversal-cycle"], "{:#?}", checked.findings);
    assert!(check(AWKWARD, &host.analysis()) >= 6);
}

#[test]
fn the_real_tables_are_not_touched() {
    let schema = include_str!("../policies/saas/schema.sql");
    let host = project::host(
        schema,
        "POLICY own PERMISSIVE FOR ALL SELECTOR named('users')\nCLAUSE col(id) IS NOT NULL\n",
        "",
    );
    let database = Database::create();
    database.load(schema);
    let requests = requests(&host.analysis(), &catalog(&database));
    let mut holder = database.connect();
    // Lets nothing but ACCESS SHARE pass.
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE public.users, public.projects IN EXCLUSIVE MODE").unwrap();
    let expected = forms(&database, SUPERUSER, &requests, &mut FormCache::default());
    assert_eq!(expected.weaker, None);
    assert_eq!(expected.forms.len(), 1);
}

#[test]
fn where_no_clone_can_be_made_the_reason_is_said() {
    let schema = "CREATE TABLE public.t (id integer, tenant_id uuid);";
    let policies = "POLICY own PERMISSIVE FOR ALL SELECTOR named('t')\nCLAUSE col(id) IN lit([1, 2])\n";
    let host = project::host(schema, policies, "");
    let database = Database::create();
    database.load(schema);
    let (requests, role) = (requests(&host.analysis(), &catalog(&database)), unique_name("modest"));
    let mut client = database.connect();
    let revoke = format!("CREATE ROLE {role} LOGIN; REVOKE TEMP ON DATABASE {} FROM PUBLIC", database.name);
    client.batch_execute(&revoke).unwrap();
    let mut cache = FormCache::default();
    let expected = forms(&database, &role, &requests, &mut cache);
    let form = expected.forms.values().next().unwrap();
    assert_eq!(*form, ExpectedForm::Written(requests[0].policies[0].written.clone()));
    assert!(expected.weaker.as_ref().unwrap().contains("GRANT TEMPORARY"), "{expected:?}");
    assert_eq!(cache, FormCache::default());
    // One that raises an error is in the way of the clone alone.
    client
        .batch_execute(
            "CREATE FUNCTION stop() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no new tables''; END'; \
             CREATE EVENT TRIGGER stop ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION stop()",
        )
        .unwrap();
    let expected = forms(&database, SUPERUSER, &requests, &mut cache);
    assert_eq!(expected.weaker.as_deref(), Some("no clone of public.t can be made: no new tables"));
    client.batch_execute("DROP EVENT TRIGGER stop").unwrap();
    assert_eq!(forms(&database, SUPERUSER, &requests, &mut cache).weaker, None);
}
