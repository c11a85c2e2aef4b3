//! What the proofs rest on, as text: each kind of assumption once, for all tables together.

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr;

use crate::counterexample::aligned;
use crate::plain::visible;
use crate::{Assumption, TableVerdicts};

/// Kinds of assumption in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Setting,
    Role,
    WayRound,
    RowSecurity,
    OnlyPolicies,
    WriteProtected,
    Unique,
    NotNull,
    ForeignKey,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Kind::Setting => "set by trusted code only",
            Kind::Role => "roles",
            Kind::WayRound => "not in tenants' hands",
            Kind::RowSecurity => "row-level security forced",
            Kind::OnlyPolicies => "no other permissive policy",
            Kind::WriteProtected => "not written by tenants",
            Kind::Unique => "unique",
            Kind::NotNull => "not null",
            Kind::ForeignKey => "foreign keys",
        }
    }
}

fn describe(assumption: &Assumption) -> (Kind, String) {
    match assumption {
        Assumption::TrustedSetting { setting } => (Kind::Setting, setting.clone()),
        Assumption::Membership { member, group } => {
            (Kind::Role, format!("{member} has the privileges of {group}"))
        }
        Assumption::NoOtherMembership { role } => {
            (Kind::Role, format!("{role} is a member of no named role that the schema does not tell"))
        }
        Assumption::NoBypassRls => (Kind::Role, "no tenant's role bypasses row-level security".to_owned()),
        Assumption::BypassingRole { role, attribute, members } => {
            let members = match members.as_slice() {
                [] => String::new(),
                members => format!(", and {} may become it by SET ROLE", members.join(", ")),
            };
            (Kind::WayRound, format!("{role} bypasses row-level security as {attribute}{members}"))
        }
        Assumption::UnforcedOwner { table, owner } => {
            let told =
                format!("{owner} owns {table} and bypasses its policies until they are applied with FORCE");
            (Kind::WayRound, told)
        }
        Assumption::OwnerRightsView { view, table, owner, bypasses } => {
            let reads = format!("the view {view}, without security_invoker, reads {table} as");
            let told = match (owner, bypasses) {
                (Some(owner), true) => format!("{reads} {owner}, who bypasses row-level security"),
                (Some(owner), false) => format!("{reads} {owner}, by the policies for that role"),
                (None, _) => format!("{reads} its owner"),
            };
            (Kind::WayRound, told)
        }
        Assumption::MaterializedView { view, table } => {
            (Kind::WayRound, format!("the materialized view {view} holds rows of {table}, without policies"))
        }
        Assumption::DefinerFunction { function } => {
            let told =
                format!("the SECURITY DEFINER function {function} may read governed tables as its owner");
            (Kind::WayRound, told)
        }
        Assumption::ForcedRowSecurity { table } => (Kind::RowSecurity, table.clone()),
        Assumption::NoOtherPermissivePolicy { table } => (Kind::OnlyPolicies, table.clone()),
        Assumption::WriteProtected { table } => (Kind::WriteProtected, table.clone()),
        Assumption::UniqueKey { table, columns } => {
            (Kind::Unique, format!("{table} ({})", columns.join(", ")))
        }
        Assumption::NotNull { table, column } => (Kind::NotNull, format!("{table}.{column}")),
        Assumption::ForeignKey { table, columns, target } => {
            (Kind::ForeignKey, format!("{table} ({}) to {target}", columns.join(", ")))
        }
    }
}

/// An assumption as a clause.
pub fn in_words(assumption: &Assumption) -> String {
    describe(assumption).1
}

/// Nothing where no proof rests on anything.
pub(crate) fn render(tables: &[TableVerdicts]) -> String {
    let mut by_kind: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    let commands = tables.iter().flat_map(|table| table.commands.values());
    for assumption in commands.flat_map(|command| command.assumptions.values()).flatten() {
        let (kind, what) = describe(assumption);
        by_kind.entry(kind).or_default().insert(visible(&what).into_owned());
    }
    if by_kind.is_empty() {
        return String::new();
    }
    let label_width = by_kind.keys().map(|kind| kind.label().width() + 2).max().unwrap_or(0);
    let mut text = "What is proved rests on:\n".to_owned();
    for (kind, values) in by_kind {
        let values: Vec<String> = values.into_iter().collect();
        for line in aligned(&format!("  {}", kind.label()), label_width, &values) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push('\n');
    text
}
