//! A real standby, by streaming replication: looked at, and never changed.

use std::time::{Duration, Instant};

use crate::example::{Example, ISOLATION, TWO_TABLES};
use crate::postgres_server::Server;

#[test]
fn a_standby_is_monitored_and_takes_no_changes() {
    let server = Server::own();
    let example = Example::on(server.create_database(), TWO_TABLES, ISOLATION, |url| {
        format!("targets: {{ dev: {{ url: \"{url}\" }} }}\n")
    });
    let standby = server.start_standby(&example.database);
    example.redirect(&standby);
    let run = example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(2);
    assert!(run.err.contains("this server is a standby, which takes no changes"), "{}", run.err);
    assert_eq!(example.drift().len(), 3);
    assert_eq!(example.state(), Vec::<String>::new());

    example.redirect(&example.database.url());
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    example.redirect(&standby);
    let started = Instant::now();
    while !example.drift().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", example.drift());
    }
    // There the server's own form can't be had.
    let run = example.pgpe(&["monitor", "--target", "dev"]).exits(0);
    assert!(run.err.starts_with("note: "), "{}", run.err);
    example.sql("ALTER POLICY own_projects_projects ON projects USING (true)");
    while example.drift().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(40));
    }
    assert_eq!(example.drift(), ["critical modified_policy own_projects_projects on projects"]);
}
