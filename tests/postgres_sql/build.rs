//! Policies in normal form, made by hand.

use pgpe_catalog::{BaseType, Catalog, ColumnType, QualifiedName};
use pgpe_policy::resolved::{
    Atom, CompareOp, Conjunction, Disjunction, Link, Literal, Operand, TablePolicy, Traversal,
};
use pgpe_policy::source::{CommandSet, PolicyKind};

/// The schema that citext is installed in.
pub const EXTENSION_SCHEMA: &str = "My Extensions";

/// What the tests' databases have, as far as compiling asks for it.
pub fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    catalog.extensions.insert("citext".to_owned(), EXTENSION_SCHEMA.to_owned());
    catalog.extensions.insert("hstore".to_owned(), EXTENSION_SCHEMA.to_owned());
    catalog
}

pub fn public(table: &str) -> QualifiedName {
    QualifiedName::new("public", table)
}

pub fn plain(base: BaseType) -> ColumnType {
    ColumnType::plain(base)
}

pub fn text() -> ColumnType {
    plain(BaseType::Text)
}

pub fn citext() -> BaseType {
    BaseType::Citext { schema: EXTENSION_SCHEMA.to_owned() }
}

pub fn column(name: &str, ty: &ColumnType) -> Operand {
    Operand::Column { name: name.to_owned(), ty: Some(ty.clone()) }
}

pub fn setting(key: &str) -> Operand {
    Operand::Session { key: key.to_owned() }
}

pub fn literal(text: &str) -> Operand {
    Operand::Literal(Literal::String(text.to_owned()))
}

/// A comparison with the type that the resolver would give it: that of a column.
pub fn compare(left: Operand, op: CompareOp, right: Operand) -> Atom {
    let own = |operand: &Operand| match operand {
        Operand::Column { ty: Some(ty), .. } => Some(ColumnType { domain: None, ..ty.clone() }),
        _ => None,
    };
    let ty = own(&left).or_else(|| own(&right)).unwrap_or_else(text);
    Atom::Compare { left, op, right, ty: Some(ty) }
}

pub fn equal(left: Operand, right: Operand) -> Atom {
    compare(left, CompareOp::Eq, right)
}

pub fn is_in(operand: Operand, negated: bool, list: Vec<Literal>) -> Atom {
    let ty = match &operand {
        Operand::Column { ty: Some(ty), .. } => ColumnType { domain: None, ..ty.clone() },
        _ => text(),
    };
    Atom::In { operand, negated, list, ty: Some(ty) }
}

pub fn clause(atoms: impl IntoIterator<Item = Atom>) -> Conjunction {
    Conjunction { atoms: atoms.into_iter().collect(), clause: 0 }
}

pub fn one(atom: Atom) -> Disjunction {
    Disjunction { clauses: vec![clause([atom])] }
}

pub fn exists(
    target: &QualifiedName,
    link: (&str, &str),
    ty: &ColumnType,
    atoms: impl IntoIterator<Item = Atom>,
) -> Atom {
    let link = Link {
        outer: link.0.to_owned(),
        outer_type: Some(ty.clone()),
        inner: link.1.to_owned(),
        inner_type: Some(ty.clone()),
    };
    Atom::Exists(Traversal { target: target.clone(), links: vec![link], condition: clause(atoms) })
}

/// A permissive policy for all commands.
pub fn policy(name: &str, using: Disjunction) -> TablePolicy {
    TablePolicy {
        policy: name.to_owned(),
        kind: PolicyKind::Permissive,
        commands: CommandSet::ALL,
        roles: Vec::new(),
        using,
        check: None,
    }
}
