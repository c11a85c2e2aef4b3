//! What was done: a run that compared nothing must not pass for one that found nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use crate::observe::Seen;

/// About a third of what was seen.
const EXPECTED: &[(&str, u64)] = &[
    ("claims about single policies tried", 80),
    ("compared with the evaluator: denied", 6000),
    ("compared with the evaluator: error", 500),
    ("compared with the evaluator: passes", 1000),
    ("counterexamples: shown on the server", 90),
    ("questions: satisfiable", 1000),
    ("questions: unsatisfiable", 600),
    ("questions with conditions left open: settled", 20),
    ("questions with conditions left open: to be asked in full", 20),
    ("verdict contradiction: Failed", 8),
    ("verdict contradiction: Proven", 100),
    ("verdict cross-tenant-reference: Failed", 6),
    ("verdict cross-tenant-reference: Proven", 50),
    ("verdict cross-write: Failed", 15),
    ("verdict cross-write: Proven", 30),
    ("verdict role-separation: Failed", 8),
    ("verdict role-separation: Proven", 3),
    ("verdict soft-delete: Failed", 5),
    ("verdict soft-delete: Proven", 5),
    ("verdict subsumption: Failed", 25),
    ("verdict subsumption: Proven", 80),
    ("verdict tautology: Failed", 3),
    ("verdict tenant-isolation: Denied", 50),
    ("verdict tenant-isolation: Failed", 40),
    ("verdict tenant-isolation: Proven", 60),
    ("verdict write-restriction: Failed", 15),
    ("verdict write-restriction: Proven", 40),
];

#[derive(Default)]
pub struct Statistics {
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Statistics {
    pub fn count(&self, what: impl Into<String>) {
        *self.counts.lock().unwrap().entry(what.into()).or_default() += 1;
    }

    pub fn compared(&self, seen: Seen) {
        self.count(match seen {
            Seen::Passes => "compared with the evaluator: passes",
            Seen::Denied => "compared with the evaluator: denied",
            Seen::Error => "compared with the evaluator: error",
        });
    }

    pub fn undetermined(&self) {
        self.count("compared with the evaluator: undetermined");
    }

    /// What a healthy run has much of, and this one has little: less than so many in a hundred cases.
    pub fn lacking(&self) -> Vec<&'static str> {
        let cases = self.get("cases");
        let is_lacking = |(what, in_hundred): &&(&str, u64)| self.get(what) * 100 < in_hundred * cases;
        EXPECTED.iter().filter(is_lacking).map(|(what, _)| *what).collect()
    }

    pub fn get(&self, what: &str) -> u64 {
        self.counts.lock().unwrap().get(what).copied().unwrap_or_default()
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in self.counts.lock().unwrap().iter() {
            writeln!(f, "{count:>12}  {what}")?;
        }
        Ok(())
    }
}
