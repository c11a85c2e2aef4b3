//! Finds a project's files on disk and reads them, for the command line and the language server alike.
//!
//! [`Project::discover`] does it all at once. A server that keeps texts of its own takes the steps apart:
//! [`Location`] says where the project is, [`Layout`] what belongs to it.

mod error;
mod layout;
mod load;
mod paths;
mod pattern;
mod read;

pub use error::ProjectError;
pub use layout::{CONFIG_FILE, DEFAULT_SCHEMA_FILE, Layout, Location, target_snapshot};
pub use load::{LoadedFile, LoadedProject, Project};
pub use paths::{normalize, relative_path};
pub use pgpe_ide::FileRole;
pub use read::{MAX_FILE_BYTES, check_size, read_text};

#[cfg(test)]
mod tests;
