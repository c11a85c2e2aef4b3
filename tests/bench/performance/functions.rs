//! The figures that the benchmark `functions` has left behind.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::context::Context;
use crate::report::{ANY, Group, Measure};
use crate::statistics::Figure;

/// Functions; their ids are those of the other benchmark.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "parse and lower a file",
        name: "parse and lower",
        meaning: "a file of ten policies, from its text to policies.",
        targets: &[],
    },
    Measure {
        id: "check after a comment",
        name: "check after a comment",
        meaning: "a word is added to a comment or taken away, and everything is checked.",
        targets: &[],
    },
    Measure {
        id: "check after a clause",
        name: "check after a clause",
        meaning: "a condition, proved before, is added to a clause or taken away, and everything is checked.",
        targets: &[],
    },
    Measure {
        id: "semantic tokens",
        name: "semantic tokens",
        meaning: "of a file that was just edited.",
        targets: &[],
    },
    Measure {
        id: "completion",
        name: "completion",
        meaning: "of a column in a file that was just edited.",
        targets: &[],
    },
];

/// Figures older than that are not of this run.
const FRESH: Duration = Duration::from_secs(12 * 3600);

/// The folder of what is built and measured.
pub fn target_folder() -> PathBuf {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// Reads the figures.
pub fn read(context: &Context, _: usize, group: &mut Group) -> anyhow::Result<()> {
    for measure in MEASURES {
        match estimate(measure.id) {
            Ok(nanoseconds) => group.put(measure.id, ANY, Figure::Time(nanoseconds / 1e6)),
            Err(_) if context.is_short() => {}
            Err(error) => return Err(error.context("run `cargo bench --bench functions` first")),
        }
    }
    Ok(())
}

fn estimate(id: &str) -> anyhow::Result<f64> {
    let file = target_folder().join("criterion").join(id).join("new/estimates.json");
    let text = std::fs::read_to_string(&file).with_context(|| format!("there are no figures of {id}"))?;
    let age = SystemTime::now().duration_since(file.metadata()?.modified()?).unwrap_or_default();
    ensure!(age < FRESH, "the figures of {id} are old");
    let estimates: Value = serde_json::from_str(&text)?;
    estimates["median"]["point_estimate"].as_f64().context("no median")
}
