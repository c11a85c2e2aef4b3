//! Leaks on purpose: each is found, is explained on the set's page, and is one on a real server.

use expect_test::expect;
use postgres::Client;

use crate::server::unique_name;
use crate::{Example, changed, column, create_role, isolation, project, rows_of_page, run};

#[test]
fn exactly_these_leaks_are_found() {
    let example = Example::load("leaky");
    expect![[r#"
        helpdesk.policy:8 error tenant-isolation tickets SELECT, INSERT, UPDATE, DELETE
        helpdesk.policy:15 error tenant-isolation messages SELECT, INSERT, UPDATE, DELETE
        helpdesk.policy:16 warning traversal-without-foreign-key messages -
        helpdesk.policy:16 warning traversal-key-not-unique - -
        helpdesk.policy:26 error tenant-isolation invoices INSERT, UPDATE
        helpdesk.policy:26 warning write-restriction invoices INSERT, UPDATE
        helpdesk.policy:28 warning tautology contacts SELECT, INSERT, UPDATE, DELETE
        helpdesk.policy:33 error tenant-isolation contacts SELECT, INSERT, UPDATE, DELETE
        helpdesk.policy:49 error tenant-isolation agents SELECT
        helpdesk.policy:56 error tenant-isolation templates SELECT, INSERT, UPDATE, DELETE
        helpdesk.policy:68 error tenant-isolation api_keys SELECT, INSERT, UPDATE, DELETE
        helpdesk.policy:75 error tenant-isolation exports SELECT, INSERT, UPDATE, DELETE
        schema.sql:35 warning coverage companies -
    "#]]
    .assert_eq(&example.complaints(&example.check()));
}

#[test]
fn what_does_not_leak_is_proved() {
    expect![[r#"
        agents: FAILED PROVEN PROVEN PROVEN
        api_keys: FAILED FAILED FAILED FAILED
        contacts: FAILED FAILED FAILED FAILED
        exports: FAILED FAILED FAILED FAILED
        invoices: PROVEN FAILED FAILED PROVEN
        messages: FAILED FAILED FAILED FAILED
        templates: FAILED FAILED FAILED FAILED
        tickets: FAILED FAILED FAILED FAILED
    "#]]
    .assert_eq(&isolation(&Example::load("leaky").check()));
}

#[test]
fn only_holders_of_support_see_all_agents() {
    let checked = Example::load("leaky").check();
    let agents = project::table_verdicts(&checked, "agents").expect("agents are governed");
    let by_role: Vec<String> = agents.commands["SELECT"]
        .by_role
        .iter()
        .map(|(role, verdicts)| format!("{role} {}", verdicts[&pgpe_config::Rule::TenantIsolation]))
        .collect();
    assert_eq!(by_role, ["public PROVEN", "support FAILED"]);
}

#[test]
fn every_leak_has_a_counterexample_and_its_row_on_the_page() {
    let checked = Example::load("leaky").check();
    let leaks = project::findings(&checked, "tenant-isolation");
    let mut explained = rows_of_page("leaky");
    for leak in &leaks {
        assert!(leak.counterexample.is_some(), "{}", leak.message);
        let policy = leak.policy.as_ref().expect("a leak is a policy's");
        assert!(explained.contains(policy), "README.md says nothing of {policy}");
    }
    explained.retain(|policy| !leaks.iter().any(|leak| leak.policy.as_ref() == Some(policy)));
    assert!(explained.is_empty(), "README.md speaks of leaks that are none: {explained:?}");
}

const OWN: &str = "00000000-0000-0000-0000-00000000000a";
const OTHER: &str = "00000000-0000-0000-0000-00000000000b";
const HEAD_OFFICE: &str = "00000000-0000-0000-0000-000000000001";

/// Rows of the other account alone (a ticket of one's own excepted), and a session of one's own.
fn intruder() -> Client {
    let example = Example::load("leaky");
    let app = unique_name("leaky_app");
    let mut client = crate::server::Database::create().connect();
    run(&mut client, example.schema());
    create_role(&mut client, "support");
    run(&mut client, &example.sql());
    run(
        &mut client,
        &format!(
            "INSERT INTO accounts (id, name) VALUES ('{OWN}', 'own'), ('{OTHER}', 'other');
             INSERT INTO agents (account_id, email) VALUES ('{OTHER}', 'theirs');
             INSERT INTO tickets (account_id, number, subject, status)
               VALUES ('{OTHER}', 7, 'theirs', 'public'), ('{OWN}', 7, 'own', 'open');
             INSERT INTO messages (ticket_id, ticket_number, body)
               SELECT id, number, 'theirs' FROM tickets WHERE account_id = '{OTHER}';
             INSERT INTO invoices (account_id, amount) VALUES ('{OWN}', 1);
             WITH c AS (INSERT INTO companies (account_id, name) VALUES ('{OTHER}', 'theirs') RETURNING id)
               INSERT INTO contacts (company_id, email) SELECT id, 'theirs' FROM c;
             INSERT INTO templates (account_id, body) VALUES (NULL, 'everybody''s');
             INSERT INTO api_keys (account_id, created_by, secret) VALUES ('{OTHER}', '{OWN}', 'theirs');
             INSERT INTO exports (account_id, location) VALUES ('{OTHER}', 'theirs');
             CREATE ROLE {app};
             GRANT ALL ON ALL TABLES IN SCHEMA public TO {app}, support;
             SET app.account_id = '{OWN}'; SET app.agent_id = '{OWN}'; SET ROLE {app}"
        ),
    );
    client
}

#[test]
fn the_leaks_are_real() {
    let mut client = intruder();
    assert_eq!(column(&mut client, "SELECT subject FROM tickets WHERE status = 'public'"), ["theirs"]);
    assert_eq!(column(&mut client, "SELECT body FROM messages"), ["theirs"]);
    assert_eq!(column(&mut client, "SELECT email FROM contacts"), ["theirs"]);
    assert_eq!(column(&mut client, "SELECT secret FROM api_keys"), ["theirs"]);
    assert_eq!(changed(&mut client, "UPDATE templates SET body = 'defaced'"), 1);
    let insert = format!("INSERT INTO invoices (account_id, amount) VALUES ('{OTHER}', 99)");
    assert_eq!(changed(&mut client, &insert), 1);

    assert!(column(&mut client, "SELECT location FROM exports").is_empty());
    run(&mut client, &format!("SET app.account_id = '{HEAD_OFFICE}'"));
    assert_eq!(column(&mut client, "SELECT location FROM exports"), ["theirs"]);

    assert!(column(&mut client, "SELECT email FROM agents").is_empty());
    run(&mut client, "RESET ROLE; SET ROLE support");
    assert_eq!(column(&mut client, "SELECT email FROM agents"), ["theirs"]);
}
