//! Comparisons with columns of every type mean what the type's own comparison means, under an empty
//! `search_path` and with extensions in a schema of their own.

use pgpe_catalog::{BaseType, ColumnType, QualifiedName};
use pgpe_policy::resolved::{Atom, CompareOp, Literal, Operand};
use postgres::Client;

use crate::build::*;
use crate::server::{Database, unique_name};
use crate::{column as query, compile, run};

/// A type, one value in two spellings, and another value.
struct Case {
    ddl: &'static str,
    base: BaseType,
    value: &'static str,
    spelled_otherwise: &'static str,
    other: &'static str,
}

fn case(
    ddl: &'static str,
    base: BaseType,
    value: &'static str,
    spelled_otherwise: &'static str,
    other: &'static str,
) -> Case {
    Case { ddl, base, value, spelled_otherwise, other }
}

fn other(name: &str) -> BaseType {
    BaseType::Other(name.to_owned())
}

fn cases() -> Vec<Case> {
    use BaseType::*;
    let mood = Enum(QualifiedName::new("My Types", "Mood"));
    vec![
        case("text", Text, "a", "a", "b"),
        case("varchar", Varchar, "a", "a", "A"),
        case("varchar(4)", Varchar, "acme", "acme", "acm"),
        case("char(4)", Char, "ab", "ab  ", "abc"),
        case("name", Name, "a", "a", "b"),
        case("\"My Extensions\".citext", citext(), "Abc", "aBC", "b"),
        case("smallint", SmallInt, "-5", " -5 ", "5"),
        case("integer", Integer, "5", "+5", "-6"),
        case("bigint", BigInt, "-9223372036854775808", "-09223372036854775808", "9223372036854775807"),
        case("numeric", Numeric, "1.50", "1.5", "1.51"),
        case("numeric(5,1)", Numeric, "1.5", "1.500", "1.6"),
        case("real", Real, "16777217", "16777216", "0.1"),
        case("double precision", Double, "0.1", "1e-1", "0.2"),
        case("boolean", Boolean, "true", "yes", "false"),
        case(
            "uuid",
            Uuid,
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12",
        ),
        case("date", Date, "2024-02-29", "20240229", "2024-02-28"),
        case("timestamp", Timestamp, "2024-02-29 12:00:00", "2024-02-29T12:00", "2024-02-29 12:00:01"),
        case("timestamp(0)", Timestamp, "2024-02-29 12:00:00", "2024-02-29T12:00", "2024-02-29 12:00:01"),
        case(
            "timestamptz",
            TimestampTz,
            "2024-02-29 12:00:00+00",
            "2024-02-29 14:00:00+02",
            "2024-02-29 12:00:00+01",
        ),
        case("time", Time, "12:00:00", "12:00", "12:00:01"),
        case("timetz", TimeTz, "12:00:00+00", "12:00+00", "12:00:00+01"),
        case("\"My Types\".\"Mood\"", mood, "so so", "so so", "it's"),
        case("inet", other("inet"), "10.0.0.1", "10.0.0.1/32", "10.0.0.2"),
        case("interval", other("interval"), "1 day", "24:00:00", "2 days"),
        case("bit(3)", other("bit"), "101", "101", "100"),
        case("bit varying(3)", other("bit varying"), "101", "101", "10"),
        case("\"char\"", other("\"char\""), "a", "a", "b"),
        case("bytea", other("bytea"), "\\x61", "a", "\\x62"),
        case("text[]", other("text[]"), "{a,b}", "{\"a\", b}", "{a}"),
        case("varchar(4)[]", other("character varying[]"), "{acme}", "{ acme }", "{acm}"),
        case("char(4)[]", other("character[]"), "{ab}", "{ab}", "{abc}"),
        case("bit(3)[]", other("bit[]"), "{101}", "{ 101 }", "{100}"),
        case("\"My Types\".\"Mood\"[]", other("\"My Types\".\"Mood\"[]"), "{\"so so\"}", "{so so}", "{it's}"),
        case("\"My Types\".pair", other("\"My Types\".pair"), "(1,a)", "( 1,a)", "(2,a)"),
        case("\"My Types\".numbers", other("\"My Types\".numbers"), "[1,3)", "[ 1, 3 )", "[1,4)"),
        case("\"My Extensions\".hstore", other("\"My Extensions\".hstore"), "a=>1", "\"a\" => \"1\"", "a=>2"),
    ]
}

const TYPES: &str = r#"
    CREATE SCHEMA "My Extensions";
    CREATE EXTENSION citext SCHEMA "My Extensions";
    CREATE EXTENSION hstore SCHEMA "My Extensions";
    CREATE SCHEMA "My Types";
    CREATE TYPE "My Types"."Mood" AS ENUM ('so so', 'it''s');
    CREATE TYPE "My Types".pair AS (number int, word text);
    CREATE TYPE "My Types".numbers AS RANGE (subtype = int4);
"#;

/// A database with the types, and a session with an empty search path that policies apply to.
struct Fixture {
    client: Client,
    app: String,
}

impl Fixture {
    fn create(database: &Database) -> Fixture {
        let mut client = database.connect();
        let app = unique_name("app");
        run(&mut client, TYPES);
        run(&mut client, &format!("CREATE ROLE {app}; SET search_path = ''"));
        Fixture { client, app }
    }

    fn create_table(&mut self, ddl: &str, rows: &[(&str, &str)]) {
        run(
            &mut self.client,
            &format!("DROP TABLE IF EXISTS public.t; CREATE TABLE public.t (id text, c {ddl})"),
        );
        for (id, value) in rows {
            let value = pgpe_sqlgen::quote_literal(value);
            run(&mut self.client, &format!("INSERT INTO public.t VALUES ('{id}', {value})"));
        }
        let app = &self.app;
        run(
            &mut self.client,
            &format!("GRANT ALL ON public.t TO {app}; ALTER TABLE public.t ENABLE ROW LEVEL SECURITY"),
        );
    }

    /// The ids of the rows that a policy of one condition lets pass.
    fn passes(&mut self, atom: Atom, setting: &str) -> String {
        let compiled = compile(&public("t"), &policy("p", one(atom)));
        let statement = &compiled[0].statement;
        run(&mut self.client, statement);
        let setting = pgpe_sqlgen::quote_literal(setting);
        run(&mut self.client, &format!("SET ROLE {}; SET app.k = {setting}", self.app));
        let ids = query(&mut self.client, "SELECT id FROM public.t ORDER BY id");
        run(&mut self.client, "RESET ROLE; DROP POLICY p_t ON public.t");
        ids.concat()
    }
}

/// The literal that a policy would have: numbers and booleans as such.
fn literal_of(base: &BaseType, text: &str) -> Literal {
    match base {
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt | BaseType::Real | BaseType::Numeric => {
            text.parse().map_or(Literal::String(text.to_owned()), Literal::Integer)
        }
        BaseType::Boolean if text == "true" => Literal::Boolean(true),
        BaseType::Boolean if text == "false" => Literal::Boolean(false),
        _ => Literal::String(text.to_owned()),
    }
}

#[test]
fn comparisons_with_columns_of_every_type() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    for (index, case) in cases().into_iter().enumerate() {
        let plain_type = ColumnType { display: case.ddl.into(), ..plain(case.base.clone()) };
        let domain = format!("public.domain_{index}");
        run(&mut fixture.client, &format!("CREATE DOMAIN {domain} AS {}", case.ddl));
        let domain_type =
            ColumnType { domain: Some(public(&format!("domain_{index}"))), ..plain_type.clone() };
        for (ddl, ty) in [(case.ddl.to_owned(), plain_type), (domain, domain_type)] {
            fixture.create_table(&ddl, &[("1", case.value), ("2", case.other)]);
            let c = || column("c", &ty);
            let own = || setting("app.k");
            let mut check = |atom: Atom, setting: &str, expected: &str| {
                let sql = crate::expression(&public("t"), &one(atom.clone()));
                assert_eq!(fixture.passes(atom, setting), expected, "{ddl}: {sql} with {setting}");
            };
            check(equal(c(), own()), case.value, "1");
            check(equal(c(), own()), case.spelled_otherwise, "1");
            check(equal(c(), own()), case.other, "2");
            check(compare(c(), CompareOp::Ne, own()), case.spelled_otherwise, "2");
            check(equal(own(), c()), case.value, "1");
            for text in [case.value, case.spelled_otherwise] {
                let value = literal_of(&case.base, text);
                let operand = || Operand::Literal(value.clone());
                check(equal(c(), operand()), "", "1");
                check(compare(c(), CompareOp::Ne, operand()), "", "2");
                check(is_in(c(), false, vec![value.clone()]), "", "1");
                check(is_in(c(), true, vec![value.clone()]), "", "2");
                let both = vec![value.clone(), literal_of(&case.base, case.other)];
                check(is_in(c(), false, both.clone()), "", "12");
                check(is_in(c(), true, both), "", "");
            }
        }
    }
}

#[test]
fn a_cast_never_cuts_a_setting() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    let cases = [
        ("varchar(4)", BaseType::Varchar, "acme", "acme-west"),
        ("char(4)", BaseType::Char, "acme", "acme-west"),
        ("bit(2)", other("bit"), "10", "101"),
        ("bit varying(2)", other("bit varying"), "10", "101"),
        ("varchar(4)[]", other("character varying[]"), "{acme}", "{acme-west}"),
        ("char(4)[]", other("character[]"), "{acme}", "{acme-west}"),
        ("bit(2)[]", other("bit[]"), "{10}", "{101}"),
        ("numeric(3,1)", BaseType::Numeric, "1.5", "1.54"),
        ("timestamp(0)", BaseType::Timestamp, "2024-01-01 00:00:00", "2024-01-01 00:00:00.4"),
        ("time(0)", BaseType::Time, "10:00:00", "10:00:00.4"),
    ];
    for (ddl, base, stored, longer) in cases {
        fixture.create_table(ddl, &[("1", stored)]);
        let ty = ColumnType { display: ddl.into(), ..plain(base) };
        assert_eq!(fixture.passes(equal(column("c", &ty), setting("app.k")), stored), "1", "{ddl}");
        assert_eq!(fixture.passes(equal(column("c", &ty), setting("app.k")), longer), "", "{ddl}");
        let longer = Operand::Literal(Literal::String(longer.to_owned()));
        assert_eq!(fixture.passes(equal(column("c", &ty), longer), ""), "", "{ddl}");
    }
}

#[test]
fn patterns_on_every_text_type() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    let like = |ty: &ColumnType, pattern: Operand, negated| Atom::Like {
        operand: column("c", ty),
        negated,
        pattern,
        ty: Some(ty.clone()),
    };
    let cases = [
        ("text", BaseType::Text, "1"),
        ("varchar(9)", BaseType::Varchar, "1"),
        ("char(6)", BaseType::Char, "1"),
        ("name", BaseType::Name, "1"),
        ("\"My Extensions\".citext", citext(), "12"),
    ];
    for (ddl, base, matching) in cases {
        fixture.create_table(ddl, &[("1", "A_b\\c"), ("2", "a_B\\C"), ("3", "Axb\\c")]);
        let ty = plain(base);
        let rest: String = ["1", "2", "3"].into_iter().filter(|id| !matching.contains(id)).collect();
        // As a literal and from the session.
        let pattern = "A\\_b\\\\c%";
        for operand in [literal(pattern), setting("app.k")] {
            assert_eq!(fixture.passes(like(&ty, operand.clone(), false), pattern), matching, "{ddl}");
            assert_eq!(fixture.passes(like(&ty, operand, true), pattern), rest, "{ddl}");
        }
    }
}

#[test]
fn values_without_a_column() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    fixture.create_table("text", &[("1", "x")]);
    let typed = |left: Operand, right: Operand, base: BaseType| Atom::Compare {
        left,
        op: CompareOp::Eq,
        right,
        ty: Some(plain(base)),
    };
    let number = |value| Operand::Literal(Literal::Integer(value));
    let boolean = |value| Operand::Literal(Literal::Boolean(value));
    let own = || setting("app.k");
    let cases = [
        (typed(own(), literal("admin"), BaseType::Text), "admin", "1"),
        (typed(own(), own(), BaseType::Text), "admin", "1"),
        (typed(own(), number(5), BaseType::BigInt), "5", "1"),
        (typed(own(), number(i64::MIN), BaseType::BigInt), "-9223372036854775808", "1"),
        (typed(own(), boolean(true), BaseType::Boolean), "on", "1"),
        (typed(literal("a"), literal("a"), BaseType::Text), "", "1"),
        (typed(literal("5"), number(5), BaseType::BigInt), "", "1"),
        (typed(boolean(true), boolean(false), BaseType::Boolean), "", ""),
        (typed(number(5), number(5), BaseType::BigInt), "", "1"),
        (typed(literal("Abc"), own(), citext()), "aBC", "1"),
        (typed(own(), literal("a "), BaseType::Char), "a", "1"),
        (Atom::Null { operand: own(), negated: true }, "", "1"),
        (Atom::Null { operand: Operand::Literal(Literal::Null), negated: false }, "", "1"),
        (is_in(own(), false, vec![Literal::String("a".to_owned())]), "a", "1"),
        (is_in(literal("a"), true, vec![Literal::String("b".to_owned())]), "", "1"),
    ];
    for (atom, setting, expected) in cases {
        let sql = crate::expression(&public("t"), &one(atom.clone()));
        assert_eq!(fixture.passes(atom, setting), expected, "{sql}");
    }
}

/// Two columns are compared as PostgreSQL's documentation says, not as overloads happen to be found.
#[test]
fn columns_of_different_types() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    run(&mut fixture.client, "CREATE DOMAIN public.mood_domain AS \"My Types\".\"Mood\"");
    let mood = BaseType::Enum(QualifiedName::new("My Types", "Mood"));
    let mood_domain = ColumnType { domain: Some(public("mood_domain")), ..plain(mood.clone()) };
    let citext_ddl = "\"My Extensions\".citext";
    let cases = [
        // As text, in which case and trailing blanks count.
        (citext_ddl, plain(citext()), "A", "text", text(), "a", BaseType::Text, false),
        (citext_ddl, plain(citext()), "A", citext_ddl, plain(citext()), "a", citext(), true),
        (
            "char(4)",
            plain(BaseType::Char),
            "ab",
            "varchar",
            plain(BaseType::Varchar),
            "ab ",
            BaseType::Char,
            true,
        ),
        ("char(4)", plain(BaseType::Char), "ab", "text", text(), "ab", BaseType::Text, true),
        (
            "char(4)",
            plain(BaseType::Char),
            "ab",
            "char(6)",
            plain(BaseType::Char),
            "ab",
            BaseType::Char,
            true,
        ),
        ("name", plain(BaseType::Name), "ab", "text", text(), "ab", BaseType::Text, true),
        (
            "smallint",
            plain(BaseType::SmallInt),
            "5",
            "bigint",
            plain(BaseType::BigInt),
            "5",
            BaseType::BigInt,
            true,
        ),
        (
            "integer",
            plain(BaseType::Integer),
            "5",
            "numeric",
            plain(BaseType::Numeric),
            "5.0",
            BaseType::Numeric,
            true,
        ),
        (
            "date",
            plain(BaseType::Date),
            "2024-01-01",
            "timestamp",
            plain(BaseType::Timestamp),
            "2024-01-01",
            BaseType::Timestamp,
            true,
        ),
        (
            "public.mood_domain",
            mood_domain.clone(),
            "it's",
            "\"My Types\".\"Mood\"",
            plain(mood.clone()),
            "it's",
            mood.clone(),
            true,
        ),
        (
            "public.mood_domain",
            mood_domain.clone(),
            "it's",
            "public.mood_domain",
            mood_domain,
            "it's",
            mood,
            true,
        ),
    ];
    for (left_ddl, left, left_value, right_ddl, right, right_value, ty, equal) in cases {
        fixture.create_table(&format!("{left_ddl}, d {right_ddl}"), &[]);
        run(&mut fixture.client, "DROP TABLE IF EXISTS public.u");
        run(&mut fixture.client, &format!("CREATE TABLE public.u (d {right_ddl})"));
        let values = [left_value, right_value].map(pgpe_sqlgen::quote_literal);
        run(&mut fixture.client, &format!("INSERT INTO public.t VALUES ('1', {}, {})", values[0], values[1]));
        run(&mut fixture.client, &format!("INSERT INTO public.u VALUES ({})", values[1]));
        run(&mut fixture.client, &format!("GRANT SELECT ON public.u TO {}", fixture.app));
        let expected = if equal { "1" } else { "" };
        let (left, right) = (column("c", &left), column("d", &right));
        let atom = Atom::Compare {
            left: left.clone(),
            op: CompareOp::Eq,
            right: right.clone(),
            ty: Some(plain(ty)),
        };
        assert_eq!(fixture.passes(atom, ""), expected, "{left_ddl} = {right_ddl}");
        // And over a traversal.
        let (Operand::Column { ty: outer_type, .. }, Operand::Column { ty: inner_type, .. }) = (left, right)
        else {
            continue;
        };
        let link = pgpe_policy::resolved::Link {
            outer: "c".to_owned(),
            outer_type,
            inner: "d".to_owned(),
            inner_type,
        };
        let traversal = pgpe_policy::resolved::Traversal {
            target: public("u"),
            links: vec![link],
            condition: clause([]),
        };
        assert_eq!(fixture.passes(Atom::Exists(traversal), ""), expected, "{left_ddl} -> {right_ddl}");
    }
}

/// A literal beside a column of another type is read as the comparison's type, not as the column's.
#[test]
fn literals_beside_another_type() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    fixture.create_table("timestamp", &[("1", "2024-01-01 10:00:00"), ("2", "2024-01-01 12:00:00")]);
    let atom = Atom::Compare {
        left: column("c", &plain(BaseType::Timestamp)),
        op: CompareOp::Eq,
        right: literal("2024-01-01 12:00:00+02"),
        ty: Some(plain(BaseType::TimestampTz)),
    };
    // The session is in UTC.
    assert_eq!(fixture.passes(atom, ""), "1");
    fixture.create_table("char(4)", &[("1", "ab")]);
    let atom = |text| Atom::Compare {
        left: column("c", &plain(BaseType::Char)),
        op: CompareOp::Eq,
        right: literal(text),
        ty: Some(plain(BaseType::Text)),
    };
    assert_eq!(fixture.passes(atom("ab"), ""), "1");
    assert_eq!(fixture.passes(atom("ab "), ""), "");
}

/// Among overloads, the one that was resolved is called.
#[test]
fn functions_are_called_with_the_types_of_their_parameters() {
    let database = Database::create();
    let mut fixture = Fixture::create(&database);
    for ty in [
        "text",
        "uuid",
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "boolean",
        "varchar",
        "citext",
        "anyelement",
    ] {
        let parameter = if ty == "citext" { "\"My Extensions\".citext" } else { ty };
        // Beside the others, the polymorphic one would never be chosen.
        let name = if ty == "anyelement" { "any_name" } else { "Name" };
        run(
            &mut fixture.client,
            &format!(
                "CREATE FUNCTION \"My Types\".\"{name}\"({parameter}) RETURNS text STABLE LANGUAGE sql AS $$ SELECT '{ty}'::text $$"
            ),
        );
    }
    run(&mut fixture.client, &format!("GRANT USAGE ON SCHEMA \"My Types\" TO {}", fixture.app));
    fixture.create_table("smallint", &[("1", "5")]);
    let call = |name: &str, argument: Operand, parameter: BaseType| Operand::Function {
        schema: Some("My Types".to_owned()),
        name: name.to_owned(),
        arguments: vec![(argument, Some(plain(parameter)))],
        returns: Some(text()),
        volatility: pgpe_catalog::Volatility::Stable,
    };
    let c = || column("c", &plain(BaseType::SmallInt));
    let uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    let number = |value| Operand::Literal(Literal::Integer(value));
    let any = || other("anyelement");
    let cases = [
        (call("Name", setting("app.k"), BaseType::Text), "text"),
        (call("Name", setting("app.k"), BaseType::Uuid), "uuid"),
        (call("Name", setting("app.k"), BaseType::Varchar), "varchar"),
        (call("Name", setting("app.k"), citext()), "citext"),
        (call("Name", literal("x"), BaseType::Text), "text"),
        (call("Name", literal("x"), BaseType::Varchar), "varchar"),
        (call("Name", literal("x"), citext()), "citext"),
        (call("Name", literal(uuid), BaseType::Uuid), "uuid"),
        (call("Name", c(), BaseType::SmallInt), "smallint"),
        (call("Name", c(), BaseType::Integer), "integer"),
        (call("Name", c(), BaseType::Numeric), "numeric"),
        (call("Name", number(5), BaseType::SmallInt), "smallint"),
        (call("Name", number(-5), BaseType::Integer), "integer"),
        (call("Name", number(i64::MIN), BaseType::BigInt), "bigint"),
        (call("Name", number(-5), BaseType::Numeric), "numeric"),
        (call("Name", Operand::Literal(Literal::Boolean(true)), BaseType::Boolean), "boolean"),
        (call("Name", Operand::Literal(Literal::Null), BaseType::Uuid), "uuid"),
        (call("any_name", literal("x"), any()), "anyelement"),
        (call("any_name", number(5), any()), "anyelement"),
        (call("any_name", setting("app.k"), any()), "anyelement"),
        (call("any_name", c(), any()), "anyelement"),
    ];
    for (function, expected) in cases {
        let atom = equal(function, literal(expected));
        let sql = crate::expression(&public("t"), &one(atom.clone()));
        assert_eq!(fixture.passes(atom, uuid), "1", "{sql}");
    }
}
