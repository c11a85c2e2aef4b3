use expect_test::expect;

use super::check;

#[test]
fn enums() {
    check(
        "CREATE SCHEMA app;
         CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
         ALTER TYPE mood ADD VALUE 'happy';
         ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy';
         ALTER TYPE mood ADD VALUE 'meh' BEFORE 'happy';
         ALTER TYPE mood ADD VALUE 'low' AFTER 'sad';
         ALTER TYPE mood RENAME VALUE 'meh' TO 'so so';
         CREATE TABLE t (m mood, ms mood[], o other_mood);
         CREATE DOMAIN d AS mood;
         CREATE FUNCTION f(mood) RETURNS mood LANGUAGE sql AS '';
         ALTER TYPE mood RENAME TO \"Mood\";
         ALTER TYPE \"Mood\" SET SCHEMA app;
         ALTER TYPE other_mood ADD VALUE 'x';
         CREATE TYPE empty AS ENUM ();",
        expect![[r#"
            table public.t
              m app."Mood"
              ms app."Mood"[]
              o public.other_mood
            enum app.Mood sad | low | it's ok | so so | happy
            enum public.empty 
            domain public.d app."Mood"
            function public.f(app."Mood") -> app."Mood"
            note: the type other_mood is not an enum that is defined here @ ALTER TYPE other_mood ADD VALUE 'x';
        "#]],
    );
}

#[test]
fn domains() {
    check(
        "CREATE DOMAIN email AS varchar(80) CHECK (VALUE LIKE '%@%');
         CREATE DOMAIN work_email AS email NOT NULL DEFAULT 'x';
         CREATE DOMAIN boss_email AS work_email COLLATE \"C\";
         CREATE DOMAIN plain integer;
         CREATE TABLE t (a email, b work_email, c boss_email, d work_email NOT NULL, e email[], f email COLLATE \"POSIX\");
         ALTER DOMAIN work_email DROP NOT NULL;
         ALTER DOMAIN plain ADD CONSTRAINT positive CHECK (VALUE > 0);
         ALTER DOMAIN plain SET NOT NULL;
         ALTER DOMAIN email RENAME TO mail;
         ALTER DOMAIN missing SET NOT NULL;",
        expect![[r#"
            table public.t
              a public.mail = character varying
              b public.work_email = character varying
              c public.boss_email = character varying Bytewise
              d public.work_email = character varying not null
              e public.mail[]
              f public.mail = character varying Bytewise
            domain public.boss_email character varying(80) Bytewise
            domain public.mail character varying(80)
            domain public.plain integer not null
            domain public.work_email character varying(80)
            note: the domain public.missing is not defined here @ ALTER DOMAIN missing SET NOT NULL;
        "#]],
    );
}

#[test]
fn dropped_types_take_columns_along() {
    check(
        "CREATE TYPE mood AS ENUM ('a');
         CREATE DOMAIN d AS mood;
         CREATE DOMAIN dd AS d;
         CREATE TABLE t (id int, a mood, b d, c dd, e mood[] UNIQUE);
         CREATE TABLE by_mood (m mood) PARTITION BY LIST (m);
         CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS '';
         DROP TYPE mood CASCADE;
         CREATE TYPE u AS ENUM ('a');
         DROP TYPE u;
         DROP TYPE IF EXISTS u;",
        expect![[r#"
            table public.t
              id integer
        "#]],
    );
}

#[test]
fn other_types_are_known_by_name() {
    check(
        "CREATE TYPE pair AS (a int, b text);
         CREATE TYPE span AS RANGE (subtype = date);
         CREATE TYPE shell;
         CREATE TABLE t (a pair, b app.span, c public.geometry(Point, 4326), d hstore[], e t, f inet, g \"char\", h oid);",
        expect![[r#"
            table public.t
              a public.pair
              b app.span
              c public.geometry(Point,4326)
              d public.hstore[]
              e public.t
              f inet
              g "char"
              h oid
        "#]],
    );
}

#[test]
fn citext_and_other_extensions() {
    check(
        "CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
         CREATE TABLE early (a citext, b ext.citext);
         CREATE EXTENSION citext WITH SCHEMA ext VERSION '1.6' CASCADE;
         CREATE EXTENSION hstore;
         CREATE TABLE t (a citext, b ext.citext, c citext[]);
         ALTER EXTENSION citext SET SCHEMA other;
         DROP EXTENSION hstore;",
        expect![[r#"
            table public.early
              a public.citext
              b other.citext
            table public.t
              a other.citext
              b other.citext
              c other.citext[]
            extension citext in other
        "#]],
    );
}

#[test]
fn collations() {
    check(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE COLLATION de (provider = icu, locale = 'de-DE');
         CREATE COLLATION copy FROM ci;
         CREATE COLLATION app.explicit (locale = 'C', deterministic = true);
         CREATE TABLE t (
           a text COLLATE ci, b text COLLATE de, c text COLLATE copy, d text COLLATE app.explicit, e text COLLATE \"C\",
           f text COLLATE pg_catalog.\"default\", g text COLLATE \"en_US.utf8\", h text COLLATE \"und-x-icu\",
           i text COLLATE defined_elsewhere, j name, k text COLLATE pg_catalog.anything, l text COLLATE \"POSIX\"
         );
         ALTER COLLATION ci RENAME TO ci2;
         DROP COLLATION copy;",
        expect![[r#"
            table public.t
              a text Nondeterministic
              b text Deterministic
              c text Nondeterministic
              d text Deterministic
              e text Bytewise
              f text
              g text Deterministic
              h text Deterministic
              i text Nondeterministic
              j name Bytewise
              k text Deterministic
              l text Bytewise
            nondeterministic collation public.ci2
        "#]],
    );
}
