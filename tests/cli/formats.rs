//! The report's forms are what they claim to be.

use serde_json::Value;

use crate::support::Project;

/// With findings of several kinds, in a file whose name needs escaping.
fn project() -> Project {
    let project = Project::leaking();
    project.write(
        "policies/a & 'b'.policy",
        "POLICY \"é<>\" PERMISSIVE FOR ALL SELECTOR named('none') CLAUSE col('x') = lit(1)\n",
    );
    project
}

#[test]
fn json_has_what_the_reference_says() {
    let report = project().run(&["check", "--format", "json"]).exits(1).json();
    assert_eq!(report["version"], 1);
    assert!(report.get("tables").is_none());
    let leak =
        report["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "tenant-isolation").unwrap();
    assert_eq!(leak["severity"], "error");
    assert_eq!(leak["file"], "policies/shared.policy");
    assert_eq!(leak["range"]["start"], serde_json::json!({ "line": 5, "column": 10 }));
    assert_eq!(leak["range"]["end"], serde_json::json!({ "line": 5, "column": 37 }));
    assert_eq!(leak["policy"], "shared_projects");
    assert_eq!(leak["table"], "public.projects");
    assert_eq!(leak["command"], "SELECT");
    let counterexample = &leak["counterexample"];
    assert_eq!(counterexample["sessions"].as_array().unwrap().len(), 2);
    assert!(counterexample["sessions"][0]["settings"]["app.tenant_id"].is_string());
    assert_eq!(counterexample["row"]["name"], "'shared'");
    assert_eq!(counterexample["policies"][0], "shared_projects");
    assert_eq!(report["summary"]["failed"], 1);
    assert_eq!(report["summary"]["proven"], 7);
}

#[test]
fn sarif() {
    let project = project();
    let log = project.run(&["check", "--format", "sarif"]).exits(1).json();
    let findings = project.run(&["check", "--format", "json"]).findings();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.contains(' '), "{uri}");
    }
}

#[test]
fn github() {
    let project = project();
    let run = project.run(&["check", "--format", "github"]).exits(1);
    assert_eq!(run.out.lines().count(), project.run(&["check", "--format", "json"]).findings().len());
    for line in run.out.lines() {
        assert!(
            ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start)),
            "{line}"
        );
    }
}

#[test]
fn gitlab() {
    let entries = project().run(&["check", "--format", "gitlab"]).exits(1).json();
    let entries = entries.as_array().unwrap();
    assert!(!entries.is_empty());
    let mut fingerprints: Vec<&Value> = entries.iter().map(|entry| &entry["fingerprint"]).collect();
    fingerprints.sort_by_key(|print| print.to_string());
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), entries.len());
    assert!(entries.iter().all(|entry| entry["location"]["lines"]["begin"].is_u64()));
}

#[test]
fn junit() {
    let run = project().run(&["check", "--format", "junit"]).exits(1);
    let document = roxmltree::Document::parse(&run.out).unwrap();
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(count("testsuite"), 2);
    assert!(count("failure") >= 2);
    assert!(count("testcase") > 8);
    // The bar for failing is the command's.
    let project = Project::isolated();
    project.write("schema.sql", format!("{}CREATE TABLE open (id int);\n", crate::support::SCHEMA));
    let failures = |bar: &str| {
        let run = project.run(&["check", "--format", "junit", "--fail-on", bar]);
        run.out.matches("<failure").count()
    };
    assert_eq!(failures("error"), 0);
    assert_eq!(failures("warning"), 1);
}

#[test]
fn an_empty_report_is_valid_in_every_form() {
    let project = Project::isolated();
    let check = |format: &str| project.run(&["check", "--format", format]).exits(0);
    assert_eq!(check("json").json()["findings"], serde_json::json!([]));
    assert_eq!(check("sarif").json()["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(check("gitlab").json(), serde_json::json!([]));
    assert_eq!(check("github").out, "");
    roxmltree::Document::parse(&check("junit").out).unwrap();
}
