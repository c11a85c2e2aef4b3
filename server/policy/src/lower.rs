//! From the syntax tree to [`source`](crate::source): what an item says, without its layout.
//!
//! Parts that are missing or can't be read become `None`, so that nothing is believed of an item that was
//! not written.

use pgpe_catalog::Command;
use pgpe_syntax::ast::{self, CommandKind, CompareOpKind, LiteralKind};
use pgpe_syntax::{AstNode, Direction, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize};

use crate::source::{
    Atom, AtomKind, Clause, CommandSet, CompareOp, Grant, Literal, Policy, PolicyKind, Rel, Selector,
    Spanned, Value,
};

/// Lowers a policy. `broken` says whether it has a syntax error.
pub fn lower_policy(policy: &ast::Policy, broken: bool) -> Policy {
    let item = Item::of(policy.syntax());
    let list = policy.command_list();
    let clauses = policy.clause_block().map(|block| item.clauses(&block)).unwrap_or_default();
    let check = policy.check_block().map(|check| {
        let clauses = check.clause_block().map(|block| item.clauses(&block)).unwrap_or_default();
        item.spanned(check.syntax(), clauses)
    });
    Policy {
        name: item.item_name(policy.name(), policy.syntax()),
        kind: policy.policy_type().map(|ty| match ty.is_restrictive() {
            true => PolicyKind::Restrictive,
            false => PolicyKind::Permissive,
        }),
        commands: list.as_ref().and_then(|list| item.command_list(list)),
        commands_range: list.map(|list| item.range(list.syntax())),
        roles: item.roles(policy.role_list()),
        selector: policy.selector_clause().and_then(|clause| item.selector_clause(&clause)),
        clauses,
        check,
        broken,
    }
}

/// Lowers a grant. `broken` says whether it has a syntax error.
pub fn lower_grant(grant: &ast::Grant, broken: bool) -> Grant {
    let item = Item::of(grant.syntax());
    Grant {
        commands: grant.kinds().map(command).collect(),
        roles: item.roles(grant.role_list()),
        selector: grant.selector_clause().and_then(|clause| item.selector_clause(&clause)),
        broken,
    }
}

/// Lowers a value that stands by itself, such as an isolation key of the configuration.
pub fn lower_value(value: &ast::Value) -> Option<Value> {
    Item::of(value.syntax()).value(value).map(|value| value.value)
}

/// The item that is being lowered.
struct Item {
    start: TextSize,
    /// A part of the header stands a second time, so that it is not certain which one is meant.
    repeated: bool,
}

impl Item {
    fn of(node: &SyntaxNode) -> Item {
        let parts = [SyntaxKind::COMMAND_LIST, SyntaxKind::SELECTOR_CLAUSE];
        let skipped = node.children().filter(|child| child.kind() == SyntaxKind::ERROR);
        let repeated =
            skipped.flat_map(|skipped| skipped.descendants()).any(|node| parts.contains(&node.kind()));
        Item { start: node.text_range().start(), repeated }
    }

    fn relative(&self, range: TextRange) -> TextRange {
        range - self.start
    }

    fn range(&self, node: &SyntaxNode) -> TextRange {
        self.relative(node.text_range())
    }

    fn spanned<T>(&self, node: &SyntaxNode, value: T) -> Spanned<T> {
        Spanned { value, range: self.range(node) }
    }

    fn name(&self, name: &ast::Name) -> Spanned<String> {
        self.spanned(name.syntax(), name.text())
    }

    /// A missing name is empty and stands where the item's first word does.
    fn item_name(&self, name: Option<ast::Name>, item: &SyntaxNode) -> Spanned<String> {
        match name {
            Some(name) => self.name(&name),
            None => {
                let word = item.first_token().map(|token| token.text_range());
                let range = self.relative(word.unwrap_or_else(|| item.text_range()));
                Spanned { value: String::new(), range }
            }
        }
    }

    fn string(&self, token: &SyntaxToken) -> Spanned<String> {
        Spanned { value: ast::unquote_string(token.text()), range: self.relative(token.text_range()) }
    }

    fn roles(&self, list: Option<ast::RoleList>) -> Vec<Spanned<String>> {
        list.map(|list| list.names().map(|name| self.name(&name)).collect()).unwrap_or_default()
    }

    fn command_list(&self, list: &ast::CommandList) -> Option<CommandSet> {
        if self.repeated || has_error_child(list.syntax()) || is_cut_short(list.syntax()) {
            return None;
        }
        // A misspelt command is a bare token here, and then it is not certain what was meant.
        let commas = list.syntax().children_with_tokens().filter(|it| it.kind() == SyntaxKind::COMMA).count();
        let commands: Vec<CommandKind> = list.kinds().collect();
        let whole = list.is_all() || commands.len() > commas;
        (whole && !commands.is_empty()).then(|| commands.into_iter().map(command).collect())
    }

    fn selector_clause(&self, clause: &ast::SelectorClause) -> Option<Spanned<Selector>> {
        let selectors =
            clause.syntax().children().filter(|node| ast::Selector::can_cast(node.kind())).count();
        let unsure = self.repeated || has_error(clause.syntax()) || is_cut_short(clause.syntax());
        if unsure || selectors != 1 {
            return None;
        }
        let selector = clause.selector()?;
        Some(self.spanned(selector.syntax(), self.selector(&selector)?))
    }

    fn selector(&self, selector: &ast::Selector) -> Option<Selector> {
        let boxed = |side: Option<ast::Selector>| Some(Box::new(self.selector(&side?)?));
        Some(match selector {
            ast::Selector::OrSelector(or) => Selector::Or(boxed(or.lhs())?, boxed(or.rhs())?),
            ast::Selector::AndSelector(and) => Selector::And(boxed(and.lhs())?, boxed(and.rhs())?),
            ast::Selector::NotSelector(not) => Selector::Not(boxed(not.selector())?),
            ast::Selector::ParenSelector(paren) => {
                paren.r_paren_token()?;
                self.selector(&paren.selector()?)?
            }
            ast::Selector::AllSelector(_) => Selector::All,
            ast::Selector::HasColumnSelector(has) => {
                has.r_paren_token()?;
                let ty = match has.type_ref() {
                    Some(ty) => Some(self.name(&ty.name()?)),
                    None => None,
                };
                Selector::HasColumn { column: self.name(&has.column()?), ty }
            }
            ast::Selector::InSchemaSelector(schema) => {
                schema.r_paren_token()?;
                Selector::InSchema(self.name(&schema.schema()?))
            }
            ast::Selector::NamedSelector(named) => {
                named.r_paren_token()?;
                Selector::Named(self.string(&named.pattern()?))
            }
            ast::Selector::TaggedSelector(tagged) => {
                tagged.r_paren_token()?;
                Selector::Tagged(self.string(&tagged.tag()?))
            }
        })
    }

    fn clauses(&self, block: &ast::ClauseBlock) -> Vec<Clause> {
        block.clauses().map(|clause| self.clause(&clause)).collect()
    }

    fn clause(&self, clause: &ast::Clause) -> Clause {
        // What was skipped in a clause was a condition too, or part of one.
        let unread = clause.syntax().children().filter(|node| node.kind() == SyntaxKind::ERROR);
        let unread = unread.map(|node| Atom { kind: None, range: self.range(&node) });
        let atoms = clause.atoms().map(|atom| self.atom(&atom)).chain(unread).collect();
        Clause { atoms, range: self.range(clause.syntax()) }
    }

    fn atom(&self, atom: &ast::Atom) -> Atom {
        let kind = if has_error_child(atom.syntax()) { None } else { self.atom_kind(atom) };
        Atom { kind, range: self.range(atom.syntax()) }
    }

    fn atom_kind(&self, atom: &ast::Atom) -> Option<AtomKind> {
        match atom {
            ast::Atom::CompareAtom(compare) => {
                let op = compare.compare_op()?;
                Some(AtomKind::Compare {
                    left: self.value(&compare.lhs()?)?,
                    op: self.spanned(op.syntax(), operator(op.kind()?)),
                    right: self.value(&compare.rhs()?)?,
                })
            }
            ast::Atom::NullAtom(null) => {
                null.null_token()?;
                Some(AtomKind::Null { value: self.value(&null.value()?)?, negated: null.is_negated() })
            }
            ast::Atom::ExistsAtom(exists) => {
                let clause = self.clause(&exists.traversal_clause()?.clause()?);
                let readable = !clause.atoms.is_empty();
                readable.then_some(AtomKind::Exists { rel: self.rel(&exists.rel()?)?, clause })
            }
        }
    }

    fn rel(&self, rel: &ast::Rel) -> Option<Rel> {
        let source = rel.rel_source()?;
        let target = rel.target()?;
        let columns =
            |columns: ast::Columns| columns.names().map(|name| self.name(&name)).collect::<Vec<_>>();
        let (source_columns, target_columns) =
            (columns(rel.source_columns()?), columns(rel.target_columns()?));
        if source_columns.is_empty() || source_columns.len() != target_columns.len() {
            return None;
        }
        Some(Rel {
            source: match source.is_wildcard() {
                true => None,
                false => Some(self.name(&source.name()?)),
            },
            source_columns,
            target_schema: target.qualifier().map(|name| self.name(&name)),
            target: self.name(&target.name()?),
            target_columns,
            range: self.range(rel.syntax()),
        })
    }

    fn value(&self, value: &ast::Value) -> Option<Spanned<Value>> {
        if has_error_child(value.syntax()) {
            return None;
        }
        let lowered = match value {
            ast::Value::ColumnValue(column) => Value::Column(self.name(&column.name()?)),
            ast::Value::SessionValue(session) => Value::Session(self.string(&session.key()?)),
            ast::Value::LiteralValue(lit) => Value::Literal(literal(&lit.literal()?)?),
            ast::Value::FunctionValue(call) => {
                let function = call.function()?;
                Value::Function {
                    schema: function.qualifier().map(|name| self.name(&name)),
                    name: self.name(&function.name()?),
                    arguments: call.values().map(|value| self.value(&value)).collect::<Option<_>>()?,
                }
            }
        };
        Some(self.spanned(value.syntax(), lowered))
    }
}

fn has_error_child(node: &SyntaxNode) -> bool {
    node.children_with_tokens().any(|it| it.kind() == SyntaxKind::ERROR)
}

/// Whether what follows was skipped, and may have belonged to it.
fn is_cut_short(node: &SyntaxNode) -> bool {
    let mut following =
        node.siblings_with_tokens(Direction::Next).skip(1).filter(|it| !it.kind().is_trivia());
    following.next().is_some_and(|next| next.kind() == SyntaxKind::ERROR)
}

fn has_error(node: &SyntaxNode) -> bool {
    node.descendants_with_tokens().any(|it| it.kind() == SyntaxKind::ERROR)
}

fn command(kind: CommandKind) -> Command {
    match kind {
        CommandKind::Select => Command::Select,
        CommandKind::Insert => Command::Insert,
        CommandKind::Update => Command::Update,
        CommandKind::Delete => Command::Delete,
    }
}

fn operator(kind: CompareOpKind) -> CompareOp {
    match kind {
        CompareOpKind::Eq => CompareOp::Eq,
        CompareOpKind::Ne => CompareOp::Ne,
        CompareOpKind::Lt => CompareOp::Lt,
        CompareOpKind::Le => CompareOp::Le,
        CompareOpKind::Gt => CompareOp::Gt,
        CompareOpKind::Ge => CompareOp::Ge,
        CompareOpKind::In => CompareOp::In,
        CompareOpKind::NotIn => CompareOp::NotIn,
        CompareOpKind::Like => CompareOp::Like,
        CompareOpKind::NotLike => CompareOp::NotLike,
    }
}

fn literal(node: &ast::Literal) -> Option<Literal> {
    match node {
        ast::Literal::ScalarLiteral(scalar) => Some(match scalar.value()? {
            LiteralKind::String(text) => Literal::String(text),
            LiteralKind::Integer(value) => Literal::Integer(value.ok()?),
            LiteralKind::True => Literal::Boolean(true),
            LiteralKind::False => Literal::Boolean(false),
            LiteralKind::Null => Literal::Null,
        }),
        ast::Literal::ListLiteral(list) => {
            list.literals().map(|element| literal(&element)).collect::<Option<_>>().map(Literal::List)
        }
    }
}

#[cfg(test)]
mod tests;
