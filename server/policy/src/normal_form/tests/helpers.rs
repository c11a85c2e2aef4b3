//! Conditions as they are written, before anything is normalised, and checks of what becomes of them.

use expect_test::Expect;
use pgpe_catalog::Catalog;

use crate::fixture::{catalog, clauses, policy, table};
use crate::normal_form::{Normalised, RemovedWhy, normalise};
use crate::resolved::{Conjunction, Disjunction};
use crate::show;

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE EXTENSION citext;
    CREATE COLLATION loose (provider = icu, locale = 'und', deterministic = false);
    CREATE TABLE t (
        id uuid, other uuid, i integer, j integer, n numeric, f double precision, b boolean, s text, v varchar(9),
        c citext, ch char(4), l text COLLATE loose, bytes text COLLATE \"C\", m mood, d date, js jsonb, ip inet
    );
    CREATE TABLE u (id uuid PRIMARY KEY, t uuid, s text, i integer);";

/// The clauses of `text` as they are written, on table `t`.
pub(super) fn written(text: &str, catalog: Option<&Catalog>) -> Disjunction {
    let mut clauses = Vec::new();
    let (policy, _) = policy(&format!("ALL CLAUSE {text}"));
    assert!(!policy.broken, "{text}");
    for clause in 0..policy.clauses.len() {
        // Each condition by itself, so that resolving does not normalise anything yet.
        let mut atoms = Vec::new();
        for atom in 0..policy.clauses[clause].atoms.len() {
            let mut single = policy.clone();
            single.clauses = vec![policy.clauses[clause].clone()];
            single.clauses[0].atoms = vec![policy.clauses[clause].atoms[atom].clone()];
            let raw = crate::resolve::raw_atom(&single, catalog.map(|catalog| (table("t"), catalog)));
            atoms.push(raw.unwrap_or_else(|| panic!("{text}")));
        }
        clauses.push(Conjunction { atoms, clause });
    }
    Disjunction { clauses }
}

pub(super) fn shown(normalised: &Normalised) -> String {
    let mut out = clauses(&normalised.result, "");
    for removed in &normalised.removed {
        let why = match &removed.why {
            RemovedWhy::Contradiction { atoms } => {
                let atoms: Vec<String> = atoms.iter().map(show::atom).collect();
                format!("never: {}", atoms.join(", "))
            }
            RemovedWhy::AbsorbedBy(other) => format!("covered by {other}"),
            RemovedWhy::Duplicate(other) => format!("same as {other}"),
        };
        out.push_str(&format!("{} removed, {why}\n", removed.clause));
    }
    out
}

pub(super) fn check(text: &str, expected: Expect) {
    let catalog = catalog(SCHEMA);
    let normalised = normalise(written(text, Some(&catalog)), Some(&catalog));
    let again = normalise(normalised.result.clone(), Some(&catalog));
    assert_eq!(again.result, normalised.result, "twice changes nothing");
    assert_eq!(again.removed, []);
    let mut reversed = written(text, Some(&catalog));
    reversed.clauses.reverse();
    reversed.clauses.iter_mut().for_each(|clause| clause.atoms.reverse());
    let atoms = |disjunction: &Disjunction| -> Vec<_> {
        disjunction.clauses.iter().map(|clause| clause.atoms.clone()).collect()
    };
    let reversed = normalise(reversed, Some(&catalog));
    assert_eq!(atoms(&reversed.result), atoms(&normalised.result), "order does not matter");
    expected.assert_eq(&shown(&normalised));
}

pub(super) fn check_without_schema(text: &str, expected: Expect) {
    expected.assert_eq(&shown(&normalise(written(text, None), None)));
}

/// Nothing may be rewritten but the order.
pub(super) fn check_stays(text: &str) {
    let catalog = catalog(SCHEMA);
    let written = written(text, Some(&catalog));
    let normalised = normalise(written.clone(), Some(&catalog));
    assert_eq!(normalised.removed, [], "{text}");
    let sorted = |mut disjunction: Disjunction| {
        disjunction.clauses.iter_mut().for_each(|clause| clause.atoms.sort());
        disjunction.clauses.sort();
        disjunction
    };
    assert_eq!(normalised.result, sorted(written), "{text}");
}
