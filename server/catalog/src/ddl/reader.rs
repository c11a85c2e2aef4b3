//! The reader: the schema as far as it is read, name resolution, and notes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::SchemaRead;
use super::names::{Spelled, range_of};
use super::schemas::{PUBLIC, SchemaDetails};
use super::split::{Piece, first_line, offset, split};
use super::state::{Details, DomainDetails, Index, RoleDetails};
use super::statement::{Parsed, parsed};
use crate::type_name::{Modifiers, TypeName};
use crate::{Catalog, ClosedSchema, ColumnType, QualifiedName, Relation, SkippedStatement, SourceMap};

/// So many statements are parsed on all processors before they are applied one after another: more would have all of a
/// large schema in memory as trees, of fewer the threads would not be worth it.
const AT_A_TIME: usize = 256;

/// Reads all of the text.
pub(super) fn read(text: &str) -> SchemaRead {
    let mut reader = Reader::new(text);
    let pieces = split(text);
    let undone = super::statement::rolled_back(&pieces);
    let wanted: Vec<&Piece> =
        pieces.iter().zip(undone).filter(|(_, undone)| !undone).map(|(piece, _)| piece).collect();
    for pieces in wanted.chunks(AT_A_TIME) {
        let parse = |piece: &&Piece| match piece {
            Piece::Statement(statement) => parsed(statement, text),
            Piece::Command(_) => Parsed::No,
        };
        let parsed: Vec<Parsed> = match pieces.len() < AT_A_TIME {
            true => pieces.iter().map(parse).collect(),
            false => pieces.par_iter().map(parse).collect(),
        };
        for (piece, parsed) in pieces.iter().zip(parsed) {
            match piece {
                Piece::Statement(statement) => reader.statement(statement, parsed),
                Piece::Command(range) => reader.command(range.clone()),
            }
        }
    }
    reader.finish()
}

/// The schema as far as it is read.
pub(super) struct Reader<'t> {
    pub(super) source: &'t str,
    /// Where the current statement stands.
    pub(super) current: Range<usize>,
    pub(super) catalog: Catalog,
    pub(super) sources: SourceMap,
    skipped: Vec<SkippedStatement>,
    pub(super) search_path: Vec<String>,
    /// What `SET LOCAL search_path` will be undone to.
    pub(super) session_path: Option<Vec<String>>,
    /// The role set by SET ROLE, which owns what is created.
    pub(super) role: Option<String>,
    pub(super) details: BTreeMap<QualifiedName, Details>,
    pub(super) indexes: BTreeMap<QualifiedName, Index>,
    pub(super) domains: BTreeMap<QualifiedName, DomainDetails>,
    pub(super) roles: BTreeMap<String, RoleDetails>,
    pub(super) schemas: BTreeMap<String, SchemaDetails>,
    /// Collations that are known to be deterministic.
    pub(super) collations: BTreeSet<QualifiedName>,
    /// How many foreign keys and other constraints without index have a name, for default names.
    pub(super) constraint_names: BTreeMap<QualifiedName, usize>,
    /// Schemas that were dropped or renamed: they are no places to create things in.
    pub(super) absent_schemas: BTreeSet<String>,
    /// Temporary tables, which are not part of the schema.
    pub(super) temporary: BTreeSet<String>,
    /// Relations that are known to be missing here; one note for each is enough.
    missing: BTreeSet<QualifiedName>,
    /// Tables whose foreign keys are not enforced: their internal triggers are disabled.
    pub(super) unenforced: BTreeSet<QualifiedName>,
}

impl<'t> Reader<'t> {
    fn new(source: &'t str) -> Reader<'t> {
        Reader {
            source,
            current: 0..0,
            catalog: Catalog::default(),
            sources: SourceMap::default(),
            skipped: Vec::new(),
            search_path: vec!["public".to_owned()],
            session_path: None,
            role: None,
            details: BTreeMap::new(),
            indexes: BTreeMap::new(),
            domains: BTreeMap::new(),
            roles: BTreeMap::new(),
            collations: BTreeSet::new(),
            constraint_names: BTreeMap::new(),
            absent_schemas: BTreeSet::new(),
            schemas: BTreeMap::from([("public".to_owned(), SchemaDetails::open())]),
            temporary: BTreeSet::new(),
            missing: BTreeSet::new(),
            unenforced: BTreeSet::new(),
        }
    }

    /// Notes that something of the current statement was not understood.
    pub(super) fn note(&mut self, reason: impl Into<String>) {
        let range = first_line(self.source, self.current.clone());
        self.note_at(range, reason);
    }

    /// Notes that something was not understood.
    pub(super) fn note_at(&mut self, range: Range<u32>, reason: impl Into<String>) {
        let doubtful = self.may_change_access();
        self.skipped.push(SkippedStatement { range, reason: reason.into(), doubtful });
    }

    /// Notes something after which nothing is certain any more.
    pub(super) fn note_doubt(&mut self, reason: impl Into<String>) {
        let range = first_line(self.source, self.current.clone());
        self.skipped.push(SkippedStatement { range, reason: reason.into(), doubtful: true });
    }

    /// Whether the words of the current statement, those in quoted bodies included, may stand for a change of
    /// policies, columns or constraints.
    fn may_change_access(&self) -> bool {
        const CHANGES: &[&str] = &["alter", "attach", "call", "drop", "execute", "inherit", "policy"];
        let text = self.source.get(self.current.clone()).unwrap_or_default().to_ascii_lowercase();
        let mut words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
        words.any(|word| CHANGES.contains(&word))
    }

    /// A range of the current statement as a range of the file.
    pub(super) fn in_file(&self, range: &Range<usize>) -> Range<u32> {
        offset(self.current.start + range.start)..offset(self.current.start + range.end)
    }

    /// The original text of a node.
    pub(super) fn text_of(&self, node: &SyntaxNode) -> &'t str {
        self.text_in(range_of(node))
    }

    /// The original text of a range of the current statement.
    pub(super) fn text_in(&self, range: Range<usize>) -> &'t str {
        let start = self.current.start;
        self.source.get(start + range.start..start + range.end).unwrap_or_default()
    }

    /// The schema in which unqualified names are created.
    pub(super) fn creation_schema(&self) -> &str {
        let exists = |schema: &&String| !self.absent_schemas.contains(*schema);
        self.search_path.iter().find(exists).map_or("public", String::as_str)
    }

    /// The name of something that is being created.
    pub(super) fn created(&self, spelled: &Spelled) -> QualifiedName {
        let schema = spelled.schema.as_deref().unwrap_or(self.creation_schema());
        QualifiedName::new(schema, spelled.name.clone())
    }

    /// The first of the names that `spelled` may stand for which `exists`.
    pub(super) fn resolve(
        &self,
        spelled: &Spelled,
        exists: impl Fn(&QualifiedName) -> bool,
    ) -> Option<QualifiedName> {
        let mut candidates: Vec<QualifiedName> = match &spelled.schema {
            Some(schema) => vec![QualifiedName::new(schema, spelled.name.clone())],
            None => self
                .search_path
                .iter()
                .map(|schema| QualifiedName::new(schema, spelled.name.clone()))
                .collect(),
        };
        if candidates.is_empty() {
            candidates.push(self.created(spelled));
        }
        candidates.into_iter().find(|name| exists(name))
    }

    /// An existing relation.
    pub(super) fn find_relation(&self, spelled: &Spelled) -> Option<QualifiedName> {
        if self.is_temporary(spelled) {
            return None;
        }
        self.resolve(spelled, |name| self.catalog.relations.contains_key(name))
    }

    /// Whether the name stands for a temporary table.
    pub(super) fn is_temporary(&self, spelled: &Spelled) -> bool {
        let schema = spelled.schema.as_deref();
        schema == Some("pg_temp") || (schema.is_none() && self.temporary.contains(&spelled.name))
    }

    /// An existing relation, with a note if there is none.
    pub(super) fn need_relation(&mut self, node: &impl AstNode) -> Option<QualifiedName> {
        let spelled = super::names::spelled(node)?;
        let found = self.find_relation(&spelled);
        if found.is_none() && !self.is_temporary(&spelled) {
            let name = self.created(&spelled);
            // What happens to a table that is not known is of no matter, unless it becomes part of one that is.
            if self.may_adopt() {
                self.note_doubt(format!(
                    "{name}, whose columns are not known, is made part of another table"
                ));
            } else if !self.missing.contains(&name) {
                let range = first_line(self.source, self.current.clone());
                let reason = format!("{name} is not defined here");
                self.skipped.push(SkippedStatement { range, reason, doubtful: false });
            }
            self.missing.insert(name);
        }
        found
    }

    /// Whether the current statement makes one table's rows those of another.
    fn may_adopt(&self) -> bool {
        let text = self.source.get(self.current.clone()).unwrap_or_default().to_ascii_lowercase();
        text.split_whitespace().any(|word| matches!(word, "inherit" | "attach"))
    }

    /// Remembers a relation that exists but could not be read.
    pub(super) fn mark_missing(&mut self, name: QualifiedName) {
        self.missing.insert(name);
    }

    pub(super) fn relation_mut(&mut self, name: &QualifiedName) -> Option<&mut Relation> {
        self.catalog.relations.get_mut(name)
    }

    pub(super) fn details_mut(&mut self, name: &QualifiedName) -> &mut Details {
        self.details.entry(name.clone()).or_default()
    }

    /// Partitions and inheriting tables.
    pub(super) fn children(&self, name: &QualifiedName) -> Vec<QualifiedName> {
        self.details.get(name).map(|details| details.children.iter().cloned().collect()).unwrap_or_default()
    }

    /// The relation and all that descend from it.
    pub(super) fn family(&self, name: &QualifiedName) -> Vec<QualifiedName> {
        let mut seen = BTreeSet::from([name.clone()]);
        let mut family = vec![name.clone()];
        let mut at = 0;
        while let Some(member) = family.get(at).cloned() {
            family.extend(self.children(&member).into_iter().filter(|child| seen.insert(child.clone())));
            at += 1;
        }
        family
    }

    /// The type that a node spells.
    pub(super) fn type_of(&self, ty: &ast::Type, modifiers: Modifiers) -> Option<ColumnType> {
        TypeName::parse(self.text_of(ty.syntax())).map(|name| self.resolve_type(&name, modifiers))
    }

    pub(super) fn resolve_type(&self, name: &TypeName, modifiers: Modifiers) -> ColumnType {
        name.resolve(&self.catalog, &self.search_path, modifiers)
    }

    /// Brings everything into its final form and order.
    fn finish(mut self) -> SchemaRead {
        for (name, details) in &self.details {
            if let Some(relation) = self.catalog.relations.get_mut(name) {
                relation.reads.clone_from(&details.reads);
            }
        }
        for (name, mut schema) in std::mem::take(&mut self.schemas) {
            if !schema.usage.contains(PUBLIC) {
                schema.usage.retain(|role| schema.owner.as_ref() != Some(role));
                let closed = ClosedSchema { owner: schema.owner, usage: schema.usage };
                self.catalog.closed_schemas.insert(name, closed);
            }
        }
        for (name, index) in &self.indexes {
            if let (Some(key), Some(relation)) =
                (index.key(&name.name), self.catalog.relations.get_mut(&index.table))
            {
                relation.keys.push(key);
            }
        }
        let domains: Vec<QualifiedName> = self.domains.keys().cloned().collect();
        for name in domains {
            let not_null = self.domain_not_null(&name);
            if let Some(domain) = self.catalog.domains.get_mut(&name) {
                domain.not_null = not_null;
            }
        }
        self.catalog.settle_inheritance();
        for (name, relation) in &mut self.catalog.relations {
            relation.keys.sort();
            for key in &mut relation.foreign_keys {
                key.validated &= !self.unenforced.contains(name) && !self.unenforced.contains(&key.target);
            }
            relation.foreign_keys.sort();
            // What the owner has needs no grant, and a dump does not print it.
            let owner = relation.owner.clone();
            relation.grants.retain(|grant| owner.is_none() || grant.role != owner);
        }
        SchemaRead { catalog: self.catalog, sources: self.sources, skipped: self.skipped }
    }
}
