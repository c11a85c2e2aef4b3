//! One existing policy: its clauses in the language, and what they resolve to on its table.

use std::collections::BTreeSet;

use pgpe_catalog::{Catalog, Command, ExistingPolicy, QualifiedName, Relation};
use pgpe_config::{Config, Rule, Severity};
use pgpe_policy::Resolution;
use pgpe_policy::normal_form::Removed;
use pgpe_policy::resolved::TablePolicy;
use pgpe_policy::source::{CommandSet, PolicyKind};
use pgpe_syntax::ast::Item;

use crate::outside::{Outside, Read};
use crate::reader::Reader;
use crate::written::{self, Clauses};

/// An existing policy that the language can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its table.
    pub table: QualifiedName,
    /// Its name in the database.
    pub name: String,
    /// All of it but name and selector, as the language says it.
    pub body: Body,
    /// What it resolves to on its table, under the name that it has in the database.
    pub policy: TablePolicy,
    /// Settings that, where they are missing or empty, raise an error in only one of the original and the
    /// compiled SQL, and are NULL in the other.
    pub one_sided_errors: BTreeSet<String>,
    /// No row ever passes it, so that the language has no policy for it, though its meaning is known.
    pub never_passes: bool,
}

/// What a policy says, whatever it is called and wherever it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Body {
    /// PERMISSIVE or RESTRICTIVE.
    pub kind: PolicyKind,
    /// Its commands.
    pub command: Option<Command>,
    /// Its roles; empty is PUBLIC.
    pub roles: Vec<String>,
    /// The clauses, as text.
    pub clauses: String,
    /// The clauses of WITH CHECK, as text.
    pub check: Option<String>,
}

impl Body {
    /// The whole policy as text, not yet laid out.
    pub(crate) fn policy(&self, name: &str, selector: &str) -> String {
        let kind = match self.kind {
            PolicyKind::Permissive => "PERMISSIVE",
            PolicyKind::Restrictive => "RESTRICTIVE",
        };
        let command = self.command.map_or("ALL", Command::keyword);
        let roles: Vec<String> = self.roles.iter().map(|role| written::name(role)).collect();
        let to = if roles.is_empty() { String::new() } else { format!("TO {}\n", roles.join(", ")) };
        let check = self.check.as_ref().map(|check| format!("WITH CHECK {check}\n")).unwrap_or_default();
        let name = written::name(name);
        format!("POLICY {name}\n{kind}\nFOR {command}\n{to}SELECTOR {selector}\n{}\n{check}", self.clauses)
    }
}

/// Reads an existing policy of a table. The settings that [`Imported::one_sided_errors`] names are yet to be
/// judged together with the table's other policies: see [`crate::missing`].
pub fn read_policy(
    table: &QualifiedName,
    name: &str,
    existing: &ExistingPolicy,
    catalog: &Catalog,
    config: &Config,
) -> Result<Imported, Outside> {
    let relation = catalog.table(table).ok_or_else(|| Outside::policy("its table is not known"))?;
    let mut reading =
        Reading { existing, catalog, config, governed: (table, relation), one_sided_errors: BTreeSet::new() };
    let (mut clauses, mut check) = reading.blocks()?;
    let body = |clauses: &Clauses, check: Option<&Clauses>| Body {
        kind: if existing.permissive { PolicyKind::Permissive } else { PolicyKind::Restrictive },
        command: existing.command,
        roles: existing.roles.clone(),
        clauses: written::clauses(clauses, &table.schema),
        check: check.map(|check| written::clauses(check, &table.schema)),
    };
    let mut written = body(&clauses, check.as_ref());
    let mut resolution = reading.resolve(name, &written)?;
    // The rest says the same without the clauses that another covers or that never hold.
    let shorter = drop_removed(&mut clauses, &resolution.removed)
        | check.as_mut().is_some_and(|check| drop_removed(check, &resolution.removed_from_check));
    if shorter {
        written = body(&clauses, check.as_ref());
        resolution = reading.resolve(name, &written)?;
    }
    let policy = resolution.policy.ok_or_else(|| Outside::policy("what it says can't be resolved"))?;
    let empty_check = policy.check.as_ref().is_some_and(|check| check.clauses.is_empty());
    Ok(Imported {
        table: table.clone(),
        name: name.to_owned(),
        never_passes: policy.using.clauses.is_empty() || empty_check,
        body: written,
        policy,
        one_sided_errors: reading.one_sided_errors,
    })
}

struct Reading<'a> {
    existing: &'a ExistingPolicy,
    catalog: &'a Catalog,
    config: &'a Config,
    governed: (&'a QualifiedName, &'a Relation),
    one_sided_errors: BTreeSet<String>,
}

impl Reading<'_> {
    /// The clauses, and those of WITH CHECK.
    fn blocks(&mut self) -> Read<(Clauses, Option<Clauses>)> {
        const SPECIAL: [&str; 3] = ["current_user", "current_role", "session_user"];
        if let Some(role) = self.existing.roles.iter().find(|role| SPECIAL.contains(&role.as_str())) {
            return Err(Outside::policy(format!("it is for {role}, which may not be a role's name")));
        }
        let using = match &self.existing.using {
            Some(text) => Some(self.clauses(text, "USING")?),
            None => None,
        };
        let check = match &self.existing.check {
            Some(text) => Some(self.clauses(text, "WITH CHECK")?),
            None => None,
        };
        match (self.existing.command, using, check) {
            (Some(Command::Select | Command::Delete), Some(using), None) => Ok((using, None)),
            (Some(Command::Insert), None, Some(check)) => Ok((check, None)),
            (Some(Command::Update) | None, Some(using), check) => Ok((using, check)),
            // Without USING, a restrictive policy leaves the rows that are there alone.
            (Some(Command::Update) | None, None, Some(check)) if !self.existing.permissive => {
                Ok((vec![Vec::new()], Some(check)))
            }
            (Some(Command::Update) | None, None, Some(_)) => Err(Outside::policy(
                "it has no USING, so that it only adds to what other policies let be written",
            )),
            _ => Err(Outside::policy("it has no expression for its command")),
        }
    }

    fn clauses(&mut self, text: &str, clause: &'static str) -> Read<Clauses> {
        let mut reader = Reader::new(self.catalog, self.config, self.governed);
        let clauses = reader.expression(text).map_err(|outside| outside.in_clause(clause))?;
        self.one_sided_errors.extend(reader.one_sided_errors);
        Ok(clauses)
    }

    /// What the text in the language resolves to, by the same road as any other policy.
    fn resolve(&self, name: &str, body: &Body) -> Read<Resolution> {
        let parse = pgpe_syntax::parse(&body.policy(name, "ALL"));
        let mut items = parse.tree().items();
        let (Some(Item::Policy(policy)), None, true) =
            (items.next(), items.next(), parse.errors().is_empty())
        else {
            return Err(Outside::policy("it can't be written in the language"));
        };
        let lowered = pgpe_policy::lower_policy(&policy, false);
        let resolution = pgpe_policy::resolve(&lowered, self.governed.0, self.catalog, self.config);
        let error = resolution.problems.iter().find(|problem| {
            problem.rule.default_severity() == Severity::Error && problem.rule != Rule::Contradiction
        });
        match error {
            None => Ok(resolution),
            Some(problem) => Err(Outside { help: problem.help.clone(), ..Outside::policy(&problem.message) }),
        }
    }
}

/// Drops clauses that the normal form does without, unless none would be left.
fn drop_removed(clauses: &mut Clauses, removed: &[Removed]) -> bool {
    let stays = |index: usize| !removed.iter().any(|removed| removed.clause == index);
    let kept: Clauses =
        clauses.iter().enumerate().filter(|(index, _)| stays(*index)).map(|(_, it)| it.clone()).collect();
    if kept.is_empty() || kept.len() == clauses.len() {
        return false;
    }
    *clauses = kept;
    true
}

/// The commands that an existing policy is for.
pub fn commands(existing: &ExistingPolicy) -> CommandSet {
    existing.command.map_or(CommandSet::ALL, |command| CommandSet::default().with(command))
}
