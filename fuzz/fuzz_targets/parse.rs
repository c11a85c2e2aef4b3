//! Any text gives a tree that holds all of it, and errors that lie within it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pgpe_syntax::{parse, parse_value, suppressions};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let parsed = parse(&text);
    let root = parsed.syntax_node();
    assert_eq!(root.text().to_string(), text);
    for error in parsed.errors() {
        assert!(text.get(std::ops::Range::<usize>::from(error.range)).is_some());
        for edit in error.fix.iter().flat_map(|it| &it.edits) {
            assert!(text.get(std::ops::Range::<usize>::from(edit.range)).is_some());
        }
    }
    for suppression in suppressions(&root, &text) {
        assert!(root.text_range().contains_range(suppression.target));
    }
    assert_eq!(parse_value(&text).syntax_node().text().to_string(), text);
});
