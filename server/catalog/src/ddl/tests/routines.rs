use expect_test::expect;

use super::check;

#[test]
fn functions_and_procedures() {
    check(
        r#"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;
           CREATE FUNCTION f(a int, b varchar(10) DEFAULT 'x', VARIADIC c numeric(3,1)[] = '{}')
             RETURNS varchar(3) LANGUAGE sql IMMUTABLE STRICT AS 'SELECT ''(;''';
           CREATE OR REPLACE FUNCTION f() RETURNS int STABLE SECURITY DEFINER LANGUAGE plpgsql AS $_$ BEGIN; END $_$;
           CREATE FUNCTION outs(IN a int, OUT b int, INOUT c text) LANGUAGE sql AS '';
           CREATE FUNCTION one_out(OUT b bigint) LANGUAGE sql AS '';
           CREATE FUNCTION rows() RETURNS SETOF int LANGUAGE sql AS '';
           CREATE FUNCTION tab() RETURNS TABLE (a int, b text) LANGUAGE sql AS '';
           CREATE FUNCTION trig() RETURNS trigger LANGUAGE plpgsql AS '';
           CREATE FUNCTION void() RETURNS void RETURNS NULL ON NULL INPUT LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
           CREATE FUNCTION expr(x int) RETURNS int RETURN x + 1;
           CREATE PROCEDURE p(a timestamp(3)) LANGUAGE sql AS '';
           CREATE TABLE t (c varchar(9));
           CREATE FUNCTION of_column(t.c%TYPE) RETURNS public.t.c%TYPE LANGUAGE sql AS '';
           ALTER FUNCTION f() VOLATILE SECURITY INVOKER STRICT;
           ALTER FUNCTION f(int, varchar, numeric[]) RENAME TO g;
           ALTER FUNCTION g SET SCHEMA app;
           ALTER FUNCTION one_out OWNER TO x;
           ALTER ROUTINE expr(int) CALLED ON NULL INPUT IMMUTABLE;
           ALTER PROCEDURE p(timestamp) SECURITY DEFINER;
           DROP FUNCTION IF EXISTS rows(), missing(int);
           DROP PROCEDURE p;"#,
        expect![[r#"
            table public.t
              c character varying(9)
            function app.g(integer, character varying, numeric[]) -> character varying immutable strict defaults 2
            function public.expr(integer) -> integer immutable
            function public.f() -> integer strict
            function public.of_column(character varying) -> character varying
            function public.one_out() -> bigint
            function public.outs(integer, text) -> record
            function public.tab() -> nothing
            function public.trig() -> nothing
            function public.void() -> void strict
        "#]],
    );
}

#[test]
fn policies_go_with_their_function() {
    check(
        "CREATE TABLE t (a int);
         CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '';
         CREATE POLICY p ON t USING (a = f());
         CREATE POLICY q ON t USING (a = 1);
         DROP FUNCTION f() CASCADE;",
        expect![[r#"
            table public.t
              a integer
              policy q permissive ALL to [] using <a = 1>
        "#]],
    );
}
