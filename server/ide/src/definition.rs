//! Where what is named at a place is defined.

use std::ops::Range;

use pgpe_report::Place;
use pgpe_syntax::TextRange;

use crate::analysis::{Analysis, find_file};
use crate::database::{Cancellable, Db, Project, SourceFile};
use crate::findings::suppressions::suppressions;
use crate::names::{self, Entity, Form};
use crate::queries::{self, Item};

/// A name and where what it stands for is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name, in byte offsets.
    pub origin: Range<u32>,
    /// The places, in the order of files and texts.
    pub targets: Vec<DefinitionTarget>,
}

/// A place where something is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionTarget {
    /// The name in the definition.
    pub name: Place,
    /// All of the definition, in byte offsets of the same file.
    pub whole: Range<u32>,
}

impl Analysis {
    /// Where what a place of a policy file, the schema or the configuration names is defined. A suppression
    /// leads to the policy that it is for.
    pub fn definition(&self, path: &str, offset: u32) -> Cancellable<Option<Definition>> {
        self.with(|db, project| {
            let file = find_file(db, project, path)?;
            let named = names::at(db, project, file, offset).and_then(|(range, _, entity)| {
                let targets = targets(db, project, &entity);
                (!targets.is_empty()).then_some((range, targets))
            });
            let (origin, targets) = named.or_else(|| silenced(db, project, file, offset))?;
            Some(Definition { origin: byte_range(origin), targets })
        })
    }
}

/// The places of a name's definitions.
pub(crate) fn targets(db: &dyn Db, project: Project, entity: &Entity) -> Vec<DefinitionTarget> {
    let definitions = |file: SourceFile| {
        let named = names::naming(db, project, file, entity).into_iter();
        let defining = named.filter(|(_, form)| *form == Form::Definition);
        defining.map(move |(range, _)| target(db, project, file, range))
    };
    names::files(db, project).flat_map(definitions).collect()
}

fn target(db: &dyn Db, project: Project, file: SourceFile, range: TextRange) -> DefinitionTarget {
    let is_policies = project.policies(db).contains(&file);
    let items = if is_policies { queries::item_ranges(db, file).as_slice() } else { &[] };
    let whole = items.iter().find(|item| item.contains_range(range)).copied().unwrap_or(range);
    DefinitionTarget {
        name: Place { file: file.path(db).clone(), range: byte_range(range) },
        whole: byte_range(whole),
    }
}

/// The policy that a suppression at an offset is for.
fn silenced(
    db: &dyn Db,
    project: Project,
    file: SourceFile,
    offset: u32,
) -> Option<(TextRange, Vec<DefinitionTarget>)> {
    if !project.policies(db).contains(&file) {
        return None;
    }
    let here = suppressions(db, file).iter().find(|it| it.range.contains_inclusive(offset.into()))?;
    let at = queries::item_ranges(db, file).iter().position(|item| item.contains_range(here.target))?;
    let start = queries::item_ranges(db, file).get(at)?.start();
    let Some(Item::Policy(policy)) = queries::items(db, file).get(at) else { return None };
    Some((here.range, vec![target(db, project, file, policy.name.range + start)]))
}

/// A range in bytes.
pub(crate) fn byte_range(range: TextRange) -> Range<u32> {
    range.start().into()..range.end().into()
}

#[cfg(test)]
mod tests;
