//! Mistakes in single tokens, and mistakes that must not reach the next policy.

use expect_test::expect;

use super::check;

#[test]
fn double_quotes() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR has_column("a'b") CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `"a'b"`: expected a string in single quotes: 'text'
              Use single quotes: POLICY p PERMISSIVE FOR ALL SELECTOR has_column('a''b') CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn unclosed_string() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col('a) = lit(1)
POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col('a) = lit(1)"#,
        expect![[r#"
            `'a`: expected `'` to close this string
              Close the string: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col('a') = lit(1)
            `'a`: expected `'` to close this string
              Close the string: POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col('a') = lit(1)
            2 of 2 items broken"#]],
    );
}

#[test]
fn unclosed_string_at_end() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = session('app.x)
POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `'app.x`: expected `'` to close this string
              Close the string: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = session('app.x')
            1 of 2 items broken"#]],
    );
}

#[test]
fn unclosed_comment() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1) /* and so on
 AND col(b) = lit(2)
POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `/*`: expected `*/` to close this comment
              Close the comment:  AND col(b) = lit(2) */
            1 of 2 items broken"#]],
    );
}

#[test]
fn missing_paren() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR has_column(a CLAUSE col(a = lit(1) AND col(b) = session('x' AND col(c) = lit(1",
        expect![[r#"
            `CLAUSE`: expected `)`, found `CLAUSE`
              Insert `)`: POLICY p PERMISSIVE FOR ALL SELECTOR has_column(a) CLAUSE col(a = lit(1) AND col(b) = session('x' AND col(c) = lit(1
            `=`: expected `)`, found `=`
              Insert `)`: POLICY p PERMISSIVE FOR ALL SELECTOR has_column(a CLAUSE col(a) = lit(1) AND col(b) = session('x' AND col(c) = lit(1
            `AND`: expected `)`, found `AND`
              Insert `)`: POLICY p PERMISSIVE FOR ALL SELECTOR has_column(a CLAUSE col(a = lit(1) AND col(b) = session('x') AND col(c) = lit(1
            `1`: expected `)`, found the end of the file
              Insert `)`: POLICY p PERMISSIVE FOR ALL SELECTOR has_column(a CLAUSE col(a = lit(1) AND col(b) = session('x' AND col(c) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_both() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE exists(rel(_, a, t, b), {col(c) = lit(1)
POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `)`: expected `}`, found `POLICY`
              Insert `}`: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE exists(rel(_, a, t, b), {col(c) = lit(1)}
            1 of 2 items broken"#]],
    );
}

#[test]
fn extra_paren() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL) CLAUSE col(a) = lit(1)) AND col(b) = lit(2)",
        expect![[r#"
            `)`: expected `CLAUSE`, found `)`
            `)`: expected `AND`, `OR CLAUSE` or the next item, found `)`
            1 of 1 items broken"#]],
    );
}

#[test]
fn misspelt_call() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR hascolumn(a) OR foo(b) AND ALL CLAUSE cool(a) = sesion('a')",
        expect![[r#"
            `hascolumn`: expected `has_column`, found `hascolumn`
              Replace with `has_column`: POLICY p PERMISSIVE FOR ALL SELECTOR has_column(a) OR foo(b) AND ALL CLAUSE cool(a) = sesion('a')
            `foo`: expected a selector: `ALL`, `has_column(…)`, `in_schema(…)`, `named(…)`, `tagged(…)` or `NOT`, found `foo`
            `cool`: expected `col`, found `cool`
              Replace with `col`: POLICY p PERMISSIVE FOR ALL SELECTOR hascolumn(a) OR foo(b) AND ALL CLAUSE col(a) = sesion('a')
            `sesion`: expected `session`, found `sesion`
              Replace with `session`: POLICY p PERMISSIVE FOR ALL SELECTOR hascolumn(a) OR foo(b) AND ALL CLAUSE cool(a) = session('a')
            1 of 1 items broken"#]],
    );
}

#[test]
fn empty_clause() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE
POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE AND col(a) = lit(1)"#,
        expect![[r#"
            `CLAUSE`: expected a value: `col(…)`, `session(…)`, `lit(…)` or `fn(…)`, found `POLICY`
            `AND`: expected a value: `col(…)`, `session(…)`, `lit(…)` or `fn(…)`, found `AND`
            2 of 2 items broken"#]],
    );
}

#[test]
fn odd_characters() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1); § POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) ~~ lit(1)",
        expect![[r#"
            `;`: expected `AND`, `OR CLAUSE` or the next item, found `;`
              Remove `;`: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1) § POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) ~~ lit(1)
            `~~`: expected a comparison: `=`, `!=`, `<`, `>`, `<=`, `>=`, `IN`, `LIKE` or `IS NULL`, found `~~`
            2 of 2 items broken"#]],
    );
}

#[test]
fn wildcard_name() {
    check(
        "POLICY _ PERMISSIVE FOR ALL SELECTOR has_column(_) CLAUSE col(_) = lit(1)",
        expect![[r#"
            `_`: expected a name; `_` stands for the governed table, and only as the start of a `rel`
            `_`: expected a name; `_` stands for the governed table, and only as the start of a `rel`
            `_`: expected a name; `_` stands for the governed table, and only as the start of a `rel`
            1 of 1 items broken"#]],
    );
}

#[test]
fn empty_strings() {
    check(
        "POLICY '' PERMISSIVE FOR ALL SELECTOR named('') OR tagged('') CLAUSE col('') = session('')",
        expect![[r#"
            `''`: expected a name, found an empty string
            `''`: expected the pattern, found an empty string
            `''`: expected the tag, found an empty string
            `''`: expected a name, found an empty string
            `''`: expected the setting's name, found an empty string
            1 of 1 items broken"#]],
    );
}
