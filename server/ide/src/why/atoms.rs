//! One condition explained: the values in it, and the rows that a traversal leads to.

use pgpe_catalog::{BaseType, ColumnType, Command};
use pgpe_config::MissingSetting;
use pgpe_policy::resolved::{Atom, Operand, Traversal};
use pgpe_policy::show;
use pgpe_proof::evaluator::{self, Evaluated, Evaluator, Row, leads_to};
use pgpe_proof::world::Side;
use pgpe_report::why::{AtomWhy, RowWhy, Seen, Truth};

use super::{Explaining, truth};
use crate::counterexample::{columns, literal};

impl Explaining<'_> {
    /// A condition on a row, which may be one that a traversal leads to.
    pub(super) fn atom(&self, evaluator: &Evaluator<'_>, atom: &Atom, side: Side, row: &Row) -> AtomWhy {
        let came_to = truth(evaluator.condition(atom, row, &self.given.session));
        let mut explained = AtomWhy {
            text: show::atom(atom),
            truth: came_to,
            values: Vec::new(),
            because: Vec::new(),
            rows: Vec::new(),
        };
        let text = ColumnType::plain(BaseType::Text);
        let operands: Vec<(&Operand, Option<&ColumnType>)> = match atom {
            Atom::Compare { left, right, ty, .. } => vec![(left, ty.as_ref()), (right, ty.as_ref())],
            Atom::In { operand, ty, .. } => vec![(operand, ty.as_ref())],
            Atom::Like { operand, pattern, ty, .. } => vec![(operand, ty.as_ref()), (pattern, Some(&text))],
            Atom::Null { operand, .. } => vec![(operand, None)],
            Atom::Exists(traversal) => {
                self.traversal(evaluator, traversal, side, row, &mut explained);
                return explained;
            }
        };
        for (operand, wanted) in operands {
            self.operand(evaluator, operand, wanted, row, &mut explained.values);
        }
        if explained.values.iter().all(|seen| seen.value.is_some()) {
            explained.because.extend(match came_to {
                Truth::Unknown => {
                    Some("not known: how PostgreSQL compares them depends on more than their values".into())
                }
                Truth::Error => Some("PostgreSQL raises an error at one of these values".into()),
                _ => None,
            });
        }
        explained
    }

    /// The rows that it leads to or may lead to, with the conditions on each.
    fn traversal(
        &self,
        evaluator: &Evaluator<'_>,
        traversal: &Traversal,
        side: Side,
        outer: &Row,
        explained: &mut AtomWhy,
    ) {
        for link in &traversal.links {
            let column = Operand::Column { name: link.outer.clone(), ty: link.outer_type.clone() };
            self.operand(evaluator, &column, link.outer_type.as_ref(), outer, &mut explained.values);
        }
        let relation = self.world.catalog().relations.get(&traversal.target);
        let database = self.database(side);
        for inner in database.get(&traversal.target).into_iter().flatten() {
            let linked = leads_to(traversal, outer, inner);
            if matches!(linked, evaluator::Truth::False | evaluator::Truth::Null) {
                continue;
            }
            let visible = evaluator.effective(
                &traversal.target,
                Command::Select,
                Side::Using,
                inner,
                &self.given.session,
            );
            let conditions = &traversal.condition.atoms;
            explained.rows.push(RowWhy {
                table: traversal.target.to_string(),
                row: columns(relation, inner),
                linked: truth(linked),
                atoms: conditions.iter().map(|atom| self.atom(evaluator, atom, side, inner)).collect(),
                visible: truth(visible),
            });
        }
        if explained.rows.is_empty() {
            explained.because.push(format!("no row of {} was given that fits", traversal.target));
            self.settings_at_fault(evaluator, traversal, &mut explained.because);
        }
    }

    /// PostgreSQL may look at a setting while it plans a query, whether or not a row is reached.
    fn settings_at_fault(&self, evaluator: &Evaluator<'_>, traversal: &Traversal, because: &mut Vec<String>) {
        for atom in &traversal.condition.atoms {
            let Atom::Compare { left, right, ty, .. } = atom else { continue };
            for operand in [left, right] {
                let Operand::Session { .. } = operand else { continue };
                let mut seen = Vec::new();
                self.operand(evaluator, operand, ty.as_ref(), &Row::new(), &mut seen);
                for reason in seen.into_iter().filter(|seen| seen.value.is_none()) {
                    let reason = reason.because.unwrap_or_default();
                    because.push(format!("{reason}; PostgreSQL may do so even where no row fits"));
                }
            }
        }
    }

    /// What an operand comes to, unless it is a literal that says so itself.
    fn operand(
        &self,
        evaluator: &Evaluator<'_>,
        operand: &Operand,
        wanted: Option<&ColumnType>,
        row: &Row,
        seen: &mut Vec<Seen>,
    ) {
        if let Operand::Function { arguments, .. } = operand {
            for (argument, ty) in arguments {
                self.operand(evaluator, argument, ty.as_ref(), row, seen);
            }
        }
        let value = evaluator.value(operand, wanted, row, &self.given.session);
        if matches!(operand, Operand::Literal(_)) && value != Evaluated::Error {
            return;
        }
        let (value, because) = match value {
            Evaluated::Value(value, ty) => (Some(literal(Some(&value), Some(&ty))), None),
            Evaluated::Null => (Some("NULL".to_owned()), self.why_null(operand)),
            Evaluated::Error => (None, Some(self.why_error(operand, wanted))),
            Evaluated::Undetermined => (None, Some(self.why_undetermined(operand, wanted, row))),
        };
        let of = show::operand(operand);
        if !seen.iter().any(|known| known.of == of) {
            seen.push(Seen { of, value, because });
        }
    }

    fn why_null(&self, operand: &Operand) -> Option<String> {
        let Operand::Session { key } = operand else { return None };
        let how = if self.setting(key).is_some() { "empty" } else { "not set" };
        Some(format!("the setting is {how}, which session.missing: deny makes NULL"))
    }

    fn why_error(&self, operand: &Operand, wanted: Option<&ColumnType>) -> String {
        match operand {
            Operand::Session { key } => match (self.setting(key), self.world.missing_setting()) {
                (None, MissingSetting::Error) => {
                    format!("error: the setting {key} is not set, at which session.missing: error fails")
                }
                (value, _) => format!(
                    "error: the setting {key} can't be cast to {}: it is '{}'",
                    type_name(wanted),
                    value.unwrap_or_default()
                ),
            },
            other => format!("error: {} is no value of {}", show::operand(other), type_name(wanted)),
        }
    }

    fn why_undetermined(&self, operand: &Operand, wanted: Option<&ColumnType>, row: &Row) -> String {
        match operand {
            Operand::Column { name, .. } if !row.contains_key(name) => {
                format!("not known: the column {name} was not given")
            }
            Operand::Column { name, .. } => format!("not known: the type of the column {name}"),
            Operand::Session { key } => format!(
                "not known: whether PostgreSQL reads the setting {key} as {}: it is '{}'",
                type_name(wanted),
                self.setting(key).unwrap_or_default()
            ),
            other => format!("not known: what {} returns", show::operand(other)),
        }
    }

    fn setting(&self, key: &str) -> Option<&str> {
        self.given.session.settings.get(&key.to_ascii_lowercase()).map(String::as_str)
    }
}

fn type_name(ty: Option<&ColumnType>) -> String {
    ty.map_or_else(|| "text".to_owned(), |ty| ty.base.sql_name().to_string())
}
