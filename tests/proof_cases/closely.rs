//! Cases that tell one reading of PostgreSQL from another that is nearly the same: each is proved, wrongly, if one thing
//! is forgotten. `tests/mutations` forgets them.

use pgpe_report::Verdict;

use super::{ALL, Case, SCHEMA, T, WRITES, case, policy, restrictive};

/// All of them.
pub fn cases() -> Vec<Case> {
    let mut cases = value_cases();
    cases.extend(policy_cases());
    cases.extend(row_cases());
    cases.extend(update_cases());
    cases.extend(written_cases());
    cases
}

/// A second way in, beside the tenant's.
fn or(condition: &str) -> String {
    policy("p", "users", &format!("{T} OR CLAUSE {condition}"))
}

/// The schema, with another column in `users`.
fn users_with(column: &str) -> String {
    format!(
        "CREATE TYPE public.mood AS ENUM ('sad', 'happy');{SCHEMA}ALTER TABLE public.users ADD COLUMN {column};"
    )
}

/// Values that exist, and how they compare.
fn value_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    // What is written has no status, and is not seen because of that.
    let hidden = |condition: &str| {
        policy("p", "users", T)
            + &format!(
                "POLICY w RESTRICTIVE FOR INSERT, UPDATE SELECTOR named('users') CLAUSE col('status') IS NULL\n\
                 POLICY s RESTRICTIVE FOR SELECT SELECTOR named('users') CLAUSE {condition}\n"
            )
    };
    vec![
        case("negative", "numbers below zero", or("col('age') < lit(0)"))
            .schema(users_with("age integer NOT NULL"))
            .on_server("users", "age < 0", true)
            .isolation("users", ALL, Failed),
        case("bounds that meet", "a bound is within", or("col('age') <= lit(18) AND col('age') >= lit(18)"))
            .schema(users_with("age integer NOT NULL"))
            .isolation("users", ALL, Failed),
        case("enum order", "labels in the order of their type", or("col('mood') < lit('happy')"))
            .schema(users_with("mood public.mood NOT NULL"))
            .isolation("users", ALL, Failed),
        case(
            "spellings of a number",
            "1 is 1.0",
            policy("p", "users", "col('amount') IN lit([1, 3])")
                + &restrictive("r", "users", &format!("{T} OR CLAUSE col('amount') IN lit(['1.0', '2'])")),
        )
        .schema(users_with("amount numeric NOT NULL"))
        .on_server("users", "amount IN (1, 3) AND amount IN (1.0, 2)", true)
        .isolation("users", ALL, Failed),
        case(
            "LIKE underscore",
            "one character, whichever",
            policy(
                "p",
                "users",
                &format!(
                    "{T} AND col('email') = lit('ab') OR CLAUSE col('email') LIKE lit('a_') AND col('email') LIKE lit('_b')"
                ),
            ),
        )
        .on_server("users", "email LIKE 'a_' AND email LIKE '_b'", true)
        .isolation("users", ALL, Failed),
        case(
            "LIKE percent",
            "any number of characters, and none",
            policy(
                "p",
                "users",
                &format!(
                    "{T} AND col('email') = lit('a') OR CLAUSE col('email') LIKE lit('a%') AND col('email') LIKE lit('_')"
                ),
            ),
        )
        .on_server("users", "email LIKE 'a%' AND email LIKE '_'", true)
        .isolation("users", ALL, Failed),
        case("!= hides NULL", "a row without a status, written and not seen", hidden("col('status') != lit('a')"))
            .schema(users_with("status text"))
            .isolation("users", ALL, Proven)
            .verdict("users", WRITES, "write-restriction", Failed),
        case(
            "NOT IN hides NULL",
            "a row without a status, written and not seen",
            hidden("col('status') NOT IN lit(['a', 'b'])"),
        )
        .schema(users_with("status text"))
        .isolation("users", ALL, Proven)
        .verdict("users", WRITES, "write-restriction", Failed),
        case(
            "the old row's status",
            "a row that is seen until it is changed",
            policy("p", "users", T)
                + "POLICY u RESTRICTIVE FOR UPDATE SELECTOR named('users') CLAUSE col('status') = lit('a') \
                   WITH CHECK CLAUSE col('status') IS NOT NULL\n\
                   POLICY s RESTRICTIVE FOR SELECT SELECTOR named('users') CLAUSE col('status') = lit('a')\n",
        )
        .schema(users_with("status text"))
        .isolation("users", ALL, Proven)
        .verdict("users", WRITES, "write-restriction", Failed),
    ]
}

/// Which policies are asked.
fn policy_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    vec![
        case(
            "either policy",
            "two policies let in two kinds of rows",
            policy("a", "users", &format!("{T} AND col('role') = lit('admin')"))
                + &policy("b", "users", &format!("{T} AND col('role') = lit('viewer')")),
        )
        .isolation("users", ALL, Proven)
        .verdict("users", ALL, "contradiction", Proven),
        case(
            "either policy, no owner",
            "one of two policies keeps tenants apart",
            policy("a", "config", "col('key') = session('app.tenant_id')")
                + &policy("b", "config", "col('value') = lit('public')"),
        )
        .isolation("config", &["SELECT", "UPDATE", "DELETE"], Failed),
        case(
            "a function of the session",
            "what one session may write by it, another sees",
            "POLICY w PERMISSIVE FOR INSERT SELECTOR named('users') CLAUSE col('email') = fn('f', [])
POLICY s PERMISSIVE FOR SELECT SELECTOR named('users') CLAUSE col('email') != fn('f', [])",
        )
        .schema(format!("{SCHEMA}CREATE FUNCTION public.f() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.user_id') $$;"))
        .config("functions: { allow: [f] }")
        .verdict("users", &["INSERT"], "cross-write", Failed),
        case(
            "restricted reading",
            "a restriction of SELECT restricts nothing else",
            policy("p", "users", "col('id') IS NOT NULL")
                + &format!("POLICY r RESTRICTIVE FOR SELECT SELECTOR named('users') CLAUSE {T}\n"),
        )
        .isolation("users", &["SELECT"], Proven)
        .isolation("users", &["INSERT", "UPDATE", "DELETE"], Failed),
        case(
            "restricted role",
            "a restriction of one role does not restrict others",
            policy("p", "users", "col('id') IS NOT NULL")
                + &format!("POLICY r RESTRICTIVE FOR ALL TO r1 SELECTOR named('users') CLAUSE {T}\n"),
        )
        .isolation("users", ALL, Failed),
        case(
            "taking over",
            "an UPDATE without WHERE needs no SELECT",
            format!(
                "POLICY s PERMISSIVE FOR SELECT SELECTOR named('users') CLAUSE {T}\n\
                 POLICY u PERMISSIVE FOR UPDATE SELECTOR named('users') CLAUSE col('id') IS NOT NULL WITH CHECK CLAUSE {T}\n"
            ),
        )
        .isolation("users", &["SELECT"], Proven)
        .isolation("users", &["UPDATE"], Failed),
        case(
            "covered where seen",
            "a row that its table's policies hide from the subquery",
            format!(
                "POLICY s PERMISSIVE FOR SELECT SELECTOR named('projects') CLAUSE {T}\n\
                 POLICY d PERMISSIVE FOR DELETE SELECTOR named('projects') CLAUSE col('name') = lit('acme')\n\
                 OR CLAUSE exists(rel(_, id, projects, id), {{col('id') IS NOT NULL}})\n"
            ),
        )
        .isolation("projects", &["DELETE"], Failed)
        .finds_no("subsumption"),
    ]
}

/// Which rows there are.
fn row_cases() -> Vec<Case> {
    use Verdict::Failed;
    let own_project = format!("exists(rel(_, project_id, projects, id), {{{T}}})");
    let nullable = "ALTER TABLE public.files ALTER COLUMN project_id DROP NOT NULL;";
    let two = |first: &str, second: &str| {
        policy(
            "p",
            "tasks",
            &format!(
                "exists(rel(_, project_id, projects, id), {{{first}}}) AND exists(rel(_, title, projects, name), {{{second}}})"
            ),
        )
    };
    vec![
        case(
            "no reference",
            "a row that refers to nothing is nobody's",
            policy("p", "files", &format!("{own_project} OR CLAUSE col('project_id') IS NULL")),
        )
        .schema(format!("{SCHEMA}{nullable}"))
        .isolation("files", ALL, Failed),
        case(
            "no code",
            "a unique column may be NULL in many rows",
            two("col('code') IS NULL", &format!("col('code') IS NULL AND {T}")),
        )
        .schema(format!("{SCHEMA}ALTER TABLE public.projects ADD COLUMN code text UNIQUE;"))
        .isolation("tasks", ALL, Failed),
        case("two witnesses", "two subqueries find two rows", two("col('is_deleted') = lit(true)", T))
            .isolation("tasks", ALL, Failed),
        case(
            "two sessions, two witnesses",
            "two tenants have projects of one name",
            policy("p", "config", &format!("exists(rel(_, key, projects, name), {{{T}}})")),
        )
        // Of few keys, most are taken: a search hardly ever gets to insert one.
        .isolation("config", &["SELECT", "UPDATE", "DELETE"], Failed),
    ]
}

/// Rows that follow when another is updated. `tests/postgres_sql/updates.rs` shows them on a server.
fn update_cases() -> Vec<Case> {
    use Verdict::{Proven, Unknown};
    let following = |number, title, action: &str| {
        let policies = "POLICY p PERMISSIVE FOR ALL SELECTOR named('docs') CLAUSE exists(rel(_, shelf, shelves, id), {col('doc_code') = session('app.tenant_id')})";
        case(number, title, policies)
            .schema(format!(
                "CREATE TABLE docs (id int PRIMARY KEY, code text NOT NULL UNIQUE, shelf int NOT NULL);
             CREATE TABLE shelves (id int PRIMARY KEY, doc_code text REFERENCES docs (code) {action});"
            ))
            .owned("docs", None)
            .owned("shelves", None)
    };
    vec![
        following("an update that travels", "the row traversed to follows the update", "ON UPDATE CASCADE")
            .verdict("docs", &["INSERT"], "cross-write", Proven)
            .verdict("docs", &["UPDATE"], "cross-write", Unknown),
        partition_that_is_followed(),
        following("an update that stays", "nothing follows it", "ON DELETE CASCADE").verdict(
            "docs",
            WRITES,
            "cross-write",
            Proven,
        ),
    ]
}

/// The foreign key leads to the partitioned table; what is updated is a partition.
fn partition_that_is_followed() -> Case {
    let policies = "POLICY p PERMISSIVE FOR ALL SELECTOR named('docs_a') CLAUSE exists(rel(_, shelf, shelves, id), {col('doc_code') = session('app.tenant_id')})";
    case("an update of a partition that travels", "what refers to the whole follows a part", policies)
        .schema(
            "CREATE TABLE docs (code text NOT NULL, kind text NOT NULL, shelf int NOT NULL, PRIMARY KEY (code, kind)) PARTITION BY LIST (kind);
             CREATE TABLE docs_a PARTITION OF docs FOR VALUES IN ('a');
             CREATE TABLE shelves (id int PRIMARY KEY, doc_code text, kind text, FOREIGN KEY (doc_code, kind) REFERENCES docs ON UPDATE CASCADE);"
                .to_owned(),
        )
        .owned("docs", None)
        .owned("docs_a", None)
        .owned("shelves", None)
        .verdict("docs_a", &["UPDATE"], "cross-write", Verdict::Unknown)
}

/// What a written row refers to is there, or it is not written.
fn written_cases() -> Vec<Case> {
    use Verdict::{Failed, Proven};
    let read_by_board = |number, title, reference: &str| {
        let read = "POLICY r PERMISSIVE FOR SELECT SELECTOR named('notes') CLAUSE exists(rel(_, board, boards, id), {col('id') IS NOT NULL})\n";
        let write = "POLICY w PERMISSIVE FOR INSERT SELECTOR named('notes') CLAUSE col('title') = session('app.tenant_id')\n";
        case(number, title, format!("{read}{write}"))
            .schema(format!(
                "CREATE TABLE boards (id int PRIMARY KEY);
             CREATE TABLE notes (board int {reference}, title text);"
            ))
            .owned("notes", None)
            .owned("boards", None)
    };
    vec![
        read_by_board("written with its board", "each note has its board", "NOT NULL REFERENCES boards")
            .verdict("notes", &["INSERT"], "write-restriction", Proven),
        read_by_board("written without a board", "a note may have none", "REFERENCES boards").verdict(
            "notes",
            &["INSERT"],
            "write-restriction",
            Failed,
        ),
        read_by_board("written for itself", "a note's board need not be", "NOT NULL").verdict(
            "notes",
            &["INSERT"],
            "write-restriction",
            Failed,
        ),
    ]
}
