//! Whole policies and grants, with the configuration's own columns and settings.

use std::collections::BTreeMap;

use pgpe_syntax::SyntaxKind;
use pgpe_syntax::ast::quote_string;

use super::items::{Items, Offer, bare, escaped};
use super::{CompletionKind, Context, mentions};
use crate::queries;

const RANK: u8 = 70;

/// The words that begin an item, and whole items to fill in.
pub(super) fn add(context: &Context<'_>, items: &mut Items<'_>) {
    items.words(&[SyntaxKind::POLICY_KW]);
    items.words(&[SyntaxKind::GRANT_KW]);
    // They begin lines of their own.
    let before = context.cursor.text.get(..context.cursor.insert.start).unwrap_or_default();
    if !before.rsplit(['\n', '\r']).next().unwrap_or_default().trim().is_empty() {
        return;
    }
    for template in all(context) {
        let offer = Offer {
            kind: CompletionKind::Template,
            name: template.name,
            detail: Some(template.about.to_owned()),
            rank: RANK,
        };
        items.snippet(offer, template.name, template.text);
    }
}

/// What a template writes, by its name.
pub(super) fn text(context: &Context<'_>, name: &str) -> Option<String> {
    all(context).into_iter().find(|template| template.name == name).map(|template| template.text)
}

struct Template {
    name: &'static str,
    about: &'static str,
    text: String,
}

fn all(context: &Context<'_>) -> Vec<Template> {
    let config = queries::config(context.db, context.project);
    let policies = mentions::of_project(context.db, context.project).policies;
    let mut all = vec![
        Template {
            name: "policy",
            about: "a policy to fill in",
            text: "POLICY ${1:name}\n  ${2|PERMISSIVE,RESTRICTIVE|}\n  FOR ${3:ALL}\n  SELECTOR ${4:ALL}\n  CLAUSE $0\n"
                .to_owned(),
        },
        Template {
            name: "grant",
            about: "privileges on tables",
            text: "GRANT ${1:SELECT}\n  TO ${2:role}\n  SELECTOR ${0:ALL}\n".to_owned(),
        },
    ];
    if let Some(isolation) = config.isolation.first() {
        let (owner, key) = (escaped(&bare(&isolation.owner)), escaped(&isolation.key));
        all.push(Template {
            name: "policy for isolation",
            about: "each tenant its own rows",
            text: policy(
                "tenant_isolation",
                &policies,
                "PERMISSIVE",
                "ALL",
                &owner,
                &format!("col({owner}) = {key}"),
            ),
        });
    }
    if let Some(mark) = config.soft_delete.first() {
        let column = escaped(&bare(&mark.column));
        let condition = escaped(&kept(&bare(&mark.column), &mark.deleted));
        all.push(Template {
            name: "policy for deleted rows",
            about: "rows marked as deleted are not to be seen",
            text: policy("not_deleted", &policies, "RESTRICTIVE", "SELECT", &column, &condition),
        });
    }
    all
}

/// A policy on all tables that have a column, under a name that is not taken.
fn policy(
    name: &str,
    taken: &BTreeMap<String, usize>,
    kind: &str,
    command: &str,
    column: &str,
    condition: &str,
) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while taken.contains_key(&free) {
        free = format!("{name}_{number}");
        number += 1;
    }
    format!(
        "POLICY ${{1:{free}}}\n  {kind}\n  FOR ${{2:{command}}}\n  SELECTOR ${{3:has_column({column})}}\n  CLAUSE {condition}$0\n"
    )
}

/// The condition that holds for rows that are not marked as deleted.
fn kept(column: &str, deleted: &str) -> String {
    let words = deleted.trim();
    let normal = words.split_whitespace().map(str::to_ascii_uppercase).collect::<Vec<_>>().join(" ");
    match normal.as_str() {
        "IS NOT NULL" => return format!("col({column}) IS NULL"),
        "IS NULL" => return format!("col({column}) IS NOT NULL"),
        _ => {}
    }
    let (operator, value) = match words.strip_prefix('=') {
        Some(value) => ("!=", value),
        None => ("=", words.trim_start_matches(['!', '<', '>', '='])),
    };
    let value = value.trim();
    match value.to_ascii_lowercase().as_str() {
        "true" if operator == "!=" => format!("col({column}) = lit(false)"),
        "false" if operator == "!=" => format!("col({column}) = lit(true)"),
        word @ ("true" | "false") => format!("col({column}) = lit({word})"),
        _ if value.starts_with('\'') || value.parse::<i64>().is_ok() => {
            format!("col({column}) {operator} lit({value})")
        }
        _ => format!("col({column}) {operator} lit({})", quote_string(value)),
    }
}
