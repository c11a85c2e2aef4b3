//! Concrete values for a model's symbols.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use num_rational::BigRational;
use pgpe_catalog::{BaseType, ColumnType, QualifiedName};
use pgpe_policy::datum::{self, Datum, Numeric};
use rustc_hash::FxHashMap;

use crate::evaluator::{Call, Row, Session};
use crate::formula::{Expr, Symbol};
use crate::obligation::ModelValue;
use crate::scene::{ColumnTerm, RowId, Scene, SessionId};
use crate::types::{ClassKind, Representation, micros_of_day, written_instants};
use crate::world::World;

/// Values of a model that are the same PostgreSQL value: per representation, model value → value.
type Assigned = FxHashMap<Representation, BTreeMap<ModelValue, Datum>>;

/// What decides on a setting's text, where the model says two things: what it is cast to, and the text
/// itself. The model need not know that they belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settings {
    ByCast,
    ByText,
}

pub(super) struct Concretizer<'a> {
    world: &'a dyn World,
    scene: &'a Scene,
    model: &'a [ModelValue],
    settings: Settings,
    assigned: Assigned,
    /// Text of each setting by session and key.
    texts: FxHashMap<(usize, String), String>,
}

impl<'a> Concretizer<'a> {
    pub(super) fn new(
        world: &'a dyn World,
        scene: &'a Scene,
        model: &'a [ModelValue],
        settings: Settings,
    ) -> Concretizer<'a> {
        let mut this = Concretizer {
            world,
            scene,
            model,
            settings,
            assigned: Assigned::default(),
            texts: FxHashMap::default(),
        };
        this.take_literals();
        this.choose_values();
        this.choose_settings();
        this
    }

    /// A row's columns, as far as they have values.
    pub(super) fn row(&self, row: RowId) -> Row {
        self.scene.rows[row.0]
            .columns
            .iter()
            .filter_map(|column| self.column(column).map(|value| (column.name.to_string(), value)))
            .collect()
    }

    /// The stored rows that exist, but for those given.
    pub(super) fn stored_rows(&self, except: &[RowId]) -> Vec<(QualifiedName, Row)> {
        let rows = self.scene.rows.iter().enumerate();
        rows.filter(|(index, row)| {
            !except.contains(&RowId(*index)) && row.stored && self.is_true(&row.present)
        })
        .map(|(index, row)| (row.table.clone(), self.row(RowId(index))))
        .collect()
    }

    pub(super) fn session(&self, session: SessionId) -> Session {
        let term = &self.scene.sessions[session.0];
        let mut concrete = Session::default();
        for (role, held) in &term.roles {
            if self.is_true(held) {
                concrete.roles.insert(role.clone());
            }
        }
        for setting in &term.settings {
            if self.is_true(&setting.set)
                && let Some(text) = self.texts.get(&(session.0, setting.key.to_string()))
            {
                concrete.settings.insert(setting.key.to_string(), text.clone());
            }
        }
        for call in &self.scene.calls {
            if call.session.is_some_and(|of| of != session) {
                continue;
            }
            let value = |expr: &Expr, null: &Expr, ty: &ColumnType| {
                if self.is_true(null) { Some(None) } else { self.value(expr, ty).map(Some) }
            };
            let arguments: Option<Vec<Option<Datum>>> =
                call.arguments.iter().map(|(expr, null, ty)| value(expr, null, ty)).collect();
            if let (Some(arguments), Some(result)) = (arguments, value(&call.result, &call.null, &call.ty)) {
                let call = Call { function: call.function.clone(), arguments };
                concrete.functions.entry(call).or_insert(result);
            }
        }
        concrete
    }

    fn column(&self, column: &ColumnTerm) -> Option<Option<Datum>> {
        if self.is_true(&column.null) { Some(None) } else { self.value(&column.value, &column.ty).map(Some) }
    }

    fn is_true(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Symbol(Symbol(index)) => self.model.get(*index as usize) == Some(&ModelValue::Bool(true)),
            Expr::Bool(value) => *value,
            Expr::Not(inner) => !self.is_true(inner),
            _ => false,
        }
    }

    fn model_value(&self, expr: &Expr) -> Option<ModelValue> {
        match expr {
            Expr::Symbol(Symbol(index)) => {
                self.model.get(*index as usize).filter(|value| **value != ModelValue::Unreadable).cloned()
            }
            Expr::Int(value) => Some(ModelValue::Number(BigRational::from_integer(BigInt::from(*value)))),
            Expr::String(text) => Some(ModelValue::String(text.clone())),
            _ => None,
        }
    }

    /// By what a value of that representation is told apart: its class where it has one.
    fn token(&self, expr: &Expr, representation: &Representation) -> Option<ModelValue> {
        match representation {
            Representation::Classes(kind) => {
                match self.scene.classes.get(&(kind.clone(), expr.clone())) {
                    Some(class) => self.model_value(class),
                    // Never compared: any value will do, told apart from those that are.
                    None => self.model_value(expr).map(|value| ModelValue::String(format!("{value:?}"))),
                }
            }
            _ => self.model_value(expr),
        }
    }

    fn value(&self, expr: &Expr, ty: &ColumnType) -> Option<Datum> {
        let representation = Representation::of(ty, self.world.catalog());
        let token = self.token(expr, &representation)?;
        match (&representation, &token) {
            (Representation::Int { .. }, ModelValue::Number(number)) => self.integral(number, ty),
            (Representation::Text, ModelValue::String(text)) => Some(Datum::Text(text.clone())),
            (Representation::Classes(ClassKind::Numeric), ModelValue::Number(number)) => {
                decimal(number).map(|number| Datum::Numeric(Numeric::Finite(number)))
            }
            _ => self.assigned.get(&representation).and_then(|values| values.get(&token)).cloned(),
        }
    }

    fn integral(&self, number: &BigRational, ty: &ColumnType) -> Option<Datum> {
        let value = i64::try_from(number.to_integer()).ok()?;
        Some(match &ty.base {
            BaseType::Boolean => Datum::Boolean(value == 1),
            BaseType::Enum(name) => {
                let index = usize::try_from(value).ok()?;
                let label = self.world.catalog().enums.get(name)?.get(index)?;
                Datum::Enum(u32::try_from(index).ok()?, label.clone())
            }
            BaseType::Date if is_written(value, ty) => Datum::Instant(micros_of_day(value)?),
            BaseType::Timestamp | BaseType::TimestampTz if is_written(value, ty) => Datum::Instant(value),
            BaseType::Date | BaseType::Timestamp | BaseType::TimestampTz => return None,
            BaseType::Time => Datum::Time(value),
            _ => Datum::Integer(value),
        })
    }

    fn take_literals(&mut self) {
        for literal in &self.scene.literals {
            if let Some(token) = self.token(&literal.value, &literal.representation) {
                self.assigned
                    .entry(literal.representation.clone())
                    .or_default()
                    .entry(token)
                    .or_insert_with(|| literal.datum.clone());
            }
        }
    }

    /// Gives every value that is not a literal one of its own.
    fn choose_values(&mut self) {
        let mut wanted: FxHashMap<Representation, BTreeSet<ModelValue>> = FxHashMap::default();
        let mut want = |expr: &Expr, ty: &ColumnType| {
            let representation = Representation::of(ty, self.world.catalog());
            if let Some(token) = self.token(expr, &representation) {
                wanted.entry(representation).or_default().insert(token);
            }
        };
        for row in &self.scene.rows {
            row.columns.iter().for_each(|column| want(&column.value, &column.ty));
        }
        for session in &self.scene.sessions {
            session.casts.iter().for_each(|cast| want(&cast.value, &cast.ty));
        }
        for call in &self.scene.calls {
            want(&call.result, &call.ty);
            call.arguments.iter().for_each(|(expr, _, ty)| want(expr, ty));
        }
        for (representation, tokens) in wanted {
            let known = self.assigned.entry(representation.clone()).or_default();
            let mut chosen = fresh_values(&representation, &tokens, known);
            known.append(&mut chosen);
        }
    }

    /// The text of each setting: that of the values it is cast to, if it is cast to any.
    fn choose_settings(&mut self) {
        for (index, session) in self.scene.sessions.iter().enumerate() {
            for setting in &session.settings {
                let cast =
                    session.casts.iter().find(|cast| cast.key == setting.key && self.is_true(&cast.castable));
                let token = self.token(&setting.text, &Representation::Text);
                let known = token
                    .as_ref()
                    .and_then(|token| self.assigned.get(&Representation::Text)?.get(token))
                    .cloned();
                let by_cast = cast.and_then(|cast| {
                    self.value(&cast.value, &cast.ty).map(|value| self.text_for(&value, &cast.ty))
                });
                let by_text = match (known, &token) {
                    (Some(Datum::Text(text)), _) => Some(text),
                    (_, Some(ModelValue::String(text))) => Some(text.clone()),
                    _ => None,
                };
                let text = match self.settings {
                    Settings::ByCast => by_cast.or(by_text),
                    Settings::ByText => by_text.or(by_cast),
                };
                let text = text.or_else(|| cast.is_none().then(|| self.unused_text()));
                let Some(text) = text else { continue };
                if let Some(token @ ModelValue::Number(_)) = token {
                    let texts = self.assigned.entry(Representation::Text).or_default();
                    texts.entry(token).or_insert_with(|| Datum::Text(text.clone()));
                }
                self.texts.insert((index, setting.key.to_string()), text);
            }
        }
        self.choose_texts_left();
    }

    /// Text columns may hold a setting's text, so they get theirs after the settings.
    fn choose_texts_left(&mut self) {
        let mut tokens = BTreeSet::new();
        for column in self.scene.rows.iter().flat_map(|row| &row.columns) {
            let representation = Representation::of(&column.ty, self.world.catalog());
            if representation == Representation::Text {
                tokens.extend(self.token(&column.value, &representation));
            }
        }
        for call in &self.scene.calls {
            let terms =
                call.arguments.iter().map(|(expr, _, ty)| (expr, ty)).chain([(&call.result, &call.ty)]);
            for (expr, ty) in terms {
                let representation = Representation::of(ty, self.world.catalog());
                if representation == Representation::Text {
                    tokens.extend(self.token(expr, &representation));
                }
            }
        }
        for token in tokens {
            if matches!(token, ModelValue::Number(_)) {
                let text = self.unused_text();
                let texts = self.assigned.entry(Representation::Text).or_default();
                texts.entry(token).or_insert(Datum::Text(text));
            }
        }
    }

    /// A text that reads as the value, and is no text in use if there is such a one.
    fn text_for(&self, value: &Datum, ty: &ColumnType) -> String {
        let plain = value.to_text(ty);
        let variants = match value {
            Datum::Uuid(_) => vec![plain.to_uppercase(), format!("{{{plain}}}")],
            Datum::Integer(_) => vec![format!("+{plain}").replace("+-", "-0")],
            _ => Vec::new(),
        };
        let free = std::iter::once(plain.clone()).chain(variants).find(|text| !self.is_used(text));
        free.unwrap_or(plain)
    }

    fn is_used(&self, text: &str) -> bool {
        self.assigned
            .get(&Representation::Text)
            .is_some_and(|texts| texts.values().any(|used| *used == Datum::Text(text.to_owned())))
    }

    fn unused_text(&self) -> String {
        let names = ["alpha", "beta", "gamma", "delta", "epsilon"].into_iter().map(str::to_owned);
        let numbered = (1..).map(|number| format!("value-{number}"));
        names.chain(numbered).find(|text| !self.is_used(text)).unwrap_or_default()
    }
}

/// Whether an instant can be written down.
fn is_written(value: i64, ty: &ColumnType) -> bool {
    let is_infinite = matches!(value, datum::MIN_INSTANT | datum::MAX_INSTANT);
    is_infinite || written_instants(ty).is_some_and(|(first, last)| first <= value && value <= last)
}

/// Values for tokens that have none, in the order of the tokens where the type's order is known.
fn fresh_values(
    representation: &Representation,
    tokens: &BTreeSet<ModelValue>,
    known: &BTreeMap<ModelValue, Datum>,
) -> BTreeMap<ModelValue, Datum> {
    let open: Vec<&ModelValue> = tokens.iter().filter(|token| !known.contains_key(*token)).collect();
    let mut chosen = BTreeMap::new();
    match representation {
        Representation::Order => place_in_order(&open, known, &mut chosen, |value| match value {
            Datum::Uuid(value) => Some(*value),
            _ => None,
        }),
        Representation::Classes(ClassKind::Float) => {
            for (at, token) in open.iter().enumerate() {
                // Apart from any literal that anyone would write.
                chosen.insert((*token).clone(), datum::float(0.123 + 1_000_003.0 * (at as f64 + 1.0)));
            }
        }
        Representation::Classes(ClassKind::Char | ClassKind::Name | ClassKind::Citext) => {
            let used: Vec<&Datum> = known.values().collect();
            let mut names =
                (1..).map(|number| Datum::Text(format!("z{number}"))).filter(|name| !used.contains(&name));
            for token in open {
                chosen.extend(names.next().map(|name| (token.clone(), name)));
            }
        }
        // Texts are chosen after the settings; of types that are not modelled no value can be made up.
        _ => {}
    }
    chosen
}

/// Spreads the open tokens between their known neighbours.
fn place_in_order(
    open: &[&ModelValue],
    known: &BTreeMap<ModelValue, Datum>,
    chosen: &mut BTreeMap<ModelValue, Datum>,
    position: impl Fn(&Datum) -> Option<u128>,
) {
    let mut previous: Option<u128> = None;
    for (at, token) in open.iter().enumerate() {
        let below = known.range(..(*token).clone()).next_back().and_then(|(_, value)| position(value));
        let above = known.range((*token).clone()..).next().and_then(|(_, value)| position(value));
        let low = previous.max(below);
        // How many more must fit below the next known one.
        let after = open[at..]
            .iter()
            .take_while(|other| known.range((**token).clone()..(***other).clone()).next().is_none());
        let room = after.count() as u128;
        let value = match (low, above) {
            (None, None) => 1,
            (Some(low), None) => low.saturating_add(1),
            (low, Some(above)) => {
                let from = low.map_or(0, |low| low + 1);
                from + above.saturating_sub(from) / (room + 1)
            }
        };
        previous = Some(value);
        chosen.insert((*token).clone(), Datum::Uuid(value));
    }
}

fn decimal(number: &BigRational) -> Option<BigDecimal> {
    let quotient = BigDecimal::from(number.numer().clone()) / BigDecimal::from(number.denom().clone());
    let exact = quotient.clone() * BigDecimal::from(number.denom().clone())
        == BigDecimal::from(number.numer().clone());
    exact.then(|| quotient.normalized())
}
