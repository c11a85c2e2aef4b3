use expect_test::expect;

use super::check;

#[test]
fn views_and_their_options() {
    check(
        "CREATE TABLE t (a int, \"B\" text);
         CREATE VIEW v AS SELECT a, \"B\" AS c, count(*), a + 1, a::text, CASE WHEN true THEN a END FROM t GROUP BY 1, 2;
         CREATE VIEW named (x) WITH (security_invoker, security_barrier = false) AS SELECT a, \"B\" FROM t;
         CREATE VIEW star AS SELECT * FROM t AS u;
         CREATE VIEW unknown AS SELECT * FROM t JOIN t AS u USING (a);
         CREATE VIEW both_kinds AS SELECT a FROM t UNION ALL SELECT 1;
         CREATE VIEW vals AS VALUES (1, 2), (3, 4);
         CREATE VIEW tab AS TABLE t;
         CREATE VIEW with_query AS WITH w AS (SELECT 1 AS x) SELECT x FROM w;
         CREATE TEMP VIEW temporary AS SELECT 1;
         CREATE OR REPLACE VIEW named WITH (security_invoker = false) AS SELECT a AS x, \"B\", 1 AS z FROM t;
         ALTER VIEW tab SET (security_invoker = on);
         ALTER VIEW vals SET (security_invoker = true);
         ALTER VIEW vals RESET (security_invoker);
         ALTER VIEW vals RENAME TO vals2;
         ALTER VIEW vals2 RENAME COLUMN column1 TO one;
         ALTER VIEW vals2 OWNER TO bob;
         ALTER TABLE star OWNER TO bob;
         CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT a FROM t WITH NO DATA;
         CREATE UNIQUE INDEX ON m (a);
         ALTER MATERIALIZED VIEW m RENAME TO m2;
         COMMENT ON MATERIALIZED VIEW m2 IS 'x';
         GRANT SELECT ON v TO r;
         DROP VIEW unknown;",
        expect![[r#"
            view public.both_kinds
              a unknown
            materializedview public.m2 [comment x]
              a unknown
              key m_a_idx (a)
            view public.named
              x unknown
              B unknown
              z unknown
            view public.star [owner bob]
              a unknown
              B unknown
            table public.t
              a integer
              B text
            view public.tab [invoker]
              a unknown
              B unknown
            view public.v
              a unknown
              c unknown
              count unknown
              ?column? unknown
              a unknown
              case unknown
              grant SELECT to r
            view public.vals2 [owner bob]
              one unknown
              column2 unknown
            view public.with_query
              x unknown
        "#]],
    );
}
