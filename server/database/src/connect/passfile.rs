//! The password file: `host:port:database:user:password`, a line each.

use std::fs;
use std::path::{Path, PathBuf};

/// What a password is looked up for.
pub(super) struct Login<'a> {
    pub(super) host: &'a str,
    pub(super) port: &'a str,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// What was found in a password file.
pub(super) enum Found {
    /// The password.
    Password(String),
    /// Nothing that fits.
    Nothing,
    /// The file was not used, since others may read it.
    Exposed(PathBuf),
}

pub(super) fn look_up(file: &Path, login: &Login<'_>) -> Found {
    let Ok(metadata) = fs::metadata(file) else { return Found::Nothing };
    if is_exposed(&metadata) {
        return Found::Exposed(file.to_owned());
    }
    let Ok(text) = fs::read_to_string(file) else { return Found::Nothing };
    let found = text.lines().filter(|line| !line.starts_with('#')).find_map(|line| password(line, login));
    found.map_or(Found::Nothing, Found::Password)
}

/// As PostgreSQL's own clients do, a file that is not the user's alone is not used.
#[cfg(unix)]
fn is_exposed(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_exposed(_: &fs::Metadata) -> bool {
    false
}

/// The password of a line that fits.
fn password(line: &str, login: &Login<'_>) -> Option<String> {
    let mut rest = line;
    for wanted in [login.host, login.port, login.database, login.user] {
        let (field, after) = field(rest)?;
        // Only a star by itself stands for all; an escaped one is a star.
        if field != wanted && !rest.starts_with("*:") {
            return None;
        }
        rest = after;
    }
    Some(field(rest).map_or_else(|| unescaped(rest), |(field, _)| field))
}

/// A field up to its colon, and what follows; none if there is no colon.
fn field(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    let end = text.find(|character| {
        let ends = character == ':' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })?;
    Some((unescaped(text.get(..end)?), text.get(end + 1..)?))
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}
