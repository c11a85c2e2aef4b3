use std::fs;
use std::time::{Duration, SystemTime};

use pgpe_proof::Sort;
use pgpe_proof::obligation::{ModelValue, Obligation, ObligationHash, Outcome};

use super::{Bounds, UNFINISHED, VerdictCache, key};

fn obligation(number: usize) -> Obligation {
    let script = format!("(declare-const s0 Int)\n(declare-const s1 String)\n(assert (= s0 {number}))\n");
    let hash = ObligationHash::of(&script);
    Obligation {
        script: script.into(),
        symbols: [Sort::Int, Sort::String].into(),
        facts: 0,
        preferences: 0,
        hash,
    }
}

fn model(number: i64, text: &str) -> Outcome {
    let number = num_rational::BigRational::new(number.into(), 3.into());
    Outcome::Satisfiable(vec![ModelValue::Number(number), ModelValue::String(text.to_owned())])
}

fn cache(folder: &tempfile::TempDir) -> VerdictCache {
    VerdictCache::open(folder.path()).unwrap()
}

#[test]
fn decided_outcomes_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = [Outcome::Unsatisfiable(Vec::new()), model(-5, "é\n\"\\u{0}"), model(1 << 40, "")];
    for (number, outcome) in outcomes.iter().enumerate() {
        cache(&folder).put(&obligation(number), outcome);
    }
    for (number, outcome) in outcomes.iter().enumerate() {
        assert_eq!(cache(&folder).get(&obligation(number)).as_ref(), Some(outcome));
    }
    assert_eq!(cache(&folder).get(&obligation(3)), None);
}

#[test]
fn what_is_not_decided_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    cache(&folder).put(&obligation(0), &Outcome::Unknown("no time".to_owned()));
    cache(&folder).put(&obligation(0), &Outcome::Satisfiable(vec![ModelValue::Unreadable; 2]));
    assert_eq!(cache(&folder).get(&obligation(0)), None);
    assert_eq!(fs::read_dir(folder.path().join("verdicts")).unwrap().count(), 0);
}

#[test]
fn everything_that_an_outcome_depends_on_is_in_its_key() {
    let one = obligation(1);
    let others = [
        obligation(2),
        Obligation { preferences: 1, ..one.clone() },
        Obligation { symbols: [Sort::Int].into(), ..one.clone() },
        Obligation { symbols: [Sort::Real, Sort::String].into(), ..one.clone() },
    ];
    for other in others {
        assert_ne!(key(&one), key(&other), "{other:?}");
    }
}

#[test]
fn no_damage_is_taken_for_an_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(&folder);
    cache.put(&obligation(0), &model(7, "text"));
    cache.put(&obligation(1), &Outcome::Unsatisfiable(Vec::new()));
    let path = cache.path(&key(&obligation(0)));
    let whole = fs::read(&path).unwrap();
    let is_refused = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get(&obligation(0)), None, "{what}");
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
    is_refused(&fs::read(cache.path(&key(&obligation(1)))).unwrap(), "another obligation's entry");
    cache.put(&obligation(0), &model(7, "text"));
    assert_eq!(cache.get(&obligation(0)), Some(model(7, "text")), "written anew");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(cache.get(&obligation(0)), None);
    cache.put(&obligation(0), &model(7, "text"));
}

#[test]
fn the_folder_stays_within_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds { entries: 40, bytes: 1 << 20 };
    let cache = VerdictCache::with_bounds(folder.path(), bounds).unwrap();
    for number in 0..60 {
        cache.put(&obligation(number), &Outcome::Unsatisfiable(Vec::new()));
        let age = Duration::from_secs(7200 - 60 * number as u64);
        let file = fs::File::open(cache.path(&key(&obligation(number)))).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
    // The oldest is in use, so it stays.
    assert!(cache.get(&obligation(0)).is_some());
    let foreign = cache.folder.join("notes.txt");
    fs::write(&foreign, "keep me").unwrap();
    let [young, old] = ["a", "b"].map(|name| cache.folder.join(format!("{UNFINISHED}{name}")));
    fs::write(&young, "").unwrap();
    fs::write(&old, "").unwrap();
    fs::File::open(&old).unwrap().set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    cache.evict().unwrap();
    let kept: Vec<usize> = (0..60).filter(|number| cache.get(&obligation(*number)).is_some()).collect();
    assert_eq!(kept, [0].into_iter().chain(31..60).collect::<Vec<_>>());
    assert!(foreign.exists() && young.exists() && !old.exists());
    let bounds = Bounds { entries: 40, bytes: 1000 };
    VerdictCache::with_bounds(folder.path(), bounds).unwrap().evict().unwrap();
    let bytes: u64 = (0..60)
        .filter_map(|number| fs::metadata(cache.path(&key(&obligation(number)))).ok())
        .map(|metadata| metadata.len())
        .sum();
    assert!(bytes > 0 && bytes <= 1000, "{bytes}");
}

#[test]
fn a_folder_that_can_not_be_used_is_no_cache() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(VerdictCache::open(&file).is_none());
}
