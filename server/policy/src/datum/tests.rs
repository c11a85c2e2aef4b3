use super::*;

fn read(text: &str, base: BaseType) -> Option<Datum> {
    read_text(text, &ColumnType::plain(base), &Catalog::default()).ok()
}

fn equal(left: &str, right: &str, base: BaseType) -> Option<bool> {
    let ty = ColumnType::plain(base);
    let catalog = Catalog::default();
    compare(&read_text(left, &ty, &catalog).unwrap(), &read_text(right, &ty, &catalog).unwrap(), &ty).equal()
}

fn citext() -> BaseType {
    BaseType::Citext { schema: "public".to_owned() }
}

#[test]
fn uuids_are_read_as_postgresql_reads_them() {
    let plain = read("a0eebc999c0b4ef8bb6d6bb9bd380a11", BaseType::Uuid);
    assert!(plain.is_some());
    for same in [
        "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
        "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
        "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
    ] {
        assert_eq!(read(same, BaseType::Uuid), plain, "{same}");
    }
    for wrong in [
        "",
        "x",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
        "a0eebc999c0b4ef8bb6d6bb9bd380a11-",
        " a0eebc999c0b4ef8bb6d6bb9bd380a11",
    ] {
        assert_eq!(read(wrong, BaseType::Uuid), None, "{wrong}");
    }
    let ty = ColumnType::plain(BaseType::Uuid);
    assert_eq!(plain.unwrap().to_text(&ty), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
}

#[test]
fn integers_know_their_bounds() {
    assert_eq!(read(" +007 ", BaseType::Integer), Some(Datum::Integer(7)));
    assert_eq!(read("32768", BaseType::SmallInt), None);
    assert_eq!(read("2147483648", BaseType::Integer), None);
    assert_eq!(read("-9223372036854775808", BaseType::BigInt), Some(Datum::Integer(i64::MIN)));
    for wrong in ["", "-", "1.0", "1_000", "0x10", "1e3"] {
        assert_eq!(read(wrong, BaseType::BigInt), None, "{wrong}");
    }
}

#[test]
fn numerics_compare_by_value() {
    assert_eq!(equal("1.0", "1.000", BaseType::Numeric), Some(true));
    assert_eq!(equal("1e3", "1000", BaseType::Numeric), Some(true));
    assert_eq!(equal("NaN", "nan", BaseType::Numeric), Some(true));
    assert_eq!(read("1e999999999", BaseType::Numeric), None);
    let ty = ColumnType::plain(BaseType::Numeric);
    let number = |text| read(text, BaseType::Numeric).unwrap();
    assert_eq!(compare(&number("NaN"), &number("Infinity"), &ty).ordering(), Some(Ordering::Greater));
    assert_eq!(compare(&number("-1.5"), &number("-1.4"), &ty).ordering(), Some(Ordering::Less));
}

#[test]
fn floats_have_one_zero_and_one_nan() {
    assert_eq!(equal("-0", "0", BaseType::Double), Some(true));
    assert_eq!(equal("NaN", "NaN", BaseType::Double), Some(true));
    assert_eq!(equal("0.1", "0.100000001", BaseType::Real), Some(true));
    assert_eq!(read("1e39", BaseType::Real), None);
    assert_eq!(read("Infinity", BaseType::Real), Some(float(f64::INFINITY)));
}

#[test]
fn booleans_take_prefixes() {
    for (text, value) in [
        ("t", true),
        ("TRUE", true),
        (" yes ", true),
        ("on", true),
        ("1", true),
        ("f", false),
        ("of", false),
        ("no", false),
        ("0", false),
    ] {
        assert_eq!(read(text, BaseType::Boolean), Some(Datum::Boolean(value)), "{text}");
    }
    for wrong in ["", "o", "truee", "2"] {
        assert_eq!(read(wrong, BaseType::Boolean), None, "{wrong}");
    }
}

#[test]
fn instants_in_iso_form_only() {
    let zone = |text| read(text, BaseType::TimestampTz);
    assert_eq!(zone("1970-01-01 02:00:00+02"), Some(Datum::Instant(0)));
    assert_eq!(zone("1970-01-01T00:00Z"), Some(Datum::Instant(0)));
    assert_eq!(zone("1969-12-31 18:30:00.5-05:30"), Some(Datum::Instant(500_000)));
    assert_eq!(zone("1970-01-01 00:00:00"), None, "needs an offset");
    assert_eq!(zone("now"), None);
    assert_eq!(read("1970-01-02", BaseType::Date), Some(Datum::Instant(86_400_000_000)));
    for wrong in
        ["2026-02-30", "2026-2-1", "0000-01-01", "01/02/2026", "2026-01-01 10:00", "2026-01-01 23:59:60"]
    {
        assert_eq!(read(wrong, BaseType::Date), None, "{wrong}");
    }
    assert_eq!(read("2026-01-01 23:59:60", BaseType::Timestamp), None);
    assert_eq!(read("2026-01-01 10:00:00+01", BaseType::Timestamp), None, "the offset would be ignored");
    for (text, base) in [
        ("2026-01-31 12:34:56.789+00", BaseType::TimestampTz),
        ("1900-02-28 00:00:00", BaseType::Timestamp),
        ("infinity", BaseType::Date),
    ] {
        let ty = ColumnType::plain(base.clone());
        assert_eq!(read(text, base).unwrap().to_text(&ty), text);
    }
}

#[test]
fn text_is_distinct_only_where_equality_is_known() {
    assert_eq!(equal("a", "A", BaseType::Text), Some(false));
    assert_eq!(equal("a ", "a", BaseType::Char), Some(true));
    assert_eq!(equal("Ab", "aB", citext()), Some(true));
    assert_eq!(equal("a", "b", citext()), Some(false));
    assert_eq!(equal("ID", "id", citext()), None, "dotless i");
    assert_eq!(equal("é", "É", citext()), None);
    let long = "x".repeat(70);
    assert_eq!(equal(&long, &"x".repeat(63), BaseType::Name), Some(true));
    let ty = ColumnType { collation: Collation::Nondeterministic, ..ColumnType::plain(BaseType::Text) };
    let text = |text: &str| Datum::Text(text.to_owned());
    assert_eq!(compare(&text("a"), &text("b"), &ty), Comparison::Unknown);
    assert_eq!(compare(&text("a"), &text("a"), &ty).equal(), Some(true));
}

#[test]
fn merging_trusts_only_plain_equality() {
    let text = |text: &str| Datum::Text(text.to_owned());
    let plain = |base| ColumnType::plain(base);
    assert_eq!(compare_for_merging(&text("a"), &text("b"), &plain(BaseType::Text)).equal(), Some(false));
    assert_eq!(compare_for_merging(&text("a"), &text("b"), &plain(citext())).equal(), None);
    assert_eq!(compare_for_merging(&text("a"), &text("a"), &plain(citext())).equal(), Some(true));
    assert_eq!(compare_for_merging(&text("a"), &text("b"), &plain(BaseType::Char)).equal(), None);
}

#[test]
fn mixed_types_are_converted_as_postgresql_does() {
    let ty = ColumnType::plain;
    let text = Datum::Text("a  ".to_owned());
    assert_eq!(convert(&text, &ty(BaseType::Char), &ty(BaseType::Text)), Some(Datum::Text("a".to_owned())));
    assert_eq!(convert(&text, &ty(citext()), &ty(BaseType::Text)), Some(text.clone()));
    assert_eq!(
        convert(&Datum::Integer(2), &ty(BaseType::Integer), &ty(BaseType::Numeric)),
        read("2.0", BaseType::Numeric)
    );
    assert_eq!(convert(&Datum::Instant(0), &ty(BaseType::Timestamp), &ty(BaseType::TimestampTz)), None);
}
