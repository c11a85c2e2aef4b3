use pgpe_config::Config;

use super::{Candidates, candidates, look_up, selects};
use crate::fixture::{SAAS, catalog, policy, table};

const SCHEMA: &str = "
    CREATE SCHEMA audit;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN slug AS text;
    CREATE TABLE notes (id uuid PRIMARY KEY, mood mood, slug slug, title varchar(40), at timestamptz);
    CREATE TABLE user_roles (id bigint PRIMARY KEY, mood text);
    CREATE TABLE userxroles (id int PRIMARY KEY);
    CREATE TABLE audit.log (id int PRIMARY KEY, mood mood);
    CREATE VIEW shown AS SELECT id FROM notes;";

fn select(selector: &str, config: &Config) -> Vec<String> {
    let (policy, _) = policy(&format!("{selector} CLAUSE col(id) IS NOT NULL"));
    assert!(policy.selector.is_some() && !policy.broken, "{selector}");
    let catalog = catalog(SCHEMA);
    let candidates = Candidates::of(&catalog, config);
    let found = candidates.selected(policy.selector.as_ref(), &catalog, config);
    // The way by which a few are found must lead to the same as looking at each.
    let selector = policy.selector.unwrap().value;
    let each = candidates.tables().iter().filter(|table| selects(&selector, table, &catalog, config));
    assert_eq!(found, each.cloned().collect::<Vec<_>>(), "{selector:?}");
    found.iter().map(ToString::to_string).collect()
}

fn both_schemas() -> Config {
    let mut config = Config::default();
    config.tables.schemas = vec!["public".to_owned(), "audit".to_owned()];
    config
}

#[test]
fn candidates_are_tables_of_the_configured_schemas() {
    let names = |config: &Config| -> Vec<String> {
        candidates(&catalog(SCHEMA), config).iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(&Config::default()), ["public.notes", "public.user_roles", "public.userxroles"]);
    let mut config = both_schemas();
    config.tables.exclude = vec!["user%".to_owned(), "audit.l_g".to_owned()];
    assert_eq!(names(&config), ["public.notes"]);
}

#[test]
fn selectors_combine() {
    let config = Config::default();
    assert_eq!(select("ALL", &config), ["public.notes", "public.user_roles", "public.userxroles"]);
    assert_eq!(select("NOT named('user%')", &config), ["public.notes"]);
    assert_eq!(select("named('user%') AND has_column(mood)", &config), ["public.user_roles"]);
    assert_eq!(
        select("named('notes') OR has_column('mood')", &config),
        ["public.notes", "public.user_roles"]
    );
    assert_eq!(select("named('notes') OR named('user%') AND NOT ALL", &config), ["public.notes"]);
    assert_eq!(select("(named('notes') OR named('user%')) AND NOT ALL", &config), [""; 0]);
}

#[test]
fn patterns_are_of_names_without_schema() {
    let config = both_schemas();
    assert_eq!(select("named('user_roles')", &config), ["public.user_roles", "public.userxroles"]);
    assert_eq!(select(r"named('user\_roles')", &config), ["public.user_roles"]);
    assert_eq!(select("named('audit.log')", &config), [""; 0]);
    assert_eq!(select("in_schema(audit)", &config), ["audit.log"]);
}

#[test]
fn tags_come_from_the_configuration() {
    let mut config = both_schemas();
    config.tags.insert("pii".to_owned(), vec!["notes".to_owned(), "audit.%".to_owned()]);
    assert_eq!(select("tagged('pii')", &config), ["audit.log", "public.notes"]);
    assert_eq!(select("tagged('unknown')", &config), [""; 0]);
}

#[test]
fn types_match_in_any_spelling() {
    let config = both_schemas();
    for (selector, expected) in [
        ("has_column(id, uuid)", vec!["public.notes"]),
        ("has_column(id, int8)", vec!["public.user_roles"]),
        ("has_column(id, 'INTEGER')", vec!["audit.log", "public.userxroles"]),
        ("has_column(title, varchar)", vec!["public.notes"]),
        ("has_column(title, 'character varying')", vec!["public.notes"]),
        ("has_column(title, 'varchar(40)')", vec!["public.notes"]),
        ("has_column(title, 'varchar(41)')", vec![]),
        ("has_column(title, text)", vec![]),
        ("has_column(at, 'timestamp with time zone')", vec!["public.notes"]),
        ("has_column(mood, mood)", vec!["audit.log", "public.notes"]),
        ("has_column(mood, 'public.mood')", vec!["audit.log", "public.notes"]),
        ("has_column(mood, text)", vec!["public.user_roles"]),
        ("has_column(slug, slug)", vec!["public.notes"]),
        ("has_column(slug, text)", vec![]),
        ("has_column(id, unheard_of)", vec![]),
    ] {
        assert_eq!(select(selector, &config), expected, "{selector}");
    }
}

#[test]
fn a_selector_that_cannot_be_read_may_select_anything() {
    let catalog = catalog(SAAS);
    let config = Config::default();
    assert_eq!(
        Candidates::of(&catalog, &config).selected(None, &catalog, &config),
        candidates(&catalog, &config)
    );
}

#[test]
fn unqualified_names_are_looked_up_beside_the_governed_table_first() {
    let catalog =
        catalog("CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (id int); CREATE TABLE b.t (id int);");
    let mut config = Config::default();
    config.tables.schemas = vec!["a".to_owned(), "b".to_owned()];
    let found = |schema: Option<&str>, from: &str| {
        look_up(schema, "t", Some(&table(from)), &catalog, &config).map(|(name, _)| name.to_string())
    };
    assert_eq!(found(None, "b.x"), Some("b.t".to_owned()));
    assert_eq!(found(None, "c.x"), Some("a.t".to_owned()));
    assert_eq!(found(Some("a"), "b.x"), Some("a.t".to_owned()));
    assert_eq!(found(Some("c"), "b.x"), None);
}
