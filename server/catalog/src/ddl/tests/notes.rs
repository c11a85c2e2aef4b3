use std::fmt::Write as _;

use expect_test::expect;

use super::{check, read_ddl};
use crate::QualifiedName;

#[test]
fn a_mistake_costs_its_statement_alone() {
    check(
        "CREATE TABLE a (id int);
         CREATE TABLE broken (id int,, b text);
         CREATE TABLE b (id int);
         CREATE TABL c (id int);
         FROBNICATE the table;
         CREATE TABLE d (id int
         CREATE TABLE e (id int);
         CREATE TABLE f (id int))
         ;
         ALTER TABLE a ADD COLUMN;
         CREATE TABLE g (id);
         CREATE TABLE h (id int);",
        expect![[r#"
            table public.a
              id integer
            table public.b
              id integer
            table public.e
              id integer
            table public.h
              id integer
            note: syntax error: unexpected comma @ CREATE TABLE broken (id int,, b text);
            note: syntax error: expected command, found CREATE @ CREATE TABL c (id int);
            note: FROBNICATE does not begin a statement that is understood @ FROBNICATE the table;
            note: syntax error: expected `)` @ CREATE TABLE d (id int
            note: syntax error: expected command, found `)` @ CREATE TABLE f (id int))
            note: syntax error: expected name @ ALTER TABLE a ADD COLUMN;
            note: syntax error: Missing column type @ CREATE TABLE g (id);
        "#]],
    );
}

#[test]
fn what_is_not_closed_is_said_where_it_begins() {
    check(
        "CREATE TABLE a (id int);
         CREATE TABLE b (id text DEFAULT 'x);
         CREATE TABLE c (id int);
         CREATE FUNCTION f() RETURNS int AS $x$ SELECT 1;
         CREATE TABLE d (\"id int);
         /* and a comment",
        expect![[r#"
            table public.a
              id integer
            table public.c
              id integer
            note: a string, quoted name or comment that begins here is not closed @ 'x);
            note: a string, quoted name or comment that begins here is not closed @ $x$ SELECT 1;
            note: a string, quoted name or comment that begins here is not closed @ "id int);
            note: a string, quoted name or comment that begins here is not closed @ /* and a comment
        "#]],
    );
}

#[test]
fn what_may_change_anything_is_noted() {
    check(
        "DO $$ BEGIN CREATE TABLE a (id int); END $$;
         CALL migrate();
         CREATE TABLE copy AS SELECT * FROM t;
         ALTER TABLE copy ADD COLUMN x int;
         SELECT * INTO other FROM t;
         SELECT 1 INTO TEMP t2;
         CREATE TABLE typed OF some_type;
         IMPORT FOREIGN SCHEMA x FROM SERVER s INTO y;
         \\i other.sql
         \\echo hello
         SELECT format('CREATE TABLE %I ()', 'x') \\gexec
         \\if :x
         CREATE TABLE guarded (id int);
         \\endif
         ALTER TABLE missing ENABLE ROW LEVEL SECURITY;
         ALTER TABLE missing FORCE ROW LEVEL SECURITY;
         SAVEPOINT s; ROLLBACK TO s;
         \\connect other_database
         PREPARE p AS SELECT 1;
         EXECUTE p;",
        expect![[r#"
            table public.guarded
              id integer
            note: DO may change the schema in ways that are not read @ DO $$ BEGIN CREATE TABLE a (id int); END $$;
            note: CALL may change the schema in ways that are not read @ CALL migrate();
            note: the columns of public.copy, created from a query, are not known @ CREATE TABLE copy AS SELECT * FROM t;
            note: the columns of a table that SELECT INTO creates are not known @ SELECT * INTO other FROM t;
            note: the columns of public.typed are those of a type: OF some_type @ CREATE TABLE typed OF some_type;
            note: the tables of IMPORT FOREIGN SCHEMA are not known @ IMPORT FOREIGN SCHEMA x FROM SERVER s INTO y;
            note: the file that is included here is not read @ \i other.sql
            note: the statements that this query makes are not read @ \gexec
            note: conditions are not understood: what they guard is read in any case @ \if :x
            note: public.missing is not defined here @ ALTER TABLE missing ENABLE ROW LEVEL SECURITY;
            note: what follows is in another database, but is read as if it were not @ \connect other_database
            note: EXECUTE may change the schema in ways that are not read @ EXECUTE p;
        "#]],
    );
}

#[test]
fn rolled_back_transactions_leave_nothing() {
    check(
        "BEGIN; CREATE TABLE a (id int); ROLLBACK;
         START TRANSACTION; CREATE TABLE b (id int); COMMIT;
         BEGIN; CREATE TABLE c (id int); ABORT;
         CREATE TABLE d (id int);
         BEGIN; CREATE TABLE e (id int); SAVEPOINT s; ROLLBACK TO SAVEPOINT s; END;
         ROLLBACK;",
        expect![[r#"
            table public.b
              id integer
            table public.d
              id integer
            table public.e
              id integer
        "#]],
    );
}

#[test]
fn very_deep_statements_are_skipped() {
    let nested = |open: &str, close: &str, count: usize| {
        let value = format!("{}1{}", open.repeat(count), close.repeat(count));
        let ddl = format!("CREATE TABLE a (x int DEFAULT {value});\nCREATE TABLE b (x int);");
        let read = read_ddl(&ddl);
        (read.catalog.relations.len(), read.skipped.len())
    };
    assert_eq!(nested("(", ")", 100), (2, 0));
    assert_eq!(nested("(", ")", 100_000), (1, 1));
    assert_eq!(nested("1+", "", 1_000), (2, 0));
    for operator in
        ["1+", "NOT ", "- ", "1 = ", "CASE WHEN ", "a AND ", "ARRAY[", "x::", "a.", "x COLLATE y || "]
    {
        let (tables, _) = nested(operator, "", 200_000);
        assert!((1..=2).contains(&tables), "{operator}");
    }
    let joins = format!(
        "CREATE VIEW v AS SELECT 1 FROM a {};\nCREATE TABLE b ();",
        "JOIN a ON true ".repeat(200_000)
    );
    assert!(read_ddl(&joins).catalog.relations.len() <= 2);
}

#[test]
fn operators_that_comparisons_could_come_to_mean() {
    check(
        "CREATE TYPE mine AS (a int);
         CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = f);
         CREATE OPERATOR ~~ (leftarg = text, rightarg = character varying, procedure = g);
         CREATE OPERATOR public.= (LEFTARG = mine, RIGHTARG = mine, FUNCTION = f);
         CREATE OPERATOR public.<> (LEFTARG = anyelement, RIGHTARG = anyelement, FUNCTION = f);
         CREATE OPERATOR public.@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = f);
         CREATE OPERATOR public.< (LEFTARG = text, FUNCTION = f);",
        expect![[r#"
            override: the operator public.<> of anyelement and anyelement
            override: the operator public.= of character varying and character varying
            override: the operator public.~~ of text and character varying
            note: the operator public.< could stand for < in policies @ CREATE OPERATOR public.< (LEFTARG = text, FUNCTION = f);
        "#]],
    );
}

#[test]
fn casts_that_conditions_could_come_to_mean() {
    check(
        "CREATE TYPE mood AS ENUM ('a');
         CREATE TYPE mine AS (a int);
         CREATE CAST (text AS uuid) WITH FUNCTION f(text);
         CREATE CAST (character varying AS public.mood) WITH INOUT AS IMPLICIT;
         CREATE CAST (mine AS text) WITH INOUT AS IMPLICIT;
         CREATE CAST (text AS mine) WITH INOUT AS ASSIGNMENT;
         CREATE CAST (int4 AS bool) WITHOUT FUNCTION;
         CREATE CAST (numeric(3, 1) AS timestamp with time zone) WITH FUNCTION g(numeric);
         DROP CAST (integer AS boolean);
         DROP CAST IF EXISTS (date AS uuid);",
        expect![[r#"
            enum public.mood a
            override: the cast from character varying to public.mood
            override: the cast from numeric to timestamp with time zone
            override: the cast from text to uuid
        "#]],
    );
}

#[test]
fn rules_that_change_what_statements_do() {
    check(
        "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int);
         CREATE VIEW v AS SELECT id FROM a;
         CREATE RULE kept AS ON DELETE TO a DO INSTEAD NOTHING;
         CREATE RULE log AS ON INSERT TO a DO ALSO INSERT INTO b VALUES (NEW.id);
         CREATE RULE \"Odd one\" AS ON UPDATE TO v WHERE NEW.id > 1
           DO INSTEAD (UPDATE a SET id = NEW.id; DELETE FROM public.c USING b WHERE b.id = c.id);
         CREATE RULE gone AS ON DELETE TO c DO ALSO SELECT 1;
         DROP RULE gone ON c;
         CREATE RULE other AS ON DELETE TO c DO ALSO SELECT 1;
         CREATE OR REPLACE RULE other AS ON DELETE TO c DO INSTEAD NOTHING;",
        expect![[r#"
            table public.a
              id integer
              the rule Odd one on public.v
              the rule log on public.a
            table public.b
              id integer
              the rule Odd one on public.v
              the rule log on public.a
            table public.c
              id integer
              the rule Odd one on public.v
            view public.v
              id unknown
              the rule Odd one on public.v
        "#]],
    );
}

/// Statements are parsed some hundred at a time, and on all processors.
#[test]
fn many_statements_are_applied_in_their_order() {
    let mut ddl = String::new();
    for table in 0..700 {
        writeln!(ddl, "CREATE TABLE t{table} (a int);\nALTER TABLE t{table} RENAME TO u{table};").unwrap();
        writeln!(ddl, "CREATE TABLE t{table} (b int);\nALTER TABLE t{table} ADD c{table} text;").unwrap();
        if table % 100 == 0 {
            writeln!(ddl, "ALTER TABLE ;\nBEGIN; DROP TABLE u{table}; ROLLBACK;").unwrap();
        }
    }
    let read = read_ddl(&ddl);
    assert_eq!(read.catalog.relations.len(), 1400);
    for table in 0..700 {
        let columns = |name: String| {
            let relation = &read.catalog.relations[&QualifiedName::new("public", &name)];
            relation.columns.iter().map(|column| column.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(columns(format!("u{table}")), ["a"]);
        assert_eq!(columns(format!("t{table}")), ["b".to_owned(), format!("c{table}")]);
    }
    let places: Vec<u32> = read.skipped.iter().map(|skipped| skipped.range.start).collect();
    assert_eq!(places.len(), 7, "{:#?}", read.skipped);
    assert!(places.is_sorted());
}
