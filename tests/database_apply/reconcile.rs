//! Closing drifted tables, and opening them again.

use crate::example::{Example, column, create_role, execute};

#[test]
fn a_drifted_table_is_closed_until_it_is_lifted() {
    let example = Example::saas().applied();
    let app = create_role(&example, "app");
    example.sql(&format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {app};
         INSERT INTO tenants VALUES ('00000000-0000-0000-0000-00000000000a', 'a');
         INSERT INTO users (tenant_id, email) VALUES ('00000000-0000-0000-0000-00000000000a', 'x@a')"
    ));
    let seen = || {
        let mut client = example.database.connect_as(&app);
        execute(&mut client, "SET app.tenant_id = '00000000-0000-0000-0000-00000000000a'");
        column(&mut client, "SELECT count(*) FROM users").concat()
    };
    assert_eq!(seen(), "1");
    let close = ["reconcile", "--target", "dev", "--strategy", "quarantine", "--yes"];
    assert!(example.pgpe(&close).exits(0).out.starts_with("nothing to do"));

    example.sql("CREATE POLICY theirs ON users USING (true); ALTER TABLE users NO FORCE ROW LEVEL SECURITY");
    let dry = ["reconcile", "--target", "dev", "--strategy", "quarantine", "--dry-run"];
    assert!(example.pgpe(&dry).exits(0).out.contains("CREATE POLICY pgpe_quarantine"));
    assert_eq!(seen(), "1");
    example.pgpe(&close).exits(0);
    assert_eq!(seen(), "0");
    assert_eq!(example.drift(), ["critical extra_policy theirs on users"]);
    assert!(example.pgpe(&close).exits(0).out.starts_with("nothing to do"));

    example.sql("DROP POLICY theirs ON users");
    let run = example.pgpe(&["monitor", "--target", "dev"]).exits(0);
    assert!(run.out.contains("quarantined: public.users"), "{}", run.out);
    let apply = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert!(apply.out.starts_with("nothing to do"));
    assert_eq!(seen(), "0");
    let lift = ["reconcile", "--target", "dev", "--lift", "users", "--yes"];
    example.pgpe(&lift).exits(0);
    assert_eq!(seen(), "1");
    example.pgpe(&lift).refuses(&["public.users is not closed"]);
}

/// Each kind of drift of a table's rows closes the table, whatever is the matter with it; grants that are other ones are
/// none of its rows.
#[test]
fn every_kind_of_drift_closes_its_table() {
    let example = Example::saas().applied();
    for inject in [
        "DROP POLICY tenant_isolation_users ON users",
        "CREATE POLICY theirs ON users USING (true)",
        "ALTER POLICY tenant_isolation_users ON users USING (true)",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY",
    ] {
        example.sql(inject);
        example.pgpe(&["reconcile", "--target", "dev", "--strategy", "quarantine", "--yes"]).exits(0);
        let mut client = example.database.connect();
        let closed = column(
            &mut client,
            "SELECT (c.relrowsecurity AND c.relforcerowsecurity)::text || ' ' || p.cmd || ' ' || p.permissive || ' ' || p.qual \
             FROM pg_class c JOIN pg_policies p ON p.tablename = c.relname \
             WHERE c.relname = 'users' AND p.policyname = 'pgpe_quarantine'",
        );
        assert_eq!(closed, ["true ALL RESTRICTIVE false"], "{inject}");
        let elsewhere = "SELECT count(*) FROM pg_policies WHERE policyname = 'pgpe_quarantine'";
        assert_eq!(column(&mut client, elsewhere), ["1"], "{inject}");

        example.sql("DROP POLICY IF EXISTS theirs ON users");
        example.pgpe(&["reconcile", "--target", "dev", "--strategy", "auto", "--yes"]).exits(0);
        example.pgpe(&["reconcile", "--target", "dev", "--lift", "users", "--yes"]).exits(0);
        assert_eq!(example.drift(), Vec::<String>::new(), "{inject}");
    }
}
