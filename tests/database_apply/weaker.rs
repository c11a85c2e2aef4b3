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

/// An event trigger that plays a full disk; with it there, no clone is made either.
#[test]
fn a_full_disk_changes_nothing() {
    let example = Example::new(SAAS_SCHEMA, SAAS_POLICIES);
    example.sql(
        "CREATE FUNCTION full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
           IF tg_tag = 'CREATE POLICY' AND (SELECT count(*) FROM pg_policy) = 4 THEN
             RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file: No space left on device';
           END IF;
         END $$;
         CREATE EVENT TRIGGER full_disk ON ddl_command_end EXECUTE FUNCTION full_disk()",
    );
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(2);
    assert!(run.err.contains("No space left on device"), "{}", run.err);
    assert!(run.err.contains("the database is as before"), "{}", run.err);
    assert_eq!(example.state(), Vec::<String>::new());
    example.sql("DROP EVENT TRIGGER full_disk");
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
}
