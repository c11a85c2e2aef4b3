//! Atoms and their operands.

use pgpe_catalog::{BaseType, Collation, ColumnType, Family, Volatility};
use pgpe_config::MissingSetting;
use pgpe_policy::datum::{self, Datum};
use pgpe_policy::resolved::{Atom, CompareOp, Literal, Operand};
use smol_str::SmolStr;

use super::{Encoded, Encoder, FunctionKey, Obstacle, Reading};
use crate::evaluator::function_name;
use crate::formula::{Expr, LikePart, MAX_CHARACTER, Sort};
use crate::like;
use crate::scene::{CallTerm, RowId, SessionId, SettingTerm};
use crate::types::{ClassKind, Representation, days, may_be_composite};

/// An operand's value.
pub(super) struct Value {
    /// Its identity, in the representation of `ty`; meaningless where `null` or not `valid`.
    pub(super) expr: Expr,
    ty: ColumnType,
    /// It is NULL.
    null: Expr,
    /// Evaluating it raises no error.
    valid: Expr,
}

impl Value {
    fn usable(&self) -> Expr {
        Expr::and([self.valid.clone(), Expr::not(self.null.clone())])
    }
}

fn undecidable<T>(reason: impl Into<String>) -> Encoded<T> {
    Err(Obstacle::Undecidable(reason.into()))
}

impl Encoder<'_> {
    /// Whether the atom is TRUE: not FALSE, not NULL, not an error.
    pub(super) fn atom(
        &mut self,
        atom: &Atom,
        row: RowId,
        session: SessionId,
        reading: Reading,
    ) -> Encoded<Expr> {
        match atom {
            Atom::Compare { left, op, right, ty } => {
                let ty = known(ty)?;
                let left = self.operand(left, Some(ty), Some(row), session)?;
                let right = self.operand(right, Some(ty), Some(row), session)?;
                let holds = self.compare(&left, *op, &right, ty, session)?;
                Ok(Expr::and([left.usable(), right.usable(), holds]))
            }
            Atom::In { operand, negated, list, ty } => {
                let ty = known(ty)?;
                let value = self.operand(operand, Some(ty), Some(row), session)?;
                let mut found = Vec::new();
                for literal in list {
                    let literal = self.literal(literal, ty)?;
                    let equal = self.compare(&value, CompareOp::Eq, &literal, ty, session)?;
                    found.push(Expr::and([literal.usable(), equal]));
                }
                let found = Expr::or(found);
                Ok(Expr::and([value.usable(), if *negated { Expr::not(found) } else { found }]))
            }
            Atom::Like { operand, negated, pattern, ty } => {
                let ty = known(ty)?;
                let value = self.operand(operand, Some(ty), Some(row), session)?;
                let (matches, usable) = self.like(&value, pattern, ty, row, session)?;
                let holds = if *negated { Expr::not(matches) } else { matches };
                Ok(Expr::and([value.usable(), usable, holds]))
            }
            Atom::Null { operand, negated } => {
                let value = self.operand(operand, None, Some(row), session)?;
                // A row value is also said to be null if all its fields are.
                if may_be_composite(&value.ty) {
                    return undecidable(format!("IS NULL on {} is not modelled", value.ty.display));
                }
                let null = if *negated { Expr::not(value.null) } else { value.null };
                Ok(Expr::and([value.valid, null]))
            }
            Atom::Exists(traversal) => self.traversal(traversal, row, session, reading),
        }
    }

    /// Whether the session's key has a value, and that value comparably to other values of type `ty`.
    pub(crate) fn key(
        &mut self,
        key: &Operand,
        ty: &ColumnType,
        session: SessionId,
    ) -> Encoded<(Expr, Expr)> {
        let value = self.operand(key, Some(ty), None, session)?;
        let comparable = self.comparable(&value.expr, &value.ty, ty, Some(session))?;
        Ok((value.usable(), comparable))
    }

    fn compare(
        &mut self,
        left: &Value,
        op: CompareOp,
        right: &Value,
        ty: &ColumnType,
        session: SessionId,
    ) -> Encoded<Expr> {
        let left = self.comparable(&left.expr, &left.ty, ty, Some(session))?;
        let right = self.comparable(&right.expr, &right.ty, ty, Some(session))?;
        match op {
            CompareOp::Eq => return Ok(Expr::eq(left, right)),
            CompareOp::Ne => return Ok(Expr::not(Expr::eq(left, right))),
            _ => {}
        }
        let (left, right) = match Representation::of(ty, self.world.catalog()) {
            Representation::Text => (self.rank(&left, ty)?, self.rank(&right, ty)?),
            // All columns of these types share one order of classes: that of the default collation.
            Representation::Classes(_) if ty.collation != Collation::Default => {
                return undecidable(format!("the order of {} is not modelled", ty.display));
            }
            _ => (left, right),
        };
        match op {
            CompareOp::Lt => Ok(Expr::lt(left, right)),
            CompareOp::Le => Ok(Expr::le(left, right)),
            CompareOp::Gt => Ok(Expr::lt(right, left)),
            CompareOp::Ge => Ok(Expr::le(right, left)),
            _ => undecidable("an operator in the wrong place"),
        }
    }

    /// A value of type `from` in the form in which values are compared as `ty`.
    pub(crate) fn comparable(
        &mut self,
        value: &Expr,
        from: &ColumnType,
        ty: &ColumnType,
        session: Option<SessionId>,
    ) -> Encoded<Expr> {
        let own = Representation::of(from, self.world.catalog());
        let wanted = Representation::of(ty, self.world.catalog());
        let unmodelled =
            || undecidable(format!("comparing {} as {} is not modelled", from.display, ty.base.sql_name()));
        if own == Representation::Unmodelled || wanted == Representation::Unmodelled {
            return unmodelled();
        }
        let same = from.base == ty.base;
        match (&own, &wanted) {
            (Representation::Int { .. }, Representation::Int { .. })
                if same || is_exact_widening(from, ty) =>
            {
                Ok(value.clone())
            }
            (Representation::Int { .. }, Representation::Classes(ClassKind::Numeric)) => {
                Ok(Expr::ToReal(Box::new(value.clone())))
            }
            (Representation::Text, Representation::Text) | (Representation::Order, Representation::Order) => {
                Ok(value.clone())
            }
            (Representation::Classes(own), Representation::Classes(wanted)) if own == wanted => {
                Ok(self.class(value, wanted.clone()))
            }
            (
                Representation::Classes(ClassKind::Char | ClassKind::Name | ClassKind::Citext),
                Representation::Text,
            ) => {
                let key = FunctionKey::Convert(from.base.clone(), BaseType::Text, None);
                let text = self.text;
                Ok(self.call(key, vec![(value.clone(), Sort::Int)], text))
            }
            // Depends on the session's time zone; where there is no session, on whichever it is.
            (Representation::Int { .. }, Representation::Int { .. })
                if ty.base == BaseType::TimestampTz && session.is_some() =>
            {
                let key = FunctionKey::Convert(from.base.clone(), ty.base.clone(), session);
                Ok(self.call(key, vec![(value.clone(), Sort::Int)], Sort::Int))
            }
            _ => unmodelled(),
        }
    }

    pub(super) fn class(&mut self, value: &Expr, kind: ClassKind) -> Expr {
        let class = self.call(FunctionKey::Class(kind.clone()), vec![(value.clone(), Sort::Int)], Sort::Real);
        self.scene.classes.entry((kind, value.clone())).or_insert_with(|| class.clone());
        class
    }

    /// The position of a text in the order of the type's collation. Different texts have different ones.
    fn rank(&mut self, text: &Expr, ty: &ColumnType) -> Encoded<Expr> {
        // Two columns may have two different ones, and the catalog does not tell which.
        if ty.collation == Collation::Deterministic {
            return undecidable("the order of a named collation is not modelled");
        }
        let sort = self.text;
        let rank = self.call(FunctionKey::Rank(ty.collation), vec![(text.clone(), sort)], Sort::Real);
        let term = (ty.collation, text.clone(), rank.clone());
        if !self.ranked.contains(&term) {
            self.ranked.push(term);
        }
        Ok(rank)
    }

    fn like(
        &mut self,
        value: &Value,
        pattern: &Operand,
        ty: &ColumnType,
        row: RowId,
        session: SessionId,
    ) -> Encoded<(Expr, Expr)> {
        if ty.collation == Collation::Nondeterministic {
            return undecidable("LIKE under a nondeterministic collation is not modelled");
        }
        let plain = matches!(ty.base, BaseType::Text | BaseType::Varchar);
        let regular = match pattern {
            Operand::Literal(Literal::String(pattern)) if plain => {
                like::parse(pattern).filter(|parts| known_characters(parts))
            }
            _ => None,
        };
        if let Some(parts) = regular {
            if self.text != Sort::String {
                return Err(Obstacle::NeedsStrings);
            }
            let subject = self.comparable(&value.expr, &value.ty, ty, Some(session))?;
            return Ok((Expr::Like(Box::new(subject), parts), Expr::Bool(true)));
        }
        // Something that depends on the value and the pattern, and on nothing else. Patterns are text, of
        // whatever type what they are matched with is.
        let text = ColumnType::plain(BaseType::Text);
        let pattern = self.operand(pattern, Some(&text), Some(row), session)?;
        let key = FunctionKey::Like(value.ty.base.clone(), pattern.ty.base.clone());
        let (subject, pattern_sort) = (self.sort_of(&value.ty), self.sort_of(&pattern.ty));
        let arguments = vec![(value.expr.clone(), subject), (pattern.expr.clone(), pattern_sort)];
        let matches = self.call(key, arguments, Sort::Bool);
        Ok((matches, pattern.usable()))
    }

    fn sort_of(&self, ty: &ColumnType) -> Sort {
        Representation::of(ty, self.world.catalog()).sort(self.text)
    }

    fn operand(
        &mut self,
        operand: &Operand,
        wanted: Option<&ColumnType>,
        row: Option<RowId>,
        session: SessionId,
    ) -> Encoded<Value> {
        match operand {
            Operand::Column { name, .. } => {
                let Some(row) = row else { return undecidable("an isolation key can't be a column") };
                let column = self.column(row, name)?;
                Ok(Value { expr: column.value, ty: column.ty, null: column.null, valid: Expr::Bool(true) })
            }
            Operand::Literal(literal) => {
                let text = ColumnType::plain(BaseType::Text);
                self.literal(literal, wanted.unwrap_or(&text))
            }
            Operand::Session { key } => self.setting(key, wanted, session),
            Operand::Function { schema, name, arguments, returns, volatility } => {
                let mut values = Vec::new();
                for (argument, parameter) in arguments {
                    values.push(self.argument(argument, parameter.as_ref(), row, session)?);
                }
                let Some(ty) = returns.as_ref().or(wanted).cloned() else {
                    return undecidable(format!("what {name} returns is not known"));
                };
                let function = function_name(schema.as_deref(), name);
                self.function(function, &values, ty, *volatility, session)
            }
        }
    }

    /// An argument of a call, which must reach the function as it is.
    fn argument(
        &mut self,
        argument: &Operand,
        parameter: Option<&ColumnType>,
        row: Option<RowId>,
        session: SessionId,
    ) -> Encoded<Value> {
        // Takes any type; a literal or setting is then text.
        let parameter = parameter.filter(|ty| !ty.base.sql_name().trim_matches('"').starts_with("any"));
        let value = self.operand(argument, parameter, row, session)?;
        let same_text = |ty: &ColumnType| matches!(ty.base, BaseType::Text | BaseType::Varchar);
        match parameter {
            Some(ty)
                if ty.base != value.ty.base
                    && !is_exact_widening(&value.ty, ty)
                    && !(same_text(ty) && same_text(&value.ty)) =>
            {
                undecidable(format!("passing {} as {} is not modelled", value.ty.display, ty.display))
            }
            _ => Ok(value),
        }
    }

    fn function(
        &mut self,
        function: String,
        arguments: &[Value],
        ty: ColumnType,
        volatility: Volatility,
        session: SessionId,
    ) -> Encoded<Value> {
        let representation = Representation::of(&ty, self.world.catalog());
        let sort = representation.sort(self.text);
        let mut terms = Vec::new();
        for argument in arguments {
            terms.push((argument.expr.clone(), self.sort_of(&argument.ty)));
            terms.push((argument.null.clone(), Sort::Bool));
        }
        let types: Vec<BaseType> = arguments.iter().map(|argument| argument.ty.base.clone()).collect();
        let scope = (volatility != Volatility::Immutable).then_some(session);
        let key = FunctionKey::Result(function.clone(), types.clone(), ty.base.clone(), scope);
        let expr = self.call(key, terms.clone(), sort);
        let key = FunctionKey::ResultNull(function.clone(), types, ty.base.clone(), scope);
        let null = self.call(key, terms, Sort::Bool);
        self.bound(&expr, &representation, Expr::not(null.clone()));
        self.remember_call(CallTerm {
            function,
            session: scope,
            arguments: arguments
                .iter()
                .map(|argument| (argument.expr.clone(), argument.null.clone(), argument.ty.clone()))
                .collect(),
            result: expr.clone(),
            null: null.clone(),
            ty: ty.clone(),
        });
        let valid = Expr::and(arguments.iter().map(|argument| argument.valid.clone()).collect::<Vec<_>>());
        Ok(Value { expr, ty, null, valid })
    }

    pub(super) fn literal(&mut self, literal: &Literal, ty: &ColumnType) -> Encoded<Value> {
        let datum = match datum::read_literal(literal, ty, self.world.catalog()) {
            Ok(Some(datum)) => datum,
            Ok(None) => {
                let sort = self.sort_of(ty);
                let expr = self.new_symbol(sort);
                let (null, valid) = (Expr::Bool(true), Expr::Bool(true));
                return Ok(Value { expr, ty: ty.clone(), null, valid });
            }
            Err(invalid) => return undecidable(format!("a literal can't be read: {}", invalid.reason)),
        };
        let expr = match (Representation::of(ty, self.world.catalog()), &datum) {
            (Representation::Int { .. }, Datum::Boolean(value)) => Expr::Int(i64::from(*value)),
            (Representation::Int { .. }, Datum::Instant(micros)) if ty.base == BaseType::Date => {
                Expr::Int(days(*micros))
            }
            (
                Representation::Int { .. },
                Datum::Integer(value) | Datum::Instant(value) | Datum::Time(value),
            ) => Expr::Int(*value),
            (Representation::Int { .. }, Datum::Enum(index, _)) => Expr::Int(i64::from(*index)),
            (Representation::Text, Datum::Text(text))
                if self.text == Sort::String && text.chars().all(|character| character <= MAX_CHARACTER) =>
            {
                Expr::String(text.clone())
            }
            (Representation::Unmodelled, _) => {
                return undecidable("a nondeterministic collation is not modelled");
            }
            (representation, datum) => self.remember_literal(&representation, datum, literal, ty),
        };
        Ok(Value { expr, ty: ty.clone(), null: Expr::Bool(false), valid: Expr::Bool(true) })
    }

    /// A session setting, seen through the cast to the wanted type.
    fn setting(&mut self, key: &str, wanted: Option<&ColumnType>, session: SessionId) -> Encoded<Value> {
        let setting = self.setting_term(key, session);
        let (null, set) = match self.world.missing_setting() {
            MissingSetting::Error => (Expr::Bool(false), setting.set.clone()),
            // An empty setting reads as NULL, too; then it counts as not set.
            MissingSetting::Deny => (Expr::not(setting.set.clone()), Expr::Bool(true)),
        };
        let text_type = ColumnType::plain(BaseType::Text);
        let ty = wanted.unwrap_or(&text_type).clone();
        match Representation::of(&ty, self.world.catalog()) {
            Representation::Text => Ok(Value { expr: setting.text, ty, null, valid: set }),
            Representation::Unmodelled => undecidable("a nondeterministic collation is not modelled"),
            representation => {
                let (text_sort, sort) = (self.text, representation.sort(self.text));
                let argument = vec![(setting.text.clone(), text_sort)];
                let scope = is_read_by_session(&ty.base).then_some(session);
                let castable = FunctionKey::Castable(ty.base.clone(), scope);
                let castable = self.call(castable, argument.clone(), Sort::Bool);
                let value = self.call(FunctionKey::Cast(ty.base.clone(), scope), argument, sort);
                self.bound(&value, &representation, castable.clone());
                let casts = &mut self.scene.sessions[session.0].casts;
                let key = SmolStr::from(key.to_ascii_lowercase());
                if !casts.iter().any(|cast| cast.value == value && cast.key == key) {
                    casts.push(crate::scene::CastTerm {
                        key,
                        ty: ty.clone(),
                        castable: castable.clone(),
                        value: value.clone(),
                    });
                }
                let valid = Expr::and([set, Expr::or([null.clone(), castable])]);
                Ok(Value { expr: value, ty, null, valid })
            }
        }
    }

    /// The setting's text in the session, and whether it is set (in the sense of the configuration).
    pub(crate) fn setting_term(&mut self, key: &str, session: SessionId) -> SettingTerm {
        // PostgreSQL does not tell settings apart by case.
        let mut known = self.scene.sessions[session.0].settings.iter();
        if let Some(known) = known.find(|setting| setting.key.eq_ignore_ascii_case(key)) {
            return known.clone();
        }
        let key = SmolStr::from(key.to_ascii_lowercase());
        let set = self.new_symbol(Sort::Bool);
        let sort = self.text;
        let text = self.new_symbol(sort);
        self.bound(&text, &Representation::Text, Expr::Bool(true));
        let setting = SettingTerm { key, set, text };
        self.scene.sessions[session.0].settings.push(setting.clone());
        setting
    }
}

fn known(ty: &Option<ColumnType>) -> Encoded<&ColumnType> {
    ty.as_ref().ok_or_else(|| Obstacle::Undecidable("the type of a comparison is not known".to_owned()))
}

fn known_characters(parts: &[LikePart]) -> bool {
    parts.iter().all(|part| match part {
        LikePart::Text(text) => text.chars().all(|character| character <= MAX_CHARACTER),
        LikePart::One | LikePart::Many => true,
    })
}

/// Types whose reading of a text depends on the session (`DateStyle`, `TimeZone`, `lc_monetary` and so on).
pub(super) fn is_read_by_session(base: &BaseType) -> bool {
    use BaseType::{Date, Other, Time, TimeTz, Timestamp, TimestampTz};
    matches!(base, Date | Timestamp | TimestampTz | Time | TimeTz | Other(_))
}

/// Whether both types are integers.
fn is_exact_widening(from: &ColumnType, to: &ColumnType) -> bool {
    from.family() == Family::Integer && to.family() == Family::Integer
}
