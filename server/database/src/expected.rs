//! What a database is to have: the compiled project, with expressions in the form that the server stores.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, Column, ExistingPolicy, QualifiedName, TableGrant};
use pgpe_config::Config;
use pgpe_import::reads_the_same;
use pgpe_policy::source::PolicyKind;
use pgpe_sqlgen::{Compiled, CompiledGrant, CompiledPolicy, CompiledTable};

use crate::comparison::expressions;
use crate::round_trip::{CloneColumn, ClonePolicy, CloneRequest, ExpectedForm, ExpectedForms, Expressions};

/// What a database is to have on the tables that the project concerns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// By table. A table without policies has grants alone, and its row-level security is left as it is.
    pub tables: BTreeMap<QualifiedName, ExpectedTable>,
    /// Why expressions are compared in the weaker way, in one sentence, if some are.
    pub weaker: Option<String>,
    /// The configuration by which SQL is read where that is so.
    pub(crate) config: Config,
}

/// What is to be on one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedTable {
    /// By name in the database. If there are any, row-level security is to be enabled and forced.
    pub policies: BTreeMap<String, ExpectedPolicy>,
    /// Privileges by role, for each role that a GRANT item names; `None` is PUBLIC.
    pub grants: BTreeMap<Option<String>, BTreeSet<TableGrant>>,
}

/// A policy that is to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPolicy {
    /// The name of the policy in the source that it comes from.
    pub source: String,
    /// As it is sent.
    pub written: ExistingPolicy,
    /// As the server will have it; its expressions are `written`'s if the server's form could not be had.
    pub stored: ExistingPolicy,
    /// The form of the expressions, as they are to be compared.
    pub form: ExpectedForm,
    /// Tables that the expressions read.
    pub reads: Vec<QualifiedName>,
}

impl Expected {
    /// The compiled project with the forms that the server gives its expressions. Where those could not be had,
    /// the policies of `observed` that read the same count as what is expected.
    pub fn new(compiled: &Compiled, forms: &ExpectedForms, observed: &Catalog, config: &Config) -> Expected {
        let table = |table: &CompiledTable| {
            let policy = |policy: &CompiledPolicy| {
                let form = forms.forms.get(&(table.name.clone(), policy.name.clone()));
                (policy.name.clone(), ExpectedPolicy::new(policy, form))
            };
            let expected = ExpectedTable {
                policies: table.policies.iter().map(policy).collect(),
                grants: grants(&table.grants),
            };
            (table.name.clone(), expected)
        };
        let mut expected = Expected {
            tables: compiled.tables.iter().map(table).collect(),
            weaker: forms.weaker.clone(),
            config: config.clone(),
        };
        expected.settle(observed);
        expected
    }

    fn settle(&mut self, observed: &Catalog) {
        for (table, wanted) in &mut self.tables {
            let Some(relation) = observed.relations.get(table) else { continue };
            for (name, policy) in &mut wanted.policies {
                let (ExpectedForm::Written(_), Some(there)) = (&policy.form, relation.policies.get(name))
                else {
                    continue;
                };
                if reads_the_same(table, (&policy.written, there), observed, &self.config) {
                    policy.stored = there.clone();
                    policy.form = ExpectedForm::Stored(expressions(there));
                }
            }
        }
    }

    /// The policy of that name on that table.
    pub fn policy(&self, table: &QualifiedName, name: &str) -> Option<&ExpectedPolicy> {
        self.tables.get(table)?.policies.get(name)
    }
}

impl ExpectedPolicy {
    fn new(compiled: &CompiledPolicy, form: Option<&ExpectedForm>) -> ExpectedPolicy {
        let mut roles = compiled.roles.clone();
        roles.sort();
        let written = ExistingPolicy {
            permissive: compiled.kind == PolicyKind::Permissive,
            command: compiled.command,
            roles,
            using: compiled.using.clone(),
            check: compiled.check.clone(),
        };
        let form = form.cloned().unwrap_or_else(|| {
            ExpectedForm::Written(Expressions { using: written.using.clone(), check: written.check.clone() })
        });
        let Expressions { using, check } = form.expressions().clone();
        let stored = ExistingPolicy { using, check, ..written.clone() };
        ExpectedPolicy {
            source: compiled.policy.clone(),
            written,
            stored,
            form,
            reads: compiled.reads.clone(),
        }
    }
}

/// Several GRANT items may name a role: it is to have all that they say.
fn grants(compiled: &[CompiledGrant]) -> BTreeMap<Option<String>, BTreeSet<TableGrant>> {
    let mut grants: BTreeMap<Option<String>, BTreeSet<TableGrant>> = BTreeMap::new();
    for grant in compiled {
        let granted = grants.entry(grant.role.clone()).or_default();
        granted.extend(grant.commands.iter().map(|command| TableGrant {
            role: grant.role.clone(),
            privilege: command.keyword().to_owned(),
            column: None,
        }));
    }
    grants
}

/// What it takes to learn the forms of all policies from the server. `clone` compiles a table's policies as they
/// are created on a temporary table of the same name, in the order of `compiled`.
pub fn clone_requests<E>(
    compiled: &Compiled,
    catalog: &Catalog,
    mut clone: impl FnMut(&QualifiedName) -> Result<Vec<CompiledPolicy>, E>,
) -> Result<Vec<CloneRequest>, E> {
    let mut requests = Vec::new();
    for table in compiled.tables.iter().filter(|table| !table.policies.is_empty()) {
        let columns = catalog.relations.get(&table.name).into_iter().flat_map(|relation| &relation.columns);
        let column =
            |column: &Column| CloneColumn { name: column.name.clone(), ty: column.ty.display.to_string() };
        let policy = |(policy, clone): (&CompiledPolicy, CompiledPolicy)| ClonePolicy {
            name: policy.name.clone(),
            written: Expressions { using: policy.using.clone(), check: policy.check.clone() },
            statement: clone.statement,
        };
        let clones = clone(&table.name)?;
        requests.push(CloneRequest {
            table: table.name.clone(),
            columns: columns.map(column).collect(),
            policies: table.policies.iter().zip(clones).map(policy).collect(),
        });
    }
    Ok(requests)
}
