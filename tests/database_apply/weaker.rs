//! Where the server can't be asked for its form of an expression, expressions are read and compared.

use crate::example::{Example, SAAS_POLICIES, SAAS_SCHEMA, create_role};

/// Applied by a role that may not create temporary tables.
fn without_temporary_tables() -> Example {
    let example = Example::new(SAAS_SCHEMA, SAAS_POLICIES);
    let owner = create_role(&example, "owner");
    let name = &example.database.name;
    example.sql(&format!(
        "REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC;
         DO $$ DECLARE t regclass; BEGIN
           FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
           LOOP EXECUTE format('ALTER TABLE %s OWNER TO {owner}', t); END LOOP;
         END $$"
    ));
    example.redirect(&example.database.url_as(&owner));
    example
}

#[test]
fn it_is_applied_monitored_and_repaired_all_the_same() {
    let example = without_temporary_tables();
    let apply = ["apply", "--target", "dev", "--yes"];
    let run = example.pgpe(&apply).exits(0);
    assert!(run.err.contains("may not create temporary tables"), "{}", run.err);
    assert_eq!(example.drift(), Vec::<String>::new());
    assert!(example.pgpe(&apply).exits(0).out.starts_with("nothing to do"));
    let other_words = [
        "EXISTS (SELECT 1 FROM projects p WHERE p.id = project_id AND p.tenant_id = current_setting('app.tenant_id', true)::uuid)",
        "EXISTS (SELECT 1 FROM projects p WHERE p.id = project_id OR p.tenant_id = current_setting('app.tenant_id')::uuid)",
        "true",
    ];
    for changed in other_words {
        example.sql(&format!("ALTER POLICY tenant_isolation_via_project_tasks ON tasks USING ({changed})"));
        assert_eq!(example.drift(), ["critical modified_policy tenant_isolation_via_project_tasks on tasks"]);
        example.pgpe(&["reconcile", "--target", "dev", "--strategy", "auto", "--yes"]).exits(0);
        assert_eq!(example.drift(), Vec::<String>::new());
    }
}
