use super::*;

fn display(text: &str) -> Option<String> {
    let catalog = Catalog::default();
    let name = TypeName::parse(text)?;
    Some(name.resolve(&catalog, &["public".to_owned()], Modifiers::Keep).display.to_string())
}

#[test]
fn displays_as_format_type() {
    for (written, displayed) in [
        ("int", "integer"),
        ("INT4", "integer"),
        ("pg_catalog.int8", "bigint"),
        ("float", "double precision"),
        ("float(24)", "real"),
        ("float(25)", "double precision"),
        ("double precision", "double precision"),
        ("decimal(10)", "numeric(10,0)"),
        ("dec ( 10 , 2 )", "numeric(10,2)"),
        ("numeric(3,-2)", "numeric(3,-2)"),
        ("varchar", "character varying"),
        ("national character varying (40)", "character varying(40)"),
        ("char varying(5)", "character varying(5)"),
        ("nchar(3)", "character(3)"),
        ("char", "character(1)"),
        ("bpchar", "bpchar"),
        ("\"char\"", "\"char\""),
        ("bit", "bit(1)"),
        ("bit varying(8)", "bit varying(8)"),
        ("varbit", "bit varying"),
        ("timestamp", "timestamp without time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp (3) with time zone", "timestamp(3) with time zone"),
        ("time", "time without time zone"),
        ("timetz(0)", "time(0) with time zone"),
        ("interval", "interval"),
        ("interval day to second (3)", "interval day to second(3)"),
        ("interval(2)", "interval(2)"),
        ("text[]", "text[]"),
        ("varchar(10) [3][]", "character varying(10)[]"),
        ("int array", "integer[]"),
        ("int array[4]", "integer[]"),
        ("inet", "inet"),
        ("geometry(Point, 4326)", "public.geometry(Point,4326)"),
        ("\"My Schema\".\"T\"", "\"My Schema\".\"T\""),
        ("app.\"order\"", "app.\"order\""),
        ("setof int", "integer"),
    ] {
        assert_eq!(display(written).as_deref(), Some(displayed), "{written}");
    }
}

#[test]
fn what_is_no_type_is_none() {
    for text in ["", "int int", "varchar(", "text[", "timestamp with", "1", "a.", "national text", "a b"] {
        assert_eq!(display(text), None, "{text}");
    }
}

#[test]
fn identifiers_are_quoted_as_postgresql_does() {
    for (name, quoted) in [
        ("users", "users"),
        ("Users", "\"Users\""),
        ("a$b", "\"a$b\""),
        ("é", "\"é\""),
        ("1a", "\"1a\""),
        ("order", "\"order\""),
        ("between", "\"between\""),
        ("left", "\"left\""),
        ("name", "name"),
        ("a\"b", "\"a\"\"b\""),
        ("", "\"\""),
    ] {
        assert_eq!(quote_identifier(name), quoted);
    }
}
