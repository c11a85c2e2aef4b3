//! One screen about everything.

use crate::example::Example;

#[test]
fn before_and_after_an_apply_and_with_drift() {
    let example = Example::isolated();
    let status = |code: i32| {
        let run = example.pgpe(&["status", "--target", "dev"]).exits(code);
        let lines: Vec<String> = run.out.lines().map(str::to_owned).collect();
        lines
    };
    let before = status(1);
    assert!(before.contains(&"policies   1 in force".to_owned()), "{before:?}");
    assert!(before.contains(&"coverage   1 of 2 tables governed".to_owned()), "{before:?}");
    assert!(before.contains(&"           not governed: public.tasks".to_owned()), "{before:?}");
    assert!(before.contains(&"isolation  4 proven, 0 failed, 0 unknown".to_owned()), "{before:?}");
    assert!(before.contains(&"applied    never from here".to_owned()), "{before:?}");
    assert!(
        before.iter().any(|line| line.starts_with("drift      3 differences: 2 critical, 1 high")),
        "{before:?}"
    );
    let example = &example;
    example.pgpe(&["apply", "--target", "dev", "--yes"]).exits(0);
    let after = status(0);
    assert!(after.contains(&"drift      none".to_owned()), "{after:?}");
    assert!(
        after.iter().any(|line| line.starts_with("applied    2") && line.contains(" as postgres")),
        "{after:?}"
    );
    let json = example.pgpe(&["status", "--target", "dev", "--format", "json"]).exits(0).json();
    assert_eq!(json["target"]["drift"]["critical"], 0);
    assert_eq!(json["isolation"]["proven"], 4);
}
