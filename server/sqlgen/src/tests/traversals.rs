//! Traversals: layout, and names that must not be captured.

use expect_test::expect;

use super::*;

fn status() -> Atom {
    equal(column("status", &text()), Operand::Literal(string("open")), &text())
}

#[test]
fn nested() {
    let projects = exists("projects", &[("project_id", "id")], [own_tenant(), status()]);
    let comments = exists("comments", &[("id", "task_id")], [projects, status()]);
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.comments
            WHERE public.comments.task_id = public.tasks.id
              AND EXISTS (
                SELECT 1 FROM public.projects
                WHERE public.projects.id = public.comments.project_id
                  AND public.projects.tenant_id = current_setting('app.tenant_id')
                  AND public.projects.status = 'open'
              )
              AND public.comments.status = 'open'
          )"#]]
    .assert_eq(&sql(comments));
}

#[test]
fn composite_keys_and_odd_names() {
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public."Order"
            WHERE public."Order"."A" = public.tasks.a
              AND public."Order"."select" = public.tasks.b
              AND public."Order".status = 'open'
          )"#]]
    .assert_eq(&sql(exists("Order", &[("a", "A"), ("b", "select")], [status()])));
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.projects
            WHERE public.projects.id = public.tasks.project_id
          )"#]]
    .assert_eq(&sql(exists("projects", &[("project_id", "id")], [])));
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.projects
            WHERE true
          )"#]]
    .assert_eq(&sql(exists("projects", &[], [])));
}

#[test]
fn a_table_that_reaches_itself_gets_an_alias() {
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.tasks AS tasks_1
            WHERE tasks_1.id = public.tasks.parent_id
              AND tasks_1.status = 'open'
          )"#]]
    .assert_eq(&sql(exists("tasks", &[("parent_id", "id")], [status()])));
    let third = exists("tasks", &[("parent_id", "id")], [status()]);
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.tasks AS tasks_1
            WHERE tasks_1.id = public.tasks.parent_id
              AND EXISTS (
                SELECT 1 FROM public.tasks AS tasks_2
                WHERE tasks_2.id = tasks_1.parent_id
                  AND tasks_2.status = 'open'
              )
          )"#]]
    .assert_eq(&sql(exists("tasks", &[("parent_id", "id")], [third])));
}

#[test]
fn a_table_reached_twice_gets_an_alias() {
    let again = exists("projects", &[("parent_id", "id")], [own_tenant()]);
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.projects
            WHERE public.projects.id = public.tasks.project_id
              AND EXISTS (
                SELECT 1 FROM public.projects AS projects_1
                WHERE projects_1.id = public.projects.parent_id
                  AND projects_1.tenant_id = current_setting('app.tenant_id')
              )
          )"#]]
    .assert_eq(&sql(exists("projects", &[("project_id", "id")], [again])));
    // Beside each other they are apart anyway.
    let first = exists("projects", &[("project_id", "id")], [own_tenant()]);
    let second = exists("projects", &[("other_id", "id")], [own_tenant()]);
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.comments
            WHERE public.comments.task_id = public.tasks.id
              AND EXISTS (
                SELECT 1 FROM public.projects
                WHERE public.projects.id = public.comments.project_id
                  AND public.projects.tenant_id = current_setting('app.tenant_id')
              )
              AND EXISTS (
                SELECT 1 FROM public.projects
                WHERE public.projects.id = public.comments.other_id
                  AND public.projects.tenant_id = current_setting('app.tenant_id')
              )
          )"#]]
    .assert_eq(&sql(exists("comments", &[("id", "task_id")], [first, second])));
}

#[test]
fn a_table_of_the_same_name_in_another_schema_is_another_table() {
    let mut other = exists("tasks", &[("parent_id", "id")], [status()]);
    if let Atom::Exists(traversal) = &mut other {
        traversal.target.schema = "archive".into();
    }
    expect![[r#"
        EXISTS (
            SELECT 1 FROM archive.tasks
            WHERE archive.tasks.id = public.tasks.parent_id
              AND archive.tasks.status = 'open'
          )"#]]
    .assert_eq(&sql(other));
}

#[test]
fn aliases_avoid_the_names_of_all_tables() {
    // Inside `tasks_1`, a reference to an alias of that name would be captured.
    let inner = exists("tasks_1", &[("id", "task_id")], [status()]);
    expect![[r#"
        EXISTS (
            SELECT 1 FROM public.tasks AS tasks_2
            WHERE tasks_2.id = public.tasks.parent_id
              AND EXISTS (
                SELECT 1 FROM public.tasks_1
                WHERE public.tasks_1.task_id = tasks_2.id
                  AND public.tasks_1.status = 'open'
              )
          )"#]]
    .assert_eq(&sql(exists("tasks", &[("parent_id", "id")], [inner])));
}

#[test]
fn aliases_of_long_names_stay_distinct() {
    let name = "t".repeat(63);
    let inner = exists(&name, &[("parent_id", "id")], []);
    let atom = exists(&name, &[("parent_id", "id")], [inner]);
    let sql = crate::compile_clauses(&table(&name), &one(atom), &catalog(), Session::default());
    for number in [1, 2] {
        let alias = format!("{}_{number}", "t".repeat(61));
        assert!(sql.contains(&format!(" AS {alias}\n")), "{sql}");
    }
}

#[test]
fn links_between_types() {
    let citext = plain(BaseType::Citext { schema: "ext".to_owned() });
    let mood = plain(BaseType::Enum(table("mood")));
    let mood_domain = domain_over(BaseType::Enum(table("mood")));
    let cases = [
        (citext.clone(), citext.clone()),
        (citext.clone(), text()),
        (plain(BaseType::Varchar), plain(BaseType::Char)),
        (plain(BaseType::Varchar), plain(BaseType::Name)),
        (plain(BaseType::BigInt), plain(BaseType::SmallInt)),
        (plain(BaseType::Integer), plain(BaseType::Numeric)),
        (mood, mood_domain),
        (plain(BaseType::Other("ext.hstore".to_owned())), plain(BaseType::Other("ext.hstore".to_owned()))),
    ];
    let links = cases.map(|(outer_type, inner_type)| {
        let mut atom = exists("projects", &[("o", "i")], []);
        if let Atom::Exists(traversal) = &mut atom {
            traversal.links[0].outer_type = Some(outer_type);
            traversal.links[0].inner_type = Some(inner_type);
        }
        sql(atom).lines().nth(2).unwrap_or_default().trim().to_owned() + "\n"
    });
    expect![[r#"
        WHERE public.projects.i OPERATOR(ext.=) public.tasks.o
        WHERE public.projects.i = public.tasks.o::text
        WHERE public.projects.i = public.tasks.o::bpchar
        WHERE public.projects.i = public.tasks.o
        WHERE public.projects.i = public.tasks.o
        WHERE public.projects.i = public.tasks.o
        WHERE public.projects.i::public.mood = public.tasks.o
        WHERE public.projects.i OPERATOR(ext.=) public.tasks.o
    "#]]
    .assert_eq(&links.concat());
}
