//! A policy on one governed table: names and types looked up, clauses brought to normal form.
//!
//! Each table is resolved by itself. [`merge`](crate::merge::merge) makes one list of what is found on all
//! tables of a policy.

mod compare;
mod function;
mod report;
mod traversal;

pub use function::look_up_function;

use pgpe_catalog::{Catalog, Command, QualifiedName, Relation};
use pgpe_config::{Config, Rule};

use crate::names;
use crate::normal_form::{self, Removed};
use crate::problem::{Problem, RelatedPlace};
use crate::resolved::{Atom, Conjunction, Disjunction, Operand, TablePolicy};
use crate::source::{self, AtomKind, Clause, CommandSet, Policy, Spanned, Value};

/// What a policy comes to on one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The policy on that table; `None` if nothing is known of it because of an error. One of which no clause
    /// can ever hold has an error, too, but what it means is known.
    pub policy: Option<TablePolicy>,
    /// What is wrong with it, in source order.
    pub problems: Vec<Problem>,
    /// The clauses that are not part of the normal form.
    pub removed: Vec<Removed>,
    /// The same of WITH CHECK.
    pub removed_from_check: Vec<Removed>,
}

/// Resolves a policy on one governed table.
pub fn resolve(policy: &Policy, table: &QualifiedName, catalog: &Catalog, config: &Config) -> Resolution {
    Resolver::new(policy, Some((table, catalog)), config).run()
}

/// Resolves a policy where no schema is known: names are taken as they are, and values have no types.
pub fn resolve_without_schema(policy: &Policy, config: &Config) -> Resolution {
    Resolver::new(policy, None, config).run()
}

/// What stands in place of something that has been reported as an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reported;

/// The table whose columns a condition speaks of.
#[derive(Clone, Copy)]
struct Scope<'a> {
    table: Option<&'a QualifiedName>,
    relation: Option<&'a Relation>,
    /// How many traversals lead here.
    depth: u32,
}

impl Scope<'_> {
    /// ` on public.users`, for messages.
    fn place(&self) -> String {
        self.table.map(names::on_table).unwrap_or_default()
    }
}

/// A clause with the conditions that could be resolved.
struct ResolvedClause<'a> {
    source: &'a Clause,
    /// By index in the source; empty where a condition has an error.
    atoms: Vec<Option<Atom>>,
    /// Never true because of a comparison with null, which is reported at its place.
    null_reported: bool,
}

struct Resolver<'a> {
    policy: &'a Policy,
    governed: Option<&'a QualifiedName>,
    catalog: Option<&'a Catalog>,
    config: &'a Config,
    problems: Vec<Problem>,
    null_reported: bool,
}

impl<'a> Resolver<'a> {
    fn new(
        policy: &'a Policy,
        schema: Option<(&'a QualifiedName, &'a Catalog)>,
        config: &'a Config,
    ) -> Resolver<'a> {
        let governed = schema.map(|(table, _)| table);
        let catalog = schema.map(|(_, catalog)| catalog);
        Resolver { policy, governed, catalog, config, problems: Vec::new(), null_reported: false }
    }

    fn run(mut self) -> Resolution {
        let using = self.block(&self.policy.clauses);
        let check = self.policy.check.as_ref().map(|check| self.block(&check.value));
        let mut resolution = Resolution {
            policy: None,
            problems: Vec::new(),
            removed: Vec::new(),
            removed_from_check: Vec::new(),
        };
        if let Some((using, check)) = self.readable(&using, check.as_deref()) {
            // PostgreSQL decides INSERT by WITH CHECK alone, where there is one.
            let insert = CommandSet::default().with(Command::Insert);
            let unused = check.is_some() && self.policy.commands == Some(insert);
            let (using, removed) = self.normalise(&using, (!unused).then_some(""));
            resolution.removed = removed;
            let check = check.map(|check| {
                let (check, removed) = self.normalise(&check, Some("WITH CHECK "));
                resolution.removed_from_check = removed;
                check
            });
            resolution.policy = self.table_policy(using, check);
        }
        self.problems.sort_by_key(|problem| (problem.range.start(), problem.range.end(), problem.rule));
        self.problems.dedup();
        resolution.problems = self.problems;
        resolution
    }

    /// The clauses, unless something about the policy can't be read or is in error.
    fn readable<'c>(
        &self,
        using: &'c [ResolvedClause<'a>],
        check: Option<&'c [ResolvedClause<'a>]>,
    ) -> Option<(Vec<Whole<'c>>, Option<Vec<Whole<'c>>>)> {
        if self.policy.broken || using.is_empty() {
            return None;
        }
        let using = using.iter().map(Whole::of).collect::<Option<Vec<_>>>()?;
        let check = match check {
            Some([]) => return None,
            Some(check) => Some(check.iter().map(Whole::of).collect::<Option<Vec<_>>>()?),
            None => None,
        };
        Some((using, check))
    }

    fn table_policy(&self, using: Disjunction, check: Option<Disjunction>) -> Option<TablePolicy> {
        let commands = self.policy.commands.filter(|commands| !commands.is_empty())?;
        let writes = commands.contains(Command::Insert) || commands.contains(Command::Update);
        if check.is_some() && !writes {
            return None;
        }
        let mut roles: Vec<String> = Vec::new();
        for role in &self.policy.roles {
            if !roles.contains(&role.value) {
                roles.push(role.value.clone());
            }
        }
        Some(TablePolicy {
            policy: self.policy.name.value.clone(),
            kind: self.policy.kind?,
            commands,
            roles,
            using,
            check,
        })
    }

    fn block(&mut self, clauses: &'a [Clause]) -> Vec<ResolvedClause<'a>> {
        let relation = self.relation_of_governed();
        let scope = Scope { table: self.governed, relation, depth: 0 };
        clauses
            .iter()
            .map(|source| {
                self.null_reported = false;
                let atoms = self.atoms(source, scope);
                ResolvedClause { source, atoms, null_reported: self.null_reported }
            })
            .collect()
    }

    fn relation_of_governed(&self) -> Option<&'a Relation> {
        self.catalog?.relations.get(self.governed?)
    }

    fn atoms(&mut self, clause: &Clause, scope: Scope<'a>) -> Vec<Option<Atom>> {
        clause.atoms.iter().map(|atom| self.atom(atom, scope).ok()).collect()
    }

    fn atom(&mut self, atom: &source::Atom, scope: Scope<'a>) -> Result<Atom, Reported> {
        match atom.kind.as_ref().ok_or(Reported)? {
            AtomKind::Compare { left, op, right } => self.comparison(left, op, right, scope),
            AtomKind::Null { value, negated } => {
                let operand = self.operand(value, scope)?;
                Ok(Atom::Null { operand, negated: *negated })
            }
            AtomKind::Exists { rel, clause } => self.exists(rel, clause, scope),
        }
    }

    /// A value; literals are not looked at yet, since the other side decides their type.
    fn operand(&mut self, value: &Spanned<Value>, scope: Scope<'a>) -> Result<Operand, Reported> {
        match &value.value {
            Value::Column(name) => self.column(name, scope),
            Value::Session(key) => Ok(Operand::Session { key: key.value.clone() }),
            Value::Literal(literal) => Ok(Operand::Literal(literal.clone())),
            Value::Function { schema, name, arguments } => {
                self.call(schema.as_ref(), name, arguments, value.range, scope)
            }
        }
    }

    fn column(&mut self, name: &Spanned<String>, scope: Scope<'a>) -> Result<Operand, Reported> {
        let Some(relation) = scope.relation else {
            return Ok(Operand::Column { name: name.value.clone(), ty: None });
        };
        if let Some(column) = relation.column(&name.value) {
            return Ok(Operand::Column { name: name.value.clone(), ty: Some(column.ty.clone()) });
        }
        let message = format!("there is no column `{}`{}", name.value, scope.place());
        let mut problem = Problem::new(Rule::UnknownColumn, name.range, message);
        let nearest = names::nearest(&name.value, relation.columns.iter().map(|column| column.name.as_str()));
        problem.help = names::did_you_mean(&nearest);
        for other in nearest {
            let edit = (name.range, names::written_like(name, other));
            problem.fixes.push((format!("Replace with `{other}`"), vec![edit]));
            if let Some(table) = scope.table {
                let note = format!("`{other}` is defined here");
                problem.related.push(RelatedPlace::Column(table.clone(), other.to_owned(), note));
            }
        }
        Err(self.report(problem, scope))
    }

    /// Adds a problem of a condition. Only those that concern the governed table itself are tied to it.
    fn report(&mut self, mut problem: Problem, scope: Scope<'a>) -> Reported {
        if scope.depth == 0 {
            problem.tables.extend(self.governed.cloned());
        }
        self.report_unbound(problem)
    }

    /// Adds a problem that holds whatever the governed table is.
    fn report_unbound(&mut self, problem: Problem) -> Reported {
        self.problems.push(problem);
        Reported
    }
}

/// A clause all of whose conditions could be resolved.
struct Whole<'c> {
    source: &'c Clause,
    atoms: Vec<Atom>,
    null_reported: bool,
}

impl<'c> Whole<'c> {
    fn of(clause: &'c ResolvedClause<'_>) -> Option<Whole<'c>> {
        let atoms = clause.atoms.iter().cloned().collect::<Option<Vec<_>>>()?;
        let readable = !atoms.is_empty();
        readable.then_some(Whole { source: clause.source, atoms, null_reported: clause.null_reported })
    }
}

impl Resolver<'_> {
    /// Brings a block to normal form, and reports what vanishes of a block that is used; its name is to go
    /// before "clauses".
    fn normalise(&mut self, clauses: &[Whole<'_>], block: Option<&str>) -> (Disjunction, Vec<Removed>) {
        let written = Disjunction {
            clauses: clauses
                .iter()
                .enumerate()
                .map(|(clause, whole)| Conjunction { atoms: whole.atoms.clone(), clause })
                .collect(),
        };
        let normalised = normal_form::normalise(written, self.catalog);
        if let Some(block) = block {
            self.report_removed(clauses, &normalised.removed);
            self.report_superfluous(clauses, &normalised.removed);
            if normalised.result.clauses.is_empty() {
                self.report_impossible(clauses, block);
            }
        }
        (normalised.result, normalised.removed)
    }
}

/// The only condition of a policy, before anything is normalised.
#[cfg(test)]
pub(crate) fn raw_atom(policy: &Policy, schema: Option<(QualifiedName, &Catalog)>) -> Option<Atom> {
    let config = Config::default();
    let mut resolver =
        Resolver::new(policy, schema.as_ref().map(|(table, catalog)| (table, *catalog)), &config);
    resolver.block(&policy.clauses).pop()?.atoms.pop()?
}

#[cfg(test)]
mod tests;
