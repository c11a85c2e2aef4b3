//! Comparisons: casts, operators, literals and session settings.

use expect_test::{Expect, expect};
use pgpe_config::MissingSetting;

use super::*;
use crate::compile_clauses;

fn check(atoms: impl IntoIterator<Item = Atom>, expected: &Expect) {
    let lines: Vec<String> = atoms.into_iter().map(|atom| sql(atom) + "\n").collect();
    expected.assert_eq(&lines.concat());
}

fn literal(literal: Literal) -> Operand {
    Operand::Literal(literal)
}

fn is_in(operand: Operand, negated: bool, list: impl IntoIterator<Item = Literal>, ty: &ColumnType) -> Atom {
    Atom::In { operand, negated, list: list.into_iter().collect(), ty: Some(ty.clone()) }
}

fn like(operand: Operand, pattern: Operand, ty: &ColumnType) -> [Atom; 2] {
    [false, true].map(|negated| Atom::Like {
        operand: operand.clone(),
        negated,
        pattern: pattern.clone(),
        ty: Some(ty.clone()),
    })
}

fn citext() -> ColumnType {
    plain(BaseType::Citext { schema: "ext".to_owned() })
}

fn mood() -> BaseType {
    BaseType::Enum(QualifiedName::new("public", "Mood"))
}

fn other(display: &str) -> ColumnType {
    plain(BaseType::Other(display.to_owned()))
}

#[test]
fn settings_are_cast_to_the_columns_base_type() {
    let types = [
        text(),
        plain(BaseType::Varchar),
        plain(BaseType::Char),
        plain(BaseType::Name),
        citext(),
        plain(BaseType::SmallInt),
        plain(BaseType::BigInt),
        plain(BaseType::Numeric),
        plain(BaseType::Double),
        plain(BaseType::Boolean),
        uuid(),
        plain(BaseType::Date),
        plain(BaseType::TimestampTz),
        plain(mood()),
        domain_over(mood()),
        domain_over(BaseType::Uuid),
        other("bit"),
        other("public.geometry"),
        other("ext.hstore"),
    ];
    check(
        types.iter().map(|ty| equal(column("c", ty), setting("app.k"), ty)),
        &expect![[r#"
        c = current_setting('app.k')
        c = current_setting('app.k')
        c = current_setting('app.k')::bpchar
        c = current_setting('app.k')::name
        c OPERATOR(ext.=) current_setting('app.k')::ext.citext
        c = current_setting('app.k')::smallint
        c = current_setting('app.k')::bigint
        c = current_setting('app.k')::numeric
        c = current_setting('app.k')::double precision
        c = current_setting('app.k')::boolean
        c = current_setting('app.k')::uuid
        c = current_setting('app.k')::date
        c = current_setting('app.k')::timestamp with time zone
        c = current_setting('app.k')::public."Mood"
        c::public."Mood" = current_setting('app.k')::public."Mood"
        c = current_setting('app.k')::uuid
        c = current_setting('app.k')::"bit"
        c = current_setting('app.k')::public.geometry
        c OPERATOR(ext.=) current_setting('app.k')::ext.hstore
    "#]],
    );
}

#[test]
fn what_a_missing_setting_does() {
    let atom = equal(column("tenant_id", &uuid()), setting("app.tenant_id"), &uuid());
    let own = own_tenant();
    let mut lines = String::new();
    for missing in [MissingSetting::Error, MissingSetting::Deny] {
        for initplan in [false, true] {
            for atom in [&atom, &own] {
                let clauses = one(atom.clone());
                let session = Session { missing, initplan };
                lines += &compile_clauses(&table("tasks"), &clauses, &catalog(), session);
                lines += "\n";
            }
        }
    }
    expect![[r#"
        tenant_id = current_setting('app.tenant_id')::uuid
        tenant_id = current_setting('app.tenant_id')
        tenant_id = (SELECT current_setting('app.tenant_id')::uuid)
        tenant_id = (SELECT current_setting('app.tenant_id'))
        tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        tenant_id = nullif(current_setting('app.tenant_id', true), '')
        tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)
        tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), ''))
    "#]]
    .assert_eq(&lines);
}

#[test]
fn the_keys_of_settings_are_literals() {
    check(
        [equal(column("c", &text()), setting("app.it's \\ odd"), &text())],
        &expect![[r#"
        c = current_setting(E'app.it''s \\ odd')
    "#]],
    );
}

#[test]
fn literals_beside_columns_take_their_type() {
    let cases = [
        (text(), string("it's")),
        (text(), string("back\\slash")),
        (plain(BaseType::Varchar), string("x")),
        (plain(BaseType::Char), string("x ")),
        (citext(), string("x")),
        (plain(BaseType::SmallInt), Literal::Integer(-5)),
        (plain(BaseType::BigInt), Literal::Integer(i64::MAX)),
        (plain(BaseType::BigInt), Literal::Integer(i64::MIN)),
        (plain(BaseType::Numeric), Literal::Integer(i64::MIN)),
        (plain(BaseType::Integer), string("12")),
        (plain(BaseType::Real), Literal::Integer(16_777_216)),
        (plain(BaseType::Real), Literal::Integer(16_777_217)),
        (plain(BaseType::Double), Literal::Integer(16_777_217)),
        (plain(BaseType::Boolean), Literal::Boolean(true)),
        (plain(BaseType::Boolean), string("yes")),
        (uuid(), string("7d4f4b6e-3a0c-4c3e-9a55-2f6f0f3f8f11")),
        (plain(BaseType::TimestampTz), string("2024-01-01 00:00:00+00")),
        (plain(mood()), string("so so")),
        (domain_over(mood()), string("so so")),
        (other("inet"), string("10.0.0.1")),
        (other("money"), Literal::Integer(5)),
        (other("public.pair"), string("(1,2)")),
        (other("ext.hstore"), string("a=>1")),
        (text(), Literal::Null),
    ];
    check(
        cases.map(|(ty, value)| equal(column("c", &ty), literal(value), &ty)),
        &expect![[r#"
        c = 'it''s'
        c = E'back\\slash'
        c = 'x'
        c = 'x '
        c OPERATOR(ext.=) 'x'
        c = -5
        c = 9223372036854775807
        c = '-9223372036854775808'::bigint
        c = '-9223372036854775808'::numeric
        c = '12'
        c = 16777216
        c = '16777217'
        c = 16777217
        c = true
        c = 'yes'
        c = '7d4f4b6e-3a0c-4c3e-9a55-2f6f0f3f8f11'
        c = '2024-01-01 00:00:00+00'
        c = 'so so'
        c::public."Mood" = 'so so'
        c = '10.0.0.1'
        c = '5'
        c = '(1,2)'::public.pair
        c OPERATOR(ext.=) 'a=>1'::ext.hstore
        c = NULL
    "#]],
    );
}

#[test]
fn every_operator() {
    use CompareOp::{Eq, Ge, Gt, In, Le, Lt, Ne};
    let integer = plain(BaseType::Integer);
    let numbers = [Eq, Ne, Lt, Le, Gt, Ge]
        .map(|op| compare(column("n", &integer), op, literal(Literal::Integer(1)), &integer));
    let texts = [Eq, Ne, Lt].map(|op| compare(column("c", &citext()), op, literal(string("x")), &citext()));
    check(
        numbers.into_iter().chain(texts),
        &expect![[r#"
        n = 1
        n <> 1
        n < 1
        n <= 1
        n > 1
        n >= 1
        c OPERATOR(ext.=) 'x'
        c OPERATOR(ext.<>) 'x'
        c OPERATOR(ext.<) 'x'
    "#]],
    );
    // Not a comparison: must not let a row pass.
    check(
        [compare(column("n", &integer), In, literal(Literal::Integer(1)), &integer)],
        &expect![["false\n"]],
    );
}

#[test]
fn columns_of_different_types() {
    let cases = [
        (citext(), text(), text()),
        (plain(BaseType::Char), plain(BaseType::Varchar), text()),
        (plain(BaseType::SmallInt), plain(BaseType::BigInt), plain(BaseType::BigInt)),
        (plain(BaseType::Integer), plain(BaseType::Numeric), plain(BaseType::Numeric)),
        (plain(BaseType::Date), plain(BaseType::TimestampTz), plain(BaseType::TimestampTz)),
        (domain_over(mood()), plain(mood()), plain(mood())),
    ];
    check(
        cases.map(|(left, right, ty)| equal(column("a", &left), column("b", &right), &ty)),
        &expect![[r#"
        a::text = b
        a::text = b
        a = b
        a = b
        a = b
        a::public."Mood" = b
    "#]],
    );
    // Beside a timestamp, the offset of an untyped literal would be ignored.
    let moment = literal(string("2024-01-01 00:00:00+00"));
    let timestamptz = plain(BaseType::TimestampTz);
    check(
        [equal(column("a", &plain(BaseType::Timestamp)), moment, &timestamptz)],
        &expect![[r#"
        a = '2024-01-01 00:00:00+00'::timestamp with time zone
    "#]],
    );
}

#[test]
fn lists() {
    let integer = plain(BaseType::Integer);
    let numbers = || [Literal::Integer(-1), Literal::Integer(2)];
    let words = || [string("a"), string("it's")];
    let lists = [false, true].into_iter().flat_map(|negated| {
        [
            is_in(column("n", &integer), negated, numbers(), &integer),
            is_in(column("c", &text()), negated, words(), &text()),
            is_in(column("c", &citext()), negated, words(), &citext()),
            is_in(column("c", &plain(mood())), negated, words(), &plain(mood())),
            is_in(column("c", &domain_over(mood())), negated, words(), &plain(mood())),
            is_in(column("c", &other("public.pair")), negated, words(), &other("public.pair")),
            is_in(column("c", &other("ext.hstore")), negated, words(), &other("ext.hstore")),
            is_in(setting("app.k"), negated, words(), &text()),
            is_in(setting("app.k"), negated, numbers(), &integer),
        ]
    });
    check(
        lists,
        &expect![[r#"
        n IN (-1, 2)
        c IN ('a', 'it''s')
        c OPERATOR(ext.=) ANY (ARRAY['a', 'it''s']::ext.citext[])
        c IN ('a', 'it''s')
        c::public."Mood" IN ('a', 'it''s')
        c IN ('a'::public.pair, 'it''s'::public.pair)
        c OPERATOR(ext.=) ANY (ARRAY['a', 'it''s']::ext.hstore[])
        current_setting('app.k') IN ('a', 'it''s')
        current_setting('app.k')::integer IN (-1, 2)
        n NOT IN (-1, 2)
        c NOT IN ('a', 'it''s')
        c OPERATOR(ext.<>) ALL (ARRAY['a', 'it''s']::ext.citext[])
        c NOT IN ('a', 'it''s')
        c::public."Mood" NOT IN ('a', 'it''s')
        c NOT IN ('a'::public.pair, 'it''s'::public.pair)
        c OPERATOR(ext.<>) ALL (ARRAY['a', 'it''s']::ext.hstore[])
        current_setting('app.k') NOT IN ('a', 'it''s')
        current_setting('app.k')::integer NOT IN (-1, 2)
    "#]],
    );
    // Can't occur; either way no row may pass.
    check(
        [false, true].map(|negated| is_in(column("c", &text()), negated, [], &text())),
        &expect![[r#"
        false
        false
    "#]],
    );
}

#[test]
fn patterns() {
    let pattern = || literal(string("a\\_%"));
    let (char_n, name) = (plain(BaseType::Char), plain(BaseType::Name));
    let atoms = [
        like(column("c", &text()), pattern(), &text()),
        like(column("c", &citext()), pattern(), &citext()),
        like(column("c", &char_n), pattern(), &char_n),
        like(column("c", &name), pattern(), &name),
        like(column("c", &text()), setting("app.k"), &text()),
        like(column("c", &citext()), setting("app.k"), &citext()),
        like(column("c", &char_n), setting("app.k"), &char_n),
        like(setting("app.k"), pattern(), &text()),
        like(column("c", &text()), column("d", &citext()), &text()),
    ];
    check(
        atoms.into_iter().flatten(),
        &expect![[r#"
        c LIKE E'a\\_%'
        c NOT LIKE E'a\\_%'
        c OPERATOR(ext.~~) E'a\\_%'
        c OPERATOR(ext.!~~) E'a\\_%'
        c LIKE E'a\\_%'
        c NOT LIKE E'a\\_%'
        c LIKE E'a\\_%'
        c NOT LIKE E'a\\_%'
        c LIKE current_setting('app.k')
        c NOT LIKE current_setting('app.k')
        c OPERATOR(ext.~~) current_setting('app.k')::ext.citext
        c OPERATOR(ext.!~~) current_setting('app.k')::ext.citext
        c LIKE current_setting('app.k')
        c NOT LIKE current_setting('app.k')
        current_setting('app.k') LIKE E'a\\_%'
        current_setting('app.k') NOT LIKE E'a\\_%'
        c LIKE d::text
        c NOT LIKE d::text
    "#]],
    );
}

#[test]
fn null_tests() {
    let operands = [
        column("c", &citext()),
        column("Select", &text()),
        setting("app.k"),
        function("uid", vec![], Some(uuid())),
        literal(Literal::Null),
    ];
    let atoms = operands
        .into_iter()
        .flat_map(|operand| [false, true].map(|negated| Atom::Null { operand: operand.clone(), negated }));
    check(
        atoms,
        &expect![[r#"
        c IS NULL
        c IS NOT NULL
        "Select" IS NULL
        "Select" IS NOT NULL
        current_setting('app.k') IS NULL
        current_setting('app.k') IS NOT NULL
        auth.uid() IS NULL
        auth.uid() IS NOT NULL
        NULL IS NULL
        NULL IS NOT NULL
    "#]],
    );
}

#[test]
fn without_a_column() {
    let integer = plain(BaseType::Integer);
    let boolean = plain(BaseType::Boolean);
    let number = || literal(Literal::Integer(5));
    check(
        [
            equal(setting("app.role"), literal(string("admin")), &text()),
            equal(setting("app.a"), setting("app.b"), &text()),
            equal(setting("app.n"), number(), &integer),
            equal(setting("app.b"), literal(Literal::Boolean(true)), &boolean),
            equal(setting("app.u"), literal(string("x")), &uuid()),
            equal(literal(string("a")), literal(string("b")), &text()),
            equal(literal(string("a")), literal(string("b")), &uuid()),
            equal(number(), number(), &integer),
        ],
        &expect![[r#"
            current_setting('app.role') = 'admin'
            current_setting('app.a') = current_setting('app.b')
            current_setting('app.n')::integer = 5
            current_setting('app.b')::boolean = true
            current_setting('app.u')::uuid = 'x'
            'a'::text = 'b'::text
            'a'::uuid = 'b'::uuid
            5 = 5
        "#]],
    );
}

#[test]
fn a_setting_equal_to_itself_is_tested_for_null() {
    let call = |argument| function("f", vec![(argument, Some(text()))], Some(uuid()));
    let twice = |operand: Operand, ty| equal(operand.clone(), operand, &ty);
    check(
        [
            twice(setting("app.a"), text()),
            twice(setting("app.a"), uuid()),
            twice(call(setting("app.a")), uuid()),
            twice(call(column("c", &text())), uuid()),
            twice(column("c", &text()), text()),
            compare(setting("app.a"), CompareOp::Ge, setting("app.a"), &text()),
        ],
        &expect![[r#"
            current_setting('app.a') IS NOT NULL
            current_setting('app.a')::uuid IS NOT NULL
            auth.f(current_setting('app.a')) IS NOT NULL
            auth.f(c) = auth.f(c)
            c = c
            current_setting('app.a') >= current_setting('app.a')
        "#]],
    );
}

#[test]
fn without_types() {
    let unknown = |name: &str| Operand::Column { name: name.to_owned(), ty: None };
    let pairs = [
        (unknown("a"), setting("app.k")),
        (unknown("a"), literal(string("x"))),
        (unknown("a"), literal(Literal::Integer(i64::MIN))),
        (unknown("a"), literal(Literal::Boolean(true))),
        (setting("app.k"), literal(Literal::Integer(5))),
        (setting("app.k"), literal(Literal::Boolean(true))),
        (setting("app.k"), literal(string("x"))),
        (column("u", &uuid()), setting("app.k")),
    ];
    check(
        pairs.map(|(left, right)| Atom::Compare { left, op: CompareOp::Eq, right, ty: None }),
        &expect![[r#"
            a = current_setting('app.k')
            a = 'x'
            a = '-9223372036854775808'::bigint
            a = true
            current_setting('app.k')::bigint = 5
            current_setting('app.k')::boolean = true
            current_setting('app.k') = 'x'
            u = current_setting('app.k')::uuid
        "#]],
    );
    let list = vec![string("x"), Literal::Integer(5)];
    check(
        [Atom::In { operand: unknown("a"), negated: false, list, ty: None }],
        &expect![[r#"
        a IN ('x', 5)
    "#]],
    );
    let operand = unknown("a");
    check(
        [Atom::Like { operand, negated: false, pattern: setting("app.k"), ty: None }],
        &expect![[r#"
        a LIKE current_setting('app.k')
    "#]],
    );
}

#[test]
fn functions() {
    let call = |arguments| equal(column("u", &uuid()), function("f", arguments, Some(uuid())), &uuid());
    let integer = plain(BaseType::Integer);
    let arguments = vec![
        (column("u", &uuid()), Some(uuid())),
        (column("n", &plain(BaseType::SmallInt)), Some(plain(BaseType::BigInt))),
        (column("d", &domain_over(BaseType::Uuid)), Some(uuid())),
        (setting("app.k"), Some(text())),
        (setting("app.k"), Some(uuid())),
        (literal(string("x")), Some(text())),
        (literal(string("x")), Some(uuid())),
        (literal(Literal::Integer(5)), Some(integer.clone())),
        (literal(Literal::Integer(-5)), Some(plain(BaseType::BigInt))),
        (literal(Literal::Boolean(true)), Some(plain(BaseType::Boolean))),
        (literal(Literal::Null), Some(uuid())),
        (literal(string("x")), Some(other("anyelement"))),
        (literal(Literal::Integer(5)), Some(other("\"any\""))),
        (literal(string("x")), None),
        (function("g", vec![], Some(integer)), Some(plain(BaseType::Numeric))),
    ];
    check(
        arguments.into_iter().map(|argument| call(vec![argument])),
        &expect![[r#"
            u = auth.f(u)
            u = auth.f(n::bigint)
            u = auth.f(d)
            u = auth.f(current_setting('app.k'))
            u = auth.f(current_setting('app.k')::uuid)
            u = auth.f('x'::text)
            u = auth.f('x'::uuid)
            u = auth.f(5)
            u = auth.f('-5'::bigint)
            u = auth.f(true)
            u = auth.f(NULL::uuid)
            u = auth.f('x'::text)
            u = auth.f(5)
            u = auth.f('x'::text)
            u = auth.f(auth.g()::numeric)
        "#]],
    );
    let (schema, name) = (None, "Odd name".to_owned());
    let arguments = vec![(setting("a"), None), (setting("b"), None)];
    let unknown =
        Operand::Function { schema, name, arguments, returns: None, volatility: Volatility::Stable };
    check(
        [Atom::Compare { left: column("u", &uuid()), op: CompareOp::Eq, right: unknown, ty: None }],
        &expect![[r#"
            u = "Odd name"(current_setting('a'), current_setting('b'))
        "#]],
    );
    // What it returns decides the casts, as with a column.
    let current = function("current_name", vec![], Some(citext()));
    check(
        [
            equal(current.clone(), literal(string("x")), &citext()),
            equal(current.clone(), setting("app.k"), &citext()),
            equal(current, column("c", &text()), &text()),
        ],
        &expect![[r#"
            auth.current_name() OPERATOR(ext.=) 'x'
            auth.current_name() OPERATOR(ext.=) current_setting('app.k')::ext.citext
            auth.current_name()::text = c
        "#]],
    );
}
