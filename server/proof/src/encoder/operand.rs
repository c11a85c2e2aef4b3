//! Atoms and their operands.

use pgpe_catalog::{BaseType, Collation, ColumnType, Family, Volatility};
use pgpe_config::MissingSetting;
use pgpe_policy::datum::{self, Datum};
use pgpe_policy::resolved::{Atom, CompareOp, Literal, Operand};

use super::{Encoded, Encoder, FunctionKey, Obstacle, Reading};
use crate::evaluator::function_name;
use crate::formula::{Expr, LikePart, MAX_CHARACTER, Sort};
use crate::like;
use crate::scene::{CallTerm, RowId, SessionId, SettingTerm};
use crate::types::{ClassKind, Representation, days};

/// An operand's value.
struct Value {
    /// Its identity, in the representation of `ty`; meaningless where `null` or not `valid`.
    expr: Expr,
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
            // Depends on the session's time zone.
            (Representation::Int { .. }, Representation::Int { .. }) if ty.base == BaseType::TimestampTz => {
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
        // Something that depends on the value and the pattern, and on nothing else.
        let pattern = self.operand(pattern, Some(ty), Some(row), session)?;
        let (subject, pattern_sort) = (self.sort_of(&value.ty), self.sort_of(&pattern.ty));
        let arguments = vec![(value.expr.clone(), subject), (pattern.expr.clone(), pattern_sort)];
        let mixed = value.ty.base != pattern.ty.base;
        if mixed {
            return undecidable("LIKE between different types is not modelled");
        }
        let matches = self.call(FunctionKey::Like(value.ty.base.clone()), arguments, Sort::Bool);
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
                for (argument, ty) in arguments {
                    values.push(self.operand(argument, ty.as_ref(), row, session)?);
                }
                let Some(ty) = returns.as_ref().or(wanted).cloned() else {
                    return undecidable(format!("what {name} returns is not known"));
                };
                let function = function_name(schema.as_deref(), name);
                self.function(function, &values, ty, *volatility, session)
            }
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
        let sorts: Vec<Sort> = terms.iter().map(|(_, sort)| *sort).collect();
        let scope = (volatility != Volatility::Immutable).then_some(session);
        let key = FunctionKey::Result(function.clone(), sorts.clone(), sort, scope);
        let expr = self.call(key, terms.clone(), sort);
        let null =
            self.call(FunctionKey::ResultNull(function.clone(), sorts, sort, scope), terms, Sort::Bool);
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

    fn literal(&mut self, literal: &Literal, ty: &ColumnType) -> Encoded<Value> {
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
            (representation, datum) => self.remember_literal(&representation, datum, ty),
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
                let castable =
                    self.call(FunctionKey::Castable(ty.base.clone()), argument.clone(), Sort::Bool);
                let value = self.call(FunctionKey::Cast(ty.base.clone()), argument, sort);
                self.bound(&value, &representation, castable.clone());
                let casts = &mut self.scene.sessions[session.0].casts;
                if !casts.iter().any(|cast| cast.value == value && cast.key == key) {
                    casts.push(crate::scene::CastTerm {
                        key: key.to_owned(),
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
        if let Some(known) = self.scene.sessions[session.0].settings.iter().find(|setting| setting.key == key)
        {
            return known.clone();
        }
        let set = self.new_symbol(Sort::Bool);
        let sort = self.text;
        let text = self.new_symbol(sort);
        self.bound(&text, &Representation::Text, Expr::Bool(true));
        let setting = SettingTerm { key: key.to_owned(), set, text };
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

/// Whether both types are integers.
fn is_exact_widening(from: &ColumnType, to: &ColumnType) -> bool {
    from.family() == Family::Integer && to.family() == Family::Integer
}
