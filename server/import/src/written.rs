//! Conditions on their way into the language, and their text there.

use pgpe_catalog::QualifiedName;
use pgpe_policy::show;
use pgpe_policy::source::{CompareOp, Literal};
use pgpe_syntax::ast::quote_string;

/// Conditions joined by AND, those joined by OR. Without any clause nothing passes, and a clause without any
/// condition lets everything pass.
pub(crate) type Clauses = Vec<Vec<Condition>>;

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// `left op right`
    Compare { left: Value, op: CompareOp, right: Value },
    /// `value IS [NOT] NULL`
    Null { value: Value, negated: bool },
    /// `exists(rel(…), {…})`
    Exists(Exists),
}

/// A traversal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exists {
    /// The level of the table that it starts from.
    pub(crate) from: usize,
    pub(crate) target: QualifiedName,
    /// Pairs of columns: of the table that it starts from, and of the target.
    pub(crate) links: Vec<(String, String)>,
    /// Never empty.
    pub(crate) conditions: Vec<Condition>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A column of the table at that level: 0 is the governed one, sub-selects add one each.
    Column {
        level: usize,
        name: String,
    },
    Session(String),
    Literal(Literal),
    Function {
        schema: Option<String>,
        name: String,
        arguments: Vec<Value>,
    },
}

impl Value {
    /// The levels of the columns in it.
    fn levels(&self, found: &mut Vec<usize>) {
        match self {
            Value::Column { level, .. } => found.push(*level),
            Value::Function { arguments, .. } => arguments.iter().for_each(|it| it.levels(found)),
            Value::Session(_) | Value::Literal(_) => {}
        }
    }
}

impl Condition {
    /// The levels of the tables that it speaks of, those inside a traversal left out.
    pub(crate) fn levels(&self) -> Vec<usize> {
        let mut found = Vec::new();
        match self {
            Condition::Compare { left, right, .. } => {
                left.levels(&mut found);
                right.levels(&mut found);
            }
            Condition::Null { value, .. } => value.levels(&mut found),
            Condition::Exists(exists) => found.push(exists.from),
        }
        found
    }
}

/// A block of clauses as text. `schema` is the governed table's, where targets need no schema.
pub(crate) fn clauses(clauses: &Clauses, schema: &str) -> String {
    let clause = |conditions: &Vec<Condition>| format!("CLAUSE {}", conjunction(conditions, schema));
    match clauses.as_slice() {
        [] => format!("CLAUSE {NEVER}"),
        clauses => clauses.iter().map(clause).collect::<Vec<_>>().join(" OR "),
    }
}

/// What always holds, as the language says it.
const ALWAYS: &str = "lit(true) = lit(true)";
/// What never holds.
const NEVER: &str = "lit(true) = lit(false)";

fn conjunction(conditions: &[Condition], schema: &str) -> String {
    match conditions {
        [] => ALWAYS.to_owned(),
        conditions => conditions.iter().map(|it| condition(it, schema)).collect::<Vec<_>>().join(" AND "),
    }
}

fn condition(condition: &Condition, schema: &str) -> String {
    match condition {
        Condition::Compare { left, op, right } => {
            format!("{} {} {}", value(left), show::operator(*op), value(right))
        }
        Condition::Null { value: tested, negated } => {
            format!("{} IS {}NULL", value(tested), if *negated { "NOT " } else { "" })
        }
        Condition::Exists(exists) => {
            let columns = |names: Vec<&String>| match names.as_slice() {
                [only] => name(only),
                names => format!("({})", names.iter().map(|it| name(it)).collect::<Vec<_>>().join(", ")),
            };
            let outer = columns(exists.links.iter().map(|(outer, _)| outer).collect());
            let inner = columns(exists.links.iter().map(|(_, inner)| inner).collect());
            let target = match exists.target.schema == schema {
                true => name(&exists.target.name),
                false => format!("{}.{}", name(&exists.target.schema), name(&exists.target.name)),
            };
            let conditions = conjunction(&exists.conditions, schema);
            format!("exists(rel(_, {outer}, {target}, {inner}), {{{conditions}}})")
        }
    }
}

fn value(written: &Value) -> String {
    match written {
        Value::Column { name, .. } => format!("col({})", quote_string(name)),
        Value::Session(key) => format!("session({})", quote_string(key)),
        Value::Literal(literal) => format!("lit({})", show::literal(literal)),
        Value::Function { schema, name: function, arguments } => {
            let schema = schema.as_ref().map(|schema| format!("{}.", name(schema))).unwrap_or_default();
            let arguments: Vec<String> = arguments.iter().map(value).collect();
            format!("fn({schema}{}, [{}])", name(function), arguments.join(", "))
        }
    }
}

/// A name: bare where that reads the same, else in quotes.
pub fn name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name != "_"
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { quote_string(name) }
}
