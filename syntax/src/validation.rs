//! Checks of form that the grammar leaves open: what is written may stand there,
//! but not like this.

use rowan::ast::AstNode;

use crate::{
    SyntaxKind, SyntaxNode,
    ast::{self, LiteralKind},
    error::{SyntaxError, SyntaxFix},
};

/// Adds what is wrong with a tree to the parser's errors.
pub(crate) fn validate(root: &SyntaxNode, errors: &mut Vec<SyntaxError>) {
    for node in root.descendants() {
        match node.kind() {
            SyntaxKind::NAME => ast::Name::cast(node).into_iter().for_each(|it| name(&it, errors)),
            SyntaxKind::SCALAR_LITERAL => {
                ast::ScalarLiteral::cast(node).into_iter().for_each(|it| scalar(&it, errors));
            }
            SyntaxKind::LIST_LITERAL => {
                ast::ListLiteral::cast(node).into_iter().for_each(|it| list(&it, errors));
            }
            SyntaxKind::COMPARE_ATOM => {
                ast::CompareAtom::cast(node).into_iter().for_each(|it| comparison(&it, errors));
            }
            SyntaxKind::LITERAL_VALUE => {
                ast::LiteralValue::cast(node).into_iter().for_each(|it| list_place(&it, errors));
            }
            SyntaxKind::REL => ast::Rel::cast(node).into_iter().for_each(|it| rel(&it, errors)),
            SyntaxKind::SESSION_VALUE => {
                ast::SessionValue::cast(node).into_iter().for_each(|it| session(&it, errors));
            }
            SyntaxKind::NAMED_SELECTOR => {
                let token = ast::NamedSelector::cast(node).and_then(|it| it.pattern());
                empty_string(token, "the pattern", errors);
            }
            SyntaxKind::TAGGED_SELECTOR => {
                let token = ast::TaggedSelector::cast(node).and_then(|it| it.tag());
                empty_string(token, "the tag", errors);
            }
            _ => {}
        }
    }
}

fn name(name: &ast::Name, errors: &mut Vec<SyntaxError>) {
    let Some(token) = name.token() else { return };
    if token.kind() == SyntaxKind::UNDERSCORE {
        let message = "expected a name; `_` stands for the governed table, and only as the start of a `rel`";
        errors.push(SyntaxError::new(message, token.text_range()));
    } else if name.text().is_empty() {
        errors.push(SyntaxError::new("expected a name, found an empty string", token.text_range()));
    }
    null_character(&token, errors);
}

/// PostgreSQL's texts and names cannot hold it, so no SQL could say what is written.
fn null_character(token: &crate::SyntaxToken, errors: &mut Vec<SyntaxError>) {
    if token.kind() == SyntaxKind::STRING && token.text().contains('\0') {
        let message = "expected text without the null character, which PostgreSQL cannot store";
        errors.push(SyntaxError::new(message, token.text_range()));
    }
}

fn scalar(literal: &ast::ScalarLiteral, errors: &mut Vec<SyntaxError>) {
    let Some(token) = literal.token() else { return };
    if let Some(LiteralKind::Integer(Err(_))) = literal.value() {
        let message = format!("expected an integer from {} to {}", i64::MIN, i64::MAX);
        errors.push(SyntaxError::new(message, token.text_range()));
    }
    null_character(&token, errors);
}

fn list(list: &ast::ListLiteral, errors: &mut Vec<SyntaxError>) {
    let range = list.syntax().text_range();
    let mut elements = list.literals().peekable();
    let has_errors = list.syntax().children().any(|it| it.kind() == SyntaxKind::ERROR);
    if elements.peek().is_none() && !has_errors {
        errors.push(SyntaxError::new("expected at least one literal in the list", range));
    }
    // One error for a whole nest of lists.
    let nested = list.syntax().parent().is_some_and(|it| it.kind() == SyntaxKind::LIST_LITERAL);
    for element in elements.filter(|_| !nested) {
        if let ast::Literal::ListLiteral(inner) = element {
            let range = inner.syntax().text_range();
            errors.push(SyntaxError::new(
                "expected a string, an integer, `true`, `false` or `null`; lists do not nest",
                range,
            ));
        }
    }
}

fn list_of(value: &ast::Value) -> Option<ast::ListLiteral> {
    let ast::Value::LiteralValue(value) = value else { return None };
    match value.literal()? {
        ast::Literal::ListLiteral(list) => Some(list),
        ast::Literal::ScalarLiteral(_) => None,
    }
}

fn comparison(atom: &ast::CompareAtom, errors: &mut Vec<SyntaxError>) {
    let Some(operator) = atom.compare_op().and_then(|it| it.kind()) else { return };
    let Some(right) = atom.rhs().filter(|it| operator.takes_list() && list_of(it).is_none()) else { return };
    let message = format!("expected a list after `{}`, written `lit([…])`", operator.as_str());
    let mut error = SyntaxError::new(message, right.syntax().text_range());
    if let ast::Value::LiteralValue(scalar) = &right
        && let Some(scalar) = scalar.literal()
    {
        error = error.with_fix(SyntaxFix::wrap("Make it a list", scalar.syntax().text_range(), "[", "]"));
    }
    errors.push(error);
}

/// A list may stand to the right of IN and NOT IN only.
fn list_place(value: &ast::LiteralValue, errors: &mut Vec<SyntaxError>) {
    let Some(ast::Literal::ListLiteral(list)) = value.literal() else { return };
    let atom = value.syntax().parent().and_then(ast::CompareAtom::cast);
    let operator = atom.as_ref().and_then(|it| it.compare_op());
    let message = match operator.and_then(|it| it.kind()) {
        Some(operator) if !operator.takes_list() => {
            format!("expected a single value beside `{}`; a list goes with `IN`", operator.as_str())
        }
        // To the right, that is; without an operator there is another error.
        Some(_) if atom.and_then(|it| it.rhs()).is_some_and(|it| it.syntax() == value.syntax()) => return,
        None if value.syntax().parent().is_some_and(|it| it.kind() == SyntaxKind::COMPARE_ATOM) => return,
        _ => "expected a single value here; a list stands to the right of `IN`".to_owned(),
    };
    errors.push(SyntaxError::new(message, list.syntax().text_range()));
}

fn rel(rel: &ast::Rel, errors: &mut Vec<SyntaxError>) {
    let (Some(source), Some(target)) = (rel.source_columns(), rel.target_columns()) else { return };
    let (here, there) = (source.names().count(), target.names().count());
    // A side without any name has an error of its own.
    if here > 0 && there > 0 && here != there {
        let message = format!("expected as many columns on both sides, found {here} and {there}");
        errors.push(SyntaxError::new(message, target.syntax().text_range()));
    }
}

fn session(value: &ast::SessionValue, errors: &mut Vec<SyntaxError>) {
    empty_string(value.key(), "the setting's name", errors);
}

fn empty_string(token: Option<crate::SyntaxToken>, what: &str, errors: &mut Vec<SyntaxError>) {
    let Some(token) = token else { return };
    if ast::unquote_string(token.text()).is_empty() {
        errors.push(SyntaxError::new(format!("expected {what}, found an empty string"), token.text_range()));
    }
    null_character(&token, errors);
}
