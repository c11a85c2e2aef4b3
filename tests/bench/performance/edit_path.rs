//! What an edit costs in instructions, which do not depend on what else the machine does.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::context::Context;
use crate::proved::Proved;
use crate::report::{Group, Limit, Measure, Target};
use crate::statistics::{Figure, Statistic};

const NO_GROWTH: &[Target] = &[Target {
    tables: 10_000,
    statistic: Statistic::Median,
    limit: Limit::TimesThat { of: 1_000, factor: 2.0 },
}];

/// Instructions.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "comment",
        name: "a comment",
        meaning: "a word is added to a comment, or taken away: instructions per edit for bringing it to the project \
                  and checking that, without the protocol, as Callgrind counts them.",
        targets: NO_GROWTH,
    },
    Measure {
        id: "clause",
        name: "a clause",
        meaning: "the same where a condition, proved before, is added to a clause, or taken away.",
        targets: NO_GROWTH,
    },
];

/// Counts instructions.
pub fn measure(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let project = context.project(tables)?;
    let cache = context.cache(tables);
    let edits = if context.is_short() { 2 } else { 20 };
    for measure in MEASURES {
        // Outside of Valgrind first, so that there it has nothing to prove.
        let program = std::env::current_exe()?;
        let command = |edits: usize| {
            let edits = edits.to_string();
            let mut command = Command::new(&program);
            command.arg("edit-path").arg(&project.folder).arg(&cache).args([&edits, measure.id]);
            command
        };
        let output = command(1).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let figure = match instructions(&command(edits))? {
            Some(count) => Figure::Count(count / edits as u64),
            None => Figure::Text("no Valgrind".to_owned()),
        };
        group.put(measure.id, tables, figure);
    }
    Ok(())
}

/// How many instructions the edits of a command take; nothing where there is no Valgrind. All else that happens in such a
/// process is not the same each time.
fn instructions(command: &Command) -> anyhow::Result<Option<u64>> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg("--toggle-collect=*edit_path::make_edits*").arg(command.get_program());
    let output = match valgrind.args(command.get_args()).stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => bail!("valgrind can't be started: {error}"),
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "under Valgrind: {errors}");
    let collected = errors.lines().find_map(|line| line.split("Collected :").nth(1));
    let count = collected.and_then(|count| count.trim().parse().ok()).filter(|count| *count > 0);
    Ok(Some(count.with_context(|| format!("Callgrind has counted nothing: {errors}"))?))
}

/// Makes that many edits of one kind, checking after each.
pub fn run(folder: &Path, cache: &Path, edits: usize, kind: &str) -> anyhow::Result<()> {
    let mut proved = Proved::load(folder, Some(cache))?;
    let (path, before) = proved.first_file()?;
    let place = match kind {
        "comment" => before.find("Rows of").map(|at| (at, "Many ")),
        _ => before
            .find("session('app.tenant_id')")
            .map(|at| (at, "session('app.tenant_id') AND col('amount') > lit(7) AND col('tenant_id') = ")),
    };
    let (at, text) = place.context("there is nothing to edit")?;
    let mut after = before.clone();
    after.insert_str(at, text);
    proved.open(&path)?;
    for text in [&after, &before] {
        proved.set(&path, text);
        proved.complete()?;
    }
    make_edits(&mut proved, &path, [&after, &before], edits)
}

/// What is counted, by this name.
#[inline(never)]
fn make_edits(proved: &mut Proved, path: &str, texts: [&str; 2], edits: usize) -> anyhow::Result<()> {
    for text in texts.into_iter().cycle().take(edits) {
        proved.set(path, text);
        ensure!(proved.look()?.open.is_empty(), "something is left to be proved");
    }
    Ok(())
}
