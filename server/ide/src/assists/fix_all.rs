//! All safe mends of a file, and those that they bring up, until there are no more.

use pgpe_report::{Edit, Finding, Fix, Place};

use super::changed::Changed;
use super::context::Context;
use super::{AssistKind, Assists, known_fixes, layout};
use crate::analysis::{FileRole, Host};
use crate::queries;

const TITLE: &str = "Apply all safe fixes of this file";

/// A mend may bring up others; more often than this they would go round in circles.
const MOST_ROUNDS: usize = 30;

pub(super) fn add(assists: &mut Assists<'_, '_>) {
    if !assists.wants(AssistKind::FixAll) {
        return;
    }
    let context = assists.context;
    // Beside a safe mend there is one at least. Elsewhere it is looked for only if it is asked for by itself.
    let is_offered = match assists.wants(AssistKind::QuickFix) {
        true => context.findings.iter().any(|finding| known_fixes::safe(context, finding).is_some()),
        false => whole(context).is_some_and(|context| !round(&context).is_empty()),
    };
    if is_offered {
        assists.add((AssistKind::FixAll, TITLE.to_owned()), None, || edits(context));
    }
}

/// The context of all of the file.
fn whole<'db>(context: &Context<'db>) -> Option<Context<'db>> {
    let (path, text) = (context.file.path(context.db), context.file.text(context.db));
    Context::new(context.db, context.project, (path, &(0..text.len() as u32)), context.ledger)
}

fn edits(context: &Context<'_>) -> Option<Vec<Edit>> {
    let (path, text) = (context.file.path(context.db), context.file.text(context.db));
    let mut changed = Changed::new(text.len());
    let mut next = round(&whole(context)?);
    // Of all of the file less may be proved than of what is here.
    if next.is_empty() {
        next = round(context);
    }
    // What comes up needs no solver, and nothing but this file, the schema and the configuration.
    let mut host = Host::new();
    if let Some(config) = context.project.config(context.db) {
        host.set_file(config.path(context.db), FileRole::Config, config.text(context.db));
    }
    host.set_catalog(queries::catalog(context.db, context.project).clone());
    let mut seen = vec![text.to_string()];
    for _ in 0..MOST_ROUNDS {
        if next.is_empty() {
            break;
        }
        // What is done on the project below would not notice that an edit waits.
        context.db.unwind_if_revision_cancelled();
        let edits = next
            .iter()
            .map(|edit| (edit.place.range.start as usize..edit.place.range.end as usize, edit.text.as_str()));
        let mut further = changed.clone();
        further.apply(edits);
        let now = further.text(text);
        // Mends that take each other back lead nowhere.
        if seen.contains(&now) {
            break;
        }
        changed = further;
        seen.push(now.clone());
        host.set_file(path, FileRole::Policies, &now);
        let analysis = host.analysis();
        let again = analysis.with_ledger(&|_| None, |db, project, ledger| {
            let whole = Context::new(db, project, (path, &(0..now.len() as u32)), ledger);
            whole.map(|context| round(&context)).unwrap_or_default()
        });
        next = again.ok()?;
    }
    let place = |range: std::ops::Range<usize>| Place {
        file: path.clone(),
        range: range.start as u32..range.end as u32,
    };
    let edits = changed.edits().into_iter();
    Some(edits.map(|(range, text)| Edit { place: place(range), text }).collect())
}

/// The mends of a file that do not get into each other's way, in the order of the text.
fn round(context: &Context<'_>) -> Vec<Edit> {
    let path = context.file.path(context.db);
    let mut chosen: Vec<(&Finding, &Fix)> = Vec::new();
    for finding in &context.findings {
        let Some(fix) = known_fixes::safe(context, finding) else { continue };
        let is_known = chosen.iter().any(|(_, known)| known.edits == fix.edits);
        let in_file = fix.edits.iter().all(|edit| edit.place.file == *path);
        if in_file && !is_known && chosen.iter().all(|known| fit(*known, (finding, fix))) {
            chosen.push((finding, fix));
        }
    }
    let edits = chosen.into_iter().flat_map(|(_, fix)| fix.edits.clone()).collect();
    let mut edits = layout::minding(context, edits);
    edits.sort_by(|left, right| left.place.cmp(&right.place));
    edits
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
