//! Names by which services recognise a finding from one run to the next.

use std::collections::HashMap;

use crate::Finding;

/// Names for findings that stay the same while the text around them moves.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<u64, u32>,
}

impl Fingerprints {
    /// The finding's name; a second one alike gets another.
    pub fn of(&mut self, finding: &Finding) -> String {
        let parts = [
            Some(finding.rule.id()),
            finding.place.as_ref().map(|place| place.file.as_str()),
            finding.policy.as_deref(),
            finding.table.as_deref(),
            finding.command.as_deref(),
            Some(&finding.message),
        ];
        let bytes = parts.iter().flat_map(|part| part.unwrap_or_default().bytes().chain([0]));
        let hash = fnv1a(bytes);
        let occurrence = self.seen.entry(hash).or_insert(0);
        *occurrence += 1;
        format!("{:016x}", fnv1a(hash.to_be_bytes().into_iter().chain(occurrence.to_be_bytes())))
    }
}

/// The FNV-1a hash: unlike those of hash maps, it is the same in every release.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
