use pgpe_catalog::{BaseType, ColumnType, QualifiedName};

use super::{cast_name, column_cast, is_pseudo_type, operator_schema};
use crate::tests::{catalog, domain_over, plain};

fn other(display: &str) -> BaseType {
    BaseType::Other(display.to_owned())
}

#[test]
fn casts_name_the_base_type_without_a_modifier() {
    let mood = QualifiedName::new("public", "mood");
    let cases = [
        (BaseType::Text, "text"),
        (BaseType::Varchar, "character varying"),
        (BaseType::Char, "bpchar"),
        (BaseType::Name, "name"),
        (BaseType::Citext { schema: "My ext".to_owned() }, "\"My ext\".citext"),
        (BaseType::SmallInt, "smallint"),
        (BaseType::Integer, "integer"),
        (BaseType::BigInt, "bigint"),
        (BaseType::Numeric, "numeric"),
        (BaseType::Real, "real"),
        (BaseType::Double, "double precision"),
        (BaseType::Boolean, "boolean"),
        (BaseType::Uuid, "uuid"),
        (BaseType::Date, "date"),
        (BaseType::Timestamp, "timestamp without time zone"),
        (BaseType::TimestampTz, "timestamp with time zone"),
        (BaseType::Time, "time without time zone"),
        (BaseType::TimeTz, "time with time zone"),
        (BaseType::Json, "json"),
        (BaseType::Jsonb, "jsonb"),
        (BaseType::Enum(mood), "public.mood"),
        (BaseType::Enum(QualifiedName::new("public", "user")), "public.\"user\""),
    ];
    for (ty, name) in cases {
        assert_eq!(cast_name(&ty), name);
    }
}

#[test]
fn other_types_are_taken_apart_and_quoted_anew() {
    let cases = [
        ("inet", "inet"),
        ("text[]", "text[]"),
        ("public.geometry", "public.geometry"),
        ("\"My Schema\".\"T\"\"x\"[]", "\"My Schema\".\"T\"\"x\"[]"),
        ("public.order", "public.\"order\""),
        ("interval", "interval"),
        ("bit varying", "bit varying"),
        // Without a length these would be of length 1.
        ("bit", "\"bit\""),
        ("bit[]", "\"bit\"[]"),
        ("character[]", "bpchar[]"),
        ("character varying[]", "character varying[]"),
        ("\"char\"", "\"char\""),
        ("timestamp with time zone[]", "timestamp with time zone[]"),
        // No type names: they must not end up in the SQL as they are.
        ("int; DROP TABLE users", "\"int; DROP TABLE users\""),
        ("a.b.c", "\"a.b.c\""),
        ("varchar(4)", "\"varchar(4)\""),
        ("\"open", "\"\"\"open\""),
        ("x'y", "\"x'y\""),
        ("", "\"\""),
    ];
    for (display, sql) in cases {
        assert_eq!(cast_name(&other(display)), sql);
    }
}

#[test]
fn operators_are_looked_for_where_the_type_has_them() {
    let catalog = catalog();
    let schema = |ty: &BaseType| operator_schema(ty, &catalog);
    assert_eq!(schema(&BaseType::Citext { schema: "ext".to_owned() }), Some("ext".to_owned()));
    assert_eq!(schema(&other("ext.hstore")), Some("ext".to_owned()));
    // Arrays are compared by PostgreSQL's own operator; pgcrypto has no types, so that it says nothing.
    for own in ["ext.hstore[]", "public.money_range", "elsewhere.geometry", "inet", "bit varying"] {
        assert_eq!(schema(&other(own)), None, "{own}");
    }
    assert_eq!(schema(&BaseType::Enum(QualifiedName::new("ext", "mood"))), None);
}

#[test]
fn columns_are_cast_only_where_postgresql_would_do_otherwise() {
    let citext = BaseType::Citext { schema: "ext".to_owned() };
    let mood = BaseType::Enum(QualifiedName::new("public", "mood"));
    let cast = |from: &ColumnType, to: BaseType| column_cast(from, &plain(to));
    let bare = [
        (plain(BaseType::Varchar), BaseType::Text),
        (plain(BaseType::Name), BaseType::Text),
        (plain(BaseType::SmallInt), BaseType::BigInt),
        (plain(BaseType::Integer), BaseType::Numeric),
        (plain(BaseType::Real), BaseType::Double),
        (plain(BaseType::Date), BaseType::TimestampTz),
        (plain(mood.clone()), mood.clone()),
        (domain_over(BaseType::Char), BaseType::Char),
        (domain_over(citext.clone()), citext.clone()),
    ];
    for (from, to) in bare {
        assert_eq!(cast(&from, to.clone()), None, "{from:?} as {to:?}");
    }
    assert_eq!(cast(&plain(BaseType::Char), BaseType::Text).as_deref(), Some("text"));
    assert_eq!(cast(&plain(citext.clone()), BaseType::Text).as_deref(), Some("text"));
    assert_eq!(cast(&plain(BaseType::Varchar), BaseType::Char).as_deref(), Some("bpchar"));
    assert_eq!(cast(&plain(BaseType::Text), citext).as_deref(), Some("ext.citext"));
    assert_eq!(cast(&domain_over(mood.clone()), mood).as_deref(), Some("public.mood"));
}

#[test]
fn pseudo_types_are_known() {
    for name in ["anyelement", "\"any\"", "anycompatiblearray", "record"] {
        assert!(is_pseudo_type(&other(name)), "{name}");
    }
    assert!(!is_pseudo_type(&other("public.anything")));
    assert!(!is_pseudo_type(&other("inet")));
}
