//! Comparisons: the type of both sides, and literals that must be readable as it.

use pgpe_catalog::{BaseType, ColumnType, Family};
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use super::{Reported, Resolver, Scope};
use crate::comparison::{Incomparable, common_type, compared};
use crate::datum;
use crate::like;
use crate::names;
use crate::problem::Problem;
use crate::resolved::{Atom, CompareOp, Literal, Operand};
use crate::show;
use crate::source::{Spanned, Value};

/// What is known of an operand's type.
enum Typing<'o> {
    /// It has this type.
    Is(&'o ColumnType),
    /// It takes the other side's: a setting or a literal.
    Any,
    /// It has one, which is not known: the result of a function that the schema does not define.
    Unknown,
}

fn typing(operand: &Operand) -> Typing<'_> {
    match operand {
        Operand::Column { ty: Some(ty), .. } | Operand::Function { returns: Some(ty), .. } => Typing::Is(ty),
        Operand::Column { ty: None, .. } | Operand::Function { returns: None, .. } => Typing::Unknown,
        Operand::Session { .. } | Operand::Literal(_) => Typing::Any,
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn comparison(
        &mut self,
        left: &Spanned<Value>,
        op: &Spanned<CompareOp>,
        right: &Spanned<Value>,
        scope: Scope<'a>,
    ) -> Result<Atom, Reported> {
        let resolved = (self.operand(left, scope), self.operand(right, scope));
        let (Ok(left_operand), Ok(right_operand)) = resolved else { return Err(Reported) };
        let whole = TextRange::new(left.range.start(), right.range.end());
        match op.value {
            CompareOp::In | CompareOp::NotIn => {
                let negated = op.value == CompareOp::NotIn;
                let Operand::Literal(Literal::List(list)) = right_operand else { return Err(Reported) };
                self.membership(left, left_operand, negated, list, right.range, scope)
            }
            CompareOp::Like | CompareOp::NotLike => {
                let negated = op.value == CompareOp::NotLike;
                self.like(left, left_operand, negated, right, right_operand, scope)
            }
            op_value => {
                if [&left_operand, &right_operand].contains(&&Operand::Literal(Literal::Null)) {
                    self.null_comparison(left, &left_operand, op, right);
                }
                let ty = self.comparison_type(&left_operand, &right_operand, whole, scope)?;
                self.check_literal(&left_operand, left.range, &right_operand, ty.as_ref(), scope)?;
                self.check_literal(&right_operand, right.range, &left_operand, ty.as_ref(), scope)?;
                let atom = Atom::Compare { left: left_operand, op: op_value, right: right_operand, ty };
                Ok(atom.oriented())
            }
        }
    }

    fn membership(
        &mut self,
        value: &Spanned<Value>,
        operand: Operand,
        negated: bool,
        list: Vec<Literal>,
        list_range: TextRange,
        scope: Scope<'a>,
    ) -> Result<Atom, Reported> {
        let null_operand = operand == Operand::Literal(Literal::Null);
        if null_operand || list.contains(&Literal::Null) {
            self.null_in_membership(value, null_operand, negated, &list, list_range);
        }
        let first = list.iter().find(|literal| **literal != Literal::Null).cloned().unwrap_or(Literal::Null);
        let whole = TextRange::new(value.range.start(), list_range.end());
        let ty = self.comparison_type(&operand, &Operand::Literal(first), whole, scope)?;
        let mut failed = false;
        for (index, literal) in list.iter().enumerate() {
            let corrected = |replacement: Literal| {
                let mut list = list.clone();
                if let Some(place) = list.get_mut(index) {
                    *place = replacement;
                }
                Literal::List(list)
            };
            let checked = self.check_value(literal, list_range, corrected, &operand, ty.as_ref(), scope);
            failed |= checked.is_err();
        }
        self.check_literal(&operand, value.range, &operand, ty.as_ref(), scope)?;
        if failed { Err(Reported) } else { Ok(Atom::In { operand, negated, list, ty }) }
    }

    fn like(
        &mut self,
        value: &Spanned<Value>,
        operand: Operand,
        negated: bool,
        pattern_source: &Spanned<Value>,
        pattern: Operand,
        scope: Scope<'a>,
    ) -> Result<Atom, Reported> {
        let op = if negated { CompareOp::NotLike } else { CompareOp::Like };
        let null = Operand::Literal(Literal::Null);
        if operand == null || pattern == null {
            self.null_reported = true;
            let message = format!("{} with null is never true", show::operator(op));
            let range = if pattern == null { pattern_source.range } else { value.range };
            let problem = Problem::new(Rule::NullComparison, range, message)
                .with_help("test for null with IS NULL or IS NOT NULL");
            self.report_unbound(problem);
        }
        let mut failed = false;
        for (side, range) in [(&operand, value.range), (&pattern, pattern_source.range)] {
            match (typing(side), side) {
                (Typing::Is(ty), _) if ty.family() != Family::Text => {
                    let message = format!(
                        "{} compares text, which {}{} is not",
                        show::operator(op),
                        described(side),
                        scope.place()
                    );
                    self.report(Problem::new(Rule::TypeMismatch, range, message), scope);
                }
                (_, Operand::Literal(literal @ (Literal::Integer(_) | Literal::Boolean(_)))) => {
                    let shown = show::literal(literal);
                    let message = format!("{} compares text, which `{shown}` is not", show::operator(op));
                    let mut problem = Problem::new(Rule::TypeMismatch, range, message);
                    let edit = (range, format!("lit('{shown}')"));
                    problem.fixes.push((format!("Replace with `'{shown}'`"), vec![edit]));
                    self.report_unbound(problem);
                }
                _ => continue,
            }
            failed = true;
        }
        if let Operand::Literal(Literal::String(text)) = &pattern
            && like::validate(text).is_err()
        {
            let shown = show::literal(&Literal::String(text.clone()));
            let message = format!("the pattern `{shown}` ends in a lone escape character");
            let doubled = format!("lit({})", show::literal(&Literal::String(format!("{text}\\"))));
            let mut problem = Problem::new(Rule::InvalidLiteral, pattern_source.range, message)
                .with_help("`\\` escapes the character after it; write `\\\\` for a backslash");
            problem.fixes.push(("Double the backslash".to_owned(), vec![(pattern_source.range, doubled)]));
            self.report_unbound(problem);
            failed = true;
        }
        if failed {
            return Err(Reported);
        }
        let ty = match (self.catalog, typing(&operand)) {
            (None, _) | (_, Typing::Unknown) => None,
            (Some(_), Typing::Is(ty)) => Some(compared(ty)),
            (Some(_), Typing::Any) => Some(ColumnType::plain(BaseType::Text)),
        };
        Ok(Atom::Like { operand, negated, pattern, ty })
    }

    /// What both sides are compared as; `None` where it is not known.
    fn comparison_type(
        &mut self,
        left: &Operand,
        right: &Operand,
        range: TextRange,
        scope: Scope<'a>,
    ) -> Result<Option<ColumnType>, Reported> {
        if self.catalog.is_none() {
            return Ok(None);
        }
        let found = match (typing(left), typing(right)) {
            (Typing::Is(left), Typing::Is(right)) => common_type(left, right),
            (Typing::Is(ty), _) | (_, Typing::Is(ty)) => match ty.family() {
                Family::Json => Err(Incomparable::Json),
                _ => Ok(compared(ty)),
            },
            (Typing::Unknown, _) | (_, Typing::Unknown) => return Ok(None),
            (Typing::Any, Typing::Any) => Ok(ColumnType::plain(free_type(left, right))),
        };
        found.map(Some).map_err(|why| {
            let (left, right) = (described(left), described(right));
            let place = scope.place();
            let (message, help) = match why {
                Incomparable::Types => (
                    format!("{left} can't be compared with {right}{place}"),
                    "compare values of one family of types",
                ),
                Incomparable::Json => (
                    format!("{left} can't be compared with {right}{place}: json has no comparison here"),
                    "json is only tested with IS NULL and IS NOT NULL",
                ),
                Incomparable::Collations => (
                    format!("{left} can't be compared with {right}{place}: their collations differ"),
                    "PostgreSQL can't decide between two collations; give both columns the same",
                ),
            };
            self.report(Problem::new(Rule::TypeMismatch, range, message).with_help(help), scope)
        })
    }

    /// A literal on one side of a comparison must be readable as the comparison's type.
    fn check_literal(
        &mut self,
        operand: &Operand,
        range: TextRange,
        other: &Operand,
        ty: Option<&ColumnType>,
        scope: Scope<'a>,
    ) -> Result<(), Reported> {
        match operand {
            Operand::Literal(literal) => {
                self.check_value(literal, range, |replacement| replacement, other, ty, scope)
            }
            _ => Ok(()),
        }
    }

    /// `corrected` puts a replacement into the literal that stands at `range`.
    fn check_value(
        &mut self,
        literal: &Literal,
        range: TextRange,
        corrected: impl Fn(Literal) -> Literal,
        other: &Operand,
        ty: Option<&ColumnType>,
        scope: Scope<'a>,
    ) -> Result<(), Reported> {
        let (Some(ty), Some(catalog)) = (ty, self.catalog) else { return Ok(()) };
        let Err(invalid) = datum::read_literal(literal, ty, catalog) else { return Ok(()) };
        let message = format!(
            "`{}` can't be compared with {}{}: {}",
            show::literal(literal),
            described(other),
            scope.place(),
            invalid.reason
        );
        let mut problem = Problem::new(Rule::InvalidLiteral, range, message);
        let mut offer = |title: String, replacement: Literal| {
            let text = format!("lit({})", show::literal(&corrected(replacement)));
            problem.fixes.push((title, vec![(range, text)]));
        };
        match (literal, &ty.base) {
            (Literal::String(text), BaseType::Enum(name)) => {
                let labels = catalog.enums.get(name).map_or(&[][..], Vec::as_slice);
                let nearest = names::nearest(text, labels.iter().map(String::as_str));
                for label in &nearest {
                    offer(format!("Replace with `{label}`"), Literal::String((*label).to_owned()));
                }
                let shown: Vec<&String> = labels.iter().take(8).collect();
                problem.help = names::did_you_mean(&nearest)
                    .or_else(|| Some(format!("its labels are {}", names::list(&shown, "and"))));
            }
            (Literal::String(text), BaseType::TimestampTz) => {
                // Of a text that lacks nothing but the offset.
                let date_time = [format!("{}+00", text.trim_end()), format!("{} 00:00+00", text.trim_end())];
                let valid =
                    |text: &String| datum::read_literal(&Literal::String(text.clone()), ty, catalog).is_ok();
                if let Some(utc) = date_time.into_iter().find(valid) {
                    offer(format!("Replace with `{utc}`, a time in UTC"), Literal::String(utc));
                }
            }
            (Literal::Integer(_) | Literal::Boolean(_), _) if ty.family() == Family::Text => {
                let text = show::literal(literal);
                offer(format!("Replace with `'{text}'`"), Literal::String(text));
                problem.help = Some("write it as a string".to_owned());
            }
            _ => {}
        }
        Err(self.report(problem, scope))
    }

    fn null_comparison(
        &mut self,
        left: &Spanned<Value>,
        left_operand: &Operand,
        op: &Spanned<CompareOp>,
        right: &Spanned<Value>,
    ) {
        self.null_reported = true;
        let test = match op.value {
            CompareOp::Eq => Some("IS NULL"),
            CompareOp::Ne => Some("IS NOT NULL"),
            _ => None,
        };
        let message = format!("a comparison with null by `{}` is never true", show::operator(op.value));
        let range = TextRange::new(left.range.start(), right.range.end());
        let mut problem = Problem::new(Rule::NullComparison, range, message);
        problem.help = Some(match test {
            Some(test) => format!("write `{test}`"),
            None => "null is neither less nor greater than anything; test for it with IS NULL".to_owned(),
        });
        if let Some(test) = test {
            let edits = match left_operand {
                Operand::Literal(Literal::Null) => vec![
                    (TextRange::new(left.range.start(), right.range.start()), String::new()),
                    (TextRange::empty(right.range.end()), format!(" {test}")),
                ],
                _ => vec![(TextRange::new(op.range.start(), right.range.end()), test.to_owned())],
            };
            problem.fixes.push((format!("Replace with `{test}`"), edits));
        }
        self.report_unbound(problem);
    }

    /// `x NOT IN [.., null]` is never true; in `x IN [.., null]` the null matches nothing.
    fn null_in_membership(
        &mut self,
        value: &Spanned<Value>,
        null_operand: bool,
        negated: bool,
        list: &[Literal],
        range: TextRange,
    ) {
        if null_operand {
            self.null_reported = true;
            let message = "null is neither in a list nor not in it, so this is never true";
            self.report_unbound(Problem::new(Rule::NullComparison, value.range, message));
            return;
        }
        let rest: Vec<Literal> = list.iter().filter(|literal| **literal != Literal::Null).cloned().collect();
        let never = negated || rest.is_empty();
        let mut problem = if never {
            self.null_reported = true;
            let op = if negated { "NOT IN" } else { "IN" };
            let message = format!("`{op}` is never true with null in the list");
            Problem::new(Rule::NullComparison, range, message)
                .with_help("take null out of the list, and test for it with IS NULL or IS NOT NULL")
        } else {
            let message = "null in a list after `IN` matches no row";
            let mut problem = Problem::new(Rule::Subsumption, range, message)
                .with_help("take it out, and add a clause with IS NULL if such rows shall pass");
            problem.unnecessary = true;
            problem
        };
        if !rest.is_empty() {
            let text = format!("lit({})", show::literal(&Literal::List(rest)));
            problem.fixes.push(("Take null out of the list".to_owned(), vec![(range, text)]));
        }
        self.report_unbound(problem);
    }
}

/// What a setting and a literal, or two of a kind, are compared as.
fn free_type(left: &Operand, right: &Operand) -> BaseType {
    let literals = [left, right].map(|operand| match operand {
        Operand::Literal(literal) => Some(literal),
        _ => None,
    });
    match literals {
        [Some(Literal::Boolean(_)), Some(_)] | [Some(_), Some(Literal::Boolean(_))] => BaseType::Boolean,
        [Some(Literal::Integer(_)), Some(_)] | [Some(_), Some(Literal::Integer(_))] => BaseType::BigInt,
        _ => BaseType::Text,
    }
}

/// The value with its type, for messages.
fn described(operand: &Operand) -> String {
    let shown = show::operand(operand);
    match typing(operand) {
        Typing::Is(ty) => format!("{shown} ({})", ty.display),
        Typing::Any | Typing::Unknown => shown,
    }
}
