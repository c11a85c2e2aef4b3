//! What is put to the solver, in canonical form.
//!
//! The text names nothing: symbols and functions are numbered in the order in which the encoder met
//! them, so that tables of one shape yield equal obligations and are proved once.

use std::fmt;
use std::sync::Arc;

use num_rational::BigRational;

use crate::formula::{Expr, Sort, push_number, write_declarations};

/// Changes with every change of the encoding that may change a verdict; part of every hash.
pub const ENCODER_VERSION: u32 = 11;

/// Identifies an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObligationHash([u8; 32]);

impl ObligationHash {
    /// The hash of a script.
    pub fn of(script: &str) -> ObligationHash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("encoder {ENCODER_VERSION}\n").as_bytes());
        hasher.update(script.as_bytes());
        ObligationHash(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for ObligationHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A satisfiability problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Declarations and assertions, SMT-LIB 2.
    pub script: Arc<str>,
    /// Sorts of the constants `s0`, `s1` and so on that the script declares.
    pub symbols: Arc<[Sort]>,
    /// How many facts `a0`, `a1` and so on the script declares. All are to be assumed; they are apart so that
    /// those that matter can be told.
    pub facts: u32,
    /// How many assumptions `p0`, `p1` and so on the script declares. Each makes a model more telling, and
    /// is to be taken, in this order, if it leaves the problem satisfiable.
    pub preferences: u32,
    /// Identifies all of the above.
    pub hash: ObligationHash,
}

/// What the solver found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There is no such scene. The indices of facts that suffice to say so, none of which can be left out.
    Unsatisfiable(Vec<u32>),
    /// There is: the values of the obligation's symbols, in their order. Who remembers outcomes shares them.
    Satisfiable(Arc<[ModelValue]>),
    /// Not decided; says why.
    Unknown(String),
}

impl Outcome {
    /// Whether it says all that there is to say. UNKNOWN may be decided another time, and a model that could not be read
    /// whole shows nothing.
    pub fn is_decided(&self) -> bool {
        match self {
            Outcome::Unsatisfiable(_) => true,
            Outcome::Satisfiable(values) => !values.contains(&ModelValue::Unreadable),
            Outcome::Unknown(_) => false,
        }
    }
}

/// The value of a symbol in a model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelValue {
    /// Of sort Bool.
    Bool(bool),
    /// Of sort Int or Real.
    Number(BigRational),
    /// Of sort String.
    String(String),
    /// Could not be read from the model.
    Unreadable,
}

impl Obligation {
    /// Assembles an obligation from its parts.
    pub(crate) fn new(
        symbols: &[Sort],
        functions: &[(Vec<Sort>, Sort)],
        axioms: &[Expr],
        facts: &[(u32, Expr)],
        goal: &Expr,
        preferences: &[Expr],
    ) -> Obligation {
        let mut script = String::with_capacity(USUAL_LENGTH);
        write_declarations(&mut script, symbols, functions);
        for expr in axioms.iter().chain([goal]).filter(|expr| **expr != Expr::Bool(true)) {
            script.push_str("(assert ");
            expr.write_smt(&mut script);
            script.push_str(")\n");
        }
        let fact_count = facts.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
        for index in 0..fact_count {
            declare_assumption(&mut script, 'a', index);
        }
        for (index, expr) in facts {
            assert_under(&mut script, 'a', *index, expr);
        }
        let mut assumptions = 0;
        for preference in preferences.iter().filter(|expr| !matches!(expr, Expr::Bool(_))) {
            declare_assumption(&mut script, 'p', assumptions);
            assert_under(&mut script, 'p', assumptions, preference);
            assumptions += 1;
        }
        let hash = ObligationHash::of(&script);
        Obligation {
            script: script.into(),
            symbols: symbols.into(),
            facts: fact_count,
            preferences: assumptions,
            hash,
        }
    }
}

/// Bytes in most scripts.
const USUAL_LENGTH: usize = 2048;

fn declare_assumption(script: &mut String, kind: char, index: u32) {
    script.push_str("(declare-const ");
    script.push(kind);
    push_number(script, index);
    script.push_str(" Bool)\n");
}

/// Says that something holds if an assumption does.
fn assert_under(script: &mut String, kind: char, index: u32, expr: &Expr) {
    script.push_str("(assert (=> ");
    script.push(kind);
    push_number(script, index);
    script.push(' ');
    expr.write_smt(script);
    script.push_str("))\n");
}
