//! The processes of this machine, as /proc shows them.

use rustix::process::{Pid, Signal};

/// A process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// It has ended, and nobody has asked how.
    pub is_zombie: bool,
}

/// The processes that a process has started.
pub fn children(parent: u32) -> Vec<Process> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let found = ids.filter_map(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in parentheses may hold anything; state and parent follow it.
        let mut fields = stat.rsplit(')').next()?.split_whitespace();
        let is_zombie = fields.next()? == "Z";
        (fields.next()?.parse() == Ok(parent)).then_some(Process { id, is_zombie })
    });
    found.collect()
}

/// Those of them that run.
pub fn running_children(parent: u32) -> Vec<u32> {
    children(parent).into_iter().filter(|child| !child.is_zombie).map(|child| child.id).collect()
}

/// Whether there is such a process, which may be a zombie.
pub fn exists(id: u32) -> bool {
    std::path::Path::new(&format!("/proc/{id}")).exists()
}

/// Whether a process is there that has not ended.
pub fn is_running(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

/// The most memory that a process has held, in MiB; `None` if it is gone.
pub fn peak_memory(id: u32) -> Option<u64> {
    in_mebibytes(id, "VmHWM:")
}

/// The memory that a process holds, in MiB; `None` if it is gone.
pub fn memory(id: u32) -> Option<u64> {
    in_mebibytes(id, "VmRSS:")
}

fn in_mebibytes(id: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

/// Sends a signal; whether there was anyone to get it.
pub fn signal(id: u32, signal: Signal) -> bool {
    let id = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
    rustix::process::kill_process(id, signal).is_ok()
}
