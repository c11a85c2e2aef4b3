//! What a rule of this crate reports.

use pgpe_catalog::QualifiedName;
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

/// Something wrong with an item, at a place relative to the item's start.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The rule broken.
    pub rule: Rule,
    /// Where, relative to the start of the item.
    pub range: TextRange,
    /// What is wrong, for people; ends without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The tables for which it holds; empty if for no particular one.
    pub tables: Vec<QualifiedName>,
    /// Other places that explain it.
    pub related: Vec<RelatedPlace>,
    /// Edits that mend it, each with a title: replacements of ranges relative to the item.
    pub fixes: Vec<(String, Vec<(TextRange, String)>)>,
    /// The part is superfluous (shown faded in editors).
    pub unnecessary: bool,
}

/// A place that explains a problem.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RelatedPlace {
    /// In the same item.
    Here(TextRange, String),
    /// The name of another policy of the project, by its name.
    Policy(String, String),
    /// A relation's definition in the schema.
    Relation(QualifiedName, String),
    /// A column's definition in the schema.
    Column(QualifiedName, String, String),
}

impl Problem {
    /// A problem with nothing but a message.
    pub fn new(rule: Rule, range: TextRange, message: impl Into<String>) -> Problem {
        Problem {
            rule,
            range,
            message: message.into(),
            help: None,
            tables: Vec::new(),
            related: Vec::new(),
            fixes: Vec::new(),
            unnecessary: false,
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}
