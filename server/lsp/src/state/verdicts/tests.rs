use std::collections::HashSet;
use std::sync::Arc;

use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};

use super::Verdicts;

fn obligation(script: &str) -> Obligation {
    Obligation {
        script: Arc::from(script),
        symbols: Arc::from([]),
        facts: 0,
        preferences: 0,
        hash: ObligationHash::of(script),
    }
}

fn unknown() -> Outcome {
    Outcome::Unknown("gave up".to_owned())
}

#[test]
fn a_verdict_holds_for_its_obligation_alone() {
    let verdicts = Verdicts::default();
    assert!(verdicts.learn(obligation("a"), Outcome::Unsatisfiable(Vec::new()), 1));
    assert_eq!(verdicts.known(&obligation("a")), Some(Outcome::Unsatisfiable(Vec::new())));
    assert_eq!(verdicts.known(&obligation("b")), None);
}

#[test]
fn what_is_unknown_stays_on_screen_and_is_tried_again_after_changes() {
    let verdicts = Verdicts::default();
    let a = obligation("a");
    let consulted = HashSet::from([a.hash]);
    assert!(verdicts.learn(a.clone(), unknown(), 1));
    assert!(verdicts.failed_once(&a.hash) && is_unknown(&verdicts, &a));
    assert!(verdicts.to_retry(&consulted, 1).is_empty(), "nothing has changed");
    assert_eq!(verdicts.to_retry(&consulted, 2), vec![a.clone()]);
    assert!(verdicts.to_retry(&consulted, 2).is_empty(), "it is being tried");
    assert_eq!(verdicts.known(&a), Some(unknown()));
    assert!(!verdicts.learn(a.clone(), unknown(), 2), "the same again");
    assert_eq!(verdicts.to_retry(&consulted, 3), vec![a.clone()]);
    assert!(!verdicts.learn(a.clone(), unknown(), 3));
    assert!(verdicts.to_retry(&consulted, 4).is_empty(), "enough");
}

#[test]
fn a_late_verdict_replaces_unknown() {
    let verdicts = Verdicts::default();
    let a = obligation("a");
    verdicts.learn(a.clone(), unknown(), 1);
    assert!(verdicts.learn(a.clone(), Outcome::Unsatisfiable(Vec::new()), 2));
    assert!(!is_unknown(&verdicts, &a));
    assert_eq!(verdicts.known(&a), Some(Outcome::Unsatisfiable(Vec::new())));
}

fn is_unknown(verdicts: &Verdicts, obligation: &Obligation) -> bool {
    matches!(verdicts.known(obligation), Some(Outcome::Unknown(_)))
}
