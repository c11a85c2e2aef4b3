//! The deliberate mistakes of `tests/mutations`, which `tools/mutations.sh` makes one by one, still fit the code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

/// The text that each hunk of a patch is to replace, with the file in which it should be.
fn replaced(patch: &str) -> Vec<(String, String)> {
    let mut hunks: Vec<(String, String)> = Vec::new();
    let mut file = "";
    for line in patch.lines() {
        if let Some(path) = line.strip_prefix("--- a/") {
            file = path;
        } else if line.starts_with("@@") {
            hunks.push((file.to_owned(), String::new()));
        } else if let (Some((_, text)), Some(kept)) = (hunks.last_mut(), line.strip_prefix([' ', '-'])) {
            text.push_str(kept);
            text.push('\n');
        }
    }
    hunks
}

#[test]
fn mutations_fit_the_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("tests/mutations/README.md")).unwrap();
    let mut wrong = Vec::new();
    let mut patches = 0;
    for entry in std::fs::read_dir(root.join("tests/mutations")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "patch") {
            continue;
        }
        patches += 1;
        let name = path.file_stem().unwrap().to_str().unwrap();
        let hunks = replaced(&std::fs::read_to_string(&path).unwrap());
        assert!(!hunks.is_empty(), "{name} replaces nothing");
        for (file, text) in hunks {
            if !std::fs::read_to_string(root.join(&file)).unwrap().contains(&text) {
                wrong.push(format!("{name}: {file} has no longer\n{text}"));
            }
        }
        if !readme.contains(&format!("| `{name}` |")) {
            wrong.push(format!("{name}: not in the table of tests/mutations/README.md"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(patches > 30, "{patches} mutations");
}
