//! Why something of an existing policy is not in the language.

use std::fmt;

use squawk_syntax::SyntaxNode;

/// Longer pieces of SQL are cut in messages.
const SHOWN: usize = 70;

/// Something that the language can't say, or of which it is not certain that it says the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outside {
    /// Which part of the policy: `USING`, `WITH CHECK`, or empty where it is the policy as such.
    pub clause: &'static str,
    /// The SQL that is meant, cut if it is long; empty where it is the whole part.
    pub construct: String,
    /// Why it does not fit, in words that follow the construct.
    pub reason: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The outcome of reading a part.
pub(crate) type Read<T> = Result<T, Outside>;

impl Outside {
    /// Of the policy as such.
    pub(crate) fn policy(reason: impl Into<String>) -> Outside {
        Outside { clause: "", construct: String::new(), reason: reason.into(), help: None }
    }

    /// At a node of the expression.
    pub(crate) fn at(node: &SyntaxNode, reason: impl Into<String>) -> Outside {
        Outside { construct: shown(&node.text().to_string()), ..Outside::policy(reason) }
    }

    /// With advice.
    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Outside {
        self.help = Some(help.into());
        self
    }

    /// In that part of the policy, unless it is known already.
    #[must_use]
    pub(crate) fn in_clause(mut self, clause: &'static str) -> Outside {
        if self.clause.is_empty() {
            self.clause = clause;
        }
        self
    }
}

/// `USING: NOT EXISTS (…) is negated, …`
impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.clause.is_empty() {
            write!(f, "{}: ", self.clause)?;
        }
        if !self.construct.is_empty() {
            write!(f, "`{}` ", self.construct)?;
        }
        f.write_str(&self.reason)
    }
}

/// The text on one line, cut where it is long.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let start: String = line.chars().take(SHOWN).collect();
    format!("{}…", start.trim_end())
}
