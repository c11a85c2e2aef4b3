//! The explanation for a terminal.

use super::{AtomWhy, ClauseWhy, CommandWhy, Outcome, PolicyWhy, RowWhy, Seen, Truth, Why};
use crate::counterexample_lines;
use crate::human::Colour;
use crate::plain::visible;

/// What is asked about, each command with its policies, and notes.
pub fn human(why: &Why, colour: Colour) -> String {
    let mut lines = Lines { text: String::new(), colour };
    lines.add(0, &colour.bold(&visible(&why.table)));
    for line in counterexample_lines(&why.given, Some(&why.table)) {
        lines.add(1, &line);
    }
    for (command, explained) in &why.commands {
        lines.text.push('\n');
        lines.command(command, explained);
    }
    if !why.notes.is_empty() {
        lines.text.push('\n');
    }
    for note in &why.notes {
        lines.add(0, &format!("note: {}", visible(note)));
    }
    lines.text
}

struct Lines {
    text: String,
    colour: Colour,
}

impl Lines {
    fn add(&mut self, depth: usize, line: &str) {
        self.text.push_str(&format!("{}{line}\n", "  ".repeat(depth)));
    }

    fn command(&mut self, name: &str, command: &CommandWhy) {
        let tint = match command.outcome {
            Outcome::Passes => ariadne::Color::Green,
            Outcome::DoesNotPass | Outcome::Error => ariadne::Color::Red,
            Outcome::Depends => ariadne::Color::Yellow,
        };
        let outcome = self.colour.paint(command.outcome.words(), tint);
        self.add(0, &format!("{}: {outcome}", self.colour.bold(name)));
        for reason in &command.because {
            self.add(1, &visible(reason));
        }
        for policy in &command.policies {
            self.policy(policy);
        }
    }

    fn policy(&mut self, policy: &PolicyWhy) {
        let name = visible(&policy.policy);
        let roles = match policy.roles.as_slice() {
            [] => "for all roles".to_owned(),
            roles => format!("for {}", visible(&roles.join(", "))),
        };
        let truth = match policy.truth {
            None => "does not apply to this session".to_owned(),
            Some(truth) => format!("applies: {}", self.truth(truth)),
        };
        self.add(1, &format!("{name}, {}, {roles}, {truth}", policy.kind));
        if policy.applies && policy.clauses.is_empty() {
            self.add(2, "no clause of it can ever be true");
        }
        for clause in &policy.clauses {
            self.clause(clause);
        }
    }

    fn clause(&mut self, clause: &ClauseWhy) {
        self.add(2, &format!("{}  {}", self.truth(clause.truth), visible(&clause.text)));
        if clause.truth == Truth::True {
            return;
        }
        match clause.atoms.as_slice() {
            // It is the clause.
            [atom] => self.reasons(3, atom),
            atoms => atoms.iter().for_each(|atom| self.atom(3, atom)),
        }
    }

    fn atom(&mut self, depth: usize, atom: &AtomWhy) {
        self.add(depth, &format!("{}  {}", self.truth(atom.truth), visible(&atom.text)));
        self.reasons(depth + 1, atom);
    }

    fn reasons(&mut self, depth: usize, atom: &AtomWhy) {
        for value in &atom.values {
            self.add(depth, &seen(value));
        }
        for reason in &atom.because {
            self.add(depth, &visible(reason));
        }
        for row in &atom.rows {
            self.row(depth, row);
        }
    }

    fn row(&mut self, depth: usize, row: &RowWhy) {
        let columns: Vec<String> = row.row.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let linked = match row.linked {
            Truth::True => "",
            _ => ", if it is the one",
        };
        self.add(depth, &format!("row of {}: {}{linked}", visible(&row.table), visible(&columns.join(", "))));
        for atom in &row.atoms {
            self.atom(depth + 1, atom);
        }
        if row.visible != Truth::True {
            let line = format!(
                "{}  its own policies for SELECT: pgpe why --table {} explains them",
                self.truth(row.visible),
                visible(&row.table)
            );
            self.add(depth + 1, &line);
        }
    }

    fn truth(&self, truth: Truth) -> String {
        let tint = match truth {
            Truth::True => ariadne::Color::Green,
            Truth::False | Truth::Null | Truth::Error => ariadne::Color::Red,
            Truth::Unknown => ariadne::Color::Yellow,
        };
        self.colour.paint(truth.words(), tint)
    }
}

fn seen(value: &Seen) -> String {
    let of = visible(&value.of);
    match (&value.value, &value.because) {
        (Some(value), None) => format!("{of} is {}", visible(value)),
        (Some(value), Some(because)) => format!("{of} is {}: {}", visible(value), visible(because)),
        (None, because) => visible(because.as_deref().unwrap_or("not known")).into_owned(),
    }
}
