//! Sub-selects as traversals: EXISTS, IN, and those that give one value.

use std::collections::BTreeSet;

use pgpe_catalog::{QualifiedName, Relation};
use pgpe_policy::source::CompareOp;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use crate::comparison::Operator;
use crate::outside::{Outside, Read};
use crate::reader::{Reader, both};
use crate::scope::Level;
use crate::sql::{has_no_extras, only_target};
use crate::written::{Clauses, Condition, Exists, Value};

/// A comparison of what a sub-select gives with a value outside of it.
struct Given<'e> {
    operator: Operator,
    value: &'e ast::Expr,
    wanted: bool,
    /// It must give one row at most.
    single: bool,
}

impl<'a> Reader<'a> {
    /// `EXISTS (SELECT …)`
    pub(crate) fn exists(
        &mut self,
        at: &SyntaxNode,
        query: Option<ast::SelectVariant>,
        wanted: bool,
    ) -> Read<Clauses> {
        if !wanted {
            return Err(Outside::at(at, "is negated, and the language has no NOT EXISTS"));
        }
        let query = plain_query(at, query)?;
        let targets = query.select_clause().and_then(|clause| clause.target_list());
        let plain_targets = targets.is_none_or(|list| {
            list.targets().all(|target| match target.expr() {
                None => true,
                Some(expr) => {
                    matches!(expr, ast::Expr::Literal(_) | ast::Expr::NameRef(_) | ast::Expr::FieldExpr(_))
                }
            })
        });
        // An aggregate gives a row where there is none.
        if !plain_targets || query.select_clause().is_some_and(|it| it.select_quantifier().is_some()) {
            return Err(Outside::at(at, "selects more than columns and literals"));
        }
        self.traverse(at, &query, None)
    }

    /// `value IN (SELECT column …)`
    pub(crate) fn in_query(
        &mut self,
        at: &SyntaxNode,
        value: &ast::Expr,
        query: ast::SelectVariant,
        schema: Option<String>,
        wanted: bool,
    ) -> Read<Clauses> {
        if !wanted {
            return Err(Outside::at(at, "is negated, and the language has no NOT EXISTS"));
        }
        let query = plain_query(at, Some(query))?;
        let operator = Operator { op: CompareOp::Eq, schema };
        self.traverse(at, &query, Some(Given { operator, value, wanted: true, single: false }))
    }

    /// `(SELECT column …) op value`
    pub(crate) fn scalar(
        &mut self,
        at: &SyntaxNode,
        query: &ast::Select,
        operator: Operator,
        value: &ast::Expr,
        wanted: bool,
    ) -> Read<Clauses> {
        let query = plain_query(at, Some(ast::SelectVariant::Select(query.clone())))?;
        self.traverse(at, &query, Some(Given { operator, value, wanted, single: true }))
    }

    fn traverse(&mut self, at: &SyntaxNode, query: &ast::Select, given: Option<Given<'_>>) -> Read<Clauses> {
        let outer = self.levels.innermost();
        let level = self.target(at, query)?;
        let (target, relation) = (level.table, level.relation);
        // The value outside is read without the sub-select's table.
        let value = match &given {
            Some(given) => Some(self.operand(given.value)?),
            None => None,
        };
        self.levels.0.push(level);
        let inside = self.inside(at, query, given.as_ref(), value, relation);
        self.levels.0.pop();
        let mut clauses = Clauses::new();
        for conditions in inside? {
            clauses.push(traversal(at, conditions, outer, target)?);
        }
        Ok(clauses)
    }

    /// The conditions on the row of the sub-select.
    fn inside(
        &mut self,
        at: &SyntaxNode,
        query: &ast::Select,
        given: Option<&Given<'_>>,
        value: Option<crate::operand::Operand>,
        relation: &Relation,
    ) -> Read<Clauses> {
        let condition = query.where_clause().and_then(|clause| clause.expr());
        let clauses = match condition {
            Some(condition) => self.condition(&condition, true)?,
            None => vec![Vec::new()],
        };
        let (Some(given), Some(value)) = (given, value) else { return Ok(clauses) };
        let level = self.levels.innermost();
        if given.single && !gives_one_row(&clauses, level, relation) {
            let why = "compares with a sub-select that no unique key keeps from giving several rows";
            return Err(Outside::at(at, why));
        }
        let selected = only_target(query).ok_or_else(|| Outside::at(at, "selects more than one value"))?;
        let selected = self.operand(&selected)?;
        if !matches!(selected.value, Value::Column { level: at, .. } if at == level) {
            return Err(Outside::at(at, "selects something else than a column of its table"));
        }
        let compared = self.compare(at, selected, given.operator.clone(), value, given.wanted)?;
        both(&clauses, &vec![vec![compared]], at)
    }

    /// The one table that a sub-select is from.
    fn target(&self, at: &SyntaxNode, query: &ast::Select) -> Read<Level<'a>> {
        let outside = |why: &str| Err(Outside::at(at, why.to_owned()));
        let mut items = query.from_clause().into_iter().flat_map(|from| from.items());
        let (Some(item), None) = (items.next(), items.next()) else {
            return outside("selects from other than one table");
        };
        let ast::FromListItem::FromItem(ast::FromItem::RelationFromItem(item)) = item else {
            return outside("selects from other than one table");
        };
        let plain = item.only_token().is_none()
            && item.lateral_token().is_none()
            && item.star_token().is_none()
            && item.tablesample_clause().is_none();
        let alias = item.alias();
        if !plain || alias.as_ref().is_some_and(|alias| alias.columns().is_some()) {
            return outside("selects from a table with words that the language can't say");
        }
        let alias = alias.and_then(|alias| alias.name()).map(|name| ast::normalize_name_node(name.syntax()));
        let parts: Vec<String> = item
            .relation_name_ref()
            .into_iter()
            .flat_map(|name| name.syntax().descendants().collect::<Vec<_>>())
            .filter(|node| ast::PathSegmentRef::can_cast(node.kind()))
            .map(|node| ast::normalize_name_node(&node))
            .collect();
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name),
            [schema, name] => (Some(schema.as_str()), name),
            _ => return outside("selects from a table that can't be told"),
        };
        // Existing policies are kept with the schemas of all relations that are not of their own.
        let own: Vec<String> =
            self.levels.0.first().map(|it| it.table.schema.to_string()).into_iter().collect();
        match self.catalog.resolve(name, schema, &own) {
            Some((table, relation)) if relation.kind.is_table() => Ok(Level { table, relation, alias }),
            Some((name, _)) => Err(Outside::at(at, format!("selects from {name}, which is no table"))),
            None => outside("selects from a table that the schema does not define"),
        }
    }
}

/// A query without anything that is never read.
fn plain_query(at: &SyntaxNode, query: Option<ast::SelectVariant>) -> Read<ast::Select> {
    match query {
        Some(ast::SelectVariant::Select(select)) if has_no_extras(&select) => Ok(select),
        Some(ast::SelectVariant::ParenSelect(paren))
            if paren.tail_clauses().next().is_none() && paren.with_clause().is_none() =>
        {
            plain_query(at, paren.select())
        }
        _ => Err(Outside::at(at, "has a sub-select with clauses that the language can't say")),
    }
}

/// One clause of a sub-select as a traversal, beside the conditions that do not speak of its table.
fn traversal(
    at: &SyntaxNode,
    conditions: Vec<Condition>,
    outer: usize,
    target: &QualifiedName,
) -> Read<Vec<Condition>> {
    let inner = outer + 1;
    let (mut links, mut inside, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    for condition in conditions {
        let levels = condition.levels();
        match link(&condition, outer) {
            Some(link) if !links.contains(&link) => links.push(link),
            Some(_) => {}
            None if levels.iter().all(|level| *level == inner) => inside.push(condition),
            None if levels.iter().all(|level| *level < inner) => beside.push(condition),
            None => {
                let why =
                    "compares a column of its table otherwise than by = with one of the table just around it";
                return Err(Outside::at(at, why));
            }
        }
    }
    let Some((_, first)) = links.first() else {
        let why = "has no column of its table that equals one of the table around it, as a traversal must";
        return Err(Outside::at(at, why));
    };
    if inside.is_empty() {
        // A linked column is never NULL, so that this always holds.
        let value = Value::Column { level: inner, name: first.clone() };
        inside.push(Condition::Null { value, negated: true });
    }
    beside.push(Condition::Exists(Exists { from: outer, target: target.clone(), links, conditions: inside }));
    Ok(beside)
}

/// `inner.column = outer.column`, either way round, as the outer and the inner name.
fn link(condition: &Condition, outer: usize) -> Option<(String, String)> {
    let Condition::Compare {
        left: Value::Column { level: left_level, name: left },
        op: CompareOp::Eq,
        right: Value::Column { level: right_level, name: right },
    } = condition
    else {
        return None;
    };
    if (*left_level, *right_level) == (outer, outer + 1) {
        Some((left.clone(), right.clone()))
    } else if (*left_level, *right_level) == (outer + 1, outer) {
        Some((right.clone(), left.clone()))
    } else {
        None
    }
}

/// Whether the conditions fix all columns of a key of the table.
fn gives_one_row(clauses: &Clauses, level: usize, relation: &Relation) -> bool {
    let [conditions] = clauses.as_slice() else { return false };
    let is_inner = |value: &Value| matches!(value, Value::Column { level: at, .. } if *at == level);
    let fixed: BTreeSet<&str> = conditions
        .iter()
        .filter_map(|condition| match condition {
            Condition::Compare { left, op: CompareOp::Eq, right } => match (left, right) {
                (Value::Column { level: at, name }, other) if *at == level && !speaks_of(other, level) => {
                    Some(name.as_str())
                }
                (other, Value::Column { level: at, name })
                    if *at == level && !is_inner(other) && !speaks_of(other, level) =>
                {
                    Some(name.as_str())
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    relation.proof_keys().any(|key| key.columns.iter().all(|column| fixed.contains(column.as_str())))
}

fn speaks_of(value: &Value, level: usize) -> bool {
    match value {
        Value::Column { level: at, .. } => *at == level,
        Value::Function { arguments, .. } => arguments.iter().any(|it| speaks_of(it, level)),
        Value::Session(_) | Value::Literal(_) => false,
    }
}
