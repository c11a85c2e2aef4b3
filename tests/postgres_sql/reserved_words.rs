//! Every keyword of the server can be the name of anything.

use pgpe_catalog::QualifiedName;
use pgpe_sqlgen::{GrantInput, TableInput, quote_identifier};

use crate::build::*;
use crate::server::{Database, unique_name};
use crate::{column as query, run};

#[test]
fn all_that_the_server_quotes_is_quoted() {
    let database = Database::create();
    let mut client = database.connect();
    let rows = client.query("SELECT word, quote_ident(word) FROM pg_get_keywords()", &[]).unwrap();
    assert!(rows.len() > 400);
    for row in rows {
        let (word, quoted) = (row.get::<_, String>(0), row.get::<_, String>(1));
        // Words that only later versions reserve may be quoted as well.
        if quoted != word {
            assert_eq!(quote_identifier(&word), quoted);
        }
    }
}

#[test]
fn keywords_as_names_of_everything() {
    let database = Database::create();
    let mut client = database.connect();
    let words = query(&mut client, "SELECT word FROM pg_get_keywords() ORDER BY word");
    let roles = unique_name("r");
    for word in &words {
        let quoted = quote_identifier(word);
        let schema = QualifiedName::new(word, word);
        let other = QualifiedName::new(word, format!("{word}2"));
        run(&mut client, &format!("CREATE SCHEMA {quoted}; CREATE ROLE {roles}{word}"));
        run(
            &mut client,
            &format!(
                "CREATE TABLE {quoted}.{quoted} ({quoted} text); CREATE TABLE {quoted}.{word}2 ({quoted} text)"
            ),
        );
        let itself = exists(&schema, (word, word), &text(), [equal(column(word, &text()), setting("app.k"))]);
        let elsewhere = exists(&other, (word, word), &text(), [itself]);
        let unqualified = equal(column(word, &text()), literal(word));
        let mut policy = policy(word, one(elsewhere));
        policy.using.clauses.push(clause([unqualified]));
        let grants = [GrantInput { commands: policy.commands, roles: vec![format!("{roles}{word}")] }];
        let input = TableInput { name: &schema, policies: &[&policy], grants: &grants };
        run(
            &mut client,
            &pgpe_sqlgen::compile(&[input], &catalog(), pgpe_config::Session::default()).to_sql(),
        );
        let names = query(&mut client, "SELECT policyname FROM pg_policies");
        assert_eq!(names, [format!("{word}_{word}")]);
        run(&mut client, &format!("DROP SCHEMA {quoted} CASCADE; DROP ROLE {roles}{word}"));
    }
}

/// Words that mean a role by their own right, but name one when quoted.
#[test]
fn roles_called_like_keywords() {
    let database = Database::create();
    let mut client = database.connect();
    run(&mut client, "CREATE TABLE public.t (c text)");
    let roles = ["current_user", "session_user", "user", "current_role", "PUBLIC", "None", "all"];
    for role in roles {
        run(&mut client, &format!("CREATE ROLE {}", quote_identifier(role)));
    }
    let mut policy = policy("p", one(equal(column("c", &text()), literal("x"))));
    policy.roles = roles.map(str::to_owned).to_vec();
    let name = public("t");
    let grants = [GrantInput { commands: policy.commands, roles: policy.roles.clone() }];
    let input = TableInput { name: &name, policies: &[&policy], grants: &grants };
    let script = pgpe_sqlgen::compile(&[input], &catalog(), pgpe_config::Session::default()).to_sql();
    run(&mut client, &script);
    let mut stored = query(&mut client, "SELECT unnest(roles) FROM pg_policies");
    let mut granted = query(
        &mut client,
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants \
         WHERE table_name = 't' AND grantee <> 'postgres'",
    );
    let mut expected = roles.map(str::to_owned).to_vec();
    expected.sort();
    stored.sort();
    granted.sort();
    assert_eq!(stored, expected);
    assert_eq!(granted, expected);
    run(&mut client, "DROP TABLE public.t");
    for role in roles {
        run(&mut client, &format!("DROP ROLE {}", quote_identifier(role)));
    }
}

#[test]
fn public_is_everybody_even_in_quotes() {
    let database = Database::create();
    let mut client = database.connect();
    run(&mut client, "CREATE TABLE public.t (c text)");
    let mut policy = policy("p", one(equal(column("c", &text()), literal("x"))));
    policy.roles = vec!["postgres".to_owned(), "public".to_owned()];
    let name = public("t");
    let grants = [GrantInput { commands: policy.commands, roles: vec!["public".to_owned()] }];
    let input = TableInput { name: &name, policies: &[&policy], grants: &grants };
    run(&mut client, &pgpe_sqlgen::compile(&[input], &catalog(), pgpe_config::Session::default()).to_sql());
    assert_eq!(query(&mut client, "SELECT unnest(roles) FROM pg_policies"), ["public"]);
    // PostgreSQL's own reading of the quoted name, on which this rests.
    run(&mut client, "CREATE POLICY q ON public.t TO \"public\" USING (true)");
    assert_eq!(
        query(&mut client, "SELECT unnest(roles) FROM pg_policies WHERE policyname = 'q'"),
        ["public"]
    );
    let granted = query(
        &mut client,
        "SELECT count(*) FROM information_schema.role_table_grants WHERE table_name = 't' AND grantee = 'PUBLIC'",
    );
    assert_eq!(granted, ["4"]);
}
