//! `pgpe why`: clause by clause, why a row does or does not pass each command in a session.

use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};
use pgpe_ide::{Given, GivenRow};
use pgpe_report::why;

use crate::arguments::GlobalOptions;
use crate::exit::Status;
use crate::loading::{Policies, load};
use crate::tables::resolve_table;
use crate::terminal::Terminal;

/// Arguments of `why`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The table of the row
    #[arg(long, value_name = "TABLE")]
    table: String,
    /// A column of the row and its value, as PostgreSQL reads it from text; the column alone is NULL
    #[arg(long, value_name = "COLUMN[=VALUE]")]
    row: Vec<String>,
    /// A setting of the session
    #[arg(long, value_name = "SETTING=VALUE")]
    session: Vec<String>,
    /// A role whose privileges the session has
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// A stored row of a table that policies traverse: `projects:id=1,name`. A value with a comma stands in
    /// double quotes: `name="a,b"`
    #[arg(long, value_name = "TABLE:COLUMN[=VALUE],…")]
    with: Vec<String>,
    /// The form of the explanation
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Forms of the explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Human,
    /// JSON
    Json,
}

/// Explains.
pub fn run(arguments: &Arguments, options: &GlobalOptions, terminal: &Terminal) -> anyhow::Result<Status> {
    let loaded = load(options, Policies::Optional, terminal)?;
    if loaded.refuses_configuration(terminal) {
        return Ok(Status::Failure);
    }
    let analysis = loaded.analysis();
    let table = resolve_table(&analysis, &arguments.table)?;
    let mut given = Given { roles: arguments.role.clone(), ..Given::default() };
    given.row = arguments.row.iter().map(|text| column(text)).collect::<anyhow::Result<_>>()?;
    for text in &arguments.session {
        let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            bail!("--session {text}: write the setting as name=value");
        };
        given.settings.push((name.to_owned(), value.to_owned()));
    }
    for text in &arguments.with {
        let Some((name, columns)) = text.split_once(':') else {
            bail!("--with {text}: write the row as table:column=value,column=value");
        };
        given.stored.push((resolve_table(&analysis, name)?, columns_of(columns)?));
    }
    let explained = analysis.why(&table, &given)?.map_err(|message| anyhow!(message))?;
    terminal.print(&match arguments.format {
        Format::Human => why::human(&explained, terminal.colour()),
        Format::Json => why::json(&explained),
    })?;
    Ok(Status::Fine)
}

/// `column=value`, or `column` for NULL.
fn column(text: &str) -> anyhow::Result<(String, Option<String>)> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        bail!("`{text}` names no column: write column=value, or column alone for NULL");
    }
    Ok((name.to_owned(), value))
}

/// Columns joined by commas. A value may stand in double quotes, which are doubled inside of it.
fn columns_of(text: &str) -> anyhow::Result<GivenRow> {
    let mut columns = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find([',', '=']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(written) = after.strip_prefix('=') else {
            columns.push(column(name)?);
            rest = after.strip_prefix(',').unwrap_or(after);
            continue;
        };
        let (value, after) = match written.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or_else(|| anyhow!("a `\"` is not closed in `{text}`"))?,
            None => {
                let (value, after) = written.split_at(written.find(',').unwrap_or(written.len()));
                (value.to_owned(), after)
            }
        };
        let Some(after) = after.strip_prefix(',').or_else(|| after.is_empty().then_some("")) else {
            bail!("after the closing `\"` in `{text}` comes neither a comma nor the end");
        };
        let (name, _) = column(name)?;
        columns.push((name, Some(value)));
        rest = after;
    }
    Ok(columns)
}

/// What stands before the closing quote, and what comes after it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        value.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                value.push('"');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}
