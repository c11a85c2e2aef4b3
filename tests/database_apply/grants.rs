//! Privileges: compiled, applied, and taken away again.

use crate::example::{Example, TWO_TABLES, column, create_role};

#[test]
fn grants_are_applied_and_pruned() {
    let example = Example::new(TWO_TABLES, "");
    let app = create_role(&example, "app");
    let grant = |privileges: &str| format!("GRANT {privileges} TO {app} SELECTOR named('projects')\n");
    let held = || {
        let sql = format!(
            "SELECT privilege_type FROM information_schema.role_table_grants
             WHERE grantee = '{app}' AND table_name = 'projects' ORDER BY 1"
        );
        column(&mut example.database.connect(), &sql)
    };
    example.project.write("p.policy", grant("SELECT, INSERT"));
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert_eq!(held(), ["INSERT", "SELECT"]);
    assert_eq!(example.drift(), Vec::<String>::new());
    // Row-level security is none of a grant's business.
    assert_eq!(example.state(), Vec::<String>::new());

    example.project.write("p.policy", grant("SELECT"));
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert!(run.out.contains(&format!("REVOKE INSERT ON public.projects FROM {app};")), "{}", run.out);
    assert_eq!(held(), ["INSERT", "SELECT"]);
    example.sql(&format!("GRANT DELETE ON projects TO {app}"));
    example.pgpe(&["apply", "--target", "dev", "--yes", "--prune"]).exits(0);
    // What the project never granted it does not revoke.
    assert_eq!(held(), ["DELETE", "SELECT"]);
}

#[test]
fn an_owner_needs_no_grant() {
    let example = Example::new(TWO_TABLES, "");
    let owner = create_role(&example, "owner");
    example.sql(&format!("ALTER TABLE projects OWNER TO {owner}"));
    example.project.write("p.policy", format!("GRANT SELECT TO {owner} SELECTOR named('projects')\n"));
    assert_eq!(example.drift(), Vec::<String>::new());
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert!(run.out.starts_with("nothing to do"), "{}", run.out);
}
