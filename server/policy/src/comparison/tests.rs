use pgpe_catalog::{BaseType, Collation, ColumnType, QualifiedName};

use super::{Incomparable, common_type, compared, converts_implicitly};

fn plain(base: BaseType) -> ColumnType {
    ColumnType::plain(base)
}

fn common(left: BaseType, right: BaseType) -> Result<BaseType, Incomparable> {
    let found = common_type(&plain(left.clone()), &plain(right.clone()));
    let mirrored = common_type(&plain(right), &plain(left));
    assert_eq!(found, mirrored);
    found.map(|ty| ty.base)
}

fn citext() -> BaseType {
    BaseType::Citext { schema: "public".to_owned() }
}

#[test]
fn mixed_types_of_a_family_have_a_common_one() {
    use BaseType::{
        BigInt, Boolean, Char, Date, Double, Integer, Json, Jsonb, Name, Numeric, Real, SmallInt, Text, Time,
        TimeTz, Timestamp, TimestampTz, Uuid, Varchar,
    };
    for (left, right, expected) in [
        (Integer, Integer, Ok(Integer)),
        (SmallInt, Integer, Ok(Integer)),
        (BigInt, SmallInt, Ok(BigInt)),
        (Integer, Numeric, Ok(Numeric)),
        (Real, Double, Ok(Double)),
        (Varchar, Varchar, Ok(Varchar)),
        (Varchar, Text, Ok(Text)),
        (Text, citext(), Ok(Text)),
        (citext(), citext(), Ok(citext())),
        (Char, Text, Ok(Text)),
        (Char, Varchar, Ok(Char)),
        (Name, Varchar, Ok(Text)),
        (Char, citext(), Ok(Text)),
        (Name, Text, Ok(Text)),
        (Date, Timestamp, Ok(Timestamp)),
        (Date, TimestampTz, Ok(TimestampTz)),
        (Timestamp, TimestampTz, Ok(TimestampTz)),
        (Time, TimeTz, Ok(TimeTz)),
        (Integer, Double, Err(Incomparable::Types)),
        (Integer, Text, Err(Incomparable::Types)),
        (Uuid, Text, Err(Incomparable::Types)),
        (Boolean, Integer, Err(Incomparable::Types)),
        (Date, Time, Err(Incomparable::Types)),
        (Json, Json, Err(Incomparable::Json)),
        (Jsonb, Text, Err(Incomparable::Json)),
    ] {
        assert_eq!(common(left.clone(), right.clone()), expected, "{left:?} {right:?}");
    }
}

#[test]
fn enums_and_other_types_compare_only_with_themselves() {
    let mood = |schema: &str| BaseType::Enum(QualifiedName::new(schema, "mood"));
    let other = |name: &str| BaseType::Other(name.to_owned());
    assert_eq!(common(mood("a"), mood("a")), Ok(mood("a")));
    assert_eq!(common(mood("a"), mood("b")), Err(Incomparable::Types));
    assert_eq!(common(mood("a"), BaseType::Text), Err(Incomparable::Types));
    assert_eq!(common(other("inet"), other("inet")), Ok(other("inet")));
    assert_eq!(common(other("inet"), other("cidr")), Err(Incomparable::Types));
}

#[test]
fn a_collation_wins_over_the_default_and_fights_another() {
    let text = |collation| ColumnType { collation, ..plain(BaseType::Text) };
    let both = |left, right| common_type(&text(left), &text(right)).map(|ty| ty.collation);
    assert_eq!(both(Collation::Default, Collation::Bytewise), Ok(Collation::Bytewise));
    assert_eq!(both(Collation::Nondeterministic, Collation::Default), Ok(Collation::Nondeterministic));
    assert_eq!(both(Collation::Deterministic, Collation::Bytewise), Err(Incomparable::Collations));
}

#[test]
fn comparisons_do_not_see_domains_and_modifiers() {
    let column = ColumnType {
        base: BaseType::Varchar,
        domain: Some(QualifiedName::new("public", "slug")),
        display: "public.slug".into(),
        collation: Collation::Bytewise,
    };
    let ty = compared(&column);
    assert_eq!((ty.domain, ty.display.as_str()), (None, "character varying"));
    assert_eq!(ty.collation, Collation::Bytewise);
}

#[test]
fn implicit_casts() {
    use BaseType::{BigInt, Date, Double, Integer, Numeric, Text, TimestampTz, Uuid, Varchar};
    let goes = |from: BaseType, to: BaseType| converts_implicitly(&plain(from), &plain(to));
    assert!(goes(Integer, BigInt) && !goes(BigInt, Integer));
    assert!(goes(Integer, Double) && goes(Integer, Numeric) && !goes(Numeric, Integer));
    assert!(goes(Varchar, Text) && goes(Text, Varchar));
    assert!(goes(citext(), Text) && !goes(Text, citext()));
    assert!(goes(Text, BaseType::Name) && goes(BaseType::Name, Text) && !goes(BaseType::Name, Varchar));
    assert!(goes(Date, TimestampTz) && !goes(TimestampTz, Date));
    assert!(!goes(Uuid, Text) && !goes(Text, Uuid));
    assert!(goes(Uuid, BaseType::Other("anyelement".to_owned())));
}
