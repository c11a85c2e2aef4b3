//! Mistakes in clauses.

use expect_test::expect;

use super::check_clause;

#[test]
fn double_equals() {
    check_clause(
        "col(a) == lit(1)",
        expect![[r#"
            `==`: expected `=`, found `==`
              Replace with `=`: col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_value_comma() {
    check_clause(
        "col(a) IN lit([1 2])",
        expect![[r#"
            `2`: expected `,`, found `2`
              Insert `,`: col(a) IN lit([1, 2])
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_rel_paren() {
    check_clause(
        "exists(rel(_, a, t, b, {col(c) = lit(1)})",
        expect![[r#"
            `,`: expected `)`, found `,`
              Insert `)`: exists(rel(_, a, t, b), {col(c) = lit(1)})
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_brace() {
    check_clause(
        "exists(rel(_, a, t, b), {col(c) = lit(1)) AND col(d) = lit(2)",
        expect![[r#"
            `)`: expected `}`, found `)`
              Insert `}`: exists(rel(_, a, t, b), {col(c) = lit(1)}) AND col(d) = lit(2)
            1 of 1 items broken"#]],
    );
}

#[test]
fn bare_literal() {
    check_clause(
        "col(a) = 'x' AND col(b) IN [1, 2]",
        expect![[r#"
            `'x'`: expected a value, found `'x'`; a literal is written `lit(…)`
              Wrap it in `lit(…)`: col(a) = lit('x') AND col(b) IN [1, 2]
            `[`: expected a value, found `[`; a literal is written `lit(…)`
              Wrap it in `lit(…)`: col(a) = 'x' AND col(b) IN lit([1, 2])
            1 of 1 items broken"#]],
    );
}

#[test]
fn bare_column() {
    check_clause(
        "tenant_id = session('app.t')",
        expect![[r#"
            `tenant_id`: expected a value, found `tenant_id`; a column is written `col(…)`
              Wrap it in `col(…)`: col(tenant_id) = session('app.t')
            1 of 1 items broken"#]],
    );
}

#[test]
fn bare_session() {
    check_clause(
        "col(a) = session(app)",
        expect![[r#"
            `app`: expected the setting's name as a string, found `app`
              Quote it: col(a) = session('app')
            1 of 1 items broken"#]],
    );
}

#[test]
fn dotted_session() {
    check_clause(
        "col(a) = session(app.tenant_id)",
        expect![[r#"
            `app.tenant_id`: expected the setting's name as a string, found `app`
              Quote it: col(a) = session('app.tenant_id')
            1 of 1 items broken"#]],
    );
}

#[test]
fn unknown_call() {
    check_clause(
        "foo(a, (b)) = lit(1) AND col(x) = lit(1)",
        expect![[r#"
            `foo`: expected a value: `col(…)`, `session(…)`, `lit(…)` or `fn(…)`, found `foo`
            1 of 1 items broken"#]],
    );
}

#[test]
fn sql_list() {
    check_clause(
        "col(a) IN (1, 2)",
        expect![[r#"
            `(`: expected a value; a list is written `lit([…])`
              Write it as a list literal: col(a) IN lit([1, 2])
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_operator() {
    check_clause(
        "col(a) session('b') AND col(c)",
        expect![[r#"
            `session`: expected a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`, found `session`
            `AND`: expected a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`, found `AND`
            `)`: expected a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`, found the end of the file
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_and() {
    check_clause(
        "col(a) = lit(1) col(b) = lit(2)",
        expect![[r#"
            `col`: expected `AND`, found `col`
              Insert `AND`: col(a) = lit(1) AND col(b) = lit(2)
            1 of 1 items broken"#]],
    );
}

#[test]
fn comma_for_and() {
    check_clause(
        "col(a) = lit(1), col(b) = lit(2)",
        expect![[r#"
            `,`: expected `AND` between two conditions, found `,`
              Replace with `AND`: col(a) = lit(1) AND col(b) = lit(2)
            1 of 1 items broken"#]],
    );
}

#[test]
fn or_without_clause() {
    check_clause(
        "col(a) = lit(1) OR col(b) = lit(2)",
        expect![[r#"
            `col`: expected `CLAUSE` after `OR`, found `col`
              Begin another clause: col(a) = lit(1) OR CLAUSE col(b) = lit(2)
            1 of 1 items broken"#]],
    );
}

#[test]
fn clause_without_or() {
    check_clause(
        r#"col(a) = lit(1)
CLAUSE col(b) = lit(2)"#,
        expect![[r#"
            `CLAUSE`: expected `OR` between two clauses
              Insert `OR`: OR CLAUSE col(b) = lit(2)
            1 of 1 items broken"#]],
    );
}

#[test]
fn or_in_traversal() {
    check_clause(
        "exists(rel(_, a, t, b), {col(c) = lit(1) OR col(d) = lit(2)})",
        expect![[r#"
            `OR`: expected `AND` or a closing bracket, found `OR`
            1 of 1 items broken"#]],
    );
}

#[test]
fn not_atom() {
    check_clause(
        "NOT col(a) = lit(1) AND col(b) = lit(1)",
        expect![[r#"
            `NOT`: expected a comparison; `NOT` stands before `IN`, `LIKE` or `NULL` only
            1 of 1 items broken"#]],
    );
}

#[test]
fn grouped_atom() {
    check_clause(
        "(col(a) = lit(1)) AND col(b) = lit(1)",
        expect![[r#"
            `(`: expected a comparison; conditions are not grouped by parentheses
            1 of 1 items broken"#]],
    );
}

#[test]
fn is_something() {
    check_clause(
        "col(a) IS true AND col(b) = lit(1)",
        expect![[r#"
            `true`: expected `NULL` or `NOT NULL` after `IS`, found `true`
            1 of 1 items broken"#]],
    );
}

#[test]
fn misspelt_and() {
    check_clause(
        "col(a) = lit(1) ADN col(b) = lit(1) WIHT CHECK CLAUSE col(a) = lit(1)",
        expect![[r#"
            `ADN`: expected `AND`, found `ADN`
              Replace with `AND`: col(a) = lit(1) AND col(b) = lit(1) WIHT CHECK CLAUSE col(a) = lit(1)
            `WIHT`: expected `WITH`, found `WIHT`
              Replace with `WITH`: col(a) = lit(1) ADN col(b) = lit(1) WITH CHECK CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn integer_range() {
    check_clause(
        "col(a) = lit(9223372036854775808) AND col(b) = lit(-9223372036854775808)",
        expect![[r#"
            `9223372036854775808`: expected an integer from -9223372036854775808 to 9223372036854775807
            1 of 1 items broken"#]],
    );
}

#[test]
fn list_places() {
    check_clause(
        "col(a) = lit([1]) AND col(b) IN lit(1) AND lit([1]) = col(c) AND col(d) IN col(e)",
        expect![[r#"
            `[1]`: expected a single value beside `=`; a list goes with `IN`
            `lit(1)`: expected a list after `IN`, written `lit([…])`
              Make it a list: col(a) = lit([1]) AND col(b) IN lit([1]) AND lit([1]) = col(c) AND col(d) IN col(e)
            `[1]`: expected a single value beside `=`; a list goes with `IN`
            `col(e)`: expected a list after `IN`, written `lit([…])`
            1 of 1 items broken"#]],
    );
}

#[test]
fn list_contents() {
    check_clause(
        "col(a) IN lit([]) AND col(b) IN lit([1, [2]])",
        expect![[r#"
            `[]`: expected at least one literal in the list
            `[2]`: expected a string, an integer, `true`, `false` or `null`; lists do not nest
            1 of 1 items broken"#]],
    );
}

#[test]
fn composite_lengths() {
    check_clause(
        "exists(rel(_, (a, b), t, c), col(x) = lit(1))",
        expect![[r#"
            `c`: expected as many columns on both sides, found 2 and 1
            1 of 1 items broken"#]],
    );
}

#[test]
fn fn_arguments() {
    check_clause(
        "col(a) = fn(lower, col(b)) AND col(b) = fn(f) AND col(c) = fn(s.f, [col(a) lit(1)])",
        expect![[r#"
            `col`: expected the arguments in square brackets, found `col`
              Insert the brackets: col(a) = fn(lower, [col(b)]) AND col(b) = fn(f) AND col(c) = fn(s.f, [col(a) lit(1)])
            `)`: expected the arguments after the function's name
              Insert an empty list: col(a) = fn(lower, col(b)) AND col(b) = fn(f, []) AND col(c) = fn(s.f, [col(a) lit(1)])
            `lit`: expected `,`, found `lit`
              Insert `,`: col(a) = fn(lower, col(b)) AND col(b) = fn(f) AND col(c) = fn(s.f, [col(a), lit(1)])
            1 of 1 items broken"#]],
    );
}

#[test]
fn lists_elsewhere() {
    check_clause(
        "lit([1]) IS NULL AND col(a) = fn(f, [lit([1])]) AND col(a) lit([1])",
        expect![[r#"
        `[1]`: expected a single value here; a list stands to the right of `IN`
        `[1]`: expected a single value here; a list stands to the right of `IN`
        `lit`: expected a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`, found `lit`
        `)`: expected a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`, found the end of the file
        1 of 1 items broken"#]],
    );
}
