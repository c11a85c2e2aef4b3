use pgpe_catalog::Command;

use super::*;
use crate::fixture::{compiled, expected, observed};

fn record() -> Record {
    let wanted = expected(vec![compiled("p", "a")], &[("app", &[Command::Select])]);
    let circumstances = Circumstances { target: "dev".to_owned(), ..Circumstances::default() };
    Record::new(&wanted, &observed(&[], &[]), "hash", None, circumstances)
}

#[test]
fn what_is_stored_is_what_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = record_path(folder.path(), "dev");
    assert_eq!(Record::load(&path).expect("no record"), None);
    let record = record();
    record.store(&path).expect("it can be written");
    assert_eq!(Record::load(&path).expect("a record"), Some(record.clone()));
    // Again, over the old one, with nothing left beside it.
    record.store(&path).expect("it can be written");
    assert_eq!(fs::read_dir(path.parent().expect("a folder")).expect("a folder").count(), 1);
}

#[test]
fn any_name_of_a_target_is_one_file() {
    let path = |target: &str| record_path(Path::new("/p"), target).display().to_string();
    assert_eq!(path("dev"), "/p/.pgpe/applied/dev.json");
    assert_eq!(path("../../etc/x"), "/p/.pgpe/applied/..%2F..%2Fetc%2Fx.json");
    assert_eq!(path(".."), "/p/.pgpe/applied/...json");
    assert_ne!(path("a/b"), path("a%2Fb"));
}

#[test]
fn what_is_no_record_is_not_taken_for_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.json");
    let text = serde_json::to_string(&record()).expect("JSON");
    for bad in ["", "{}", "[]", &text.replacen("\"version\":2", "\"version\":3", 1), &text[..text.len() - 1]]
    {
        fs::write(&path, bad).expect("a file");
        let error = Record::load(&path).expect_err(bad).to_string();
        assert!(error.contains("x.json") && error.contains("remove it"), "{error}");
    }
    assert!(Record::load(folder.path()).is_err());
}

#[test]
fn databases_are_the_same_only_if_nothing_speaks_against_it() {
    let identity = |system: Option<&str>, oid, address: &str| DatabaseIdentity {
        system: system.map(str::to_owned),
        oid,
        address: address.to_owned(),
    };
    let known = identity(Some("7"), 5, "a:1");
    // A server may be reached in several ways.
    assert!(known.is(&identity(Some("7"), 5, "b:1")));
    assert!(!known.is(&identity(Some("8"), 5, "a:1")));
    assert!(!known.is(&identity(Some("7"), 6, "a:1")));
    // If one of the roles could not ask for the number, that leaves the address.
    for other in [identity(None, 5, "a:1"), known.clone()] {
        let unknown = identity(None, 5, "a:1");
        assert!(unknown.is(&other) && other.is(&unknown));
        assert!(!identity(None, 5, "b:1").is(&other));
        assert!(!identity(None, 6, "a:1").is(&other));
    }
}
