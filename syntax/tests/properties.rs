//! What must hold for every text, tried on many: nothing is lost, nothing panics,
//! errors are where they belong, and formatting changes no meaning.

mod support;

use pgpe_syntax::{
    AstNode, NodeOrToken, Parse, SyntaxKind, SyntaxNode, TextRange, apply_edits, ast, format, format_range,
    minimal_edit, parse, parse_value, suppressions,
};
use support::{Generator, Random, jumble, mutate, noise};

const SAAS: &str = include_str!("data/saas.policy");

/// How many texts each test tries; six tests make more than 100,000.
const TEXTS: u64 = 17_000;

/// Runs `check` on texts from `make`, and names the text that it fails on.
fn try_many(seed: u64, make: impl Fn(&mut Random) -> String, check: impl Fn(&str)) {
    let count = std::env::var("PGPE_PROPERTY_TEXTS").ok().and_then(|it| it.parse().ok()).unwrap_or(TEXTS);
    for number in 0..count {
        let text = make(&mut Random::new(seed ^ (number << 8)));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&text)));
        assert!(outcome.is_ok(), "text {number}: {text:?}");
    }
}

#[test]
fn sound_texts() {
    try_many(
        1,
        |random| Generator::new(random).file(),
        |text| {
            let parsed = parse(text);
            assert_eq!(parsed.errors(), []);
            check_all(text);
        },
    );
}

#[test]
fn damaged_texts() {
    try_many(
        2,
        |random| {
            let text = Generator::new(random).file();
            mutate(random, &text)
        },
        check_all,
    );
}

#[test]
fn damaged_example() {
    try_many(3, |random| mutate(random, SAAS), check_all);
}

#[test]
fn jumbled_pieces() {
    try_many(4, jumble, check_all);
}

#[test]
fn noise_of_bytes() {
    try_many(5, noise, check_all);
}

/// Whatever happens to a policy, the one below it is read as if it stood alone.
#[test]
fn mistakes_stay_in_their_policy() {
    const NEXT: &str = "POLICY next_one PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(x) = lit(1)";
    let damage = |random: &mut Random| {
        let text = Generator::new(random).file();
        let (tokens, _) = pgpe_syntax::tokenize(&text);
        let at = random.below(tokens.len() + 1);
        let before: usize = tokens[..at].iter().map(|it| usize::from(it.len)).sum();
        let removed = if random.one_in(2) { tokens.get(at).map_or(0, |it| usize::from(it.len)) } else { 0 };
        let piece = if random.one_in(3) { "" } else { random.pick(support::PIECES) };
        format!("{} {piece} {}", &text[..before], &text[before + removed..])
    };
    try_many(6, damage, |text| {
        // A comment that is open may hold what follows, up to a line that begins an item.
        let text = format!("{text}\n{NEXT}\n");
        let parsed = parse(&text);
        let found = parsed.tree().policies().find(|it| it.syntax().text() == NEXT);
        let next = found.unwrap_or_else(|| panic!("{:#?}", parsed.syntax_node()));
        assert!(!parsed.is_broken(&next), "{:?}", parsed.errors());
    });
}

/// The costlier checks are made on some of the texts only.
fn is_thorough(text: &str) -> bool {
    text.len().is_multiple_of(8)
}

fn check_all(text: &str) {
    let parsed = parse(text);
    let root = parsed.syntax_node();
    assert_eq!(root.text().to_string(), text);
    check_errors(text, &parsed);
    for suppression in suppressions(&root, text) {
        assert_eq!(&text[suppression.rule_range], suppression.rule_text);
        assert!(root.text_range().contains_range(suppression.target));
    }
    if is_thorough(text) {
        let value = parse_value(text);
        assert_eq!(value.syntax_node().text().to_string(), text);
    }
    check_format(text, &parsed);
}

fn check_errors(text: &str, parsed: &Parse) {
    let root = parsed.syntax_node();
    let chunks: Vec<SyntaxNode> = root.children().collect();
    for error in parsed.errors() {
        assert!(text.get(std::ops::Range::<usize>::from(error.range)).is_some());
        assert!(!error.range.is_empty() && !error.message.is_empty(), "{error:?}");
        let inside = chunks.iter().filter(|it| it.text_range().contains_range(error.range)).count();
        assert_eq!(inside, 1, "{error:?}");
        if let Some(fix) = &error.fix {
            for edit in &fix.edits {
                assert!(text.get(std::ops::Range::<usize>::from(edit.range)).is_some());
            }
            if is_thorough(text) {
                parse(&apply_edits(text, &fix.edits));
            }
        }
    }
    // What has no place in the grammar is never passed over in silence.
    for chunk in &chunks {
        let odd = chunk.descendants_with_tokens().any(|it| it.kind() == SyntaxKind::ERROR);
        let reported = parsed.errors_in(chunk.text_range()).next().is_some();
        assert!(reported || !odd, "{chunk:#?}");
        if !reported {
            assert_complete(chunk);
        }
    }
}

/// A node without errors has all that its meaning needs.
fn assert_complete(item: &SyntaxNode) {
    for node in item.descendants() {
        let complete = match node.kind() {
            SyntaxKind::POLICY => ast::Policy::cast(node.clone()).is_some_and(|it| {
                it.name().is_some()
                    && it.policy_type().is_some()
                    && it.command_list().is_some_and(|it| it.kinds().next().is_some())
                    && it.selector_clause().is_some_and(|it| it.selector().is_some())
                    && it.clause_block().is_some_and(|it| it.clauses().next().is_some())
            }),
            SyntaxKind::GRANT => ast::Grant::cast(node.clone()).is_some_and(|it| {
                it.kinds().next().is_some() && it.role_list().is_some() && it.selector_clause().is_some()
            }),
            SyntaxKind::CLAUSE => {
                ast::Clause::cast(node.clone()).is_some_and(|it| it.atoms().next().is_some())
            }
            SyntaxKind::COMPARE_ATOM => ast::CompareAtom::cast(node.clone()).is_some_and(|it| {
                it.lhs().is_some() && it.rhs().is_some() && it.compare_op().and_then(|it| it.kind()).is_some()
            }),
            SyntaxKind::EXISTS_ATOM => ast::ExistsAtom::cast(node.clone()).is_some_and(|it| {
                let rel = it.rel();
                rel.is_some_and(|it| {
                    it.rel_source().is_some_and(|it| it.is_wildcard() || it.name().is_some())
                        && it.source_columns().is_some_and(|it| it.names().next().is_some())
                        && it.target().is_some_and(|it| it.name().is_some())
                        && it.target_columns().is_some_and(|it| it.names().next().is_some())
                }) && it.traversal_clause().is_some_and(|it| it.clause().is_some())
            }),
            SyntaxKind::OR_SELECTOR => {
                ast::OrSelector::cast(node.clone()).is_some_and(|it| it.lhs().is_some() && it.rhs().is_some())
            }
            SyntaxKind::AND_SELECTOR => ast::AndSelector::cast(node.clone())
                .is_some_and(|it| it.lhs().is_some() && it.rhs().is_some()),
            SyntaxKind::NOT_SELECTOR => {
                ast::NotSelector::cast(node.clone()).is_some_and(|it| it.selector().is_some())
            }
            SyntaxKind::LITERAL_VALUE => {
                ast::LiteralValue::cast(node.clone()).is_some_and(|it| it.literal().is_some())
            }
            SyntaxKind::SESSION_VALUE => {
                ast::SessionValue::cast(node.clone()).is_some_and(|it| it.key().is_some())
            }
            SyntaxKind::COLUMN_VALUE => {
                ast::ColumnValue::cast(node.clone()).is_some_and(|it| it.name().is_some())
            }
            SyntaxKind::FUNCTION_VALUE => {
                ast::FunctionValue::cast(node.clone()).is_some_and(|it| it.function().is_some())
            }
            SyntaxKind::NAME => ast::Name::cast(node.clone()).is_some_and(|it| !it.text().is_empty()),
            _ => true,
        };
        assert!(complete, "{node:#?}");
    }
}

fn check_format(text: &str, parsed: &Parse) {
    let formatted = format(parsed);
    let again = parse(&formatted);
    assert_eq!(meaning(&again), meaning(parsed), "{formatted}");
    assert_eq!(comments(&again), comments(parsed), "{formatted}");
    assert_eq!(again.errors().len(), parsed.errors().len(), "{formatted}");
    let edited = minimal_edit(text, &formatted).map_or(text.to_owned(), |it| apply_edits(text, &[it]));
    assert_eq!(edited, formatted);
    if parsed.errors().is_empty() {
        assert_eq!(format(&again), formatted, "not a fixpoint");
        if is_thorough(text) {
            let all = TextRange::up_to(parsed.syntax_node().text_range().end());
            let by_range = apply_edits(text, &format_range(parsed, all));
            assert_eq!(format(&parse(&by_range)), formatted);
        }
    }
    for chunk in parsed.syntax_node().children() {
        if parsed.errors_in(chunk.text_range()).next().is_some() {
            assert!(formatted.contains(&chunk.text().to_string()), "{formatted}");
        }
    }
}

/// The tokens that mean something, spelled alike.
fn meaning(parsed: &Parse) -> Vec<(SyntaxKind, String)> {
    let tokens = parsed.syntax_node().descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens
        .filter(|it| {
            !it.kind().is_trivia() && !matches!(it.kind(), SyntaxKind::L_BRACE | SyntaxKind::R_BRACE)
        })
        .map(|it| match it.kind() {
            SyntaxKind::LT_GT => (SyntaxKind::NE, "!=".to_owned()),
            kind if kind.is_word() => (kind, it.text().to_ascii_uppercase()),
            kind => (kind, it.text().to_owned()),
        })
        .collect()
}

fn comments(parsed: &Parse) -> Vec<String> {
    let tokens = parsed.syntax_node().descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens
        .filter(|it| it.kind().is_comment())
        .map(|it| it.text().trim_end().replace("\r\n", "\n").replace('\r', "\n"))
        .collect()
}
