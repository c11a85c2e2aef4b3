//! Policies whose verdicts are known: what must be proved, and what must never be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// Other tests use the rest of it.
#[allow(dead_code)]
#[path = "support/project.rs"]
mod project;

// The check against a real server uses the rest of it.
#[allow(dead_code)]
#[path = "proof_cases/cases.rs"]
mod cases;

#[path = "proof_cases/folders.rs"]
mod folders;

#[path = "proof_cases/review.rs"]
mod review;

use pgpe_catalog::Catalog;
use pgpe_ide::Checked;
use pgpe_report::{Assumption, Verdict};

use cases::{Case, cases};

/// Everything that differs from what is expected of a case.
fn differences(case: &Case) -> Vec<String> {
    let host = project::host(&case.schema, &case.policies, &case.config);
    let checked = project::check(&host.analysis());
    let mut wrong = Vec::new();
    for (table, commands, rule, expected) in &case.verdicts {
        for command in *commands {
            let found = project::verdict(&checked, table, command, rule);
            if found != Some(*expected) {
                wrong.push(format!("{table} {command} {rule}: expected {expected}, found {found:?}"));
            }
            if *expected == Verdict::Failed && *rule == "tenant-isolation" {
                let shown = project::findings(&checked, rule)
                    .into_iter()
                    .any(|finding| finding.counterexample.is_some());
                if !shown {
                    wrong.push(format!("{table} {command}: FAILED without a counterexample"));
                }
            }
        }
    }
    for rule in &case.rules {
        if project::findings(&checked, rule).is_empty() {
            wrong.push(format!("no finding of {rule}"));
        }
    }
    for rule in &case.not_rules {
        for finding in project::findings(&checked, rule) {
            wrong.push(format!("unexpected {rule}: {}", finding.message));
        }
    }
    for (table, command, roles) in &case.by_role {
        let found = project::table_verdicts(&checked, table)
            .and_then(|table| table.commands.get(*command))
            .map(|command| {
                command
                    .by_role
                    .iter()
                    .filter_map(|(role, verdicts)| {
                        let isolation = verdicts.iter().find(|(rule, _)| rule.id() == "tenant-isolation")?;
                        Some((role.as_str(), *isolation.1))
                    })
                    .collect::<Vec<_>>()
            });
        if found.as_deref() != Some(roles.as_slice()) {
            wrong.push(format!("{table} {command} by role: expected {roles:?}, found {found:?}"));
        }
    }
    if !wrong.is_empty() {
        for finding in &checked.findings {
            wrong.push(format!("  finding {} {}", finding.rule, finding.message));
        }
    }
    wrong
}

#[test]
fn every_case_comes_out_right() {
    let mut wrong = Vec::new();
    for case in cases() {
        for difference in differences(&case) {
            wrong.push(format!("case {} ({}): {difference}", case.number, case.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each of these leaks on a real server. An answer that is not known is good enough.
#[test]
fn what_leaked_once_is_never_proved_again() {
    let mut wrong = Vec::new();
    for case in review::cases() {
        let host = project::host(&case.schema, &case.policies, &case.config);
        let checked = project::check(&host.analysis());
        for (table, commands, rule, _) in &case.verdicts {
            for command in *commands {
                let found = project::verdict(&checked, table, command, rule);
                if found.is_none() || found == Some(Verdict::Proven) {
                    wrong.push(format!(
                        "case {} ({}): {table} {command} is {found:?}",
                        case.number, case.title
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A proof names the properties of the schema that it rests on: without any one of them it is gone.
#[test]
fn a_proof_fails_without_what_it_rests_on() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for case in cases() {
        let host = project::host(&case.schema, &case.policies, &case.config);
        let catalog = host.analysis().catalog().unwrap().expect("a schema");
        let checked = project::check(&host.analysis());
        for (table, commands, rule, expected) in &case.verdicts {
            for command in commands.iter().filter(|_| *expected == Verdict::Proven) {
                for assumption in project::assumptions(&checked, table, command, rule) {
                    let Some(dropped) = without(&catalog, &assumption) else { continue };
                    tried += 1;
                    let schema = format!("{}\n{dropped}", case.schema);
                    let host = project::host(&schema, &case.policies, &case.config);
                    let without = project::check(&host.analysis());
                    let found = project::verdict(&without, table, command, rule);
                    if found == Some(Verdict::Proven) && !proves_less(&without, table, rule, &dropped) {
                        wrong.push(format!(
                            "case {} ({}): {table} {command} {rule} is proved after {dropped}",
                            case.number, case.title
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 50, "{tried} assumptions were tried");
}

/// What applies to a session by a role that another brings along is gone without the membership.
#[test]
fn memberships_are_told() {
    const SCHEMA: &str = "CREATE ROLE staff; CREATE ROLE crew; CREATE ROLE support;
        GRANT staff TO crew; GRANT crew TO support;
        CREATE TABLE docs (id int PRIMARY KEY, kind text NOT NULL, tenant_id text NOT NULL);\n";
    const POLICIES: &str = "POLICY p PERMISSIVE FOR SELECT TO support SELECTOR ALL CLAUSE col('id') IS NOT NULL
        POLICY r RESTRICTIVE FOR SELECT TO staff SELECTOR ALL CLAUSE col('tenant_id') = session('app.tenant_id')
        POLICY k RESTRICTIVE FOR SELECT TO staff SELECTOR ALL CLAUSE col('kind') = lit('a')
        POLICY v PERMISSIVE FOR SELECT TO visitor SELECTOR ALL
          CLAUSE col('kind') = lit('b') AND col('tenant_id') = session('app.tenant_id')\n";
    const CONFIG: &str = "role_separation:\n  - [support, visitor]\n";
    let membership = |assumption: &Assumption| matches!(assumption, Assumption::Membership { member, group } if member == "support" && group == "staff");
    let checked = project::check(&project::host(SCHEMA, POLICIES, CONFIG).analysis());
    let without = format!("{SCHEMA}REVOKE staff FROM crew;");
    let without = project::check(&project::host(&without, POLICIES, CONFIG).analysis());
    for rule in ["tenant-isolation", "role-separation"] {
        assert_eq!(project::verdict(&checked, "docs", "SELECT", rule), Some(Verdict::Proven), "{rule}");
        let assumptions = project::assumptions(&checked, "docs", "SELECT", rule);
        assert!(assumptions.iter().any(membership), "{rule}: {assumptions:?}");
        assert_eq!(project::verdict(&without, "docs", "SELECT", rule), Some(Verdict::Failed), "{rule}");
    }
    let separate = project::assumptions(&checked, "docs", "SELECT", "role-separation");
    for role in ["support", "visitor"] {
        let expected = Assumption::NoOtherMembership { role: role.to_owned() };
        assert!(separate.contains(&expected), "{separate:?}");
    }
}

/// Whether there is less to be proved: no owner is left, which the report says, or no reference.
fn proves_less(checked: &Checked, table: &str, rule: &str, dropped: &str) -> bool {
    let notes = project::table_verdicts(checked, table).map_or(&[][..], |table| &table.notes);
    // With a key go the foreign keys to it.
    (rule == "cross-tenant-reference" && dropped.ends_with("CASCADE;"))
        || notes.iter().any(|note| note.starts_with("nothing says whose a row is"))
}

/// DDL that takes a property from the schema; `None` if it is none of the schema's.
fn without(catalog: &Catalog, assumption: &Assumption) -> Option<String> {
    let relation = |table: &str| {
        let (name, relation) = catalog.relations.iter().find(|(name, _)| name.to_string() == table)?;
        Some((name, relation))
    };
    Some(match assumption {
        Assumption::NotNull { table, column } => {
            format!("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;")
        }
        Assumption::UniqueKey { table, columns } => {
            let key = relation(table)?.1.keys.iter().find(|key| key.columns == *columns)?;
            format!("ALTER TABLE {table} DROP CONSTRAINT {} CASCADE;", key.name)
        }
        Assumption::ForeignKey { table, columns, .. } => {
            let key = relation(table)?.1.foreign_keys.iter().find(|key| key.columns == *columns)?;
            format!("ALTER TABLE {table} DROP CONSTRAINT {};", key.name)
        }
        Assumption::Membership { member, group } => format!("REVOKE {group} FROM {member};"),
        _ => return None,
    })
}
