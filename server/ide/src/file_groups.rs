//! The files of policies in groups.
//!
//! What is put together from all files looks at each of them after every edit, to see whether it says something else. So it
//! is put together by group first: of groups without open files one look at when they have changed last is enough, and
//! there are few of them.

use crate::database::{Db, Project, SourceFile};

/// Files in a group. About the root of how many there are in large projects, so that groups and files of a group are few.
const GROUP: usize = 32;

/// The groups by their numbers, in the order of the files.
pub(crate) fn all(db: &dyn Db, project: Project) -> impl Iterator<Item = usize> + use<> {
    0..project.policies(db).len().div_ceil(GROUP)
}

/// The files of a group.
pub(crate) fn files(db: &dyn Db, project: Project, group: usize) -> &[SourceFile] {
    project.policies(db).chunks(GROUP).nth(group).unwrap_or_default()
}
