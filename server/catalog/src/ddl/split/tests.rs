use super::*;

fn statements(source: &str) -> Vec<&str> {
    split(source)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Statement(statement) => source.get(statement.range),
            Piece::Command(_) => None,
        })
        .collect()
}

fn commands(source: &str) -> Vec<&str> {
    split(source)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Command(range) => source.get(range),
            Piece::Statement(_) => None,
        })
        .collect()
}

#[test]
fn semicolons_in_quotes_and_comments_do_not_count() {
    assert_eq!(
        statements("a ';' \";\" $$;$$ /*;*/ --;\n; b; ; c"),
        ["a ';' \";\" $$;$$ /*;*/ --;\n;", "b;", ";", "c"]
    );
}

#[test]
fn function_bodies_in_sql_are_one_statement() {
    let source = "create or replace function f() returns int begin atomic select case when true then 1 end; \
                  select 2; end; select 3;";
    assert_eq!(statements(source).len(), 2);
    assert_eq!(statements("begin; select 1; end; commit;").len(), 4);
}

#[test]
fn rules_hold_statements_in_parentheses() {
    let rule = "create rule r as on insert to t do (insert into a values (1); delete from b);";
    assert_eq!(statements(&format!("{rule} select 1;")), [rule, "select 1;"]);
}

#[test]
fn a_missing_parenthesis_costs_one_statement() {
    assert_eq!(
        statements("create table a (id int;\nalter table b c;"),
        ["create table a (id int;", "alter table b c;"]
    );
    assert_eq!(statements("create table a (id int\ncreate table b (c int);").len(), 2);
}

#[test]
fn psql_commands_are_taken_out() {
    let source = "\\restrict abc'def\nselect 1 \\gexec\nselect\n\\echo it's\n2;\nselect '\\x'; \\unrestrict";
    assert_eq!(statements(source), ["select 1", "select\n\\echo it's\n2;", "select '\\x';"]);
    assert_eq!(commands(source), ["\\restrict abc'def", "\\gexec", "\\echo it's", "\\unrestrict"]);
    let Some(Piece::Statement(statement)) = split(source).into_iter().nth(4) else { panic!("a statement") };
    assert_eq!(statement.visible_text(source), "select\n          \n2;");
}

#[test]
fn copied_data_is_skipped() {
    assert_eq!(
        statements("copy t (a, b) from stdin with (format text);\n1\tit's\n\\N\t;\n\\.\nselect 1;"),
        ["copy t (a, b) from stdin with (format text);", "select 1;"]
    );
    assert_eq!(statements("copy t from stdin;\nselect 1;").len(), 2, "no end of the data");
    assert_eq!(statements("copy t from '/stdin';\nselect 1;\n\\.\n").len(), 2, "a file");
}

#[test]
fn routine_bodies_are_hidden() {
    let source = "create function f() returns text as $x$ ' ; é $x$ language sql; comment on t is 'kept';";
    let visible: Vec<String> = split(source)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Statement(statement) => Some(statement.visible_text(source).into_owned()),
            Piece::Command(_) => None,
        })
        .collect();
    assert_eq!(
        visible,
        ["create function f() returns text as $x$        $x$ language sql;", "comment on t is 'kept';"]
    );
}

#[test]
fn what_is_not_closed_costs_its_line() {
    let source = "create table a (id int default 'x);\ncreate table b (id int);";
    let pieces = split(source);
    let [Piece::Statement(first), Piece::Statement(second)] = pieces.as_slice() else { panic!("{pieces:?}") };
    assert_eq!(first.unclosed, Some(31));
    assert_eq!(source.get(second.range.clone()), Some("create table b (id int);"));
}

#[test]
fn recovery_is_bounded() {
    let source = "'\n\"\n".repeat(20_000);
    assert!(split(&source).len() <= RECOVERY_LIMIT + 40_002);
}
