#![allow(clippy::unwrap_used)]

use std::fs;
use std::time::{Duration, SystemTime};

use super::{Bounds, Cache, Kind, UNFINISHED};

const KIND: Kind = Kind {
    folder: "things",
    magic: "thing 1",
    extension: "thing",
    largest: 4000,
    bounds: Bounds { entries: 40, bytes: 1 << 20 },
};

fn cache(folder: &tempfile::TempDir) -> Cache {
    Cache::open(folder.path(), KIND).unwrap()
}

#[test]
fn texts_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let texts = ["", "one\n\"two\"", "é\0\n"];
    for (number, text) in texts.iter().enumerate() {
        cache(&folder).put(&number.to_string(), text);
    }
    for (number, text) in texts.iter().enumerate() {
        assert_eq!(cache(&folder).get(&number.to_string()).as_deref(), Some(*text));
    }
    assert_eq!(cache(&folder).get("3"), None);
    cache(&folder).put("large", &"x".repeat(KIND.largest));
    assert_eq!(cache(&folder).get("large"), None);
}

#[test]
fn no_damage_is_taken_for_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(&folder);
    cache.put("one", "text\nand more");
    cache.put("two", "another");
    let path = cache.path("one");
    let whole = fs::read(&path).unwrap();
    let is_refused = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get("one"), None, "{what}");
    };
    for length in 0..whole.len() {
        is_refused(&whole[..length], "cut off");
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        is_refused(&flipped, "a bit flipped");
    }
    is_refused(&vec![0; 4096], "zeros, as a crash of the machine leaves them");
    is_refused(&[0xff; 10], "not text");
    is_refused(&[whole.as_slice(), b" "].concat(), "more than was written");
    is_refused(&fs::read(cache.path("two")).unwrap(), "another key's entry");
    cache.put("one", "text");
    assert_eq!(cache.get("one").as_deref(), Some("text"), "written anew");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(cache.get("one"), None);
    cache.put("one", "text");
}

#[test]
fn the_folder_stays_within_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(&folder);
    for number in 0..60 {
        let key = number.to_string();
        cache.put(&key, "some text");
        let age = Duration::from_secs(7200 - 60 * number);
        fs::File::open(cache.path(&key)).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }
    // The oldest is in use, so it stays.
    assert!(cache.get("0").is_some());
    let foreign = cache.folder.join("notes.txt");
    fs::write(&foreign, "keep me").unwrap();
    let [young, old] = ["a", "b"].map(|name| cache.folder.join(format!("{UNFINISHED}{name}")));
    fs::write(&young, "").unwrap();
    fs::write(&old, "").unwrap();
    fs::File::open(&old).unwrap().set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    cache.evict().unwrap();
    let kept: Vec<usize> = (0..60).filter(|number| cache.get(&number.to_string()).is_some()).collect();
    assert_eq!(kept, [0].into_iter().chain(31..60).collect::<Vec<_>>());
    assert!(foreign.exists() && young.exists() && !old.exists());
    let small = Kind { bounds: Bounds { entries: 40, bytes: 1000 }, ..KIND };
    Cache::open(folder.path(), small).unwrap().evict().unwrap();
    let sizes = (0..60).filter_map(|number| fs::metadata(cache.path(&number.to_string())).ok());
    let bytes: u64 = sizes.map(|metadata| metadata.len()).sum();
    assert!(bytes > 0 && bytes <= 1000, "{bytes}");
}

#[test]
fn a_folder_that_can_not_be_used_is_no_cache() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Cache::open(&file, KIND).is_err());
}
