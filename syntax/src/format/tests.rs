use expect_test::{Expect, expect};

use super::*;
use crate::{apply_edits, parse};

fn check(text: &str, expect: Expect) {
    let formatted = format(&parse(text));
    expect.assert_eq(&formatted);
    let again = format(&parse(&formatted));
    assert_eq!(again, formatted, "not a fixpoint");
}

#[test]
fn the_canonical_layout_of_each_part() {
    check(
        "policy p permissive for select,insert to 'a b',c selector not(all or has_column(x,'int 4'))and in_schema(s) \
         clause col(a)<>lit(null) and COL('b') is not null and col(c) not in LIT([1,-2,'x',TRUE]) \
         or clause session('k') = fn(s . f,[col(a),fn(now,[])]) with check clause col(a)like lit('%')
         grant select , delete to r selector ALL",
        expect![[r#"
            POLICY p
              PERMISSIVE
              FOR SELECT, INSERT
              TO 'a b', c
              SELECTOR NOT (ALL OR has_column(x, 'int 4')) AND in_schema(s)
              CLAUSE col(a) != lit(null) AND col('b') IS NOT NULL AND col(c) NOT IN lit([1, -2, 'x', true])
              OR CLAUSE session('k') = fn(s.f, [col(a), fn(now, [])])
              WITH CHECK
                CLAUSE col(a) LIKE lit('%')

            GRANT SELECT, DELETE
              TO r
              SELECTOR ALL
        "#]],
    );
}

#[test]
fn traversals_take_lines_and_get_braces() {
    check(
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1) AND exists(rel(_,(a,b),s.t,(c,d)),col(x)=lit(1) AND \
         exists(rel(t,a,u,b), { exists(rel(_,a,v,b),{col(z)=lit(1)}) AND col(y) IS NULL })) WITH CHECK CLAUSE \
         exists(rel(_,a,t,b),col(x)=lit(1)) OR CLAUSE col(q) = lit(2)",
        expect![[r#"
            POLICY p
              PERMISSIVE
              FOR ALL
              SELECTOR ALL
              CLAUSE
                col(a) = lit(1)
                AND exists(
                  rel(_, (a, b), s.t, (c, d)),
                  {
                    col(x) = lit(1)
                    AND exists(
                      rel(t, a, u, b),
                      {
                        exists(
                          rel(_, a, v, b),
                          {col(z) = lit(1)}
                        )
                        AND col(y) IS NULL
                      }
                    )
                  }
                )
              WITH CHECK
                CLAUSE
                  exists(
                    rel(_, a, t, b),
                    {col(x) = lit(1)}
                  )
                OR CLAUSE col(q) = lit(2)
        "#]],
    );
}

#[test]
fn long_selectors_and_clauses_are_broken_at_their_operators() {
    check(
        "POLICY p PERMISSIVE FOR ALL \
         SELECTOR named('a_rather_long_name_of_a_table') AND tagged('x') OR named('another_rather_long_name') OR (named('x') OR ALL) \
         CLAUSE col(a_rather_long_name_of_a_column) = session('app.long') AND col(another_long_name) = session('app.another') \
         OR CLAUSE col(one_atom_is_never_broken_however_long_it_may_be) = fn(one_atom_is_never_broken_however_long_it, [])",
        expect![[r#"
            POLICY p
              PERMISSIVE
              FOR ALL
              SELECTOR
                named('a_rather_long_name_of_a_table') AND tagged('x')
                OR named('another_rather_long_name')
                OR (named('x') OR ALL)
              CLAUSE
                col(a_rather_long_name_of_a_column) = session('app.long')
                AND col(another_long_name) = session('app.another')
              OR CLAUSE col(one_atom_is_never_broken_however_long_it_may_be) = fn(one_atom_is_never_broken_however_long_it, [])
        "#]],
    );
}

#[test]
fn comments_stay_where_they_belong() {
    check(
        "\
-- head of the file


// of p
POLICY p PERMISSIVE -- behind the type
  FOR /* inside */ ALL
      -- before the selector
  SELECTOR ALL // behind the selector
  CLAUSE -- behind the keyword
    col(a) = lit(1) -- behind an atom
      -- above an atom
    AND col(b) = lit(2) /* block */ AND exists(rel(_, a, t, b), -- behind the relation
      -- above the braces
      col(x) = lit(1)) -- behind the clause
  -- AND col(b) = lit(3)
  -- still of p
-- of the gap
POLICY q PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a /* odd */) = lit(1) -- behind q

/* of r,
     in two lines */ POLICY r PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)
-- at the end",
        expect![[r#"
            -- head of the file

            // of p
            POLICY p
              PERMISSIVE -- behind the type
              FOR /* inside */ ALL
              -- before the selector
              SELECTOR ALL // behind the selector
              CLAUSE -- behind the keyword
                col(a) = lit(1) -- behind an atom
                -- above an atom
                AND col(b) = lit(2) /* block */
                AND exists(
                  rel(_, a, t, b), -- behind the relation
                  -- above the braces
                  {col(x) = lit(1)}
                ) -- behind the clause
              -- AND col(b) = lit(3)
              -- still of p

            -- of the gap
            POLICY q
              PERMISSIVE
              FOR ALL
              SELECTOR ALL
              CLAUSE
                col(a /* odd */) = lit(1) -- behind q

            /* of r,
                 in two lines */ POLICY r
              PERMISSIVE
              FOR ALL
              SELECTOR ALL
              CLAUSE col(a) = lit(1)
            -- at the end
        "#]],
    );
}

#[test]
fn broken_items_stay_as_they_are() {
    check(
        "policy a permissive for all selector all clause col(a)=lit(1)
policy b   permissive for all   selector clause col(a)=lit(1)  -- behind
grant  select to r selector all
policy c permissive for all selector all clause col(a)==lit(1)
   OR  CLAUSE -- inside
 col(a)=lit(1)",
        expect![[r#"
            POLICY a
              PERMISSIVE
              FOR ALL
              SELECTOR ALL
              CLAUSE col(a) = lit(1)

            policy b   permissive for all   selector clause col(a)=lit(1) -- behind

            GRANT SELECT
              TO r
              SELECTOR ALL

            policy c permissive for all selector all clause col(a)==lit(1)
               OR  CLAUSE -- inside
             col(a)=lit(1)
        "#]],
    );
}

#[test]
fn text_before_the_first_item_stays() {
    check(
        "what  is\n this -- ?\npolicy a permissive for all selector all clause col(a)=lit(1)",
        expect![[r#"
        what  is
         this -- ?

        POLICY a
          PERMISSIVE
          FOR ALL
          SELECTOR ALL
          CLAUSE col(a) = lit(1)
    "#]],
    );
}

#[test]
fn words_as_names_keep_their_case() {
    check(
        "POLICY policy PERMISSIVE FOR ALL TO all, Select SELECTOR has_column(Null) CLAUSE COL(Col) = lit(NULL)",
        expect![[r#"
            POLICY policy
              PERMISSIVE
              FOR ALL
              TO all, Select
              SELECTOR has_column(Null)
              CLAUSE col(Col) = lit(null)
        "#]],
    );
}

#[test]
fn line_ends_follow_the_majority_and_the_mark_stays() {
    let crlf = "\u{feff}/* a\r\nb */\r\nPOLICY p PERMISSIVE\r\nFOR ALL SELECTOR ALL CLAUSE col(a) = lit(1)\n";
    let formatted = format(&parse(crlf));
    assert!(formatted.starts_with('\u{feff}'));
    assert_eq!(formatted.matches('\n').count(), formatted.matches("\r\n").count());
    assert_eq!(format(&parse(&formatted)), formatted);
    let lf = format(&parse("POLICY p PERMISSIVE\r\nFOR ALL\n SELECTOR ALL\n CLAUSE col(a) = lit(1)\r\n"));
    assert!(!lf.contains('\r'));
}

#[test]
fn texts_without_items() {
    for (text, expected) in
        [("", ""), (" \n\t\n", ""), ("\u{feff}", "\u{feff}"), ("-- a\n\n\n-- b", "-- a\n\n-- b\n")]
    {
        assert_eq!(format(&parse(text)), expected);
    }
}

#[test]
fn a_range_formats_the_items_that_it_touches() {
    let text = "policy a permissive for all selector all clause col(a)=lit(1)
-- between
policy b permissive for all selector all clause col(b)=lit(1)
policy c permissive for all selector all clause col(c)=lit(1)";
    let parsed = parse(text);
    let start = text.find("col(b)").unwrap() as u32;
    let edits = format_range(&parsed, TextRange::empty(start.into()));
    let expect = expect![[r#"
        policy a permissive for all selector all clause col(a)=lit(1)
        -- between
        POLICY b
          PERMISSIVE
          FOR ALL
          SELECTOR ALL
          CLAUSE col(b) = lit(1)
        policy c permissive for all selector all clause col(c)=lit(1)"#]];
    expect.assert_eq(&apply_edits(text, &edits));
    let whole = format(&parsed);
    assert_eq!(format_range(&parse(&whole), TextRange::up_to((whole.len() as u32).into())), []);
}

#[test]
fn one_edit_is_as_small_as_it_can_be() {
    let edit = minimal_edit("abc def", "abc  def").unwrap();
    assert_eq!((edit.range, edit.insert.as_str()), (TextRange::empty(4.into()), " "));
    let edit = minimal_edit("é😀x", "é😁x").unwrap();
    assert_eq!((edit.range, edit.insert.as_str()), (TextRange::new(2.into(), 6.into()), "😁"));
    assert_eq!(minimal_edit("same", "same"), None);
    for (before, after) in [("a\r\nb", "a\nb"), ("a\nb", "a\r\nb"), ("\r\n\r\n", "\r\n"), ("a\r", "a\r\n")] {
        let edit = minimal_edit(before, after).unwrap();
        assert_eq!(apply_edits(before, std::slice::from_ref(&edit)), after);
        let splits = |at: usize| before[..at].ends_with('\r') && before[at..].starts_with('\n');
        assert!(!splits(edit.range.start().into()) && !splits(edit.range.end().into()), "{edit:?}");
    }
}

#[test]
fn the_example_is_in_its_canonical_layout() {
    let text = include_str!("../../tests/data/saas.policy");
    assert_eq!(format(&parse(text)), text);
}
