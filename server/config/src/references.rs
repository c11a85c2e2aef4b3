//! Where a configuration names policies, tables and settings, for definition, references and rename.

use std::ops::Range;

use crate::Config;
use crate::convert::read_shape;
use crate::reader::At;

/// A name in `pgpe.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// What is named.
    pub kind: ReferenceKind,
    /// The name.
    pub name: String,
    /// Its place without quotes, in byte offsets; `None` if the text spells it with escapes.
    pub range: Option<Range<u32>>,
}

/// What a configuration names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    /// A policy that an `allow` entry is for.
    Policy,
    /// A table, or `schema.table`.
    Table,
    /// An isolation key: a value of the policy language such as `session('app.tenant_id')`.
    IsolationKey,
}

impl Config {
    /// The policies, tables and settings that the text of a `pgpe.yaml` names; also where it has mistakes
    /// elsewhere.
    pub fn references(yaml: &str) -> Vec<Reference> {
        let (shape, _) = read_shape(yaml);
        let Some(shape) = shape else { return Vec::new() };
        let mut references = Vec::new();
        let mut add = |kind, name: &At<String>| {
            references.push(Reference { kind, name: name.value.clone(), range: place_of_name(yaml, name) });
        };
        for entry in shape.isolation.iter().flatten() {
            entry.key.iter().for_each(|key| add(ReferenceKind::IsolationKey, key));
            entry
                .owners
                .iter()
                .flat_map(|owners| &owners.0)
                .for_each(|(table, _)| add(ReferenceKind::Table, table));
            entry.exempt.iter().flatten().for_each(|exempt| add(ReferenceKind::Table, &exempt.table));
        }
        for entry in shape.allow.iter().flatten() {
            entry.policy.iter().for_each(|policy| add(ReferenceKind::Policy, policy));
            entry.table.iter().for_each(|table| add(ReferenceKind::Table, table));
        }
        references.sort_by_key(|reference| reference.range.as_ref().map(|range| range.start));
        references
    }
}

/// The place of the name within the place of its YAML scalar, which may be quoted, or an alias.
fn place_of_name(yaml: &str, name: &At<String>) -> Option<Range<u32>> {
    let written = yaml.get(name.range.start as usize..name.range.end as usize)?;
    let before = [0, 1].into_iter().find(|before| {
        let inner = written.get(*before..written.len().saturating_sub(*before));
        inner.map(str::trim_end) == Some(name.value.as_str())
    })?;
    let start = name.range.start + before as u32;
    Some(start..start + name.value.len() as u32)
}
