//! What can be written at the cursor, by position, also where the text around it is unfinished.
//!
//! In policies the tokens before the cursor tell what the grammar allows ([`expected`]), and the schema, the
//! configuration and the other policies what names there are. In `pgpe.yaml` the lines tell the keys around the
//! cursor, and the JSON Schema what belongs there. Nothing is checked and no item is resolved on the way.

mod columns;
mod comment;
pub(crate) mod config;
mod cursor;
mod documentation;
mod expected;
mod items;
mod mentions;
mod names;
mod scope;
mod templates;
mod traversals;
mod values;
mod words;

use std::ops::Range;

use pgpe_syntax::SyntaxKind;

use crate::analysis::{Analysis, find_file};
use crate::database::{Cancellable, Db, Project};
use crate::queries;
use cursor::{Cursor, Inside};
use expected::{Place, Slot};
use items::Items;
use scope::Scope;

/// How completions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompletionRequest {
    /// The editor takes texts with places to fill in.
    pub snippets: bool,
    /// The character whose typing asks, if one does.
    pub trigger: Option<char>,
}

/// What can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completions {
    /// From the start of the word to the cursor, in byte offsets.
    pub insert: Range<u32>,
    /// The whole word.
    pub replace: Range<u32>,
    /// The best first.
    pub items: Vec<Completion>,
    /// There are more, which further letters bring to light.
    pub is_incomplete: bool,
}

/// One of the things that can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What people read.
    pub label: String,
    /// What it stands for.
    pub kind: CompletionKind,
    /// The name that [`Analysis::completion_documentation`] takes.
    pub name: String,
    /// A few words about it.
    pub detail: Option<String>,
    /// What is written; with `is_snippet` in the notation of snippets, `$1` and `${1:text}`.
    pub text: String,
    /// Whether the text has places to fill in.
    pub is_snippet: bool,
    /// What the word so far is compared with.
    pub filter: String,
    /// Lower ones come first.
    pub rank: u8,
}

/// What a completion stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CompletionKind {
    /// A word of the language.
    Word,
    /// A column.
    Column,
    /// A table.
    Table,
    /// A foreign key, one way or the other.
    Traversal,
    /// A setting of the connection.
    Setting,
    /// A function.
    Function,
    /// A type.
    Type,
    /// A label of an enum type.
    Label,
    /// A role.
    Role,
    /// A tag.
    Tag,
    /// A schema.
    Schema,
    /// A rule's id.
    Rule,
    /// A policy.
    Policy,
    /// A whole policy or grant.
    Template,
    /// A key of the configuration.
    Key,
    /// A value of the configuration.
    Value,
}

impl Analysis {
    /// What can be written at a place in a policy file or the configuration; nothing in other files.
    pub fn completions(
        &self,
        path: &str,
        offset: u32,
        request: CompletionRequest,
    ) -> Cancellable<Completions> {
        self.with(|db, project| {
            let Some(file) = find_file(db, project, path) else { return Completions::default() };
            let (text, offset) = (&**file.text(db), offset as usize);
            if project.config(db) == Some(file) {
                return config::completions(db, project, text, offset, request);
            }
            if project.policies(db).contains(&file) {
                return in_policies(db, project, text, offset, request);
            }
            Completions::default()
        })
    }

    /// More about a completion that was offered at a place, as Markdown.
    pub fn completion_documentation(
        &self,
        path: &str,
        offset: u32,
        kind: CompletionKind,
        name: &str,
    ) -> Cancellable<Option<String>> {
        self.with(|db, project| {
            let file = find_file(db, project, path)?;
            let text = file.text(db);
            documentation::text(db, project, text, offset as usize, kind, name)
        })
    }
}

/// Everything that the providers look at.
struct Context<'a> {
    db: &'a dyn Db,
    project: Project,
    cursor: &'a Cursor<'a>,
    place: &'a Place,
    /// `None` without a schema.
    scope: Option<Scope<'a>>,
}

fn in_policies(
    db: &dyn Db,
    project: Project,
    text: &str,
    offset: usize,
    request: CompletionRequest,
) -> Completions {
    let cursor = Cursor::new(text, offset);
    let mut items = Items::new(&cursor, request.snippets);
    match cursor.inside {
        Inside::BlockComment => {}
        Inside::LineComment { start } => comment::add(db, project, &mut items, start),
        _ if !is_asked_for(&cursor, request.trigger) => {}
        _ => {
            let place = expected::expected(&cursor);
            let context = Context {
                db,
                project,
                cursor: &cursor,
                place: &place,
                scope: scope(db, project, text, &place),
            };
            for slot in &place.slots {
                add(&context, slot, &mut items);
            }
        }
    }
    items.finish()
}

fn scope<'db>(db: &'db dyn Db, project: Project, text: &str, place: &Place) -> Option<Scope<'db>> {
    let catalog = queries::catalog(db, project).as_deref()?;
    Some(Scope::new(text, place, catalog, queries::config(db, project)))
}

/// Blanks are typed for many reasons: they ask only behind what can't be all.
fn is_asked_for(cursor: &Cursor<'_>, trigger: Option<char>) -> bool {
    trigger != Some(' ')
        || cursor.before().is_some_and(|before| {
            let goes_on = before.kind.is_word()
                || matches!(
                    before.kind,
                    SyntaxKind::COMMA | SyntaxKind::EQ | SyntaxKind::NE | SyntaxKind::LT_GT
                );
            goes_on && before.end + 1 == cursor.offset
        })
}

fn add(context: &Context<'_>, slot: &Slot, items: &mut Items<'_>) {
    match slot {
        Slot::Item => templates::add(context, items),
        Slot::Words(all) => items.words(all),
        Slot::Call(word) => items.call(*word, words::ORDINARY),
        Slot::Role => names::roles(context, items),
        Slot::SelectorColumn => columns::of_selector(context, items),
        Slot::ColumnType { column } => names::types(context, column, items),
        Slot::Schema => names::schemas(context, items),
        Slot::Pattern => names::patterns(context, items),
        Slot::Tag => names::tags(context, items),
        Slot::Condition => {
            values::add(context, items);
            traversals::conditions(context, items);
        }
        Slot::Operator => words::operators(items),
        Slot::Value => values::add(context, items),
        Slot::Column => columns::of_scope(context, items, columns::Form::Name),
        Slot::Setting => values::settings(context, items),
        Slot::Literal { in_list } => values::literals(context, *in_list, items),
        Slot::Function { schema } => values::functions(context, schema.as_deref(), items),
        Slot::Rel => traversals::relations(context, items),
        Slot::Source => traversals::sources(context, items),
        Slot::SourceColumn { in_list } => traversals::source_columns(context, *in_list, items),
        Slot::Target { schema } => traversals::targets(context, schema.as_deref(), items),
        Slot::TargetColumn { in_list } => traversals::target_columns(context, *in_list, items),
    }
}

#[cfg(test)]
mod tests;
