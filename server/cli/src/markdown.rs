//! Markdown for a terminal: the little of it that rule pages use.

use pgpe_report::human::Colour;

/// Paragraphs are broken where they would be wider.
const WIDTH: usize = 90;

/// The page as text: headings bold, code set in, paragraphs broken into lines.
pub fn render(page: &str, colour: Colour) -> String {
    let mut text = String::new();
    let mut paragraph = Paragraph::default();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let backticks = line.trim_start().split(|c| c != '`').next().unwrap_or_default();
        match fence {
            Some(open) if line.trim() == open => fence = None,
            Some(_) if line.trim().is_empty() => text.push('\n'),
            Some(_) => text.push_str(&format!("    {}\n", code(line, colour))),
            None if backticks.len() >= 3 => {
                paragraph.flush(&mut text, colour);
                // `sql schema.sql`: the language tells a reader nothing that the name does not.
                let info = line.trim_start().trim_start_matches('`');
                if let Some((_, file)) = info.trim().split_once(' ') {
                    text.push_str(&format!("  {}\n", dim(file.trim(), colour)));
                }
                fence = Some(backticks);
            }
            None if line.starts_with('#') => {
                paragraph.flush(&mut text, colour);
                text.push_str(&bold(&inline(line.trim_start_matches('#').trim(), Colour::Never), colour));
                text.push('\n');
            }
            None if line.trim().is_empty() => {
                paragraph.flush(&mut text, colour);
                text.push('\n');
            }
            // Rows of a table belong where they are.
            None if line.starts_with('|') => {
                paragraph.flush(&mut text, colour);
                text.push_str(&format!("{}\n", inline(line, colour)));
            }
            None => {
                if line.trim_start().starts_with("- ") {
                    paragraph.flush(&mut text, colour);
                }
                paragraph.push(line);
            }
        }
    }
    paragraph.flush(&mut text, colour);
    text
}

/// In bold type.
pub fn bold(text: &str, colour: Colour) -> String {
    styled(text, "1", colour)
}

fn dim(text: &str, colour: Colour) -> String {
    styled(text, "2", colour)
}

/// Code; a comment line that marks what is above it stands out.
fn code(line: &str, colour: Colour) -> String {
    let marks = line.trim_start().starts_with("--") && line.contains('^');
    if marks { styled(line, "31", colour) } else { styled(line, "36", colour) }
}

fn styled(text: &str, style: &str, colour: Colour) -> String {
    match colour {
        Colour::Never => text.to_owned(),
        Colour::Always => format!("\u{1b}[{style}m{text}\u{1b}[0m"),
    }
}

/// Lines that are one paragraph or list item.
#[derive(Default)]
struct Paragraph {
    words: Vec<String>,
    /// What continued lines begin with.
    indent: usize,
}

impl Paragraph {
    fn push(&mut self, line: &str) {
        if self.words.is_empty() {
            let content = line.trim_start();
            let marker = if content.starts_with("- ") { 2 } else { 0 };
            self.indent = line.len() - content.len() + marker;
        }
        self.words.extend(line.split_whitespace().map(str::to_owned));
    }

    fn flush(&mut self, text: &mut String, colour: Colour) {
        let words = std::mem::take(&mut self.words);
        let is_item = words.first().is_some_and(|word| word == "-");
        let mut line = " ".repeat(if is_item { self.indent.saturating_sub(2) } else { self.indent });
        let mut empty = true;
        let mut lines = Vec::new();
        for word in words {
            if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::replace(&mut line, " ".repeat(self.indent)));
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(&word);
            empty = false;
        }
        if !empty {
            lines.push(line);
            // Code may go on over a line's end, so styles are put in last.
            text.push_str(&inline(&lines.join("\n"), colour));
            text.push('\n');
        }
    }
}

/// `code` in colour where there is one, and `[text](address)` without the brackets.
fn inline(text: &str, colour: Colour) -> String {
    let mut shown = String::new();
    let mut parts = text.split('`').peekable();
    let mut is_code = false;
    while let Some(part) = parts.next() {
        match (is_code, colour) {
            // A backtick without a partner stays.
            (true, _) if parts.peek().is_none() => shown.push_str(&format!("`{}", links(part))),
            (true, Colour::Always) => shown.push_str(&styled(part, "36", colour)),
            (true, Colour::Never) => shown.push_str(&format!("`{part}`")),
            (false, _) => shown.push_str(&links(part)),
        }
        is_code = !is_code;
    }
    shown
}

fn links(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((label, (address, after))) = link
            .split_once("](")
            .and_then(|(label, target)| Some((label, target.split_once(')')?)))
            .filter(|(label, _)| !label.contains(['[', ']']))
        else {
            shown.push_str(before);
            shown.push('[');
            rest = link;
            continue;
        };
        let is_web = address.starts_with("https://");
        shown.push_str(before);
        shown.push_str(label);
        if is_web {
            shown.push_str(&format!(" ({address})"));
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_keeps_its_code() {
        let page = "# rule\n\nUse `a` or\n[this](https://x.example/y), not [that](other.md).\n\n- one\n  two\n\n```policy a.policy\nPOLICY a\n\n--     ^ rule\n```\n";
        assert_eq!(
            render(page, Colour::Never),
            "rule\n\nUse `a` or this (https://x.example/y), not that.\n\n- one two\n\n  a.policy\n    POLICY a\n\n    --     ^ rule\n"
        );
    }

    #[test]
    fn colours_stand_for_marks() {
        assert_eq!(
            render("# A `b`\nx `y` z `", Colour::Always),
            "\u{1b}[1mA `b`\u{1b}[0m\nx \u{1b}[36my\u{1b}[0m z `\n"
        );
    }

    #[test]
    fn long_paragraphs_are_broken() {
        let page = format!("- {}", "word ".repeat(30));
        let shown = render(&page, Colour::Never);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("- word") && lines[0].len() <= WIDTH);
        assert!(lines[1].starts_with("  word"));
    }
}
