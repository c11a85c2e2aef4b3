//! Where verdicts outlive the process.

use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::arguments::GlobalOptions;

/// Names another folder than the user's own.
const VARIABLE: &str = "PGPE_CACHE_DIR";

/// The folder, unless none is wanted or the user has no home.
pub fn folder(options: &GlobalOptions) -> Option<PathBuf> {
    if options.no_cache {
        return None;
    }
    if let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        return Some(folder.into());
    }
    let user = etcetera::choose_base_strategy().ok()?;
    Some(user.cache_dir().join("pgpe"))
}
