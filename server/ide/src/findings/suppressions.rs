//! Comments that silence a rule for the item or condition that they stand at.

use std::str::FromStr;

use pgpe_config::Rule;
use pgpe_report::{Finding, Told};
use pgpe_syntax::{Suppression, TextRange, TextSize};

use super::place;
use crate::database::{Db, Project, SourceFile};
use crate::queries;

/// Sets the findings apart that comments silence, and adds those about the comments themselves.
pub(super) fn apply(db: &dyn Db, project: Project, findings: Vec<Finding>, complete: bool) -> Told {
    let (mut findings, mut accepted) = (findings, Vec::new());
    for file in project.policies(db) {
        let suppressions = suppressions(db, *file);
        if suppressions.is_empty() {
            continue;
        }
        for suppression in suppressions {
            let known = Rule::from_str(&suppression.rule_text);
            let before = accepted.len();
            if let (Ok(rule), Some(_)) = (&known, &suppression.reason) {
                let silent = |finding: &mut Finding| silences(db, *file, suppression, *rule, finding);
                accepted.extend(findings.extract_if(.., silent));
            }
            findings.extend(about(db, *file, suppression, known.ok(), accepted.len() > before, complete));
        }
    }
    Told { findings, accepted }
}

/// The suppressions of a policy file.
#[salsa::tracked(returns(ref))]
pub(crate) fn suppressions(db: &dyn Db, file: SourceFile) -> Vec<Suppression> {
    pgpe_syntax::suppressions(&queries::parsed(db, file).syntax_node())
}

fn silences(db: &dyn Db, file: SourceFile, suppression: &Suppression, rule: Rule, finding: &Finding) -> bool {
    let Some(place) = &finding.place else { return false };
    let range = TextRange::new(
        TextSize::new(place.range.start),
        TextSize::new(place.range.end.max(place.range.start)),
    );
    finding.rule == rule && place.file == *file.path(db) && suppression.target.contains_range(range)
}

fn about(
    db: &dyn Db,
    file: SourceFile,
    suppression: &Suppression,
    rule: Option<Rule>,
    effective: bool,
    complete: bool,
) -> Option<Finding> {
    let (about, message, range, help) = match rule {
        None => {
            let nearest =
                pgpe_config::nearest(&suppression.rule_text, Rule::ALL.iter().map(|rule| rule.id()));
            let message = format!("there is no rule `{}`", suppression.rule_text);
            let help = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
            (Rule::UnknownRule, message, suppression.rule_range, help)
        }
        Some(rule) if suppression.reason.is_none() => {
            let message = format!("a suppression needs a reason, so it does not silence `{rule}`");
            let help =
                Some(format!("write it behind the parenthesis: -- pgpe: allow({rule}) why this is fine"));
            (Rule::MissingReason, message, suppression.range, help)
        }
        Some(rule) if complete && !effective => {
            let message = format!("nothing here breaks `{rule}`: the suppression has no effect");
            (Rule::UnusedSuppression, message, suppression.range, Some("remove the comment".to_owned()))
        }
        Some(_) => return None,
    };
    let mut finding = Finding::new(about, message);
    finding.place = Some(place(db, file, range));
    finding.help = help;
    finding.unnecessary = about == Rule::UnusedSuppression;
    Some(finding)
}
