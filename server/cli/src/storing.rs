//! Writing files that the user has asked for.

use std::path::Path;

use anyhow::Context;

/// Writes a file as [`pgpe_storing::replace`] does, or says what to do.
pub fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    pgpe_storing::replace(path, text).with_context(|| {
        format!("{} can't be written: check that the folder exists and is writable", path.display())
    })
}
