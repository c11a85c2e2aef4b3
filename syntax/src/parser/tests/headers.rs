//! Mistakes in what comes before the clauses.

use expect_test::expect;

use super::check;

#[test]
fn missing_type() {
    check(
        r#"POLICY p
  FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `p`: expected `PERMISSIVE` or `RESTRICTIVE`, found `FOR`
              Make the policy PERMISSIVE: POLICY p PERMISSIVE
            1 of 1 items broken"#]],
    );
}

#[test]
fn misspelt_type() {
    check(
        "POLICY p PERMISIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `PERMISIVE`: expected `PERMISSIVE` or `RESTRICTIVE`, found `PERMISIVE`
              Replace with `PERMISSIVE`: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_name() {
    check(
        "POLICY PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `PERMISSIVE`: expected the policy's name, found `PERMISSIVE`
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_name_and_type() {
    check(
        "POLICY FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `POLICY`: expected `PERMISSIVE` or `RESTRICTIVE`, found `FOR`
              Make the policy PERMISSIVE: POLICY PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            `FOR`: expected the policy's name, found `FOR`
            1 of 1 items broken"#]],
    );
}

#[test]
fn only_policy() {
    check(
        "POLICY",
        expect![[r#"
            `POLICY`: expected the policy's name, found the end of the file
            `POLICY`: expected `PERMISSIVE` or `RESTRICTIVE`, found the end of the file
              Make the policy PERMISSIVE: POLICY PERMISSIVE
            1 of 1 items broken"#]],
    );
}

#[test]
fn only_header() {
    check(
        "POLICY p PERMISSIVE",
        expect![[r#"
            `PERMISSIVE`: expected `FOR`, `SELECTOR` and `CLAUSE`, found the end of the file
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_selector() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL
  CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `ALL`: expected `SELECTOR`, found `CLAUSE`
            1 of 1 items broken"#]],
    );
}

#[test]
fn misspelt_parts() {
    check(
        "POLICY p PERMISSIVE FRO ALL SELECTER ALL CLAUZE col(a) = lit(1) WHIT CHEK CLAUSE col(a) = lit(1)",
        expect![[r#"
            `FRO`: expected `FOR`, found `FRO`
              Replace with `FOR`: POLICY p PERMISSIVE FOR ALL SELECTER ALL CLAUZE col(a) = lit(1) WHIT CHEK CLAUSE col(a) = lit(1)
            `SELECTER`: expected `SELECTOR`, found `SELECTER`
              Replace with `SELECTOR`: POLICY p PERMISSIVE FRO ALL SELECTOR ALL CLAUZE col(a) = lit(1) WHIT CHEK CLAUSE col(a) = lit(1)
            `CLAUZE`: expected `CLAUSE`, found `CLAUZE`
              Replace with `CLAUSE`: POLICY p PERMISSIVE FRO ALL SELECTER ALL CLAUSE col(a) = lit(1) WHIT CHEK CLAUSE col(a) = lit(1)
            `WHIT`: expected `AND`, `OR CLAUSE` or the next item, found `WHIT`
            `CLAUSE`: expected `OR` between two clauses
              Insert `OR`: POLICY p PERMISSIVE FRO ALL SELECTER ALL CLAUZE col(a) = lit(1) WHIT CHEK OR CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_command_comma() {
    check(
        "POLICY p PERMISSIVE FOR SELECT INSERT SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `INSERT`: expected `,`, found `INSERT`
              Insert `,`: POLICY p PERMISSIVE FOR SELECT, INSERT SELECTOR ALL CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn misspelt_command() {
    check(
        "POLICY p PERMISSIVE FOR SELECT, INSRT SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `INSRT`: expected `INSERT`, found `INSRT`
              Replace with `INSERT`: POLICY p PERMISSIVE FOR SELECT, INSERT SELECTOR ALL CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn trailing_command_comma() {
    check(
        "POLICY p PERMISSIVE FOR SELECT, SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `SELECTOR`: expected `SELECT`, `INSERT`, `UPDATE` or `DELETE`, found `SELECTOR`
              Remove the comma: POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn all_and_more() {
    check(
        "POLICY p PERMISSIVE FOR ALL, SELECT SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `,`: expected `TO` or `SELECTOR`, found `,`
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_role() {
    check(
        "POLICY p PERMISSIVE FOR ALL TO SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `SELECTOR`: expected a role's name, found `SELECTOR`
            1 of 1 items broken"#]],
    );
}

#[test]
fn missing_role_comma() {
    check(
        "POLICY p PERMISSIVE FOR ALL TO a b SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `b`: expected `,`, found `b`
              Insert `,`: POLICY p PERMISSIVE FOR ALL TO a, b SELECTOR ALL CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn repeated_part() {
    check(
        "POLICY p PERMISSIVE FOR ALL FOR SELECT SELECTOR ALL CLAUSE col(a) = lit(1) SELECTOR ALL",
        expect![[r#"
            `FOR`: expected each part once and in order (`FOR`, `TO`, `SELECTOR`, `CLAUSE` and `WITH`), found `FOR`
            `SELECTOR`: expected each part once and in order (`FOR`, `TO`, `SELECTOR`, `CLAUSE` and `WITH`), found `SELECTOR`
            1 of 1 items broken"#]],
    );
}

#[test]
fn with_without_check() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1) WITH CLAUSE col(a) = lit(1)",
        expect![[r#"
            `CLAUSE`: expected `CHECK`, found `CLAUSE`
              Insert `CHECK`: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1) WITH CHECK CLAUSE col(a) = lit(1)
            1 of 1 items broken"#]],
    );
}

#[test]
fn misspelt_policy() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
POLCY q RESTRICTIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `POLCY`: expected `POLICY`, found `POLCY`
              Replace with `POLICY`: POLICY q RESTRICTIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            1 of 2 items broken"#]],
    );
}

#[test]
fn stray_text() {
    check(
        r#"what is this
POLICY q RESTRICTIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `what`: expected `POLICY` or `GRANT`, found `what`
            0 of 1 items broken"#]],
    );
}

#[test]
fn grant_all() {
    check(
        "GRANT ALL TO a SELECTOR ALL",
        expect![[r#"
            `ALL`: expected the commands to grant, each by its name
              Name all commands: GRANT SELECT, INSERT, UPDATE, DELETE TO a SELECTOR ALL
            1 of 1 items broken"#]],
    );
}

#[test]
fn grant_without_role() {
    check(
        "GRANT SELECT SELECTOR ALL",
        expect![[r#"
            `SELECTOR`: expected `TO`, found `SELECTOR`
            1 of 1 items broken"#]],
    );
}

#[test]
fn grant_with_clause() {
    check(
        "GRANT SELECT TO a SELECTOR ALL CLAUSE col(a) = lit(1)",
        expect![[r#"
            `CLAUSE`: expected `POLICY`, `GRANT` or the end of the file, found `CLAUSE`
            1 of 1 items broken"#]],
    );
}

#[test]
fn selector_commas() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('a'), named('b') tagged('c') CLAUSE col(a) = lit(1)",
        expect![[r#"
            `,`: expected `AND` or `OR` between two selectors, found `,`
              Replace with `OR`: POLICY p PERMISSIVE FOR ALL SELECTOR named('a') OR named('b') tagged('c') CLAUSE col(a) = lit(1)
            `tagged`: expected `AND` or `OR` between two selectors, found `tagged`
            1 of 1 items broken"#]],
    );
}

#[test]
fn semicolon() {
    check(
        r#"POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1);
POLICY q PERMISSIVE FOR ALL SELECTOR ALL; CLAUSE col(a) = lit(1)"#,
        expect![[r#"
            `;`: expected `AND`, `OR CLAUSE` or the next item, found `;`
              Remove `;`: POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            `;`: expected `CLAUSE`, found `;`
              Remove `;`: POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
            2 of 2 items broken"#]],
    );
}
