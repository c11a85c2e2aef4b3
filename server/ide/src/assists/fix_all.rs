//! All preferred mends of a file that do not get into each other's way.

use pgpe_report::{Edit, Finding, Fix, Place};

use super::context::Context;
use super::{AssistKind, Assists, known_fixes};
use crate::findings::near::Near;

const TITLE: &str = "Apply all preferred fixes of this file";

pub(super) fn add(assists: &mut Assists<'_, '_>) {
    if !assists.wants(AssistKind::FixAll) {
        return;
    }
    let context = assists.context;
    // Beside a preferred mend there is one at least. Elsewhere it is looked for only if it is asked for by itself.
    let is_offered = match assists.wants(AssistKind::QuickFix) {
        true => assists.found.iter().any(|assist| assist.preferred),
        false => !edits(context).is_empty(),
    };
    if is_offered {
        assists.add((AssistKind::FixAll, TITLE.to_owned()), None, || Some(edits(context)));
    }
}

fn edits(context: &Context<'_>) -> Vec<Edit> {
    let (path, text) = (context.file.path(context.db), context.file.text(context.db));
    let whole = 0..text.len() as u32;
    let near = Near::of(context.db, context.project, context.ledger, (path, &whole));
    let mut chosen: Vec<(&Finding, &Fix)> = Vec::new();
    for finding in near.findings.iter().filter(|finding| known_fixes::is_the_mend(finding)) {
        let Some(fix) = finding.fixes.first() else { continue };
        let is_known = chosen.iter().any(|(_, known)| known.edits == fix.edits);
        let in_file = fix.edits.iter().all(|edit| edit.place.file == *path);
        if in_file && !is_known && chosen.iter().all(|known| fit(*known, (finding, fix))) {
            chosen.push((finding, fix));
        }
    }
    chosen.into_iter().flat_map(|(_, fix)| fix.edits.clone()).collect()
}

/// Whether neither of two mends changes what the other changes, or what the other is justified by: of two clauses that
/// cover each other one has to stay.
fn fit(one: (&Finding, &Fix), other: (&Finding, &Fix)) -> bool {
    let spoils = |fix: &Fix, (finding, mend): (&Finding, &Fix)| {
        let rests_on = finding.related.iter().map(|related| &related.place);
        let touched = mend.edits.iter().map(|edit| &edit.place).chain(rests_on);
        let touched: Vec<&Place> = touched.collect();
        fix.edits.iter().any(|edit| touched.iter().any(|place| overlap(&edit.place, place)))
    };
    !spoils(one.1, other) && !spoils(other.1, one)
}

fn overlap(one: &Place, other: &Place) -> bool {
    one.file == other.file && one.range.start <= other.range.end && other.range.start <= one.range.end
}
