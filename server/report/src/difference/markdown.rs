//! The difference for a pull request.

use super::{Access, Difference, Presence, TableDifference, Witness, turns, verdict_word};
use crate::counterexample_lines;
use crate::plain::{counted, visible};

/// A table of what changed, followed by the rows that show it, folded away.
pub fn markdown(difference: &Difference) -> String {
    let changed: Vec<&TableDifference> = difference.tables.iter().filter(|table| table.is_change()).collect();
    let base = escaped(&difference.base);
    let same = difference.tables.len() - changed.len();
    if changed.is_empty() {
        return format!(
            "**Row-level security:** access is the same as in {base} on {}.\n",
            counted(same, "table")
        );
    }
    let mut text = format!(
        "**Row-level security:** compared with {base}, access to {} changes; {same} the same.\n\n",
        counted(changed.len(), "table")
    );
    text.push_str("| table | SELECT | INSERT | UPDATE | DELETE | verdicts |\n|---|---|---|---|---|---|\n");
    for table in &changed {
        text.push_str(&row(table));
    }
    for table in &changed {
        text.push_str(&witnesses(table));
    }
    text
}

fn row(table: &TableDifference) -> String {
    let cells: Vec<String> = match table.presence {
        Presence::Added => vec!["new table".to_owned(), String::new(), String::new(), String::new()],
        Presence::Removed => vec!["gone".to_owned(), String::new(), String::new(), String::new()],
        Presence::Both => ["SELECT", "INSERT", "UPDATE", "DELETE"]
            .into_iter()
            .map(|command| match table.commands.get(command).map(|command| command.access) {
                None | Some(Access::Same) => "same".to_owned(),
                Some(access) => format!("**{}**", access.word()),
            })
            .collect(),
    };
    let verdicts: Vec<String> = turns(&table.verdicts)
        .iter()
        .map(|turn| {
            let (base, head) = (verdict_word(turn.base), verdict_word(turn.head));
            format!("{} {base} → {head} ({})", turn.proof, turn.commands.join(", "))
        })
        .collect();
    format!("| {} | {} | {} |\n", escaped(&table.name()), cells.join(" | "), verdicts.join("<br>"))
}

fn witnesses(table: &TableDifference) -> String {
    let mut text = String::new();
    for (command, difference) in &table.commands {
        for (title, witness) in [("passes now", &difference.gained), ("passed before", &difference.lost)] {
            let Some(Witness { is_new_row, shown }) = witness else { continue };
            let new = if *is_new_row { ", as the new row" } else { "" };
            let lines = counterexample_lines(shown, Some(&table.name())).join("\n");
            text.push_str(&format!(
                "\n<details><summary>{} {command}: {title}{new}</summary>\n\n{}\n\n</details>\n",
                escaped(&table.name()),
                fenced(&lines)
            ));
        }
        for reason in &difference.unknown {
            text.push_str(&format!(
                "\n{} {command} is not known: {}\n",
                escaped(&table.name()),
                escaped(reason)
            ));
        }
    }
    text
}

/// A code block that the text can't end.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}")
}

/// Text that means nothing in Markdown, HTML or a table.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}
