//! Features that answer for a place answer for every place, of whatever text.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use pgpe_ide::{Analysis, FileRole, Host, TextEdit};
use proptest::prelude::*;

/// A set of example policies.
struct Example {
    host: Host,
    policies: Vec<(String, String)>,
}

fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let sets = entries(&folder).into_iter().filter(|path| path.is_dir());
    let examples = sets.map(|set| {
        let mut example = Example { host: Host::new(), policies: Vec::new() };
        for path in entries(&set) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let role = match name.as_str() {
                "schema.sql" => FileRole::Schema,
                "pgpe.yaml" => FileRole::Config,
                _ if name.ends_with(".policy") => FileRole::Policies,
                _ => continue,
            };
            let text = std::fs::read_to_string(&path).unwrap();
            example.host.set_file(&name, role, &text);
            if role == FileRole::Policies {
                example.policies.push((name, text));
            }
        }
        example
    });
    examples.collect()
}

/// Asks everything at an offset. What comes back lies in the texts that it speaks of.
fn ask(analysis: &Analysis, path: &str, text: &str, offset: u32) {
    let check = |file: &str, range: &std::ops::Range<u32>| {
        let text = analysis.text(file).unwrap().unwrap();
        assert!(text.get(range.start as usize..range.end as usize).is_some(), "{file} {range:?}");
    };
    if let Some(found) = analysis.definition(path, offset).unwrap() {
        check(path, &found.origin);
        for target in found.targets {
            check(&target.name.file, &target.name.range);
            check(&target.name.file, &target.whole);
        }
    }
    for place in analysis.references(path, offset, true).unwrap().unwrap_or_default() {
        check(&place.file, &place.range);
    }
    for highlight in analysis.highlights(path, offset).unwrap() {
        check(path, &highlight.range);
    }
    if let Ok(found) = analysis.prepare_rename(path, offset).unwrap() {
        check(path, &found.range);
        for edit in analysis.rename(path, offset, "a.b").unwrap().unwrap_or_default() {
            check(&edit.place.file, &edit.place.range);
        }
    }
    let selections = analysis.selections(path, offset).unwrap();
    assert!(!selections.is_empty());
    for pair in selections.windows(2) {
        assert!(
            pair[1].start <= pair[0].start && pair[0].end <= pair[1].end && pair[0] != pair[1],
            "{pair:?}"
        );
    }
    let line =
        text.get(..offset as usize).map_or(0, |before| before.rfind(['\n', '\r']).map_or(0, |at| at + 1));
    for edit in analysis.indent_new_line(path, offset).unwrap().unwrap() {
        assert!(edit.range.start as usize == line && edit.range.end >= offset, "{edit:?}");
        assert!(edit.text.chars().all(|c| c == ' '), "{edit:?}");
    }
}

/// What is asked of a file as a whole.
fn ask_all(analysis: &Analysis, path: &str, text: &str) {
    let mut end = 0;
    for token in analysis.coloured_tokens(path, None).unwrap().unwrap() {
        assert!(end <= token.range.start && token.range.start < token.range.end, "{token:?}");
        assert!(text.get(token.range.start as usize..token.range.end as usize).is_some());
        end = token.range.end;
    }
    for fold in analysis.folds(path).unwrap() {
        let folded = text.get(fold.range.start as usize..fold.range.end as usize).unwrap();
        assert!(folded.contains(['\n', '\r']), "{folded:?}");
    }
    analysis.project_symbols("").unwrap();
}

fn apply(text: &str, edits: &[TextEdit]) -> String {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.range.start as usize..edit.range.end as usize, &edit.text);
    }
    text
}

/// A text without what stands between two of its characters.
fn without(text: &str, from: prop::sample::Index, length: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let from = from.index(characters.len());
    let rest = characters.iter().skip(from + length);
    characters.iter().take(from).chain(rest).collect()
}

#[test]
fn every_place_of_every_example_can_be_asked_about() {
    for example in examples() {
        let analysis = example.host.analysis();
        for (path, text) in &example.policies {
            ask_all(&analysis, path, text);
            (0..=text.len() as u32 + 1).for_each(|offset| ask(&analysis, path, text, offset));
        }
        for path in ["schema.sql", "pgpe.yaml"] {
            let length = analysis.text(path).unwrap().unwrap().len() as u32;
            for offset in 0..=length + 1 {
                analysis.definition(path, offset).unwrap();
                analysis.references(path, offset, true).unwrap();
                analysis.highlights(path, offset).unwrap();
                let _ = analysis.rename(path, offset, "a.b").unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn so_can_every_place_where_something_is_missing(
        set in any::<prop::sample::Index>(),
        file in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1..60usize), 1..4),
    ) {
        let mut examples = examples();
        let set = set.index(examples.len());
        let example = &mut examples[set];
        let (path, text) = example.policies[file.index(example.policies.len())].clone();
        let text = cuts.iter().fold(text, |text, (from, length)| without(&text, *from, *length));
        example.host.set_file(&path, FileRole::Policies, &text);
        let analysis = example.host.analysis();
        ask_all(&analysis, &path, &text);
        (0..=text.len() as u32 + 1).for_each(|offset| ask(&analysis, &path, &text, offset));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn formatting_a_range_is_local_and_settles(
        set in any::<prop::sample::Index>(),
        file in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1..3usize), 0..6),
        ends in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let mut examples = examples();
        let set = set.index(examples.len());
        let example = &mut examples[set];
        let (path, text) = example.policies[file.index(example.policies.len())].clone();
        // Blanks away or more of them leave most items whole.
        let text = cuts.iter().fold(text, |text, (at, more)| {
            let at = text.match_indices([' ', '\n']).map(|(at, _)| at).nth(at.index(text.len() / 8)).unwrap_or(0);
            format!("{}{}{}", &text[..at], " ".repeat(*more), &text[at..])
        });
        example.host.set_file(&path, FileRole::Policies, &text);
        let (one, two) = (ends.0.index(text.len() + 1), ends.1.index(text.len() + 1));
        let (start, end) = (one.min(two) as u32, one.max(two) as u32);
        let edits = example.host.analysis().format_range(&path, start..end).unwrap().unwrap();
        prop_assert!(edits.iter().all(|edit| start <= edit.range.start && edit.range.end <= end));
        let after = apply(&text, &edits);
        let whole = pgpe_syntax::format(&pgpe_syntax::parse(&text));
        prop_assert_eq!(pgpe_syntax::format(&pgpe_syntax::parse(&after)), whole);
        let end = (end as usize + after.len() - text.len()) as u32;
        example.host.set_file(&path, FileRole::Policies, &after);
        let again = example.host.analysis().format_range(&path, start..end).unwrap().unwrap();
        prop_assert_eq!(again, Vec::new());
    }
}
