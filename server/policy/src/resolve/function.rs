//! Calls of functions: allowed by the configuration, and as the schema defines them.

use pgpe_catalog::{BaseType, Catalog, ColumnType, Function, QualifiedName, Volatility};
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use super::{Reported, Resolver, Scope};
use crate::builtin;
use crate::comparison::{compared, converts_implicitly, is_polymorphic};
use crate::datum;
use crate::names;
use crate::problem::Problem;
use crate::resolved::{Literal, Operand};
use crate::selector::search_path;
use crate::show;
use crate::source::{Spanned, Value};

const CATALOG_SCHEMA: &str = "pg_catalog";

/// A function's definitions under one name.
struct Found {
    name: QualifiedName,
    overloads: Vec<Function>,
}

impl<'a> Resolver<'a> {
    pub(super) fn call(
        &mut self,
        schema: Option<&Spanned<String>>,
        name: &Spanned<String>,
        arguments: &[Spanned<Value>],
        range: TextRange,
        scope: Scope<'a>,
    ) -> Result<Operand, Reported> {
        let schema_name = schema.map(|schema| schema.value.as_str());
        let start = schema.map_or(name.range, |schema| schema.range).start();
        let name_range = TextRange::new(start, name.range.end());
        let found = self.find_function(schema_name, &name.value);
        let allowed = self.check_allowed(schema_name, &name.value, found.as_ref(), name_range);
        let resolved: Vec<_> = arguments.iter().map(|argument| self.operand(argument, scope)).collect();
        let operands = resolved.into_iter().collect::<Result<Vec<_>, Reported>>()?;
        allowed?;
        let written = qualified(schema_name, &name.value);
        let unknown = |operands: Vec<Operand>| Operand::Function {
            schema: schema.map(|schema| schema.value.clone()),
            name: name.value.clone(),
            arguments: operands.into_iter().map(|operand| (operand, None)).collect(),
            returns: None,
            volatility: Volatility::Stable,
        };
        if self.catalog.is_none() {
            return Ok(unknown(operands));
        }
        let Some(found) = found else {
            let message = format!("the schema does not define function `{written}`");
            let mut problem = Problem::new(Rule::UnknownFunction, name_range, message);
            let known = self.catalog.iter().flat_map(|catalog| catalog.functions.keys());
            let known: Vec<String> = known.map(QualifiedName::to_string).collect();
            let nearest = names::nearest(&written, known.iter().map(String::as_str));
            problem.help = names::did_you_mean(&nearest).or_else(|| {
                let assumed = "it is taken to be STABLE, and to return the type that it is compared with";
                Some(assumed.to_owned())
            });
            self.report_unbound(problem);
            return Ok(unknown(operands));
        };
        let fitting: Vec<&Function> =
            found.overloads.iter().filter(|function| function.takes(operands.len())).collect();
        if fitting.is_empty() {
            let message =
                format!("function `{}` does not take {}", found.name, counted(operands.len(), "argument"));
            let problem = Problem::new(Rule::UnknownFunction, range, message)
                .with_help(format!("the schema defines {}", names::list(&signatures(&found), "and")));
            self.report_unbound(problem);
            return Ok(unknown(operands));
        }
        let function = self.overload(&found, &fitting, &operands, arguments, range, scope)?;
        let Some(returns) = &function.returns else {
            let message = format!("function `{}` returns no single value", found.name);
            return Err(self.report_unbound(Problem::new(Rule::TypeMismatch, name_range, message)));
        };
        if function.volatility == Volatility::Volatile {
            let message = format!("function `{}` is VOLATILE", found.name);
            let problem = Problem::new(Rule::VolatileFunction, name_range, message).with_help(
                "it may give another result for each row; declare it STABLE or IMMUTABLE if that is what it is",
            );
            return Err(self.report_unbound(problem));
        }
        let types = function.arguments.iter().map(|ty| (!polymorphic(ty)).then(|| compared(ty)));
        Ok(Operand::Function {
            schema: Some(found.name.schema.to_string()),
            name: found.name.name.to_string(),
            arguments: operands.into_iter().zip(types).collect(),
            returns: (!polymorphic(returns)).then(|| returns.clone()),
            volatility: function.volatility,
        })
    }

    fn find_function(&self, schema: Option<&str>, name: &str) -> Option<Found> {
        let path = search_path(self.governed, self.config);
        let (name, overloads) = look_up_function(schema, name, self.catalog?, &path)?;
        Some(Found { name, overloads })
    }

    fn check_allowed(
        &mut self,
        schema: Option<&str>,
        name: &str,
        found: Option<&Found>,
        range: TextRange,
    ) -> Result<(), Reported> {
        let written = qualified(schema, name);
        let is_meant = |entry: &String| {
            let same_function = || {
                let (schema, name) = match entry.split_once('.') {
                    Some((schema, name)) => (Some(schema), name),
                    None => (None, entry.as_str()),
                };
                self.find_function(schema, name).map(|other| other.name)
            };
            *entry == written || found.is_some_and(|found| same_function().as_ref() == Some(&found.name))
        };
        if self.config.allowed_functions.iter().any(is_meant) {
            return Ok(());
        }
        let message = format!("function `{written}` is not on the configuration's list of allowed functions");
        let mut problem = Problem::new(Rule::FunctionNotAllowed, range, message);
        let allowed = || self.config.allowed_functions.iter().map(String::as_str);
        let mut meant: Vec<&str> =
            allowed().filter(|entry| entry.split_once('.').is_some_and(|(_, last)| last == name)).collect();
        if meant.is_empty() {
            meant = names::nearest(&written, allowed());
        }
        problem.help = names::did_you_mean(&meant).or_else(|| {
            Some(format!("add `{written}` to `functions.allow` in pgpe.yaml if policies may call it"))
        });
        Err(self.report_unbound(problem))
    }

    /// The overload that PostgreSQL would choose: the one whose parameters are just the arguments' types, or
    /// else the only one that they convert to.
    fn overload<'f>(
        &mut self,
        found: &Found,
        fitting: &[&'f Function],
        operands: &[Operand],
        sources: &[Spanned<Value>],
        range: TextRange,
        scope: Scope<'a>,
    ) -> Result<&'f Function, Reported> {
        let mismatches = |function: &Function| -> Vec<usize> {
            let pairs = operands.iter().zip(&function.arguments).enumerate();
            pairs.filter(|(_, (operand, ty))| !self.accepts(ty, operand)).map(|(index, _)| index).collect()
        };
        let accepting: Vec<&'f Function> =
            fitting.iter().copied().filter(|function| mismatches(function).is_empty()).collect();
        let exact = |function: &&&Function| {
            let mut pairs = operands.iter().zip(&function.arguments);
            pairs.all(|(operand, ty)| natural_type(operand).is_none_or(|own| own == ty.base))
        };
        if let [only] = accepting.as_slice() {
            return Ok(only);
        }
        let exactly: Vec<&&'f Function> = accepting.iter().filter(exact).collect();
        if let [only] = exactly.as_slice() {
            return Ok(only);
        }
        let (range, message) = match (accepting.is_empty(), fitting) {
            (true, [only]) => {
                let index = mismatches(only).into_iter().next().unwrap_or_default();
                let operand = operands.get(index).map(show::operand).unwrap_or_default();
                let ty = only.arguments.get(index).map(|ty| ty.display.as_str()).unwrap_or_default();
                let at = sources.get(index).map_or(range, |source| source.range);
                let message =
                    format!("function `{}` takes {ty}, which {operand}{} is not", found.name, scope.place());
                (at, message)
            }
            (true, _) => {
                let message = format!("no function `{}` takes these arguments{}", found.name, scope.place());
                (range, message)
            }
            (false, _) => {
                let message =
                    format!("several functions `{}` take these arguments{}", found.name, scope.place());
                (range, message)
            }
        };
        let problem = Problem::new(Rule::TypeMismatch, range, message)
            .with_help(format!("the schema defines {}", names::list(&signatures(found), "and")));
        Err(self.report(problem, scope))
    }

    /// Whether PostgreSQL takes an argument for a parameter of that type.
    fn accepts(&self, ty: &ColumnType, operand: &Operand) -> bool {
        if polymorphic(ty) {
            return true;
        }
        match (operand_type(operand), operand, self.catalog) {
            (Some(own), _, _) => converts_implicitly(own, ty),
            (None, Operand::Literal(literal), Some(catalog)) => {
                datum::read_literal(literal, ty, catalog).is_ok()
            }
            _ => true,
        }
    }
}

/// The functions that a name stands for. An unqualified one is PostgreSQL's own function if there is one, as
/// with the usual search path.
pub fn look_up_function(
    schema: Option<&str>,
    name: &str,
    catalog: &Catalog,
    search: &[String],
) -> Option<(QualifiedName, Vec<Function>)> {
    if schema.is_none_or(|schema| schema == CATALOG_SCHEMA) {
        let overloads = builtin::functions(name);
        if !overloads.is_empty() {
            return Some((QualifiedName::new(CATALOG_SCHEMA, name), overloads));
        }
    }
    let (name, overloads) = catalog.functions_named(name, schema, search)?;
    Some((name.clone(), overloads.to_vec()))
}

fn operand_type(operand: &Operand) -> Option<&ColumnType> {
    match operand {
        Operand::Column { ty, .. } | Operand::Function { returns: ty, .. } => ty.as_ref(),
        Operand::Session { .. } | Operand::Literal(_) => None,
    }
}

/// The type that a value has before anything asks for another.
fn natural_type(operand: &Operand) -> Option<BaseType> {
    match operand {
        Operand::Column { .. } | Operand::Function { .. } => operand_type(operand).map(|ty| ty.base.clone()),
        Operand::Session { .. } | Operand::Literal(Literal::String(_)) => Some(BaseType::Text),
        Operand::Literal(Literal::Boolean(_)) => Some(BaseType::Boolean),
        Operand::Literal(Literal::Integer(value)) => {
            Some(if i32::try_from(*value).is_ok() { BaseType::Integer } else { BaseType::BigInt })
        }
        Operand::Literal(Literal::Null | Literal::List(_)) => None,
    }
}

fn polymorphic(ty: &ColumnType) -> bool {
    matches!(&ty.base, BaseType::Other(name) if is_polymorphic(name))
}

fn signatures(found: &Found) -> Vec<String> {
    let mut shown: Vec<String> = found
        .overloads
        .iter()
        .map(|function| {
            let types: Vec<&str> = function.arguments.iter().map(|ty| ty.display.as_str()).collect();
            format!("{}({})", found.name, types.join(", "))
        })
        .collect();
    shown.sort();
    shown
}

fn qualified(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
