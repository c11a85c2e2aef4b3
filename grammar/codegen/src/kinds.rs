//! Writes `SyntaxKind`: every token and node kind, with the lexer's patterns on it.

use std::fmt::Write;

use crate::{
    HEADER,
    model::{Model, PUNCTUATION, Role, snake_case, word_kind},
};

/// Token classes whose text varies: kind, lexer attributes, description.
const CLASSES: &[(&str, &[&str], &str)] = &[
    ("IDENT", &[r#"#[regex(r"[\p{L}_][\p{L}\p{Nd}_]*")]"#], "an identifier"),
    (
        "STRING",
        // A string ends on its line: a forgotten quote must not swallow what follows.
        &[
            r#"#[regex(r"'([^'\r\n]|'')*'")]"#,
            r#"#[token("'", crate::lexer::unterminated_string)]"#,
            r#"#[token("\"", crate::lexer::double_quoted_string)]"#,
        ],
        "a string",
    ),
    ("INTEGER", &[r#"#[regex(r"-?[0-9]+")]"#], "an integer"),
    ("WHITESPACE", &[r#"#[regex(r"\s+")]"#], "blanks and line ends"),
    ("BYTE_ORDER_MARK", &[r#"#[token("\u{feff}")]"#], "the byte order mark"),
    (
        "LINE_COMMENT",
        &[r#"#[regex(r"(--|//)[^\r\n]*", allow_greedy = true)]"#],
        "a comment up to the end of its line",
    ),
    ("BLOCK_COMMENT", &[r#"#[token("/*", crate::lexer::block_comment)]"#], "a bracketed comment"),
];

/// Operators of other languages that are understood in order to be corrected.
const FOREIGN: &[(&str, &str)] = &[("==", "EQ_EQ")];

/// The text of `syntax/src/generated/kinds.rs`.
pub fn generate(model: &Model) -> String {
    let mut out =
        format!("{HEADER}\n//! Kinds of tokens and nodes, and what words mean.\n\nuse logos::Logos;\n\n");
    out.push_str("use crate::lexer::LexerState;\n\n");
    out.push_str("/// The kind of a token or node. Tokens come first.\n");
    out.push_str("#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n");
    out.push_str("#[logos(extras = LexerState)]\n#[allow(non_camel_case_types)]\n#[repr(u16)]\npub enum SyntaxKind {\n");
    let mut all = Vec::new();
    let mut add = |out: &mut String, doc: &str, attributes: &[String], kind: &str| {
        let _ = writeln!(out, "    /// {doc}.");
        for attribute in attributes {
            let _ = writeln!(out, "    {attribute}");
        }
        let _ = writeln!(out, "    {kind},");
        all.push(kind.to_owned());
    };
    add(&mut out, "The end of the input; never in a tree", &[], "EOF");
    add(&mut out, "Text that fits nowhere: one token, or a node around several", &[], "ERROR");
    for (kind, attributes, doc) in CLASSES {
        let attributes: Vec<String> = attributes.iter().map(|it| (*it).to_owned()).collect();
        add(&mut out, &capitalized(doc), &attributes, kind);
    }
    for (spelling, kind) in PUNCTUATION.iter().chain(FOREIGN) {
        let attributes = [match *spelling {
            // Longer than the identifier pattern's own claim to a single underscore.
            "_" => "#[token(\"_\", priority = 10)]".to_owned(),
            _ => format!("#[token({spelling:?})]"),
        }];
        add(&mut out, &format!("`{spelling}`"), &attributes, kind);
    }
    for word in &model.words {
        add(&mut out, &format!("`{}`", word.spelling), &[], &word_kind(&word.spelling));
    }
    for node in &model.structs {
        add(&mut out, &format!("A `{}` node", node.name), &[], &snake_case(&node.name).to_ascii_uppercase());
    }
    out.push_str("}\n\nimpl SyntaxKind {\n");
    out.push_str(
        "    /// All kinds, in the order of their numbers.\n    pub const ALL: &[SyntaxKind] = &[\n",
    );
    for kind in &all {
        let _ = writeln!(out, "        SyntaxKind::{kind},");
    }
    out.push_str("    ];\n\n");
    spellings(&mut out, model);
    word_lists(&mut out, model);
    out.push_str("}\n");
    out
}

fn spellings(out: &mut String, model: &Model) {
    out.push_str("    /// The keyword that a word is, in any case; `None` for all other words.\n");
    out.push_str("    pub fn from_word(word: &str) -> Option<SyntaxKind> {\n");
    out.push_str(
        "        Self::WORDS.iter().find(|it| it.0.eq_ignore_ascii_case(word)).map(|it| it.1)\n    }\n\n",
    );
    out.push_str("    /// How the formatter spells this token; `None` where the text varies.\n");
    out.push_str("    pub fn spelling(self) -> Option<&'static str> {\n        Some(match self {\n");
    for (spelling, kind) in PUNCTUATION.iter().chain(FOREIGN) {
        let _ = writeln!(out, "            SyntaxKind::{kind} => {spelling:?},");
    }
    for word in &model.words {
        let _ =
            writeln!(out, "            SyntaxKind::{} => {:?},", word_kind(&word.spelling), word.spelling);
    }
    out.push_str("            _ => return None,\n        })\n    }\n\n");
    out.push_str("    /// How an error message calls this token.\n");
    out.push_str("    pub fn describe(self) -> &'static str {\n        match self {\n");
    for (kind, _, doc) in CLASSES {
        let _ = writeln!(out, "            SyntaxKind::{kind} => {doc:?},");
    }
    out.push_str("            SyntaxKind::EOF => \"the end of the file\",\n");
    for (spelling, kind) in PUNCTUATION.iter().chain(FOREIGN) {
        let _ = writeln!(out, "            SyntaxKind::{kind} => \"`{spelling}`\",");
    }
    for word in &model.words {
        let _ = writeln!(
            out,
            "            SyntaxKind::{} => \"`{}`\",",
            word_kind(&word.spelling),
            word.spelling
        );
    }
    out.push_str("            _ => \"something else\",\n        }\n    }\n\n");
}

fn word_lists(out: &mut String, model: &Model) {
    let _ = writeln!(out, "    /// Every word of the language and its kind.");
    let _ = writeln!(out, "    pub const WORDS: &[(&str, SyntaxKind)] = &[");
    for word in &model.words {
        let _ = writeln!(out, "        ({:?}, SyntaxKind::{}),", word.spelling, word_kind(&word.spelling));
    }
    out.push_str("    ];\n");
    for (name, role, doc) in [
        ("KEYWORDS", Role::Keyword, "Words that structure a policy, printed in upper case"),
        ("FUNCTION_WORDS", Role::Function, "Words that open a parenthesis, printed in lower case"),
        ("CONSTANT_WORDS", Role::Constant, "Words that are literals, printed in lower case"),
    ] {
        let _ = writeln!(out, "\n    /// {doc}.\n    pub const {name}: &[SyntaxKind] = &[");
        for word in model.words.iter().filter(|it| it.role == role) {
            let _ = writeln!(out, "        SyntaxKind::{},", word_kind(&word.spelling));
        }
        out.push_str("    ];\n");
    }
    let kind = |it: &crate::model::Word| word_kind(&it.spelling);
    if let (Some(first), Some(last)) = (model.words.first().map(kind), model.words.last().map(kind)) {
        out.push_str(
            "\n    /// Whether this is one of the language's words.\n    pub fn is_word(self) -> bool {\n",
        );
        let _ = writeln!(out, "        (SyntaxKind::{first}..=SyntaxKind::{last}).contains(&self)\n    }}");
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
