//! PostgreSQL's server programs on this machine, and the user that they run as.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the server programs: as `PG_BIN` says, else that of the newest version.
pub fn find_programs() -> Result<PathBuf, String> {
    if let Some(folder) = std::env::var_os("PG_BIN").map(PathBuf::from) {
        return match has_programs(&folder) {
            true => Ok(folder),
            false => Err(format!(
                "PG_BIN is {}, where there is no `postgres` and `initdb`: name the folder that has them",
                folder.display()
            )),
        };
    }
    // Of equal ones the first.
    let found = candidates().into_iter().rev().filter(|folder| has_programs(folder));
    found.max_by_key(|folder| version(folder)).ok_or_else(|| {
        "PostgreSQL's server programs were not found: install them (Debian: apt-get install postgresql) or set \
         PG_BIN to the folder of `postgres` and `initdb`"
            .to_owned()
    })
}

/// Folders to look in.
fn candidates() -> Vec<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut candidates: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    candidates.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    candidates
}

fn has_programs(folder: &Path) -> bool {
    folder.join("postgres").is_file() && folder.join("initdb").is_file()
}

/// The version's numbers: `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` gives 15 and 14. None of a
/// program that can't be run.
fn version(folder: &Path) -> Vec<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let number = text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    let parts = number.unwrap_or_default().split(|part: char| !part.is_ascii_digit());
    parts.map_while(|part| part.parse().ok()).collect()
}

/// PostgreSQL refuses to run as root. The user and group to run it as then, who are made the folder's owners.
pub fn unprivileged_user(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    let owner = fs::metadata(folder).map_err(|error| error.to_string())?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |wanted: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next() == Some(wanted);
            let mut number = |skip| fields.nth(skip).and_then(|field| field.parse::<u32>().ok());
            let ids = (number(1)?, number(0)?);
            found.then_some(ids)
        })
    };
    let Some((uid, gid)) = find("postgres").or_else(|| find("nobody")) else {
        return Err("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`".to_owned());
    };
    chown(folder, Some(uid), Some(gid))
        .map_err(|error| format!("PostgreSQL's folder can't be given away: {error}"))?;
    Ok(Some((uid, gid)))
}
