//! Names in policy files.

use pgpe_syntax::ast::{self, HasName};
use pgpe_syntax::{AstNode, Suppression, SyntaxKind, SyntaxNode, TextRange, TextSize};

use super::{Form, Mention, Name, Scope};
use crate::database::{Db, SourceFile};
use crate::findings::suppressions::suppressions;
use crate::queries;

#[salsa::tracked(returns(ref))]
pub(super) fn mentions(db: &dyn Db, file: SourceFile) -> Vec<Mention> {
    let mut found = Vec::new();
    for (index, item) in queries::parsed(db, file).tree().items().enumerate() {
        for node in item.syntax().descendants() {
            add(&mut found, index, node);
        }
    }
    for suppression in suppressions(db, file) {
        words(&mut found, file.text(db), suppression);
    }
    found.sort_by_key(|mention| mention.range.start());
    found
}

fn add(found: &mut Vec<Mention>, item: usize, node: SyntaxNode) {
    let mut push = |range: TextRange, name: Name, form: Form| found.push(Mention { range, name, form });
    let mut push_name = |name: Option<ast::Name>, form: Form, make: &dyn Fn(String) -> Name| {
        if let Some(name) = name.filter(|name| !name.text().is_empty()) {
            push(name.syntax().text_range(), make(name.text()), form);
        }
    };
    match node.kind() {
        SyntaxKind::POLICY => {
            let name = ast::Policy::cast(node).and_then(|policy| policy.name());
            push_name(name, Form::Definition, &Name::Policy);
        }
        SyntaxKind::ROLE_LIST => {
            // Privileges are what a project says of a role itself.
            let is_grant = node.parent().is_some_and(|parent| parent.kind() == SyntaxKind::GRANT);
            let form = if is_grant { Form::Definition } else { Form::Use };
            let roles = ast::RoleList::cast(node);
            roles
                .iter()
                .flat_map(ast::RoleList::names)
                .for_each(|role| push_name(Some(role), form, &Name::Role));
        }
        SyntaxKind::HAS_COLUMN_SELECTOR => {
            let name = ast::HasColumnSelector::cast(node).and_then(|has| has.column());
            let scope = Scope::Selecting(item);
            push_name(name, Form::Use, &|column| Name::Column { column, scope: scope.clone() });
        }
        SyntaxKind::COLUMN_VALUE => {
            let scope = scope(item, &node);
            let name = ast::ColumnValue::cast(node).and_then(|column| column.name_node());
            push_name(name, Form::Use, &|column| Name::Column { column, scope: scope.clone() });
        }
        SyntaxKind::REL => {
            let scopes = (scope(item, &node), ast::Rel::cast(node));
            let (outer, Some(rel)) = scopes else { return };
            let inner = target_scope(item, &rel).unwrap_or(Scope::Governed(item));
            for (columns, scope) in [(rel.source_columns(), outer), (rel.target_columns(), inner)] {
                for name in columns.iter().flat_map(ast::Columns::names) {
                    push_name(Some(name), Form::Use, &|column| Name::Column { column, scope: scope.clone() });
                }
            }
            let source = rel.rel_source().and_then(|source| source.name_node());
            push_name(source, Form::Use, &|table| Name::Table { schema: None, table, item });
            if let Some((range, schema, table)) = rel.target().and_then(|target| qualified(&target)) {
                push(range, Name::Table { schema, table, item }, Form::Use);
            }
        }
        SyntaxKind::FUNCTION_VALUE => {
            let function = ast::FunctionValue::cast(node).and_then(|call| call.function());
            if let Some((range, schema, function)) = function.and_then(|name| qualified(&name)) {
                push(range, Name::Function { schema, function }, Form::Use);
            }
        }
        SyntaxKind::SESSION_VALUE => {
            let Some(session) = ast::SessionValue::cast(node) else { return };
            if let (Some(key), Some(token)) = (session.key_text(), session.key()) {
                push(token.text_range(), Name::Session(key), Form::Use);
            }
        }
        SyntaxKind::NAMED_SELECTOR => {
            let Some(named) = ast::NamedSelector::cast(node) else { return };
            if let (Some(pattern), Some(token)) = (named.pattern_text(), named.pattern()) {
                push(token.text_range(), Name::Pattern(pattern), Form::Use);
            }
        }
        _ => {}
    }
}

fn qualified(name: &ast::QualifiedName) -> Option<(TextRange, Option<String>, String)> {
    let schema = name.qualifier().map(|schema| schema.text());
    let text = name.name()?.text();
    (!text.is_empty()).then(|| (name.syntax().text_range(), schema, text))
}

/// Whose columns a node means: those of the traversal around it, if there is one.
fn scope(item: usize, node: &SyntaxNode) -> Scope {
    let exists = node
        .ancestors()
        .filter_map(ast::TraversalClause::cast)
        .find_map(|clause| clause.syntax().parent().and_then(ast::ExistsAtom::cast));
    let target = exists.and_then(|exists| target_scope(item, &exists.rel()?));
    target.unwrap_or(Scope::Governed(item))
}

fn target_scope(item: usize, rel: &ast::Rel) -> Option<Scope> {
    let (_, schema, table) = qualified(&rel.target()?)?;
    Some(Scope::Target { schema, table, item })
}

/// The words of a suppression's reason: any of them may be a policy's name.
fn words(found: &mut Vec<Mention>, text: &str, suppression: &Suppression) {
    let (start, end) = (usize::from(suppression.rule_range.end()), usize::from(suppression.range.end()));
    let Some(reason) = text.get(start..end) else { return };
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '$';
    for (at, word) in reason.split(|c| !is_part(c)).map(|word| (offset_in(reason, word), word)) {
        if word.is_empty() {
            continue;
        }
        let quoted = reason.get(..at).is_some_and(|before| before.ends_with(['`', '"', '\'']));
        let is_prose = !quoted && word.chars().all(char::is_alphabetic);
        let range = TextRange::at(TextSize::new((start + at) as u32), TextSize::of(word));
        let form = if is_prose { Form::Prose } else { Form::Comment };
        found.push(Mention { range, name: Name::Policy(word.to_owned()), form });
    }
}

/// Where a part of a text begins in it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}
