//! First-order formulas without quantifiers, and their text in SMT-LIB 2.
//!
//! The constructors simplify what is trivially true or false, so that formulas of the same shape have the
//! same text.

use std::fmt::Write;

/// The sort of a symbol or function result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Truth.
    Bool,
    /// Integers.
    Int,
    /// Real numbers; also stands for any dense order without ends.
    Real,
    /// Strings of Unicode characters.
    String,
}

impl Sort {
    fn smt(self) -> &'static str {
        match self {
            Sort::Bool => "Bool",
            Sort::Int => "Int",
            Sort::Real => "Real",
            Sort::String => "String",
        }
    }
}

/// A constant symbol, by its index of declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// An uninterpreted function, by its index of declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionSymbol(pub u32);

/// A term or formula; well-sorted by construction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expr {
    /// A constant symbol.
    Symbol(Symbol),
    /// Truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A real number, in plain decimal notation.
    Real(String),
    /// A string.
    String(String),
    /// Negation.
    Not(Box<Expr>),
    /// Conjunction of at least two.
    And(Vec<Expr>),
    /// Disjunction of at least two.
    Or(Vec<Expr>),
    /// Pairwise inequality of at least two.
    Distinct(Vec<Expr>),
    /// Equality.
    Eq(Box<Expr>, Box<Expr>),
    /// Less than.
    Lt(Box<Expr>, Box<Expr>),
    /// Less than or equal.
    Le(Box<Expr>, Box<Expr>),
    /// An integer as a real number.
    ToReal(Box<Expr>),
    /// Application of an uninterpreted function.
    Call(FunctionSymbol, Vec<Expr>),
    /// Whether a string is in the language of a LIKE pattern.
    Like(Box<Expr>, Vec<LikePart>),
    /// Whether a string holds only characters that PostgreSQL's text can hold.
    IsText(Box<Expr>),
}

/// A piece of a LIKE pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LikePart {
    /// These characters.
    Text(String),
    /// `_`
    One,
    /// `%`
    Many,
}

impl Expr {
    /// `NOT expr`
    #[must_use]
    pub fn not(expr: Expr) -> Expr {
        match expr {
            Expr::Bool(value) => Expr::Bool(!value),
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        }
    }

    /// All of them.
    pub fn and(exprs: impl IntoIterator<Item = Expr>) -> Expr {
        let mut parts = Vec::new();
        for expr in exprs {
            match expr {
                Expr::Bool(true) => {}
                Expr::Bool(false) => return Expr::Bool(false),
                Expr::And(inner) => parts.extend(inner),
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Expr::Bool(true),
            1 => parts.remove(0),
            _ => Expr::And(parts),
        }
    }

    /// One of them.
    pub fn or(exprs: impl IntoIterator<Item = Expr>) -> Expr {
        let mut parts = Vec::new();
        for expr in exprs {
            match expr {
                Expr::Bool(false) => {}
                Expr::Bool(true) => return Expr::Bool(true),
                Expr::Or(inner) => parts.extend(inner),
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Expr::Bool(false),
            1 => parts.remove(0),
            _ => Expr::Or(parts),
        }
    }

    /// `premise → conclusion`
    pub fn implies(premise: Expr, conclusion: Expr) -> Expr {
        Expr::or([Expr::not(premise), conclusion])
    }

    /// `left = right`
    pub fn eq(left: Expr, right: Expr) -> Expr {
        if left == right { Expr::Bool(true) } else { Expr::Eq(Box::new(left), Box::new(right)) }
    }

    /// `left < right`
    pub fn lt(left: Expr, right: Expr) -> Expr {
        Expr::Lt(Box::new(left), Box::new(right))
    }

    /// `left <= right`
    pub fn le(left: Expr, right: Expr) -> Expr {
        Expr::Le(Box::new(left), Box::new(right))
    }

    /// How many nodes it has.
    pub fn size(&self) -> usize {
        match self {
            Expr::Symbol(_) | Expr::Bool(_) | Expr::Int(_) | Expr::Real(_) | Expr::String(_) => 1,
            Expr::Not(inner) | Expr::ToReal(inner) | Expr::Like(inner, _) | Expr::IsText(inner) => {
                1 + inner.size()
            }
            Expr::Eq(left, right) | Expr::Lt(left, right) | Expr::Le(left, right) => {
                1 + left.size() + right.size()
            }
            Expr::And(parts) | Expr::Or(parts) | Expr::Distinct(parts) | Expr::Call(_, parts) => {
                1 + parts.iter().map(Expr::size).sum::<usize>()
            }
        }
    }

    /// Appends its SMT-LIB text.
    pub fn write_smt(&self, out: &mut String) {
        match self {
            Expr::Symbol(Symbol(index)) => {
                out.push('s');
                push_number(out, *index);
            }
            Expr::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Expr::Int(value) if *value < 0 => {
                let _ = write!(out, "(- {})", value.unsigned_abs());
            }
            Expr::Int(value) => push_number(out, *value),
            Expr::Real(decimal) => write_real(out, decimal),
            Expr::String(text) => write_string(out, text),
            Expr::Not(inner) => write_application(out, "not", [&**inner]),
            Expr::And(parts) => write_application(out, "and", parts),
            Expr::Or(parts) => write_application(out, "or", parts),
            Expr::Distinct(parts) => write_application(out, "distinct", parts),
            Expr::Eq(left, right) => write_application(out, "=", [&**left, &**right]),
            Expr::Lt(left, right) => write_application(out, "<", [&**left, &**right]),
            Expr::Le(left, right) => write_application(out, "<=", [&**left, &**right]),
            Expr::ToReal(inner) => write_application(out, "to_real", [&**inner]),
            Expr::Call(FunctionSymbol(index), arguments) => {
                if !arguments.is_empty() {
                    out.push('(');
                }
                out.push('f');
                push_number(out, *index);
                for argument in arguments {
                    out.push(' ');
                    argument.write_smt(out);
                }
                if !arguments.is_empty() {
                    out.push(')');
                }
            }
            Expr::Like(subject, pattern) => {
                out.push_str("(str.in_re ");
                subject.write_smt(out);
                out.push(' ');
                write_pattern(out, pattern);
                out.push(')');
            }
            Expr::IsText(subject) => {
                out.push_str("(str.in_re ");
                subject.write_smt(out);
                // Neither NUL nor surrogates; the last is the greatest character that the solver knows.
                out.push_str(
                    r#" (re.* (re.union (re.range "\u{1}" "\u{d7ff}") (re.range "\u{e000}" "\u{2ffff}"))))"#,
                );
            }
        }
    }
}

/// Numbers are most of a script; the machinery of `write!` takes several times as long.
pub(crate) fn push_number(out: &mut String, number: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(number));
}

fn write_application<'a>(out: &mut String, head: &str, arguments: impl IntoIterator<Item = &'a Expr>) {
    out.push('(');
    out.push_str(head);
    for argument in arguments {
        out.push(' ');
        argument.write_smt(out);
    }
    out.push(')');
}

fn write_real(out: &mut String, decimal: &str) {
    let (negative, digits) = match decimal.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, decimal),
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let _ = if negative { write!(out, "(- {digits}{point})") } else { write!(out, "{digits}{point}") };
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\"\""),
            ' '..='~' if character != '\\' => out.push(character),
            _ => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
    out.push('"');
}

fn write_pattern(out: &mut String, pattern: &[LikePart]) {
    let write_part = |out: &mut String, part: &LikePart| match part {
        LikePart::Text(text) => {
            out.push_str("(str.to_re ");
            write_string(out, text);
            out.push(')');
        }
        LikePart::One => out.push_str("re.allchar"),
        LikePart::Many => out.push_str("re.all"),
    };
    match pattern {
        [] => out.push_str("(str.to_re \"\")"),
        [part] => write_part(out, part),
        parts => {
            out.push_str("(re.++");
            for part in parts {
                out.push(' ');
                write_part(out, part);
            }
            out.push(')');
        }
    }
}

/// The greatest character that the solver's strings can hold.
pub const MAX_CHARACTER: char = '\u{2ffff}';

/// Declarations of symbols and functions, as SMT-LIB.
pub fn write_declarations(out: &mut String, symbols: &[Sort], functions: &[(Vec<Sort>, Sort)]) {
    for (index, sort) in symbols.iter().enumerate() {
        out.push_str("(declare-const s");
        push_number(out, index);
        out.push(' ');
        out.push_str(sort.smt());
        out.push_str(")\n");
    }
    for (index, (arguments, result)) in functions.iter().enumerate() {
        out.push_str("(declare-fun f");
        push_number(out, index);
        out.push_str(" (");
        for (at, argument) in arguments.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { " " });
            out.push_str(argument.smt());
        }
        out.push_str(") ");
        out.push_str(result.smt());
        out.push_str(")\n");
    }
}
