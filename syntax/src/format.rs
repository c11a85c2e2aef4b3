//! The canonical layout. Only blanks, the case of words, the spelling of `!=` and the
//! braces around a traversal's clause ever change. Items with errors stay as they are.

mod items;
mod printer;
mod trivia;

use rowan::{TextRange, ast::AstNode};

use crate::{Parse, SyntaxKind, SyntaxNode, ast::Item, error::TextEdit};
use printer::Printer;

/// Lines are broken where they would be longer, as far as breaking is possible.
const MAX_WIDTH: usize = 100;

/// The whole file in its canonical layout.
pub fn format(parse: &Parse) -> String {
    let root = parse.syntax_node();
    let mut printer = Printer::new(line_end(&root));
    let mut follows_item = false;
    for chunk in root.children() {
        trivia::before_item(&mut printer, &trivia::leading(&chunk), follows_item, true);
        print_chunk(&mut printer, parse, &chunk);
        follows_item = true;
    }
    trivia::before_item(&mut printer, &trivia::at_end(&root), follows_item, false);
    printer.finish(root.first_token().is_some_and(|it| it.kind() == SyntaxKind::BYTE_ORDER_MARK))
}

/// Edits that bring the items that `range` touches into their canonical layout.
pub fn format_range(parse: &Parse, range: TextRange) -> Vec<TextEdit> {
    let root = parse.syntax_node();
    let eol = line_end(&root);
    let touched = |it: &SyntaxNode| it.text_range().intersect(range).is_some();
    root.children()
        .filter(touched)
        .filter_map(|item| {
            let mut printer = Printer::new(eol);
            print_chunk(&mut printer, parse, &item);
            let insert = printer.into_text();
            let changed = item.text() != insert.as_str();
            changed.then(|| TextEdit { range: item.text_range(), insert })
        })
        .collect()
}

/// The edit that leads from a text to its formatted form, as small as one edit can be.
pub fn minimal_edit(before: &str, after: &str) -> Option<TextEdit> {
    if before == after {
        return None;
    }
    let common = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| -> usize {
        a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    // Neither end may fall between CR and LF: no editor has a position there.
    let mut prefix = common(&mut before.chars(), &mut after.chars());
    while before.get(..prefix)?.ends_with('\r') {
        prefix -= 1;
    }
    let (rest_before, rest_after) = (before.get(prefix..)?, after.get(prefix..)?);
    let mut suffix = common(&mut rest_before.chars().rev(), &mut rest_after.chars().rev());
    while rest_before.get(rest_before.len() - suffix..)?.starts_with('\n') {
        suffix -= 1;
    }
    let range = TextRange::new((prefix as u32).into(), ((before.len() - suffix) as u32).into());
    Some(TextEdit { range, insert: rest_after.get(..rest_after.len() - suffix)?.to_owned() })
}

fn print_chunk(printer: &mut Printer, parse: &Parse, chunk: &SyntaxNode) {
    match Item::cast(chunk.clone()) {
        Some(item) if !parse.is_broken(&item) => match item {
            Item::Policy(policy) => items::policy(printer, &policy),
            Item::Grant(grant) => items::grant(printer, &grant),
        },
        _ => printer.verbatim(&chunk.text().to_string()),
    }
}

/// What ends most lines.
fn line_end(root: &SyntaxNode) -> &'static str {
    let (mut all, mut crlf) = (0, 0);
    let mut after_cr = false;
    root.text().for_each_chunk(|chunk| {
        for byte in chunk.bytes() {
            if byte == b'\n' {
                all += 1;
                crlf += usize::from(after_cr);
            }
            after_cr = byte == b'\r';
        }
    });
    if crlf * 2 > all { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
