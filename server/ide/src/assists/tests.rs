use expect_test::{Expect, expect};

use super::{Assist, AssistKind, AssistQuery, EditsOf, Effect};
use crate::test_support::{Fixture, SCHEMA, show_edits};

const KINDS: [AssistKind; 4] =
    [AssistKind::QuickFix, AssistKind::Rewrite, AssistKind::Extract, AssistKind::FixAll];

fn assists(fixture: &Fixture, kinds: &[AssistKind], edits: EditsOf<'_>) -> Vec<Assist> {
    let range = fixture.offset..fixture.offset;
    let query = AssistQuery { path: &fixture.path, range: &range, kinds, edits };
    fixture.analysis().assists(query, &|_| None).unwrap()
}

fn check(kinds: &[AssistKind], text: &str, expected: Expect) {
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    let text = fixture.text();
    let mut shown = String::new();
    for assist in assists(&fixture, kinds, EditsOf::All) {
        let rule = assist.finding.as_ref().map(|finding| format!("{}: ", finding.rule)).unwrap_or_default();
        let preferred = if assist.preferred { " (preferred)" } else { "" };
        let effect = match &assist.effect {
            Effect::Edits(edits) => {
                let edits = edits.iter().filter(|edit| edit.place.file == fixture.path);
                show_edits(&text, edits.map(|edit| (&edit.place.range, edit.text.as_str())))
            }
            Effect::NotComputed => "later\n".to_owned(),
            Effect::Disabled(reason) => format!("disabled: {reason}\n"),
        };
        shown += &format!("{rule}{}{preferred}\n{effect}", assist.title);
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_finding_under_the_cursor_is_mended() {
    check(
        &[AssistKind::QuickFix],
        "POLICY p\n  PERMISSIVE\n  FOR SELECT\n  SELECTOR named('users')\n  CLAUSE col(tenant_i$0) = session('a.b')\n",
        expect![[r#"
            unknown-column: Replace with `tenant_id` (may widen access) (preferred)
            82: "" -> "d"
        "#]],
    );
}

#[test]
fn other_findings_are_left_alone() {
    check(
        &[AssistKind::QuickFix],
        "POLICY p\n  PERMISSIVE\n  FOR ALL\n  SELECTOR named('us$0ers')\n  CLAUSE col(tenant_i) = session('a.b')\n",
        expect![[""]],
    );
}

#[test]
fn what_is_broken_is_mended_and_not_laid_out_anew() {
    check(
        &KINDS,
        "POLCY$0 p\n  PERMISSIVE\n     FOR SELECT\n  SELECTOR ALL\n  CLAUSE col(id) IS NOT NULL\n",
        expect![[r#"
            syntax: Replace with `POLICY` (preferred)
            0: "POLCY" -> "POLICY"
            Apply all safe fixes of this file
            0: "POLCY" -> "POLICY"
        "#]],
    );
}

#[test]
fn line_ends_stay_those_of_the_file() {
    check(
        &[AssistKind::Rewrite],
        "POLICY p$0\r\n  PERMISSIVE\r\n  FOR UPDATE\r\n  SELECTOR named('users')\r\n  CLAUSE col(id) IS NOT NULL\r\n",
        expect![[r#"
            Add WITH CHECK with the same clauses, to restrict what may be written (access stays the same)
            93: "" -> "\r\n  WITH CHECK\r\n    CLAUSE col(id) IS NOT NULL"
            Split into a policy per command (access stays the same)
            disabled: the policy is for one command only
            Merge with an equal policy
            disabled: no other policy differs in its commands or its selector alone
        "#]],
    );
}

#[test]
fn edits_are_computed_for_the_one_that_is_chosen() {
    let text = "POLICY p$0\n  PERMISSIVE\n  FOR SELECT, UPDATE\n  SELECTOR named('users')\n  CLAUSE col(id) IS NOT NULL\n";
    let fixture = Fixture::new(&format!("{text}{SCHEMA}"));
    let offered = assists(&fixture, &[AssistKind::Rewrite], EditsOf::None);
    let offered: Vec<_> = offered.iter().filter(|it| it.effect == Effect::NotComputed).collect();
    assert_eq!(offered.len(), 2);
    let title = &offered[1].title;
    let one = assists(&fixture, &[AssistKind::Rewrite], EditsOf::One(AssistKind::Rewrite, title));
    for assist in one.iter().filter(|it| !matches!(it.effect, Effect::Disabled(_))) {
        assert_eq!(matches!(assist.effect, Effect::Edits(_)), assist.title == *title);
    }
}

#[test]
fn no_place_and_no_text_is_too_odd() {
    let texts = [
        "",
        "POLICY",
        "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE",
        "POLICY p PERMISSIVE FOR SELECT, INSERT SELECTOR CLAUSE col(id) = lit(null) WITH CHECK",
        "-- pgpe: allow(\nPOLICY é PERMISSIVE FOR ALL SELECTOR named('ü') CLAUSE col('ß') = lit('…') -- pgpe: allow(x",
        "POLICY a PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NULL POLICY a PERMISSIVE FOR INSERT SELECTOR ALL CLAUSE col(id) IS NULL WITH CHECK CLAUSE col(id) IS NULL",
    ];
    for text in texts {
        let mut fixture = Fixture::new(&format!("{text}\n{SCHEMA}"));
        fixture.path = "a.policy".to_owned();
        for offset in (0..=text.len() as u32 + 3).chain([u32::MAX]) {
            fixture.offset = offset;
            assists(&fixture, &KINDS, EditsOf::All);
        }
    }
    let mut fixture = Fixture::new(&format!("POLICY p\n{SCHEMA}"));
    for path in ["schema.sql", "nothing.policy", "pgpe.yaml"] {
        fixture.path = path.to_owned();
        assists(&fixture, &KINDS, EditsOf::All);
    }
}
