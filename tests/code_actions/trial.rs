//! A project on which every action that it offers is tried.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use pgpe_config::{Rule, Severity};
use pgpe_ide::{Analysis, Assist, AssistKind, AssistQuery, EditsOf, Effect, FileRole, Host, compare_access};
use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};
use pgpe_report::difference::Access;
use pgpe_report::{Edit, Finding};
use pgpe_syntax::{AstNode, ast};

/// Every kind of action.
pub const ALL_KINDS: [AssistKind; 4] =
    [AssistKind::QuickFix, AssistKind::Rewrite, AssistKind::Extract, AssistKind::FixAll];

/// Marks what must not be.
pub const WRONG: &str = "!!";

/// Most examples have none.
const NO_CONFIGURATION: &str = "the project has no pgpe.yaml";

/// Stands before the rule that an action mends.
pub const MEND_OF: &str = " of ";

/// Z3, and what it has answered.
#[derive(Default)]
pub struct Solver {
    outcomes: HashMap<ObligationHash, Outcome>,
}

impl Solver {
    fn known(&self) -> impl Fn(&Obligation) -> Option<Outcome> + Sync + '_ {
        |obligation| self.outcomes.get(&obligation.hash).cloned()
    }

    fn solve(&mut self, open: Vec<Obligation>) {
        for obligation in open {
            let outcome = pgpe_prover::solve(&obligation, Duration::from_secs(5));
            self.outcomes.insert(obligation.hash, outcome);
        }
    }

    fn findings(&mut self, analysis: &Analysis) -> Vec<Finding> {
        loop {
            let checked = analysis.check(&self.known()).unwrap();
            if checked.open.is_empty() {
                return checked.findings;
            }
            self.solve(checked.open);
        }
    }

    /// How access changes, over all tables and commands.
    fn changes(&mut self, base: &Analysis, head: &Analysis) -> BTreeSet<&'static str> {
        let comparison = loop {
            let comparison = compare_access(base, head, &self.known()).unwrap();
            if comparison.open.is_empty() {
                break comparison;
            }
            self.solve(comparison.open);
        };
        let commands = comparison.tables.iter().flat_map(|table| table.commands.values());
        let word = |access: Access| match access {
            Access::Same => "same",
            Access::Wider => "wider",
            Access::Narrower => "narrower",
            Access::Incomparable => "incomparable",
            Access::Unknown => "unknown",
        };
        let mut changes: BTreeSet<&str> = commands.map(|command| word(command.access)).collect();
        if changes.len() > 1 {
            changes.remove("same");
        }
        changes
    }
}

/// What a file is to a project.
pub fn role_of(name: &str) -> FileRole {
    match name {
        "pgpe.yaml" => FileRole::Config,
        "schema.sql" | "database.sql" => FileRole::Schema,
        _ => FileRole::Policies,
    }
}

/// Files of a project.
pub struct Project {
    files: BTreeMap<String, String>,
    host: Host,
}

impl Project {
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Project {
        let files: BTreeMap<String, String> = files.into_iter().collect();
        let mut host = Host::new();
        for (name, text) in &files {
            host.set_file(name, role_of(name), text);
            // A live database has all roles there are.
            if name == "database.sql" {
                let mut catalog = pgpe_catalog::ddl::read_ddl(text).catalog;
                catalog.roles.complete = true;
                host.set_catalog(Some(Arc::new(catalog)));
            }
        }
        Project { files, host }
    }

    /// Tries all actions, and says what comes of each.
    pub fn trials(&self, solver: &mut Solver) -> String {
        let analysis = self.host.analysis();
        let findings = solver.findings(&analysis);
        let mut shown = String::new();
        let mut seen: Vec<(String, Vec<Edit>)> = Vec::new();
        for (file, range) in self.places(&findings) {
            for assist in self.assists(solver, &file, &range) {
                let edits = match &assist.effect {
                    Effect::Edits(edits) => edits.clone(),
                    Effect::NotComputed => panic!("{}: all edits were asked for", assist.title),
                    Effect::Disabled(reason) => {
                        // What could be had of a mend is of interest, of a refactoring it is not.
                        let is_of_interest = assist.finding.is_some() && reason != NO_CONFIGURATION;
                        if is_of_interest {
                            writeln!(shown, "{}\n  disabled: {reason}", heading(&assist)).unwrap();
                        }
                        continue;
                    }
                };
                if seen.iter().any(|(title, known)| *title == assist.title && *known == edits) {
                    continue;
                }
                shown += &self.trial(solver, (&analysis, &findings), &assist, &edits);
                seen.push((assist.title, edits));
            }
        }
        shown
    }

    /// Places at which something may be offered: findings, names and clauses of policies.
    fn places(&self, findings: &[Finding]) -> Vec<(String, Range<u32>)> {
        let of_findings = findings.iter().filter_map(|finding| finding.place.as_ref());
        let mut places: Vec<_> =
            of_findings.map(|place| (place.file.clone(), place.range.start, place.range.end)).collect();
        for (name, text) in self.files.iter().filter(|(name, _)| name.ends_with(".policy")) {
            for policy in pgpe_syntax::parse(text).tree().policies() {
                let names = policy.name().into_iter().map(|it| it.syntax().text_range());
                let clauses = policy.clause_block().into_iter().flat_map(|block| block.clauses());
                let clauses = clauses.map(|clause: ast::Clause| clause.syntax().text_range());
                places.extend(names.chain(clauses).map(|range| {
                    let start = u32::from(range.start());
                    (name.clone(), start, start)
                }));
            }
        }
        places.sort();
        places.dedup();
        places.into_iter().map(|(name, start, end)| (name, start..end)).collect()
    }

    /// The actions at a place. Clients that ask for edits later get the same.
    fn assists(&self, solver: &Solver, path: &str, range: &Range<u32>) -> Vec<Assist> {
        let analysis = self.host.analysis();
        let ask = |kinds: &[AssistKind], edits| {
            analysis.assists(AssistQuery { path, range, kinds, edits }, &solver.known()).unwrap()
        };
        let all = ask(&ALL_KINDS, EditsOf::All);
        let names = |assists: &[Assist]| -> Vec<(String, AssistKind, bool)> {
            assists.iter().map(|it| (it.title.clone(), it.kind, it.preferred)).collect()
        };
        assert_eq!(names(&all), names(&ask(&ALL_KINDS, EditsOf::None)));
        for assist in &all {
            let later = ask(&[assist.kind], EditsOf::One(assist.kind, &assist.title));
            let later = later.iter().find(|it| it.title == assist.title);
            assert_eq!(later.map(|it| &it.effect), Some(&assist.effect), "{}", assist.title);
        }
        all
    }

    fn trial(
        &self,
        solver: &mut Solver,
        (analysis, findings): (&Analysis, &[Finding]),
        assist: &Assist,
        edits: &[Edit],
    ) -> String {
        assert!(!edits.is_empty(), "{}: no edits", assist.title);
        let after = self.with(edits);
        let new = after.host.analysis();
        let new_findings = solver.findings(&new);
        let changes = solver.changes(analysis, &new);
        let key = |project: &Project, finding: &Finding| project.key(finding);
        let before: Vec<String> = findings.iter().map(|finding| key(self, finding)).collect();
        let now: Vec<String> = new_findings.iter().map(|finding| key(&after, finding)).collect();
        let mut wrong = Vec::new();
        if let Some(mended) = &assist.finding {
            let mended = self.key(mended);
            let count = |keys: &[String]| keys.iter().filter(|key| **key == mended).count();
            if count(&now) >= count(&before) {
                wrong.push(format!("{mended} is not gone"));
            }
        }
        if assist.kind == AssistKind::FixAll {
            wrong.extend(after.left_to_fix(solver, &new_findings));
        }
        wrong.extend(self.untidy(&after));
        wrong.extend(unpromised(assist, &changes, findings));
        let mut shown = heading(assist) + "\n";
        for wrong in wrong {
            writeln!(shown, "  {WRONG} {wrong}").unwrap();
        }
        for (mark, keys, others) in [("-", &before, &now), ("+", &now, &before)] {
            for key in keys.iter().filter(|key| !others.contains(key)) {
                writeln!(shown, "  {mark} {key}").unwrap();
            }
        }
        let changes: Vec<&str> = changes.into_iter().collect();
        writeln!(
            shown,
            "  access: {}",
            if changes.is_empty() { "none".to_owned() } else { changes.join(", ") }
        )
        .unwrap();
        for line in self.changed_lines(&after) {
            writeln!(shown, "    {line}").unwrap();
        }
        shown
    }

    /// Whether all fixes at once left something. What a proof brings up comes later.
    fn left_to_fix(&self, solver: &Solver, findings: &[Finding]) -> Option<String> {
        let analysis = self.host.analysis();
        let is_of_proofs = |finding: &Finding| finding.rule == Rule::UnusedSuppression;
        let files = self.files.iter().filter(|(name, _)| role_of(name) == FileRole::Policies);
        let mut again = files.filter_map(|(path, text)| {
            let range = 0..text.len() as u32;
            let query =
                AssistQuery { path, range: &range, kinds: &[AssistKind::FixAll], edits: EditsOf::All };
            analysis.assists(query, &solver.known()).unwrap().pop()
        });
        again.next().filter(|_| !findings.iter().any(is_of_proofs)).map(|again| format!("left: {again:?}"))
    }

    /// What a finding says, without its place.
    fn key(&self, finding: &Finding) -> String {
        format!("{}: {}", finding.rule, finding.message)
    }

    fn with(&self, edits: &[Edit]) -> Project {
        let mut files = self.files.clone();
        let mut edits: Vec<&Edit> = edits.iter().collect();
        edits.sort_by(|left, right| right.place.cmp(&left.place));
        for pair in edits.windows(2) {
            let apart = pair[1].place.file != pair[0].place.file
                || pair[1].place.range.end <= pair[0].place.range.start;
            assert!(apart, "edits overlap: {edits:?}");
        }
        for edit in edits {
            let range = edit.place.range.start as usize..edit.place.range.end as usize;
            files.get_mut(&edit.place.file).unwrap().replace_range(range, &edit.text);
        }
        Project::new(files)
    }

    /// Files that were in their canonical layout, and are not any more.
    fn untidy(&self, after: &Project) -> Vec<String> {
        let is_tidy = |text: &str| pgpe_syntax::format(&pgpe_syntax::parse(text)) == text;
        let policies = self.files.iter().filter(|(name, _)| name.ends_with(".policy"));
        let spoilt = policies.filter(|(name, text)| {
            pgpe_syntax::parse(text).errors().is_empty() && is_tidy(text) && !is_tidy(&after.files[*name])
        });
        spoilt.map(|(name, _)| format!("{name} is left untidy:\n{}", after.files[name])).collect()
    }

    /// The lines that went and came, in the order of the files.
    fn changed_lines(&self, after: &Project) -> Vec<String> {
        let mut shown = Vec::new();
        for (name, new) in &after.files {
            let old = &self.files[name];
            if old == new {
                continue;
            }
            let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
            let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
                pairs.take_while(|(old, new)| old == new).count()
            };
            let head = same(&mut old.iter().zip(&new));
            let tail = same(&mut old[head..].iter().rev().zip(new[head..].iter().rev()));
            shown.extend(old[head..old.len() - tail].iter().map(|line| format!("{name} -{line}")));
            shown.extend(new[head..new.len() - tail].iter().map(|line| format!("{name} +{line}")));
        }
        shown
    }
}

fn heading(assist: &Assist) -> String {
    let kind = match assist.kind {
        AssistKind::QuickFix => "quick fix",
        AssistKind::Rewrite => "rewrite",
        AssistKind::Extract => "extract",
        AssistKind::FixAll => "fix all",
    };
    let of = assist.finding.as_ref().map(|finding| format!("{MEND_OF}{}", finding.rule)).unwrap_or_default();
    let preferred = if assist.preferred { ", preferred" } else { "" };
    format!("{} ({kind}{of}{preferred})", assist.title)
}

/// Access changes as the title says, and stays without a word. Of what has an error nothing is known.
fn unpromised(assist: &Assist, changes: &BTreeSet<&'static str>, before: &[Finding]) -> Option<String> {
    let title = &assist.title;
    if title.contains("changes access") || assist.finding.as_ref().is_some_and(prevents_meaning) {
        return None;
    }
    let mut allowed = vec!["same"];
    if title.contains("narrows") {
        allowed.push("narrower");
    } else if title.contains("widen") {
        allowed.push("wider");
    }
    let is_open = |finding: &Finding| prevents_meaning(finding) || finding.rule == Rule::UnknownVerdict;
    if before.iter().any(is_open) {
        allowed.push("unknown");
        // The meaning may be what is restored.
        if assist.kind == AssistKind::FixAll {
            return None;
        }
    }
    let is_promised = changes.iter().all(|change| allowed.contains(change));
    (!is_promised).then(|| format!("access is {changes:?}"))
}

fn prevents_meaning(finding: &Finding) -> bool {
    match finding.rule {
        Rule::TenantIsolation | Rule::CrossWrite | Rule::RoleSeparation | Rule::Contradiction => false,
        Rule::SelectorMatchesNothing => true,
        rule => rule.default_severity() == Severity::Error,
    }
}
