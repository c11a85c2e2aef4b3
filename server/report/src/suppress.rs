//! What the configuration says about findings: severities, accepted findings, and its own mistakes.

use pgpe_config::{Allow, Config, ConfigError, ConfigFix, Rule, Severity};

use crate::{Edit, Finding, Fix, Place};

/// Gives findings the project's severities; drops those of rules that are off and those that are allowed.
///
/// A rule whose severity is not configured keeps what the finding has, which may differ from the rule's
/// default.
pub fn apply_configuration(findings: Vec<Finding>, config: &Config) -> Told {
    let mut told = Told::default();
    for mut finding in findings {
        let (list, severity) = match standing(&finding, config) {
            Standing::Off => continue,
            Standing::Reported(severity) => (&mut told.findings, severity),
            Standing::Accepted(severity) => (&mut told.accepted, severity),
        };
        finding.severity = severity;
        list.push(finding);
    }
    told
}

/// What the configuration makes of a finding: of its severity, or of the finding as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<T> {
    /// Its rule is off.
    Off,
    /// It is reported.
    Reported(T),
    /// It is accepted, with a reason.
    Accepted(T),
}

impl<T> Standing<T> {
    /// The same standing with something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Standing<U> {
        match self {
            Standing::Off => Standing::Off,
            Standing::Reported(it) => Standing::Reported(make(it)),
            Standing::Accepted(it) => Standing::Accepted(make(it)),
        }
    }
}

/// What the configuration makes of a finding, and the severity that it gives it.
pub fn standing(finding: &Finding, config: &Config) -> Standing<Severity> {
    let severity = match config.rules.get(&finding.rule) {
        Some(None) => return Standing::Off,
        Some(Some(severity)) => *severity,
        None => finding.severity,
    };
    match config.allow.iter().any(|allow| allows(allow, finding)) {
        true => Standing::Accepted(severity),
        false => Standing::Reported(severity),
    }
}

/// Findings, and those that somebody has accepted with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// What is to be reported.
    pub findings: Vec<Finding>,
    /// What is not, as a comment or the configuration says why it is fine.
    pub accepted: Vec<Finding>,
}

fn allows(allow: &Allow, finding: &Finding) -> bool {
    let policy_matches = allow.policy.is_none() || allow.policy == finding.policy;
    let table_matches = allow
        .table
        .as_deref()
        .is_none_or(|allowed| finding.table.as_deref().is_some_and(|table| same_table(allowed, table)));
    allow.rule == finding.rule && policy_matches && table_matches
}

/// Whether `table`, which has its schema, is the one named with or without it.
fn same_table(named: &str, table: &str) -> bool {
    table == named || table.strip_suffix(named).is_some_and(|schema| schema.ends_with('.'))
}

/// The mistakes of a configuration file as findings.
pub fn config_findings(file: &str, errors: &[ConfigError]) -> Vec<Finding> {
    let finding = |error: &ConfigError| {
        let mut finding = Finding::new(Rule::Config, error.message.clone()).at(file, error.range.clone());
        finding.help = error.help.clone();
        finding.fixes = error.fixes.iter().map(|fix| fix_in(file, fix)).collect();
        finding
    };
    errors.iter().map(finding).collect()
}

fn fix_in(file: &str, fix: &ConfigFix) -> Fix {
    let edit = |(range, text): &(std::ops::Range<u32>, String)| Edit {
        place: Place { file: file.to_owned(), range: range.clone() },
        text: text.clone(),
    };
    Fix { title: fix.title.clone(), edits: fix.edits.iter().map(edit).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: Rule, policy: &str, table: Option<&str>) -> Finding {
        let mut finding = Finding::new(rule, "m");
        finding.policy = Some(policy.to_owned());
        finding.table = table.map(str::to_owned);
        finding
    }

    fn kept(yaml: &str, finding: Finding) -> bool {
        let config = Config::parse(yaml).unwrap();
        !apply_configuration(vec![finding], &config).findings.is_empty()
    }

    #[test]
    fn severities() {
        let config = Config::parse("rules: { coverage: off, tautology: error }").unwrap();
        let mut hint = Finding::new(Rule::Redundancy, "m");
        hint.severity = pgpe_config::Severity::Hint;
        let findings = vec![Finding::new(Rule::Coverage, "m"), Finding::new(Rule::Tautology, "m"), hint];
        let severities: Vec<String> = apply_configuration(findings, &config)
            .findings
            .iter()
            .map(|finding| format!("{} {}", finding.rule, finding.severity))
            .collect();
        assert_eq!(severities, ["tautology error", "redundancy hint"]);
    }

    #[test]
    fn allowed_findings() {
        let by_policy = "allow: [{ rule: subsumption, policy: old, reason: r }]";
        assert!(!kept(by_policy, finding(Rule::Subsumption, "old", None)));
        assert!(kept(by_policy, finding(Rule::Subsumption, "new", None)));
        assert!(kept(by_policy, finding(Rule::Redundancy, "old", None)));

        let by_rule = "allow: [{ rule: subsumption, reason: r }]";
        assert!(!kept(by_rule, Finding::new(Rule::Subsumption, "m")));

        let by_table = "allow: [{ rule: coverage, table: users, reason: r }]";
        assert!(!kept(by_table, finding(Rule::Coverage, "p", Some("public.users"))));
        assert!(!kept(by_table, finding(Rule::Coverage, "p", Some("billing.users"))));
        assert!(kept(by_table, finding(Rule::Coverage, "p", Some("public.end_users"))));
        assert!(kept(by_table, finding(Rule::Coverage, "p", None)));

        let qualified = "allow: [{ rule: coverage, table: public.users, reason: r }]";
        assert!(!kept(qualified, finding(Rule::Coverage, "p", Some("public.users"))));
        assert!(kept(qualified, finding(Rule::Coverage, "p", Some("billing.users"))));
    }

    #[test]
    fn mistakes_of_the_configuration() {
        let errors = Config::parse("polices: []").unwrap_err();
        let findings = config_findings("pgpe.yaml", &errors);
        assert_eq!(findings[0].rule, Rule::Config);
        assert_eq!(findings[0].place.as_ref().unwrap().range, 0..7);
        assert!(findings[0].help.is_some());
    }
}
