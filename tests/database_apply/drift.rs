//! Each kind of drift: found, and repaired as far as that is the tool's to do.

use std::io::{BufRead, BufReader};

use crate::example::{CLEAN, Example, SAAS_POLICIES, SAAS_SCHEMA, create_role};

const REPAIR: &[&str] = &["reconcile", "--target", "dev", "--strategy", "auto", "--yes"];

/// Drift by SQL, what is found then, and what it takes besides repairing it.
#[track_caller]
fn check(example: &Example, inject: &str, found: &[&str], by_hand: &str) {
    example.sql(inject);
    assert_eq!(example.drift(), found, "{inject}");
    let text = example.pgpe(&["monitor", "--target", "dev"]).exits(1).out;
    assert!(text.contains("to resolve it:"), "{text}");
    // Reporting changes nothing.
    example.pgpe(&["reconcile", "--target", "dev", "--strategy", "alert"]).exits(1);
    assert_eq!(example.drift(), found, "{inject}");
    example.pgpe(REPAIR).exits(i32::from(!by_hand.is_empty()));
    if !by_hand.is_empty() {
        assert_eq!(example.drift().len(), 1, "{inject}");
        example.sql(by_hand);
    }
    assert_eq!(example.drift(), Vec::<String>::new(), "{inject}");
    assert_eq!(example.pgpe(&["monitor", "--target", "dev"]).exits(0).out, CLEAN);
    assert_eq!(example.pgpe(REPAIR).exits(0).out, "nothing to do: dev is as planned already\n");
}

#[test]
fn policies_and_flags() {
    let example = Example::saas().applied();
    let modified = ["critical modified_policy tenant_isolation_users on users"];
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "DROP POLICY tenant_isolation_users ON users",
            &["critical missing_policy tenant_isolation_users on users"],
            "",
        ),
        ("ALTER POLICY tenant_isolation_users ON users USING (true)", &modified, ""),
        ("ALTER POLICY tenant_isolation_users ON users WITH CHECK (true)", &modified, ""),
        ("ALTER POLICY tenant_isolation_users ON users TO pg_monitor", &modified, ""),
        (
            "DROP POLICY tenant_isolation_users ON users; CREATE POLICY tenant_isolation_users ON users
               AS RESTRICTIVE USING (tenant_id = current_setting('app.tenant_id')::uuid)",
            &modified,
            "",
        ),
        (
            "DROP POLICY tenant_isolation_users ON users; CREATE POLICY tenant_isolation_users ON users
               FOR SELECT USING (tenant_id = current_setting('app.tenant_id')::uuid)",
            &modified,
            "",
        ),
        (
            "CREATE POLICY theirs ON users USING (true)",
            &["critical extra_policy theirs on users"],
            "DROP POLICY theirs ON users",
        ),
        (
            "CREATE POLICY theirs ON users AS RESTRICTIVE USING (false)",
            &["warning extra_policy theirs on users"],
            "DROP POLICY theirs ON users",
        ),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", &["critical rls_disabled users on users"], ""),
        ("ALTER TABLE users NO FORCE ROW LEVEL SECURITY", &["high rls_not_forced users on users"], ""),
        (
            // The restrictive policy goes with the column, with no more than a notice.
            "ALTER TABLE projects DROP COLUMN is_deleted CASCADE; ALTER TABLE projects ADD is_deleted boolean NOT NULL DEFAULT false",
            &["critical missing_policy soft_delete_projects on projects"],
            "",
        ),
    ];
    for (inject, found, by_hand) in cases {
        check(&example, inject, found, by_hand);
    }
    // What says the same in other words is the same to the server.
    example.sql("ALTER POLICY tenant_isolation_users ON users USING (((tenant_id)) = (current_setting('app.tenant_id'))::uuid)");
    assert_eq!(example.drift(), Vec::<String>::new());
}

#[test]
fn a_new_table_that_a_selector_matches_is_drift() {
    let example = Example::saas().applied();
    check(
        &example,
        "CREATE TABLE notes (id int, tenant_id uuid NOT NULL)",
        &[
            "critical missing_policy tenant_isolation_notes on notes",
            "critical rls_disabled notes on notes",
            "high rls_not_forced notes on notes",
        ],
        "",
    );
}

#[test]
fn a_new_partition_is_drift() {
    let schema = "CREATE TABLE events (id int, tenant_id uuid NOT NULL, day date) PARTITION BY RANGE (day);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');";
    let example = Example::new(schema, SAAS_POLICIES);
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
    check(
        &example,
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')",
        &[
            "critical missing_policy tenant_isolation_events_2 on events_2",
            "critical rls_disabled events_2 on events_2",
            "high rls_not_forced events_2 on events_2",
        ],
        "",
    );
}

#[test]
fn grants() {
    let example = Example::new(SAAS_SCHEMA, SAAS_POLICIES);
    let (app, other) = (create_role(&example, "app"), create_role(&example, "other"));
    let granted = format!("{SAAS_POLICIES}\nGRANT SELECT, INSERT TO {app} SELECTOR named('users')\n");
    example.project.write("p.policy", granted);
    let example = example.applied();
    let extra = format!("warning extra_grant {app} on users");
    let missing = format!("critical missing_grant {app} on users");
    check(&example, &format!("REVOKE INSERT ON users FROM {app}"), &[&missing], "");
    let cases = ["TRUNCATE", "DELETE", "UPDATE (email)"];
    for privilege in cases {
        let revoke = format!("REVOKE {privilege} ON users FROM {app}");
        check(&example, &format!("GRANT {privilege} ON users TO {app}"), &[&extra], &revoke);
    }
    // A privilege on a column is in that on the table; other roles and tables are not the project's.
    example.sql(&format!(
        "GRANT SELECT (email) ON users TO {app}; GRANT ALL ON users TO {other}; GRANT ALL ON config TO {app}"
    ));
    assert_eq!(example.drift(), Vec::<String>::new());
}

#[test]
fn a_modified_policy_is_shown_as_a_difference() {
    let example = Example::isolated().applied();
    example.sql("ALTER POLICY own_projects_projects ON projects USING (name = 'x')");
    let run = example.pgpe(&["monitor", "--target", "dev"]).exits(1);
    expect_test::expect![[r#"
        critical modified_policy: own_projects_projects on public.projects
            AS PERMISSIVE
            FOR ALL
            TO PUBLIC
          - USING ((tenant_id = current_setting('app.tenant_id'::text)))
          + USING ((name = 'x'::text))
          to resolve it:
            ALTER POLICY own_projects_projects
              ON public.projects
              USING (tenant_id = current_setting('app.tenant_id'));

        dev differs from the project: 1 difference
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn watching_reports_each_change_once() {
    let example = Example::isolated().applied();
    let mut child = example.start(&["monitor", "--target", "dev", "--watch", "100ms"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = |wanted: &str| loop {
        let line = lines.next().expect("it goes on").unwrap();
        if line.contains(wanted) {
            return;
        }
        assert!(!line.contains("is as the project says"), "{line}");
    };
    next("is as the project says");
    example.sql("ALTER TABLE projects DISABLE ROW LEVEL SECURITY");
    next("1 difference");
    example.sql("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY");
    next("2 differences");
    // Nothing is said while nothing changes.
    std::thread::sleep(std::time::Duration::from_millis(800));
    example.sql("ALTER TABLE projects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
    next("is as the project says");
    child.kill().unwrap();
    child.wait().unwrap();
}
