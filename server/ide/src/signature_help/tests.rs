//! The active form is shown with the parameter being written in `⟨ ⟩`.

use expect_test::{Expect, expect};

use crate::test_support::{Fixture, SCHEMA};
use crate::{Signature, SignatureHelp};

fn help(text: &str) -> Option<SignatureHelp> {
    let fixture = Fixture::new(&format!("{text}\n{SCHEMA}"));
    fixture.analysis().signature_help(&fixture.path, fixture.offset).unwrap()
}

fn shown(help: Option<SignatureHelp>) -> String {
    let Some(help) = help else { return "nothing\n".to_owned() };
    let mut lines = String::new();
    for (index, Signature { label, parameters, .. }) in help.signatures.iter().enumerate() {
        let mark = if index == help.active { ">" } else { " " };
        let label = match help.parameter.filter(|_| index == help.active).map(|at| &parameters[at]) {
            Some(range) => {
                let (start, end) = (range.start as usize, range.end as usize);
                format!("{}⟨{}⟩{}", &label[..start], &label[start..end], &label[end..])
            }
            None => label.clone(),
        };
        lines.push_str(&format!("{mark} {label}\n"));
    }
    lines
}

fn check(clause: &str, expected: Expect) {
    let text = format!("POLICY p PERMISSIVE FOR ALL SELECTOR named('tasks') CLAUSE {clause}\n");
    expected.assert_eq(&shown(help(&text)));
}

#[test]
fn a_traversal_has_four_parameters() {
    check("exists(rel($0", expect![["> rel(⟨source⟩, columns, target, target columns)\n"]]);
    check("exists(rel(_, $0", expect![["> rel(source, ⟨columns⟩, target, target columns)\n"]]);
    check("exists(rel(_, (a, b$0), t, id))", expect![["> rel(source, ⟨columns⟩, target, target columns)\n"]]);
    check(
        "exists(rel(_, (a, b), t, i$0d), {",
        expect![["> rel(source, columns, target, ⟨target columns⟩)\n"]],
    );
    check("exists(rel(_, a, b, c, $0", expect![["> rel(source, columns, target, target columns)\n"]]);
    let known = help("POLICY p PERMISSIVE FOR ALL SELECTOR named('tasks') CLAUSE exists(rel(_, $0").unwrap();
    let known = &known.signatures[0].markdown;
    assert!(known.contains("- `rel(_, project_id, public.projects, id)`"), "{known}");
    let inner = help(
        "POLICY p PERMISSIVE FOR ALL SELECTOR named('tasks')
           CLAUSE exists(rel(_, project_id, projects, id), {exists(rel(_, $0), {col(id) IS NULL})})",
    );
    let inner = &inner.unwrap().signatures[0].markdown;
    assert!(inner.contains("- `rel(_, tenant_id, public.tenants, id)`"), "{inner}");
}

#[test]
fn the_parts_of_exists_are_its_own() {
    check("exists($0", expect![["> exists(⟨rel(…)⟩, { condition })\n"]]);
    check("exists(rel(_, a, b, c), $0", expect![["> exists(rel(…), ⟨{ condition }⟩)\n"]]);
    check("exists(rel(_, a, b, c), {$0", expect![["> exists(rel(…), ⟨{ condition }⟩)\n"]]);
    check("exists(rel(_, a, b, c), {col(a) = lit($0", expect![["> lit(⟨value⟩)\n"]]);
}

#[test]
fn selectors_have_their_forms() {
    let check = |text: &str, expected: Expect| expected.assert_eq(&shown(help(text)));
    check(
        "POLICY p SELECTOR has_column($0",
        expect![["> has_column(⟨column⟩)\n  has_column(column, type)\n"]],
    );
    check(
        "POLICY p SELECTOR has_column(a, $0",
        expect![["  has_column(column)\n> has_column(column, ⟨type⟩)\n"]],
    );
    check("POLICY p SELECTOR (named('a$0", expect![["> named(⟨pattern⟩)\n"]]);
    check("POLICY p SELECTOR ALL AND (NOT tagged($0", expect![["> tagged(⟨tag⟩)\n"]]);
    check("POLICY p SELECTOR in_schema($0)", expect![["> in_schema(⟨schema⟩)\n"]]);
}

#[test]
fn functions_have_the_forms_of_the_schema() {
    check("col(a) = fn($0", expect![["> fn(⟨function⟩, [arguments])\n"]]);
    check("col(a) = fn(nonsense, [$0", expect![["> fn(function, [⟨arguments⟩])\n"]]);
    check("col(a) = fn(lower, [$0])", expect![["> fn(lower, [⟨text⟩]) → text\n"]]);
    check("col(a) = fn('lower', [col($0)])", expect![["> col(⟨column⟩)\n"]]);
    check("col(a) = fn(auth.uid$0, [])", expect![["> fn(⟨auth.uid⟩, []) → uuid\n"]]);
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(a) = fn(pick, [lit(1), $0
//- /schema.sql
CREATE FUNCTION pick(integer) RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL';
CREATE FUNCTION pick(integer, boolean) RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL';
";
    let fixture = Fixture::new(text);
    expect![["  fn(public.pick, [integer]) → text\n> fn(public.pick, [integer, ⟨boolean⟩]) → text\n"]]
        .assert_eq(&shown(fixture.analysis().signature_help("a.policy", fixture.offset).unwrap()));
}

#[test]
fn outside_of_calls_there_is_nothing() {
    check("col(a)$0 = lit(1)", expect![["nothing\n"]]);
    check("$0", expect![["nothing\n"]]);
    check("col(a OR CLAUSE $0", expect![["nothing\n"]]);
    assert_eq!(help("POLICY p SELECTOR ($0"), None);
    assert_eq!(help("$0"), None);
    let fixture = Fixture::new("POLICY p");
    assert_eq!(fixture.analysis().signature_help("a.policy", 9999), Ok(None));
    assert_eq!(fixture.analysis().signature_help("nowhere", 0), Ok(None));
}

#[test]
fn every_place_of_every_text_can_be_asked_about() {
    let text = "POLICY p PERMISSIVE FOR ALL SELECTOR has_column(x, 'ü') AND (named('a') OR tagged('é'))
      CLAUSE exists(rel(_, (a, b), 'ü'.t, (c, d)), {fn(a.b, [lit(1), session('😀')]) = lit(['x', 1])}) -- (";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        let fixture = Fixture::new(&format!("{}\n{SCHEMA}", &text[..end]));
        for offset in [0, end.saturating_sub(1), end, end + 3] {
            fixture.analysis().signature_help("a.policy", u32::try_from(offset).unwrap()).unwrap();
        }
    }
}
