//! Why a policy gives no SQL, as comments that stand in the place of the SQL.

use pgpe_catalog::QualifiedName;
use pgpe_policy::source;
use pgpe_report::Finding;
use pgpe_sqlgen::{Compiled, CompiledPolicy, comment_text};
use pgpe_syntax::ColumnUnit;

use super::Source;
use crate::compiling::prevents_compiling;
use crate::findings::{schema::ADD_A_SCHEMA, written};
use crate::queries::{self, ItemKey};

impl<'db> Source<'db> {
    /// Why a policy gives no SQL on a table, or on any.
    pub(super) fn why_none(
        self,
        key: ItemKey<'db>,
        policy: &source::Policy,
        table: Option<&QualifiedName>,
    ) -> String {
        let name = match table {
            Some(table) => format!("{} on {table}", policy.name.value),
            None => policy.name.value.clone(),
        };
        let head = |reason: &str| format!("-- No SQL of {}: {reason}\n", comment_text(&name));
        let mut text = if queries::catalog(self.db, self.project).is_none() {
            let todo = ADD_A_SCHEMA.replace(", or", ",\n-- or");
            format!("{}-- To do: {todo}.\n", head("no schema is known."))
        } else if policy.selector.is_none() {
            head("its selector can't be read, so that it may govern any table.")
        } else if self.tables(key).is_empty() {
            head("it governs no table.")
        } else {
            head("it has an error.")
        };
        for error in self.errors(key, table) {
            let line = error.place.as_ref().map_or(0, |place| {
                let lines = queries::line_index(self.db, self.file);
                lines.line_column(place.range.start.into(), ColumnUnit::Char).line
            });
            text.push_str(&format!("-- Line {}: {}\n", line + 1, comment_text(&error.message)));
        }
        text
    }

    /// A comment for each policy of the file that is to govern one of these tables, or none at all, and is not in
    /// what was compiled.
    pub(super) fn left_out(self, compiled: &Compiled, tables: &[QualifiedName]) -> Vec<String> {
        let mut comments = Vec::new();
        for (key, policy) in self.policies() {
            let own = self.tables(key);
            let is_compiled = |name: &QualifiedName| {
                let is_own = |compiled: &CompiledPolicy| compiled.policy == policy.name.value;
                let mut found = compiled.tables.iter().filter(|table| table.name == *name);
                found.any(|table| table.policies.iter().any(is_own))
            };
            let missing: Vec<&QualifiedName> =
                tables.iter().filter(|table| own.contains(table) && !is_compiled(table)).collect();
            if own.is_empty() || (missing.len() > 1 && missing.len() == own.len()) {
                comments.push(self.why_none(key, policy, None));
            } else {
                comments.extend(missing.into_iter().map(|table| self.why_none(key, policy, Some(table))));
            }
        }
        comments
    }

    /// What keeps a policy from being compiled, on a table or at all.
    fn errors(self, key: ItemKey<'db>, table: Option<&QualifiedName>) -> Vec<Finding> {
        let range = queries::item_ranges(self.db, self.file).get(key.index(self.db));
        let is_here = |finding: &Finding| {
            finding.place.as_ref().is_some_and(|place| {
                let here = range.is_some_and(|range| range.contains_inclusive(place.range.start.into()));
                here && place.file == *self.file.path(self.db)
            })
        };
        let concerns = |finding: &Finding| match (&finding.table, table) {
            (Some(found), Some(table)) => *found == table.to_string(),
            _ => true,
        };
        let file = written::file_findings(self.db, self.project, self.file).iter().cloned();
        let project = written::project_findings(self.db, self.project);
        let errors = file.chain(project).filter(prevents_compiling);
        errors.filter(is_here).filter(concerns).collect()
    }
}
