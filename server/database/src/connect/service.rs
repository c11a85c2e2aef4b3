//! The service file, in which connection parameters have a name.

use std::path::PathBuf;

use super::environment::Environment;
use crate::error::DatabaseError;

/// The parameters of a service, from the user's own file or that of the system.
pub(super) fn parameters(
    target: &str,
    service: &str,
    file: Option<&str>,
    environment: &Environment,
) -> Result<Vec<(String, String)>, DatabaseError> {
    let files = files(file, environment);
    for path in &files {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        if let Some(found) = section(&text, service) {
            return Ok(found);
        }
    }
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    Err(DatabaseError::UnknownService {
        target: target.to_owned(),
        service: service.to_owned(),
        files: files.join(" and "),
    })
}

fn files(file: Option<&str>, environment: &Environment) -> Vec<PathBuf> {
    let own = file.or(environment.get("PGSERVICEFILE")).map(PathBuf::from);
    let own = own.or_else(|| environment.home_file(".pg_service.conf"));
    let system = match environment.get("PGSYSCONFDIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from("/etc/postgresql-common"),
    };
    own.into_iter().chain([system.join("pg_service.conf")]).collect()
}

/// What stands under `[service]`.
fn section(text: &str, service: &str) -> Option<Vec<(String, String)>> {
    let mut lines = text.lines().map(str::trim);
    let heading = format!("[{service}]");
    lines.find(|line| *line == heading)?;
    let own = lines.take_while(|line| !line.starts_with('['));
    let pairs = own.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    Some(pairs.map(|(keyword, value)| (keyword.trim().to_owned(), value.trim().to_owned())).collect())
}
