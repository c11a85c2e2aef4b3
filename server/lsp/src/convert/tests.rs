//! URIs, and what is read from a client's introduction.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use pgpe_syntax::ColumnUnit;
use serde_json::{Value, json};
use tower_lsp::ls_types::InitializeParams;

use super::from_proto::{client, file_key, file_path};
use super::to_proto::{Uri, uri};
use crate::client::ClientProfile;
use crate::keys::FileKey;

fn parsed(text: &str) -> Uri {
    Uri::from_str(text).unwrap()
}

fn profile(params: Value) -> ClientProfile {
    client(&serde_json::from_value::<InitializeParams>(params).unwrap())
}

#[cfg(unix)]
#[test]
fn paths_and_uris_lead_to_each_other() {
    for path in ["/a/b.policy", "/größe/a b#?.policy", "/100%/x", "/[a]/{b}:@!$&'()*+,;="] {
        assert_eq!(file_path(&uri(Path::new(path)).unwrap()), Some(PathBuf::from(path)));
    }
    let odd = {
        use std::os::unix::ffi::OsStrExt;
        Path::new(std::ffi::OsStr::from_bytes(b"/\xff\xfe")).to_owned()
    };
    assert_eq!(file_path(&uri(&odd).unwrap()), Some(odd));
}

#[test]
fn a_file_is_one_however_it_is_spelled() {
    let path = FileKey::Path(PathBuf::from("/a b/c:d.policy"));
    for spelled in
        ["file:///a%20b/c%3Ad.policy", "file:///a%20b/c:d.policy", "FILE:///a%20b/x/../c%3ad.policy"]
    {
        assert_eq!(file_key(&parsed(spelled)), path, "{spelled}");
    }
    assert_eq!(file_key(&parsed("untitled:Untitled-1")), FileKey::Other("untitled:Untitled-1".to_owned()));
    assert_eq!(file_key(&parsed("git:/a/b.policy?x")), FileKey::Other("git:/a/b.policy?x".to_owned()));
}

#[test]
fn the_first_encoding_that_both_know_is_chosen() {
    let columns = |offered: Value| {
        profile(json!({ "capabilities": { "general": { "positionEncodings": offered } } })).columns
    };
    assert_eq!(columns(json!(["utf-32", "utf-8", "utf-16"])), ColumnUnit::Utf8);
    assert_eq!(columns(json!(["utf-16", "utf-8"])), ColumnUnit::Utf16);
    assert_eq!(columns(json!(["utf-32"])), ColumnUnit::Utf16);
    let silent = profile(json!({ "capabilities": {} }));
    assert_eq!((silent.columns, silent.negotiates_columns), (ColumnUnit::Utf16, false));
}

#[test]
fn the_folders_come_from_wherever_the_client_names_them() {
    let folders = |params: Value| profile(params).folders;
    let folder = json!({ "uri": "file:///w%20x", "name": "w" });
    assert_eq!(
        folders(json!({ "capabilities": {}, "rootUri": "file:///r", "workspaceFolders": [folder] })),
        [PathBuf::from("/w x")]
    );
    assert_eq!(folders(json!({ "capabilities": {}, "rootUri": "file:///r" })), [PathBuf::from("/r")]);
    assert_eq!(folders(json!({ "capabilities": {}, "rootPath": "/p" })), [PathBuf::from("/p")]);
    assert_eq!(
        folders(json!({ "capabilities": {}, "rootUri": null, "workspaceFolders": null })),
        [] as [PathBuf; 0]
    );
}
