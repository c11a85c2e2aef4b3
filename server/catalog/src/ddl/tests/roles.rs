use expect_test::expect;

use super::check;

#[test]
fn roles_and_memberships() {
    check(
        "CREATE ROLE plain;
         CREATE USER person PASSWORD 'x' VALID UNTIL 'infinity' CONNECTION LIMIT 3;
         CREATE GROUP old_style WITH USER person;
         CREATE ROLE admin WITH SUPERUSER BYPASSRLS LOGIN CREATEDB;
         ALTER ROLE admin NOSUPERUSER;
         ALTER USER plain WITH LOGIN NOBYPASSRLS;
         CREATE ROLE loner NOINHERIT IN ROLE plain, old_style;
         CREATE ROLE boss ROLE plain ADMIN person;
         GRANT boss TO loner, stranger;
         GRANT boss TO admin WITH INHERIT FALSE, ADMIN OPTION;
         GRANT plain TO admin WITH INHERIT TRUE;
         GRANT plain TO admin;
         REVOKE ADMIN OPTION FOR plain FROM admin;
         REVOKE INHERIT OPTION FOR boss FROM stranger;
         ALTER GROUP old_style ADD USER admin, boss;
         ALTER GROUP old_style DROP USER boss;
         CREATE ROLE later IN ROLE plain;
         GRANT boss TO later WITH INHERIT TRUE;
         ALTER ROLE later NOINHERIT;
         ALTER ROLE stranger RENAME TO \"Stranger\";
         ALTER ROLE ALL SET search_path = x;
         CREATE ROLE gone IN ROLE plain; GRANT gone TO plain; DROP ROLE gone;",
        expect![[r#"
            role Stranger in boss (no inherit)
            role admin bypassrls login in boss (no inherit) in old_style in plain
            role boss
            role later in boss in plain (no inherit)
            role loner in boss (no inherit) in old_style (no inherit) in plain (no inherit)
            role old_style
            role person login in boss in old_style
            role plain login in boss
        "#]],
    );
}

#[test]
fn grants_on_tables() {
    check(
        "CREATE TABLE a (x int, y int); CREATE TABLE b (x int); CREATE SCHEMA s; CREATE TABLE s.c (x int);
         GRANT SELECT, INSERT (x, y), UPDATE (x) ON a TO r1, PUBLIC WITH GRANT OPTION;
         GRANT ALL ON TABLE b TO r2;
         REVOKE DELETE, TRIGGER ON b FROM r2;
         REVOKE GRANT OPTION FOR SELECT ON b FROM r2;
         GRANT ALL (x) ON b TO r3;
         REVOKE SELECT ON b FROM r3;
         REVOKE INSERT (y) ON a FROM r1;
         GRANT SELECT ON ALL TABLES IN SCHEMA s TO GROUP r1;
         GRANT MAINTAIN, SELECT ON s.c TO r4;
         GRANT USAGE ON SCHEMA s TO r1; GRANT EXECUTE ON FUNCTION f() TO r1; GRANT USAGE ON SEQUENCE q TO r1;
         GRANT SELECT ON missing TO r1;",
        expect![[r#"
            table public.a
              x integer
              y integer
              grant INSERT (x) to PUBLIC
              grant INSERT (y) to PUBLIC
              grant SELECT to PUBLIC
              grant UPDATE (x) to PUBLIC
              grant INSERT (x) to r1
              grant SELECT to r1
              grant UPDATE (x) to r1
            table public.b
              x integer
              grant INSERT to r2
              grant REFERENCES to r2
              grant SELECT to r2
              grant TRUNCATE to r2
              grant UPDATE to r2
              grant INSERT (x) to r3
              grant REFERENCES (x) to r3
              grant UPDATE (x) to r3
            table s.c
              x integer
              grant SELECT to r1
              grant SELECT to r4
        "#]],
    );
}

#[test]
fn owners_need_no_grants() {
    check(
        "CREATE TABLE t (a int);
         GRANT SELECT ON t TO r1, r2, r3;
         ALTER TABLE t OWNER TO r1;
         GRANT INSERT ON t TO r1, r2;
         ALTER TABLE t OWNER TO r2;
         CREATE POLICY p ON t TO r3, r4 USING (true);
         CREATE POLICY q ON t TO r3 USING (true);
         DROP OWNED BY r3;
         ALTER ROLE r2 RENAME TO r5;",
        expect![[r#"
            table public.t [owner r5]
              a integer
              policy p permissive ALL to [r4] using <true>
        "#]],
    );
}

#[test]
fn schemas_that_not_all_may_use() {
    let closed = |ddl: &str| -> Vec<String> {
        let read = crate::ddl::read_ddl(ddl);
        let described = read.catalog.closed_schemas.iter().map(|(name, schema)| {
            let usage: Vec<&str> = schema.usage.iter().map(String::as_str).collect();
            format!("{name} of {}: {}", schema.owner.as_deref().unwrap_or("?"), usage.join(", "))
        });
        described.collect()
    };
    assert_eq!(closed(""), Vec::<String>::new());
    assert_eq!(closed("REVOKE ALL ON SCHEMA public FROM PUBLIC"), ["public of ?: "]);
    assert_eq!(
        closed(
            "CREATE SCHEMA a; CREATE SCHEMA b AUTHORIZATION bob; CREATE SCHEMA AUTHORIZATION carl;
             CREATE SCHEMA d; CREATE SCHEMA e; CREATE SCHEMA f;
             GRANT USAGE ON SCHEMA a, b TO app, bob; GRANT CREATE ON SCHEMA a TO maker;
             GRANT ALL ON SCHEMA carl TO app; REVOKE USAGE ON SCHEMA carl FROM app;
             GRANT USAGE, CREATE ON SCHEMA d TO PUBLIC;
             ALTER SCHEMA e OWNER TO eve; ALTER SCHEMA e RENAME TO g; DROP SCHEMA f;
             ALTER ROLE app RENAME TO program;
             GRANT USAGE ON SCHEMA unheard_of TO app;"
        ),
        ["a of ?: bob, program", "b of bob: program", "carl of carl: ", "g of eve: "]
    );
}
