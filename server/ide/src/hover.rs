//! What is known of the place under the cursor, as Markdown.
//!
//! A finding's counterexample comes first, then what the word there means on the tables that it concerns.

mod condition;
mod configuration;
pub(crate) mod keywords;
mod policy;
pub(crate) mod relation;
mod schema;
mod tables;
pub(crate) mod values;

use std::ops::Range;

use pgpe_proof::obligation::{Obligation, Outcome};
use pgpe_syntax::ast::{self, Item};
use pgpe_syntax::{AstNode, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize, TokenAtOffset};

use crate::analysis::{Analysis, find_file};
use crate::database::{Cancellable, Db, Project, SourceFile};
use crate::item_context::ItemContext as Context;
use crate::ledger::Ledger;
use crate::markdown;
use crate::queries::{self, ItemKey};

/// What is shown at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// What it is about, in byte offsets.
    pub range: Range<u32>,
    /// The text.
    pub markdown: String,
}

/// What is proved of tables so far.
#[derive(Clone, Copy)]
struct Verdicts<'l> {
    ledger: &'l Ledger,
    /// More may follow.
    pending: bool,
}

impl Analysis {
    /// What is known of a place in a policy file, the schema or the configuration. `outcome` is as in [`Analysis::check`].
    pub fn hover(
        &self,
        path: &str,
        offset: u32,
        outcome: &(dyn Fn(&Obligation) -> Option<Outcome> + Sync),
    ) -> Cancellable<Option<Hover>> {
        self.with_ledger(outcome, |db, project, ledger| {
            let found = ledger.found(db, project);
            let counterexamples = markdown::counterexamples(&found.findings, path, offset);
            let verdicts = Verdicts { ledger, pending: !found.open.is_empty() };
            let (range, about) = match about(db, project, path, verdicts, offset) {
                Some((range, about)) => (range, Some(about)),
                None => (offset..offset, None),
            };
            let parts: Vec<String> = counterexamples.into_iter().chain(about).collect();
            (!parts.is_empty()).then(|| Hover { range, markdown: parts.join("\n\n---\n\n") })
        })
    }
}

/// What the word at a place means, in whichever file it is.
fn about(
    db: &dyn Db,
    project: Project,
    path: &str,
    verdicts: Verdicts<'_>,
    offset: u32,
) -> Option<(Range<u32>, String)> {
    let file = find_file(db, project, path)?;
    if project.schema(db) == Some(file) {
        return schema::at(db, project, verdicts, offset);
    }
    if project.config(db) == Some(file) {
        return configuration::at(file.text(db), offset);
    }
    let (range, about) = word(db, project, file, verdicts, TextSize::new(offset))?;
    Some((range.start().into()..range.end().into(), about))
}

fn word(
    db: &dyn Db,
    project: Project,
    file: SourceFile,
    verdicts: Verdicts<'_>,
    offset: TextSize,
) -> Option<(TextRange, String)> {
    let tree = queries::parsed(db, file).tree();
    if offset > tree.syntax().text_range().end() {
        return None;
    }
    let token = best_token(tree.syntax().token_at_offset(offset))?;
    let item = token.parent_ancestors().find_map(Item::cast)?;
    let index = tree.items().position(|other| other == item)?;
    let key = ItemKey::new(db, file, index);
    let context = Context { db, project, key, start: item.syntax().text_range().start(), offset };
    let about = token
        .parent_ancestors()
        .take_while(|node| node.kind() != SyntaxKind::POLICY_SET)
        .find_map(|node| Some((node.clone(), node_text(&context, &node, &token, verdicts)?)));
    let Some((node, about)) = about else { return Some((token.text_range(), keywords::text(&token)?)) };
    // The whole of a policy is no useful range for its name.
    let range = if node.kind() == SyntaxKind::POLICY { token.text_range() } else { node.text_range() };
    let keyword = keywords::line(&token).map(|line| format!("\n\n{line}"));
    Some((range, format!("{about}{}", keyword.unwrap_or_default())))
}

/// Between two tokens, the one that means something.
fn best_token(tokens: TokenAtOffset<SyntaxToken>) -> Option<SyntaxToken> {
    let rank = |token: &SyntaxToken| match token.kind() {
        kind if kind.is_trivia() => 0,
        SyntaxKind::IDENT | SyntaxKind::STRING | SyntaxKind::INTEGER => 3,
        _ if token.text().starts_with(|first: char| first.is_alphabetic()) => 2,
        _ => 1,
    };
    tokens.filter(|token| !token.kind().is_trivia()).max_by_key(rank)
}

/// What a node means; `None` goes on to the one around it.
fn node_text(
    context: &Context<'_>,
    node: &SyntaxNode,
    token: &SyntaxToken,
    verdicts: Verdicts<'_>,
) -> Option<String> {
    match node.kind() {
        SyntaxKind::COLUMN_VALUE => values::column(context, &ast::ColumnValue::cast(node.clone())?),
        SyntaxKind::SESSION_VALUE => values::session(context, &ast::SessionValue::cast(node.clone())?),
        SyntaxKind::LITERAL_VALUE => values::literal(context, node),
        SyntaxKind::FUNCTION_VALUE => values::function(context, &ast::FunctionValue::cast(node.clone())?),
        SyntaxKind::REL => relation::text(context, &ast::Rel::cast(node.clone())?),
        SyntaxKind::SELECTOR_CLAUSE => {
            tables::selected(context, &ast::SelectorClause::cast(node.clone())?.selector()?)
        }
        kind if ast::Selector::can_cast(kind) => {
            tables::selected(context, &ast::Selector::cast(node.clone())?)
        }
        SyntaxKind::POLICY => {
            let policy = ast::Policy::cast(node.clone())?;
            let on_name = policy.name().is_some_and(|name| name.syntax().text_range() == token_parent(token));
            let on_keyword = token.kind() == SyntaxKind::POLICY_KW;
            (on_name || on_keyword).then(|| policy::text(context, verdicts)).flatten()
        }
        _ => None,
    }
}

fn token_parent(token: &SyntaxToken) -> TextRange {
    token.parent().map_or_else(|| token.text_range(), |parent| parent.text_range())
}

#[cfg(test)]
mod tests;
