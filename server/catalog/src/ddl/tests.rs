//! One statement kind after another: what the catalog is after them, in a short form.

mod alter;
mod expressions;
mod names;
mod notes;
mod partitions;
mod policies;
mod roles;
mod routines;
mod tables;
mod types;
mod views;

use std::fmt::Write as _;

use expect_test::Expect;

use super::read_ddl;
use crate::{Catalog, Collation, ColumnType, Relation, Volatility};

/// Reads the DDL and compares the catalog in its short form, notes at the end.
fn check(ddl: &str, expected: Expect) {
    let read = read_ddl(ddl);
    let mut out = describe(&read.catalog);
    for skipped in &read.skipped {
        let place = ddl.get(skipped.range.start as usize..skipped.range.end as usize).unwrap();
        writeln!(out, "note: {} @ {place}", skipped.reason).unwrap();
    }
    expected.assert_eq(&out);
}

fn describe(catalog: &Catalog) -> String {
    let mut out = String::new();
    for (name, relation) in &catalog.relations {
        describe_relation(&mut out, &name.to_string(), relation);
    }
    for (name, labels) in &catalog.enums {
        writeln!(out, "enum {name} {}", labels.join(" | ")).unwrap();
    }
    for (name, domain) in &catalog.domains {
        let not_null = if domain.not_null { " not null" } else { "" };
        writeln!(out, "domain {name} {}{not_null}", describe_type(&domain.base)).unwrap();
    }
    for (name, overloads) in &catalog.functions {
        for function in overloads {
            let arguments: Vec<String> = function.arguments.iter().map(describe_type).collect();
            let returns = function.returns.as_ref().map_or("nothing".to_owned(), describe_type);
            write!(out, "function {name}({}) -> {returns}", arguments.join(", ")).unwrap();
            let volatility = match function.volatility {
                Volatility::Immutable => " immutable",
                Volatility::Stable => " stable",
                Volatility::Volatile => "",
            };
            out.push_str(volatility);
            for (on, word) in [(function.security_definer, " definer"), (function.strict, " strict")] {
                out.push_str(if on { word } else { "" });
            }
            if function.defaults > 0 {
                write!(out, " defaults {}", function.defaults).unwrap();
            }
            out.push('\n');
        }
    }
    for (name, role) in &catalog.roles.known {
        write!(out, "role {name}").unwrap();
        for (on, word) in
            [(role.superuser, " superuser"), (role.bypass_rls, " bypassrls"), (role.login, " login")]
        {
            out.push_str(if on { word } else { "" });
        }
        for (group, inherits) in &role.member_of {
            write!(out, " in {group}{}", if *inherits { "" } else { " (no inherit)" }).unwrap();
        }
        out.push('\n');
    }
    for name in &catalog.nondeterministic_collations {
        writeln!(out, "nondeterministic collation {name}").unwrap();
    }
    for override_ in &catalog.overrides {
        writeln!(out, "override: {override_}").unwrap();
    }
    for (name, schema) in &catalog.extensions {
        writeln!(out, "extension {name} in {schema}").unwrap();
    }
    out
}

fn describe_relation(out: &mut String, name: &str, relation: &Relation) {
    let kind = format!("{:?}", relation.kind).to_lowercase();
    write!(out, "{kind} {name}").unwrap();
    let parents: Vec<String> = relation.inherits.iter().map(ToString::to_string).collect();
    for (word, value) in [
        ("owner", relation.owner.clone()),
        ("partition of", relation.partition_of.as_ref().map(ToString::to_string)),
        ("inherits", (!parents.is_empty()).then(|| parents.join(", "))),
        ("comment", relation.comment.clone()),
    ] {
        if let Some(value) = value {
            write!(out, " [{word} {value}]").unwrap();
        }
    }
    for (on, word) in [
        (relation.has_inheritance_children, "has children"),
        (relation.rls_enabled, "rls"),
        (relation.rls_forced, "forced"),
        (relation.security_invoker, "invoker"),
    ] {
        if on {
            write!(out, " [{word}]").unwrap();
        }
    }
    out.push('\n');
    for column in &relation.columns {
        let not_null = if column.not_null { " not null" } else { "" };
        let comment = column.comment.as_ref().map(|text| format!(" -- {text}")).unwrap_or_default();
        writeln!(out, "  {} {}{not_null}{comment}", column.name, describe_type(&column.ty)).unwrap();
    }
    for key in &relation.keys {
        write!(out, "  key {} ({})", key.name, key.columns.join(", ")).unwrap();
        for (on, word) in [
            (key.primary, "primary"),
            (key.deferrable, "deferrable"),
            (key.partial, "partial"),
            (key.expression, "expression"),
            (!key.valid, "invalid"),
        ] {
            if on {
                write!(out, " {word}").unwrap();
            }
        }
        out.push('\n');
    }
    for key in &relation.foreign_keys {
        let (columns, targets) = (key.columns.join(", "), key.target_columns.join(", "));
        let valid = if key.validated { "" } else { " not valid" };
        writeln!(out, "  fk {} ({columns}) -> {} ({targets}){valid}", key.name, key.target).unwrap();
    }
    for (name, policy) in &relation.policies {
        let kind = if policy.permissive { "permissive" } else { "restrictive" };
        let command = policy.command.map_or("ALL", |command| command.keyword());
        write!(out, "  policy {name} {kind} {command} to [{}]", policy.roles.join(", ")).unwrap();
        for (word, text) in [("using", &policy.using), ("check", &policy.check)] {
            if let Some(text) = text {
                write!(out, " {word} <{text}>").unwrap();
            }
        }
        out.push('\n');
    }
    for rule in &relation.rules {
        writeln!(out, "  {rule}").unwrap();
    }
    for grant in &relation.grants {
        let role = grant.role.as_deref().unwrap_or("PUBLIC");
        let column = grant.column.as_ref().map(|column| format!(" ({column})")).unwrap_or_default();
        writeln!(out, "  grant {}{column} to {role}", grant.privilege).unwrap();
    }
}

fn describe_type(ty: &ColumnType) -> String {
    let mut out = ty.display.to_string();
    if ty.domain.is_some() {
        write!(out, " = {}", ty.base.sql_name()).unwrap();
    }
    if ty.collation != Collation::Default {
        write!(out, " {:?}", ty.collation).unwrap();
    }
    out
}
