//! What stands above each policy: its tables, and whether they are isolated.

use std::ops::Range;
use std::sync::Mutex;

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_policy::source::{self, CommandSet};
use pgpe_proof::judge::{Judgement, Verdict};
use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_report::Finding;
use pgpe_syntax::ast::Item as Syntax;
use pgpe_syntax::{AstNode, TextRange};

use crate::analysis::{Analysis, JudgementCache, judgements_on};
use crate::database::{Cancellable, Db, Project, SourceFile};
use crate::findings;
use crate::findings::violations::About;
use crate::queries::{self, Item, ItemKey, TableKey};

/// What is to be said above a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLens {
    /// The word POLICY, in byte offsets.
    pub range: Range<u32>,
    /// The policy's name, in byte offsets.
    pub name_range: Range<u32>,
    /// How many tables it governs, and whether they are isolated.
    pub title: String,
    /// The first of its findings that shows how they are not.
    pub leak: Option<Leak>,
}

/// A finding with a counterexample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Where it stands, in byte offsets.
    pub range: Range<u32>,
    /// The rule.
    pub rule: Rule,
}

/// Whether tenants are isolated on the tables of a policy, for the commands that it is for. A later one outweighs those
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Isolation {
    /// The configuration exempts them.
    Exempt,
    /// No permissive policy gives access.
    Denied,
    /// Proved.
    Isolated,
    /// Not decided.
    Unknown,
    /// Nothing unproved may look proved.
    Proving,
    /// Not isolated, by what another policy lets through.
    LeaksElsewhere,
    /// Not isolated, which the project accepts.
    Accepted,
    /// Not isolated.
    Leaks,
}

impl Isolation {
    fn words(self) -> &'static str {
        match self {
            Isolation::Exempt => "exempt",
            Isolation::Denied => "no access",
            Isolation::Isolated => "isolated",
            Isolation::Unknown => "unknown",
            Isolation::Proving => "proving…",
            Isolation::LeaksElsewhere => "leaks through another policy",
            Isolation::Accepted => "leaks, allowed",
            Isolation::Leaks => "leaks",
        }
    }
}

impl Analysis {
    /// What is to be said above each policy of a file. `outcome` is as in [`Analysis::check`].
    pub fn policy_lenses(
        &self,
        path: &str,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Vec<PolicyLens>> {
        // The closure only reads from a map of decided outcomes.
        let outcome = std::panic::AssertUnwindSafe(outcome);
        let cache = std::panic::AssertUnwindSafe(&self.judgements);
        self.with(move |db, project| {
            let (outcome, cache) = (outcome, cache);
            let Some(file) = project.policies(db).iter().find(|file| file.path(db) == path) else {
                return Vec::new();
            };
            let seeing = Seeing { db, project, outcome: *outcome, cache: &cache };
            let items = queries::parsed(db, *file).tree().items().enumerate();
            items.filter_map(|(index, item)| seeing.lens(*file, index, &item)).collect()
        })
    }
}

struct Seeing<'db, 'a> {
    db: &'db dyn Db,
    project: Project,
    outcome: &'a dyn Fn(&Obligation) -> Option<Outcome>,
    cache: &'a Mutex<JudgementCache>,
}

impl Seeing<'_, '_> {
    fn lens(&self, file: SourceFile, index: usize, item: &Syntax) -> Option<PolicyLens> {
        let Syntax::Policy(syntax) = item else { return None };
        let keyword = syntax.policy_token()?.text_range();
        let name = syntax.name().map_or(keyword, |name| name.syntax().text_range());
        let (title, leak) = self.state(ItemKey::new(self.db, file, index))?;
        Some(PolicyLens { range: bytes(keyword), name_range: bytes(name), title, leak })
    }

    fn state(&self, key: ItemKey<'_>) -> Option<(String, Option<Leak>)> {
        let Some(Item::Policy(policy)) = queries::item(self.db, key) else { return None };
        if queries::catalog(self.db, self.project).is_none() {
            return Some(("no schema".to_owned(), None));
        }
        if queries::selector(self.db, self.project, key).is_none() {
            return Some(("its selector can't be read".to_owned(), None));
        }
        let tables = queries::selected(self.db, self.project, key);
        let (isolation, leak) = self.isolation(key, policy, tables);
        let count = match tables.len() {
            0 => "no table".to_owned(),
            1 => "1 table".to_owned(),
            count => format!("{count} tables"),
        };
        let title = match isolation {
            Some(isolation) => format!("{count} · {}", isolation.words()),
            None => count,
        };
        Some((title, leak))
    }

    fn isolation(
        &self,
        key: ItemKey<'_>,
        policy: &source::Policy,
        tables: &[QualifiedName],
    ) -> (Option<Isolation>, Option<Leak>) {
        let commands = policy.commands.unwrap_or(CommandSet::ALL);
        let (mut worst, mut leaks) = (None, Vec::new());
        for table in tables {
            let table = TableKey::new(self.db, table.clone());
            let judged = judgements_on(self.db, self.project, &[table], self.outcome, self.cache);
            for (_, _, judgement) in &judged.judgements {
                worst = worst.max(worst_verdict(judgement, commands));
                leaks.extend(self.own_leaks(key, table, judgement));
            }
        }
        if leaks.is_empty() {
            return (worst, None);
        }
        let mut shown = findings::finish(self.db, self.project, leaks, false).findings;
        shown.retain(|finding| finding.rule == Rule::TenantIsolation);
        let places = shown.iter().filter_map(|finding| finding.place.as_ref());
        let leak = places.map(|place| place.range.clone()).min_by_key(|range| range.start);
        match leak {
            Some(range) => (Some(Isolation::Leaks), Some(Leak { range, rule: Rule::TenantIsolation })),
            None => (Some(Isolation::Accepted), None),
        }
    }

    /// The leaks of a table that stand at the policy.
    fn own_leaks(&self, key: ItemKey<'_>, table: TableKey<'_>, judgement: &Judgement) -> Vec<Finding> {
        let (db, project) = (self.db, self.project);
        let (Some(governed), Some(item)) = (
            queries::governed(db, project, table),
            queries::item_ranges(db, key.file(db)).get(key.index(db)).copied(),
        ) else {
            return Vec::new();
        };
        let about = About { db, project, table: table.name(db), governed };
        let leaks = judgement
            .violations
            .iter()
            .filter(|it| it.rule == Rule::TenantIsolation && it.counterexample.is_some())
            .filter_map(|violation| about.violation(violation));
        let is_own = |finding: &Finding| {
            finding.place.as_ref().is_some_and(|place| {
                place.file == *key.file(db).path(db) && item.contains_inclusive(place.range.start.into())
            })
        };
        leaks.filter(is_own).collect()
    }
}

/// The worst that is known of isolation for some commands; `None` if that is not asked.
fn worst_verdict(judgement: &Judgement, commands: CommandSet) -> Option<Isolation> {
    let of = |command| {
        let known = judgement.commands.get(&command).and_then(|it| it.verdicts.get(&Rule::TenantIsolation));
        Some(match known {
            Some(Verdict::Exempt) => Isolation::Exempt,
            Some(Verdict::Denied) => Isolation::Denied,
            Some(Verdict::Proven) => Isolation::Isolated,
            Some(Verdict::Unknown) => Isolation::Unknown,
            Some(Verdict::Failed) => Isolation::LeaksElsewhere,
            None if judgement.pending => Isolation::Proving,
            None => return None,
        })
    };
    commands.iter().filter_map(of).max()
}

fn bytes(range: TextRange) -> Range<u32> {
    range.start().into()..range.end().into()
}

#[cfg(test)]
mod tests;
