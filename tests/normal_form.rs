//! The normal form lets exactly the same rows pass: random clauses, rows and sessions, compared by the
//! evaluator before and after.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use pgpe_catalog::{Catalog, ColumnType, QualifiedName};
use pgpe_config::MissingSetting;
use pgpe_policy::datum;
use pgpe_policy::normal_form::normalise;
use pgpe_policy::resolved::{Atom, CompareOp, Conjunction, Disjunction, Link, Literal, Operand, Traversal};
use pgpe_proof::evaluator::{Database, Evaluator, Row, Session, Truth};
use pgpe_proof::world::{GovernedTable, World};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

const SCHEMA: &str = "
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy');
CREATE TABLE items (
  id integer PRIMARY KEY, small smallint, big bigint, amount numeric, ratio real,
  name text, code char(4), tag citext, mood mood, flag boolean, owner uuid,
  day date, at timestamptz, parent integer REFERENCES items (id)
);
";

/// Columns with literals that are worth comparing them with; some are one value in several spellings.
const COLUMNS: &[(&str, &[&str])] = &[
    ("id", &["1", "2", "3", "10"]),
    ("small", &["1", "2", "-3", "32767"]),
    ("big", &["1", "2", "9223372036854775807"]),
    ("amount", &["1", "1.0", "1.50", "2", "NaN"]),
    ("ratio", &["1", "1.0", "0.5"]),
    ("name", &["a", "A", "b", "", "ab"]),
    ("code", &["a", "a ", "b", "A"]),
    ("tag", &["a", "A", "b", "I", "i"]),
    ("mood", &["sad", "calm", "happy"]),
    ("flag", &["true", "false", "t"]),
    (
        "owner",
        &[
            "00000000-0000-0000-0000-00000000000a",
            "00000000-0000-0000-0000-00000000000A",
            "00000000-0000-0000-0000-00000000000b",
        ],
    ),
    ("day", &["2026-01-01", "2026-01-02"]),
    ("at", &["2026-01-01 00:00:00+00", "2026-01-01 01:00:00+01", "2026-01-02 00:00:00+00"]),
];

const KEYS: &[&str] = &["k", "l"];

struct PlainWorld {
    catalog: Catalog,
    missing: MissingSetting,
}

impl World for PlainWorld {
    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn governed(&self, _: &QualifiedName) -> Option<&GovernedTable> {
        None
    }

    fn missing_setting(&self) -> MissingSetting {
        self.missing
    }
}

fn items() -> QualifiedName {
    QualifiedName::new("public", "items")
}

fn column_type(catalog: &Catalog, column: &str) -> ColumnType {
    catalog.relations[&items()].column(column).unwrap().ty.clone()
}

fn column(catalog: &Catalog, name: &str) -> Operand {
    Operand::Column { name: name.to_owned(), ty: Some(column_type(catalog, name)) }
}

/// A column and a literal that it may be compared with.
fn typed_column() -> impl Strategy<Value = (&'static str, &'static [&'static str])> {
    select(COLUMNS)
}

fn literal(choices: &'static [&'static str]) -> impl Strategy<Value = Literal> {
    prop_oneof![
        9 => select(choices).prop_map(|text| Literal::String(text.to_owned())),
        1 => Just(Literal::Null),
    ]
}

fn comparison(catalog: Catalog) -> impl Strategy<Value = Atom> {
    let ops = [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];
    typed_column().prop_flat_map(move |(name, choices)| {
        let ty = column_type(&catalog, name);
        let left = column(&catalog, name);
        let same = left.clone();
        let right = prop_oneof![
            6 => literal(choices).prop_map(Operand::Literal),
            2 => select(KEYS).prop_map(|key| Operand::Session { key: key.to_owned() }),
            1 => Just(same),
        ];
        (select(ops.to_vec()), right).prop_map(move |(op, right)| Atom::Compare {
            left: left.clone(),
            op,
            right,
            ty: Some(ty.clone()),
        })
    })
}

fn listed(catalog: Catalog) -> impl Strategy<Value = Atom> {
    typed_column().prop_flat_map(move |(name, choices)| {
        let (ty, operand) = (column_type(&catalog, name), column(&catalog, name));
        (proptest::collection::vec(literal(choices), 1..4), any::<bool>()).prop_map(move |(list, negated)| {
            Atom::In { operand: operand.clone(), negated, list, ty: Some(ty.clone()) }
        })
    })
}

fn simple_atom(catalog: Catalog) -> impl Strategy<Value = Atom> {
    let null = {
        let catalog = catalog.clone();
        (typed_column(), any::<bool>())
            .prop_map(move |((name, _), negated)| Atom::Null { operand: column(&catalog, name), negated })
    };
    let like = {
        let catalog = catalog.clone();
        (select(vec!["a%", "%b", "_", "%", "a"]), any::<bool>()).prop_map(move |(pattern, negated)| {
            Atom::Like {
                operand: column(&catalog, "name"),
                negated,
                pattern: Operand::Literal(Literal::String(pattern.to_owned())),
                ty: Some(column_type(&catalog, "name")),
            }
        })
    };
    prop_oneof![5 => comparison(catalog.clone()), 3 => listed(catalog), 1 => null, 1 => like]
}

fn atom(catalog: Catalog) -> impl Strategy<Value = Atom> {
    let ty = Some(column_type(&catalog, "id"));
    let exists = proptest::collection::vec(simple_atom(catalog.clone()), 1..3).prop_map(move |atoms| {
        Atom::Exists(Traversal {
            target: items(),
            links: vec![Link {
                outer: "parent".to_owned(),
                outer_type: ty.clone(),
                inner: "id".to_owned(),
                inner_type: ty.clone(),
            }],
            condition: Conjunction { atoms, clause: 0 },
        })
    });
    prop_oneof![9 => simple_atom(catalog), 1 => exists]
}

/// Atoms are drawn from a small pool, so that clauses overlap, cover and contradict each other.
fn clauses(catalog: Catalog) -> impl Strategy<Value = Disjunction> {
    proptest::collection::vec(atom(catalog), 1..5).prop_flat_map(|pool| {
        let clause = proptest::collection::vec(select(pool), 1..5);
        proptest::collection::vec(clause, 1..5).prop_map(|clauses| Disjunction {
            clauses: clauses
                .into_iter()
                .enumerate()
                .map(|(clause, atoms)| Conjunction { atoms, clause })
                .collect(),
        })
    })
}

fn row(catalog: Catalog) -> impl Strategy<Value = Row> {
    let values: Vec<_> = COLUMNS
        .iter()
        .map(|(name, choices)| {
            let ty = column_type(&catalog, name);
            let catalog = catalog.clone();
            let nullable = *name != "id";
            (select(*choices), any::<bool>(), any::<bool>()).prop_map(move |(text, null, also)| {
                let value = datum::read_text(text, &ty, &catalog).unwrap();
                ((*name).to_owned(), (!(nullable && null && also)).then_some(value))
            })
        })
        .collect();
    let parent = prop_oneof![Just(None), (1i64..4).prop_map(|id| Some(datum::Datum::Integer(id)))];
    (values, parent)
        .prop_map(|(values, parent)| values.into_iter().chain([("parent".to_owned(), parent)]).collect())
}

fn session() -> impl Strategy<Value = Session> {
    let text: Vec<&'static str> =
        COLUMNS.iter().flat_map(|(_, choices)| choices.iter().copied()).chain([""]).collect();
    let setting = proptest::option::of(select(text));
    (setting.clone(), setting).prop_map(|(k, l)| {
        let settings: BTreeMap<String, String> = [("k", k), ("l", l)]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
            .collect();
        Session { settings, ..Session::default() }
    })
}

#[test]
fn the_same_rows_pass() {
    let catalog = pgpe_catalog::ddl::read_ddl(SCHEMA).catalog;
    let worlds = [MissingSetting::Error, MissingSetting::Deny]
        .map(|missing| PlainWorld { catalog: catalog.clone(), missing });
    let cases = Config { cases: 10_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(cases);
    let input = (
        clauses(catalog.clone()),
        proptest::collection::vec(row(catalog.clone()), 1..6),
        proptest::collection::vec(session(), 1..3),
    );
    let decided = std::cell::Cell::new(0u64);
    let passed = std::cell::Cell::new(0u64);
    runner
        .run(&input, |(clauses, rows, sessions)| {
            let normal = normalise(clauses.clone(), Some(&catalog)).result;
            let again = normalise(normal.clone(), Some(&catalog)).result;
            prop_assert_eq!(&again, &normal, "normalising twice differs");
            let database = Database::from([(items(), rows.clone())]);
            for world in &worlds {
                let evaluator = Evaluator::new(world, &database);
                for (row, session) in
                    rows.iter().flat_map(|row| sessions.iter().map(move |session| (row, session)))
                {
                    let before = evaluator.clauses(&clauses, row, session);
                    let after = evaluator.clauses(&normal, row, session);
                    // What fails in PostgreSQL or is not modelled has no truth to keep.
                    if [before, after].iter().any(|truth| matches!(truth, Truth::Error | Truth::Undetermined))
                    {
                        continue;
                    }
                    decided.set(decided.get() + 1);
                    passed.set(passed.get() + u64::from(before == Truth::True));
                    prop_assert_eq!(
                        before == Truth::True,
                        after == Truth::True,
                        "{:?}\n{:?}\nrow {:?}\nsession {:?}",
                        clauses,
                        normal,
                        row,
                        session
                    );
                }
            }
            Ok(())
        })
        .unwrap();
    // The comparison means something only if most of it was decided, in both ways.
    assert!(decided.get() > 50_000, "{} decided", decided.get());
    assert!(passed.get() > 5_000 && passed.get() < decided.get() - 5_000, "{} passed", passed.get());
}
