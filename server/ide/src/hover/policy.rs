//! A policy's name: what it compiles to, and what is proved of its tables.

use pgpe_catalog::{Command, QualifiedName};
use pgpe_config::Rule;
use pgpe_proof::judge::Judgement;

use super::{Context, Verdicts};
use crate::findings::{self, schema::ADD_A_SCHEMA};
use crate::markdown;
use crate::queries::{self, Item, TableKey};
use crate::verdicts::report_verdict;

/// The SQL on the first table, the others by name, and the verdicts on isolation.
pub(super) fn text(context: &Context<'_>, verdicts: Verdicts<'_>) -> Option<String> {
    let name = findings::policy_name(context.db, context.key)?;
    let governed = context.governed();
    let head = format!("policy {}", markdown::code(name));
    if queries::catalog(context.db, context.project).is_none() {
        return Some(format!("{head}: no schema is known, so it governs nothing\n\n{ADD_A_SCHEMA}"));
    }
    if let Some(Item::Policy(policy)) = queries::item(context.db, context.key)
        && policy.selector.is_none()
    {
        return Some(format!("{head}: its selector can't be read, so that it may govern any table"));
    }
    let mut parts = Vec::new();
    parts.push(match governed.len() {
        0 => return Some(format!("{head} governs no table")),
        1 => format!("{head} governs 1 table"),
        count => format!("{head} governs {count} tables"),
    });
    let mut compiled = governed.iter().filter_map(|table| Some((table, sql(context, table, name)?)));
    match compiled.next() {
        Some((table, sql)) => {
            parts.push(markdown::sql(&format!("-- {table}\n{sql}")));
            let others: Vec<&QualifiedName> = compiled.map(|(table, _)| table).collect();
            if !others.is_empty() {
                parts.push(format!("Likewise on {}.", markdown::list(&others)));
            }
        }
        None => parts.push("It has errors: nothing is compiled of it.".to_owned()),
    }
    parts.extend(isolation(governed, verdicts));
    Some(parts.join("\n\n"))
}

fn sql(context: &Context<'_>, table: &QualifiedName, policy: &str) -> Option<String> {
    let key = TableKey::new(context.db, table.clone());
    let compiled = queries::compiled(context.db, context.project, key).as_ref()?;
    let own = compiled.policies.iter().filter(|compiled| compiled.policy == policy);
    let statements: Vec<&str> = own.map(|compiled| compiled.statement.as_str()).collect();
    (!statements.is_empty()).then(|| statements.join("\n\n"))
}

/// Whether tenants are isolated on the tables, by command.
pub(super) fn isolation(governed: &[QualifiedName], verdicts: Verdicts<'_>) -> Option<String> {
    let rows: Vec<Vec<String>> = governed
        .iter()
        .filter_map(|table| {
            let judgement = verdicts.ledger.judgement_on(table)?;
            let cells = Command::ALL.map(|command| cell(judgement, command, verdicts.pending));
            Some([markdown::cell(&table.to_string())].into_iter().chain(cells).collect())
        })
        .collect();
    let header: Vec<&str> =
        ["isolation of tenants"].into_iter().chain(Command::ALL.map(Command::keyword)).collect();
    (!rows.is_empty()).then(|| markdown::table(&header, &rows))
}

fn cell(judgement: &Judgement, command: Command, pending: bool) -> String {
    let known = judgement.commands.get(&command);
    match known.and_then(|known| known.verdicts.get(&Rule::TenantIsolation)) {
        Some(verdict) => report_verdict(*verdict).to_string(),
        // Nothing unproved may look proved.
        None if pending => "…".to_owned(),
        None => "–".to_owned(),
    }
}
