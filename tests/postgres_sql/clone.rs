//! A policy on a temporary clone of a table is stored as the same expression as on the table itself.

use pgpe_catalog::QualifiedName;
use pgpe_config::Session;
use pgpe_policy::resolved::TablePolicy;

use crate::build::*;
use crate::server::Database;
use crate::{column as query, run};

#[test]
fn the_stored_expressions_are_the_same() {
    let database = Database::create();
    let mut client = database.connect();
    run(
        &mut client,
        "CREATE TABLE public.tasks (id text, parent_id text, status text); \
         CREATE TABLE public.projects (id text, parent_id text, status text); \
         CREATE SCHEMA archive; CREATE TABLE archive.tasks (id text, parent_id text, status text); \
         SET search_path = ''",
    );
    let own = || equal(column("status", &text()), setting("app.k"));
    let links = ("parent_id", "id");
    let (tasks, projects) = (public("tasks"), public("projects"));
    let archived = QualifiedName::new("archive", "tasks");
    let twice = exists(&projects, links, &text(), [exists(&tasks, links, &text(), [own()]), own()]);
    let policies = [
        policy("own", one(own())),
        policy("project", one(exists(&projects, links, &text(), [own()]))),
        policy("itself", one(exists(&tasks, links, &text(), [own()]))),
        policy("twice", one(twice)),
        policy("archived", one(exists(&archived, links, &text(), [own()]))),
        TablePolicy {
            check: Some(one(exists(&tasks, links, &text(), []))),
            ..policy("checked", one(exists(&projects, links, &text(), [])))
        },
    ];
    let clone = QualifiedName::new("pg_temp", "tasks");
    for policy in &policies {
        let on_table = pgpe_sqlgen::compile_policy(&tasks, policy, &catalog(), Session::default());
        let on_clone =
            pgpe_sqlgen::compile_policy_on_clone(&tasks, &clone, policy, &catalog(), Session::default());
        run(&mut client, &on_table[0].statement);
        run(&mut client, "CREATE TEMP TABLE tasks (id text, parent_id text, status text)");
        run(&mut client, &on_clone[0].statement);
        let stored = query(
            &mut client,
            "SELECT concat_ws('|', polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) \
             FROM pg_policy ORDER BY polrelid = 'public.tasks'::regclass",
        );
        let [clone, table] = stored.as_slice() else { panic!("two policies, not {stored:?}") };
        assert_eq!(clone, table);
        run(
            &mut client,
            &format!("DROP TABLE pg_temp.tasks; DROP POLICY {} ON public.tasks", on_table[0].name),
        );
    }
}
