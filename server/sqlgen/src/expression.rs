//! Clauses as a SQL expression, in the layout of the compiled policies.

use std::collections::BTreeSet;
use std::ops::Range;

use pgpe_catalog::{BaseType, ColumnType, Family, QualifiedName};
use pgpe_policy::resolved::{Atom, CompareOp, Conjunction, Disjunction, Link, Literal, Operand, Traversal};

use crate::operand::{Columns, Printer, unstated_type};
use crate::quote::{quote_identifier, quote_qualified};
use crate::types;

/// A table whose columns can be named.
struct Scope<'a> {
    enclosing: Option<&'a Scope<'a>>,
    table: &'a QualifiedName,
    alias: Option<String>,
    /// What its columns are qualified with in its own condition.
    own: Option<String>,
    /// What its columns are qualified with in a traversal that starts from it.
    from_inside: String,
}

impl Columns for Scope<'_> {
    fn column(&self, name: &str) -> String {
        match &self.own {
            Some(qualifier) => format!("{qualifier}.{}", quote_identifier(name)),
            None => quote_identifier(name),
        }
    }
}

impl<'a> Scope<'a> {
    fn chain(&self) -> impl Iterator<Item = &Scope<'a>> {
        std::iter::successors(Some(self), |scope| scope.enclosing)
    }
}

/// An expression, and where clauses of the source stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Expression {
    pub(crate) sql: String,
    /// Byte ranges of `sql`, each with the index of the clause in its block.
    pub(crate) clauses: Vec<(Range<usize>, usize)>,
}

/// The clauses of a policy on `table`, which its traversals call `outer`.
pub(crate) fn clauses(
    printer: Printer,
    table: &QualifiedName,
    outer: &QualifiedName,
    clauses: &Disjunction,
) -> Expression {
    let mut names = BTreeSet::from([table.name.as_str()]);
    for clause in &clauses.clauses {
        collect_names(clause, &mut names);
    }
    let scope = Scope { enclosing: None, table, alias: None, own: None, from_inside: quote_qualified(outer) };
    let writer = Writer { printer, names };
    let several = clauses.clauses.len() > 1;
    let mut expression = Expression::default();
    // One clause that always holds is all there is to say.
    let always = clauses.clauses.iter().find(|clause| clause.atoms.is_empty());
    for clause in always.map_or(clauses.clauses.as_slice(), std::slice::from_ref) {
        if !expression.sql.is_empty() {
            expression.sql.push_str(" OR ");
        }
        let start = expression.sql.len();
        match clause.atoms.len() {
            2.. if several => expression.sql.push_str(&format!("({})", writer.clause(clause, &scope))),
            _ => expression.sql.push_str(&writer.clause(clause, &scope)),
        }
        expression.clauses.push((start..expression.sql.len(), clause.clause));
    }
    if clauses.clauses.is_empty() {
        expression.sql.push_str("false");
    }
    expression
}

fn collect_names<'a>(clause: &'a Conjunction, names: &mut BTreeSet<&'a str>) {
    for atom in &clause.atoms {
        if let Atom::Exists(traversal) = atom {
            names.insert(&traversal.target.name);
            collect_names(&traversal.condition, names);
        }
    }
}

struct Writer<'a> {
    printer: Printer<'a>,
    /// Of all tables in the expression, without schema: an alias that is one of them could be captured.
    names: BTreeSet<&'a str>,
}

/// PostgreSQL's limit for names.
const MAX_NAME_BYTES: usize = 63;

/// Indentation of the clause that a policy's expression stands in.
const INDENT: usize = 2;

impl Writer<'_> {
    fn clause(&self, clause: &Conjunction, scope: &Scope) -> String {
        if clause.atoms.is_empty() {
            return "true".to_owned();
        }
        let atoms: Vec<String> = clause.atoms.iter().map(|atom| self.atom(atom, scope, INDENT)).collect();
        atoms.join(" AND ")
    }

    fn atom(&self, atom: &Atom, scope: &Scope, indent: usize) -> String {
        match atom {
            Atom::Compare { left, op, right, ty } => self.compare(left, *op, right, ty.as_ref(), scope),
            Atom::In { operand, negated, list, ty } => {
                self.membership(operand, *negated, list, ty.as_ref(), scope)
            }
            Atom::Like { operand, negated, pattern, ty } => {
                self.like(operand, *negated, pattern, ty.as_ref(), scope)
            }
            Atom::Null { operand, negated } => {
                let test = if *negated { "IS NOT NULL" } else { "IS NULL" };
                format!("{} {test}", self.printer.typed(operand, None, scope))
            }
            Atom::Exists(traversal) => self.exists(traversal, scope, indent),
        }
    }

    fn compare(
        &self,
        left: &Operand,
        op: CompareOp,
        right: &Operand,
        ty: Option<&ColumnType>,
        scope: &Scope,
    ) -> String {
        let symbol = match op {
            CompareOp::Eq => "=",
            CompareOp::Ne => "<>",
            CompareOp::Lt => "<",
            CompareOp::Le => "<=",
            CompareOp::Gt => ">",
            CompareOp::Ge => ">=",
            // Atoms of their own; here they would be a mistake, which must not let a row pass.
            CompareOp::In | CompareOp::NotIn | CompareOp::Like | CompareOp::NotLike => {
                return "false".to_owned();
            }
        };
        let inferred = unstated_type(left, right);
        let ty = ty.or(inferred.as_ref());
        let operator = self.operator(symbol, ty);
        let left_sql = self.printer.beside(left, right, ty, scope);
        // PostgreSQL's planner fails on `f() = f()` in a policy ("cannot cope with variable-free clause").
        if op == CompareOp::Eq && left == right && is_call_without_columns(left) {
            return format!("{left_sql} IS NOT NULL");
        }
        let right_sql = self.printer.beside(right, left, ty, scope);
        format!("{left_sql} {operator} {right_sql}")
    }

    fn membership(
        &self,
        operand: &Operand,
        negated: bool,
        list: &[Literal],
        ty: Option<&ColumnType>,
        scope: &Scope,
    ) -> String {
        let Some(first) = list.first() else { return "false".to_owned() };
        let inferred = unstated_type(operand, &Operand::Literal(first.clone()));
        let ty = ty.or(inferred.as_ref());
        let value = self.printer.typed(operand, ty, scope);
        let schema = ty.and_then(|ty| types::operator_schema(&ty.base, self.printer.catalog));
        // IN looks for its operator in the search path, which need not have the type's.
        if let (Some(ty), Some(schema)) = (ty, schema) {
            let items: Vec<String> = list.iter().map(|literal| self.printer.literal(literal, ty)).collect();
            let (symbol, quantifier) = if negated { ("<>", "ALL") } else { ("=", "ANY") };
            let operator = qualified_operator(&schema, symbol);
            let element = types::cast_name(&ty.base);
            return format!("{value} {operator} {quantifier} (ARRAY[{}]::{element}[])", items.join(", "));
        }
        let item =
            |literal: &Literal| self.printer.beside(&Operand::Literal(literal.clone()), operand, ty, scope);
        let items: Vec<String> = list.iter().map(item).collect();
        let keyword = if negated { "NOT IN" } else { "IN" };
        format!("{value} {keyword} ({})", items.join(", "))
    }

    fn like(
        &self,
        operand: &Operand,
        negated: bool,
        pattern: &Operand,
        ty: Option<&ColumnType>,
        scope: &Scope,
    ) -> String {
        let text = ColumnType::plain(BaseType::Text);
        let ty = ty.filter(|ty| ty.family() == Family::Text).unwrap_or(&text);
        let schema = types::operator_schema(&ty.base, self.printer.catalog);
        let value = self.printer.beside(operand, pattern, Some(ty), scope);
        match schema {
            Some(schema) => {
                let pattern = self.printer.beside(pattern, operand, Some(ty), scope);
                let operator = qualified_operator(&schema, if negated { "!~~" } else { "~~" });
                format!("{value} {operator} {pattern}")
            }
            // char(n) and name are matched with patterns of type text.
            None => {
                let pattern = match pattern {
                    Operand::Literal(literal) => self.printer.literal(literal, &text),
                    pattern => self.printer.typed(pattern, Some(&text), scope),
                };
                format!("{value} {} {pattern}", if negated { "NOT LIKE" } else { "LIKE" })
            }
        }
    }

    fn exists(&self, traversal: &Traversal, scope: &Scope, indent: usize) -> String {
        let target = &traversal.target;
        let name = quote_qualified(target);
        let alias =
            scope.chain().any(|enclosing| enclosing.table == target).then(|| self.alias(&target.name, scope));
        let (from, qualifier) = match &alias {
            Some(alias) => (format!("{name} AS {}", quote_identifier(alias)), quote_identifier(alias)),
            None => (name.clone(), name),
        };
        let inner = Scope {
            enclosing: Some(scope),
            table: target,
            alias,
            own: Some(qualifier.clone()),
            from_inside: qualifier,
        };
        let mut conditions = Vec::new();
        for link in &traversal.links {
            let inner_column = Operand::Column { name: link.inner.clone(), ty: link.inner_type.clone() };
            let outer_column = Operand::Column { name: link.outer.clone(), ty: link.outer_type.clone() };
            let ty = link_type(link);
            let operator = self.operator("=", ty.as_ref());
            let left = self.printer.typed(&inner_column, ty.as_ref(), &inner);
            let right = self.printer.typed(&outer_column, ty.as_ref(), &FromInside(scope));
            conditions.push(format!("{left} {operator} {right}"));
        }
        for atom in &traversal.condition.atoms {
            let indent = if conditions.is_empty() { indent + 2 } else { indent + 4 };
            conditions.push(self.atom(atom, &inner, indent));
        }
        if conditions.is_empty() {
            conditions.push("true".to_owned());
        }
        let line = " ".repeat(indent + 2);
        let end = " ".repeat(indent);
        let conditions = conditions.join(&format!("\n{line}  AND "));
        format!("EXISTS (\n{line}SELECT 1 FROM {from}\n{line}WHERE {conditions}\n{end})")
    }

    fn operator(&self, symbol: &str, ty: Option<&ColumnType>) -> String {
        match ty.and_then(|ty| types::operator_schema(&ty.base, self.printer.catalog)) {
            Some(schema) => qualified_operator(&schema, symbol),
            None => symbol.to_owned(),
        }
    }

    /// A name for one more use of a table that nothing else in the expression goes by.
    fn alias(&self, table: &str, scope: &Scope) -> String {
        let mut number = 1;
        loop {
            let suffix = format!("_{number}");
            let alias =
                format!("{}{suffix}", &table[..table.floor_char_boundary(MAX_NAME_BYTES - suffix.len())]);
            let used = scope.chain().any(|enclosing| enclosing.alias.as_ref() == Some(&alias));
            if !used && !self.names.contains(alias.as_str()) {
                return alias;
            }
            number += 1;
        }
    }
}

/// The columns of a scope as a traversal that starts from it names them.
struct FromInside<'a>(&'a Scope<'a>);

impl Columns for FromInside<'_> {
    fn column(&self, name: &str) -> String {
        format!("{}.{}", self.0.from_inside, quote_identifier(name))
    }
}

/// What linked columns are compared as.
fn link_type(link: &Link) -> Option<ColumnType> {
    pgpe_policy::common_type(link.inner_type.as_ref()?, link.outer_type.as_ref()?).ok()
}

fn is_call_without_columns(operand: &Operand) -> bool {
    match operand {
        Operand::Session { .. } => true,
        Operand::Function { arguments, .. } => arguments.iter().all(|(argument, _)| {
            matches!(argument, Operand::Literal(_)) || is_call_without_columns(argument)
        }),
        Operand::Column { .. } | Operand::Literal(_) => false,
    }
}

fn qualified_operator(schema: &str, symbol: &str) -> String {
    format!("OPERATOR({}.{symbol})", quote_identifier(schema))
}
