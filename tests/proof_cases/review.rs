//! Policy sets that were said to be isolated although a real server lets another tenant's row through: what
//! a review found, smallest first. Each must not be PROVEN. To be told apart from a mere error, what is
//! expected is the verdict that the smallest right correction leads to.

use pgpe_report::Verdict;

use super::cases::Case;

const SELECT: &[&str] = &["SELECT"];
const T: &str = "col('tenant_id') = session('app.tenant_id')";

struct Review {
    number: &'static str,
    title: &'static str,
    schema: &'static str,
    policies: String,
    config: &'static str,
    table: &'static str,
    command: &'static [&'static str],
    verdict: Verdict,
}

impl Review {
    fn case(self) -> Case {
        Case {
            number: self.number,
            title: self.title,
            schema: self.schema.to_owned(),
            policies: self.policies,
            config: self.config.to_owned(),
            verdicts: vec![(self.table, self.command, "tenant-isolation", self.verdict)],
            rules: Vec::new(),
            not_rules: Vec::new(),
            by_role: Vec::new(),
            owners: Vec::new(),
            on_server: Vec::new(),
        }
    }
}

/// A policy for SELECT on `docs`.
fn select(clauses: &str) -> String {
    format!("POLICY p PERMISSIVE FOR SELECT SELECTOR named('docs') CLAUSE {clauses}\n")
}

fn restrict(clauses: &str) -> String {
    format!("POLICY r RESTRICTIVE FOR SELECT SELECTOR named('docs') CLAUSE {clauses}\n")
}

fn docs(
    number: &'static str,
    title: &'static str,
    schema: &'static str,
    policies: String,
    verdict: Verdict,
) -> Review {
    Review { number, title, schema, policies, config: "", table: "docs", command: SELECT, verdict }
}

const F: &str = "functions: { allow: [f] }\n";

/// The cases.
pub fn cases() -> Vec<Case> {
    let mut cases = schema_cases();
    cases.extend(value_cases());
    cases.extend(function_cases());
    cases.extend(owner_cases());
    cases.into_iter().map(Review::case).collect()
}

/// Facts that the schema does not give.
fn schema_cases() -> Vec<Review> {
    use Verdict::{Failed, Unknown};
    vec![
        docs(
            "K1",
            "a key of two columns is none of its first",
            "CREATE TABLE folders (id int NOT NULL, tenant_id text NOT NULL, UNIQUE (id, tenant_id));
             CREATE TABLE docs (id int PRIMARY KEY, folder int NOT NULL);",
            select(&format!("exists(rel(_, folder, folders, id), {{{T}}})")),
            Verdict::Failed,
        ),
        docs(
            "S1",
            "an empty setting is a value",
            "CREATE TABLE docs (id int PRIMARY KEY, tenant_id text NOT NULL);",
            select("session('app.tenant_id') = lit('')"),
            Verdict::Failed,
        ),
        docs(
            "G1",
            "who grants privileges to another role has none of its",
            "CREATE ROLE boss; CREATE ROLE member; GRANT boss TO member;
             CREATE TABLE docs (id int PRIMARY KEY, tenant_id text NOT NULL);",
            format!(
                "POLICY p PERMISSIVE FOR SELECT TO boss SELECTOR named('docs') CLAUSE col('id') IS NOT NULL\n\
                 POLICY r RESTRICTIVE FOR SELECT TO member SELECTOR named('docs') CLAUSE {T}\n"
            ),
            Verdict::Failed,
        ),
        docs(
            "R1",
            "a unique index on citext by the operator class of text is no key",
            "CREATE EXTENSION citext;
CREATE TABLE codes (code citext NOT NULL, tenant_id uuid NOT NULL);
CREATE UNIQUE INDEX codes_code ON codes (code text_ops);
CREATE TABLE docs (id int PRIMARY KEY, code citext NOT NULL);
",
            select(&format!("exists(rel(_, code, codes, code), {{{T}}})")),
            Failed,
        ),
        docs(
            "R2",
            "a partition that is a foreign table need not keep NOT NULL",
            "CREATE EXTENSION file_fdw;
CREATE SERVER f FOREIGN DATA WRAPPER file_fdw;
CREATE TABLE docs (id int, tenant_id uuid NOT NULL) PARTITION BY LIST (id);
CREATE FOREIGN TABLE docs1 PARTITION OF docs FOR VALUES IN (1)
  SERVER f OPTIONS (program 'echo 1,', format 'csv');
",
            select(&format!("col('tenant_id') IS NULL OR CLAUSE {T}")),
            Failed,
        ),
        docs(
            "R3",
            "a table created from a query may inherit",
            "CREATE TABLE pr (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE docs (id int PRIMARY KEY, pr_id int NOT NULL);
CREATE TABLE arch AS SELECT * FROM pr WITH NO DATA;
ALTER TABLE arch ALTER id SET NOT NULL, ALTER tenant_id SET NOT NULL;
ALTER TABLE arch INHERIT pr;
",
            select(&format!("exists(rel(_, pr_id, pr, id), {{{T}}})")),
            Failed,
        ),
        docs(
            "R4",
            "a statement that is not read may create a policy",
            "CREATE TABLE docs (id int PRIMARY KEY, tenant_id uuid NOT NULL);
DO $$ BEGIN EXECUTE 'CREATE POLICY open ON docs USING (true)'; END $$;
",
            select(T),
            Unknown,
        ),
        docs(
            "R5",
            "a chained transaction may be rolled back",
            "CREATE TABLE docs (id int PRIMARY KEY, tenant_id uuid);
BEGIN; ROLLBACK AND CHAIN; ALTER TABLE docs ALTER tenant_id SET NOT NULL; ROLLBACK;
",
            select(&format!("col('tenant_id') IS NULL OR CLAUSE {T}")),
            Failed,
        ),
        docs(
            "R6",
            "what a savepoint's rollback undoes does not hold",
            "CREATE TABLE pr (id int NOT NULL, tenant_id uuid NOT NULL);
CREATE TABLE docs (id int PRIMARY KEY, pr_id int NOT NULL);
BEGIN; SAVEPOINT a; ALTER TABLE pr ADD PRIMARY KEY (id); ROLLBACK TO SAVEPOINT a; COMMIT;
",
            select(&format!("exists(rel(_, pr_id, pr, id), {{{T}}})")),
            Failed,
        ),
        docs(
            "R19",
            "a restrictive policy that nothing passes is not compiled",
            "CREATE TABLE docs (id int PRIMARY KEY, tenant_id uuid NOT NULL);",
            select("col('id') IS NOT NULL") + &restrict("col('id') = lit(1) AND col('id') = lit(2)"),
            Unknown,
        ),
        docs(
            "R20",
            "what is not compiled replaces no existing policy of its name",
            "CREATE TABLE docs (id int PRIMARY KEY, tenant_id uuid NOT NULL);
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY p_docs ON docs FOR SELECT USING (true);
",
            select("col('id') = lit(1) AND col('id') = lit(2)"),
            Failed,
        ),
    ]
}

/// Comparisons that are coarser than PostgreSQL's.
fn value_cases() -> Vec<Review> {
    use Verdict::{Failed, Unknown};
    vec![
        docs(
            "R7",
            "a NOT NULL column of a composite type may be IS NULL",
            "CREATE TYPE pair AS (a int, b text);
CREATE TABLE docs (id int PRIMARY KEY, p pair NOT NULL, tenant_id uuid NOT NULL);
",
            select("col('p') IS NULL"),
            Unknown,
        ),
        docs(
            "R8",
            "a composite value that is compared may be IS NULL",
            "CREATE TYPE pair AS (a int, b text);
CREATE TABLE docs (id int PRIMARY KEY, p pair, q pair, tenant_id uuid NOT NULL);
",
            select("col('p') = col('q')") + &restrict(&format!("col('p') IS NULL OR CLAUSE {T}")),
            Unknown,
        ),
        docs(
            "R9",
            "equality of circles is not transitive",
            "CREATE TABLE mid (c circle NOT NULL);
CREATE TABLE docs (id int PRIMARY KEY, tenant_id circle NOT NULL);
",
            select("exists(rel(_, tenant_id, mid, c), {col('c') = session('app.tenant_id')})"),
            Unknown,
        ),
        docs(
            "R10",
            "a pattern that is matched with a name is not cut",
            "CREATE TABLE docs (id int PRIMARY KEY, n name NOT NULL, tenant_id uuid NOT NULL);
",
            select(&format!("col('n') LIKE lit('{0}a') AND col('n') NOT LIKE lit('{0}b')", "%".repeat(63))),
            Unknown,
        ),
        docs(
            "R11",
            "which instant a timestamp is depends on the session",
            "CREATE TABLE slots (at timestamptz PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE docs (id int PRIMARY KEY, at timestamp NOT NULL);
",
            select(&format!("exists(rel(_, at, slots, at), {{{T}}})")),
            Unknown,
        ),
        docs(
            "R18",
            "a number is not the same in single and in double precision",
            "CREATE TABLE docs (
  id int PRIMARY KEY, r real NOT NULL, d double precision NOT NULL, tenant_id uuid NOT NULL
);
",
            select("col('r') = lit('0.1') AND col('d') = lit('0.1')")
                + &restrict(&format!("col('r') != col('d') OR CLAUSE {T}")),
            Failed,
        ),
    ]
}

/// Calls that are taken for the same.
fn function_cases() -> Vec<Review> {
    use Verdict::Unknown;
    let calls = |number, title, schema, policies| Review {
        config: F,
        ..docs(number, title, schema, policies, Unknown)
    };
    vec![
        calls(
            "R12",
            "overloads with arguments that have the same number",
            "CREATE FUNCTION f(integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ select 'int' $$;
CREATE FUNCTION f(boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$ select 'bool' $$;
CREATE TABLE docs (id int PRIMARY KEY, i int NOT NULL, b boolean NOT NULL, tenant_id text NOT NULL);
",
            select(
                "col('i') = lit(1) AND col('b') = lit(true) AND fn('f', [col('i')]) = col('tenant_id') \
                 AND fn('f', [col('b')]) = session('app.tenant_id')",
            ),
        ),
        calls(
            "R13",
            "a date and a timestamp as the argument of one function",
            "CREATE FUNCTION f(timestamp) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ select extract(epoch from $1)::text $$;
CREATE TABLE docs (id int PRIMARY KEY, d date NOT NULL, ts timestamp NOT NULL, tenant_id text NOT NULL);
",
            select(
                "col('d') = lit('1970-01-02') AND col('ts') = lit('1970-01-01 00:00:00.000001') \
                 AND fn('f', [col('d')]) = session('app.tenant_id') AND fn('f', [col('ts')]) = col('tenant_id')",
            ),
        ),
        calls(
            "R14",
            "equal numbers that are not the same",
            "CREATE FUNCTION f(numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$ select $1::text $$;
CREATE TABLE docs (id int PRIMARY KEY, tenant_id text NOT NULL);
",
            select(
                "fn('f', [lit('1.0')]) = session('app.tenant_id') AND fn('f', [lit('1.00')]) = col('tenant_id')",
            ),
        ),
        calls(
            "R15",
            "an argument's conversion depends on the session",
            "CREATE FUNCTION f(timestamptz) RETURNS text LANGUAGE sql IMMUTABLE
  AS $$ select extract(epoch from $1)::text $$;
CREATE TABLE docs (id int PRIMARY KEY, d date NOT NULL);
",
            select("fn('f', [col('d')]) = session('app.tenant_id')"),
        ),
        calls(
            "R16",
            "the cast of a setting depends on the session",
            "CREATE FUNCTION f(date) RETURNS text LANGUAGE sql IMMUTABLE AS $$ select $1::text $$;
CREATE TABLE docs (id int PRIMARY KEY, day text NOT NULL);
",
            select(
                "col('day') = session('app.day') AND fn('f', [session('app.day')]) = session('app.tenant_id')",
            ),
        ),
    ]
}

/// Whose a row is.
fn owner_cases() -> Vec<Review> {
    use Verdict::Failed;
    vec![Review {
        number: "R17",
        title: "a row that is its own parent takes its owner along",
        schema: "CREATE TABLE folders (
  id int PRIMARY KEY,
  parent_id int NOT NULL REFERENCES folders (id),
  tenant_id uuid NOT NULL
);
",
        policies: format!(
            "POLICY u PERMISSIVE FOR UPDATE SELECTOR named('folders')
  CLAUSE exists(rel(_, parent_id, folders, id), {{{T}}})
POLICY s PERMISSIVE FOR SELECT SELECTOR named('folders') CLAUSE {T}\n"
        ),
        config: "isolation:\n  - key: session('app.tenant_id')\n    owners: { folders: parent_id.tenant_id }\n",
        table: "folders",
        command: &["UPDATE"],
        verdict: Failed,
    }]
}
