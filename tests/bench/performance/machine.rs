//! What was measured, with what, where and when.

use std::process::Command;

/// A list for the head of the tables.
pub fn describe() -> String {
    let cpu = field("/proc/cpuinfo", "model name", ':');
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal", ':');
    let kilobytes = memory.trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0);
    let system = field("/etc/os-release", "PRETTY_NAME", '=');
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let solver = include_str!("../../../tools/z3.txt").lines().find_map(|line| line.split("==").nth(1));
    let commit = output("git", &["rev-parse", "--short", "HEAD"]);
    let profile = if cfg!(debug_assertions) { "without optimisation" } else { "optimised" };
    [
        format!("- machine: {cpu}, {cores} cores, {:.1} GiB of memory", kilobytes / 1024.0 / 1024.0),
        format!("- system: {}, Linux {}", system.trim_matches('"'), kernel.trim()),
        format!(
            "- built by {}, {profile}; Z3 {}",
            output("rustc", &["--version"]),
            solver.unwrap_or("?").trim_end_matches(" \\")
        ),
        format!("- pgpe {} ({commit})", env!("CARGO_PKG_VERSION")),
        format!("- {}", jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z")),
    ]
    .join("\n")
}

fn field(file: &str, name: &str, separator: char) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(separator));
    line.unwrap_or("unknown").trim().to_owned()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| format!("{program} unknown"))
}
