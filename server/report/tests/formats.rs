//! What forges and continuous integration read.

mod common;

use common::{report, texts};
use expect_test::expect;
use pgpe_config::Severity;
use pgpe_report::{Report, github, gitlab, junit};
use serde_json::Value;

#[test]
fn github_annotations() {
    expect![[r#"
        ::error file=gone.policy,line=1,endLine=1,col=1,endColumn=1,title=duplicate-policy::two policies are named p
        ::notice file=policies/größe 100%25%2Ca%3Ab.policy,line=2,endLine=2,col=53,endColumn=62,title=unknown-table::there is no table [31mtäglich
        ::warning file=policies/größe 100%25%2Ca%3Ab.policy,line=5,endLine=5,col=5,endColumn=28,title=subsumption::this clause is covered by the first clause%0Ahelp: remove it
        ::error file=policies/support.policy,line=6,endLine=6,col=10,endColumn=31,title=tenant-isolation::a session reads another tenant's rows of public.users%0Acounterexample:%0A  session 1               role support, app.tenant_id = '00000000-0000-0000-0000-000000000001'%0A    let in by             support_reads, clause 1%0A  session 2               no named role, app.tenant_id = '00000000-0000-0000-0000-000000000002'%0A    let in by             tenant_isolation, clause 1%0A  row of public.users     id = '00000000-0000-0000-0000-00000000000a',%0A                          tenant_id = '00000000-0000-0000-0000-000000000002'%0A  row of public.projects  größe = '<&>', id = 7
        ::notice title=no-schema::no schema is known: 100%25 of the checks%0Athat need one did not run%0Ahelp: give `schema: { file: … }` in pgpe.yaml
    "#]].assert_eq(&github::render(&report(), &texts()));
    assert_eq!(github::render(&Report::default(), &texts()), "");
}

#[test]
fn gitlab_code_quality() {
    expect![[r#"
        [
          {
            "description": "two policies are named p",
            "check_name": "duplicate-policy",
            "fingerprint": "2de9af7cdec89362",
            "severity": "critical",
            "location": {
              "path": "gone.policy",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          },
          {
            "description": "there is no table \u001b[31mtäglich",
            "check_name": "unknown-table",
            "fingerprint": "fc2d149227537340",
            "severity": "minor",
            "location": {
              "path": "policies/größe 100%,a:b.policy",
              "lines": {
                "begin": 2,
                "end": 2
              }
            }
          },
          {
            "description": "this clause is covered by the first clause (remove it)",
            "check_name": "subsumption",
            "fingerprint": "54dffe619caba94b",
            "severity": "major",
            "location": {
              "path": "policies/größe 100%,a:b.policy",
              "lines": {
                "begin": 5,
                "end": 5
              }
            }
          },
          {
            "description": "a session reads another tenant's rows of public.users",
            "check_name": "tenant-isolation",
            "fingerprint": "30e93c73bb292232",
            "severity": "critical",
            "location": {
              "path": "policies/support.policy",
              "lines": {
                "begin": 6,
                "end": 6
              }
            }
          },
          {
            "description": "no schema is known: 100% of the checks\nthat need one did not run (give `schema: { file: … }` in pgpe.yaml)",
            "check_name": "no-schema",
            "fingerprint": "065c81ea0b8326ad",
            "severity": "info",
            "location": {
              "path": "pgpe.yaml",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          }
        ]
    "#]].assert_eq(&gitlab::render(&report(), &texts()));
    assert_eq!(gitlab::render(&Report::default(), &texts()), "[]\n");
}

#[test]
fn gitlab_fingerprints_survive_moves_and_tell_findings_apart() {
    let prints = |report: &Report| -> Vec<String> {
        let entries: Value = serde_json::from_str(&gitlab::render(report, &texts())).unwrap();
        let entries = entries.as_array().unwrap();
        entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let mut moved = report();
    let twin = moved.findings[0].clone();
    let before = prints(&moved);
    for finding in &mut moved.findings {
        if let Some(place) = &mut finding.place {
            place.range = place.range.start + 1..place.range.end + 1;
        }
    }
    assert_eq!(prints(&moved), before);
    moved.findings.push(twin);
    let mut all = prints(&moved);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), moved.findings.len());
}

#[test]
fn junit_xml() {
    let xml = junit::render(&report(), &texts(), Severity::Error);
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="pgpe">
          <testsuite name="findings" tests="5" failures="2" errors="0" skipped="0">
            <testcase classname="gone.policy" name="duplicate-policy at gone.policy:1:1">
              <failure type="duplicate-policy" message="two policies are named p">gone.policy:1:1: error[duplicate-policy]: two policies are named p</failure>
            </testcase>
            <testcase classname="policies/größe 100%,a:b.policy" name="unknown-table at policies/größe 100%,a:b.policy:2:53">
              <system-out>policies/größe 100%,a:b.policy:2:53: info[unknown-table]: there is no table �[31mtäglich</system-out>
            </testcase>
            <testcase classname="policies/größe 100%,a:b.policy" name="subsumption at policies/größe 100%,a:b.policy:5:5">
              <system-out>policies/größe 100%,a:b.policy:5:5: warning[subsumption]: this clause is covered by the first clause
        help: remove it</system-out>
            </testcase>
            <testcase classname="policies/support.policy" name="tenant-isolation at policies/support.policy:6:10">
              <failure type="tenant-isolation" message="a session reads another tenant's rows of public.users">policies/support.policy:6:10: error[tenant-isolation]: a session reads another tenant's rows of public.users
        counterexample:
          session 1               role support, app.tenant_id = '00000000-0000-0000-0000-000000000001'
            let in by             support_reads, clause 1
          session 2               no named role, app.tenant_id = '00000000-0000-0000-0000-000000000002'
            let in by             tenant_isolation, clause 1
          row of public.users     id = '00000000-0000-0000-0000-00000000000a',
                                  tenant_id = '00000000-0000-0000-0000-000000000002'
          row of public.projects  größe = '&lt;&amp;&gt;', id = 7</failure>
            </testcase>
            <testcase classname="project" name="no-schema at the project">
              <system-out>the project: hint[no-schema]: no schema is known: 100% of the checks
        that need one did not run
        help: give `schema: { file: … }` in pgpe.yaml</system-out>
            </testcase>
          </testsuite>
          <testsuite name="tenant-isolation" tests="5" failures="1" errors="1" skipped="1">
            <testcase classname="public.users" name="SELECT">
              <failure type="tenant-isolation" message="public.users SELECT: tenant isolation is FAILED">public.users SELECT: tenant isolation is FAILED</failure>
            </testcase>
            <testcase classname="public.users" name="INSERT"/>
            <testcase classname="public.users" name="UPDATE">
              <error type="unknown" message="public.users UPDATE: tenant isolation is UNKNOWN: UPDATE: the solver ran out of time"/>
            </testcase>
            <testcase classname="public.users" name="DELETE"/>
            <testcase classname="public.config" name="SELECT">
              <skipped message="exempt: global settings"/>
            </testcase>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&xml);
    let document = roxmltree::Document::parse(&xml).unwrap();
    for suite in document.descendants().filter(|node| node.has_tag_name("testsuite")) {
        let count =
            |name: &str| suite.descendants().filter(|node| node.has_tag_name(name)).count().to_string();
        assert_eq!(suite.attribute("tests"), Some(count("testcase").as_str()));
        assert_eq!(suite.attribute("failures"), Some(count("failure").as_str()));
        assert_eq!(suite.attribute("errors"), Some(count("error").as_str()));
        assert_eq!(suite.attribute("skipped"), Some(count("skipped").as_str()));
    }
    let strict = junit::render(&report(), &texts(), Severity::Warning);
    assert!(strict.matches("<failure").count() > xml.matches("<failure").count());
    roxmltree::Document::parse(&junit::render(&Report::default(), &texts(), Severity::Error)).unwrap();
}
