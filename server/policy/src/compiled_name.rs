//! Names of compiled policies.

use pgpe_catalog::Command;

use crate::source::CommandSet;

/// PostgreSQL's limit for names.
const MAX_NAME_BYTES: usize = 63;

/// The name of a policy in the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompiledName {
    /// The name, at most 63 bytes long.
    pub name: String,
    /// Whether it had to be cut.
    pub shortened: bool,
}

/// The name that a policy has on a table, or that the part of it for one command has:
/// `<policy>_<table>[_<command>]`. A longer name is cut and ends in a hash of the whole, the same on every
/// machine and for ever.
pub fn compiled_name(policy: &str, table: &str, command: Option<Command>) -> CompiledName {
    let name = match command {
        None => format!("{policy}_{table}"),
        Some(command) => format!("{policy}_{table}_{}", command.keyword().to_ascii_lowercase()),
    };
    if name.len() <= MAX_NAME_BYTES {
        return CompiledName { name, shortened: false };
    }
    let suffix = format!("_{:08x}", fnv1a(&name));
    let start = &name[..name.floor_char_boundary(MAX_NAME_BYTES - suffix.len())];
    CompiledName { name: format!("{start}{suffix}"), shortened: true }
}

/// The policies that a policy for these commands compiles to: PostgreSQL takes one command, or all of them.
pub fn compiled_commands(commands: CommandSet) -> Vec<Option<Command>> {
    if commands == CommandSet::ALL || commands.iter().count() == 1 {
        return vec![None];
    }
    commands.iter().map(Some).collect()
}

fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests;
