use expect_test::expect;

use super::{check, read_ddl};
use crate::QualifiedName;

#[test]
fn folding_quoting_and_cutting() {
    check(
        r#"CREATE TABLE PUBLIC.Users (ID int, "Id" int, "a""b" int, U&"d\0061t!0061" UESCAPE '!' int, "public" int);
           CREATE TABLE "db"."Schema.x"."T" (a int);
           CREATE TABLE a12345678901234567890123456789012345678901234567890123456789012345 (
             b12345678901234567890123456789012345678901234567890123456789012345 int UNIQUE PRIMARY KEY,
             UNIQUE (b12345678901234567890123456789012345678901234567890123456789012345xyz) DEFERRABLE
           );"#,
        expect![[r#"
            table Schema.x.T
              a integer
            table public.a12345678901234567890123456789012345678901234567890123456789012
              b12345678901234567890123456789012345678901234567890123456789012 integer not null
              key a123456789012345678901234567890123456789012345678901234567_pkey (b12345678901234567890123456789012345678901234567890123456789012) primary
              key a1234567890123456789012345678_b1234567890123456789012345678_key (b12345678901234567890123456789012345678901234567890123456789012) deferrable
            table public.users
              id integer
              Id integer
              a"b integer
              d\0061ta integer
              public integer
        "#]],
    );
}

#[test]
fn default_names_are_numbered_on_collision() {
    check(
        "CREATE TABLE a (b_c int UNIQUE, UNIQUE (b_c) DEFERRABLE);
         CREATE TABLE a_b (c int UNIQUE REFERENCES a (b_c));
         ALTER TABLE a_b ADD FOREIGN KEY (c) REFERENCES a (b_c);
         CREATE TABLE a_b_pkey (x int);
         ALTER TABLE a_b ADD PRIMARY KEY (c);",
        expect![[r#"
            table public.a
              b_c integer
              key a_b_c_key (b_c)
              key a_b_c_key1 (b_c) deferrable
            table public.a_b
              c integer not null
              key a_b_c_key2 (c)
              key a_b_pkey1 (c) primary
              fk a_b_c_fkey (c) -> public.a (b_c)
              fk a_b_c_fkey1 (c) -> public.a (b_c)
            table public.a_b_pkey
              x integer
        "#]],
    );
}

#[test]
fn the_search_path() {
    check(
        r#"CREATE TABLE in_public (id int PRIMARY KEY);
           CREATE SCHEMA one CREATE TABLE in_schema (id int REFERENCES in_public) CREATE VIEW v AS SELECT 1 AS x;
           CREATE SCHEMA AUTHORIZATION joe CREATE TABLE joes (id int);
           SET search_path = one, public;
           CREATE TABLE in_one (id int REFERENCES in_public);
           SET SESSION search_path TO "$user", 'Two', public;
           CREATE TABLE in_two (id int);
           BEGIN;
           SET LOCAL search_path TO one;
           CREATE TABLE local_one (id int);
           COMMIT;
           CREATE TABLE again_two (id int);
           SELECT pg_catalog.set_config('search_path', '', false);
           CREATE TABLE no_path (id int);
           SELECT set_config('search_path', 'one, public', false);
           CREATE TABLE configured (id int);
           SET SCHEMA 'two';
           CREATE TABLE lower_two (id int);
           RESET search_path;
           CREATE TABLE in_public_again (id int);"#,
        expect![[r#"
            table Two.again_two
              id integer
            table Two.in_two
              id integer
            table joe.joes
              id integer
            table one.configured
              id integer
            table one.in_one
              id integer
              fk in_one_id_fkey (id) -> public.in_public (id)
            table one.in_schema
              id integer
              fk in_schema_id_fkey (id) -> public.in_public (id)
            table one.local_one
              id integer
            view one.v
              x unknown
            table public.in_public
              id integer not null
              key in_public_pkey (id) primary
            table public.in_public_again
              id integer
            table public.no_path
              id integer
            table two.lower_two
              id integer
        "#]],
    );
}

#[test]
fn sources_point_to_the_names() {
    let ddl = "\\restrict x\n-- é\nCREATE TABLE public.\"Us\" (id int, \"N n\" text);\n\
               ALTER TABLE \"Us\" ADD COLUMN late int;\nCREATE POLICY p ON \"Us\" USING (true);\n\
               ALTER TABLE \"Us\" RENAME TO users; ALTER TABLE users RENAME id TO key;\n\
               CREATE TABLE part PARTITION OF users DEFAULT;\nCREATE VIEW v AS SELECT 1 AS x;";
    let sources = read_ddl(ddl).sources;
    let text = |range: &std::ops::Range<u32>| ddl.get(range.start as usize..range.end as usize).unwrap();
    let users = QualifiedName::new("public", "users");
    let column = |name: &str| text(&sources.columns[&(users.clone(), name.to_owned())]);
    assert_eq!(text(&sources.relations[&users]), "\"Us\"");
    assert_eq!([column("key"), column("N n"), column("late")], ["id", "\"N n\"", "late"]);
    assert_eq!(text(&sources.policies[&(users.clone(), "p".to_owned())]), "p");
    assert_eq!(text(&sources.relations[&QualifiedName::new("public", "v")]), "v");
    let inherited = &sources.columns[&(QualifiedName::new("public", "part"), "key".to_owned())];
    assert_eq!(text(inherited), "id");
}

#[test]
fn sources_of_functions_follow_them() {
    let ddl = "CREATE SCHEMA old; CREATE FUNCTION old.one(int) RETURNS int LANGUAGE sql AS '';\n\
               CREATE FUNCTION old.one(text) RETURNS int LANGUAGE sql AS '';\n\
               CREATE FUNCTION two() RETURNS int LANGUAGE sql AS '';\n\
               CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS ''; DROP FUNCTION gone();\n\
               ALTER FUNCTION two() RENAME TO second; ALTER SCHEMA old RENAME TO new;";
    let sources = read_ddl(ddl).sources;
    let places = |schema: &str, name: &str| -> Vec<&str> {
        let name = QualifiedName::new(schema, name);
        sources.functions_named(&name).map(|range| &ddl[range.start as usize..range.end as usize]).collect()
    };
    assert_eq!(places("new", "one"), ["one", "one"]);
    assert_eq!(places("public", "second"), ["two"]);
    assert_eq!(sources.functions.len(), 3);
}
