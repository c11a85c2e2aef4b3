//! `pgpe matrix` of a project that has a schema file.

use serde_json::Value;

use crate::support::{PROJECTS, Project};

const SCHEMA: &str = "\
CREATE ROLE admin SUPERUSER;
CREATE ROLE backup BYPASSRLS;
CREATE ROLE tenants;
CREATE ROLE app IN ROLE tenants;
CREATE ROLE loner NOINHERIT IN ROLE tenants;
CREATE TABLE projects (id int PRIMARY KEY, tenant_id text NOT NULL, name text);
CREATE TABLE notes (id int PRIMARY KEY, body text);
CREATE TABLE config (key text, value text);
ALTER TABLE notes OWNER TO librarian;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON notes FOR SELECT USING (id = id);
CREATE POLICY odd ON notes FOR INSERT WITH CHECK (body ~ 'x');
CREATE POLICY never ON notes FOR DELETE USING (id > 1 AND id < 1);
GRANT SELECT, INSERT, UPDATE, DELETE ON projects, notes TO tenants;
GRANT SELECT (id, name), UPDATE (name) ON projects TO clerk;
GRANT SELECT ON projects TO backup;
GRANT SELECT ON config TO PUBLIC;
";

fn project() -> Project {
    let grant = "GRANT INSERT TO clerk SELECTOR named('config')\n";
    Project::new(&[("schema.sql", SCHEMA), ("a.policy", PROJECTS), ("b.policy", grant)])
}

fn words(matrix: &Value, table: &str, role: &str) -> Vec<String> {
    let named = |it: &&Value| it["table"] == table;
    let table = matrix["tables"].as_array().unwrap().iter().find(named).unwrap();
    let wanted = if role == "PUBLIC" { Value::Null } else { Value::from(role) };
    let of = |it: &&Value| it["role"] == wanted;
    let role = table["roles"].as_array().unwrap().iter().find(of).unwrap();
    let word = |command: &str| role["commands"][command]["access"].as_str().unwrap().to_owned();
    ["SELECT", "INSERT", "UPDATE", "DELETE"].map(word).into()
}

#[test]
fn privileges_and_policies_are_taken_together() {
    let matrix = project().run(&["matrix", "--format", "json"]).exits(0).json();
    assert_eq!(matrix["version"], 1);
    let all = |word: &str| vec![word.to_owned(); 4];
    assert_eq!(words(&matrix, "projects", "app"), all("conditional"));
    assert_eq!(words(&matrix, "projects", "loner"), all("denied"));
    assert_eq!(words(&matrix, "projects", "PUBLIC"), all("denied"));
    assert_eq!(words(&matrix, "projects", "admin"), all("bypassed"));
    assert_eq!(words(&matrix, "projects", "backup"), ["bypassed", "denied", "denied", "denied"]);
    assert_eq!(words(&matrix, "projects", "clerk"), ["conditional", "denied", "conditional", "denied"]);
    // No policy is for UPDATE, and that for DELETE lets nothing pass.
    assert_eq!(words(&matrix, "notes", "app"), ["open", "conditional", "denied", "denied"]);
    assert_eq!(words(&matrix, "notes", "librarian"), all("bypassed"));
    assert_eq!(words(&matrix, "config", "app"), ["open", "denied", "denied", "denied"]);
    assert_eq!(words(&matrix, "config", "clerk"), ["open", "open", "denied", "denied"]);
    assert_eq!(words(&matrix, "config", "admin"), all("open"));

    let find = |table: &str| {
        let tables = matrix["tables"].as_array().unwrap();
        tables.iter().find(|it| it["table"] == table).unwrap().clone()
    };
    let cell = |table: &str, role: &str, command: &str| {
        let roles = find(table)["roles"].as_array().unwrap().clone();
        roles.iter().find(|it| it["role"] == role).unwrap()["commands"][command].clone()
    };
    assert_eq!(cell("projects", "clerk", "SELECT")["columns"], serde_json::json!(["id", "name"]));
    assert_eq!(cell("projects", "app", "SELECT").as_object().unwrap().len(), 1);
    assert_eq!(cell("notes", "app", "DELETE")["reason"], "no row can pass");
    assert_eq!(cell("notes", "app", "UPDATE")["reason"], "no permissive policy");
    // What can't be read may be true.
    assert_eq!(cell("notes", "app", "INSERT")["mayBeOpen"], true);
    assert_eq!(find("config")["rowSecurity"], false);
}

#[test]
fn it_is_a_table_for_people() {
    let run = project().run(&["matrix", "--table", "projects"]).exits(0);
    let expected = "\
public.projects
           SELECT                  INSERT       UPDATE              DELETE
  PUBLIC   denied                  denied       denied              denied
  admin    bypassed                bypassed     bypassed            bypassed
  app      conditional             conditional  conditional         conditional
  backup   bypassed                denied       denied              denied
  clerk    conditional (id, name)  denied       conditional (name)  denied
  loner    denied                  denied       denied              denied
  tenants  conditional             conditional  conditional         conditional

";
    assert!(run.out.starts_with(expected), "{}", run.out);
    let run = project().run(&["matrix", "--table", "notes"]).exits(0);
    assert!(run.out.contains("conditional, may be open"), "{}", run.out);
    assert!(
        run.out.contains("public.notes may be open: the existing policy odd can't be read"),
        "{}",
        run.out
    );
}

#[test]
fn without_grants_it_says_why_all_is_denied() {
    let run = Project::isolated().run(&["matrix"]).exits(0);
    assert!(!run.out.contains("conditional"), "{}", run.out);
    assert!(run.out.contains("nor a GRANT item grants anything"), "{}", run.out);
    let run = project().run(&["matrix"]).exits(0);
    assert!(!run.out.contains("nor a GRANT item"), "{}", run.out);
}

#[test]
fn bad_input_is_refused() {
    project().run(&["matrix", "--table", "project"]).refuses(&["did you mean `projects`?"]);
    project().run(&["matrix", "--target", "dev"]).refuses(&["pgpe.yaml has no targets"]);
    Project::new(&[("a.policy", PROJECTS)]).run(&["matrix"]).refuses(&["no schema is known"]);
    let project = project();
    project
        .write("c.policy", "POLICY broken PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col('x') = 1");
    let run = project.run(&["matrix"]).exits(1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("no access can be told: correct"), "{}", run.err);
}
