//! Names of compiled policies.

use pgpe_catalog::Command;

/// PostgreSQL's limit for names.
pub(crate) const MAX_NAME_BYTES: usize = 63;

/// The name in the database of a policy on a table, for one of its commands if it compiles to several
/// policies: `<policy>_<table>` or `<policy>_<table>_<command>`. A name over PostgreSQL's 63 bytes is cut
/// and ends in a hash of the whole.
pub fn compiled_name(policy: &str, table: &str, command: Option<Command>) -> String {
    let name = match command {
        None => format!("{policy}_{table}"),
        Some(command) => format!("{policy}_{table}_{}", command.keyword().to_ascii_lowercase()),
    };
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    let hash = format!("_{:08x}", hash(&name));
    format!("{}{hash}", cut(&name, MAX_NAME_BYTES - hash.len()))
}

/// The longest start of a text that fits.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// FNV-1a: it must give the same names for ever, on every machine.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
