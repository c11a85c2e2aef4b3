//! The schema of a project from a database: pulled into a snapshot, of a target, or by its URL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cli/support.rs"]
#[allow(dead_code)]
mod cli;
#[path = "support/postgres.rs"]
mod postgres_server;

use cli::{PROJECTS, Project, Run, SCHEMA, TASKS};
use postgres_server::Database;

/// The database of that schema, and a project with a target `dev` that leads there.
fn project(schema: &str) -> (Database, Project) {
    let database = Database::create();
    database.load(SCHEMA);
    let config = format!("version: 1\n{schema}targets: {{ dev: {{ url: \"{}\" }} }}\n", database.url());
    let files =
        [("pgpe.yaml", config.as_str()), ("policies/a.policy", PROJECTS), ("policies/b.policy", TASKS)];
    (database, Project::new(&files))
}

/// What is said of the same project with the schema in a file.
fn by_file(arguments: &[&str]) -> String {
    let files = [("schema.sql", SCHEMA), ("policies/a.policy", PROJECTS), ("policies/b.policy", TASKS)];
    Project::new(&files).run(arguments).exits(0).out
}

const COMPILE: &[&str] = &["compile", "--format", "json"];
const ANALYZE: &[&str] = &["analyze", "--format", "json"];

/// A database tells of its superuser and of who owns the tables besides, and of nothing else.
#[track_caller]
fn same_as_by_file(run: &Run) {
    let mut found = run.json();
    for table in found["tables"].as_array_mut().unwrap() {
        let assumptions = table["assumptions"].as_array_mut().unwrap();
        let count = assumptions.len();
        assumptions.retain(|it| it["kind"] != "bypassing-role" && it["kind"] != "unforced-owner");
        assert!(assumptions.len() <= count - 2, "{table}");
    }
    let by_file: serde_json::Value = serde_json::from_str(&by_file(ANALYZE)).unwrap();
    assert_eq!(found, by_file);
}

#[test]
fn a_pulled_snapshot_serves_as_the_schema() {
    let (_database, project) = project("schema: { snapshot: .pgpe/schema.json }\n");
    project.run(&["check"]).refuses(&["there is no file", ".pgpe/schema.json"]);
    let pulled = project.run(&["schema", "pull", "--target", "dev"]).exits(0);
    assert!(pulled.err.contains("2 tables, 0 policies"), "{}", pulled.err);
    assert_eq!(project.run(COMPILE).exits(0).out, by_file(COMPILE));
    same_as_by_file(&project.run(ANALYZE).exits(0));
    // Elsewhere, and by the option; the same database gives the same text.
    project.run_in("policies", &["schema", "pull", "--target", "dev", "-o", "../db/now.json"]).exits(0);
    assert_eq!(project.read("db/now.json"), project.read(".pgpe/schema.json"));
    let named = project.run(&[&["--schema", "db/now.json"], COMPILE].concat()).exits(0);
    assert_eq!(named.out, by_file(COMPILE));
}

#[test]
fn the_schema_of_a_target_is_kept_until_it_is_refreshed() {
    let (database, project) = project("schema: { target: dev }\n");
    same_as_by_file(&project.run(ANALYZE).exits(0));
    let kept = project.read(".pgpe/schema/dev.json");
    let mut client = database.connect();
    client.batch_execute("ALTER TABLE projects RENAME tenant_id TO owner").unwrap();
    project.run(&["check"]).exits(0);
    assert_eq!(project.read(".pgpe/schema/dev.json"), kept);
    let refreshed = project.run(&["check", "--refresh", "--format", "json"]).exits(1);
    assert!(
        refreshed.findings().contains(&"unknown-column policies/a.policy".to_owned()),
        "{}",
        refreshed.out
    );
    // What is kept needs no server.
    client.batch_execute("ALTER TABLE projects RENAME owner TO tenant_id").unwrap();
    project.run(&["check", "--refresh"]).exits(0);
    drop(client);
    database.connect_to_server().batch_execute(&format!("DROP DATABASE {}", database.name)).unwrap();
    project.run(&["check"]).exits(0);
    project.run(&["check", "--refresh"]).refuses(&["there is no database", &database.name, "dev"]);
    assert!(project.read(".pgpe/schema/dev.json").contains("tenant_id"));
}

#[test]
fn a_url_serves_as_the_schema() {
    let (database, project) = project("");
    assert_eq!(
        project.run(&[&["--schema", &database.url()], COMPILE].concat()).exits(0).out,
        by_file(COMPILE)
    );
    same_as_by_file(&project.run(&[&["--schema", &database.url()], ANALYZE].concat()).exits(0));
    assert!(!project.path(".pgpe").exists());
    // Policies that the database has and the project has not are joined in, as those of a file.
    database
        .load("ALTER TABLE projects ENABLE ROW LEVEL SECURITY; CREATE POLICY open ON projects USING (true);");
    let url = database.url();
    let found = project.run(&["check", "--format", "json", "--schema", &url]).exits(1).findings();
    assert!(found.iter().any(|finding| finding.starts_with("foreign-policy")), "{found:?}");
}

#[test]
fn what_is_wrong_is_one_sentence_and_no_password() {
    let (_database, project) = project("");
    let pull = ["schema", "pull", "--target", "prod"];
    project.run(&pull).refuses(&["no target `prod`"]);
    let config = |url: &str| {
        format!("version: 1\nschema: {{ target: prod }}\ntargets: {{ prod: {{ url: \"{url}\" }} }}\n")
    };
    project.write("pgpe.yaml", config("postgresql://u:${PGPE_NOT_SET}@h/d"));
    project.run(&pull).refuses(&["PGPE_NOT_SET", "prod"]);
    project.write("pgpe.yaml", config("postgresql://u:s3cret@127.0.0.1:1/d"));
    for arguments in [&pull[..], &["check"], &["apply", "--target", "prod", "--dry-run"]] {
        let run = project.run(arguments);
        assert!(!run.err.contains("s3cret"), "{}", run.err);
        run.refuses(&["the server of prod can't be reached at 127.0.0.1:1", "nothing listens there"]);
    }
    let url = "postgresql://u:s3cret@127.0.0.1:1/d";
    let run = project.run(&["check", "--schema", url]);
    assert!(!run.err.contains("s3cret"), "{}", run.err);
    run.refuses(&["127.0.0.1:1", "nothing listens there"]);
    project.write("broken.json", "{");
    project.run(&["check", "--schema", "broken.json"]).refuses(&[
        "broken.json",
        "no schema snapshot",
        "schema pull",
    ]);
    project.write("newer.json", "{\"version\": 9}");
    project.run(&["check", "--schema", "newer.json"]).refuses(&["newer.json", "version 9", "schema pull"]);
}

#[test]
fn policies_of_a_target_are_imported() {
    let database = Database::create();
    database.load(SCHEMA);
    let by_hand = "ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON projects USING (tenant_id = current_setting('app.tenant_id'));
        CREATE POLICY odd ON tasks USING (title ~ '^x');";
    database.connect().batch_execute(by_hand).unwrap();
    let config = format!("targets: {{ dev: {{ url: \"{}\" }} }}\n", database.url());
    let project = Project::new(&[("pgpe.yaml", &config)]);
    let run = project.run(&["import", "--target", "dev", "-o", "policies"]).exits(0);
    assert_eq!(run.out, "stored policies/projects.policy\n");
    assert!(run.err.contains("left odd on public.tasks"), "{}", run.err);
    assert!(run.err.contains("note: proved: access is the same as before on 1 table\n"), "{}", run.err);
    assert!(project.read("policies/projects.policy").contains("POLICY mine\n"));
    project.run(&["import", "--target", "dve"]).refuses(&["no target `dve`", "did you mean `dev`"]);
}
