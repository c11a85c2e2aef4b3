//! SARIF 2.1.0, the exchange format of code scanners.

use std::collections::BTreeMap;

use pgpe_config::{Rule, Severity};
use serde_json::{Value, json};

use crate::fingerprint::Fingerprints;
use crate::json::pretty;
use crate::{Edit, Finding, Fix, Lines, Place, Report, Sources, counterexample_lines, meaning, page};

/// A log with one run.
pub fn render(report: &Report, sources: &dyn Sources) -> String {
    let mut used: Vec<Rule> = report.findings.iter().map(|finding| finding.rule).collect();
    used.sort();
    used.dedup();
    let rules: Vec<Value> = used.iter().map(|rule| rule_descriptor(*rule)).collect();

    let mut lines = Lines::new(sources);
    let mut fingerprints = Fingerprints::default();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let index = used.binary_search(&finding.rule).unwrap_or_default();
            let mut result = result(finding, &mut lines);
            result["ruleIndex"] = json!(index);
            result["partialFingerprints"] = json!({ "pgpe/v1": fingerprints.of(finding) });
            result
        })
        .collect();

    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "pgpe", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Hint => "note",
    }
}

fn rule_descriptor(rule: Rule) -> Value {
    let help = page(rule);
    json!({
        "id": rule.id(),
        "shortDescription": { "text": rule.title() },
        "fullDescription": { "text": meaning(rule) },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": level(rule.default_severity()) },
    })
}

fn result(finding: &Finding, lines: &mut Lines<'_>) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    if let Some(counterexample) = &finding.counterexample {
        text.push_str("\ncounterexample:\n");
        text.push_str(&counterexample_lines(counterexample, finding.table.as_deref()).join("\n"));
    }
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "level": level(finding.severity),
        "message": { "text": text },
        // Code scanning wants a file for everything; what has none is shown at the configuration.
        "locations": [match &finding.place {
            Some(place) => physical_location(place, lines),
            None => json!({ "physicalLocation": { "artifactLocation": { "uri": "pgpe.yaml" } } }),
        }],
    });
    if !finding.related.is_empty() {
        let related = finding.related.iter().enumerate().map(|(index, related)| {
            let mut location = physical_location(&related.place, lines);
            location["id"] = json!(index + 1);
            location["message"] = json!({ "text": related.message });
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if !finding.fixes.is_empty() {
        result["fixes"] = finding.fixes.iter().map(|fix| fix_value(fix, lines)).collect();
    }
    let names =
        [("policy", &finding.policy), ("table", &finding.table), ("command", &finding.command)].into_iter();
    let properties: BTreeMap<&str, &String> =
        names.filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
    if !properties.is_empty() {
        result["properties"] = json!(properties);
    }
    result
}

fn physical_location(place: &Place, lines: &mut Lines<'_>) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.file) },
        "region": region(place, lines),
    } })
}

fn region(place: &Place, lines: &mut Lines<'_>) -> Value {
    let range = lines.range(place);
    json!({
        "startLine": range.start.line,
        "startColumn": range.start.column,
        "endLine": range.end.line,
        "endColumn": range.end.column,
    })
}

fn fix_value(fix: &Fix, lines: &mut Lines<'_>) -> Value {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(&edit.place.file).or_default().push(edit);
    }
    let changes: Vec<Value> = by_file
        .into_iter()
        .map(|(file, edits)| {
            let replacements: Vec<Value> = edits
                .into_iter()
                .map(|edit| {
                    json!({
                        "deletedRegion": region(&edit.place, lines),
                        "insertedContent": { "text": edit.text },
                    })
                })
                .collect();
            json!({ "artifactLocation": { "uri": uri(file) }, "replacements": replacements })
        })
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

/// The path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte as char)
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
