//! A policy or grant as it stands in its file, and the tables that its parts speak of.

use std::borrow::Cow;

use pgpe_catalog::QualifiedName;
use pgpe_policy::source::{Selector, Spanned};
use pgpe_syntax::ast::{self, HasName};
use pgpe_syntax::{AstNode, SyntaxNode, TextSize};

use crate::database::{Db, Project};
use crate::queries::{self, ItemKey};

/// An item, and a place in it.
pub(crate) struct ItemContext<'db> {
    pub(crate) db: &'db dyn Db,
    pub(crate) project: Project,
    pub(crate) key: ItemKey<'db>,
    /// Where the item begins.
    pub(crate) start: TextSize,
    /// A place in its file.
    pub(crate) offset: TextSize,
}

impl<'db> ItemContext<'db> {
    /// The place, counted from the item's start.
    pub(crate) fn relative_offset(&self) -> TextSize {
        self.offset.checked_sub(self.start).unwrap_or_default()
    }

    /// The tables that the item governs.
    pub(crate) fn governed(&self) -> &'db [QualifiedName] {
        queries::selected(self.db, self.project, self.key)
    }

    /// The tables whose columns are meant at a node: inside `exists` the targets, else those governed.
    pub(crate) fn in_scope(&self, node: &SyntaxNode) -> Cow<'db, [QualifiedName]> {
        let exists = node
            .ancestors()
            .filter_map(ast::TraversalClause::cast)
            .find_map(|clause| clause.syntax().parent().and_then(ast::ExistsAtom::cast));
        match exists.and_then(|exists| exists.rel()) {
            Some(rel) => Cow::Owned(self.targets(&rel)),
            None => Cow::Borrowed(self.governed()),
        }
    }

    /// The tables from which a traversal starts: those whose columns are meant around it.
    pub(crate) fn sources(&self, rel: &ast::Rel) -> Cow<'db, [QualifiedName]> {
        match rel.syntax().parent() {
            Some(around) => self.in_scope(&around),
            None => Cow::Borrowed(&[]),
        }
    }

    /// The tables that a traversal leads to: unqualified names may differ by the governed table.
    pub(crate) fn targets(&self, rel: &ast::Rel) -> Vec<QualifiedName> {
        let mut found: Vec<QualifiedName> = Vec::new();
        for table in self.governed() {
            if let Some(target) = self.target(rel, table)
                && !found.contains(target)
            {
                found.push(target.clone());
            }
        }
        found
    }

    /// The table that a traversal leads to, for one governed table.
    pub(crate) fn target(&self, rel: &ast::Rel, governed: &QualifiedName) -> Option<&'db QualifiedName> {
        let catalog = queries::catalog(self.db, self.project).as_deref()?;
        let config = queries::config(self.db, self.project);
        let name = rel.target()?;
        let schema = name.qualifier().map(|schema| schema.text());
        let text = name.name()?.text();
        let found = pgpe_policy::look_up(schema.as_deref(), &text, Some(governed), catalog, config);
        found.map(|(name, _)| name)
    }

    /// The tables that a selector, or a part of one, matches; `None` if it can't be read.
    pub(crate) fn matched(&self, selector: &ast::Selector) -> Option<Vec<QualifiedName>> {
        let catalog = queries::catalog(self.db, self.project).as_deref()?;
        let config = queries::config(self.db, self.project);
        let lowered = lower(selector)?;
        let mut tables = queries::candidates(self.db, self.project).tables().to_vec();
        tables.retain(|table| pgpe_policy::selects(&lowered, table, catalog, config));
        Some(tables)
    }
}

/// A selector's meaning. Parts of a selector are looked at by themselves, so that the item's lowered form does
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

fn spanned(node: &SyntaxNode, value: String) -> Spanned<String> {
    Spanned { value, range: node.text_range() }
}
