//! The cases, as data: used by the proofs and by the check against a real server.

use pgpe_report::Verdict;

#[path = "closely.rs"]
mod closely;

const ALL: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];
const WRITES: &[&str] = &["INSERT", "UPDATE"];
const ISOLATION: &str = "tenant-isolation";

/// A policy set on a schema, with what is known of it.
pub struct Case {
    /// Its number, for people.
    pub number: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// DDL.
    pub schema: String,
    /// Policies.
    pub policies: String,
    /// `pgpe.yaml`; empty for the defaults.
    pub config: String,
    /// Table, commands, proof and verdict.
    pub verdicts: Vec<(&'static str, &'static [&'static str], &'static str, Verdict)>,
    /// Rules that must report something.
    pub rules: Vec<&'static str>,
    /// Rules that must not.
    pub not_rules: Vec<&'static str>,
    /// Table, command, and isolation by role.
    pub by_role: Vec<(&'static str, &'static str, ByRole)>,
    /// Whose a row `x` of a table is, as SQL; overrides [`Case::owner_on_server`]. `None`: nobody's.
    pub owners: Vec<(&'static str, Option<&'static str>)>,
    /// What the server must say of conditions.
    pub on_server: Vec<ServerFact>,
}

/// Isolation for sessions with one role each; `public` is a session without any.
pub type ByRole = Vec<(&'static str, Verdict)>;

/// Whether any row of a table can satisfy a condition.
pub struct ServerFact {
    /// The table.
    pub table: &'static str,
    /// SQL.
    pub condition: String,
    /// Whether some row does.
    pub satisfiable: bool,
}

/// The schema that the cases vary.
pub const SCHEMA: &str = "
CREATE TABLE public.tenants (id uuid PRIMARY KEY, name text NOT NULL, plan text NOT NULL DEFAULT 'free');
CREATE TABLE public.users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES public.tenants (id),
  email text NOT NULL,
  role text NOT NULL DEFAULT 'viewer'
);
CREATE TABLE public.projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES public.tenants (id),
  name text NOT NULL,
  owner_id uuid REFERENCES public.users (id),
  is_deleted boolean NOT NULL DEFAULT false
);
CREATE TABLE public.tasks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES public.projects (id),
  title text NOT NULL,
  assignee_id uuid REFERENCES public.users (id),
  status text NOT NULL DEFAULT 'open'
);
CREATE TABLE public.comments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES public.tenants (id),
  task_id uuid NOT NULL REFERENCES public.tasks (id),
  author_id uuid REFERENCES public.users (id),
  body text NOT NULL
);
CREATE TABLE public.files (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES public.projects (id),
  name text NOT NULL,
  size bigint NOT NULL DEFAULT 0
);
CREATE TABLE public.config (key text PRIMARY KEY, value text);
";

/// The running example's policies.
pub const RUNNING_EXAMPLE: &str = "
POLICY tenant_isolation PERMISSIVE FOR SELECT, INSERT, UPDATE, DELETE
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') = session('app.tenant_id')

POLICY tenant_isolation_via_project PERMISSIVE FOR SELECT, INSERT, UPDATE, DELETE
  SELECTOR named('tasks') OR named('files')
  CLAUSE exists(rel(_, project_id, projects, id), {col('tenant_id') = session('app.tenant_id')})

POLICY soft_delete RESTRICTIVE FOR SELECT
  SELECTOR has_column('is_deleted')
  CLAUSE col('is_deleted') = lit(false)
";

const T: &str = "col('tenant_id') = session('app.tenant_id')";

fn case(number: &'static str, title: &'static str, policies: impl Into<String>) -> Case {
    Case {
        number,
        title,
        schema: SCHEMA.to_owned(),
        policies: policies.into(),
        config: String::new(),
        verdicts: Vec::new(),
        rules: Vec::new(),
        not_rules: Vec::new(),
        by_role: Vec::new(),
        owners: Vec::new(),
        on_server: Vec::new(),
    }
}

/// A permissive policy for all commands.
fn policy(name: &str, table: &str, clauses: &str) -> String {
    format!("POLICY {name} PERMISSIVE FOR ALL SELECTOR named('{table}') CLAUSE {clauses}\n")
}

/// A restrictive policy for all commands.
fn restrictive(name: &str, table: &str, clauses: &str) -> String {
    format!("POLICY {name} RESTRICTIVE FOR ALL SELECTOR named('{table}') CLAUSE {clauses}\n")
}

impl Case {
    fn isolation(mut self, table: &'static str, commands: &'static [&'static str], verdict: Verdict) -> Case {
        self.verdicts.push((table, commands, ISOLATION, verdict));
        self
    }

    fn verdict(
        mut self,
        table: &'static str,
        commands: &'static [&'static str],
        rule: &'static str,
        verdict: Verdict,
    ) -> Case {
        self.verdicts.push((table, commands, rule, verdict));
        self
    }

    fn finds(mut self, rule: &'static str) -> Case {
        self.rules.push(rule);
        self
    }

    fn finds_no(mut self, rule: &'static str) -> Case {
        self.not_rules.push(rule);
        self
    }

    fn owned(mut self, table: &'static str, owner: Option<&'static str>) -> Case {
        self.owners.push((table, owner));
        self
    }

    fn on_server(mut self, table: &'static str, condition: &str, satisfiable: bool) -> Case {
        self.on_server.push(ServerFact { table, condition: condition.to_owned(), satisfiable });
        self
    }

    /// The setting that says which tenant a session is.
    pub fn isolation_key(&self) -> &'static str {
        if self.config.contains("app.a") { "app.a" } else { "app.tenant_id" }
    }

    /// Whose a row `x` of a table is, as SQL.
    pub fn owner_on_server(&self, table: &str) -> Option<&'static str> {
        if let Some((_, owner)) = self.owners.iter().find(|(of, _)| *of == table) {
            return *owner;
        }
        match table {
            "tenants" => Some("x.id"),
            "tasks" | "files" => {
                Some("SELECT p.tenant_id FROM ONLY projects p WHERE p.id = x.project_id LIMIT 1")
            }
            "attachments" => Some(
                "SELECT p.tenant_id FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.id = x.task_id LIMIT 1",
            ),
            "links" => Some("SELECT p.tenant_id FROM projects p WHERE p.id = x.a_id LIMIT 1"),
            "config" => None,
            _ => Some("x.tenant_id"),
        }
    }

    fn schema(mut self, schema: String) -> Case {
        self.schema = schema;
        self
    }

    fn config(mut self, config: &str) -> Case {
        self.config = config.to_owned();
        self
    }
}

/// The schema with one piece of it replaced; it must be there.
fn schema_with(from: &str, to: &str) -> String {
    assert!(SCHEMA.contains(from), "{from}");
    SCHEMA.replacen(from, to, 1)
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut cases = direct_cases();
    cases.extend(traversal_cases());
    cases.extend(lint_cases());
    cases.extend(write_cases());
    cases.extend(role_cases());
    cases.extend(further_cases());
    cases.extend(closely::cases());
    cases
}

fn direct_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    let nullable = "ALTER TABLE public.users ALTER COLUMN tenant_id DROP NOT NULL;";
    let by_null = format!("{T} OR CLAUSE col('tenant_id') IS NULL");
    vec![
        case("1", "running example", RUNNING_EXAMPLE)
            .isolation("users", ALL, Proven)
            .isolation("projects", ALL, Proven)
            .isolation("tasks", ALL, Proven)
            .isolation("comments", ALL, Proven)
            .isolation("files", ALL, Proven)
            .verdict("users", ALL, "contradiction", Proven)
            .verdict("tasks", ALL, "contradiction", Proven)
            .verdict("projects", ALL, "tautology", Proven)
            .verdict("users", ALL, "redundancy", Proven)
            .verdict("users", WRITES, "cross-write", Proven)
            .verdict("tasks", WRITES, "cross-write", Proven)
            .finds_no("tenant-isolation")
            .finds_no("redundancy"),
        case("3", "a second clause lets everybody in", policy("p", "users", &format!("{T} OR CLAUSE col('role') = lit('admin')")))
            .isolation("users", ALL, Failed)
            .finds("tenant-isolation"),
        case("4", "NULL owner where there is none", policy("p", "users", &by_null))
            .isolation("users", ALL, Proven)
            .finds("contradiction"),
        case("5", "NULL owner where there is one", policy("p", "users", &by_null))
            .schema(format!("{SCHEMA}{nullable}"))
            .isolation("users", ALL, Failed)
            .finds_no("contradiction"),
        case("6", "everybody else's rows", policy("p", "users", "col('tenant_id') != session('app.tenant_id')"))
            .isolation("users", ALL, Failed),
        case("7", "a column equals itself", policy("p", "users", "col('tenant_id') = col('tenant_id')"))
            .isolation("users", ALL, Failed)
            .verdict("users", ALL, "tautology", Failed)
            .finds("tautology"),
        case("7 nullable", "a column equals itself, unless NULL", policy("p", "users", "col('tenant_id') = col('tenant_id')"))
            .schema(format!("{SCHEMA}{nullable}"))
            .isolation("users", ALL, Failed)
            .verdict("users", ALL, "tautology", Proven),
        case("8", "the check forgets the tenant", format!("POLICY p PERMISSIVE FOR ALL SELECTOR named('users') CLAUSE {T} WITH CHECK CLAUSE col('role') = lit('viewer')"))
            .isolation("users", &["SELECT", "DELETE"], Proven)
            .isolation("users", &["INSERT", "UPDATE"], Failed),
        case("9", "only restrictive", restrictive("p", "users", T))
            .isolation("users", ALL, Verdict::Denied)
            .finds("coverage"),
        case("10", "a restrictive policy isolates", policy("p", "users", "col('id') IS NOT NULL") + &restrictive("r", "users", T))
            .isolation("users", ALL, Proven),
        case("13", "two settings", policy("p", "users", "col('tenant_id') = session('app.a') AND col('tenant_id') = session('app.b')"))
            .config("isolation: [{ key: \"session('app.a')\" }]")
            .isolation("users", ALL, Proven)
            .verdict("users", ALL, "contradiction", Proven)
            .finds_no("contradiction"),
        case("21", "read and written by different columns", format!("
POLICY r PERMISSIVE FOR SELECT SELECTOR named('users') CLAUSE {T}
POLICY w PERMISSIVE FOR INSERT SELECTOR named('users') CLAUSE col('other') = session('app.tenant_id')"))
            .schema(format!("{SCHEMA}ALTER TABLE public.users ADD COLUMN other uuid;"))
            .isolation("users", &["SELECT"], Proven)
            .isolation("users", &["INSERT"], Failed)
            .verdict("users", &["INSERT"], "cross-write", Failed),
        case("23", "one tenant sees all", policy("p", "users", "session('app.tenant_id') = lit('acme')"))
            .schema(SCHEMA.replace("tenant_id uuid", "tenant_id text").replace("tenants (id uuid", "tenants (id text"))
            .isolation("users", ALL, Failed),
        case("24", "policies are OR-ed", policy("t", "projects", T) + &policy("o", "projects", "col('owner_id') = session('app.user_id')"))
            .isolation("projects", ALL, Failed),
        case("25", "a function that is not the key", policy("p", "users", "col('tenant_id') = fn('f', [])"))
            .schema(format!("{SCHEMA}CREATE FUNCTION public.f() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT '00000000-0000-0000-0000-000000000001'::uuid $$;"))
            .config("functions: { allow: [f] }")
            .isolation("users", ALL, Failed),
        case("29", "citext has more equal values than text", policy("p", "users", "col('kind') IN lit(['A'])") + &restrictive("r", "users", &format!("{T} OR CLAUSE col('kind') IN lit(['a', 'b'])")))
            .schema(format!("CREATE EXTENSION citext;{SCHEMA}ALTER TABLE public.users ADD COLUMN kind citext;"))
            .isolation("users", ALL, Failed),
    ]
}

fn traversal_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven, Unknown};
    let via = |table: &str, columns: &str, clause: &str| {
        policy("via", table, &format!("exists(rel(_, {columns}), {{{clause}}})"))
    };
    let attachments = "CREATE TABLE public.attachments (id uuid PRIMARY KEY, task_id uuid NOT NULL REFERENCES public.tasks (id));";
    let two_hops = |table: &str| {
        policy(
            "hops",
            table,
            &format!(
                "exists(rel(_, task_id, tasks, id), {{exists(rel(_, project_id, projects, id), {{{T}}})}})"
            ),
        )
    };
    let partial = "ALTER TABLE public.tasks DROP CONSTRAINT tasks_project_id_fkey; ALTER TABLE public.files DROP CONSTRAINT files_project_id_fkey;
ALTER TABLE public.projects DROP CONSTRAINT projects_pkey;
CREATE UNIQUE INDEX projects_named ON public.projects (id) WHERE name <> 'acme';";
    let by_assignee = Some("SELECT u.tenant_id FROM users u WHERE u.id = x.assignee_id");
    vec![
        case("2", "by a name that two projects share", via("tasks", "title, projects, name", T))
            .isolation("tasks", ALL, Failed)
            .finds("traversal-key-not-unique"),
        case("11", "the traversed table's own policy isolates", via("tasks", "project_id, projects, id", "col('id') IS NOT NULL") + &policy("t", "projects", T))
            .isolation("tasks", ALL, Proven)
            .isolation("projects", ALL, Proven),
        case("12", "the traversed table has no policy", via("tasks", "project_id, projects, id", "col('id') IS NOT NULL"))
            .isolation("tasks", ALL, Failed),
        case("15", "two hops to the owner", two_hops("attachments"))
            .schema(format!("{SCHEMA}{attachments}"))
            .isolation("attachments", ALL, Proven),
        case("15b", "two hops from a table that names its own tenant", two_hops("comments"))
            .isolation("comments", ALL, Failed),
        case("26", "a column that the target does not have", policy("p", "comments", &format!("exists(rel(_, task_id, tasks, id), {{{T}}})")))
            .isolation("comments", ALL, Unknown)
            .finds("unknown-column"),
        case("27 deferrable", "a deferrable key is no key", RUNNING_EXAMPLE)
            // A foreign key can't refer to it, so the owner is not reached by one either.
            .schema(schema_with("  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),\n  tenant_id uuid NOT NULL REFERENCES public.tenants (id),\n  name text NOT NULL,", "  id uuid PRIMARY KEY DEFERRABLE DEFAULT gen_random_uuid(),\n  tenant_id uuid NOT NULL REFERENCES public.tenants (id),\n  name text NOT NULL,").replace("project_id uuid NOT NULL REFERENCES public.projects (id)", "project_id uuid NOT NULL"))
            .owned("tasks", by_assignee)
            .owned("files", None)
            .isolation("tasks", ALL, Failed)
            .isolation("files", ALL, Failed)
            .isolation("projects", ALL, Proven),
        case("27 partial", "a partial key is no key", RUNNING_EXAMPLE)
            .schema(format!("{SCHEMA}{partial}"))
            .owned("tasks", by_assignee)
            .owned("files", None)
            .isolation("tasks", ALL, Failed)
            .isolation("files", ALL, Failed),
        case("28", "an UPDATE that may change the owner", format!("
POLICY s PERMISSIVE FOR SELECT SELECTOR named('projects') CLAUSE {T}
POLICY u PERMISSIVE FOR UPDATE SELECTOR named('projects') CLAUSE exists(rel(_, id, projects, id), {{{T}}})"))
            .isolation("projects", &["SELECT"], Proven)
            .isolation("projects", &["UPDATE"], Failed),
        case("31", "a composite traversal", policy("p", "tasks", &format!("exists(rel(_, (tenant_id, project_id), projects, (tenant_id, id)), {{{T}}})")))
            .schema(format!("{SCHEMA}ALTER TABLE public.tasks ADD COLUMN tenant_id uuid NOT NULL REFERENCES public.tenants (id);
ALTER TABLE public.projects ADD UNIQUE (tenant_id, id);"))
            .isolation("tasks", ALL, Proven),
    ]
}

fn lint_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    let text = schema_with(
        "  email text NOT NULL,",
        "  email text NOT NULL,\n  age integer NOT NULL DEFAULT 0,\n  status text,",
    );
    let pair = |narrow: &str, wide: &str| {
        case("19", "covered clauses", policy("p", "users", &format!("{narrow} OR CLAUSE {wide}")))
            .schema(text.clone())
    };
    vec![
        case(
            "14",
            "bounds that exclude each other",
            policy("p", "users", "col('age') > lit(65) AND col('age') < lit(18)"),
        )
        .schema(text.clone())
        .on_server("users", "age > 65 AND age < 18", false)
        .on_server("users", "age > 65", true)
        .finds("contradiction"),
        case(
            "16",
            "a policy within another",
            policy("a", "users", T) + &policy("b", "users", &format!("{T} AND col('role') = lit('admin')")),
        )
        .isolation("users", ALL, Proven)
        .verdict("users", ALL, "subsumption", Failed)
        .verdict("users", ALL, "redundancy", Failed)
        .finds("subsumption"),
        case(
            "17",
            "a restrictive policy that says the same",
            policy("p", "users", T) + &restrictive("r", "users", T),
        )
        .isolation("users", ALL, Proven)
        .verdict("users", ALL, "redundancy", Failed)
        .verdict("users", ALL, "subsumption", Proven)
        .finds("redundancy"),
        case(
            "redundant in a union",
            "a policy that two others cover together",
            policy("p", "users", T)
                + &policy(
                    "a",
                    "users",
                    &format!("{T} AND col('role') = lit('admin') OR CLAUSE {T} AND col('email') = lit('x')"),
                )
                + &policy("b", "users", &format!("{T} AND col('role') != lit('admin')")),
        )
        .isolation("users", ALL, Proven)
        .verdict("users", ALL, "redundancy", Failed)
        .finds("redundancy"),
        case(
            "not redundant in a union",
            "two policies that leave out NULL",
            policy("p", "users", T)
                + &policy(
                    "a",
                    "users",
                    &format!("{T} AND col('status') = lit('a') OR CLAUSE {T} AND col('email') = lit('x')"),
                )
                + &policy("b", "users", &format!("{T} AND col('status') != lit('a')"))
                + &restrictive("c", "users", "col('email') != lit('')"),
        )
        .schema(text.clone())
        .isolation("users", ALL, Proven)
        .finds_no("redundancy"),
        case(
            "18",
            "in and not in",
            policy("p", "users", "col('status') IN lit(['a', 'b']) AND col('status') NOT IN lit(['a', 'b'])"),
        )
        .schema(text.clone())
        .on_server("users", "status IN ('a', 'b') AND status NOT IN ('a', 'b')", false)
        .on_server("users", "status IN ('a', 'b')", true)
        .finds("contradiction"),
        pair("col('status') = lit('y')", "col('status') != lit('x')")
            .on_server("users", "status = 'y' AND (status <> 'x') IS NOT TRUE", false)
            .finds("subsumption"),
        pair("col('status') IS NULL", "col('status') != lit('x')")
            .on_server("users", "status IS NULL AND (status <> 'x') IS NOT TRUE", true)
            .finds_no("subsumption"),
        case("blanks", "blanks at the end of char(n) do not count", policy("p", "users", "col('code') IN lit(['a ']) AND col('code') = lit('a')"))
            .schema(format!("{text}ALTER TABLE public.users ADD COLUMN code char(3) NOT NULL DEFAULT 'a';"))
            .finds_no("contradiction"),
        case("two spellings", "two texts of one uuid", policy("p", "users", &format!("{T} AND col('tenant_id') = session('app.other') AND session('app.tenant_id') != session('app.other')")))
            .isolation("users", ALL, Proven)
            .finds_no("contradiction"),
        case(
            "20",
            "policies that traverse each other",
            policy("a", "tasks", &format!("exists(rel(_, project_id, projects, id), {{{T}}})"))
                + &policy(
                    "b",
                    "projects",
                    "exists(rel(_, id, tasks, project_id), {col('status') = lit('open')})",
                ),
        )
        .finds("traversal-cycle"),
        case("tautology", "true for all", policy("p", "users", "col('id') IS NOT NULL"))
            .verdict("users", ALL, "tautology", Failed)
            .isolation("users", ALL, Failed),
        case(
            "no contradiction",
            "two open conditions",
            policy("p", "users", &format!("{T} AND col('role') = lit('admin')")),
        )
        .verdict("users", ALL, "contradiction", Proven)
        .verdict("users", ALL, "tautology", Proven)
        .isolation("users", ALL, Proven),
    ]
}

/// What sessions write: to whom it refers, who reads it, what is marked as deleted.
fn write_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    const REFERENCE: &str = "cross-tenant-reference";
    let assigned = |check: &str| {
        policy("u", "users", T)
            + &policy("p", "projects", T)
            + &format!(
                "POLICY w PERMISSIVE FOR ALL SELECTOR named('tasks') CLAUSE exists(rel(_, project_id, projects, id), {{{T}}}) WITH CHECK CLAUSE {check}\n"
            )
    };
    let own_project = format!("exists(rel(_, project_id, projects, id), {{{T}}})");
    let own_assignee = format!("exists(rel(_, assignee_id, users, id), {{{T}}})");
    let composite = format!(
        "{SCHEMA}
ALTER TABLE public.users ADD UNIQUE (tenant_id, id);
ALTER TABLE public.projects DROP CONSTRAINT projects_owner_id_fkey, DROP CONSTRAINT projects_tenant_id_fkey,
  ADD FOREIGN KEY (tenant_id, owner_id) REFERENCES public.users (tenant_id, id);"
    );
    let live = "col('is_deleted') = lit(false)";
    vec![
        case("references", "an assignee of another tenant", assigned(&own_project))
            .isolation("tasks", ALL, Proven)
            .verdict("tasks", WRITES, REFERENCE, Failed)
            .finds(REFERENCE),
        case(
            "references followed",
            "the check follows both references",
            assigned(&format!("{own_project} AND {own_assignee} OR CLAUSE {own_project} AND col('assignee_id') IS NULL")),
        )
        .verdict("tasks", WRITES, REFERENCE, Proven)
        .isolation("tasks", ALL, Proven),
        case(
            "references by a composite key",
            "the key holds the tenant",
            policy("u", "users", T) + &policy("p", "projects", T),
        )
        .schema(composite)
        .verdict("projects", WRITES, REFERENCE, Proven),
        case(
            "hidden writes",
            "written rows that their writer does not see",
            format!("POLICY p PERMISSIVE FOR ALL SELECTOR named('users') CLAUSE {T}\nPOLICY r RESTRICTIVE FOR SELECT SELECTOR named('users') CLAUSE col('role') != lit('admin')"),
        )
        .isolation("users", ALL, Proven)
        .verdict("users", WRITES, "write-restriction", Failed)
        .verdict("users", WRITES, "cross-write", Proven)
        .finds("write-restriction"),
        case("seen writes", "written rows are seen", policy("p", "users", T))
            .verdict("users", WRITES, "write-restriction", Proven),
        case("deleted rows visible", "nothing hides marked rows", policy("p", "projects", T))
            .verdict("projects", &["SELECT"], "soft-delete", Failed)
            .verdict("projects", &["UPDATE"], "soft-delete", Proven)
            .finds("soft-delete"),
        case(
            "deleted rows hidden",
            "hidden from SELECT, and therefore not to be marked",
            format!("{}POLICY s RESTRICTIVE FOR SELECT SELECTOR named('projects') CLAUSE {live}", policy("p", "projects", T)),
        )
        .verdict("projects", &["SELECT"], "soft-delete", Proven)
        .verdict("projects", &["UPDATE"], "soft-delete", Failed)
        .finds("soft-delete"),
    ]
}

fn role_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    let mut by_role = case(
        "22",
        "support sees all",
        format!(
            "POLICY s PERMISSIVE FOR ALL TO support SELECTOR named('users') CLAUSE col('id') IS NOT NULL\n{}",
            policy("t", "users", T)
        ),
    )
    .isolation("users", ALL, Failed);
    by_role.by_role = vec![("users", "SELECT", vec![("public", Proven), ("support", Failed)])];
    vec![
        by_role,
        case("30", "two roles, held together", format!("
POLICY a PERMISSIVE FOR ALL TO r1 SELECTOR named('tasks') CLAUSE exists(rel(_, project_id, projects, id), {{col('id') IS NOT NULL}})
POLICY b PERMISSIVE FOR ALL TO r2 SELECTOR named('projects') CLAUSE {T}"))
            .isolation("tasks", ALL, Proven)
            .verdict("tasks", ALL, "contradiction", Proven)
            .finds_no("contradiction"),
    ]
}

/// Cases beyond the known table, each for something that an encoding may forget.
fn further_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven, Unknown};
    vec![
        case("cast", "text that differs may be one uuid", policy("p", "users", T)).isolation("users", ALL, Proven),
        case("integer tenants", "'1' and '01' are one tenant", policy("p", "accounts", T))
            .schema("CREATE TABLE accounts (id integer PRIMARY KEY, tenant_id integer NOT NULL, x text);".to_owned())
            .isolation("accounts", ALL, Proven),
        case("LIKE", "a pattern beside the tenant", policy("p", "users", &format!("{T} AND col('email') LIKE lit('%@example.com')")))
            .isolation("users", ALL, Proven)
            .verdict("users", ALL, "contradiction", Proven),
        case("LIKE leak", "a pattern instead of the tenant", policy("p", "users", "col('email') LIKE lit('a%')"))
            .isolation("users", ALL, Failed),
        case("reference always met", "a foreign key leads to a row that is there", policy("p", "tasks", "exists(rel(_, project_id, projects, id), {col('id') IS NOT NULL})"))
            .verdict("tasks", &["SELECT", "DELETE"], "tautology", Failed),
        case("reference nobody needs", "what a foreign key says already", format!(
            "POLICY t PERMISSIVE FOR SELECT SELECTOR named('comments') CLAUSE {T}\n\
             POLICY r RESTRICTIVE FOR SELECT SELECTOR named('comments') CLAUSE exists(rel(_, task_id, tasks, id), {{col('id') IS NOT NULL}})\n",
        ))
        .verdict("comments", &["SELECT"], "redundancy", Failed)
        .isolation("comments", &["SELECT"], Proven),
        case("LIKE contradiction", "two patterns that exclude each other", policy("p", "users", "col('email') LIKE lit('a%') AND col('email') LIKE lit('b%')"))
            .finds("contradiction"),
        case("inheritance", "children may lack the key", RUNNING_EXAMPLE)
            .schema(format!("{SCHEMA}CREATE TABLE public.old_projects () INHERITS (public.projects);"))
            .isolation("tasks", ALL, Failed),
        case("not valid", "a foreign key that old rows may break", RUNNING_EXAMPLE)
            .schema(SCHEMA.replace("project_id uuid NOT NULL REFERENCES public.projects (id)", "project_id uuid NOT NULL")
                + "ALTER TABLE public.tasks ADD CONSTRAINT t FOREIGN KEY (project_id) REFERENCES public.projects (id) NOT VALID;")
            // The shortest valid path is by the assignee, who may be of another tenant.
            .owned("tasks", Some("SELECT u.tenant_id FROM users u WHERE u.id = x.assignee_id"))
            .isolation("tasks", ALL, Failed),
        case("referred", "the table that owner columns refer to", policy("p", "tenants", "col('id') = session('app.tenant_id')"))
            .isolation("tenants", ALL, Proven),
        case("ambiguous", "two ways to the owner", policy("p", "links", "exists(rel(_, a_id, projects, id), {col('tenant_id') = session('app.tenant_id')})"))
            .schema(format!("{SCHEMA}CREATE TABLE links (id uuid PRIMARY KEY, a_id uuid NOT NULL REFERENCES projects (id), b_id uuid NOT NULL REFERENCES projects (id));"))
            .isolation("links", ALL, Unknown)
            .finds("owner-ambiguous"),
        case("decided", "two ways to the owner, one configured", policy("p", "links", "exists(rel(_, a_id, projects, id), {col('tenant_id') = session('app.tenant_id')})"))
            .schema(format!("{SCHEMA}CREATE TABLE links (id uuid PRIMARY KEY, a_id uuid NOT NULL REFERENCES projects (id), b_id uuid NOT NULL REFERENCES projects (id));"))
            .config("isolation: [{ owners: { links: a_id.tenant_id } }]")
            .isolation("links", ALL, Proven),
        case("foreign policy", "a policy that is not ours", policy("p", "users", T))
            .schema(format!("{SCHEMA}CREATE POLICY legacy ON public.users FOR SELECT USING (role ~ 'admin');"))
            .isolation("users", &["SELECT"], Unknown)
            .isolation("users", &["INSERT", "DELETE"], Proven)
            .finds("foreign-policy"),
        case("stray text", "a misspelt policy may be for anything", policy("p", "users", T) + "POLCY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col('id') IS NOT NULL")
            .isolation("users", ALL, Unknown)
            .finds("syntax"),
        case("broken policy", "its commands and tables are not known, the others are", policy("p", "users", T) + &policy("t", "projects", T) + "POLICY q PERMISSIVE FOR SELECT SELECTOR named('users') CLAUSE col('id' IS NOT NULL")
            .isolation("users", &["SELECT"], Unknown)
            .isolation("users", &["INSERT", "DELETE"], Proven)
            .isolation("projects", ALL, Proven)
            .finds("syntax"),
        case("broken commands", "a list that can't be read may mean any command", policy("p", "users", T) + &format!("POLICY q PERMISSIVE FOR SELECT, INSRT SELECTOR named('users') CLAUSE {T}"))
            .isolation("users", ALL, Unknown),
        case("broken command word", "one that is spelt wrong may mean any command", policy("p", "users", T) + &format!("POLICY q PERMISSIVE FOR SELECT UPDAT SELECTOR named('users') CLAUSE {T}"))
            .isolation("users", ALL, Unknown),
        case("broken selector", "a selector that can't be read may select any table", policy("p", "users", T) + &policy("t", "projects", T) + &format!("POLICY q PERMISSIVE FOR ALL SELECTOR named('users') OR nmed('projects') CLAUSE {T}"))
            .isolation("users", ALL, Unknown)
            .isolation("projects", ALL, Unknown),
        case("missing selector", "nothing says which table it selects", policy("p", "users", T) + &format!("POLICY q PERMISSIVE FOR SELECT CLAUSE {T}"))
            .isolation("users", &["SELECT"], Unknown)
            .isolation("users", &["INSERT"], Proven),
        case("type of a selector", "a type that is not known may be any column's", policy("p", "users", T) + &format!("POLICY q PERMISSIVE FOR ALL SELECTOR has_column('tenant_id', uid) CLAUSE {T}"))
            .isolation("users", ALL, Unknown)
            .finds("unknown-type"),
        case("broken configuration", "what isolation means is not known", policy("p", "users", T))
            .config("isolation: [{ kee: x }]")
            .isolation("users", ALL, Unknown)
            .finds("config"),
        case("unusable key", "a key that is no value", policy("p", "users", T))
            .config("isolation: [{ key: \"col('x')\" }, {}]")
            .isolation("users", ALL, Unknown)
            .finds("config"),
        case("deny", "a missing setting denies", policy("p", "users", T))
            .config("session: { missing: deny }")
            .isolation("users", ALL, Proven),
        case("null session", "whoever has no tenant sees all", policy("p", "users", "session('app.tenant_id') IS NULL"))
            .config("session: { missing: deny }")
            .isolation("users", ALL, Failed),
        case("uuid order", "a range of tenants", policy("p", "users", "col('tenant_id') <= session('app.tenant_id')"))
            .isolation("users", ALL, Failed),
        case("enum", "all labels but one", policy("p", "users", &format!("{T} AND col('mood') != lit('sad')")))
            .schema(format!("CREATE TYPE mood AS ENUM ('sad', 'happy');{SCHEMA}ALTER TABLE public.users ADD COLUMN mood mood;"))
            .isolation("users", ALL, Proven)
            .verdict("users", ALL, "contradiction", Proven),
        case("enum exhausted", "neither of two labels", policy("p", "users", "col('mood') != lit('sad') AND col('mood') != lit('happy')"))
            .schema(format!("CREATE TYPE mood AS ENUM ('sad', 'happy');{SCHEMA}ALTER TABLE public.users ADD COLUMN mood mood;"))
            .finds("contradiction"),
        case("no owner", "sessions share a row", policy("p", "config", "col('key') = session('app.tenant_id') OR CLAUSE col('value') = lit('public')"))
            .isolation("config", ALL, Failed),
        case("no owner, disjoint", "a key of its own", policy("p", "config", "col('key') = session('app.tenant_id')"))
            .schema(SCHEMA.replace("tenant_id uuid", "tenant_id text").replace("tenants (id uuid", "tenants (id text"))
            .isolation("config", ALL, Proven),
    ]
}
