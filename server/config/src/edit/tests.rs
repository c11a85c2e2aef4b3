use expect_test::{Expect, expect};

use super::*;

fn check(yaml: &str, path: &[Step<'_>], addition: &Addition, expected: Expect) {
    let shown = match addition.to(yaml, path) {
        Some(edit) => {
            let mut text = yaml.to_owned();
            text.insert_str(edit.range.start as usize, &edit.text);
            text.replace('\r', "␍")
        }
        None => "not possible\n".to_owned(),
    };
    expected.assert_eq(&shown);
}

const ALLOW: [Step<'_>; 2] = [Step::Key("functions"), Step::Key("allow")];
const EXEMPT: [Step<'_>; 3] = [Step::Key("isolation"), Step::Item(0), Step::Key("exempt")];

fn function() -> Addition {
    Addition::Items(vec![Entry::Text("auth.uid".to_owned())])
}

fn exemption() -> Addition {
    let fields = [("table", "plans".to_owned()), ("reason", PLACEHOLDER_REASON.to_owned())];
    Addition::Items(vec![Entry::record(fields)])
}

#[test]
fn what_is_not_there_is_written() {
    check(
        "",
        &ALLOW,
        &function(),
        expect![[r#"
        functions:
          allow:
            - auth.uid
    "#]],
    );
    check(
        "# nothing yet",
        &EXEMPT,
        &exemption(),
        expect![[r#"
        # nothing yet
        isolation:
          - exempt:
              - table: plans
                reason: "TODO: why this is fine"
    "#]],
    );
    check(
        "functions: # none\nversion: 1\n",
        &ALLOW,
        &function(),
        expect![[r#"
        functions: # none
          allow:
            - auth.uid
        version: 1
    "#]],
    );
    check(
        "functions: ~\n",
        &ALLOW,
        &function(),
        expect![[r#"
        not possible
    "#]],
    );
    check(
        "{}\n",
        &EXEMPT,
        &exemption(),
        expect![[r#"
        {isolation: [{ exempt: [{ table: plans, reason: "TODO: why this is fine" }] }]}
    "#]],
    );
}

#[test]
fn items_come_behind_the_others() {
    check(
        "functions:\n  allow: [a, b] # reviewed\n",
        &ALLOW,
        &function(),
        expect![[r#"
        functions:
          allow: [a, b, auth.uid] # reviewed
    "#]],
    );
    check(
        "functions: { allow: [ a, ] }\n",
        &ALLOW,
        &function(),
        expect![[r#"
        functions: { allow: [ a, auth.uid ] }
    "#]],
    );
    check(
        "functions:\n  allow:\n  - a # first\n\n# more\nrules: {}\n",
        &ALLOW,
        &function(),
        expect![[r#"
        functions:
          allow:
          - a # first
          - auth.uid

        # more
        rules: {}
    "#]],
    );
    check(
        "functions:\n  allow:\n    - a",
        &ALLOW,
        &function(),
        expect![[r#"
        functions:
          allow:
            - a
            - auth.uid"#]],
    );
    check(
        "isolation:\r\n  - owner: org_id\r\n    exempt: []\r\n",
        &EXEMPT,
        &exemption(),
        expect![[r#"
        isolation:␍
          - owner: org_id␍
            exempt: [{ table: plans, reason: "TODO: why this is fine" }]␍
    "#]],
    );
    check(
        "isolation:\n  - exempt:\n    - { table: a, reason: b }\n    owner: org_id\n",
        &EXEMPT,
        &exemption(),
        expect![[r#"
        isolation:
          - exempt:
            - { table: a, reason: b }
            - table: plans
              reason: "TODO: why this is fine"
            owner: org_id
    "#]],
    );
}

#[test]
fn what_says_something_else_is_left_alone() {
    let path = [Step::Key("a"), Step::Key("allow")];
    check(
        "a: &x [b]\nc: *x\n",
        &[Step::Key("c")],
        &function(),
        expect![[r#"
        not possible
    "#]],
    );
    check(
        "a: text\n",
        &path,
        &function(),
        expect![[r#"
        not possible
    "#]],
    );
    check(
        "a: [b\n",
        &path,
        &function(),
        expect![[r#"
        not possible
    "#]],
    );
    check(
        "a: |\n  allow\n  of two lines\n",
        &ALLOW,
        &function(),
        expect![[r#"
        a: |
          allow
          of two lines
        functions:
          allow:
            - auth.uid
    "#]],
    );
}

#[test]
fn texts_are_read_as_they_were_meant() {
    for text in [
        "a",
        "off",
        "true",
        "Null",
        "1",
        "a b",
        "a: b",
        "it's \"so\"",
        "\\",
        "é",
        "",
        "-",
        "a\nb",
        "*",
        "#x",
        "\u{2028}",
        "\u{7}",
    ] {
        let yaml = format!("a: {}\nb: [{}]\n", yaml_text(text), yaml_text(text));
        let Ok(Entry::Map(entries)) = Entry::try_from(&node::parse(&yaml).unwrap()) else { panic!("{yaml}") };
        let text = Entry::Text(text.to_owned());
        assert_eq!(entries[0].1, text, "{yaml}");
        assert_eq!(entries[1].1, Entry::List(vec![text]), "{yaml}");
    }
}
