//! Casts, operators and rules that let conditions and statements mean something else: nothing is proved then, and
//! what a server does with them shows that nothing could be.

use crate::example::{Example, ISOLATION, TWO_TABLES, column, create_role, execute};

const UUIDS: &str =
    "CREATE TABLE public.projects (id int PRIMARY KEY, tenant_id uuid NOT NULL, name text NOT NULL);";
const A: &str = "00000000-0000-0000-0000-00000000000a";
const B: &str = "00000000-0000-0000-0000-00000000000b";

/// Applies what is said to be UNKNOWN for that reason, after it was refused.
#[track_caller]
fn applied_unproven(example: &Example, table: &str, reason: &str) {
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(1);
    let unknown = format!("tenant-isolation UNKNOWN for SELECT on public.{table}");
    assert!(run.err.contains(&unknown), "{}", run.err);
    assert_eq!(example.state(), Vec::<String>::new());
    // Of the same schema in a file, the same is said.
    example.project.write("schema.sql", example.database.dump());
    let run = example.pgpe(&["check", "--schema", "schema.sql"]).exits(1);
    assert!(run.out.contains(reason), "{}", run.out);
    std::fs::remove_file(example.project.path("schema.sql")).unwrap();
    let run = example.pgpe(&["apply", "--target", "dev", "--yes", "--allow-unproven"]).exits(0);
    assert!(run.out.contains("may change DELETE, INSERT, SELECT, UPDATE"), "{}", run.out);
}

fn app(example: &Example) -> String {
    let app = create_role(example, "app");
    example.sql(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}"));
    app
}

#[test]
fn a_cast_of_their_own_reads_a_setting_otherwise() {
    let example = Example::new(UUIDS, ISOLATION);
    example.sql(&format!(
        "INSERT INTO projects VALUES (1, '{A}', 'of a'), (2, '{B}', 'of b');
         CREATE FUNCTION always_b(text) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT uuid_in(''{B}'')';
         CREATE CAST (text AS uuid) WITH FUNCTION always_b(text)"
    ));
    let app = app(&example);
    applied_unproven(&example, "projects", "the cast from text to uuid may change what conditions mean");
    let mut client = example.database.connect_as(&app);
    execute(&mut client, &format!("SET app.tenant_id = '{A}'"));
    assert_eq!(column(&mut client, "SELECT name FROM projects"), ["of b"]);
}

#[test]
fn a_rule_reaches_what_policies_keep() {
    let example = Example::new(TWO_TABLES, ISOLATION);
    example.sql(
        "INSERT INTO projects VALUES (1, 'a', 'of a'), (2, 'b', 'of b'); INSERT INTO tasks VALUES (1, 1, 'x');
         CREATE RULE spread AS ON UPDATE TO tasks DO ALSO UPDATE projects SET name = NEW.title",
    );
    let app = app(&example);
    applied_unproven(&example, "projects", "the rule spread on public.tasks changes what statements do");
    let mut client = example.database.connect_as(&app);
    execute(&mut client, "SET app.tenant_id = 'a'");
    assert_eq!(column(&mut client, "SELECT name FROM projects"), ["of a"]);
    execute(&mut client, "UPDATE tasks SET title = 'theirs' WHERE id = 1");
    let mut admin = example.database.connect();
    assert_eq!(column(&mut admin, "SELECT name FROM projects ORDER BY id"), ["theirs", "theirs"]);
}

#[test]
fn a_rule_that_does_nothing_instead_spoils_no_proof() {
    let example = Example::new(TWO_TABLES, ISOLATION);
    example.sql(
        "CREATE RULE kept AS ON DELETE TO projects DO INSTEAD NOTHING;
         CREATE RULE elsewhere AS ON UPDATE TO tasks DO ALSO NOTIFY changed",
    );
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
}

#[test]
fn an_operator_of_their_own_leaves_nothing_certain() {
    let example = Example::new(TWO_TABLES, ISOLATION);
    example.sql(
        "CREATE FUNCTION always(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true';
         CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = always)",
    );
    let reason =
        "the operator public.= of character varying and character varying may change what conditions mean";
    applied_unproven(&example, "projects", reason);
}
