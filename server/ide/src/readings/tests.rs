use salsa::Durability;

use super::*;
use crate::database::{Database, set_text};
use crate::queries;

fn policy(name: &str, clause: &str) -> String {
    format!("POLICY {name} PERMISSIVE FOR ALL SELECTOR named('t')\n  CLAUSE {clause}\n")
}

fn policies(names: &[&str], clause: &str) -> String {
    names.iter().map(|name| policy(name, clause)).collect()
}

/// The items of a text that is the first of its file.
fn fresh(text: &str) -> Vec<Item> {
    let db = Database::default();
    let file = SourceFile::new(&db, "a.policy".to_owned(), Arc::from(text));
    queries::items(&db, file).clone()
}

fn is_same(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::Policy(one), Item::Policy(other)) => Arc::ptr_eq(one, other),
        (Item::Grant(one), Item::Grant(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

#[test]
fn items_are_those_of_a_fresh_start_whatever_the_file_said_before() {
    let sound = "col(a) = lit(1)";
    let texts = [
        String::new(),
        policies(&["a", "b", "c", "d"], sound),
        policies(&["a", "b", "b", "c", "d"], sound),
        policies(&["a", "a", "a", "a", "a", "a"], sound),
        policies(&["a", "a"], sound),
        policies(&["a", "b", "c", "d"], "col(a) = "),
        policies(&["a", "b", "c", "d"], "col(a) = 'x"),
        format!("stray {}", policies(&["a", "b", "c", "d"], sound)),
        format!("/* {}", policies(&["a", "b", "c", "d"], sound)),
        format!(
            "{}GRANT SELECT TO x SELECTOR ALL\n{}",
            policies(&["a", "b"], sound),
            policies(&["d"], sound)
        ),
        policies(&["d", "c", "b", "a"], sound),
    ];
    for first in &texts {
        let mut db = Database::default();
        let file = SourceFile::new(&db, "a.policy".to_owned(), Arc::from(first.as_str()));
        queries::items(&db, file);
        for text in &texts {
            for text in [text, first] {
                set_text(&mut db, file, text, Durability::LOW);
                assert_eq!(*queries::items(&db, file), fresh(text), "{text}");
                assert_eq!(*queries::parsed(&db, file), pgpe_syntax::parse(text), "{text}");
            }
        }
    }
}

#[test]
fn the_other_items_are_not_lowered_again() {
    let names: Vec<String> = (0..20).map(|it| format!("p{it}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = policies(&names, "col(a) = lit(1)");
    let mut db = Database::default();
    let file = SourceFile::new(&db, "a.policy".to_owned(), Arc::from(text.as_str()));
    let before = queries::items(&db, file).clone();
    let edited = text.replace(&policy("p10", "col(a) = lit(1)"), &policy("p10", "col(b) IS NULL"));
    set_text(&mut db, file, &edited, Durability::LOW);
    let after = queries::items(&db, file);
    let kept = before.iter().zip(after).filter(|(before, after)| is_same(before, after)).count();
    assert_eq!((before.len(), after.len(), kept), (20, 20, 19));
}
