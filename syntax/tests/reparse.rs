//! Whatever is edited, reading the text again gives what reading it for the first time gives.

#[allow(dead_code)]
mod support;

use pgpe_syntax::{NodeOrToken, Parse, parse, reparse};
use support::{Generator, PIECES, Random, jumble, mutate};

const SAAS: &str = include_str!("data/saas.policy");

/// How many texts are edited, each several times.
const TEXTS: u64 = 4_000;

const EDITS: usize = 10;

/// Pieces that change how far what follows or precedes them reaches.
const FAR: &[&str] = &[
    "'",
    "\"",
    "/*",
    "*/",
    "/* a */",
    "--",
    "//",
    "\n",
    "\r",
    "\r\n",
    " ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "TO ",
    "POLICY",
    "POLICY ",
    "\nPOLICY q",
    "POLCY",
    "GRANT",
    "\nGRANT SELECT",
    "PERMISSIVE",
    "FOR ",
    "lit([1, 'a', ",
    "= (1, 2",
    "-",
    "/",
    "é",
    "_",
    "$",
    "x",
    "OR",
    "\u{feff}",
];

/// A text of several items, mostly.
fn text(random: &mut Random) -> String {
    match random.below(8) {
        0 => jumble(random),
        1 => SAAS.to_owned(),
        2 => {
            let text = Generator::new(random).file();
            mutate(random, &text)
        }
        3 => (0..random.below(30))
            .map(|_| format!("{}{}", random.pick(FAR), random.pick(&["", " ", "\n"])))
            .collect(),
        _ => (0..1 + random.below(4)).map(|_| Generator::new(random).file()).collect(),
    }
}

fn boundary(random: &mut Random, text: &str) -> usize {
    let mut at = random.below(text.len() + 1);
    // Often next to where something begins or ends.
    if random.one_in(2) {
        let from = text.get(at..).unwrap_or_default();
        let words = ["POLICY", "policy", "GRANT", "\n", "'", "/*", "*/", "--", "CLAUSE", "("];
        let word = random.pick(&words);
        at += from.find(word).map_or(0, |it| it + if random.one_in(2) { word.len() } else { 0 });
    }
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn edit(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    let start = boundary(random, &text);
    let mut end = start;
    let longest = [1, 2, 8, 40, 400][random.below(5)];
    for _ in 0..random.below(longest + 1) {
        end += text[end..].chars().next().map_or(0, char::len_utf8);
    }
    match random.below(8) {
        0 => text.replace_range(start..end, ""),
        1 | 2 => text.insert_str(start, random.pick(FAR)),
        3 => text.insert_str(start, random.pick(PIECES)),
        4 => text.replace_range(start..end, random.pick(FAR)),
        5 => {
            let copy = text[start..end].to_owned();
            let target = boundary(random, &text);
            text.insert_str(target, &copy);
        }
        6 => {
            let item = Generator::new(random).file();
            text.insert_str(start, &item);
        }
        _ => text = mutate(random, &text),
    }
    text
}

/// How many of the root's nodes are the very ones of another tree.
fn kept(old: &Parse, new: &Parse) -> usize {
    let nodes = |parse: &Parse| -> Vec<*const ()> {
        let nodes = parse.green().children().filter_map(NodeOrToken::into_node);
        nodes.map(|it| std::ptr::from_ref(it).cast()).collect()
    };
    let old = nodes(old);
    nodes(new).iter().filter(|it| old.contains(it)).count()
}

fn assert_same(found: &Parse, text: &str, context: &str) {
    let expected = parse(text);
    assert_eq!(found.syntax_node().text().to_string(), text, "{context}");
    assert!(
        found.green() == expected.green(),
        "{context}\n{:#?}\n{:#?}",
        found.syntax_node(),
        expected.syntax_node()
    );
    assert_eq!(found.errors(), expected.errors(), "{context}");
    assert_eq!(*found, expected, "{context}");
}

#[test]
fn after_any_edits_it_is_what_reading_from_the_start_gives() {
    let count = std::env::var("PGPE_PROPERTY_TEXTS").ok().and_then(|it| it.parse().ok()).unwrap_or(TEXTS);
    let (mut edits, mut with_kept) = (0, 0);
    for number in 0..count {
        let random = &mut Random::new(0x5eed ^ (number << 8));
        let mut before = text(random);
        let mut parsed = parse(&before);
        for _ in 0..EDITS {
            let after = edit(random, &before);
            let again = reparse(&parsed, &before, &after);
            assert_same(&again, &after, &format!("text {number}\nfrom {before:?}\nto   {after:?}"));
            edits += 1;
            with_kept += usize::from(kept(&parsed, &again) > 0);
            (before, parsed) = (after, again);
        }
    }
    assert!(with_kept * 3 > edits, "something was kept after {with_kept} of {edits} edits only");
}

#[test]
fn every_short_edit_of_a_text() {
    let text = "/* a */ POLICY a PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(x) IN (1, 2)\n-- c\nPOLCY b PERMISSIVE FOR \
                ALL\nSELECTOR named('t') CLAUSE col(x) = lit('y') GRANT SELECT TO a\nGRANT SELECT TO policy SELECTOR ALL\n\n\
                POLICY policy RESTRICTIVE FOR SELECT /* b\n*/ SELECTOR ALL\nCLAUSE col(x) = lit(1) POLICY";
    let parsed = parse(text);
    for start in 0..=text.len() {
        for length in [0, 1, 2, 7] {
            let end = (start + length).min(text.len());
            for piece in FAR.iter().chain(&[""]) {
                let after = format!("{}{piece}{}", &text[..start], &text[end..]);
                assert_same(&reparse(&parsed, text, &after), &after, &format!("{start}..{end}: {piece:?}"));
            }
        }
    }
}

#[test]
fn an_edit_leaves_the_other_items_as_they_are() {
    let item = |number: usize, name: &str| {
        format!(
            "-- Rows.\nPOLICY p{number}{name}\n  PERMISSIVE\n  FOR ALL\n  SELECTOR named('t{number}')\n  CLAUSE\n    col(a) = lit('x')\n\n"
        )
    };
    let text: String = (0..100).map(|it| item(it, "")).collect();
    let parsed = parse(&text);
    for (edited, least) in [
        (text.replacen("-- Rows.\nPOLICY p50", "-- Columns.\nPOLICY p50", 1), 97),
        (text.replace("t50", "u"), 97),
        (text.replace("p50", "q50"), 97),
        (text.replace(&item(50, ""), ""), 97),
        (text.replace(&item(50, ""), &format!("{}{}", item(50, ""), item(50, "a"))), 97),
        (text.replace("named('t50')", "named('t50)"), 97),
        (text.replace("PERMISSIVE\n  FOR ALL\n  SELECTOR named('t50')", ""), 97),
        (format!("{text}{}", item(100, "")), 97),
        (format!("{}{text}", item(100, "")), 97),
        (text.replacen("POLICY p50", "POLIC p50", 1), 97),
    ] {
        let again = reparse(&parsed, &text, &edited);
        assert_same(&again, &edited, "");
        assert!(kept(&parsed, &again) >= least, "{} of {least}", kept(&parsed, &again));
    }
}
