//! How names are written where they stand: as they were before, as far as the new one can be.

use std::ops::Range;

use pgpe_syntax::ast::quote_string;
use pgpe_syntax::{SyntaxKind, tokenize};

use crate::database::{Db, Project, SourceFile};
use crate::names::Entity;

/// In what a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// The policy language.
    Policies,
    /// `pgpe.yaml`.
    Yaml,
    /// A comment.
    Comment,
}

impl Notation {
    /// That of a file.
    pub(crate) fn of(db: &dyn Db, project: Project, file: SourceFile) -> Notation {
        if project.config(db) == Some(file) { Notation::Yaml } else { Notation::Policies }
    }

    /// The part of a written name that can be overwritten: without quotes, if there is nothing but quotes.
    pub(super) fn content(self, written: &str, name: &str) -> Range<u32> {
        let length = written.len() as u32;
        let is_quoted = written.len() == name.len() + 2 && written.get(1..written.len() - 1) == Some(name);
        if is_quoted { 1..length - 1 } else { 0..length }
    }

    /// What is to stand in place of the name at a range of a text.
    pub(crate) fn replacement(
        self,
        text: &str,
        range: Range<u32>,
        entity: &Entity,
        name: &str,
    ) -> Option<(Range<u32>, String)> {
        let written = text.get(range.start as usize..range.end as usize)?;
        let new = match self {
            Notation::Comment => name.to_owned(),
            Notation::Policies => {
                let is_bare = !written.starts_with(['\'', '"']) && is_identifier(name);
                if is_bare { name.to_owned() } else { quote_string(name) }
            }
            // The key stands inside a value of the policy language and has no special characters.
            Notation::Yaml if matches!(entity, Entity::Session(_)) => name.to_owned(),
            Notation::Yaml => match text.get(..range.start as usize)?.chars().next_back() {
                Some('\'') => name.replace('\'', "''"),
                Some('"') => name.replace('\\', "\\\\").replace('"', "\\\""),
                _ if is_plain_scalar(name) => name.to_owned(),
                _ => quote_string(name),
            },
        };
        Some((range, new))
    }
}

/// Whether a name needs no quotes in the policy language.
fn is_identifier(name: &str) -> bool {
    matches!(tokenize(name).0.as_slice(), [token] if token.kind == SyntaxKind::IDENT)
}

/// Whether YAML reads a name without quotes as that text, surely.
fn is_plain_scalar(name: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !words.contains(&name.to_ascii_lowercase().as_str())
}
