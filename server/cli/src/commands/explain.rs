//! `pgpe explain`: what a rule means, or which rules there are.

use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;
use pgpe_config::{Rule, nearest};
use pgpe_report::human::Colour;

use crate::exit::Status;
use crate::markdown;
use crate::terminal::Terminal;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The rule's id, as findings show it in brackets; without it, all rules are listed
    #[arg(value_name = "RULE")]
    rule: Option<String>,
}

/// Prints a rule's page or the list of rules.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<Status> {
    let text = match &arguments.rule {
        None => list(terminal.colour()),
        Some(id) => {
            let rule = Rule::from_str(id).map_err(|_| unknown_rule(id))?;
            explanation(rule, terminal.colour())
        }
    };
    terminal.print(&text)?;
    Ok(Status::Fine)
}

fn all_ids() -> impl Iterator<Item = &'static str> {
    Rule::ALL.iter().map(|rule| rule.id())
}

fn unknown_rule(id: &str) -> anyhow::Error {
    match nearest(id, all_ids()) {
        Some(nearest) => anyhow!("there is no rule `{id}`: did you mean `{nearest}`?"),
        None => anyhow!("there is no rule `{id}`: `pgpe explain` lists all rules"),
    }
}

fn list(colour: Colour) -> String {
    let width = all_ids().map(str::len).max().unwrap_or(0);
    let lines = Rule::ALL.iter().map(|rule| {
        let (id, severity) = (rule.id(), rule.default_severity().to_string());
        let id = markdown::bold(&format!("{id:width$}"), colour);
        format!("{id}  {severity:<7}  {}\n", rule.title())
    });
    lines.collect()
}

fn explanation(rule: Rule, colour: Colour) -> String {
    let mut text = markdown::render(pgpe_report::page(rule), colour);
    text.push_str(&format!("\nSeverity where pgpe.yaml sets none: {}.\n", rule.default_severity()));
    text
}
