use expect_test::{Expect, expect};

use super::Symbol;
use crate::test_support::Fixture;

fn check(text: &str, expected: Expect) {
    fn show(symbols: &[Symbol], depth: usize, text: &str, shown: &mut String) {
        for symbol in symbols {
            let named = &text[symbol.name_range.start as usize..symbol.name_range.end as usize];
            let detail = symbol.detail.as_deref().unwrap_or_default();
            *shown += &format!(
                "{}{:?} {} | {detail} | {:?} {}\n",
                "  ".repeat(depth),
                symbol.kind,
                symbol.name,
                symbol.range,
                named.lines().next().unwrap_or_default()
            );
            assert!(
                symbol.range.start <= symbol.name_range.start && symbol.name_range.end <= symbol.range.end
            );
            show(&symbol.children, depth + 1, text, shown);
        }
    }
    let fixture = Fixture::new(text);
    let symbols = fixture.analysis().document_symbols(&fixture.path).unwrap();
    let mut shown = String::new();
    show(&symbols, 0, &fixture.text(), &mut shown);
    expected.assert_eq(&shown);
}

#[test]
fn policies_have_clauses() {
    check(
        "\
-- first
POLICY own PERMISSIVE FOR SELECT, INSERT TO app SELECTOR ALL
  CLAUSE col(a) = -- one
     lit(1)
  OR CLAUSE col(b) IS NULL AND col(name_that_is_long) = lit('a text that is longer than all that fits on one line')
  WITH CHECK CLAUSE col(a) = lit(2)
GRANT SELECT, DELETE TO app SELECTOR named('t%')
",
        expect![[r#"
            Policy own | PERMISSIVE FOR SELECT, INSERT TO app | 9..258 own
              Clause col(a) = lit(1) |  | 79..106 col(a) = -- one
              Clause col(b) IS NULL AND col(name_that_is_long) = lit('a text that is longer than all … |  | 119..222 col(b) IS NULL AND col(name_that_is_long) = lit('a text that is longer than all that fits on one line')
              Check WITH CHECK |  | 225..258 WITH CHECK CLAUSE col(a) = lit(2)
                Clause col(a) = lit(2) |  | 243..258 col(a) = lit(2)
            Grant GRANT SELECT, DELETE TO app | SELECTOR named('t%') | 259..307 GRANT SELECT, DELETE TO app SELECTOR named('t%')
        "#]],
    );
}

#[test]
fn what_is_broken_has_a_name_all_the_same() {
    check(
        "POLICY\nPOLICY p CLAUSE\nGRANT\n",
        expect![[r#"
            Policy POLICY |  | 0..6 POLICY
            Policy p |  | 7..23 p
              Clause CLAUSE |  | 23..23 
            Grant GRANT |  | 23..28 GRANT
        "#]],
    );
}
