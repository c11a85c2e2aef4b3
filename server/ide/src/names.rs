//! The names that texts of the project mention, and what they stand for: the ground of definition, references,
//! highlights and rename.

mod configuration;
mod meaning;
mod policies;
mod schema;

use pgpe_syntax::TextRange;

use crate::database::{Db, Project, SourceFile};

pub(crate) use configuration::session_key;
pub(crate) use meaning::{Entity, entity};

/// A name in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Where it stands: with its quotes in policy files, without them in `pgpe.yaml`.
    pub(crate) range: TextRange,
    /// What is named.
    pub(crate) name: Name,
    /// How it is written.
    pub(crate) form: Form,
}

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Where what it names is defined.
    Definition,
    /// In the policy language or `pgpe.yaml`.
    Use,
    /// In a comment, set off from prose by its spelling.
    Comment,
    /// In a comment, as a word that prose may have too.
    Prose,
}

/// What a text names, before it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// A policy.
    Policy(String),
    /// A setting of the session.
    Session(String),
    /// A role.
    Role(String),
    /// A column of the tables in scope.
    Column { column: String, scope: Scope },
    /// A table; without a schema it may depend on the governed one.
    Table { schema: Option<String>, table: String, item: usize },
    /// The tables that a pattern of a selector matches.
    Pattern(String),
    /// A table as `pgpe.yaml` writes it: `table` or `schema.table`.
    Configured(String),
    /// A function.
    Function { schema: Option<String>, function: String },
}

/// The tables whose columns are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those that the item of that index governs.
    Governed(usize),
    /// Those that a selector asks about.
    Selecting(usize),
    /// Those that a traversal leads to.
    Target { schema: Option<String>, table: String, item: usize },
}

/// The names in a policy file or the configuration, in the order of the text.
pub(crate) fn mentions(db: &dyn Db, project: Project, file: SourceFile) -> &[Mention] {
    if project.config(db) == Some(file) {
        configuration::mentions(db, file)
    } else if project.schema(db) == Some(file) {
        &[]
    } else {
        policies::mentions(db, file)
    }
}

/// The name at an offset, and what it stands for.
pub(crate) fn at(
    db: &dyn Db,
    project: Project,
    file: SourceFile,
    offset: u32,
) -> Option<(TextRange, Form, Entity)> {
    if project.schema(db) == Some(file) {
        let (range, entity) = schema::at(db, project, offset)?;
        return Some((range, Form::Definition, entity));
    }
    let here = mentions(db, project, file).iter().filter(|it| it.range.contains_inclusive(offset.into()));
    // Of two that meet, the one that begins here is meant.
    let mention = here.max_by_key(|it| it.range.start())?;
    Some((mention.range, mention.form, entity(db, project, file, &mention.name)))
}

/// The places in a file that name something, each with how it is written.
pub(crate) fn naming(
    db: &dyn Db,
    project: Project,
    file: SourceFile,
    wanted: &Entity,
) -> Vec<(TextRange, Form)> {
    if project.schema(db) == Some(file) {
        let places = schema::places(db, project, wanted);
        return places.into_iter().map(|range| (range, Form::Definition)).collect();
    }
    let named = mentions(db, project, file)
        .iter()
        .filter(|it| wanted.may_be(&it.name) && entity(db, project, file, &it.name).is(wanted));
    named.map(|it| (it.range, it.form)).collect()
}

/// All files that name things, in a fixed order.
pub(crate) fn files(db: &dyn Db, project: Project) -> impl Iterator<Item = SourceFile> {
    let others = [project.schema(db), project.config(db)].into_iter().flatten();
    project.policies(db).iter().copied().chain(others)
}
