//! The running example, applied, in the hands of two tenants' real sessions.

use postgres::Client;

use crate::example::{Example, column, create_role, execute};

const ONE: &str = "00000000-0000-0000-0000-00000000000a";
const OTHER: &str = "00000000-0000-0000-0000-00000000000b";

fn tenants() -> (Example, String) {
    let example = Example::saas().applied();
    let app = create_role(&example, "app");
    example.sql(&format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app};
         INSERT INTO tenants VALUES ('{ONE}', 'one'), ('{OTHER}', 'other');
         INSERT INTO users (tenant_id, email) VALUES ('{ONE}', 'a@one'), ('{OTHER}', 'b@other');
         INSERT INTO projects (id, tenant_id, name, is_deleted) VALUES
           ('{ONE}', '{ONE}', 'p one', false), ('{OTHER}', '{OTHER}', 'p other', false),
           (gen_random_uuid(), '{ONE}', 'p gone', true);
         INSERT INTO tasks (project_id, title) VALUES ('{ONE}', 't one'), ('{OTHER}', 't other')"
    ));
    (example, app)
}

fn session(example: &Example, app: &str, tenant: &str) -> Client {
    let mut client = example.database.connect_as(app);
    execute(&mut client, &format!("SET app.tenant_id = '{tenant}'"));
    client
}

#[track_caller]
fn refused(client: &mut Client, sql: &str) {
    let error = client.batch_execute(sql).expect_err(sql);
    let message = error.as_db_error().map(|error| error.message()).unwrap_or_default().to_owned();
    assert!(message.contains("row-level security"), "{message}\n{sql}");
}

#[test]
fn each_sees_and_writes_its_own_rows_alone() {
    let (example, app) = tenants();
    for (tenant, other, name) in [(ONE, OTHER, "one"), (OTHER, ONE, "other")] {
        let mut client = session(&example, &app, tenant);
        assert_eq!(column(&mut client, "SELECT name FROM projects ORDER BY 1"), [format!("p {name}")]);
        assert_eq!(column(&mut client, "SELECT title FROM tasks"), [format!("t {name}")]);
        assert_eq!(column(&mut client, "SELECT split_part(email, '@', 2) FROM users"), [name]);

        let insert =
            |tenant: &str| format!("INSERT INTO users (tenant_id, email) VALUES ('{tenant}', 'new@{name}')");
        execute(&mut client, &insert(tenant));
        refused(&mut client, &insert(other));
        refused(&mut client, &format!("INSERT INTO tasks (project_id, title) VALUES ('{other}', 'x')"));

        let changed = |client: &mut Client, sql: &str| client.execute(sql, &[]).unwrap();
        assert_eq!(changed(&mut client, "UPDATE users SET role = 'editor' WHERE email IS NOT NULL"), 2);
        assert_eq!(
            changed(&mut client, &format!("UPDATE users SET role = 'x' WHERE tenant_id = '{other}'")),
            0
        );
        refused(&mut client, &format!("UPDATE users SET tenant_id = '{other}'"));
        refused(&mut client, &format!("UPDATE tasks SET project_id = '{other}'"));

        assert_eq!(changed(&mut client, &format!("DELETE FROM users WHERE tenant_id = '{other}'")), 0);
        assert_eq!(changed(&mut client, "DELETE FROM users WHERE email LIKE 'new@%'"), 1);
        assert_eq!(changed(&mut client, "DELETE FROM tasks"), 1);
    }
    let mut admin = example.database.connect();
    assert_eq!(
        column(&mut admin, "SELECT email || role FROM users ORDER BY 1"),
        ["a@oneeditor", "b@othereditor"]
    );
    assert_eq!(column(&mut admin, "SELECT count(*) FROM tasks"), ["0"]);
    // Without a tenant nothing passes: an error, as the project wants it.
    let mut nobody = example.database.connect_as(&app);
    assert!(nobody.batch_execute("SELECT * FROM users").is_err());
}
