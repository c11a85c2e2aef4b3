//! Verdicts on tenant isolation, counted.

use std::hash::{DefaultHasher, Hash, Hasher};

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_proof::judge::{Judgement, Verdict};

/// Verdicts on tenant isolation, counted by table and command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IsolationCounts {
    /// Tables that policies govern, whether or not there is a verdict on them.
    pub tables: usize,
    /// PROVEN.
    pub proven: usize,
    /// FAILED.
    pub failed: usize,
    /// UNKNOWN.
    pub unknown: usize,
    /// Of all verdicts with their tables and commands: others have another one.
    pub hash: u64,
}

impl IsolationCounts {
    /// Those of one table.
    pub(super) fn of(table: &QualifiedName, judgement: &Judgement) -> IsolationCounts {
        let mut counts = IsolationCounts { tables: 1, ..IsolationCounts::default() };
        let mut hasher = DefaultHasher::new();
        table.hash(&mut hasher);
        for (command, judged) in &judgement.commands {
            let verdict = judged.verdicts.get(&Rule::TenantIsolation);
            (command, verdict).hash(&mut hasher);
            match verdict {
                Some(Verdict::Proven) => counts.proven += 1,
                Some(Verdict::Failed) => counts.failed += 1,
                Some(Verdict::Unknown) => counts.unknown += 1,
                Some(Verdict::Denied | Verdict::Exempt) | None => {}
            }
        }
        IsolationCounts { hash: hasher.finish(), ..counts }
    }

    /// With a table more. Hashes are added, so that the order of tables does not matter.
    pub(super) fn with(self, table: IsolationCounts) -> IsolationCounts {
        IsolationCounts {
            tables: self.tables + table.tables,
            proven: self.proven + table.proven,
            failed: self.failed + table.failed,
            unknown: self.unknown + table.unknown,
            hash: self.hash.wrapping_add(table.hash),
        }
    }

    /// Without a table that is counted.
    pub(super) fn without(self, table: IsolationCounts) -> IsolationCounts {
        IsolationCounts {
            tables: self.tables.saturating_sub(table.tables),
            proven: self.proven.saturating_sub(table.proven),
            failed: self.failed.saturating_sub(table.failed),
            unknown: self.unknown.saturating_sub(table.unknown),
            hash: self.hash.wrapping_sub(table.hash),
        }
    }
}
