use std::fs;

use pgpe_proof::Sort;
use pgpe_proof::obligation::{ModelValue, Obligation, ObligationHash, Outcome};

use super::{VerdictCache, key};

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
    Outcome::Satisfiable([ModelValue::Number(number), ModelValue::String(text.to_owned())].into())
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
    cache(&folder)
        .put(&obligation(0), &Outcome::Satisfiable([ModelValue::Unreadable, ModelValue::Unreadable].into()));
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
fn another_obligation_s_outcome_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cache = cache(&folder);
    cache.put(&obligation(0), &model(7, "text"));
    cache.put(&obligation(1), &Outcome::Unsatisfiable(Vec::new()));
    fs::copy(cache.0.path(&key(&obligation(1))), cache.0.path(&key(&obligation(0)))).unwrap();
    assert_eq!(cache.get(&obligation(0)), None);
    let short = Outcome::Satisfiable([ModelValue::Bool(true)].into());
    cache.put(&obligation(0), &short);
    assert_eq!(cache.get(&obligation(0)), None, "a model of other symbols");
}
