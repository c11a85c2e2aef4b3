use expect_test::{Expect, expect};
use pgpe_syntax::{TextEdit, TextRange, apply_edits};

use crate::test_support::{Fixture, NAMES, SCHEMA};

/// Renames what stands there, and shows the lines that differ.
fn check(fixture: Fixture, name: &str, expected: Expect) {
    let analysis = fixture.analysis();
    let renamed = analysis.rename(&fixture.path, fixture.offset, name).unwrap();
    let shown = match renamed {
        Err(error) => format!("{error}\n"),
        Ok(edits) => {
            let mut files: Vec<&str> = edits.iter().map(|edit| edit.place.file.as_str()).collect();
            files.dedup();
            let mut shown = String::new();
            for file in files {
                let before = analysis.text(file).unwrap().unwrap();
                let edits = edits.iter().filter(|edit| edit.place.file == file);
                let edits: Vec<TextEdit> = edits
                    .map(|edit| TextEdit {
                        range: TextRange::new(edit.place.range.start.into(), edit.place.range.end.into()),
                        insert: edit.text.clone(),
                    })
                    .collect();
                let after = apply_edits(&before, &edits);
                for (_, line) in before.lines().zip(after.lines()).filter(|(old, new)| old != new) {
                    shown += &format!("{file}: {}\n", line.trim());
                }
            }
            shown
        }
    };
    expected.assert_eq(&shown);
}

fn names(path: &str, before: &str) -> Fixture {
    Fixture::new(&format!("{NAMES}{SCHEMA}")).at(path, before, 1)
}

fn prepared(fixture: &Fixture) -> String {
    match fixture.analysis().prepare_rename(&fixture.path, fixture.offset).unwrap() {
        Ok(found) => {
            let text = fixture.text();
            format!("{} at {}", found.name, &text[found.range.start as usize..found.range.end as usize])
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_policy_is_renamed_wherever_it_is_named() {
    check(
        names("a.policy", "own\n"),
        "mine",
        expect![[r#"
            a.policy: POLICY mine
            a.policy: -- pgpe: allow(subsumption) `mine` stays, own or not; see also team_projects
            pgpe.yaml: - { rule: subsumption, policy: mine, table: tasks, reason: fine }
        "#]],
    );
    check(
        names("pgpe.yaml", "own,"),
        "it's \"my own\"",
        expect![[r#"
            a.policy: POLICY 'it''s "my own"'
            a.policy: -- pgpe: allow(subsumption) `it's "my own"` stays, own or not; see also team_projects
            pgpe.yaml: - { rule: subsumption, policy: 'it''s "my own"', table: tasks, reason: fine }
        "#]],
    );
}

#[test]
fn quotes_stay_where_they_are_and_come_where_they_must() {
    check(
        names("b.policy", "'team_projects'"),
        "teams",
        expect![[r#"
            a.policy: -- pgpe: allow(subsumption) `own` stays, own or not; see also teams
            b.policy: POLICY 'teams'
        "#]],
    );
    check(
        names("a.policy", "own\n"),
        "select",
        expect![[r#"
            a.policy: POLICY 'select'
            a.policy: -- pgpe: allow(subsumption) `select` stays, own or not; see also team_projects
            pgpe.yaml: - { rule: subsumption, policy: select, table: tasks, reason: fine }
        "#]],
    );
    check(
        names("a.policy", "own\n"),
        "no",
        expect![[r#"
            a.policy: POLICY no
            a.policy: -- pgpe: allow(subsumption) `no` stays, own or not; see also team_projects
            pgpe.yaml: - { rule: subsumption, policy: 'no', table: tasks, reason: fine }
        "#]],
    );
}

#[test]
fn yaml_keeps_its_quotes() {
    let text = |quote: &str| {
        format!(
            "POLICY p$0 PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL\n//- /pgpe.yaml\nallow:\n  - {{ rule: subsumption, policy: {quote}p{quote}, reason: x }}\n"
        )
    };
    check(
        Fixture::new(&text("'")),
        "it's",
        expect![[r#"
            a.policy: POLICY 'it''s' PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL
            pgpe.yaml: - { rule: subsumption, policy: 'it''s', reason: x }
        "#]],
    );
    check(
        Fixture::new(&text("\"")),
        "a \"b\" \\",
        expect![[r#"
            a.policy: POLICY 'a "b" \' PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) IS NULL
            pgpe.yaml: - { rule: subsumption, policy: "a \"b\" \\", reason: x }
        "#]],
    );
}

#[test]
fn a_setting_is_renamed_in_any_case() {
    check(
        names("b.policy", "'App.Tenant_id'"),
        "app.org_id",
        expect![[r#"
        a.policy: CLAUSE col(tenant_id) = session('app.org_id')
        b.policy: CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.org_id')})
        pgpe.yaml: - key: "session('app.org_id')"
    "#]],
    );
    check(
        names("pgpe.yaml", "app.tenant_id"),
        "app.org_id",
        expect![[r#"
        a.policy: CLAUSE col(tenant_id) = session('app.org_id')
        b.policy: CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.org_id')})
        pgpe.yaml: - key: "session('app.org_id')"
    "#]],
    );
}

#[test]
fn names_that_can_t_be_are_refused() {
    let own = || names("a.policy", "own\n");
    check(
        own(),
        " ",
        expect![[r#"
        a policy's name has at least one character, and all of them on one line
    "#]],
    );
    check(
        own(),
        "a\nb",
        expect![[r#"
        a policy's name has at least one character, and all of them on one line
    "#]],
    );
    check(
        own(),
        "team_projects",
        expect![[r#"
        b.policy has a policy team_projects already
    "#]],
    );
    check(own(), "own", expect![[""]]);
    let key = || names("a.policy", "'app.tenant_id'");
    check(
        key(),
        "tenant",
        expect![[r#"
        tenant can't be a setting: write letters, digits and _ with a dot between, like app.tenant_id
    "#]],
    );
    check(
        key(),
        "app.it's",
        expect![[r#"
        app.it's can't be a setting: write letters, digits and _ with a dot between, like app.tenant_id
    "#]],
    );
    check(
        key(),
        "app.TENANT_id",
        expect![[r#"
        a.policy: CLAUSE col(tenant_id) = session('app.TENANT_id')
        b.policy: CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.TENANT_id')})
        pgpe.yaml: - key: "session('app.TENANT_id')"
    "#]],
    );
}

#[test]
fn settings_are_not_made_one() {
    let fixture = Fixture::new(
        "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) = session('a.b$0') AND col(b) = session('a.c')\n",
    );
    check(
        fixture,
        "A.C",
        expect![[r#"
        a.policy reads the setting A.C already: both would become one
    "#]],
    );
}

#[test]
fn what_belongs_to_the_database_is_refused() {
    let places = [
        ("a.policy", "tenant_id) ="),
        ("a.policy", "app\n"),
        ("a.policy", "auth.uid"),
        ("b.policy", "projects, id"),
        ("schema.sql", "email"),
        ("schema.sql", "uid()"),
    ];
    let refused = places.iter().map(|(path, before)| {
        let fixture = names(path, before);
        let refused = fixture.analysis().rename(path, fixture.offset, "other").unwrap().unwrap_err();
        assert_eq!(prepared(&fixture), refused.to_string());
        format!("{refused}\n")
    });
    let expected = expect![[r#"
        the column tenant_id belongs to the database: rename it there, then in the schema file and here
        the role app belongs to the database: rename it there, then in the schema file and here
        the function uid belongs to the database: rename it there, then in the schema file and here
        the table public.projects belongs to the database: rename it there, then in the schema file and here
        the column email belongs to the database: rename it there, then in the schema file and here
        the function uid belongs to the database: rename it there, then in the schema file and here
    "#]];
    expected.assert_eq(&refused.collect::<String>());
}

#[test]
fn what_is_to_be_renamed_is_shown_without_quotes() {
    let expected = expect![[r#"
        own at own
        team_projects at team_projects
        App.Tenant_id at App.Tenant_id
        app.tenant_id at app.tenant_id
        own at own
        nothing that has a name stands here
        nothing that has a name stands here
        nothing that has a name stands here
    "#]];
    let places = [
        ("a.policy", "own\n"),
        ("b.policy", "'team_projects'"),
        ("b.policy", "'App.Tenant_id'"),
        ("pgpe.yaml", "app.tenant_id"),
        ("a.policy", "`own`"),
        ("a.policy", "own or not"),
        ("a.policy", "stays"),
        ("a.policy", "PERMISSIVE"),
    ];
    let shown: Vec<String> = places.iter().map(|(path, before)| prepared(&names(path, before))).collect();
    expected.assert_eq(&(shown.join("\n") + "\n"));
}

#[test]
fn a_default_key_and_one_with_escapes_are_refused() {
    let policy = "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(a) = session('app.tenant_id$0')\n";
    check(
        Fixture::new(policy),
        "app.org",
        expect![[r#"
        app.tenant_id says which tenant a session is, since pgpe.yaml says nothing else: write an entry under `isolation` first
    "#]],
    );
    check(
        Fixture::new(&format!("{policy}//- /pgpe.yaml\nversion: 1\n")),
        "app.org",
        expect![[r#"
        app.tenant_id says which tenant a session is, since pgpe.yaml says nothing else: write an entry under `isolation` first
    "#]],
    );
    let escaped = "//- /pgpe.yaml\nisolation:\n  - key: 'session(''app.tenant_id'')'\n    owner: a\n";
    check(
        Fixture::new(&format!("{policy}{escaped}")),
        "app.org",
        expect![[r#"
        pgpe.yaml names app.tenant_id in a way that can't be edited: write it there without escapes
    "#]],
    );
}
