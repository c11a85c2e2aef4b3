use pgpe_catalog::QualifiedName;
use pgpe_syntax::{TextRange, TextSize};

use super::{list, list_some, nearest, on_tables, written_like};
use crate::source::Spanned;

#[test]
fn nearest_names_come_most_similar_first() {
    let columns = ["id", "tenant_id", "tenant", "name", "is_deleted"];
    assert_eq!(nearest("tennant_id", columns), ["tenant_id"]);
    assert_eq!(nearest("tenant_i", columns), ["tenant_id", "tenant"]);
    assert_eq!(nearest("ID", columns), ["id"]);
    assert_eq!(nearest("colour", columns), [""; 0]);
    assert_eq!(nearest("name", columns), [""; 0], "it is no suggestion to write what is written");
}

#[test]
fn lists() {
    assert_eq!(list(&["a"], "and"), "`a`");
    assert_eq!(list(&["a", "b"], "or"), "`a` or `b`");
    assert_eq!(list(&["a", "b", "c"], "and"), "`a`, `b` and `c`");
    assert_eq!(list_some(&["a", "b", "c"]), "`a`, `b` and `c`");
    assert_eq!(list_some(&["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
}

#[test]
fn tables() {
    let named = |names: &[&str]| -> Vec<QualifiedName> {
        names.iter().map(|name| QualifiedName::new("public", *name)).collect()
    };
    assert_eq!(on_tables(&named(&[])), "");
    assert_eq!(on_tables(&named(&["a"])), " on public.a");
    assert_eq!(on_tables(&named(&["a", "b"])), " on 2 tables (public.a, public.b)");
    assert_eq!(
        on_tables(&named(&["a", "b", "c", "d"])),
        " on 4 tables (public.a, public.b, public.c and 1 more)"
    );
}

#[test]
fn a_name_is_quoted_as_the_old_one_or_if_it_must_be() {
    let written = |value: &str, length: u32| Spanned {
        value: value.to_owned(),
        range: TextRange::at(TextSize::new(0), TextSize::new(length)),
    };
    assert_eq!(written_like(&written("stat", 4), "status"), "status");
    assert_eq!(written_like(&written("stat", 6), "status"), "'status'");
    assert_eq!(written_like(&written("stat", 4), "my status"), "'my status'");
    assert_eq!(written_like(&written("stat", 4), "it's"), "'it''s'");
    assert_eq!(written_like(&written("stat", 4), "_"), "'_'");
}
