//! The tables that selectors and conditions speak of.

use pgpe_catalog::QualifiedName;
use pgpe_policy::source::Selector;
use pgpe_syntax::ast::{self, HasName};
use pgpe_syntax::{AstNode, SyntaxNode};

use super::{Context, markdown};
use crate::queries;

/// The tables that a selector, or a part of one, matches.
pub(super) fn selected(context: &Context<'_>, selector: &ast::Selector) -> Option<String> {
    let catalog = queries::catalog(context.db, context.project).as_deref()?;
    let config = queries::config(context.db, context.project);
    let lowered = lower(selector)?;
    let tables: Vec<QualifiedName> = pgpe_policy::candidates(catalog, config)
        .into_iter()
        .filter(|table| pgpe_policy::selects(&lowered, table, catalog, config))
        .collect();
    Some(match tables.as_slice() {
        [] => "matches no table".to_owned(),
        [table] => format!("matches {}", markdown::code(&table.to_string())),
        tables => format!("matches {} tables: {}", tables.len(), markdown::list(tables)),
    })
}

/// A selector's meaning. Parts of a selector are hovered by themselves, so that the item's lowered form does
/// not do.
fn lower(selector: &ast::Selector) -> Option<Selector> {
    let name = |name: Option<ast::Name>| name.map(|name| spanned(name.syntax(), name.text()));
    Some(match selector {
        ast::Selector::OrSelector(or) => {
            Selector::Or(Box::new(lower(&or.lhs()?)?), Box::new(lower(&or.rhs()?)?))
        }
        ast::Selector::AndSelector(and) => {
            Selector::And(Box::new(lower(&and.lhs()?)?), Box::new(lower(&and.rhs()?)?))
        }
        ast::Selector::NotSelector(not) => Selector::Not(Box::new(lower(&not.selector()?)?)),
        ast::Selector::ParenSelector(paren) => lower(&paren.selector()?)?,
        ast::Selector::AllSelector(_) => Selector::All,
        ast::Selector::HasColumnSelector(has) => Selector::HasColumn {
            column: name(has.column())?,
            ty: has.type_ref().and_then(|ty| Some(spanned(ty.syntax(), ty.name_text()?))),
        },
        ast::Selector::InSchemaSelector(schema) => Selector::InSchema(name(schema.schema())?),
        ast::Selector::NamedSelector(named) => {
            Selector::Named(spanned(named.syntax(), named.pattern_text()?))
        }
        ast::Selector::TaggedSelector(tagged) => {
            Selector::Tagged(spanned(tagged.syntax(), tagged.tag_text()?))
        }
    })
}

fn spanned(node: &SyntaxNode, value: String) -> pgpe_policy::source::Spanned<String> {
    pgpe_policy::source::Spanned { value, range: node.text_range() }
}

/// The tables that the item governs.
pub(super) fn governed(context: &Context<'_>) -> Vec<QualifiedName> {
    queries::selected(context.db, context.project, context.key).clone()
}

/// The tables whose columns are meant at a node: inside `exists` the targets, else those governed.
pub(super) fn in_scope(context: &Context<'_>, node: &SyntaxNode) -> Vec<QualifiedName> {
    let exists = node
        .ancestors()
        .filter_map(ast::TraversalClause::cast)
        .find_map(|clause| clause.syntax().parent().and_then(ast::ExistsAtom::cast));
    match exists.and_then(|exists| exists.rel()) {
        Some(rel) => targets(context, &rel),
        None => governed(context),
    }
}

/// The tables that a traversal leads to: unqualified names may differ by the governed table.
pub(super) fn targets(context: &Context<'_>, rel: &ast::Rel) -> Vec<QualifiedName> {
    let mut found: Vec<QualifiedName> = Vec::new();
    for table in governed(context) {
        if let Some(target) = target(context, rel, &table)
            && !found.contains(&target)
        {
            found.push(target);
        }
    }
    found
}

/// The table that a traversal leads to, for one governed table.
pub(super) fn target(
    context: &Context<'_>,
    rel: &ast::Rel,
    governed: &QualifiedName,
) -> Option<QualifiedName> {
    let catalog = queries::catalog(context.db, context.project).as_deref()?;
    let config = queries::config(context.db, context.project);
    let name = rel.target()?;
    let schema = name.qualifier().map(|schema| schema.text());
    let text = name.name()?.text();
    let found = pgpe_policy::look_up(schema.as_deref(), &text, Some(governed), catalog, config);
    found.map(|(name, _)| name.clone())
}
