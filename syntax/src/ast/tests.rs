use rowan::ast::{AstNode, support};

use super::*;
use crate::{SyntaxKind, parse, parse_value};

fn sound(text: &str) -> PolicySet {
    let parsed = parse(text);
    assert_eq!(parsed.errors(), [], "{text}");
    parsed.tree()
}

fn all<N: AstNode<Language = crate::PolicyLanguage>>(set: &PolicySet) -> Vec<N> {
    set.syntax().descendants().filter_map(N::cast).collect()
}

fn clause(text: &str) -> PolicySet {
    sound(&format!("POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE {text}"))
}

#[test]
fn every_word_may_be_a_name() {
    for (word, _) in SyntaxKind::WORDS {
        for word in [word.to_ascii_lowercase(), word.to_ascii_uppercase()] {
            let set = sound(&format!(
                "POLICY {word} PERMISSIVE FOR SELECT TO {word}, {word}
                   SELECTOR has_column({word}, {word}) AND in_schema({word})
                   CLAUSE col({word}) = fn({word}, []) AND col({word}) = fn({word}.{word}, [])
                     AND exists(rel({word}, {word}, {word}.{word}, {word}), col({word}) IS NULL)
                     AND exists(rel({word}, ({word}, {word}), {word}, ({word}, {word})), col({word}) IS NULL)
                 POLICY second RESTRICTIVE FOR ALL SELECTOR ALL CLAUSE col({word}) = lit(1)
                 GRANT SELECT TO {word} SELECTOR has_column({word})"
            ));
            assert_eq!(set.policies().count(), 2, "{word}");
            assert_eq!(set.policies().next().unwrap().name_text().unwrap(), word);
            let names = all::<Name>(&set);
            assert!(names.iter().all(|it| [word.as_str(), "second"].contains(&it.text().as_str())));
            assert!(names.iter().all(|it| it.token().unwrap().kind() == SyntaxKind::IDENT));
        }
    }
}

#[test]
fn names_are_the_same_bare_and_as_strings() {
    let set = clause("col(tenant_id) = lit(1) AND col('tenant_id') = lit(1) AND col('it''s') = lit(1)");
    let names: Vec<_> = all::<ColumnValue>(&set).iter().filter_map(HasName::name_text).collect();
    assert_eq!(names, ["tenant_id", "tenant_id", "it's"]);
}

#[test]
fn strings_lose_their_quotes() {
    for (token, text) in [
        ("'a'", "a"),
        ("''", ""),
        ("''''", "'"),
        ("'a''b'", "a'b"),
        ("'a", "a"),
        ("'", ""),
        ("\"a'b\"", "a'b"),
        ("\"", ""),
        ("bare", "bare"),
    ] {
        assert_eq!(unquote_string(token), text, "{token}");
    }
    for text in ["", "'", "a'b''c", "ü"] {
        assert_eq!(unquote_string(&quote_string(text)), text);
    }
}

#[test]
fn policies_have_types_commands_and_roles() {
    let set = sound(
        "POLICY a PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(x) = lit(1)
         POLICY b RESTRICTIVE FOR delete, Select TO r, 's' SELECTOR ALL CLAUSE col(x) = lit(1)
         GRANT insert, update TO r SELECTOR ALL",
    );
    let [a, b] = &set.policies().collect::<Vec<_>>()[..] else { panic!() };
    assert!(!a.policy_type().unwrap().is_restrictive() && b.policy_type().unwrap().is_restrictive());
    let (all, some) = (a.command_list().unwrap(), b.command_list().unwrap());
    assert!(all.is_all() && !some.is_all());
    assert_eq!(all.kinds().collect::<Vec<_>>(), CommandKind::ALL);
    assert_eq!(some.kinds().collect::<Vec<_>>(), [CommandKind::Delete, CommandKind::Select]);
    let roles: Vec<_> = b.role_list().unwrap().names().map(|it| it.text()).collect();
    assert_eq!(roles, ["r", "s"]);
    assert!(a.role_list().is_none() && a.check_block().is_none());
    let grant = set.grants().next().unwrap();
    assert_eq!(grant.kinds().collect::<Vec<_>>(), [CommandKind::Insert, CommandKind::Update]);
}

#[test]
fn operators_have_kinds() {
    use CompareOpKind::*;
    let cases = [
        ("=", Eq),
        ("!=", Ne),
        ("<>", Ne),
        ("<", Lt),
        ("<=", Le),
        (">", Gt),
        (">=", Ge),
        ("LIKE", Like),
        ("not /* c */ like", NotLike),
    ];
    for (text, kind) in cases {
        let set = clause(&format!("col(a) {text} lit('x')"));
        assert_eq!(all::<CompareOp>(&set)[0].kind(), Some(kind), "{text}");
    }
    for (text, kind) in [("IN", In), ("NOT IN", NotIn)] {
        let set = clause(&format!("col(a) {text} lit(['x'])"));
        assert_eq!(all::<CompareOp>(&set)[0].kind(), Some(kind), "{text}");
        assert!(kind.takes_list());
    }
    let broken = parse("POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) == lit(1)").tree();
    assert_eq!(all::<CompareOp>(&broken)[0].kind(), Some(Eq));
}

#[test]
fn null_tests_are_negated_or_not() {
    let set = clause("col(a) IS NULL AND col(b) is not null");
    let negated: Vec<_> = all::<NullAtom>(&set).iter().map(NullAtom::is_negated).collect();
    assert_eq!(negated, [false, true]);
}

#[test]
fn literals_have_values() {
    let set = clause("col(a) IN lit(['it''s', -9223372036854775808, 007, TRUE, false, Null])");
    let values: Vec<_> = all::<ScalarLiteral>(&set).iter().filter_map(ScalarLiteral::value).collect();
    assert_eq!(
        values,
        [
            LiteralKind::String("it's".to_owned()),
            LiteralKind::Integer(Ok(i64::MIN)),
            LiteralKind::Integer(Ok(7)),
            LiteralKind::True,
            LiteralKind::False,
            LiteralKind::Null,
        ]
    );
}

#[test]
fn comparisons_have_sides_and_selectors_operands() {
    let set = sound(
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('a') OR NOT tagged('b') AND ALL CLAUSE lit(1) < col(x)",
    );
    let atom = &all::<CompareAtom>(&set)[0];
    assert!(matches!(atom.lhs(), Some(Value::LiteralValue(_))));
    assert!(matches!(atom.rhs(), Some(Value::ColumnValue(_))));
    let Some(Selector::OrSelector(or)) = set.policies().next().unwrap().selector_clause().unwrap().selector()
    else {
        panic!()
    };
    let Some(Selector::NamedSelector(named)) = or.lhs() else { panic!() };
    assert_eq!(named.pattern_text().unwrap(), "a");
    let Some(Selector::AndSelector(and)) = or.rhs() else { panic!() };
    assert!(matches!(and.lhs(), Some(Selector::NotSelector(_))));
    assert!(matches!(and.rhs(), Some(Selector::AllSelector(_))));
}

#[test]
fn operators_of_one_kind_nest_to_the_left() {
    let set = sound("GRANT SELECT TO r SELECTOR named('a') AND named('b') AND named('c')");
    let and = &all::<AndSelector>(&set)[0];
    assert!(matches!(and.lhs(), Some(Selector::AndSelector(_))));
    assert_eq!(and.rhs().unwrap().syntax().text(), "named('c')");
}

#[test]
fn relations_have_two_ends() {
    let set = clause(
        "exists(rel(_, a, s.t, b), col(x) = lit(1)) AND exists(rel(u, (a, b), 'T', (c, d)), {col(x) = lit(1)})",
    );
    let [first, second] = &all::<Rel>(&set)[..] else { panic!() };
    assert!(first.rel_source().unwrap().is_wildcard());
    assert_eq!(second.rel_source().unwrap().name_text().unwrap(), "u");
    let target = first.target().unwrap();
    assert_eq!((target.qualifier().unwrap().text(), target.name().unwrap().text()), ("s".into(), "t".into()));
    let target = second.target().unwrap();
    assert_eq!((target.qualifier(), target.name().unwrap().text()), (None, "T".into()));
    let columns = |it: Option<Columns>| it.unwrap().names().map(|it| it.text()).collect::<Vec<_>>();
    assert_eq!(columns(second.source_columns()), ["a", "b"]);
    assert_eq!(columns(second.target_columns()), ["c", "d"]);
    let braces: Vec<_> = all::<TraversalClause>(&set).iter().map(TraversalClause::has_braces).collect();
    assert_eq!(braces, [false, true]);
}

#[test]
fn a_lone_value_is_read() {
    let parsed = parse_value(" session('app.tenant_id') -- comment");
    assert_eq!(parsed.errors(), []);
    let Some(Value::SessionValue(session)) = parsed.value() else { panic!() };
    assert_eq!(session.key_text().unwrap(), "app.tenant_id");
    for text in ["", "session('a') session('b')", "POLICY", "app.tenant_id", "session('')"] {
        assert!(!parse_value(text).errors().is_empty(), "{text}");
    }
}

#[test]
fn a_name_after_a_dot_may_be_missing() {
    let set =
        parse("POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE exists(rel(_, a, s., b), col(x) = lit(1))")
            .tree();
    let target = all::<Rel>(&set)[0].target().unwrap();
    assert_eq!((target.qualifier().unwrap().text(), target.name()), ("s".into(), None));
    assert!(support::token(target.syntax(), SyntaxKind::DOT).is_some());
}

#[test]
fn words_are_told_from_other_kinds() {
    for kind in SyntaxKind::ALL {
        assert_eq!(kind.is_word(), SyntaxKind::WORDS.iter().any(|it| it.1 == *kind), "{kind:?}");
    }
}

#[test]
fn results_can_be_kept_and_sent() {
    fn assert_fit<T: Clone + PartialEq + Eq + Send + Sync + 'static>() {}
    assert_fit::<crate::Parse>();
    assert_fit::<crate::ValueParse>();
    assert_fit::<crate::LineIndex>();
    assert_fit::<crate::Suppression>();
    assert_eq!(parse("POLICY p"), parse("POLICY p"));
}
