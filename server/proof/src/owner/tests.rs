use pgpe_config::MissingSetting;

use super::*;
use crate::world::GovernedTable;

/// A schema without policies.
struct SchemaAlone(Catalog);

impl World for SchemaAlone {
    fn catalog(&self) -> &Catalog {
        &self.0
    }

    fn governed(&self, _: &QualifiedName) -> Option<&GovernedTable> {
        None
    }

    fn missing_setting(&self) -> MissingSetting {
        MissingSetting::Error
    }
}

/// The owner of `tasks` under a schema, for people.
fn owner(schema: &str, owners: &[(&str, &str)]) -> String {
    let catalog = pgpe_catalog::ddl::read_ddl(schema).catalog;
    let isolation = Isolation {
        owners: owners.iter().map(|(table, path)| ((*table).to_owned(), (*path).to_owned())).collect(),
        ..Isolation::default()
    };
    match owner_of(&QualifiedName::new("public", "tasks"), &isolation, &SchemaAlone(catalog)) {
        Owner::None => "none".to_owned(),
        Owner::Known(path) => path.describe(),
        Owner::Ambiguous(paths) => {
            let paths: Vec<String> = paths.iter().map(OwnerPath::describe).collect();
            format!("ambiguous: {}", paths.join(" | "))
        }
        Owner::Misconfigured(reason) => format!("misconfigured: {reason}"),
    }
}

const TENANTS: &str = "CREATE TABLE tenants (id int PRIMARY KEY);";
const PROJECTS: &str =
    "CREATE TABLE projects (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants);";

fn with_projects(tasks: &str) -> String {
    format!("{TENANTS}{PROJECTS}CREATE TABLE tasks ({tasks});")
}

#[test]
fn the_own_column_comes_first() {
    assert_eq!(owner(&with_projects("tenant_id int, p int REFERENCES projects"), &[]), "tenant_id");
}

#[test]
fn the_column_that_owner_columns_refer_to() {
    let schema = "CREATE TABLE tasks (key int PRIMARY KEY, n int UNIQUE);
        CREATE TABLE users (id int, tenant_id int REFERENCES tasks (key));";
    assert_eq!(owner(schema, &[]), "key");
    let two = format!("{schema}CREATE TABLE others (id int, tenant_id int REFERENCES tasks (n));");
    assert_eq!(owner(&two, &[]), "ambiguous: key | n");
}

#[test]
fn the_shortest_path_that_every_row_has() {
    assert_eq!(owner(&with_projects("p int NOT NULL REFERENCES projects"), &[]), "p → projects.tenant_id");
    let users = "CREATE TABLE users (id int PRIMARY KEY, tenant_id int);";
    let both = |assignee: &str| {
        format!(
            "{users}{}",
            with_projects(&format!("p int NOT NULL REFERENCES projects, a int {assignee} REFERENCES users"))
        )
    };
    assert_eq!(owner(&both(""), &[]), "p → projects.tenant_id");
    assert_eq!(owner(&both("NOT NULL"), &[]), "ambiguous: a → users.tenant_id | p → projects.tenant_id");
    assert_eq!(owner(&both("NOT NULL"), &[("tasks", "p.tenant_id")]), "p → projects.tenant_id");
    assert_eq!(owner(&both("NOT NULL"), &[("public.tasks", "a.tenant_id")]), "a → users.tenant_id");
}

#[test]
fn longer_paths_and_cycles() {
    let chain = format!(
        "{TENANTS}{PROJECTS}CREATE TABLE lists (id int PRIMARY KEY, p int REFERENCES projects);
         CREATE TABLE tasks (id int PRIMARY KEY, parent int REFERENCES tasks, l int REFERENCES lists);"
    );
    assert_eq!(owner(&chain, &[]), "l → p → projects.tenant_id");
    let circle = "CREATE TABLE tasks (id int PRIMARY KEY, o int);
        CREATE TABLE others (id int PRIMARY KEY, t int REFERENCES tasks);
        ALTER TABLE tasks ADD FOREIGN KEY (o) REFERENCES others;";
    assert_eq!(owner(circle, &[]), "none");
}

#[test]
fn references_that_may_be_broken_do_not_count() {
    let schema = format!(
        "{TENANTS}{PROJECTS}CREATE TABLE tasks (p int NOT NULL);
         ALTER TABLE tasks ADD FOREIGN KEY (p) REFERENCES projects NOT VALID;"
    );
    assert_eq!(owner(&schema, &[]), "none");
}

#[test]
fn two_constraints_over_the_same_columns_are_one_path() {
    let schema = format!(
        "{}ALTER TABLE tasks ADD FOREIGN KEY (p) REFERENCES projects;",
        with_projects("p int NOT NULL REFERENCES projects")
    );
    assert_eq!(owner(&schema, &[]), "p → projects.tenant_id");
}

#[test]
fn a_configured_path_must_exist() {
    let schema = with_projects("p int NOT NULL REFERENCES projects");
    assert_eq!(
        owner(&schema, &[("tasks", "q.tenant_id")]),
        "misconfigured: public.tasks has no validated foreign key on q alone"
    );
    assert_eq!(owner(&schema, &[("tasks", "p.owner")]), "misconfigured: public.projects has no column owner");
}
