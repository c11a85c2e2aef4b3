//! The command line, as whole processes.

use anyhow::{Context as _, ensure};

use crate::context::Context;
use crate::process::{Run, pgpe, run};
use crate::report::{ANY, Group, Limit, Measure, Target};
use crate::statistics::{Figure, Statistic, Times};

/// What does not depend on a project.
pub const PROGRAM: &[Measure] = &[
    Measure {
        id: "version",
        name: "`pgpe --version`",
        meaning: "from before the start of the process to its end.",
        targets: &[Target { tables: ANY, statistic: Statistic::Median, limit: Limit::Below(10.0) }],
    },
    Measure { id: "binary", name: "the program", meaning: "the file's size.", targets: &[] },
    Measure {
        id: "library",
        name: "the solver's library",
        meaning: "the size of `libz3.so`, which it loads.",
        targets: &[],
    },
];

/// Measures the program itself.
pub fn program(context: &Context, _: usize, group: &mut Group) -> anyhow::Result<()> {
    let mut times = Times::default();
    for _ in context.budget(50, 10).rounds() {
        let run = run(&mut pgpe(std::path::Path::new("."), &["--version"]))?;
        ensure!(run.output.starts_with("pgpe "), "it says {:?}", run.output);
        times.add(run.time);
    }
    group.put("version", ANY, Figure::Runs(times));
    let mebibytes = |path: &str| anyhow::Ok(std::fs::metadata(path)?.len() as f64 / 1024.0 / 1024.0);
    group.put("binary", ANY, Figure::Mebibytes(mebibytes(env!("CARGO_BIN_EXE_pgpe"))?));
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/third_party/z3/lib/libz3.so");
    group.put("library", ANY, Figure::Mebibytes(mebibytes(library)?));
    Ok(())
}

/// Commands on a project.
pub const PROJECT: &[Measure] = &[
    Measure {
        id: "check",
        name: "`check --no-cache`",
        meaning: "all findings and proofs, from nothing.",
        targets: &[],
    },
    Measure {
        id: "calls",
        name: "the solver's calls of it",
        meaning: "how many questions were put to a solver.",
        targets: &[Target {
            tables: 10_000,
            statistic: Statistic::Median,
            limit: Limit::SameAs { of: 1_000 },
        }],
    },
    Measure {
        id: "check again",
        name: "`check`, nothing changed",
        meaning: "the same where nothing has changed since the last check, whose report the cache has.",
        targets: &[Target { tables: 1_000, statistic: Statistic::Median, limit: Limit::Below(100.0) }],
    },
    Measure {
        id: "check warm",
        name: "`check`, a comment changed",
        meaning: "the same where a comment of one file has changed since, so that there is no report; the cache has all \
                  verdicts that are asked for.",
        targets: &[],
    },
    Measure {
        id: "check file",
        name: "`check FILE`, a comment changed",
        meaning: "the findings of the file that has changed, as the hook for pre-commit calls it.",
        targets: &[],
    },
    Measure {
        id: "fmt",
        name: "`fmt --check`",
        meaning: "whether all files are in the canonical layout.",
        targets: &[],
    },
    Measure { id: "compile", name: "`compile`", meaning: "the SQL of all policies.", targets: &[] },
];

/// Measures commands on a project.
pub fn project(context: &Context, tables: usize, group: &mut Group) -> anyhow::Result<()> {
    let project = context.project(tables)?;
    let cache = context.cache(tables);
    let (file, _) = project.files.first().context("no file")?;
    let repeat_after = |before: &dyn Fn() -> anyhow::Result<()>,
                        arguments: &[&str],
                        most: usize,
                        is_right: fn(&Run) -> bool| {
        let mut times = Times::default();
        let mut last = None;
        for _ in context.budget(most, 60).rounds() {
            before()?;
            let run = run(pgpe(&project.folder, arguments).env("PGPE_CACHE_DIR", &cache))?;
            ensure!(is_right(&run), "{arguments:?} says {:.500} {:.500}", run.output, run.errors);
            times.add(run.time);
            last = Some(run);
        }
        anyhow::Ok((times, last.context("nothing ran")?))
    };
    let repeat = |arguments: &[&str], most: usize, is_right: fn(&Run) -> bool| {
        repeat_after(&|| Ok(()), arguments, most, is_right)
    };
    let path = project.folder.join(file);
    let text = std::fs::read_to_string(&path)?;
    let change = || Ok(std::fs::write(&path, format!("{text}-- {}\n", context.next_number()))?);
    let is_proved = |run: &Run| run.output.contains("proven") && !run.output.contains("unknown");
    let (times, last) = repeat(&["check", "--no-cache", "-v"], 7, is_proved)?;
    group.put("check", tables, Figure::Runs(times));
    group.put("calls", tables, Figure::Count(solver_calls(&last.errors)?));
    let (times, last) = repeat_after(&change, &["check", "-v"], 15, is_proved)?;
    ensure!(solver_calls(&last.errors)? == 0, "the folder of verdicts is of no use: {}", last.errors);
    group.put("check warm", tables, Figure::Runs(times));
    let (times, _) = repeat_after(&change, &["check", file], 15, is_proved)?;
    group.put("check file", tables, Figure::Runs(times));
    std::fs::write(&path, text)?;
    repeat(&["check"], 1, is_proved)?;
    let (times, last) = repeat(&["check", "-v"], 15, is_proved)?;
    ensure!(last.errors.contains("nothing has changed"), "there is no report: {}", last.errors);
    group.put("check again", tables, Figure::Runs(times));
    let (times, _) = repeat(&["fmt", "--check"], 15, |run| !run.errors.contains("error"))?;
    group.put("fmt", tables, Figure::Runs(times));
    let (times, _) = repeat(&["compile"], 15, |run| run.output.contains("CREATE POLICY"))?;
    group.put("compile", tables, Figure::Runs(times));
    Ok(())
}

/// What `-v` tells: `proofs done: N calls of the solver, …`.
fn solver_calls(errors: &str) -> anyhow::Result<u64> {
    let counted = errors.split("proofs done: ").nth(1).and_then(|rest| rest.split(' ').next());
    counted.and_then(|count| count.parse().ok()).with_context(|| format!("no count in {errors:?}"))
}
