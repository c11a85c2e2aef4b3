//! The figures of other programs, and of this one beside them, which `tests/bench/peers/run.py` leaves behind.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use crate::report::{Group, Limit, Target};
use crate::statistics::{Figure, Statistic, number};

/// What was measured of a program in that run.
#[derive(Debug, Clone, Deserialize)]
struct Taken {
    peer: String,
    #[serde(default)]
    version: String,
    measure: String,
    /// How many there were; not told where nothing could be measured.
    tables: Option<usize>,
    /// How policies are spread over files.
    files: Option<String>,
    /// Which policies.
    project: Option<String>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    mb: Option<f64>,
    /// How many tables were proved, and of how many.
    proved: Option<u64>,
    of: Option<u64>,
    #[serde(default)]
    note: String,
}

/// This program's name there.
const OURS: &str = "pgpe";

/// How many times as long peers are to take as we do, by what is measured and how their names begin.
const AIMS: [(&str, &str, f64); 4] = [
    ("edit_to_diagnostics", "pgrls", 200.0),
    ("edit_to_diagnostics", "squawk", 50.0),
    ("edit_to_diagnostics", "Postgres", 50.0),
    ("verify", "pgrls", 3.0),
];

/// Reads what that run has left behind.
pub fn read(file: &Path, group: &mut Group) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let all: Vec<Taken> = serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
    let mut rows: Vec<String> = Vec::new();
    for taken in &all {
        let Some(tables) = taken.tables else {
            group.lack(format!("{}, {}: {}", taken.peer, taken.measure, taken.note));
            continue;
        };
        let row = taken.row();
        if !rows.contains(&row) {
            rows.push(row.clone());
            let meaning = format!("{} {}; {}", taken.peer, taken.version, taken.note);
            group.add(&row, &row, &meaning, &[]);
        }
        group.put(&row, tables, taken.figure());
        let ours = all.iter().find(|other| {
            other.peer == OURS && other.measure == taken.measure && other.place() == taken.place()
        });
        let (Some(ours), false) = (ours.and_then(|ours| ours.p50_ms), taken.peer == OURS) else { continue };
        let Some(theirs) = taken.p50_ms else { continue };
        let ratio = format!("{row}: to ours");
        if !rows.contains(&ratio) {
            rows.push(ratio.clone());
            let meaning = "how many times as long as pgpe in the same run, by the medians.";
            group.add(&ratio, &ratio, meaning, taken.target().as_slice());
        }
        group.put(&ratio, tables, Figure::Ratio(theirs / ours));
    }
    Ok(())
}

impl Taken {
    fn place(&self) -> (Option<usize>, Option<&str>, Option<&str>) {
        (self.tables, self.files.as_deref(), self.project.as_deref())
    }

    fn row(&self) -> String {
        let mut row = format!("{}, {}", self.measure.replace('_', " "), self.peer);
        for part in [&self.files, &self.project].into_iter().flatten() {
            row = format!("{row}, {part}");
        }
        // A prover has several ways.
        if let Some(mode) =
            self.note.split(':').next().filter(|_| self.measure == "verify" && self.peer != OURS)
        {
            row = format!("{row}, {}", mode.split(',').next().unwrap_or(mode));
        }
        row
    }

    fn target(&self) -> Option<Target> {
        let is_aim = |aim: &&(&str, &str, f64)| aim.0 == self.measure && self.peer.starts_with(aim.1);
        let aim = AIMS.iter().find(is_aim)?;
        Some(Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::AtLeast(aim.2) })
    }

    fn figure(&self) -> Figure {
        let time = match (self.p50_ms, self.p95_ms, self.mb) {
            (Some(median), Some(late), _) => format!("{} / {} ms", number(median), number(late)),
            (Some(median), None, _) => format!("{} ms", number(median)),
            (None, _, Some(megabytes)) => format!("{megabytes:.1} MB"),
            (None, _, None) => "none".to_owned(),
        };
        match (self.proved, self.of) {
            (Some(proved), Some(of)) => Figure::Text(format!("{time}, {proved} of {of} proved")),
            _ => Figure::Text(time),
        }
    }
}
