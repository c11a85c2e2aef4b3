//! Resolved conditions as the policy language writes them, for messages.

use pgpe_syntax::ast::quote_string;

use crate::resolved::{Atom, CompareOp, Conjunction, Literal, Operand, Traversal};

/// A condition.
pub fn atom(atom: &Atom) -> String {
    match atom {
        Atom::Compare { left, op, right, .. } => {
            format!("{} {} {}", operand(left), operator(*op), operand(right))
        }
        Atom::In { operand: value, negated, list, .. } => {
            let op = if *negated { CompareOp::NotIn } else { CompareOp::In };
            format!("{} {} lit({})", operand(value), operator(op), literals(list))
        }
        Atom::Like { operand: value, negated, pattern, .. } => {
            let op = if *negated { CompareOp::NotLike } else { CompareOp::Like };
            format!("{} {} {}", operand(value), operator(op), operand(pattern))
        }
        Atom::Null { operand: value, negated } => {
            format!("{} IS {}NULL", operand(value), if *negated { "NOT " } else { "" })
        }
        Atom::Exists(traversal) => exists(traversal),
    }
}

/// A clause: its conditions joined by AND; `true` if it has none.
pub fn conjunction(conjunction: &Conjunction) -> String {
    match conjunction.atoms.as_slice() {
        [] => "true".to_owned(),
        atoms => atoms.iter().map(atom).collect::<Vec<_>>().join(" AND "),
    }
}

/// A value.
pub fn operand(value: &Operand) -> String {
    match value {
        Operand::Column { name, .. } => format!("col({})", quote_string(name)),
        Operand::Session { key } => format!("session({})", quote_string(key)),
        Operand::Literal(value) => format!("lit({})", literal(value)),
        Operand::Function { schema, name, arguments, .. } => {
            let schema = schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
            let arguments: Vec<String> = arguments.iter().map(|(argument, _)| operand(argument)).collect();
            format!("fn({schema}{name}, [{}])", arguments.join(", "))
        }
    }
}

/// A literal without the `lit(…)` around it.
pub fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::String(text) => quote_string(text),
        Literal::List(list) => literals(list),
    }
}

/// An operator's spelling.
pub fn operator(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "!=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
        CompareOp::In => "IN",
        CompareOp::NotIn => "NOT IN",
        CompareOp::Like => "LIKE",
        CompareOp::NotLike => "NOT LIKE",
    }
}

fn literals(list: &[Literal]) -> String {
    format!("[{}]", list.iter().map(literal).collect::<Vec<_>>().join(", "))
}

fn exists(traversal: &Traversal) -> String {
    let columns = |name: fn(&crate::resolved::Link) -> &str| {
        let names: Vec<&str> = traversal.links.iter().map(name).collect();
        match names.as_slice() {
            [name] => (*name).to_owned(),
            names => format!("({})", names.join(", ")),
        }
    };
    let (outer, inner) = (columns(|link| &link.outer), columns(|link| &link.inner));
    format!(
        "exists(rel(_, {outer}, {}, {inner}), {{{}}})",
        traversal.target,
        conjunction(&traversal.condition)
    )
}
