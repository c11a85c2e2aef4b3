use expect_test::expect;

use super::check;

#[test]
fn columns_and_their_constraints() {
    check(
        r#"CREATE TABLE tenants (id uuid PRIMARY KEY);
           CREATE TABLE app.users (
             id bigserial,
             tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE ON UPDATE SET NULL,
             email text CONSTRAINT has_email NOT NULL UNIQUE,
             name varchar(40) DEFAULT 'x' || 'y' NULL CHECK (name <> ''),
             full_name text GENERATED ALWAYS AS (name || email) STORED,
             number int GENERATED ALWAYS AS IDENTITY,
             boss bigint REFERENCES app.users DEFERRABLE INITIALLY DEFERRED,
             small smallserial UNIQUE NULLS NOT DISTINCT WITH (fillfactor = 70),
             late int UNIQUE DEFERRABLE,
             later int UNIQUE INITIALLY DEFERRED,
             CONSTRAINT users_pk PRIMARY KEY (id) INCLUDE (email),
             FOREIGN KEY (tenant_id, boss) REFERENCES app.users (tenant_id, id) MATCH FULL,
             UNIQUE (tenant_id, id),
             EXCLUDE USING gist (email WITH =)
           ) WITH (fillfactor = 70) TABLESPACE fast;"#,
        expect![[r#"
            table app.users
              id bigint not null
              tenant_id uuid not null
              email text not null
              name character varying(40)
              full_name text
              number integer not null
              boss bigint
              small smallint not null
              late integer
              later integer
              key users_email_key (email)
              key users_late_key (late) deferrable
              key users_later_key (later) deferrable
              key users_pk (id) primary
              key users_small_key (small)
              key users_tenant_id_id_key (tenant_id, id)
              fk users_boss_fkey (boss) -> app.users (id)
              fk users_tenant_id_boss_fkey (tenant_id, boss) -> app.users (tenant_id, id)
              fk users_tenant_id_fkey (tenant_id) -> public.tenants (id)
            table public.tenants
              id uuid not null
              key tenants_pkey (id) primary
        "#]],
    );
}

#[test]
fn redundant_indexes_of_one_statement_are_one() {
    check(
        "CREATE TABLE a (id int UNIQUE PRIMARY KEY, b int CONSTRAINT named UNIQUE, UNIQUE (b), UNIQUE (b) DEFERRABLE);",
        expect![[r#"
            table public.a
              id integer not null
              b integer
              key a_b_key (b) deferrable
              key a_pkey (id) primary
              key named (b)
        "#]],
    );
}

#[test]
fn tables_that_exist_or_are_temporary() {
    check(
        "CREATE TABLE a (id int);
         CREATE TABLE IF NOT EXISTS a (other int);
         CREATE TABLE a (other int);
         CREATE TEMP TABLE b (id int);
         CREATE LOCAL TEMPORARY TABLE c (id int);
         CREATE TABLE pg_temp.d (id int);
         ALTER TABLE b ADD COLUMN x int;
         DROP TABLE b;
         ALTER TABLE b ADD COLUMN x int;
         CREATE UNLOGGED TABLE e ();
         CREATE FOREIGN TABLE f (id int OPTIONS (column_name 'x') NOT NULL, name text) SERVER s OPTIONS (a 'b');",
        expect![[r#"
            table public.a
              id integer
            table public.e
            foreigntable public.f
              id integer not null
              name text
            note: public.a exists already @ CREATE TABLE a (other int);
            note: public.b is not defined here @ ALTER TABLE b ADD COLUMN x int;
        "#]],
    );
}

#[test]
fn like_copies_columns_and_perhaps_indexes() {
    check(
        "CREATE TABLE a (id int PRIMARY KEY, b text COLLATE \"C\" UNIQUE, c int);
         COMMENT ON COLUMN a.c IS 'see';
         CREATE UNIQUE INDEX ON a (lower(b)) WHERE c > 1;
         CREATE TABLE plain (LIKE a, d int);
         CREATE TABLE everything (d int, LIKE a INCLUDING ALL);
         CREATE TABLE most (LIKE a INCLUDING ALL EXCLUDING INDEXES);
         CREATE TABLE no_comments (LIKE a INCLUDING INDEXES EXCLUDING COMMENTS);
         CREATE TABLE unknown (LIKE nothing);",
        expect![[r#"
            table public.a
              id integer not null
              b text Bytewise
              c integer -- see
              key a_b_key (b)
              key a_lower_idx () partial expression
              key a_pkey (id) primary
            table public.everything
              d integer
              id integer not null
              b text Bytewise
              c integer -- see
              key everything_b_key (b)
              key everything_lower_idx () partial expression
              key everything_pkey (id) primary
            table public.most
              id integer not null
              b text Bytewise
              c integer -- see
            table public.no_comments
              id integer not null
              b text Bytewise
              c integer
              key no_comments_b_key (b)
              key no_comments_lower_idx () partial expression
              key no_comments_pkey (id) primary
            table public.plain
              id integer not null
              b text Bytewise
              c integer
              d integer
            table public.unknown
            note: public.nothing is not defined here @ CREATE TABLE unknown (LIKE nothing);
        "#]],
    );
}

#[test]
fn inheritance_merges_columns() {
    check(
        "CREATE TABLE a (id int PRIMARY KEY, x text);
         CREATE TABLE b (y int NOT NULL, id int);
         CREATE TABLE c (x text NOT NULL, z int) INHERITS (a, b);",
        expect![[r#"
            table public.a [has children]
              id integer not null
              x text
              key a_pkey (id) primary
            table public.b [has children]
              y integer not null
              id integer
            table public.c [inherits public.a, public.b]
              id integer not null
              x text not null
              y integer not null
              z integer
        "#]],
    );
}

#[test]
fn foreign_keys_need_a_target_that_fits() {
    check(
        "CREATE TABLE a (id int PRIMARY KEY, b int, c int, UNIQUE (b, c));
         CREATE TABLE no_key (id int);
         CREATE TABLE d (
           x int REFERENCES a,
           y int REFERENCES a (b),
           z int REFERENCES no_key,
           u int REFERENCES missing (id),
           v int REFERENCES a (nothing),
           FOREIGN KEY (x, y) REFERENCES a (c, b),
           FOREIGN KEY (x, nothing) REFERENCES a (c, b),
           FOREIGN KEY (x, y) REFERENCES a
         );",
        expect![[r#"
            table public.a
              id integer not null
              b integer
              c integer
              key a_b_c_key (b, c)
              key a_pkey (id) primary
            table public.d
              x integer
              y integer
              z integer
              u integer
              v integer
              fk d_x_fkey (x) -> public.a (id)
              fk d_x_y_fkey (x, y) -> public.a (c, b)
              fk d_y_fkey (y) -> public.a (b)
            table public.no_key
              id integer
            note: a foreign key of public.d does not fit the columns of public.no_key @ CREATE TABLE d (
            note: a foreign key of public.d refers to public.missing, which is not defined here @ CREATE TABLE d (
            note: a foreign key of public.d does not fit the columns of public.a @ CREATE TABLE d (
            note: a foreign key of public.d does not fit the columns of public.a @ CREATE TABLE d (
            note: a foreign key of public.d does not fit the columns of public.a @ CREATE TABLE d (
        "#]],
    );
}

#[test]
fn indexes() {
    check(
        "CREATE COLLATION ci (provider = icu, locale = 'und', deterministic = false);
         CREATE TABLE t (a int, b text, c text COLLATE ci);
         CREATE UNIQUE INDEX ON t (a);
         CREATE UNIQUE INDEX ON t (a);
         CREATE INDEX ON t (a);
         CREATE UNIQUE INDEX CONCURRENTLY by_b ON t USING btree (b text_pattern_ops DESC NULLS LAST, a) INCLUDE (c);
         CREATE UNIQUE INDEX IF NOT EXISTS by_b ON t (a);
         CREATE UNIQUE INDEX by_b ON t (a);
         CREATE UNIQUE INDEX partly ON public.t (a, b) NULLS NOT DISTINCT WHERE a > 0;
         CREATE UNIQUE INDEX ON t (lower(b), upper(b), (a + 1), (a + 2), (b COLLATE \"C\"));
         CREATE UNIQUE INDEX own_collation ON t (c);
         CREATE UNIQUE INDEX other_collation ON t (c COLLATE \"C\");
         CREATE UNIQUE INDEX other_class ON t (b my.strange_ops);
         CREATE UNIQUE INDEX ON t (nothing);
         ALTER INDEX by_b RENAME TO by_b_and_a;
         DROP INDEX partly, own_collation;",
        expect![[r#"
            table public.t
              a integer
              b text
              c text Nondeterministic
              key by_b_and_a (b, a)
              key other_class () expression
              key other_collation () expression
              key t_a_idx (a)
              key t_a_idx1 (a)
              key t_lower_upper_expr_expr1_b_idx () expression
            nondeterministic collation public.ci
            note: public.by_b exists already @ CREATE UNIQUE INDEX by_b ON t (a);
            note: an index on public.t is over nothing, which is not a column of it @ CREATE UNIQUE INDEX ON t (nothing);
        "#]],
    );
}

#[test]
fn comments() {
    check(
        "CREATE TABLE t (a int);
         COMMENT ON TABLE t IS 'it''s';
         COMMENT ON COLUMN public.t.a IS E'tab\\there';
         COMMENT ON COLUMN t.nothing IS 'x';
         COMMENT ON TABLE missing IS 'x';
         COMMENT ON SCHEMA public IS 'x';
         CREATE TABLE u (a int);
         COMMENT ON TABLE u IS 'x';
         COMMENT ON TABLE u IS NULL;",
        expect![[r#"
            table public.t [comment it's]
              a integer -- tab	here
            table public.u
              a integer
        "#]],
    );
}

#[test]
fn other_statements_change_nothing() {
    check(
        "CREATE TABLE t (a int);
         CREATE SEQUENCE s OWNED BY t.a;
         ALTER SEQUENCE s OWNER TO x;
         ALTER TABLE s OWNER TO x;
         CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
         CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
         CREATE PUBLICATION p FOR ALL TABLES;
         INSERT INTO t VALUES (1) RETURNING a;
         COPY t (a) FROM stdin;
1
2;drop table t;
\\.
         UPDATE t SET a = 1; DELETE FROM t; TRUNCATE t; ANALYZE; VACUUM t; LOCK TABLE t;
         SELECT pg_catalog.setval('s', 1, true);
         SET statement_timeout = 0; SHOW all; EXPLAIN SELECT 1; REFRESH MATERIALIZED VIEW v;
         CREATE AGGREGATE agg (int) (sfunc = int4pl, stype = int);
         CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
         CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR x SERVER s;
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO x;
         SECURITY LABEL ON TABLE t IS 'x';
         ;;",
        expect![[r#"
            table public.t
              a integer
              the rule r on public.t
        "#]],
    );
}

#[test]
fn a_parent_is_nullable_where_a_child_is() {
    check(
        "CREATE TABLE p (a int NOT NULL, b int NOT NULL);
         CREATE TABLE c () INHERITS (p);
         CREATE TABLE d () INHERITS (c);
         ALTER TABLE d ALTER a DROP NOT NULL;",
        expect![[r#"
            table public.c [inherits public.p] [has children]
              a integer
              b integer not null
            table public.d [inherits public.c]
              a integer
              b integer not null
            table public.p [has children]
              a integer
              b integer not null
        "#]],
    );
}
