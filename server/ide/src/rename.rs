//! Renaming policies and settings wherever the project names them. What belongs to the database is not renamed
//! here: the schema's text is a copy.

mod spelling;

use std::ops::Range;

use pgpe_report::{Edit, Place};
use pgpe_syntax::TextRange;

use crate::analysis::{Analysis, find_file};
use crate::database::{Cancellable, Db, Project, SourceFile};
use crate::definition::{byte_range, targets};
use crate::names::{self, Entity, Form};
use crate::queries;
pub(crate) use spelling::Notation;

/// What can be renamed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamable {
    /// The name without quotes, in byte offsets.
    pub range: Range<u32>,
    /// The name.
    pub name: String,
}

/// Why something can't be renamed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is no name at that place.
    #[error("nothing that has a name stands here")]
    Nothing,
    /// It is not the project's.
    #[error("the {what} {name} belongs to the database: rename it there, then in the schema file and here")]
    OfDatabase {
        /// Table, column, role or function.
        what: &'static str,
        /// What it is called.
        name: String,
    },
    /// No policy of that name is in the project.
    #[error("the project has no policy {0} that could be renamed")]
    NoPolicy(String),
    /// The new name can't be one.
    #[error("{0}")]
    Invalid(String),
    /// Something else has that name.
    #[error("{0}")]
    Clash(String),
    /// A place names it in a way that can't be edited.
    #[error("{0}")]
    NotEditable(String),
}

impl Analysis {
    /// What can be renamed at a place; the reason if nothing can.
    pub fn prepare_rename(&self, path: &str, offset: u32) -> Cancellable<Result<Renamable, RenameError>> {
        self.with(|db, project| {
            let (file, range, entity) = renamed(db, project, path, offset)?;
            let name = entity_name(&entity);
            let text = text_at(db, file, range);
            let inner = Notation::of(db, project, file).content(text, &name);
            let start = u32::from(range.start());
            Ok(Renamable { range: start + inner.start..start + inner.end, name })
        })
    }

    /// The edits that give what is named at a place another name, in the order of files and texts.
    pub fn rename(&self, path: &str, offset: u32, name: &str) -> Cancellable<Result<Vec<Edit>, RenameError>> {
        self.with(|db, project| {
            let (_, _, entity) = renamed(db, project, path, offset)?;
            if entity_name(&entity) == name {
                return Ok(Vec::new());
            }
            match &entity {
                Entity::Policy(_) => check_policy(db, project, name)?,
                Entity::Session(key) => check_session(db, project, key, name)?,
                _ => return Err(RenameError::Nothing),
            }
            check_configuration(db, project, &entity)?;
            Ok(names::files(db, project).flat_map(|file| edits(db, project, file, &entity, name)).collect())
        })
    }
}

fn renamed(
    db: &dyn Db,
    project: Project,
    path: &str,
    offset: u32,
) -> Result<(SourceFile, TextRange, Entity), RenameError> {
    let file = find_file(db, project, path).ok_or(RenameError::Nothing)?;
    let (range, form, entity) = names::at(db, project, file, offset).ok_or(RenameError::Nothing)?;
    let of_database = |what, name: &String| Err(RenameError::OfDatabase { what, name: name.clone() });
    match &entity {
        Entity::Policy(name) if targets(db, project, &entity).is_empty() => match form {
            // A word of a comment.
            Form::Comment | Form::Prose => Err(RenameError::Nothing),
            _ => Err(RenameError::NoPolicy(name.clone())),
        },
        Entity::Policy(_) if form == Form::Prose => Err(RenameError::Nothing),
        Entity::Policy(_) | Entity::Session(_) => Ok((file, range, entity)),
        Entity::Role(name) => of_database("role", name),
        Entity::Column { column, .. } => of_database("column", column),
        Entity::Function { function, .. } => of_database("function", function),
        Entity::Tables(tables) => match tables.first() {
            Some(table) => of_database("table", &table.to_string()),
            None => Err(RenameError::Nothing),
        },
    }
}

fn entity_name(entity: &Entity) -> String {
    match entity {
        Entity::Policy(name) | Entity::Session(name) => name.clone(),
        _ => String::new(),
    }
}

fn text_at(db: &dyn Db, file: SourceFile, range: TextRange) -> &str {
    file.text(db).get(range.start().into()..range.end().into()).unwrap_or_default()
}

fn check_policy(db: &dyn Db, project: Project, name: &str) -> Result<(), RenameError> {
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        let problem = "a policy's name has at least one character, and all of them on one line";
        return Err(RenameError::Invalid(problem.to_owned()));
    }
    match targets(db, project, &Entity::Policy(name.to_owned())).first() {
        Some(other) => Err(RenameError::Clash(format!("{} has a policy {name} already", other.name.file))),
        None => Ok(()),
    }
}

fn check_session(db: &dyn Db, project: Project, key: &str, name: &str) -> Result<(), RenameError> {
    if !is_setting(name) {
        return Err(RenameError::Invalid(format!(
            "{name} can't be a setting: write letters, digits and _ with a dot between, like app.tenant_id"
        )));
    }
    if name.eq_ignore_ascii_case(key) {
        return Ok(());
    }
    let other = Entity::Session(name.to_owned());
    let users = names::files(db, project).find(|file| !names::naming(db, project, *file, &other).is_empty());
    match users {
        Some(file) => Err(RenameError::Clash(format!(
            "{} reads the setting {name} already: both would become one",
            file.path(db)
        ))),
        None => Ok(()),
    }
}

/// Whether PostgreSQL takes it for the name of a setting that is not its own.
pub(crate) fn is_setting(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    name.contains('.') && name.split('.').all(is_part)
}

/// The configuration must not go on naming what has another name then.
fn check_configuration(db: &dyn Db, project: Project, entity: &Entity) -> Result<(), RenameError> {
    let config = queries::config(db, project);
    let configured = match entity {
        Entity::Policy(name) => {
            config.allow.iter().filter(|allow| allow.policy.as_ref() == Some(name)).count()
        }
        Entity::Session(key) => {
            let keys = config.isolation.iter().filter_map(|isolation| names::session_key(&isolation.key));
            keys.filter(|(other, _)| other.eq_ignore_ascii_case(key)).count()
        }
        _ => 0,
    };
    let Some(file) = project.config(db) else {
        return match (configured, entity) {
            (1.., Entity::Session(key)) => Err(default_key(key)),
            _ => Ok(()),
        };
    };
    let named = names::naming(db, project, file, entity).len();
    match entity {
        _ if named >= configured => Ok(()),
        Entity::Session(key) if named == 0 && !file.text(db).contains("isolation") => Err(default_key(key)),
        _ => Err(RenameError::NotEditable(format!(
            "{} names {} in a way that can't be edited: write it there without escapes",
            file.path(db),
            entity_name(entity)
        ))),
    }
}

fn default_key(key: &str) -> RenameError {
    RenameError::NotEditable(format!(
        "{key} says which tenant a session is, since pgpe.yaml says nothing else: write an entry under `isolation` first"
    ))
}

fn edits(db: &dyn Db, project: Project, file: SourceFile, entity: &Entity, name: &str) -> Vec<Edit> {
    let notation = Notation::of(db, project, file);
    let named = names::naming(db, project, file, entity).into_iter();
    named
        .filter(|(_, form)| *form != Form::Prose)
        .filter_map(|(range, form)| {
            let notation = if form == Form::Comment { Notation::Comment } else { notation };
            let (range, text) = notation.replacement(file.text(db), byte_range(range), entity, name)?;
            Some(Edit { place: Place { file: file.path(db).clone(), range }, text })
        })
        .collect()
}

#[cfg(test)]
mod tests;
