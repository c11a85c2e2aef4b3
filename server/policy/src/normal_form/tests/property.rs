//! The normal form passes the same rows, whatever the clauses: random ones, judged by a small evaluator on
//! random rows with NULLs, under two orders of text and two readings of case.

use std::cmp::Ordering;

use pgpe_catalog::{BaseType, Catalog, Collation, ColumnType, QualifiedName};
use proptest::prelude::*;

use crate::like;
use crate::normal_form::{RemovedWhy, normalise};
use crate::resolved::{Atom, CompareOp, Conjunction, Disjunction, Link, Literal, Operand, Traversal};

/// The columns of both tables.
const COLUMNS: &[&str] = &["i", "j", "s", "v", "bytes", "c", "ch", "f", "m"];

/// Without a schema nothing is known of case or blanks: columns whose values differ as they are written.
const PLAIN: &[&str] = &["i", "j", "s", "v"];

fn column_type(column: &str) -> ColumnType {
    let base = match column {
        "i" | "j" => BaseType::Integer,
        "s" => BaseType::Text,
        "v" => BaseType::Varchar,
        "bytes" => {
            let collation = Collation::Bytewise;
            return ColumnType { collation, ..ColumnType::plain(BaseType::Text) };
        }
        "c" => BaseType::Citext { schema: "public".to_owned() },
        "ch" => BaseType::Char,
        "f" => BaseType::Double,
        _ => BaseType::Enum(QualifiedName::new("public", "mood")),
    };
    ColumnType::plain(base)
}

fn is_number(column: &str) -> bool {
    matches!(column, "i" | "j" | "f")
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    let labels = ["b", "a", "A"].map(str::to_owned).to_vec();
    catalog.enums.insert(QualifiedName::new("public", "mood"), labels);
    catalog
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(i64),
    Text(String),
}

type Row = Vec<Option<Value>>;

/// Everything that a condition's truth depends on.
#[derive(Debug, Clone)]
struct World {
    row: Row,
    /// Rows of the traversed table.
    others: Vec<Row>,
    /// Settings `k` and `l`, as number and as text.
    settings: [Option<(i64, String)>; 2],
    /// The database's collation may sort text either way round.
    reversed: bool,
}

fn value_of(world: &World, row: &Row, operand: &Operand, as_number: bool) -> Option<Value> {
    match operand {
        Operand::Column { name, .. } => {
            row[COLUMNS.iter().position(|column| column == name).unwrap()].clone()
        }
        Operand::Session { key } => {
            let (number, text) = world.settings[usize::from(key == "l")].clone()?;
            Some(if as_number { Value::Number(number) } else { Value::Text(text) })
        }
        Operand::Literal(literal) => literal_value(literal, as_number),
        Operand::Function { .. } => unreachable!("not generated"),
    }
}

fn literal_value(literal: &Literal, as_number: bool) -> Option<Value> {
    match literal {
        Literal::Null => None,
        Literal::Integer(value) => Some(Value::Number(*value)),
        Literal::String(text) if as_number => Some(Value::Number(text.parse().unwrap())),
        Literal::String(text) => Some(Value::Text(text.clone())),
        other => unreachable!("not generated: {other:?}"),
    }
}

fn compare(world: &World, left: &Value, right: &Value, ty: &ColumnType) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => {
            let key = |text: &str| match &ty.base {
                BaseType::Citext { .. } => text.to_lowercase(),
                BaseType::Char => text.trim_end().to_owned(),
                BaseType::Enum(_) => {
                    ["b", "a", "A"].iter().position(|label| *label == text).unwrap().to_string()
                }
                _ => text.to_owned(),
            };
            let fixed = ty.collation == Collation::Bytewise || matches!(ty.base, BaseType::Enum(_));
            let ordering = key(left).cmp(&key(right));
            if world.reversed && !fixed { ordering.reverse() } else { ordering }
        }
        _ => unreachable!("types do not mix"),
    }
}

fn atom_is_true(world: &World, row: &Row, atom: &Atom) -> Option<bool> {
    let number = |ty: &Option<ColumnType>, operand: &Operand| match (ty, operand) {
        (Some(ty), _) => matches!(ty.base, BaseType::Integer | BaseType::Double),
        (None, Operand::Column { name, .. }) => is_number(name),
        (None, _) => false,
    };
    let text = ColumnType::plain(BaseType::Text);
    match atom {
        Atom::Compare { left, op, right, ty } => {
            let as_number = number(ty, left) || number(ty, right);
            let ordering = compare(
                world,
                &value_of(world, row, left, as_number)?,
                &value_of(world, row, right, as_number)?,
                ty.as_ref().unwrap_or(&text),
            );
            Some(match op {
                CompareOp::Eq => ordering.is_eq(),
                CompareOp::Ne => ordering.is_ne(),
                CompareOp::Lt => ordering.is_lt(),
                CompareOp::Le => ordering.is_le(),
                CompareOp::Gt => ordering.is_gt(),
                CompareOp::Ge => ordering.is_ge(),
                other => unreachable!("{other:?}"),
            })
        }
        Atom::In { operand, negated, list, ty } => {
            let as_number = number(ty, operand);
            let value = value_of(world, row, operand, as_number)?;
            let mut found = Some(false);
            for literal in list {
                match literal_value(literal, as_number) {
                    None if found == Some(false) => found = None,
                    Some(other) if compare(world, &value, &other, ty.as_ref().unwrap_or(&text)).is_eq() => {
                        found = Some(true);
                    }
                    _ => {}
                }
            }
            found.map(|found| found != *negated)
        }
        Atom::Like { operand, negated, pattern, ty } => {
            let Value::Text(subject) = value_of(world, row, operand, false)? else { unreachable!() };
            let Value::Text(pattern) = value_of(world, row, pattern, false)? else { unreachable!() };
            let folds = ty.as_ref().is_some_and(|ty| matches!(ty.base, BaseType::Citext { .. }));
            let fold = |text: String| if folds { text.to_lowercase() } else { text };
            Some(like::matches(&fold(pattern), &fold(subject)).unwrap() != *negated)
        }
        Atom::Null { operand, negated } => Some(value_of(world, row, operand, false).is_none() != *negated),
        Atom::Exists(traversal) => Some(world.others.iter().any(|other| {
            traversal.links.iter().all(|link| {
                let column = |name: &str| Operand::Column { name: name.to_owned(), ty: None };
                let outer = value_of(world, row, &column(&link.outer), true);
                let inner = value_of(world, other, &column(&link.inner), true);
                matches!((outer, inner), (Some(outer), Some(inner)) if outer == inner)
            }) && clause_passes(world, other, &traversal.condition.atoms)
        })),
    }
}

fn clause_passes(world: &World, row: &Row, atoms: &[Atom]) -> bool {
    atoms.iter().all(|atom| atom_is_true(world, row, atom) == Some(true))
}

fn passes(world: &World, disjunction: &Disjunction) -> bool {
    disjunction.clauses.iter().any(|clause| clause_passes(world, &world.row, &clause.atoms))
}

fn text_value() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "A", "b", "ab", "b "]).prop_map(str::to_owned)
}

fn cell(column: &'static str) -> BoxedStrategy<Option<Value>> {
    let value = match column {
        _ if is_number(column) => (0i64..4).prop_map(Value::Number).boxed(),
        "m" => {
            prop::sample::select(vec!["b", "a", "A"]).prop_map(|label| Value::Text(label.to_owned())).boxed()
        }
        _ => text_value().prop_map(Value::Text).boxed(),
    };
    prop_oneof![1 => Just(None), 4 => value.prop_map(Some)].boxed()
}

fn row() -> impl Strategy<Value = Row> {
    COLUMNS.iter().map(|column| cell(column)).collect::<Vec<_>>()
}

fn world() -> impl Strategy<Value = World> {
    let setting = prop::option::weighted(0.8, (0i64..5, prop::sample::select(vec!["a", "A", "b"])));
    let settings = [setting.clone(), setting];
    let settings =
        settings.prop_map(|both| both.map(|one| one.map(|(number, text)| (number, text.to_owned()))));
    (row(), prop::collection::vec(row(), 0..3), settings, any::<bool>())
        .prop_map(|(row, others, settings, reversed)| World { row, others, settings, reversed })
}

fn literal(column: &'static str, nulls: bool) -> BoxedStrategy<Literal> {
    let value = match column {
        "i" | "j" => prop_oneof![
            (0i64..4).prop_map(Literal::Integer),
            (0i64..4).prop_map(|value| Literal::String(value.to_string())),
        ]
        .boxed(),
        "f" => (0i64..4).prop_map(Literal::Integer).boxed(),
        "m" => prop::sample::select(vec!["b", "a", "A"])
            .prop_map(|label| Literal::String(label.to_owned()))
            .boxed(),
        _ => text_value().prop_map(Literal::String).boxed(),
    };
    if nulls { prop_oneof![1 => Just(Literal::Null), 12 => value].boxed() } else { value }
}

fn atom(columns: Vec<&'static str>, typed: bool, depth: u32) -> BoxedStrategy<Atom> {
    let simple =
        prop::sample::select(columns.clone()).prop_flat_map(move |column| simple_atom(column, typed));
    if depth == 0 {
        return simple.boxed();
    }
    let links = prop::collection::vec(prop::sample::select(vec![("i", "i"), ("j", "i")]), 1..3);
    let exists = (links, prop::collection::vec(atom(columns, typed, depth - 1), 1..3)).prop_map(
        move |(links, atoms)| {
            let ty = || typed.then(|| column_type("i"));
            let links = links.into_iter().map(|(outer, inner)| Link {
                outer: outer.to_owned(),
                outer_type: ty(),
                inner: inner.to_owned(),
                inner_type: ty(),
            });
            Atom::Exists(Traversal {
                target: QualifiedName::new("public", "u"),
                links: links.collect(),
                condition: Conjunction { atoms, clause: 0 },
            })
        },
    );
    prop_oneof![8 => simple, 1 => exists].boxed()
}

fn simple_atom(column: &'static str, typed: bool) -> BoxedStrategy<Atom> {
    let ty = typed.then(|| column_type(column));
    let operand = Operand::Column { name: column.to_owned(), ty: ty.clone() };
    let op = prop::sample::select(vec![
        CompareOp::Eq,
        CompareOp::Ne,
        CompareOp::Lt,
        CompareOp::Le,
        CompareOp::Gt,
        CompareOp::Ge,
    ]);
    let session =
        prop::sample::select(vec!["k", "l"]).prop_map(|key| Operand::Session { key: key.to_owned() });
    let same_type = match column {
        "i" | "j" => prop::sample::select(vec!["i", "j"]).boxed(),
        _ => Just(column).boxed(),
    };
    let other_type = ty.clone();
    let other =
        same_type.prop_map(move |name| Operand::Column { name: name.to_owned(), ty: other_type.clone() });
    // Labels of an enum are no settings.
    let right = match column {
        "m" => prop_oneof![literal(column, true).prop_map(Operand::Literal), other].boxed(),
        _ => prop_oneof![3 => literal(column, true).prop_map(Operand::Literal), 2 => session, 2 => other]
            .boxed(),
    };
    let (left, compared) = (operand.clone(), ty.clone());
    let compare = (op, right, any::<bool>()).prop_map(move |(op, right, swap)| {
        let (left, right) = if swap { (right, left.clone()) } else { (left.clone(), right) };
        Atom::Compare { left, op, right, ty: compared.clone() }
    });
    let (sought, listed) = (operand.clone(), ty.clone());
    let list = prop::collection::vec(literal(column, true), 1..4);
    let membership = (list, any::<bool>()).prop_map(move |(list, negated)| Atom::In {
        operand: sought.clone(),
        negated,
        list,
        ty: listed.clone(),
    });
    let tested = operand.clone();
    let null = any::<bool>().prop_map(move |negated| Atom::Null { operand: tested.clone(), negated });
    if is_number(column) || column == "m" || column == "ch" {
        return prop_oneof![4 => compare, 3 => membership, 1 => null].boxed();
    }
    let patterns = prop::sample::select(vec!["a%", "%", "_", "A", "%b", "b_"]);
    let like = (patterns, any::<bool>()).prop_map(move |(pattern, negated)| Atom::Like {
        operand: operand.clone(),
        negated,
        pattern: Operand::Literal(Literal::String(pattern.to_owned())),
        ty: ty.clone(),
    });
    prop_oneof![4 => compare, 3 => membership, 1 => null, 2 => like].boxed()
}

/// Few columns at a time, so that conditions meet.
fn disjunction(typed: bool) -> impl Strategy<Value = Disjunction> {
    let columns = if typed { COLUMNS } else { PLAIN };
    prop::collection::vec(prop::sample::select(columns), 1..3).prop_flat_map(move |columns| {
        let clause = prop::collection::vec(atom(columns, typed, 2), 1..4);
        prop::collection::vec(clause, 1..5).prop_map(|clauses| {
            let number = |(clause, atoms)| Conjunction { atoms, clause };
            Disjunction { clauses: clauses.into_iter().enumerate().map(number).collect() }
        })
    })
}

fn atoms_of(disjunction: &Disjunction) -> Vec<&[Atom]> {
    disjunction.clauses.iter().map(|clause| clause.atoms.as_slice()).collect()
}

fn judge(written: &Disjunction, worlds: &[World], catalog: Option<&Catalog>) -> Result<(), TestCaseError> {
    let normalised = normalise(written.clone(), catalog);
    for world in worlds {
        prop_assert_eq!(passes(world, written), passes(world, &normalised.result), "{:#?}", normalised);
        for removed in &normalised.removed {
            let row_passes = clause_passes(world, &world.row, &written.clauses[removed.clause].atoms);
            let explained = match removed.why {
                RemovedWhy::Contradiction { .. } => false,
                RemovedWhy::AbsorbedBy(other) | RemovedWhy::Duplicate(other) => {
                    clause_passes(world, &world.row, &written.clauses[other].atoms)
                }
            };
            prop_assert!(!row_passes || explained, "{:#?}", removed);
        }
    }
    let again = normalise(normalised.result.clone(), catalog);
    prop_assert_eq!(&again.result, &normalised.result);
    prop_assert!(again.removed.is_empty());
    let mut reversed = written.clone();
    reversed.clauses.reverse();
    reversed.clauses.iter_mut().for_each(|clause| clause.atoms.reverse());
    let reversed = normalise(reversed, catalog).result;
    prop_assert_eq!(atoms_of(&reversed), atoms_of(&normalised.result));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_rows_pass(written in disjunction(true), worlds in prop::collection::vec(world(), 12)) {
        judge(&written, &worlds, Some(&catalog()))?;
    }

    #[test]
    fn the_same_rows_pass_without_types(
        written in disjunction(false),
        worlds in prop::collection::vec(world(), 12),
    ) {
        judge(&written, &worlds, None)?;
    }
}
