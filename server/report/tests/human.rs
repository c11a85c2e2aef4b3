//! Text for people.

mod common;

use common::{report, texts};
use expect_test::expect;
use pgpe_config::Rule;
use pgpe_report::human::{Colour, analyze, check, findings};
use pgpe_report::{Finding, Report};

#[test]
fn a_report_of_check() {
    expect![[r#"
        [duplicate-policy] Error: two policies are named p
          at gone.policy:1:1

        [unknown-table] Info: there is no table \u{1b}[31mtäglich
           ╭─[ policies/größe 100%,a:b.policy:2:53 ]
           │
         2 │ POLICY p PERMISSIVE /* ä😀 */ FOR ALL SELECTOR named('täglich')
           │                                                      ────┬────
           │                                                          ╰────── here
        ───╯

        [subsumption] Warning: this clause is covered by the first clause
           ╭─[ policies/größe 100%,a:b.policy:5:5 ]
           │
         3 │   CLAUSE col('größe') = lit('ü')
           │          ───────────┬───────────
           │                     ╰───────────── covered by this
           │
         5 │     col('größe') = lit('ü')
           │     ───────────┬───────────
           │                ╰───────────── here
           │
           │ Help: remove it
        ───╯

        [tenant-isolation] Error: a session reads another tenant's rows of public.users
           ╭─[ policies/support.policy:6:10 ]
           │
         1 │ POLICY support_reads
           │        ──────┬──────
           │              ╰──────── only holders of support
           │
         6 │   CLAUSE col('id') IS NOT NULL
           │          ──────────┬──────────
           │                    ╰──────────── here
           │
           ├─[ schema.sql:3:3 ]
           │
         3 │   tenant_id uuid NOT NULL
           │   ────┬────
           │       ╰────── this column says whose a row is
        ───╯
          counterexample:
            session 1               role support, app.tenant_id = '00000000-0000-0000-0000-000000000001'
              let in by             support_reads, clause 1
            session 2               no named role, app.tenant_id = '00000000-0000-0000-0000-000000000002'
              let in by             tenant_isolation, clause 1
            row of public.users     id = '00000000-0000-0000-0000-00000000000a',
                                    tenant_id = '00000000-0000-0000-0000-000000000002'
            row of public.projects  größe = '<&>', id = 7

        [no-schema] Hint: no schema is known: 100% of the checks that need one did not run
          Help: give `schema: { file: … }` in pgpe.yaml

        2 errors, 1 warning, 2 notes. Tenant isolation, by table and command: 1 proven, 1 FAILED, 1 unknown.
    "#]]
    .assert_eq(&check(&report(), &texts(), Colour::Never));
}

#[test]
fn a_report_of_analyze() {
    let text = analyze(&report(), &texts(), Colour::Never);
    let grids = &text[..text.find("[duplicate-policy]").unwrap()];
    expect![[r#"
        public.users  tenant_isolation, support_reads
                            SELECT       INSERT       UPDATE       DELETE
          contradiction     ✓ proven     ✓ proven     ✓ proven     – denied
          tenant-isolation  ✗ FAILED     ✓ proven     ? unknown    – denied
            as support      ✗ FAILED
          note: UPDATE: the solver ran out of time

        public.config  readable
                            SELECT       INSERT
          tenant-isolation  – exempt
          note: exempt: global settings

        What is proved rests on:
          set by trusted code only  app.tenant_id
          roles                     no tenant's role bypasses row-level security
          unique                    public.projects (id)

    "#]]
    .assert_eq(grids);
}

#[test]
fn empty_reports() {
    let empty = Report::default();
    assert_eq!(check(&empty, &texts(), Colour::Always), "No findings.\n");
    assert_eq!(analyze(&empty, &texts(), Colour::Never), "No findings.\n");
    assert_eq!(findings(&[], &texts(), Colour::Never), "");
}

#[test]
fn colours_only_when_asked() {
    let plain = analyze(&report(), &texts(), Colour::Never);
    assert!(!plain.contains('\u{1b}'));
    let coloured = analyze(&report(), &texts(), Colour::Always);
    assert!(coloured.contains("\u{1b}[31m✗ FAILED"));
    // Colours are all that differs.
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, code)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = code.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}

#[test]
fn ranges_over_lines_and_at_the_end() {
    let text = "POLICY a\r\n  PERMISSIVE\r\n  FOR ALL\r\n\r\nPOLICY b\r\n";
    let sources = common::Texts::from([("f.policy".to_owned(), text.to_owned())]);
    let at = |range| Finding::new(Rule::Syntax, "expected a clause").at("f.policy", range);
    let end = text.len() as u32;
    expect![[r#"
        [syntax] Error: expected a clause
           ╭─[ f.policy:1:1 ]
           │
         1 │ ╭─▶ POLICY a
           ┆ ┆
         3 │ ├─▶   FOR ALL
           │ │
           │ ╰──────────────── here
        ───╯

        [syntax] Error: expected a clause
           ╭─[ f.policy:1:9 ]
           │
         1 │ POLICY a
           │         │
           │         ╰─ here
        ───╯

        [syntax] Error: expected a clause
           ╭─[ f.policy:5:11 ]
           │
         5 │ POLICY b
           │           │
           │           ╰─ here
        ───╯

        [syntax] Error: expected a clause
           ╭─[ f.policy:5:9 ]
           │
         5 │ POLICY b
           │         │
           │         ╰─ here
        ───╯

    "#]]
    .assert_eq(&findings(
        &[at(0..36), at(8..10), at(end..end), at(end - 2..end + 5)],
        &sources,
        Colour::Never,
    ));
}

#[test]
fn long_lines_are_not_shown() {
    let sources = common::Texts::from([("f.policy".to_owned(), "x ".repeat(1_000_000))]);
    let finding = Finding::new(Rule::Syntax, "expected a policy").at("f.policy", 4..5);
    expect![[r#"
        [syntax] Error: expected a policy
          at f.policy:1:5

    "#]]
    .assert_eq(&findings(&[finding], &sources, Colour::Never));
}
