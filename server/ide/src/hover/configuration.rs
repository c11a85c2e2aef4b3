//! Keys and values of `pgpe.yaml`, as the JSON Schema of it describes them.

use std::ops::Range;

use crate::completion::config;

/// What the key or value at a place means.
pub(super) fn at(yaml: &str, offset: u32) -> Option<(Range<u32>, String)> {
    let (range, about) = config::meaning(yaml, offset as usize)?;
    Some((u32::try_from(range.start).ok()?..u32::try_from(range.end).ok()?, about))
}

#[cfg(test)]
mod tests;
