use expect_test::{Expect, expect};
use pgpe_catalog::{Catalog, Role};
use pgpe_config::Config;

use crate::fixture::{grant_problems, grants, policies, policy_problems, problems, table};
use crate::long_names;

fn check(text: &str, catalog: Option<&Catalog>, expected: Expect) {
    let (policy, text) = policies(text).remove(0);
    expected.assert_eq(&problems(&policy_problems(&policy, catalog, &Config::default()), &text));
}

#[test]
fn check_blocks_are_for_commands_that_write() {
    let policy = |commands: &str| {
        format!(
            "POLICY p PERMISSIVE FOR {commands} SELECTOR ALL CLAUSE col(a) IS NULL WITH CHECK CLAUSE col(b) IS NULL"
        )
    };
    check(
        &policy("SELECT"),
        None,
        expect![[r#"
        error check-not-allowed at `WITH CHECK CLAUSE col(b) IS NULL`: SELECT writes no row that WITH CHECK could check
          help: remove WITH CHECK, or add INSERT or UPDATE to the commands
          fix: Remove WITH CHECK: …NULL
    "#]],
    );
    check(
        &policy("SELECT, DELETE"),
        None,
        expect![[r#"
            error check-not-allowed at `WITH CHECK CLAUSE col(b) IS NULL`: SELECT and DELETE write no row that WITH CHECK could check
              help: remove WITH CHECK, or add INSERT or UPDATE to the commands
              fix: Remove WITH CHECK: …NULL
        "#]],
    );
    for fine in ["ALL", "UPDATE", "SELECT, INSERT", "INSERT, UPDATE"] {
        let (policy, _) = policies(&policy(fine)).remove(0);
        assert_eq!(policy_problems(&policy, None, &Config::default()), [], "{fine}");
    }
}

#[test]
fn insert_alone_has_no_use_for_clauses_beside_a_check() {
    check(
        "POLICY p PERMISSIVE FOR INSERT SELECTOR ALL CLAUSE col(a) IS NULL OR CLAUSE col(c) IS NULL
            WITH CHECK CLAUSE col(b) IS NULL",
        None,
        expect![[r#"
            warning unused-clause at `col(a) IS NULL OR CLAUSE col(c) IS NULL`: INSERT is decided by WITH CHECK alone, so these clauses are never used
              help: write the clauses of WITH CHECK in their place, and remove WITH CHECK
              fix: Write the clauses of WITH CHECK in their place: …col(b) IS NULL
              unnecessary
        "#]],
    );
    check("POLICY p PERMISSIVE FOR INSERT SELECTOR ALL CLAUSE col(a) IS NULL", None, expect![]);
}

#[test]
fn roles_are_known_only_of_a_live_database() {
    let text =
        "POLICY p PERMISSIVE FOR ALL TO public, staff, stuff, 'my role' SELECTOR ALL CLAUSE col(a) IS NULL";
    let mut catalog = Catalog::default();
    catalog.roles.known.insert("staff".to_owned(), Role::default());
    check(
        text,
        Some(&catalog),
        expect![[r#"
        warning selector-matches-nothing at `ALL`: this selector matches no table
          help: the schema has no tables in `public`; see `tables` in pgpe.yaml
    "#]],
    );
    catalog.roles.complete = true;
    check(
        text,
        Some(&catalog),
        expect![[r#"
        warning unknown-role at `stuff`: the database has no role `stuff`
          help: did you mean `staff`?
          fix: Replace with `staff`: …staff, 'my role' SELECTOR ALL CLAUSE col(a) IS NULL
        warning unknown-role at `'my role'`: the database has no role `my role`
          help: create the role before the policies are applied
        warning selector-matches-nothing at `ALL`: this selector matches no table
          help: the schema has no tables in `public`; see `tables` in pgpe.yaml
    "#]],
    );
    let (grant, text) = grants("GRANT SELECT TO stuff SELECTOR ALL").remove(0);
    let found = grant_problems(&grant, Some(&catalog), &Config::default());
    expect![[r#"
        warning unknown-role at `stuff`: the database has no role `stuff`
          help: did you mean `staff`?
          fix: Replace with `staff`: …staff SELECTOR ALL
        warning selector-matches-nothing at `ALL`: this selector matches no table
          help: the schema has no tables in `public`; see `tables` in pgpe.yaml
    "#]]
    .assert_eq(&problems(&found, &text));
}

#[test]
fn long_names_are_hinted_at() {
    let name = "p".repeat(56);
    let text = format!("POLICY {name} PERMISSIVE FOR SELECT, INSERT SELECTOR ALL CLAUSE col(a) IS NULL");
    let (policy, text) = policies(&text).remove(0);
    assert_eq!(long_names(&policy, &[]), []);
    expect![[r#"
        hint long-name at `pppppppppppppppppppppppppppppppppppppppppppppppppppppppp`: the compiled name exceeds PostgreSQL's 63 bytes on 2 tables (public.users, public.t) and is shortened, as in `pppppppppppppppppppppppppppppppppppppppppppppppppppppp_310c242b`
          help: a shorter name for the policy keeps it readable in the database
    "#]].assert_eq(&problems(&long_names(&policy, &[table("users"), table("t")]), &text));
    let short = policies("POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) IS NULL").remove(0).0;
    assert_eq!(long_names(&short, &[table("users")]), []);
}
