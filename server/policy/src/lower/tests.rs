use expect_test::expect;
use pgpe_catalog::Command;

use super::lower_value;
use crate::fixture::{self, policies};
use crate::source::{AtomKind, CommandSet, Policy, PolicyKind, Selector, Value};

fn policy(text: &str) -> Policy {
    policies(text).remove(0).0
}

#[test]
fn a_whole_policy() {
    let text = "-- before\nPOLICY own RESTRICTIVE FOR SELECT, UPDATE TO staff, 'my role'
        SELECTOR has_column('id', uuid) AND NOT named('x%')
        CLAUSE col(a) = session('k') AND lit([1, 'b', null]) IN lit([true])
        OR CLAUSE exists(rel(_, (a, b), s.t, (c, d)), {fn(f, [col(x)]) IS NOT NULL})
        WITH CHECK CLAUSE col(b) LIKE lit('x')";
    let (policy, item) = policies(text).remove(0);
    assert_eq!(policy.name.value, "own");
    assert_eq!(&item[policy.name.range], "own");
    assert_eq!(policy.kind, Some(PolicyKind::Restrictive));
    assert_eq!(policy.commands, Some(CommandSet::default().with(Command::Select).with(Command::Update)));
    let roles: Vec<&str> = policy.roles.iter().map(|role| role.value.as_str()).collect();
    assert_eq!(roles, ["staff", "my role"]);
    let selector = policy.selector.as_ref().unwrap();
    assert_eq!(&item[selector.range], "has_column('id', uuid) AND NOT named('x%')");
    assert!(matches!(&selector.value, Selector::And(left, right)
        if matches!(**left, Selector::HasColumn { ty: Some(_), .. }) && matches!(**right, Selector::Not(_))));
    assert_eq!(policy.clauses.len(), 2);
    assert_eq!(&item[policy.check.unwrap().range], "WITH CHECK CLAUSE col(b) LIKE lit('x')");
    let Some(AtomKind::Exists { rel, clause }) = &policy.clauses[1].atoms[0].kind else { panic!("exists") };
    assert_eq!(&item[rel.range], "rel(_, (a, b), s.t, (c, d))");
    assert_eq!((rel.source.is_none(), rel.source_columns.len()), (true, 2));
    assert_eq!(&item[clause.range], "fn(f, [col(x)]) IS NOT NULL");
    assert!(matches!(&clause.atoms[0].kind, Some(AtomKind::Null { negated: true, value })
        if matches!(value.value, Value::Function { .. })));
}

#[test]
fn ranges_do_not_depend_on_what_stands_before() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) IS NULL";
    assert_eq!(policy(text), policy(&format!("-- a comment\n\n{text}")));
}

#[test]
fn unreadable_parts_are_none() {
    let clause = "CLAUSE col(a) IS NULL";
    for header in ["POLICY p", "POLICY p PERMISIVE", "POLICY p bar"] {
        let kind = policy(&format!("{header} FOR ALL SELECTOR ALL {clause} foo"));
        assert_eq!((kind.kind, kind.broken), (None, true), "{header}");
        assert_eq!(kind.commands, Some(CommandSet::ALL), "{header} says nothing about the commands");
        assert!(kind.selector.is_some(), "{header} says nothing about the tables");
    }
    for commands in ["", "FOR", "FOR SELECT, UPDAT", "FOR SELECT, FOO", "FOR SELECT,", "FOR SELECT bar"] {
        let policy = policy(&format!("POLICY p PERMISSIVE {commands} SELECTOR ALL {clause}"));
        assert_eq!(policy.commands, None, "{commands}");
        assert!(policy.selector.is_some(), "{commands}");
    }
    for selector in [
        "",
        "SELECTOR",
        "SELECTOR named('a') OR",
        "SELECTOR named('a') named('b')",
        "SELECTOR named('a'",
        "SELECTOR named(a)",
        "SELECTOR named('a') OR namd",
        "SELECTOR (named('a') OR named('b')",
        "SELECTOR has_column(a,)",
        "SELECTOR NOT",
        "SELECTOR ALL foo",
        "SELECTOR ALL SELECTOR named('b')",
    ] {
        let policy = policy(&format!("POLICY p PERMISSIVE FOR ALL {selector} {clause}"));
        assert_eq!(policy.selector, None, "{selector}");
    }
}

#[test]
fn unreadable_conditions_spoil_only_themselves() {
    for (atom, count) in [
        ("col(a) =", 1),
        ("= lit(1)", 1),
        ("col(a) == lit(1)", 1),
        ("col() = lit(1)", 1),
        ("col(a) = lit(99999999999999999999)", 1),
        ("col(a) IS", 1),
        ("col(a) ~ lit(1)", 1),
        ("exists({col(a) IS NULL})", 1),
        ("exists(rel(_, (a, b), t, c), {col(a) IS NULL})", 1),
        ("exists(rel(_, a, t, c))", 1),
    ] {
        let text = format!("POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE {atom} OR CLAUSE col(b) IS NULL");
        let policy = policy(&text);
        assert!(policy.broken, "{atom}");
        let unread = policy.clauses[0].atoms.iter().filter(|atom| atom.kind.is_none()).count();
        // A misspelt operator is understood, and only the policy as a whole is broken.
        let understood = usize::from(!atom.contains("=="));
        assert!(unread >= count * understood, "{atom}: {:?}", policy.clauses[0]);
        let last = policy.clauses.last().unwrap();
        assert!(matches!(last.atoms[0].kind, Some(AtomKind::Null { .. })), "{atom}");
    }
}

#[test]
fn grants() {
    let (grant, text) = fixture::grants("GRANT SELECT, INSERT TO app SELECTOR named('a')").remove(0);
    let commands: Vec<Command> = grant.commands.iter().collect();
    assert_eq!(commands, [Command::Select, Command::Insert]);
    assert_eq!(&text[grant.roles[0].range], "app");
    assert_eq!(&text[grant.selector.unwrap().range], "named('a')");
    assert!(!grant.broken);
}

#[test]
fn a_lone_value() {
    let parse = pgpe_syntax::parse_value("session('app.tenant_id')");
    let value = lower_value(&parse.value().unwrap());
    expect![[r#"
        Some(
            Session(
                Spanned {
                    value: "app.tenant_id",
                    range: 8..23,
                },
            ),
        )
    "#]]
    .assert_debug_eq(&value);
}
