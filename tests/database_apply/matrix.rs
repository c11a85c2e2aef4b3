//! The matrix of a target, cell by cell beside what real sessions get.

use postgres::Client;
use serde_json::Value;

use crate::example::{Example, create_role};

const SCHEMA: &str = "\
CREATE TABLE projects (id int PRIMARY KEY, tenant_id text NOT NULL, name text);
CREATE TABLE notes (id int PRIMARY KEY, tenant_id text NOT NULL, name text);
CREATE TABLE config (id int PRIMARY KEY, tenant_id text, name text);
INSERT INTO projects VALUES (1, 'a', 'x'), (2, 'b', 'x');
INSERT INTO notes VALUES (1, 'a', 'x'), (2, 'b', 'x');
INSERT INTO config VALUES (1, 'a', 'x'), (2, 'b', 'x');
";

const TABLES: [&str; 3] = ["projects", "notes", "config"];
const COMMANDS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// Roles of every kind: what they are called in this test, and what they really are called.
struct Cast {
    example: Example,
    roles: Vec<(&'static str, String)>,
}

impl Cast {
    /// Projects has the policies of the project, notes one that was there before and no FORCE, config none.
    fn new() -> Cast {
        let example = Example::new(SCHEMA, "");
        let words =
            ["app", "group", "loner", "auditor", "owner", "backup", "boss", "clerk", "reader", "stranger"];
        let roles: Vec<_> = words.map(|word| (word, create_role(&example, word))).into();
        let cast = Cast { example, roles };
        let of = |word| cast.role(word);
        cast.example.sql(&format!(
            "ALTER ROLE {boss} SUPERUSER; ALTER ROLE {backup} BYPASSRLS; ALTER ROLE {loner} NOINHERIT;
             GRANT {group} TO {app}, {loner}; GRANT pg_read_all_data TO {reader};
             ALTER TABLE projects OWNER TO {owner}; ALTER TABLE notes OWNER TO {owner};
             GRANT SELECT, INSERT, UPDATE, DELETE ON projects, notes TO {group}, {backup};
             GRANT SELECT ON projects TO {auditor}; GRANT SELECT ON config TO PUBLIC;
             GRANT SELECT (id, name), INSERT (id, tenant_id), UPDATE (name) ON projects TO {clerk};
             ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
             CREATE POLICY reading ON notes FOR SELECT USING (id IS NOT NULL);
             CREATE POLICY writing ON notes FOR INSERT TO {group} WITH CHECK (tenant_id = 'a');",
            boss = of("boss"),
            backup = of("backup"),
            loner = of("loner"),
            group = of("group"),
            app = of("app"),
            reader = of("reader"),
            owner = of("owner"),
            auditor = of("auditor"),
            clerk = of("clerk"),
        ));
        let auditor = of("auditor");
        cast.example.project.write(
            "p.policy",
            format!(
                "POLICY own_projects PERMISSIVE FOR ALL SELECTOR named('projects')
                   CLAUSE col('tenant_id') = session('app.tenant_id')
                 POLICY all_projects PERMISSIVE FOR SELECT TO {auditor} SELECTOR named('projects')
                   CLAUSE col('id') IS NOT NULL
                 GRANT INSERT TO {auditor} SELECTOR named('config')"
            ),
        );
        cast
    }

    fn role(&self, word: &str) -> &str {
        &self.roles.iter().find(|(known, _)| *known == word).unwrap().1
    }

    /// That the auditor reads all tenants' projects is no proof's liking.
    fn apply(&self) {
        self.example.pgpe(&["apply", "--target", "dev", "--yes", "--allow-unproven"]).exits(0);
    }

    fn matrix(&self) -> Value {
        self.example.pgpe(&["matrix", "--target", "dev", "--format", "json"]).exits(0).json()
    }
}

/// What the matrix says of a role; of `None`, of PUBLIC.
fn cell<'m>(matrix: &'m Value, table: &str, role: Option<&str>, command: &str) -> &'m Value {
    let find = |list: &'m Value, key: &str, wanted: Value| {
        list.as_array().unwrap().iter().find(|it| it[key] == wanted).unwrap()
    };
    let table = find(&matrix["tables"], "table", Value::from(table));
    let wanted = role.map_or(Value::Null, Value::from);
    &find(&table["roles"], "role", wanted)["commands"][command]
}

/// How many rows a statement reached, of those that it would without any policy; nothing is changed. `None` if it
/// was refused.
fn reached(client: &mut Client, statement: &str, row_security: bool) -> Option<u64> {
    let mut transaction = client.transaction().unwrap();
    let switch = if row_security { "on" } else { "off" };
    transaction
        .batch_execute(&format!("SET LOCAL row_security = {switch}; SET LOCAL app.tenant_id = 'a'"))
        .unwrap();
    match transaction.execute(statement, &[]) {
        Ok(count) => Some(count),
        Err(error) => {
            let code = error.code().expect("the server refuses").code().to_owned();
            assert_eq!(code, "42501", "{error:?}\n{statement}");
            None
        }
    }
}

/// Statements by which a role reaches each of two rows, one of which is its tenant's.
fn statements(table: &str, command: &str) -> Vec<String> {
    match command {
        // Only columns that have privileges where not all have.
        "SELECT" => vec![format!("SELECT id FROM {table}")],
        "INSERT" => {
            let (column, values) = match table {
                "tasks" => ("project_id", ["1", "2"]),
                "comments" => ("task_id", ["1", "2"]),
                _ => ("tenant_id", ["'a'", "'b'"]),
            };
            values.map(|it| format!("INSERT INTO {table} (id, {column}) VALUES (9, {it})")).into()
        }
        "UPDATE" => vec![format!("UPDATE {table} SET name = 'y'")],
        _ => vec![format!("DELETE FROM {table}")],
    }
}

/// The word that the server's behaviour deserves.
fn seen(client: &mut Client, table: &str, command: &str, has_row_security: bool) -> &'static str {
    let mut count = |row_security| -> u64 {
        let statements = statements(table, command);
        statements.iter().filter_map(|statement| reached(client, statement, row_security)).sum()
    };
    match count(true) {
        0 => "denied",
        1 => "conditional",
        // With `row_security` off a statement is refused if policies apply to it.
        _ if has_row_security && count(false) == 2 => "bypassed",
        _ => "open",
    }
}

#[test]
fn each_cell_is_what_sessions_get() {
    let cast = Cast::new();
    cast.apply();
    let matrix = cast.matrix();
    let mut words = std::collections::BTreeMap::<String, usize>::new();
    for (word, role) in &cast.roles {
        let mut client = cast.example.database.connect_as(role);
        for table in TABLES {
            for command in COMMANDS {
                let said = cell(&matrix, table, Some(role), command);
                let got = seen(&mut client, table, command, table != "config");
                assert_eq!(said["access"], got, "{word}: {command} on {table}: {said}");
                assert!(said.get("mayBeOpen").is_none(), "{word}: {command} on {table}: {said}");
                *words.entry(got.to_owned()).or_default() += 1;
                if *word == "stranger" {
                    assert_eq!(cell(&matrix, table, None, command)["access"], got);
                }
            }
        }
    }
    assert_eq!(words.keys().collect::<Vec<_>>(), ["bypassed", "conditional", "denied", "open"]);
    let clerk = cast.role("clerk");
    let columns = |command| cell(&matrix, "projects", Some(clerk), command)["columns"].clone();
    assert_eq!(columns("SELECT"), serde_json::json!(["id", "name"]));
    assert_eq!(columns("UPDATE"), serde_json::json!(["name"]));
}

const TRAVERSING: &str = "\
CREATE SCHEMA apart;
CREATE TABLE apart.things (id int PRIMARY KEY, tenant_id text NOT NULL, name text);
CREATE TABLE projects (id int PRIMARY KEY, tenant_id text NOT NULL, name text);
CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects INITIALLY DEFERRED, name text);
CREATE TABLE comments (id int PRIMARY KEY, task_id int NOT NULL REFERENCES tasks INITIALLY DEFERRED, name text);
INSERT INTO apart.things VALUES (1, 'a', 'x'), (2, 'b', 'x');
INSERT INTO projects VALUES (1, 'a', 'x'), (2, 'b', 'x');
INSERT INTO tasks VALUES (1, 1, 'x'), (2, 2, 'x');
INSERT INTO comments VALUES (1, 1, 'x'), (2, 2, 'x');
";

const TRAVERSALS: &str = "\
POLICY own PERMISSIVE FOR ALL SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') = session('app.tenant_id')
POLICY own_tasks PERMISSIVE FOR ALL SELECTOR named('tasks')
  CLAUSE exists(rel(_, project_id, projects, id), {col('tenant_id') = session('app.tenant_id')})
POLICY own_comments PERMISSIVE FOR ALL SELECTOR named('comments')
  CLAUSE exists(rel(_, task_id, tasks, id), {col('id') IS NOT NULL})
";

/// A schema that is closed to a role, and subqueries that read what it may not.
#[test]
fn what_it_takes_besides_the_table_is_counted() {
    let example = Example::with_targets(TRAVERSING, TRAVERSALS, |url| {
        format!("tables: {{ schemas: [public, apart] }}\ntargets: {{ dev: {{ url: \"{url}\" }} }}\n")
    });
    let all = "SELECT, INSERT, UPDATE, DELETE";
    // What each is granted; `?` is its name.
    let grants: [(&str, String); 10] = [
        (
            "full",
            format!(
                "GRANT USAGE ON SCHEMA apart TO ?; GRANT {all} ON apart.things, projects, tasks, comments TO ?"
            ),
        ),
        ("outside", format!("GRANT {all} ON apart.things, tasks TO ?")),
        ("halfway", format!("GRANT {all} ON tasks, comments TO ?")),
        (
            "narrow",
            format!("GRANT {all} ON tasks, comments TO ?; GRANT SELECT (id, tenant_id) ON projects TO ?"),
        ),
        ("too_narrow", format!("GRANT {all} ON tasks TO ?; GRANT SELECT (id) ON projects TO ?")),
        ("reader", "GRANT pg_read_all_data TO ?; GRANT INSERT ON tasks TO ?".to_owned()),
        ("writer", "GRANT pg_write_all_data TO ?".to_owned()),
        ("keeper", format!("ALTER SCHEMA apart OWNER TO ?; GRANT {all} ON apart.things TO ?")),
        ("past", format!("ALTER ROLE ? BYPASSRLS; GRANT {all} ON tasks TO ?")),
        ("stranger", String::new()),
    ];
    let roles: Vec<String> = grants.iter().map(|(word, _)| create_role(&example, word)).collect();
    for ((_, grants), role) in grants.iter().zip(&roles) {
        example.sql(&grants.replace('?', role));
    }
    example.pgpe(&["apply", "--target", "dev", "--yes", "--allow-unproven"]).exits(0);
    let matrix = example.pgpe(&["matrix", "--target", "dev", "--format", "json"]).exits(0).json();
    let of = |word: &str, table: &str, command: &str| {
        let at = grants.iter().position(|(known, _)| *known == word).unwrap();
        cell(&matrix, table, Some(&roles[at]), command).clone()
    };
    for ((word, _), role) in grants.iter().zip(&roles) {
        let mut client = example.database.connect_as(role);
        for table in ["apart.things", "projects", "tasks", "comments"] {
            for command in COMMANDS {
                let said = of(word, table.trim_start_matches("apart."), command);
                let got = seen(&mut client, table, command, true);
                assert_eq!(said["access"], got, "{word}: {command} on {table}: {said}");
            }
        }
    }
    assert_eq!(of("outside", "things", "SELECT")["reason"], "no USAGE on the schema apart");
    assert_eq!(
        of("outside", "tasks", "SELECT")["reason"],
        "its policies read public.projects, and it may not"
    );
    assert_eq!(
        of("halfway", "comments", "DELETE")["reason"],
        "its policies read public.projects, and it may not"
    );
    assert_eq!(of("narrow", "comments", "SELECT")["access"], "conditional");
    assert_eq!(of("too_narrow", "tasks", "INSERT")["access"], "denied");
    assert_eq!(of("past", "tasks", "UPDATE")["access"], "bypassed");
}

#[test]
fn what_is_not_applied_yet_is_said() {
    let cast = Cast::new();
    let matrix = cast.matrix();
    let app = cast.role("app");
    // As it will be.
    assert_eq!(cell(&matrix, "projects", Some(app), "SELECT")["access"], "conditional");
    let notes = |matrix: &Value| {
        let notes = matrix["notes"].as_array().unwrap();
        notes.iter().map(|note| note.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let owner = cast.role("owner");
    let before = notes(&matrix);
    assert!(before[0].starts_with("dev is not as the project says"), "{before:?}");
    let unforced =
        format!("{owner} owns public.projects and bypasses its policies until they are applied with FORCE");
    assert!(before.contains(&unforced), "{before:?}");
    cast.apply();
    let after = notes(&cast.matrix());
    assert!(
        !after.iter().any(|note| note.contains("not as the project says") || *note == unforced),
        "{after:?}"
    );
}

#[test]
fn ways_round_policies_are_named() {
    let cast = Cast::new();
    let [app, owner, backup, boss] = ["app", "owner", "backup", "boss"].map(|word| cast.role(word));
    cast.example.sql(&format!(
        "GRANT {backup} TO {app};
         CREATE VIEW by_owner AS SELECT * FROM projects; ALTER VIEW by_owner OWNER TO {owner};
         CREATE VIEW by_boss AS SELECT name FROM projects; ALTER VIEW by_boss OWNER TO {boss};
         CREATE VIEW nested AS SELECT name FROM by_owner; ALTER VIEW nested OWNER TO {boss};
         CREATE MATERIALIZED VIEW kept AS SELECT name FROM projects;
         CREATE FUNCTION all_names(text) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
           AS 'SELECT name FROM projects';
         CREATE VIEW harmless AS SELECT * FROM config"
    ));
    // Before version 15 there is no such option, and no view without it is meant.
    if cast.example.database.connect().batch_execute("ALTER VIEW by_owner SET (security_invoker)").is_ok() {
        cast.example.sql("ALTER VIEW by_owner RESET (security_invoker)");
        cast.example.sql("CREATE VIEW by_caller WITH (security_invoker) AS SELECT * FROM projects");
    }
    cast.apply();
    let matrix = cast.matrix();
    let notes: Vec<&str> =
        matrix["notes"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for expected in [
        format!("{backup} bypasses row-level security as BYPASSRLS, and {app} may become it by SET ROLE"),
        format!("{boss} bypasses row-level security as SUPERUSER"),
        format!(
            "the view public.by_owner, without security_invoker, reads public.projects as {owner}, by the policies for that role"
        ),
        format!(
            "the view public.by_boss, without security_invoker, reads public.projects as {boss}, who bypasses row-level security"
        ),
        format!(
            "the view public.nested, without security_invoker, reads public.projects as {owner}, by the policies for that role"
        ),
        "the materialized view public.kept holds rows of public.projects, without policies".to_owned(),
        "the SECURITY DEFINER function public.all_names(text) may read governed tables as its owner"
            .to_owned(),
    ] {
        assert!(notes.contains(&expected.as_str()), "{expected}\n{notes:#?}");
    }
    assert!(!notes.iter().any(|note| note.contains("harmless") || note.contains("by_caller")), "{notes:#?}");
    // They are as the server has them: what the views of the powerful show is not the caller's own.
    cast.example.sql(&format!("GRANT SELECT ON by_owner, by_boss, nested, kept TO {app}"));
    let mut client = cast.example.database.connect_as(app);
    client.batch_execute("SET app.tenant_id = 'a'").unwrap();
    let mut count = |sql: &str| -> i64 { client.query_one(sql, &[]).unwrap().get(0) };
    assert_eq!(count("SELECT count(*) FROM projects"), 1);
    assert_eq!(count("SELECT count(*) FROM by_owner"), 1);
    assert_eq!(count("SELECT count(*) FROM nested"), 1);
    assert_eq!(count("SELECT count(*) FROM by_boss"), 2);
    assert_eq!(count("SELECT count(*) FROM kept"), 2);
    assert_eq!(count("SELECT count(*) FROM all_names('')"), 2);
}
