//! The project's SQL as a whole, or why there is none: nothing may be left out in silence.

use std::fmt;

use pgpe_config::Severity;
use pgpe_report::Finding;
use pgpe_sqlgen::{Compiled, CompiledTable};

use crate::analysis::Analysis;
use crate::database::Cancellable;
use crate::queries;

/// Why a project can't be compiled.
#[derive(Debug, Clone, PartialEq)]
pub enum Incomplete {
    /// Policies have errors.
    Errors(Vec<Finding>),
    /// Policies gave no SQL although nothing is reported of them: their names. Without a restrictive one, the
    /// rest would let more through.
    LeftOut(Vec<String>),
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Incomplete::Errors(errors) => {
                let noun = if errors.len() == 1 { "error" } else { "errors" };
                write!(f, "correct {} {noun} first", errors.len())
            }
            Incomplete::LeftOut(names) => {
                write!(f, "these policies have an error, even if it is silenced: {}", names.join(", "))
            }
        }
    }
}

/// Whether a policy can't be compiled. The project's own severities don't count: a policy with an error stays
/// without SQL, however loud the error is.
pub fn prevents_compiling(finding: &Finding) -> bool {
    finding.severity == Severity::Error || finding.rule.default_severity() == Severity::Error
}

impl Analysis {
    /// The compiled SQL of all tables, or of one (`table` or `schema.table`): of all policies, or none.
    pub fn compile_complete(&self, table: Option<&str>) -> Cancellable<Result<Compiled, Incomplete>> {
        let mut errors = self.written_findings()?;
        errors.retain(prevents_compiling);
        if !errors.is_empty() {
            return Ok(Err(Incomplete::Errors(errors)));
        }
        let compiled = self.compile(table)?;
        let missing = self.left_out(&compiled, table)?;
        Ok(if missing.is_empty() { Ok(compiled) } else { Err(Incomplete::LeftOut(missing)) })
    }

    fn left_out(&self, compiled: &Compiled, table: Option<&str>) -> Cancellable<Vec<String>> {
        let mut missing: Vec<String> = self.with(|db, project| {
            let broken =
                project.policies(db).iter().filter(|file| !queries::parsed(db, **file).errors().is_empty());
            broken.map(|file| format!("those in {}", file.path(db))).collect()
        })?;
        for governed in self.check(&|_| None)?.tables {
            let full_name = format!("{}.{}", governed.schema, governed.table);
            if table.is_some_and(|name| name != governed.table && name != full_name) {
                continue;
            }
            let found = compiled
                .tables
                .iter()
                .find(|table| table.name.schema == governed.schema && table.name.name == governed.table);
            for policy in &governed.policies {
                let is_compiled =
                    |table: &CompiledTable| table.policies.iter().any(|it| it.policy == *policy);
                if !found.is_some_and(is_compiled) {
                    missing.push(format!("{policy} on {full_name}"));
                }
            }
        }
        Ok(missing)
    }
}
