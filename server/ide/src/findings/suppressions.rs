//! Comments that silence a rule for the item or condition that they stand at.

use std::str::FromStr;

use pgpe_config::{PLACEHOLDER_REASON, Rule};
use pgpe_report::{Edit, Finding, Fix, Told};
use pgpe_syntax::{Suppression, TextRange, TextSize};

use super::place;
use crate::database::{Db, Project, SourceFile};
use crate::queries;

/// Sets the findings apart that comments silence, and adds those about the comments themselves.
pub(super) fn apply_all(db: &dyn Db, project: Project, mut findings: Vec<Finding>, complete: bool) -> Told {
    let mut accepted = Vec::new();
    for file in project.policies(db).iter().filter(|file| !suppressions(db, **file).is_empty()) {
        let all: Vec<&Finding> = findings.iter().collect();
        let applied = apply(db, *file, &all, complete);
        let mut index = 0;
        let silenced = findings.extract_if(.., |_| {
            index += 1;
            applied.silenced.contains(&(index - 1))
        });
        accepted.extend(silenced);
        findings.extend(applied.about);
    }
    Told { findings, accepted }
}

/// What the comments of a file do to findings.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The indices of those that they silence.
    pub(crate) silenced: Vec<usize>,
    /// Findings about the comments themselves.
    pub(crate) about: Vec<Finding>,
}

/// What the comments of a file do to findings. `complete`: all findings are there, so that a comment without effect is one.
pub(crate) fn apply(db: &dyn Db, file: SourceFile, findings: &[&Finding], complete: bool) -> Applied {
    let mut applied = Applied::default();
    for suppression in suppressions(db, file) {
        let known = Rule::from_str(&suppression.rule_text);
        let before = applied.silenced.len();
        if let (Ok(rule), Some(_)) = (&known, &suppression.reason) {
            for (index, finding) in findings.iter().enumerate() {
                let heard = !applied.silenced.contains(&index);
                if heard && silences(db, file, suppression, *rule, finding) {
                    applied.silenced.push(index);
                }
            }
        }
        let effective = applied.silenced.len() > before;
        applied.about.extend(about(db, file, suppression, known.ok(), effective, complete));
    }
    applied
}

/// The suppressions of a policy file.
#[salsa::tracked(returns(ref))]
pub(crate) fn suppressions(db: &dyn Db, file: SourceFile) -> Vec<Suppression> {
    pgpe_syntax::suppressions(&queries::parsed(db, file).syntax_node(), file.text(db))
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
    let text = file.text(db);
    let (about, message, range, help, fixes) = match rule {
        None => {
            let nearest =
                pgpe_config::nearest(&suppression.rule_text, Rule::ALL.iter().map(|rule| rule.id()));
            let message = format!("there is no rule `{}`", suppression.rule_text);
            let help = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
            let fix = |nearest: &str| {
                let title = format!("Replace with `{nearest}`");
                (title, suppression.rule_range, nearest.to_owned())
            };
            (Rule::UnknownRule, message, suppression.rule_range, help, nearest.map(fix).into_iter().collect())
        }
        Some(rule) if suppression.reason.is_none() => {
            let message = format!("a suppression needs a reason, so it does not silence `{rule}`");
            let help =
                Some(format!("write it behind the parenthesis: -- pgpe: allow({rule}) why this is fine"));
            let (gap, reason) = missing_reason(text, suppression);
            let fixes = vec![
                ("Add a reason".to_owned(), gap, reason),
                ("Remove the comment".to_owned(), comment_range(text, suppression.range), String::new()),
            ];
            (Rule::MissingReason, message, suppression.range, help, fixes)
        }
        Some(rule) if complete && !effective => {
            let message = format!("nothing here breaks `{rule}`: the suppression has no effect");
            let range = comment_range(text, suppression.range);
            let fixes = vec![("Remove the comment".to_owned(), range, String::new())];
            let help = Some("remove the comment".to_owned());
            (Rule::UnusedSuppression, message, suppression.range, help, fixes)
        }
        Some(_) => return None,
    };
    let mut finding = Finding::new(about, message);
    finding.place = Some(place(db, file, range));
    finding.help = help;
    finding.unnecessary = about == Rule::UnusedSuppression;
    let edit = |range, text| Edit { place: place(db, file, range), text };
    finding.fixes =
        fixes.into_iter().map(|(title, range, text)| Fix { title, edits: vec![edit(range, text)] }).collect();
    Some(finding)
}

/// What takes the place of a missing reason, and where: behind the parenthesis, which may be missing, too.
fn missing_reason(text: &str, suppression: &Suppression) -> (TextRange, String) {
    let (start, end) = (usize::from(suppression.range.start()), usize::from(suppression.range.end()));
    let comment = text.get(start..end).unwrap_or_default();
    let (behind, close) = match comment.find(')') {
        Some(at) => (at + 1, ""),
        None => (comment.trim_end().len(), ")"),
    };
    let range =
        TextRange::new(suppression.range.start() + TextSize::new(behind as u32), suppression.range.end());
    (range, format!("{close} {PLACEHOLDER_REASON}"))
}

/// A comment with its line if it stands alone, else with the blanks before it.
fn comment_range(text: &str, range: TextRange) -> TextRange {
    let (start, end) = (usize::from(range.start()), usize::from(range.end()));
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let blank = before.trim_end_matches([' ', '\t']);
    let line_end = ["\r\n", "\n"].into_iter().find(|it| after.starts_with(it)).map_or(0, str::len);
    let is_alone = blank.is_empty() || blank.ends_with('\n');
    let end = if is_alone { end + line_end } else { end };
    TextRange::new((blank.len() as u32).into(), (end as u32).into())
}
