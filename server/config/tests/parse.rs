//! Reading `pgpe.yaml`: what is accepted, and what is said about what is not.

use expect_test::{Expect, expect};
use pgpe_config::{
    Allow, Config, Exempt, Isolation, MissingSetting, ReferenceKind, Rule, SchemaSource, Severity,
    SoftDelete, Tables, Target,
};

/// Every error as `line:column «covered text» message`, with the help below it.
fn check(yaml: &str, expect: Expect) {
    let errors = Config::parse(yaml).err().unwrap_or_default();
    let mut shown = String::new();
    for error in errors {
        let (start, end) = (error.range.start as usize, error.range.end as usize);
        let line = yaml[..start].matches('\n').count() + 1;
        let column = yaml[..start].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let covered = yaml[start..end].replace('\n', "⏎");
        shown.push_str(&format!("{line}:{column} «{covered}» {}\n", error.message));
        if let Some(help) = error.help {
            shown.push_str(&format!("    {help}\n"));
        }
    }
    expect.assert_eq(&shown);
}

#[test]
fn empty_texts_give_the_defaults() {
    for yaml in
        ["", "\n", "# nothing yet\n", "---\n", "\u{feff}", "version: 1\n", "rules:\nallow:\nschema:\n", "{}"]
    {
        assert_eq!(Config::parse(yaml), Ok(Config::default()), "{yaml:?}");
    }
}

#[test]
fn all_keys() {
    let yaml = r#"
version: 1
policies: ["policies/**/*.policy"]
schema: { file: schema.sql }          # or { snapshot: .pgpe/schema.json } or { target: dev }
tables: { schemas: [public, billing], exclude: ["schema_migrations"] }   # the candidates
targets:
  dev: { url: "${DATABASE_URL}" }
  prod: { url: "service=prod", protected: true }
isolation:
  - key: "session('app.tenant_id')"
    owner: tenant_id
    owners: { tasks: project_id.tenant_id }
    exempt: [{ table: config, reason: "global settings" }]
  - key: "session('app.region')"
    owner: region
session: { missing: deny, initplan: true }
functions: { allow: [auth.uid] }
traversal: { max_depth: 3 }
solver: { timeout: 500ms }
soft_delete: [{ column: removed, deleted: "= 'yes'" }]
role_separation: [[auditor, billing]]
tags: { pii: [users, "billing_%"] }
rules: { coverage: off, tautology: error }
allow:
  - { rule: subsumption, policy: legacy_admin, reason: "kept until 2027-01" }
"#;
    let text = str::to_owned;
    let expected = Config {
        policies: vec![text("policies/**/*.policy")],
        schema: Some(SchemaSource::File(text("schema.sql"))),
        tables: Tables {
            schemas: vec![text("public"), text("billing")],
            exclude: vec![text("schema_migrations")],
        },
        targets: [
            (text("dev"), Target { url: text("${DATABASE_URL}"), protected: false }),
            (text("prod"), Target { url: text("service=prod"), protected: true }),
        ]
        .into(),
        isolation: vec![
            Isolation {
                key: text("session('app.tenant_id')"),
                owner: text("tenant_id"),
                owners: [(text("tasks"), text("project_id.tenant_id"))].into(),
                exempt: vec![Exempt { table: text("config"), reason: text("global settings") }],
            },
            Isolation {
                key: text("session('app.region')"),
                owner: text("region"),
                owners: [].into(),
                exempt: vec![],
            },
        ],
        session: pgpe_config::Session { missing: MissingSetting::Deny, initplan: true },
        allowed_functions: vec![text("auth.uid")],
        max_traversal_depth: 3,
        solver_timeout_ms: 500,
        soft_delete: vec![SoftDelete { column: text("removed"), deleted: text("= 'yes'") }],
        role_separation: vec![(text("auditor"), text("billing"))],
        tags: [(text("pii"), vec![text("users"), text("billing_%")])].into(),
        rules: [(Rule::Coverage, None), (Rule::Tautology, Some(Severity::Error))].into(),
        allow: vec![Allow {
            rule: Rule::Subsumption,
            policy: Some(text("legacy_admin")),
            table: None,
            reason: text("kept until 2027-01"),
        }],
    };
    assert_eq!(Config::parse(yaml), Ok(expected));
}

#[test]
fn parts_that_are_not_given_keep_their_defaults() {
    let config =
        Config::parse("isolation: [{ exempt: [] }]\ntables: { exclude: [a] }\nsession: {}\n").unwrap();
    assert_eq!(config.isolation, Config::default().isolation);
    assert_eq!(config.tables.schemas, ["public"]);
    assert_eq!(config.session, pgpe_config::Session::default());
    assert_eq!(Config::parse("isolation: []").unwrap().isolation, []);
}

#[test]
fn sources_of_the_schema() {
    let source = |yaml: &str| Config::parse(yaml).unwrap().schema;
    assert_eq!(source("schema: {snapshot: a.json}"), Some(SchemaSource::Snapshot("a.json".into())));
    assert_eq!(
        source("schema: {target: dev}\ntargets: {dev: {url: x}}"),
        Some(SchemaSource::Target("dev".into()))
    );
    check(
        "schema: { file: a.sql, target: dev }\ntargets: { dev: { url: x } }\n",
        expect![[r#"
            1:9 «{ file: a.sql, target: dev }» `schema` has more than one source
                keep one of `file`, `snapshot` and `target`
        "#]],
    );
    check(
        "schema: {}\n",
        expect![[r#"
            1:9 «{}» `schema` does not say where the schema comes from
                give `file`, `snapshot` or `target`
        "#]],
    );
    check(
        "schema: schema.sql\n",
        expect![[r#"
            1:9 «schema.sql» `schema` must be a mapping, but it is text
                the keys here are `file`, `snapshot` and `target`
        "#]],
    );
    check(
        "schema: { target: dve }\ntargets: { dev: { url: x } }\n",
        expect![[r#"
            1:19 «dve» `schema.target` names the target `dve`, which `targets` does not define; did you mean `dev`?
        "#]],
    );
    check(
        "schema: { target: dev }\n",
        expect![[r#"
            1:19 «dev» `schema.target` names the target `dev`, which `targets` does not define
                add it: `targets: { name: { url: … } }`
        "#]],
    );
    check(
        "schema: { file: 1 }\n",
        expect![[r#"
            1:17 «1» `schema.file` must be text, but it is a number
                put it in quotes
        "#]],
    );
}

#[test]
fn unknown_keys_name_the_nearest() {
    check(
        "polices: [a]\nsolver:\n  time_out: 5s\nzzz: 1\n2: 3\n",
        expect![[r#"
            1:1 «polices» unknown key `polices`; did you mean `policies`?
                the keys here are `version`, `policies`, `schema`, `tables`, `targets`, `isolation`, `session`, `functions`, `traversal`, `solver`, `soft_delete`, `role_separation`, `tags`, `rules` and `allow`
            3:3 «time_out» unknown key `time_out` in `solver`; did you mean `timeout`?
                the only key here is `timeout`
            4:1 «zzz» unknown key `zzz`
                the keys here are `version`, `policies`, `schema`, `tables`, `targets`, `isolation`, `session`, `functions`, `traversal`, `solver`, `soft_delete`, `role_separation`, `tags`, `rules` and `allow`
            5:1 «2» unknown key
                the keys here are `version`, `policies`, `schema`, `tables`, `targets`, `isolation`, `session`, `functions`, `traversal`, `solver`, `soft_delete`, `role_separation`, `tags`, `rules` and `allow`
        "#]],
    );
}

#[test]
fn wrong_types_say_what_is_expected() {
    check(
        "version: two\npolicies: a.policy\ntraversal: { max_depth: deep }\nsession: { initplan: yes }\nallow: {}\ntags: [a]\n",
        expect![[r#"
            1:10 «two» `version` must be a whole number, but it is text
            2:11 «a.policy» `policies` must be a list, but it is text
                write `[…]`, or one `- …` per line
            3:25 «deep» `traversal.max_depth` must be a whole number, but it is text
            4:22 «yes» `session.initplan` must be `true` or `false`, but it is text
            5:8 «{}» `allow` must be a list, but it is a mapping
                write `[…]`, or one `- …` per line
            6:7 «[a]» `tags` must be a mapping, but it is a list
                write one `name: …` per line
        "#]],
    );
    check(
        "version: 2\ntraversal: { max_depth: -1 }\npolicies: [1, '', ]\nisolation: [x]\n",
        expect![[r#"
            1:10 «2» `version` must be 1, not 2
                this pgpe reads version 1 only; a newer pgpe may be needed
            2:25 «-1» `traversal.max_depth` must be a whole number from 0 up
            3:12 «1» `policies[0]` must be text, but it is a number
                put it in quotes
            3:15 «''» `policies[1]` is empty
            4:13 «x» `isolation[0]` must be a mapping, but it is text
                the keys here are `key`, `owner`, `owners` and `exempt`
        "#]],
    );
    check(
        "just text",
        expect![[r#"
            1:1 «just text» the configuration must be a mapping, but it is text
                the keys here are `version`, `policies`, `schema`, `tables`, `targets`, `isolation`, `session`, `functions`, `traversal`, `solver`, `soft_delete`, `role_separation`, `tags`, `rules` and `allow`
        "#]],
    );
    check(
        "- a\n- b\n",
        expect![[r#"
            1:1 «- a⏎- b» the configuration must be a mapping, but it is a list
                the keys here are `version`, `policies`, `schema`, `tables`, `targets`, `isolation`, `session`, `functions`, `traversal`, `solver`, `soft_delete`, `role_separation`, `tags`, `rules` and `allow`
        "#]],
    );
}

#[test]
fn severities_and_rules() {
    check(
        "rules:\n  coverge: off\n  tautology: fatal\n  subsumption: false\n  redundancy:\n  1: off\n",
        expect![[r#"
            2:3 «coverge» there is no rule `coverge`; did you mean `coverage`?
            3:14 «fatal» `rules.tautology` must be `off`, `hint`, `info`, `warning` or `error`, not `fatal`
            4:16 «false» `rules.subsumption` must be a severity or `off`, but it is `false`
                write `off` to switch the rule off
            5:3 «redundancy» `rules.redundancy` must be `off`, `hint`, `info`, `warning` or `error`, but it is empty
            6:3 «1» there is no such rule
        "#]],
    );
    assert_eq!(
        Config::parse("rules: { coverage: hint }").unwrap().severity(Rule::Coverage),
        Some(Severity::Hint)
    );
    assert_eq!(Config::parse("rules: { coverage: \"off\" }").unwrap().severity(Rule::Coverage), None);
}

#[test]
fn durations() {
    let timeout =
        |text: &str| Config::parse(&format!("solver: {{ timeout: {text} }}")).map(|c| c.solver_timeout_ms);
    for (text, milliseconds) in
        [("5s", 5_000), ("500ms", 500), ("1.5s", 1_500), ("2m", 120_000), ("\"5 s\"", 5_000)]
    {
        assert_eq!(timeout(text), Ok(milliseconds), "{text}");
    }
    for text in
        ["5", "s", "5h", "0s", "-5s", "1e3s", "99999999999999999999s", "61m", "1..5s", "5ss", "NaNs", "infs"]
    {
        assert!(timeout(text).is_err(), "{text}");
    }
    check(
        "solver: { timeout: 5 }\n",
        expect![[r#"
        1:20 «5» `solver.timeout` must be a duration such as `5s` or `500ms`, but it is a number
            add a unit: `ms`, `s` or `m`
    "#]],
    );
    check(
        "solver: { timeout: 5sec }\n",
        expect![[r#"
        1:20 «5sec» `solver.timeout` must be a duration such as `5s` or `500ms`
            a number and one of the units `ms`, `s`, `m`
    "#]],
    );
    check(
        "solver: { timeout: 2000m }\n",
        expect![[r#"
        1:20 «2000m» `solver.timeout` must be between `1ms` and `60m`
    "#]],
    );
}

#[test]
fn entries_with_a_reason() {
    check(
        "allow:\n  - { rule: subsumption }\n  - rule: subsumtion\n    reason: \" \"\n  - reason: x\n    reason_: y\nisolation:\n  - exempt: [{ table: a }, b]\n",
        expect![[r#"
            2:5 «{ rule: subsumption }» `allow[0]` lacks `reason`
            3:11 «subsumtion» there is no rule `subsumtion`; did you mean `subsumption`?
            4:13 «" "» `allow[1].reason` is empty
            5:5 «reason: x⏎    reason_: y» `allow[2]` lacks `rule`
            6:5 «reason_» unknown key `reason_` in `allow[2]`; did you mean `reason`?
                the keys here are `rule`, `policy`, `table` and `reason`
            8:14 «{ table: a }» `isolation[0].exempt[0]` lacks `reason`
            8:28 «b» `isolation[0].exempt[1]` must be a mapping, but it is text
                the keys here are `table` and `reason`
        "#]],
    );
}

#[test]
fn pairs_of_roles() {
    check(
        "role_separation: [[a], [a, a], [a, b, c], a, [a, 1]]\n",
        expect![[r#"
            1:19 «[a]» `role_separation[0]` must name two different roles
                write `[one, other]`
            1:24 «[a, a]» `role_separation[1]` must name two different roles
                write `[one, other]`
            1:32 «[a, b, c]» `role_separation[2]` must name two different roles
                write `[one, other]`
            1:43 «a» `role_separation[3]` must be a list, but it is text
                write `[…]`, or one `- …` per line
            1:50 «1» `role_separation[4][1]` must be text, but it is a number
                put it in quotes
        "#]],
    );
}

#[test]
fn values_that_other_parts_rely_on() {
    check(
        "policies: ['a[']\ntables: { schemas: [] }\nsoft_delete: [{ column: a, deleted: 'when old' }]\nisolation: [{ owners: { a: b..c } }]\n",
        expect![[r#"
            1:12 «'a['» `policies` holds a pattern that can't be read: unclosed character class; missing ']'
            2:20 «[]» `tables.schemas` names no schema, so that no table could have a policy
            3:37 «'when old'» `soft_delete[0].deleted` must be a condition such as `= true` or `IS NOT NULL`
                `=` or `!=` with `true`, `false`, an integer or a quoted text; or `IS NULL`, `IS NOT NULL`
            4:28 «b..c» `isolation[0].owners.a` must be a path of columns
                write `fk_column.owner_column`
        "#]],
    );
    for condition in ["= true", "=false", "!= 3", "<> 'a''b'", "is null", "IS  NOT NULL"] {
        let yaml = format!("soft_delete: [{{ column: a, deleted: \"{condition}\" }}]");
        assert!(Config::parse(&yaml).is_ok(), "{condition}");
    }
    for condition in ["= 'a'b'", "= x", "true", "=", "= '", "> 3", "= true or true"] {
        let yaml = format!("soft_delete: [{{ column: a, deleted: \"{condition}\" }}]");
        assert!(Config::parse(&yaml).is_err(), "{condition}");
    }
}

#[test]
fn text_that_is_not_yaml() {
    check(
        "a: [1\nb: 2\n",
        expect![[r#"
            2:2 «:» this is not valid YAML: illegal placement of ':' indicator
                texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted
        "#]],
    );
    check(
        "isolation:\n  - key: a\n  owner: b\n",
        expect![[r#"
            3:3 «o» this is not valid YAML: while parsing a block collection, did not find expected '-' indicator
                keys of one mapping, and the `-` of one list, begin in the same column: look at the spaces before it
        "#]],
    );
    check(
        "tags: *nowhere\n",
        expect![[r#"
            1:7 «*» this is not valid YAML: reference to unknown value
                texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted
        "#]],
    );
    check(
        "version: 1\nversion: 1\n",
        expect![[r#"
        2:1 «version» this key is given twice
            remove one of the two; the second does not replace the first
    "#]],
    );
    check(
        "version: 1\n---\nversion: 1\n",
        expect![[r#"
        3:1 «» the file holds more than one YAML document
            remove the `---` lines
    "#]],
    );
    check(
        "version: !custom 1\n",
        expect![[r#"
            1:18 «1» this is not valid YAML: unsupported tag `!custom`
                texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted
        "#]],
    );
    check(
        "? [a]\n: b\n",
        expect![[r#"
            1:1 «» this is not valid YAML: a key must be a plain word
                texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted
        "#]],
    );
    check(
        "\u{feff}ä: ö: c\r\n",
        expect![[r#"
            1:6 «:» this is not valid YAML: mapping values are not allowed in this context
                texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted
        "#]],
    );
    check(
        "ä: x\r\nö:\r\n  - \"\\q\"\r\n",
        expect![[r#"
            3:5 «"» this is not valid YAML: while parsing a quoted scalar, found unknown escape character
                texts with `*`, `!`, `:`, `#`, quotes or brackets need to be quoted
        "#]],
    );
}

#[test]
fn connection_strings_are_never_repeated() {
    for yaml in [
        "targets: { dev: 'postgres://me:secret@host/db' }",
        "targets: { dev: { 'postgres://me:secret@host/db' } }",
        "targets: { dev: { url: ['postgres://me:secret@host/db'] } }",
        "targets: { 'postgres://me:secret@host/db': 1 }",
        "targets: { dev: { url: x, protected: 'postgres://me:secret@host/db' } }",
        "session: { missing: 'postgres://me:secret@host/db' }",
        "targets:\n  dev:\n    url: postgres://me:secret@host/db: x",
        "schema: { target: 'postgres://me:secret@host/db' }",
    ] {
        let errors = Config::parse(yaml).unwrap_err();
        assert!(!errors.is_empty());
        for error in errors {
            let shown = format!("{error} {:?}", error.help);
            assert!(!shown.contains("secret"), "{yaml}: {shown}");
        }
    }
}

#[test]
fn aliases_work_and_can_not_explode() {
    let config = Config::parse("tags:\n  a: &names [x, y]\n  b: *names\n").unwrap();
    assert_eq!(config.tags["b"], ["x", "y"]);

    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let start = std::time::Instant::now();
    assert!(Config::parse(&bomb).is_err());
    assert!(Config::parse(&"[".repeat(100_000)).is_err());
    assert!(Config::parse(&"- ".repeat(100_000)).is_err());
    assert!(Config::parse(&"a: {".repeat(10_000)).is_err());
    assert!(Config::parse(&"x".repeat(10_000_000)).is_err());
    assert!(Config::parse(&format!("tags: {{ a: [{}] }}", "x, ".repeat(200_000))).is_err());
    assert!(Config::parse("a: &a [*a]").is_err());
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn mistakes_are_capped() {
    let errors = Config::parse(&format!("policies: [{}]", "1, ".repeat(5_000))).unwrap_err();
    assert_eq!(errors.len(), 100);
}

#[test]
fn references_have_places() {
    let yaml = "isolation:\n  - key: \"session('app.tenant_id')\"\n    owners: { tasks: project_id.tenant_id }\n    \
                exempt: [{ table: config, reason: x }]\nallow:\n  - { rule: subsumption, policy: \"old\", table: \
                public.users, reason: y }\n  - { rule: oops, policy: p, reason: y }\n";
    let found: Vec<(ReferenceKind, &str)> = Config::references(yaml)
        .into_iter()
        .map(|reference| {
            let range = reference.range.unwrap();
            let written = &yaml[range.start as usize..range.end as usize];
            assert_eq!(written, reference.name);
            (reference.kind, written)
        })
        .collect();
    assert_eq!(
        found,
        [
            (ReferenceKind::IsolationKey, "session('app.tenant_id')"),
            (ReferenceKind::Table, "tasks"),
            (ReferenceKind::Table, "config"),
            (ReferenceKind::Policy, "old"),
            (ReferenceKind::Table, "public.users"),
        ]
    );
    assert_eq!(Config::references("allow: [{ rule: syntax, reason: x, policy: \"a\\x62\" }]")[0].range, None);
}
