//! The difference for a terminal.

use super::{Access, CommandDifference, Difference, Presence, TableDifference, Witness, turns, verdict_word};
use crate::counterexample_lines;
use crate::human::Colour;
use crate::plain::{counted, visible};

/// Changed tables, each with what became of its commands, and a closing line.
pub fn human(difference: &Difference, colour: Colour) -> String {
    let mut text = String::new();
    let changed: Vec<&TableDifference> = difference.tables.iter().filter(|table| table.is_change()).collect();
    for table in &changed {
        text.push_str(&colour.bold(&visible(&table.name())));
        text.push('\n');
        text.push_str(&body(table, colour));
        text.push('\n');
    }
    let base = visible(&difference.base);
    let same = difference.tables.len() - changed.len();
    text.push_str(&match changed.len() {
        0 => format!("Access is the same as in {base} on {}.\n", counted(same, "table")),
        count => format!("Compared with {base}: {} changed, {same} the same.\n", counted(count, "table")),
    });
    text
}

fn body(table: &TableDifference, colour: Colour) -> String {
    match table.presence {
        Presence::Added => return "  a new table\n".to_owned(),
        Presence::Removed => return "  no such table any more\n".to_owned(),
        Presence::Both => {}
    }
    let mut text = String::new();
    for (command, difference) in &table.commands {
        if difference.access == Access::Same {
            continue;
        }
        let word = colour.paint(difference.access.word(), tint(difference.access));
        text.push_str(&format!("  {command:<6}  {word}\n"));
        text.push_str(&details(&table.name(), difference));
    }
    for turn in turns(&table.verdicts) {
        let (base, head) = (verdict_word(turn.base), verdict_word(turn.head));
        let commands = turn.commands.join(", ");
        text.push_str(&format!("  {}: {base} before, {head} now ({commands})\n", turn.proof));
    }
    text
}

fn tint(access: Access) -> ariadne::Color {
    match access {
        Access::Same | Access::Narrower => ariadne::Color::Green,
        Access::Wider | Access::Incomparable => ariadne::Color::Red,
        Access::Unknown => ariadne::Color::Yellow,
    }
}

fn details(table: &str, difference: &CommandDifference) -> String {
    let mut text = String::new();
    let mut add = |title: &str, witness: &Option<Witness>| {
        if let Some(witness) = witness {
            let new = if witness.is_new_row { ", as the new row" } else { "" };
            text.push_str(&format!("    {title}{new}:\n"));
            for line in counterexample_lines(&witness.shown, Some(table)) {
                text.push_str(&format!("      {line}\n"));
            }
        }
    };
    add("passes now", &difference.gained);
    add("passed before", &difference.lost);
    for reason in &difference.unknown {
        text.push_str(&format!("    not known: {}\n", visible(reason)));
    }
    text
}
