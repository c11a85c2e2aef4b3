//! From the policy language to the rows that a session sees.

use pgpe_config::Severity;
use pgpe_ide::{FileRole, Host};
use postgres::Client;

use crate::server::{Database, unique_name};
use crate::{column as query, run};

/// A database with the schema and the compiled policies, created under an empty search path.
struct Project {
    client: Client,
    app: String,
}

impl Project {
    fn create(database: &Database, schema: &str, policies: &str, config: &str) -> Project {
        let app = unique_name("app");
        let policies = policies.replace("$app", &app);
        let mut host = Host::new();
        host.set_file("schema.sql", FileRole::Schema, schema);
        host.set_file("test.policy", FileRole::Policies, &policies);
        host.set_file("pgpe.yaml", FileRole::Config, &format!("version: 1\n{config}"));
        let analysis = host.analysis();
        let findings = analysis.written_findings().expect("nothing changes meanwhile");
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let script = analysis.compile(None).expect("nothing changes meanwhile").to_sql();
        let mut client = database.connect();
        run(&mut client, &format!("CREATE ROLE {app}; {schema}; SET search_path = ''"));
        run(&mut client, &script);
        let schemas = query(&mut client, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'");
        for schema in schemas {
            run(
                &mut client,
                &format!(
                    "GRANT USAGE ON SCHEMA {schema} TO {app}; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {app}"
                ),
            );
        }
        Project { client, app }
    }

    /// The first column of what the application sees, as one text.
    fn sees(&mut self, settings: &[(&str, &str)], sql: &str) -> String {
        run(&mut self.client, &format!("BEGIN; SET LOCAL ROLE {}", self.app));
        for (key, value) in settings {
            self.client.execute("SELECT set_config($1, $2, true)", &[key, value]).expect("a setting");
        }
        let rows = query(&mut self.client, sql);
        run(&mut self.client, "ROLLBACK");
        rows.join(" ")
    }

    /// The error code of a statement of the application's, empty if it succeeds.
    fn error(&mut self, settings: &[(&str, &str)], sql: &str) -> String {
        run(&mut self.client, &format!("BEGIN; SET LOCAL ROLE {}", self.app));
        for (key, value) in settings {
            self.client.execute("SELECT set_config($1, $2, true)", &[key, value]).expect("a setting");
        }
        let result = self.client.batch_execute(sql);
        run(&mut self.client, "ROLLBACK");
        match result {
            Ok(()) => String::new(),
            Err(error) => error.code().map(|code| code.code().to_owned()).unwrap_or_default(),
        }
    }
}

const SAAS: &str = "
POLICY tenant_isolation
  PERMISSIVE
  FOR SELECT, INSERT, UPDATE, DELETE
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') = session('app.tenant_id')

POLICY tenant_isolation_via_project
  PERMISSIVE
  FOR SELECT, INSERT, UPDATE, DELETE
  SELECTOR named('tasks') OR named('files')
  CLAUSE
    exists(
      rel(_, project_id, projects, id),
      {col('tenant_id') = session('app.tenant_id')}
    )

POLICY soft_delete
  RESTRICTIVE
  FOR SELECT
  SELECTOR has_column('is_deleted')
  CLAUSE col('is_deleted') = lit(false)
";

fn saas_schema(tenant: &str) -> String {
    format!(
        "CREATE TABLE public.users (id int PRIMARY KEY, tenant_id {tenant} NOT NULL);
         CREATE TABLE public.projects (id int PRIMARY KEY, tenant_id {tenant} NOT NULL,
           is_deleted boolean NOT NULL DEFAULT false);
         CREATE TABLE public.tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES public.projects);
         CREATE TABLE public.comments (id int PRIMARY KEY, tenant_id {tenant} NOT NULL);
         CREATE TABLE public.files (id int PRIMARY KEY, project_id int NOT NULL REFERENCES public.projects);"
    )
}

#[test]
fn the_example_compiles_to_the_expected_script() {
    let mut host = Host::new();
    host.set_file("schema.sql", FileRole::Schema, &saas_schema("text"));
    host.set_file("test.policy", FileRole::Policies, SAAS);
    let script = host.analysis().compile(None).expect("nothing changes meanwhile").to_sql();
    assert_eq!(script, include_str!("../../server/sqlgen/tests/data/saas.sql"));
}

#[test]
fn the_example_with_every_type_of_tenant() {
    let types = [
        ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"),
        ("bigint", "1", "2"),
        ("varchar(4)", "acme", "acm"),
        ("char(6)", "acme", "acm"),
        ("name", "acme", "acm"),
        ("ext.citext", "Acme", "Acm"),
        ("public.slug", "acme", "acm"),
        ("public.plan", "free", "paid"),
        ("public.plan_domain", "free", "paid"),
        ("inet", "10.0.0.1", "10.0.0.2"),
    ];
    for config in ["", "session: { missing: deny }", "session: { missing: deny, initplan: true }"] {
        for (tenant, one, other) in types {
            let database = Database::create();
            let schema = format!(
                "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
                 CREATE TYPE public.plan AS ENUM ('free', 'paid');
                 CREATE DOMAIN public.plan_domain AS public.plan;
                 CREATE DOMAIN public.slug AS varchar(9) CHECK (value <> '');
                 {}",
                saas_schema(tenant)
            );
            let mut project = Project::create(&database, &schema, SAAS, config);
            run(
                &mut project.client,
                &format!(
                    "INSERT INTO public.projects VALUES (1, '{one}', false), (2, '{other}', false), (3, '{one}', true);
                     INSERT INTO public.tasks VALUES (1, 1), (2, 2), (3, 3);
                     INSERT INTO public.users VALUES (1, '{one}'), (2, '{other}')"
                ),
            );
            for (value, id) in [(one, "1"), (other, "2")] {
                for table in ["users", "projects", "tasks"] {
                    let seen =
                        project.sees(&[("app.tenant_id", value)], &format!("SELECT id FROM public.{table}"));
                    assert_eq!(seen, id, "{tenant} {table}");
                }
            }
            let insert = format!("INSERT INTO public.users VALUES (9, '{one}')");
            assert_eq!(project.error(&[("app.tenant_id", one)], &insert), "");
            assert_eq!(project.error(&[("app.tenant_id", other)], &insert), "42501");
        }
    }
}

#[test]
fn checks_roles_and_commands() {
    let database = Database::create();
    let schema = "CREATE TABLE public.\"Order\" (\"id\" int PRIMARY KEY, owner text, \"select\" text);";
    let policies = "
        POLICY own_orders PERMISSIVE FOR SELECT, UPDATE, INSERT TO $app
          SELECTOR named('Order')
          CLAUSE col(owner) = session('app.user')
          OR CLAUSE col('select') IN lit(['all', 'it''s \\'])
          WITH CHECK CLAUSE col(owner) = session('app.user') AND col('select') NOT LIKE lit('secret%')
    ";
    let mut project = Project::create(&database, schema, policies, "");
    run(
        &mut project.client,
        "INSERT INTO public.\"Order\" VALUES (1, 'me', 'x'), (2, 'you', 'y'), (3, 'you', 'it''s \\'), (4, NULL, 'all')",
    );
    let me = [("app.user", "me")];
    assert_eq!(project.sees(&me, "SELECT id FROM public.\"Order\" ORDER BY id"), "1 3 4");
    assert_eq!(project.error(&me, "UPDATE public.\"Order\" SET \"select\" = 'z' WHERE id = 1"), "");
    assert_eq!(project.error(&me, "UPDATE public.\"Order\" SET \"select\" = 'secret' WHERE id = 1"), "42501");
    assert_eq!(project.error(&me, "INSERT INTO public.\"Order\" VALUES (9, 'me', 'all')"), "");
    assert_eq!(project.error(&me, "INSERT INTO public.\"Order\" VALUES (9, 'you', 'all')"), "42501");
    // No policy for DELETE.
    let deleted = "WITH d AS (DELETE FROM public.\"Order\" RETURNING 1) SELECT count(*) FROM d";
    assert_eq!(project.sees(&me, deleted), "0");
}

/// One condition of each kind on each kind of column, all accepted by the server.
#[test]
fn every_kind_of_condition() {
    let database = Database::create();
    let schema = "
        CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
        CREATE SCHEMA auth;
        CREATE FUNCTION auth.uid() RETURNS uuid STABLE LANGUAGE sql AS $$ SELECT current_setting('app.uid')::uuid $$;
        CREATE FUNCTION auth.role_of(tenant uuid, number smallint, flag boolean DEFAULT true)
          RETURNS ext.citext STABLE LANGUAGE sql AS $$ SELECT 'ADMIN'::ext.citext $$;
        CREATE TYPE public.mood AS ENUM ('sad', 'it''s');
        CREATE DOMAIN public.feeling AS public.mood;
        CREATE DOMAIN public.email AS ext.citext;
        CREATE TABLE public.parents (id uuid PRIMARY KEY, email public.email UNIQUE, code char(4) UNIQUE);
        CREATE TABLE public.t (
          id uuid PRIMARY KEY, n smallint, big bigint, amount numeric(9,2), ratio real, flag boolean,
          word text, short varchar(4), code char(4), tag ext.citext, email public.email, mood public.mood,
          feeling public.feeling, day date, at timestamptz, clock time, words text[], address inet,
          parent_id uuid REFERENCES public.parents, parent_code varchar(4), parent_email public.email
        );";
    let conditions = [
        "col(n) = lit(-5)",
        "col(n) IN lit([1, 2, -3])",
        "col(big) >= lit(-9223372036854775808)",
        "col(big) = session('app.n')",
        "col(n) < col(big)",
        "col(amount) != lit('1.50')",
        "col(amount) > col(n)",
        "col(ratio) = lit(16777217)",
        "col(flag) = lit(true)",
        "col(flag) = session('app.flag')",
        "col(word) LIKE lit('a\\_%')",
        "col(short) NOT LIKE session('app.word')",
        "col(short) = col(word)",
        "col(code) = lit('ab')",
        "col(code) = col(short)",
        "col(tag) = lit('ABC')",
        "col(tag) != session('app.word')",
        "col(tag) IN lit(['a', 'B'])",
        "col(tag) NOT IN lit(['a', 'B'])",
        "col(tag) LIKE lit('A%')",
        "col(tag) = col(word)",
        "col(email) = session('app.word')",
        "col(email) = col(tag)",
        "col(mood) = lit('it''s')",
        "col(mood) > session('app.mood')",
        "col(feeling) = lit('sad')",
        "col(feeling) IN lit(['sad', 'it''s'])",
        "col(feeling) = col(mood)",
        "col(feeling) = session('app.mood')",
        "col(day) >= lit('2024-01-01')",
        "col(at) > lit('2024-01-01T00:00:00+02:00')",
        "col(day) < col(at)",
        "col(clock) = lit('10:00')",
        "col(words) = lit('{a,b}')",
        "col(address) = session('app.address')",
        "col(id) = fn(auth.uid, [])",
        "fn(auth.role_of, [col(id), lit(5)]) = lit('admin')",
        "fn(auth.role_of, [session('app.uid'), col(n), lit(false)]) IN lit(['admin'])",
        "fn(lower, [col(word)]) = lit('a')",
        "session('app.word') = lit('x')",
        "session('app.word') IN lit(['x', 'y'])",
        "session('app.word') IS NOT NULL",
        "col(tag) IS NULL",
        "fn(auth.uid, []) IS NOT NULL",
        "exists(rel(_, parent_id, parents, id), {col(email) = session('app.word')})",
        "exists(rel(_, parent_email, parents, email), {col(id) IS NOT NULL})",
        "exists(rel(_, parent_code, parents, code), {col(code) != lit('x')})",
        "exists(rel(_, (parent_id, parent_code), parents, (id, code)), {col(id) = fn(auth.uid, [])})",
    ];
    let policies: String = conditions
        .iter()
        .enumerate()
        .map(|(index, condition)| {
            format!("POLICY p{index} PERMISSIVE FOR SELECT SELECTOR named('t') CLAUSE {condition}\n")
        })
        .collect();
    let config = "functions: { allow: [auth.uid, auth.role_of, lower] }";
    let mut project = Project::create(&database, schema, &policies, config);
    assert_eq!(
        query(&mut project.client, "SELECT count(*) FROM pg_policies"),
        [conditions.len().to_string()]
    );
    let settings = [
        ("app.n", "5"),
        ("app.flag", "true"),
        ("app.word", "x"),
        ("app.mood", "sad"),
        ("app.address", "10.0.0.1"),
        ("app.uid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ];
    run(&mut project.client, "INSERT INTO public.t (id) VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')");
    // Each alone can be evaluated, too.
    let expressions = query(&mut project.client, "SELECT qual FROM pg_policies ORDER BY policyname");
    for expression in expressions {
        project.sees(&settings, &format!("SELECT ({expression}) FROM public.t"));
    }
    assert_eq!(project.sees(&settings, "SELECT count(*) FROM public.t"), "1");
}
