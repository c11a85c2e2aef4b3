//! The figures as tables, and whether they are what was aimed at.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::statistics::{Figure, Statistic, grouped};

/// Something that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// What the program calls it.
    pub id: &'static str,
    /// What readers call it.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What is aimed at.
    pub targets: &'static [Target],
}

/// What is aimed at, at one size.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The number of tables; [`ANY`] if it has nothing to do with that.
    pub tables: usize,
    /// What is judged.
    pub statistic: Statistic,
    /// How it is judged.
    pub limit: Limit,
}

/// The place of figures that do not depend on a number of tables.
pub const ANY: usize = 0;

/// A limit of a figure.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// Less than that: milliseconds, MiB, times.
    Below(f64),
    /// That, or less.
    AtMost(f64),
    /// That, or more.
    AtLeast(f64),
    /// At most so many times what it is with another number of tables.
    TimesThat { of: usize, factor: f64 },
    /// The same as with another number of tables.
    SameAs { of: usize },
}

/// Figures on one subject.
#[derive(Debug, Clone)]
pub struct Group {
    title: &'static str,
    intro: &'static str,
    measures: Vec<Row>,
    failures: Vec<String>,
    lacks: Vec<String>,
}

#[derive(Debug, Clone)]
struct Row {
    id: String,
    name: String,
    meaning: String,
    targets: Vec<Target>,
    figures: BTreeMap<usize, Figure>,
    notes: Vec<String>,
}

impl Group {
    /// Without figures as yet.
    pub fn new(title: &'static str, intro: &'static str, measures: &[Measure]) -> Group {
        let mut group = Group { title, intro, measures: Vec::new(), failures: Vec::new(), lacks: Vec::new() };
        for measure in measures {
            group.add(measure.id, measure.name, measure.meaning, measure.targets);
        }
        group
    }

    /// One more row.
    pub fn add(&mut self, id: &str, name: &str, meaning: &str, targets: &[Target]) {
        self.measures.push(Row {
            id: id.to_owned(),
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            targets: targets.to_vec(),
            figures: BTreeMap::new(),
            notes: Vec::new(),
        });
    }

    /// Enters a figure.
    pub fn put(&mut self, id: &str, tables: usize, figure: Figure) {
        eprintln!("  {id}: {}", figure.show());
        match self.measures.iter_mut().find(|row| row.id == id) {
            Some(row) => drop(row.figures.insert(tables, figure)),
            None => self.failures.push(format!("there is no row for {id}")),
        }
    }

    /// Says something of a row below the table.
    pub fn note(&mut self, id: &str, note: String) {
        if let Some(row) = self.measures.iter_mut().find(|row| row.id == id) {
            row.notes.push(note);
        }
    }

    /// Something could not be measured.
    pub fn fail(&mut self, tables: usize, error: &anyhow::Error) {
        let failure = format!("{}{error:#}", at_size(tables));
        eprintln!("  failed: {failure}");
        self.failures.push(failure);
    }

    /// Something is missing, for a reason that others tell.
    pub fn lack(&mut self, what: String) {
        self.lacks.push(what);
    }

    /// What could not be measured.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// As Markdown.
    pub fn show(&self) -> String {
        let mut sizes: Vec<usize> =
            self.measures.iter().flat_map(|row| row.figures.keys().copied()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut text = format!("\n## {}\n\n{}\n\n| measure |", self.title, self.intro);
        for tables in &sizes {
            let _ = match *tables {
                ANY => write!(text, " figure |"),
                tables => write!(text, " {} tables |", grouped(tables as u64)),
            };
        }
        let _ = write!(text, " target |\n|---|{}---|\n", "---|".repeat(sizes.len()));
        for row in &self.measures {
            let _ = write!(text, "| {} |", row.name);
            for tables in &sizes {
                let shown = row.figures.get(tables).map_or_else(|| "–".to_owned(), Figure::show);
                let _ = write!(text, " {} |", shown.replace('|', "\\|"));
            }
            let targets: Vec<String> = row.targets.iter().map(|target| row.judge(target)).collect();
            let _ = writeln!(text, " {} |", targets.join("; "));
        }
        text.push('\n');
        for row in &self.measures {
            let _ = writeln!(text, "- *{}*: {}", row.name, row.meaning);
            for note in &row.notes {
                let _ = writeln!(text, "  {note}");
            }
        }
        for failure in self.failures.iter().chain(&self.lacks) {
            let _ = writeln!(text, "\n**Not measured:** {failure}");
        }
        text
    }
}

impl Row {
    fn judge(&self, target: &Target) -> String {
        let value = |tables: usize| self.figures.get(&tables)?.value(target.statistic);
        let statistic = match (self.figures.get(&target.tables), target.statistic) {
            (Some(Figure::Times(_)), Statistic::P95) => "p95 ",
            (Some(Figure::Times(_) | Figure::Runs(_)), Statistic::Median) => "median ",
            _ => "",
        };
        let unit = self.figures.values().next().map_or("", Figure::unit);
        let (aim, is_met) = match target.limit {
            Limit::Below(limit) => {
                (format!("< {limit}{unit}"), value(target.tables).map(|value| value < limit))
            }
            Limit::AtMost(limit) => {
                (format!("≤ {limit}{unit}"), value(target.tables).map(|value| value <= limit))
            }
            Limit::AtLeast(limit) => {
                (format!("≥ {limit}{unit}"), value(target.tables).map(|value| value >= limit))
            }
            Limit::TimesThat { of, factor } => (
                format!("≤ {factor} × that of {}", grouped(of as u64)),
                value(target.tables).zip(value(of)).map(|(value, other)| value <= factor * other),
            ),
            Limit::SameAs { of } => (
                format!("as with {}", grouped(of as u64)),
                value(target.tables).zip(value(of)).map(|(value, other)| value == other),
            ),
        };
        let outcome = match is_met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "not measured",
        };
        format!("{}{statistic}{aim}: {outcome}", at_size(target.tables))
    }
}

fn at_size(tables: usize) -> String {
    match tables {
        ANY => String::new(),
        tables => format!("{} tables: ", grouped(tables as u64)),
    }
}
