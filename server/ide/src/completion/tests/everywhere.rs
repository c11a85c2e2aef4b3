//! Completions at every place of the example policies, and of texts that were cut at random.

use std::path::Path;

use pgpe_syntax::SyntaxKind;

use super::{EDITOR, PLAIN};
use crate::{Completion, CompletionKind, Completions, FileRole, Host};

/// The policy files of the example projects, each with its project.
fn examples() -> Vec<(Host, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut found = Vec::new();
    for folder in ["hospital", "leaky", "saas"] {
        let folder = root.join(folder);
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".policy") {
                let mut host = Host::new();
                host.set_file("schema.sql", FileRole::Schema, &read("schema.sql"));
                host.set_file("pgpe.yaml", FileRole::Config, &read("pgpe.yaml"));
                host.set_file(&name, FileRole::Policies, &read(&name));
                found.push((host, name.clone(), read(&name)));
            }
        }
    }
    assert!(found.len() >= 3);
    found
}

/// The tokens of a text with their places.
fn tokens(text: &str) -> Vec<(SyntaxKind, std::ops::Range<usize>)> {
    let mut start = 0;
    let mut place = |token: pgpe_syntax::Token| {
        let range = start..start + usize::from(token.len);
        start = range.end;
        (token.kind, range)
    };
    pgpe_syntax::tokenize(text).0.into_iter().map(&mut place).collect()
}

fn accepted(text: &str, found: &Completions, item: &Completion) -> String {
    let mut text = text.to_owned();
    text.replace_range(found.replace.start as usize..found.replace.end as usize, &item.text);
    text
}

#[test]
fn ranges_hold_the_cursor_everywhere() {
    for (host, name, text) in examples() {
        for offset in 0..=text.len() + 1 {
            let found = host.analysis().completions(&name, offset as u32, EDITOR).unwrap();
            if !text.is_char_boundary(offset) {
                continue;
            }
            let offset = offset.min(text.len()) as u32;
            assert!(found.insert.start <= offset && found.insert.end == offset, "{name} {offset}");
            assert!(found.insert.start == found.replace.start && found.replace.end >= offset);
            let replaced = &text[found.replace.start as usize..found.replace.end as usize];
            assert!(!replaced.contains(['\n', '(', ')']), "{name} {offset}: {replaced:?}");
        }
    }
}

/// What replaces a whole name leaves a valid text valid.
#[test]
fn names_that_are_accepted_leave_a_text_valid() {
    let mut tried = 0;
    for (host, name, text) in examples() {
        assert!(pgpe_syntax::parse(&text).errors().is_empty());
        for (kind, range) in tokens(&text) {
            // At the end of each word, and before the closing quote of each string.
            let at = match kind {
                SyntaxKind::STRING => range.end - 1,
                SyntaxKind::IDENT | SyntaxKind::LINE_COMMENT => range.end,
                kind if kind.is_word() => range.end,
                _ => continue,
            };
            let found = host.analysis().completions(&name, at as u32, PLAIN).unwrap();
            for item in found.items.iter().filter(|item| item.kind != CompletionKind::Word) {
                // Values stand for all of a value, not for the word that begins it.
                let is_value = item.label.contains('(') || item.label.contains(',');
                if is_value {
                    continue;
                }
                let text = accepted(&text, &found, item);
                let parse = pgpe_syntax::parse(&text);
                assert!(parse.errors().is_empty(), "{item:?}\n{text}\n{:?}", parse.errors());
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "only {tried} were tried");
}

/// Each word of a text is one of those offered where it stands.
#[test]
fn the_words_of_a_valid_text_are_offered() {
    for (host, name, text) in examples() {
        for (kind, range) in tokens(&text).into_iter().filter(|(kind, _)| kind.is_word()) {
            let spelling = kind.spelling().unwrap();
            for request in [EDITOR, PLAIN] {
                let found = host.analysis().completions(&name, range.start as u32 + 1, request).unwrap();
                let is_it = |item: &Completion| item.label.split([' ', '(']).any(|word| word == spelling);
                assert!(
                    found.items.iter().any(is_it),
                    "{spelling} at {} of {name}:\n{}",
                    range.start,
                    super::shown(&found)
                );
            }
        }
    }
}

/// A generator of the same numbers every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// What is put in place of pieces that are cut out.
const STRANGE: &[&str] =
    &["", "", "'", "\"", "/*", "é😀", "(", ")", "[", "{", "_", "\r\n", "POLICY ", "exists(rel(", "--", "''"];

fn cut(text: &mut String, dice: &mut Dice) {
    let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    let start = dice.roll(places.len());
    let end = (start + dice.roll(40)).min(places.len() - 1);
    text.replace_range(places[start]..places[end], STRANGE[dice.roll(STRANGE.len())]);
}

#[test]
fn texts_with_pieces_cut_out_are_completed_without_panic() {
    let mut dice = Dice(7);
    for (mut host, name, whole) in examples() {
        for _ in 0..40 {
            let mut text = whole.clone();
            for _ in 0..=dice.roll(4) {
                cut(&mut text, &mut dice);
            }
            host.set_file(&name, FileRole::Policies, &text);
            for _ in 0..60 {
                let offset = dice.roll(text.len() + 2) as u32;
                let request = if dice.roll(2) == 0 { EDITOR } else { PLAIN };
                let analysis = host.analysis();
                let found = analysis.completions(&name, offset, request).unwrap();
                for item in found.items.iter().take(20) {
                    accepted(&text, &found, item);
                    analysis.completion_documentation(&name, offset, item.kind, &item.name).unwrap();
                }
            }
        }
    }
}
