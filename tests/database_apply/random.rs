//! Random policies, and names and literals at random: applied as planned, and found again without drift.

use std::sync::Arc;

use pgpe_config::{Rule, Target};
use pgpe_database::{
    ApplyOptions, ConnectOptions, Destination, Expected, FormCache, Session, apply, clone_requests, connect,
    drift, expected_forms, introspect, plan,
};
use pgpe_ide::{FileRole, Host};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::case::{PREAMBLE, ROLES};
use crate::example::execute;
use crate::generate::generate;
use crate::postgres_server::Database;

/// What the project says is applied to the database and found there. Gives the number of policies.
async fn applied_and_clean(session: &mut Session, target: &Target, policies: &str, config: &str) -> usize {
    let mut host = Host::new();
    host.set_file("p.policy", FileRole::Policies, policies);
    host.set_file("pgpe.yaml", FileRole::Config, &format!("version: 1\n{config}"));
    let config = host.analysis().config().unwrap();
    let mut cache = FormCache::default();
    let mut expect = async |session: &mut Session, host: &mut Host| {
        let catalog = introspect(&mut session.client).await.unwrap().catalog;
        host.set_catalog(Some(Arc::new(catalog.clone())));
        let analysis = host.analysis();
        let compiled = analysis.compile(None).unwrap();
        let mut errors = analysis.written_findings().unwrap();
        errors.retain(|finding| finding.rule == Rule::Syntax);
        assert_eq!(errors, []);
        let requests = clone_requests(&compiled, &catalog, |table| analysis.compile_on_clone(table)).unwrap();
        let forms = expected_forms(&mut session.client, &requests, &mut cache).await.unwrap();
        assert_eq!(forms.weaker, None);
        (Expected::new(&compiled, &forms, &catalog, &config), catalog)
    };
    let (expected, before) = expect(session, &mut host).await;
    let change = plan("test", &expected, &before, None, false);
    let connect = ConnectOptions::default();
    let destination = Destination { name: "test", target, connect };
    // That the statements lead to what is planned is checked before they are committed.
    if let Err(error) = apply(&destination, &change, &ApplyOptions::default(), &mut |_| {}).await {
        panic!("{error}\n{policies}\n{}", change.to_json());
    }
    let (expected, after) = expect(session, &mut host).await;
    assert_eq!(drift(&expected, &after, None), [], "{policies}");
    assert!(plan("test", &expected, &after, None, true).is_empty(), "{policies}");
    expected.tables.values().map(|table| table.policies.len()).sum()
}

/// A database, and a connection of the tool's to it.
struct Connected {
    runtime: tokio::runtime::Runtime,
    database: Database,
    session: Session,
    target: Target,
}

impl Connected {
    fn new() -> Connected {
        let database = Database::create();
        let target = Target { url: database.url(), protected: false };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let session = runtime.block_on(connect("test", &target, &ConnectOptions::default())).unwrap();
        Connected { runtime, database, session, target }
    }

    fn applied_and_clean(&mut self, policies: &str, config: &str) -> usize {
        self.runtime.block_on(applied_and_clean(&mut self.session, &self.target, policies, config))
    }
}

/// Says, if the test fails while this is there, by what it is made to fail again.
struct Case(String);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it failed at {}", self.0);
        }
    }
}

#[test]
fn random_policies_do_not_drift() {
    let mut connected = Connected::new();
    let mut client = connected.database.connect();
    execute(&mut client, ROLES);
    let (mut policies, mut index) = (0, 0);
    while policies < 600 {
        let case = generate(4, index);
        let _case = Case(format!("generate(4, {index})"));
        let schema =
            format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public; {PREAMBLE}{}", case.tables_sql());
        execute(&mut client, &schema);
        policies += connected.applied_and_clean(&case.policy_file(), &case.config_file());
        index += 1;
    }
}

/// Characters that could end a name or literal early, and others.
const CHARACTERS: &[char] = &[
    '"',
    '\'',
    '\\',
    ';',
    '-',
    '*',
    '/',
    '$',
    '%',
    '_',
    '.',
    ',',
    '(',
    ')',
    ' ',
    '\t',
    '\n',
    '\r',
    '\u{1}',
    '@',
    ':',
    'a',
    'A',
    'n',
    'E',
    'U',
    '&',
    '0',
    'é',
    'ß',
    '日',
    '\u{202e}',
    '\u{1f600}',
    '\u{feff}',
];

fn text(random: &mut StdRng, bytes: usize) -> String {
    let mut text = String::new();
    loop {
        let next = CHARACTERS[random.random_range(0..CHARACTERS.len())];
        if text.len() + next.len_utf8() > bytes || (!text.is_empty() && random.random_range(0..12) == 0) {
            return text;
        }
        text.push(next);
    }
}

#[test]
fn random_names_and_literals_are_found_again() {
    let mut connected = Connected::new();
    let mut client = connected.database.connect();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    for seed in 17..77 {
        let _case = Case(format!("the seed {seed}"));
        let mut random = StdRng::seed_from_u64(seed);
        let mut schema = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;".to_owned();
        let (mut policies, mut values) = (String::new(), Vec::new());
        for at in 0..4 {
            let table = format!("{at}{}", text(&mut random, 62));
            // A string of the language ends with its line.
            let on_a_line = |text: String| text.replace(['\n', '\r'], "'");
            let column = on_a_line(format!("{at}{}", text(&mut random, 62)));
            let value = on_a_line(text(&mut random, 100));
            schema.push_str(&format!(
                "CREATE TABLE public.{} ({} text, id int);",
                quoted(&table),
                quoted(&column)
            ));
            let (name, shown) = (literal(&column), literal(&value));
            policies.push_str(&format!(
                "POLICY p{at} PERMISSIVE FOR ALL SELECTOR has_column({name})
                     CLAUSE col({name}) = lit({shown}) OR CLAUSE col({name}) IN lit([{shown}, 'x'])\n"
            ));
            values.push((table, column, value));
        }
        execute(&mut client, &schema);
        let count = connected.applied_and_clean(&policies, "");
        assert_eq!(count, 4, "{policies}");
        // And it means what was written: the one row passes, any other does not.
        for (table, column, value) in values {
            let (table, column) = (quoted(&table), quoted(&column));
            execute(
                &mut client,
                &format!(
                    "GRANT USAGE ON SCHEMA public TO pg_monitor; GRANT ALL ON public.{table} TO pg_monitor"
                ),
            );
            execute(&mut client, "SET ROLE pg_monitor");
            let insert = format!("INSERT INTO public.{table} ({column}) VALUES ($1)");
            client.execute(&insert, &[&value]).unwrap();
            assert!(client.execute(&insert, &[&format!("{value}'")]).is_err());
            let query = format!("SELECT {column} FROM public.{table}");
            let rows = client.query(&query, &[]).unwrap();
            let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(found, [value]);
            execute(&mut client, "RESET ROLE");
        }
    }
}
