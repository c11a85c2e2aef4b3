//! Paths as text: without `.` and `..`, and relative to a root.

use std::path::{Component, Path, PathBuf};

/// Takes `.` and `..` out of an absolute path, by its text alone: symbolic links stay, so that the path is
/// the one that an editor knows.
pub fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// The way from a root to a file, with `/`; both absolute and normal. `..` leads out of the root.
pub fn relative_path(root: &Path, path: &Path) -> String {
    let shared = root.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = root.components().skip(shared).map(|_| "..".to_owned());
    let down = path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}
