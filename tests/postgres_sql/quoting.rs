//! Names and literals come back as they were, with `standard_conforming_strings` on and off.

use pgpe_catalog::QualifiedName;
use pgpe_policy::resolved::{CompareOp, Literal};
use pgpe_sqlgen::{quote_identifier, quote_literal};
use postgres::Client;

use crate::build::*;
use crate::random::{PIECES, Random};
use crate::server::{Database, unique_name};
use crate::{column as query, compile, error_code, run};

const MODES: [&str; 2] = ["on", "off"];

/// Warnings of the old mode would only fill the log.
fn set_mode(client: &mut Client, conforming: &str) {
    run(client, &format!("SET standard_conforming_strings = {conforming}; SET escape_string_warning = off"));
}

fn hostile_texts(random: &mut Random, count: usize) -> Vec<String> {
    let mut texts: Vec<String> = PIECES.iter().map(|piece| (*piece).to_owned()).collect();
    texts.extend(PIECES.iter().map(|piece| format!("a{piece}")));
    texts.extend(PIECES.iter().map(|piece| format!("{piece}b")));
    while texts.len() < count {
        texts.push(random.hostile_text(12));
    }
    texts.sort();
    texts.dedup();
    texts
}

/// A name that PostgreSQL neither cuts nor refuses.
fn hostile_name(random: &mut Random) -> String {
    loop {
        let name = random.hostile_text(8);
        if !name.is_empty() && name.len() <= 40 {
            return name;
        }
    }
}

#[test]
fn thousands_of_literals_come_back() {
    let database = Database::create();
    let mut client = database.connect();
    let texts = hostile_texts(&mut Random(1), 3_000);
    assert!(texts.len() > 2_000);
    for mode in MODES {
        set_mode(&mut client, mode);
        for chunk in texts.chunks(50) {
            let literals: Vec<String> = chunk.iter().map(|text| quote_literal(text)).collect();
            let rows = query(&mut client, &format!("SELECT unnest(ARRAY[{}])", literals.join(", ")));
            assert_eq!(rows, chunk);
        }
    }
}

#[test]
fn literals_of_policies_select_exactly_their_rows() {
    let database = Database::create();
    let mut client = database.connect();
    let app = unique_name("app");
    run(&mut client, &format!("CREATE ROLE {app}; CREATE TABLE public.t (c text, listed boolean)"));
    run(
        &mut client,
        &format!("GRANT SELECT ON public.t TO {app}; ALTER TABLE public.t ENABLE ROW LEVEL SECURITY"),
    );
    let texts = hostile_texts(&mut Random(2), 2_400);
    let insert = client.prepare("INSERT INTO public.t VALUES ($1, $2)").unwrap();
    let mut transaction = client.transaction().unwrap();
    for (index, text) in texts.iter().enumerate() {
        transaction.execute(&insert, &[text, &(index % 2 == 0)]).unwrap();
    }
    transaction.commit().unwrap();
    let listed: Vec<&String> = texts.iter().step_by(2).collect();
    for mode in MODES {
        set_mode(&mut client, mode);
        let mut seen = Vec::new();
        for (index, chunk) in listed.chunks(60).enumerate() {
            let list = chunk.iter().map(|text| Literal::String((*text).clone())).collect();
            let alone = equal(column("c", &text()), literal(chunk[0]));
            let policy = match index % 2 {
                0 => policy("p", one(is_in(column("c", &text()), false, list))),
                _ => policy("p", one(alone)),
            };
            let compiled = compile(&public("t"), &policy);
            run(&mut client, &compiled[0].statement);
            run(&mut client, &format!("SET ROLE {app}"));
            seen.extend(query(&mut client, "SELECT c FROM public.t WHERE listed"));
            let wrong = query(&mut client, "SELECT c FROM public.t WHERE NOT listed");
            assert!(wrong.is_empty(), "{wrong:?} pass {}", compiled[0].statement);
            run(&mut client, "RESET ROLE; DROP POLICY p_t ON public.t");
        }
        let mut expected: Vec<&String> = listed
            .chunks(60)
            .enumerate()
            .flat_map(|(index, chunk)| if index % 2 == 0 { chunk } else { &chunk[..1] })
            .copied()
            .collect();
        expected.sort();
        seen.sort();
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn every_operator_takes_hostile_literals() {
    let database = Database::create();
    let mut client = database.connect();
    run(&mut client, "CREATE TABLE public.t (c text)");
    let texts = hostile_texts(&mut Random(3), 400);
    for mode in MODES {
        set_mode(&mut client, mode);
        for (index, text_value) in texts.iter().enumerate() {
            use CompareOp::{Ge, Gt, Le, Lt, Ne};
            let op = [Ne, Lt, Le, Gt, Ge][index % 5];
            let policy = policy("p", one(compare(column("c", &text()), op, literal(text_value))));
            let compiled = compile(&public("t"), &policy);
            run(&mut client, &compiled[0].statement);
            // The stored expression, put into a query of its own, holds the same value. It is printed for the mode
            // of the session.
            set_mode(&mut client, "on");
            let stored = query(&mut client, "SELECT qual FROM pg_policies");
            let symbol = ["<>", "<", "<=", ">", ">="][index % 5];
            run(&mut client, "TRUNCATE public.t");
            client.execute("INSERT INTO public.t VALUES ($1), ('a'), ('')", &[text_value]).unwrap();
            let by_policy =
                query(&mut client, &format!("SELECT c FROM public.t WHERE {} ORDER BY c", stored[0]));
            let by_parameter: Vec<String> = client
                .query(&format!("SELECT c FROM public.t WHERE c {symbol} $1 ORDER BY c"), &[text_value])
                .unwrap()
                .iter()
                .map(|row| row.get(0))
                .collect();
            assert_eq!(by_policy, by_parameter, "{}", compiled[0].statement);
            run(&mut client, "DROP POLICY p_t ON public.t");
            set_mode(&mut client, mode);
        }
    }
}

#[test]
fn thousands_of_names_come_back() {
    let database = Database::create();
    let mut client = database.connect();
    let mut random = Random(4);
    let names: Vec<String> = (0..2_500).map(|_| hostile_name(&mut random)).collect();
    for mode in MODES {
        set_mode(&mut client, mode);
        for chunk in names.chunks(25) {
            let columns: Vec<String> =
                chunk.iter().map(|name| format!("1 AS {}", quote_identifier(name))).collect();
            let statement = client.prepare(&format!("SELECT {}", columns.join(", "))).unwrap();
            let read: Vec<&str> = statement.columns().iter().map(postgres::Column::name).collect();
            assert_eq!(read, chunk);
        }
    }
}

#[test]
fn names_are_quoted_as_the_server_quotes_them() {
    let database = Database::create();
    let mut client = database.connect();
    let mut random = Random(5);
    let mut names: Vec<String> = (0..2_000).map(|_| hostile_name(&mut random)).collect();
    names.extend(["plain", "_a1", "1a", "A", "a$", "ä", "user", "name"].map(str::to_owned));
    let rows = client.query("SELECT quote_ident(n) FROM unnest($1::text[]) n", &[&names]).unwrap();
    for (name, row) in names.iter().zip(rows) {
        assert_eq!(quote_identifier(name), row.get::<_, String>(0));
    }
}

/// A policy of which every name and value is hostile.
#[test]
fn names_of_schemas_tables_columns_policies_roles_and_settings() {
    let database = Database::create();
    let mut client = database.connect();
    let mut random = Random(6);
    for round in 0..300 {
        set_mode(&mut client, MODES[round % 2]);
        let [schema, table, column_name, role] = [(); 4].map(|()| hostile_name(&mut random));
        // Roles belong to the whole server; "public" and "none" can't be roles.
        let role = format!("{role}{}", unique_name("r"));
        let other_table = format!("{table}2");
        let value = random.hostile_text(10);
        let key = format!("app.k{round}");
        let (quoted_schema, quoted_column) = (quote_identifier(&schema), quote_identifier(&column_name));
        run(&mut client, &format!("CREATE SCHEMA {quoted_schema}; CREATE ROLE {}", quote_identifier(&role)));
        for table in [&table, &other_table] {
            let table = quote_identifier(table);
            run(&mut client, &format!("CREATE TABLE {quoted_schema}.{table} ({quoted_column} text)"));
        }
        let name = QualifiedName::new(&schema, &table);
        let inner = [
            equal(column(&column_name, &text()), setting(&key)),
            equal(column(&column_name, &text()), literal(&value)),
        ];
        let target = QualifiedName::new(&schema, &other_table);
        let traversal = exists(&target, (&column_name, &column_name), &text(), inner);
        let policy_name = hostile_name(&mut random);
        let mut policy = policy(&policy_name, one(traversal));
        policy.roles = vec![role.clone()];
        let input = pgpe_sqlgen::TableInput { name: &name, policies: &[&policy], grants: &[] };
        let script = pgpe_sqlgen::compile(&[input], &catalog(), pgpe_config::Session::default()).to_sql();
        run(&mut client, &script);
        let row = client
            .query_one(
                "SELECT schemaname::text, tablename::text, policyname::text, roles::text[] FROM pg_policies",
                &[],
            )
            .unwrap();
        assert_eq!(row.get::<_, String>(0), schema);
        assert_eq!(row.get::<_, String>(1), table);
        assert_eq!(row.get::<_, String>(2), pgpe_policy::compiled_name(&policy_name, &table, None).name);
        assert_eq!(row.get::<_, Vec<String>>(3), std::slice::from_ref(&role));
        let flags = client
            .query_one("SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity", &[])
            .unwrap();
        assert_eq!(flags.get::<_, i64>(0), 1);
        // The row with the literal's value passes, once the session has it, too.
        let quoted_table = pgpe_sqlgen::quote_qualified(&name);
        let quoted_target = pgpe_sqlgen::quote_qualified(&target);
        for table in [&quoted_table, &quoted_target] {
            client.execute(&format!("INSERT INTO {table} VALUES ($1), ('other')"), &[&value]).unwrap();
        }
        client.execute("SELECT set_config($1, $2, false)", &[&key, &value]).unwrap();
        set_mode(&mut client, "on");
        let stored = query(&mut client, "SELECT qual FROM pg_policies");
        let passed = client.query(&format!("SELECT * FROM {quoted_table} WHERE {}", stored[0]), &[]).unwrap();
        let expected = if value == "other" { 2 } else { 1 };
        assert_eq!(passed.len(), expected, "{script}");
        assert_eq!(passed[0].get::<_, String>(0), value);
        run(
            &mut client,
            &format!("DROP SCHEMA {quoted_schema} CASCADE; DROP ROLE {}", quote_identifier(&role)),
        );
    }
}

#[test]
fn what_cannot_exist_is_refused() {
    let database = Database::create();
    let mut client = database.connect();
    for mode in MODES {
        set_mode(&mut client, mode);
        for text in ["\0", "a\0b", "a\0'b", "\\\0", "0\u{0}0", "\0\"--"] {
            let literal = format!("SELECT {}", quote_literal(text));
            assert_eq!(error_code(&mut client, &literal), "22021", "{literal}");
            let name = format!("SELECT 1 AS {}", quote_identifier(text));
            assert_eq!(error_code(&mut client, &name), "42601", "{name}");
        }
    }
}

#[test]
fn keys_of_settings_are_literals() {
    let database = Database::create();
    let mut client = database.connect();
    run(&mut client, "CREATE TABLE public.t (c text)");
    let mut random = Random(7);
    for round in 0..100 {
        set_mode(&mut client, MODES[round % 2]);
        let key = format!("app.{}", random.hostile_text(10));
        let policy = policy("p", one(equal(column("c", &text()), setting(&key))));
        run(&mut client, &compile(&public("t"), &policy)[0].statement);
        let missing = client.query_one("SELECT current_setting($1, true)", &[&key]).unwrap();
        assert_eq!(missing.get::<_, Option<String>>(0), None);
        set_mode(&mut client, "on");
        let stored = query(&mut client, "SELECT qual FROM pg_policies");
        let start = stored[0].find("current_setting(").unwrap();
        let call = stored[0][start..].strip_suffix(')').unwrap();
        let argument = call.strip_prefix("current_setting(").unwrap().strip_suffix(')').unwrap();
        assert_eq!(query(&mut client, &format!("SELECT {argument}")), [key]);
        run(&mut client, "DROP POLICY p_t ON public.t");
    }
}
