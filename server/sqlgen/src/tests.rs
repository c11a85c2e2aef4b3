//! Policies written by hand, and what they compile to.

mod layout;
mod script;
mod traversals;
mod values;

use pgpe_catalog::{BaseType, Catalog, ColumnType, QualifiedName, Volatility};
use pgpe_config::Session;
use pgpe_policy::resolved::{
    Atom, CompareOp, Conjunction, Disjunction, Link, Literal, Operand, TablePolicy, Traversal,
};
use pgpe_policy::source::{CommandSet, PolicyKind};

pub(crate) fn table(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

pub(crate) fn plain(base: BaseType) -> ColumnType {
    ColumnType::plain(base)
}

pub(crate) fn text() -> ColumnType {
    plain(BaseType::Text)
}

pub(crate) fn uuid() -> ColumnType {
    plain(BaseType::Uuid)
}

pub(crate) fn domain_over(base: BaseType) -> ColumnType {
    ColumnType { domain: Some(table("some_domain")), ..plain(base) }
}

pub(crate) fn column(name: &str, ty: &ColumnType) -> Operand {
    Operand::Column { name: name.to_owned(), ty: Some(ty.clone()) }
}

pub(crate) fn setting(key: &str) -> Operand {
    Operand::Session { key: key.to_owned() }
}

pub(crate) fn string(text: &str) -> Literal {
    Literal::String(text.to_owned())
}

pub(crate) fn function(
    name: &str,
    arguments: Vec<(Operand, Option<ColumnType>)>,
    returns: Option<ColumnType>,
) -> Operand {
    let schema = Some("auth".to_owned());
    Operand::Function { schema, name: name.to_owned(), arguments, returns, volatility: Volatility::Stable }
}

pub(crate) fn compare(left: Operand, op: CompareOp, right: Operand, ty: &ColumnType) -> Atom {
    Atom::Compare { left, op, right, ty: Some(ty.clone()) }
}

pub(crate) fn equal(left: Operand, right: Operand, ty: &ColumnType) -> Atom {
    compare(left, CompareOp::Eq, right, ty)
}

/// `tenant_id = session('app.tenant_id')`
pub(crate) fn own_tenant() -> Atom {
    equal(column("tenant_id", &text()), setting("app.tenant_id"), &text())
}

pub(crate) fn clause(atoms: impl IntoIterator<Item = Atom>) -> Conjunction {
    Conjunction { atoms: atoms.into_iter().collect(), clause: 0 }
}

pub(crate) fn clauses(clauses: impl IntoIterator<Item = Conjunction>) -> Disjunction {
    Disjunction { clauses: clauses.into_iter().collect() }
}

pub(crate) fn one(atom: Atom) -> Disjunction {
    clauses([clause([atom])])
}

pub(crate) fn exists(target: &str, links: &[(&str, &str)], atoms: impl IntoIterator<Item = Atom>) -> Atom {
    let link = |(outer, inner): &(&str, &str)| Link {
        outer: (*outer).to_owned(),
        outer_type: Some(uuid()),
        inner: (*inner).to_owned(),
        inner_type: Some(uuid()),
    };
    Atom::Exists(Traversal {
        target: table(target),
        links: links.iter().map(link).collect(),
        condition: clause(atoms),
    })
}

/// A permissive policy for all commands.
pub(crate) fn policy(name: &str, using: Disjunction) -> TablePolicy {
    TablePolicy {
        policy: name.to_owned(),
        kind: PolicyKind::Permissive,
        commands: CommandSet::ALL,
        roles: Vec::new(),
        using,
        check: None,
    }
}

/// A catalog with citext in a schema of its own.
pub(crate) fn catalog() -> Catalog {
    let extensions =
        [("citext", "ext"), ("hstore", "ext"), ("plpgsql", "pg_catalog"), ("pgcrypto", "public")];
    let extensions = extensions.map(|(name, schema)| (name.to_owned(), schema.to_owned())).into();
    Catalog { extensions, ..Catalog::default() }
}

/// The expression that a policy of one atom on `public.tasks` compiles to.
pub(crate) fn sql(atom: Atom) -> String {
    crate::compile_clauses(&table("tasks"), &one(atom), &catalog(), Session::default())
}
