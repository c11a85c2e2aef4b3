//! Suppressions in comments: `-- pgpe: allow(rule) why`.

use pgpe_config::Rule;

use super::items::{Items, Offer};
use super::{CompletionKind, mentions};
use crate::database::{Db, Project};

const RULES: u8 = 10;
const POLICIES: u8 = 20;

/// The rules that can be allowed, and behind the rule the policies that a reason may name.
pub(super) fn add(db: &dyn Db, project: Project, items: &mut Items<'_>, start: usize) {
    let cursor = items.cursor;
    let written = cursor.text.get(start + 2..cursor.offset).unwrap_or_default();
    let Some(rest) = written.trim_start().strip_prefix("pgpe:") else { return begin(written, items) };
    let rest = rest.trim_start();
    let Some(inside) = rest.strip_prefix("allow").and_then(|rest| rest.trim_start().strip_prefix('(')) else {
        return allow(rest, items);
    };
    match inside.split_once(')') {
        None => rules(items, inside),
        Some((_, reason)) => policies(db, project, items, reason),
    }
}

/// Only what looks like the beginning of a suppression: most comments are prose.
fn begin(written: &str, items: &mut Items<'_>) {
    let word = written.trim_start();
    if !word.is_empty() && "pgpe:".starts_with(word) {
        let at = items.cursor.offset - word.len();
        let offer = Offer {
            kind: CompletionKind::Word,
            name: "pgpe: allow",
            detail: Some("silences a rule here".to_owned()),
            rank: RULES,
        };
        items.at(at..items.cursor.offset, None);
        items.snippet(offer, "pgpe: allow(…)", "pgpe: allow($1) $0");
    }
}

fn allow(written: &str, items: &mut Items<'_>) {
    if "allow".starts_with(written) {
        items.at(items.cursor.offset - written.len()..items.cursor.offset, None);
        let offer = Offer { kind: CompletionKind::Word, name: "allow", detail: None, rank: RULES };
        if items.snippets {
            items.snippet(offer, "allow(…)", "allow($1) $0");
        } else {
            items.code(offer, "allow(");
        }
    }
}

fn rules(items: &mut Items<'_>, inside: &str) {
    let prefix = inside.trim_start();
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let behind = items.cursor.text.get(items.cursor.offset..).unwrap_or_default();
    let rest = behind.find(|c| !is_id(c)).unwrap_or(behind.len());
    let closed = behind.get(rest..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(')'));
    let start = items.cursor.offset - prefix.len();
    items.at(start..items.cursor.offset, Some(items.cursor.offset + rest));
    for rule in Rule::ALL {
        let detail = Some(rule.title().to_owned());
        let offer = Offer { kind: CompletionKind::Rule, name: rule.id(), detail, rank: RULES };
        items.code(offer, if closed { rule.id().to_owned() } else { format!("{})", rule.id()) });
    }
}

fn policies(db: &dyn Db, project: Project, items: &mut Items<'_>, reason: &str) {
    let word = reason.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
    items.at(items.cursor.offset - word.len()..items.cursor.offset, None);
    for name in mentions::of_project(db, project).policies.keys() {
        let detail = Some("policy".to_owned());
        items.code(Offer { kind: CompletionKind::Policy, name, detail, rank: POLICIES }, name.as_str());
    }
}
