//! What an UPDATE changes besides its row, by foreign keys, after the row was checked.

use postgres::Client;

use crate::server::{Database, unique_name};
use crate::{column as query, error_code, run};

/// A document that belongs to the tenant whose name is its shelf's `doc_code`, and a session of tenant `ours`.
fn session(action: &str) -> Client {
    let database = Database::create();
    let mut client = database.connect();
    let app = unique_name("app");
    run(
        &mut client,
        &format!(
            "CREATE TABLE docs (id int PRIMARY KEY, code text NOT NULL UNIQUE, shelf int NOT NULL); \
             CREATE TABLE shelves (id int PRIMARY KEY, doc_code text REFERENCES docs (code) {action}); \
             INSERT INTO docs VALUES (1, 'ours', 7); INSERT INTO shelves VALUES (7, 'ours'); \
             CREATE ROLE {app} LOGIN; GRANT SELECT, UPDATE ON docs TO {app}; GRANT SELECT ON shelves TO {app}; \
             ALTER TABLE docs ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY p ON docs USING (EXISTS (SELECT FROM shelves s WHERE s.id = docs.shelf \
               AND s.doc_code = current_setting('app.tenant_id')))"
        ),
    );
    let mut session = database.connect_as(&app);
    run(&mut session, "SET app.tenant_id = 'ours'");
    session
}

#[test]
fn a_row_goes_to_another_tenant_when_what_it_belongs_to_follows_its_update() {
    let mut session = session("ON UPDATE CASCADE");
    // The check sees the shelf as it was.
    run(&mut session, "UPDATE docs SET code = 'theirs'");
    assert_eq!(query(&mut session, "SELECT id::text FROM docs"), [""; 0]);
    run(&mut session, "SET app.tenant_id = 'theirs'");
    assert_eq!(query(&mut session, "SELECT id::text FROM docs"), ["1"]);
}

#[test]
fn it_stays_where_nothing_follows() {
    let mut session = session("");
    assert_eq!(error_code(&mut session, "UPDATE docs SET code = 'theirs'"), "23503");
    assert_eq!(query(&mut session, "SELECT id::text FROM docs"), ["1"]);
}
