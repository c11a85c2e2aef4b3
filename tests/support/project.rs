//! Analyses a project given as texts, with the solver in this process.

use std::collections::HashMap;
use std::time::Duration;

use pgpe_ide::{Analysis, Checked, FileRole, Host, Replay};
use pgpe_proof::obligation::{ObligationHash, Outcome};
use pgpe_report::{Assumption, Finding, TableVerdicts, Verdict};

/// A project of a schema, one policy file and perhaps a configuration.
pub fn host(schema: &str, policies: &str, config: &str) -> Host {
    let mut host = Host::new();
    host.set_file("schema.sql", FileRole::Schema, schema);
    host.set_file("test.policy", FileRole::Policies, policies);
    if !config.is_empty() {
        host.set_file("pgpe.yaml", FileRole::Config, config);
    }
    host
}

/// All findings and verdicts.
pub fn check(analysis: &Analysis) -> Checked {
    solved(analysis).0
}

/// The scripts of all findings with counterexamples.
pub fn replays(analysis: &Analysis) -> Vec<Replay> {
    let (_, outcomes) = solved(analysis);
    analysis
        .replays(&|obligation| outcomes.get(&obligation.hash).cloned())
        .expect("nothing changes meanwhile")
}

fn solved(analysis: &Analysis) -> (Checked, HashMap<ObligationHash, Outcome>) {
    let mut outcomes: HashMap<ObligationHash, Outcome> = HashMap::new();
    loop {
        let checked = analysis
            .check(&|obligation| outcomes.get(&obligation.hash).cloned())
            .expect("nothing changes meanwhile");
        if checked.open.is_empty() {
            return (checked, outcomes);
        }
        for obligation in checked.open {
            let outcome = pgpe_prover::solve(&obligation, Duration::from_secs(5));
            outcomes.insert(obligation.hash, outcome);
        }
    }
}

/// The verdict on a table (without schema: of `public`), command and proof.
pub fn verdict(checked: &Checked, table: &str, command: &str, rule: &str) -> Option<Verdict> {
    let table = table_verdicts(checked, table)?;
    let verdicts = &table.commands.get(command)?.verdicts;
    verdicts.iter().find(|(of, _)| of.id() == rule).map(|(_, verdict)| *verdict)
}

/// The verdicts on a table of schema `public`.
pub fn table_verdicts<'c>(checked: &'c Checked, table: &str) -> Option<&'c TableVerdicts> {
    checked.tables.iter().find(|found| found.table == table && found.schema == "public")
}

/// What a verdict rests on.
pub fn assumptions(checked: &Checked, table: &str, command: &str, rule: &str) -> Vec<Assumption> {
    let command = table_verdicts(checked, table).and_then(|table| table.commands.get(command));
    let by_rule = command.into_iter().flat_map(|command| &command.assumptions);
    by_rule.filter(|(of, _)| of.id() == rule).flat_map(|(_, assumptions)| assumptions.clone()).collect()
}

/// The findings of a rule.
pub fn findings<'c>(checked: &'c Checked, rule: &str) -> Vec<&'c Finding> {
    checked.findings.iter().filter(|finding| finding.rule.id() == rule).collect()
}
