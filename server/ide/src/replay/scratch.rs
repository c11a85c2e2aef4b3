//! The tables, types and policies that a replay needs, moved to schemas of its own, so that a script can run
//! on any database without touching what is there.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{BaseType, ColumnType, QualifiedName, Relation};
use pgpe_policy::resolved::{Atom, Conjunction, Disjunction, Operand, TablePolicy, Traversal};
use pgpe_proof::world::World;

/// Begins the name of each schema that a script creates.
const PREFIX: &str = "pgpe_replay_";

/// The schema of what has none in the policies.
const DEFAULT_SCHEMA: &str = "public";

/// A name in the schema that stands in for its own.
pub(super) fn moved(name: &QualifiedName) -> QualifiedName {
    QualifiedName::new(format!("{PREFIX}{}", name.schema), &name.name)
}

/// A function that policies call and that PostgreSQL does not have by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) name: QualifiedName,
    pub(super) arguments: Vec<ColumnType>,
    pub(super) returns: ColumnType,
    /// The name by which the counterexample's calls know it.
    pub(super) called: String,
}

/// A replay's tables, with what their policies mention.
pub(super) struct Scratch<'w> {
    pub(super) world: &'w dyn World,
    pub(super) tables: BTreeMap<QualifiedName, &'w Relation>,
    pub(super) functions: BTreeSet<Function>,
    pub(super) roles: BTreeSet<String>,
}

impl<'w> Scratch<'w> {
    /// The tables, and all that their policies lead to.
    pub(super) fn of(
        world: &'w dyn World,
        tables: impl IntoIterator<Item = QualifiedName>,
    ) -> Option<Scratch<'w>> {
        let mut scratch =
            Scratch { world, tables: BTreeMap::new(), functions: BTreeSet::new(), roles: BTreeSet::new() };
        let mut open: Vec<QualifiedName> = tables.into_iter().collect();
        while let Some(table) = open.pop() {
            if scratch.tables.contains_key(&table) {
                continue;
            }
            scratch.tables.insert(table.clone(), world.relation(&table)?);
            for policy in scratch.policies(&table) {
                scratch.roles.extend(policy.roles.iter().filter(|role| *role != "public").cloned());
                for clauses in [Some(&policy.using), policy.check.as_ref()].into_iter().flatten() {
                    for atom in clauses.clauses.iter().flat_map(|clause| &clause.atoms) {
                        scratch.visit(atom, &mut open);
                    }
                }
            }
        }
        Some(scratch)
    }

    /// The policies of a table that PostgreSQL would be given: those without clauses have an error.
    pub(super) fn policies(&self, table: &QualifiedName) -> Vec<&'w TablePolicy> {
        let governed = self.world.governed(table).map_or(&[][..], |governed| &governed.policies);
        let complete = |policy: &&TablePolicy| {
            let blocks = [Some(&policy.using), policy.check.as_ref()];
            blocks.into_iter().flatten().any(|block| !block.clauses.is_empty())
        };
        governed.iter().filter(complete).collect()
    }

    fn visit(&mut self, atom: &Atom, open: &mut Vec<QualifiedName>) {
        match atom {
            Atom::Compare { left, right, .. } => {
                self.visit_operand(left);
                self.visit_operand(right);
            }
            Atom::In { operand, .. } | Atom::Null { operand, .. } => self.visit_operand(operand),
            Atom::Like { operand, pattern, .. } => {
                self.visit_operand(operand);
                self.visit_operand(pattern);
            }
            Atom::Exists(traversal) => {
                open.push(traversal.target.clone());
                for atom in &traversal.condition.atoms {
                    self.visit(atom, open);
                }
            }
        }
    }

    fn visit_operand(&mut self, operand: &Operand) {
        let Operand::Function { schema, name, arguments, returns, .. } = operand else { return };
        for (argument, _) in arguments {
            self.visit_operand(argument);
        }
        if schema.as_deref() == Some("pg_catalog") {
            return;
        }
        let text = || ColumnType::plain(BaseType::Text);
        self.functions.insert(Function {
            name: moved(&QualifiedName::new(schema.as_deref().unwrap_or(DEFAULT_SCHEMA), name)),
            arguments: arguments.iter().map(|(_, ty)| ty.clone().unwrap_or_else(text)).collect(),
            returns: returns.clone().unwrap_or_else(text),
            called: schema.as_ref().map_or_else(|| name.clone(), |schema| format!("{schema}.{name}")),
        });
    }

    /// The enums and domains that the columns have, by their own names.
    pub(super) fn types(&self) -> (BTreeSet<QualifiedName>, BTreeSet<QualifiedName>) {
        let columns = self.tables.values().flat_map(|relation| &relation.columns).map(|column| &column.ty);
        let of_functions = self.functions.iter().flat_map(|it| it.arguments.iter().chain([&it.returns]));
        let (mut enums, mut domains) = (BTreeSet::new(), BTreeSet::new());
        for ty in columns.chain(of_functions) {
            if let BaseType::Enum(name) = &ty.base {
                enums.insert(name.clone());
            }
            domains.extend(ty.domain.clone());
        }
        (enums, domains)
    }
}

/// A policy about moved tables, types and functions.
pub(super) fn move_policy(policy: &TablePolicy) -> TablePolicy {
    TablePolicy {
        using: move_clauses(&policy.using),
        check: policy.check.as_ref().map(move_clauses),
        ..policy.clone()
    }
}

fn move_clauses(clauses: &Disjunction) -> Disjunction {
    Disjunction { clauses: clauses.clauses.iter().map(move_clause).collect() }
}

fn move_clause(clause: &Conjunction) -> Conjunction {
    Conjunction { atoms: clause.atoms.iter().map(move_atom).collect(), clause: clause.clause }
}

fn move_atom(atom: &Atom) -> Atom {
    match atom {
        Atom::Compare { left, op, right, ty } => Atom::Compare {
            left: move_operand(left),
            op: *op,
            right: move_operand(right),
            ty: ty.as_ref().map(move_type),
        },
        Atom::In { operand, negated, list, ty } => Atom::In {
            operand: move_operand(operand),
            negated: *negated,
            list: list.clone(),
            ty: ty.as_ref().map(move_type),
        },
        Atom::Like { operand, negated, pattern, ty } => Atom::Like {
            operand: move_operand(operand),
            negated: *negated,
            pattern: move_operand(pattern),
            ty: ty.as_ref().map(move_type),
        },
        Atom::Null { operand, negated } => Atom::Null { operand: move_operand(operand), negated: *negated },
        Atom::Exists(traversal) => Atom::Exists(move_traversal(traversal)),
    }
}

fn move_traversal(traversal: &Traversal) -> Traversal {
    let mut links = traversal.links.clone();
    for link in &mut links {
        link.outer_type = link.outer_type.as_ref().map(move_type);
        link.inner_type = link.inner_type.as_ref().map(move_type);
    }
    Traversal { target: moved(&traversal.target), links, condition: move_clause(&traversal.condition) }
}

fn move_operand(operand: &Operand) -> Operand {
    match operand {
        Operand::Column { name, ty } => {
            Operand::Column { name: name.clone(), ty: ty.as_ref().map(move_type) }
        }
        Operand::Function { schema, name, arguments, returns, volatility } => {
            let own = schema.as_deref() == Some("pg_catalog");
            let name = QualifiedName::new(schema.as_deref().unwrap_or(DEFAULT_SCHEMA), name);
            let QualifiedName { schema, name } = if own { name } else { moved(&name) };
            let arguments = arguments.iter();
            Operand::Function {
                schema: Some(schema.to_string()),
                name: name.to_string(),
                arguments: arguments
                    .map(|(argument, ty)| (move_operand(argument), ty.as_ref().map(move_type)))
                    .collect(),
                returns: returns.as_ref().map(move_type),
                volatility: *volatility,
            }
        }
        Operand::Session { .. } | Operand::Literal(_) => operand.clone(),
    }
}

fn move_type(ty: &ColumnType) -> ColumnType {
    let base = match &ty.base {
        BaseType::Enum(name) => BaseType::Enum(moved(name)),
        other => other.clone(),
    };
    ColumnType { base, domain: ty.domain.as_ref().map(moved), ..ty.clone() }
}
