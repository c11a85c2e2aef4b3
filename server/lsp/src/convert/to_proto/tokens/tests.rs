use pgpe_ide::{FileRole, Host};
use pgpe_syntax::{ColumnUnit, LineIndex};
use proptest::prelude::*;

use super::{EncodedToken, SemanticTokensEdit, TOKEN_MODIFIERS, TOKEN_TYPES, encoded_tokens, token_edits};
use crate::client::{ClientProfile, NavigationProfile};

fn client(types: &[&str]) -> ClientProfile {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let navigation = NavigationProfile {
        token_types: owned(types),
        token_modifiers: owned(&TOKEN_MODIFIERS),
        ..NavigationProfile::default()
    };
    ClientProfile { navigation, ..ClientProfile::default() }
}

fn encoded(text: &str, client: &ClientProfile) -> Vec<EncodedToken> {
    let mut host = Host::new();
    host.set_file("a.policy", FileRole::Policies, text);
    let tokens = host.analysis().coloured_tokens("a.policy", None).unwrap().unwrap();
    encoded_tokens(&LineIndex::new(text), &tokens, client)
}

/// Tokens as a client places them: line, start, length, name of the type and modifiers.
fn placed(tokens: &[EncodedToken], types: &[&str]) -> Vec<(u32, u32, u32, String, u32)> {
    let (mut line, mut start) = (0, 0);
    let place = |token: &EncodedToken| {
        start = if token.delta_line == 0 { start + token.delta_start } else { token.delta_start };
        line += token.delta_line;
        let name = types[token.token_type as usize].to_owned();
        (line, start, token.length, name, token.token_modifiers_bitset)
    };
    tokens.iter().map(place).collect()
}

fn numbers(tokens: &[EncodedToken]) -> Vec<u32> {
    let all = |it: &EncodedToken| {
        [it.delta_line, it.delta_start, it.length, it.token_type, it.token_modifiers_bitset]
    };
    tokens.iter().flat_map(all).collect()
}

/// As a client applies edits to the numbers that it has.
fn apply(old: &[EncodedToken], edits: &[SemanticTokensEdit]) -> Vec<u32> {
    let mut data = numbers(old);
    for edit in edits.iter().rev() {
        let (start, end) = (edit.start as usize, (edit.start + edit.delete_count) as usize);
        data.splice(start..end, numbers(edit.data.as_deref().unwrap_or_default()));
    }
    data
}

#[test]
fn columns_are_counted_as_the_client_does() {
    let text = "/* 💡 */ GRANT SELECT\n  TO app\n";
    let utf16 = client(&TOKEN_TYPES);
    let utf8 = ClientProfile { columns: ColumnUnit::Utf8, ..client(&TOKEN_TYPES) };
    let starts =
        |client| placed(&encoded(text, client), &TOKEN_TYPES).into_iter().map(|it| (it.0, it.1, it.2));
    assert_eq!(starts(&utf16).collect::<Vec<_>>(), [(0, 0, 8), (0, 9, 5), (0, 15, 6), (1, 2, 2), (1, 5, 3)]);
    assert_eq!(starts(&utf8).collect::<Vec<_>>(), [(0, 0, 10), (0, 11, 5), (0, 17, 6), (1, 2, 2), (1, 5, 3)]);
}

#[test]
fn tokens_are_cut_at_line_ends() {
    let found = placed(&encoded("/* a\r\n\r\n b */", &client(&TOKEN_TYPES)), &TOKEN_TYPES);
    let comment = |line, length| (line, 0, length, "comment".to_owned(), 0);
    assert_eq!(found, [comment(0, 4), comment(2, 5)]);
}

#[test]
fn a_client_gets_the_types_that_it_knows() {
    let text = "-- pgpe: allow(subsumption) x\nPOLICY p FOR SELECT SELECTOR named('t%')\n";
    let few = ["string", "class", "comment"];
    let found = placed(&encoded(text, &client(&few)), &few);
    let names: Vec<&str> = found.iter().map(|it| it.3.as_str()).collect();
    assert_eq!(names, ["comment", "comment", "comment", "class", "string"]);
    assert_eq!(found[3].4, 1, "a declaration");
    assert_eq!(encoded(text, &client(&[])), []);
}

#[test]
fn equal_tokens_need_no_edit() {
    let tokens = encoded("GRANT SELECT TO app SELECTOR ALL\n", &client(&TOKEN_TYPES));
    assert_eq!(token_edits(&tokens, &tokens), []);
}

fn token() -> impl Strategy<Value = EncodedToken> {
    (0..2u32, 0..3u32, 1..3u32, 0..3u32).prop_map(|(delta_line, delta_start, length, token_type)| {
        EncodedToken { delta_line, delta_start, length, token_type, token_modifiers_bitset: 0 }
    })
}

proptest! {
    #[test]
    fn edits_lead_from_old_to_new(
        old in prop::collection::vec(token(), 0..12),
        new in prop::collection::vec(token(), 0..12),
    ) {
        prop_assert_eq!(apply(&old, &token_edits(&old, &new)), numbers(&new));
    }

    #[test]
    fn edits_of_texts_do_too(text in "[a-z'()\n ]{0,30}", more in "[a-z'()\n ]{0,9}", at in 0..30usize) {
        let text = format!("POLICY p PERMISSIVE\n  FOR SELECT -- {text}\n  CLAUSE col(a) = lit(1)\n");
        let mut edited = text.clone();
        edited.insert_str(at.min(text.len()), &more);
        let client = client(&TOKEN_TYPES);
        let (old, new) = (encoded(&text, &client), encoded(&edited, &client));
        prop_assert_eq!(apply(&old, &token_edits(&old, &new)), numbers(&new));
    }
}
