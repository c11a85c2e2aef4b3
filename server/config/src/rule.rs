//! The rules that findings belong to, their ids and default severities.
//!
//! An id is what suppressions, `pgpe.yaml`, `pgpe explain` and editors' links use. Each rule has a page
//! `tests/rules/<id>.md`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much a finding matters. Ordered: `Error` is the greatest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A remark that asks for nothing.
    Hint,
    /// Something worth knowing.
    Info,
    /// Probably a mistake.
    Warning,
    /// Certainly wrong, or a security property that does not hold.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Hint => "hint",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

macro_rules! rules {
    ($($variant:ident $id:literal $severity:ident $title:literal)*) => {
        /// A kind of finding. The documentation of each variant is its one-line summary.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Rule {
            $(#[doc = $title] #[serde(rename = $id)] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the reference.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant,)*];

            /// The stable id, as written in suppressions and shown beside findings.
            pub fn id(self) -> &'static str {
                match self { $(Rule::$variant => $id,)* }
            }

            /// One line that says what the rule reports.
            pub fn title(self) -> &'static str {
                match self { $(Rule::$variant => $title,)* }
            }

            /// The severity where the configuration does not set one.
            pub fn default_severity(self) -> Severity {
                match self { $(Rule::$variant => Severity::$severity,)* }
            }
        }
    };
}

rules! {
    Syntax "syntax" Error "The text does not follow the grammar."
    DuplicatePolicy "duplicate-policy" Error "Two policies bear the same name."
    MissingPolicyType "missing-policy-type" Error "A policy is neither PERMISSIVE nor RESTRICTIVE."
    CheckNotAllowed "check-not-allowed" Error "WITH CHECK on commands that write no row."
    UnusedClause "unused-clause" Warning "Clauses that PostgreSQL would never evaluate."
    LongName "long-name" Hint "A compiled policy name exceeds PostgreSQL's 63 bytes and is shortened."
    UnusedSuppression "unused-suppression" Warning "A suppression that silences nothing."
    UnknownRule "unknown-rule" Warning "A suppression names a rule that does not exist."
    MissingReason "missing-reason" Warning "A suppression gives no reason."
    UnknownColumn "unknown-column" Error "A column does not exist on a governed table."
    UnknownTable "unknown-table" Error "A traversal names a table that does not exist."
    UnknownType "unknown-type" Error "A selector names a type that the schema does not know."
    UnknownRole "unknown-role" Warning "A role that the database does not have."
    TypeMismatch "type-mismatch" Error "A comparison between values of different type families."
    InvalidLiteral "invalid-literal" Error "A literal that can't be read as the type it is compared with."
    NullComparison "null-comparison" Error "A comparison with null is never true."
    FunctionNotAllowed "function-not-allowed" Error "A function that the configuration does not allow."
    UnknownFunction "unknown-function" Warning "An allowed function that the schema does not define so."
    VolatileFunction "volatile-function" Error "A policy must not call a VOLATILE function."
    SelectorMatchesNothing "selector-matches-nothing" Warning "A selector that matches no table."
    LikeWildcard "like-wildcard" Warning "An underscore in named('…') matches more than the table spelled."
    TraversalDepth "traversal-depth" Error "Traversals nest deeper than the configured limit."
    TraversalCycle "traversal-cycle" Error "Policies traverse each other in a circle; PostgreSQL fails at run time."
    TraversalWithoutForeignKey "traversal-without-foreign-key" Warning "A traversal along columns that no foreign key connects."
    TraversalKeyNotUnique "traversal-key-not-unique" Warning "A traversal reaches its target by columns that are not a key."
    TraversalTargetNotTable "traversal-target-not-table" Error "A traversal's target is a view or another relation that is no table."
    OwnerAmbiguous "owner-ambiguous" Warning "Several foreign-key paths lead to an owner; the configuration must decide."
    UnprotectedPath "unprotected-path" Warning "Tenants may write a table on which an isolation proof rests."
    ForeignPolicy "foreign-policy" Warning "An existing policy that is not part of this policy set."
    Contradiction "contradiction" Error "No row can ever pass."
    Tautology "tautology" Warning "Every row passes in every session."
    Subsumption "subsumption" Warning "A clause or policy is covered by another."
    Redundancy "redundancy" Warning "A policy could be removed without changing access."
    TenantIsolation "tenant-isolation" Error "A session reaches another tenant's row."
    CrossWrite "cross-write" Error "A session can write a row that another tenant reads."
    CrossTenantReference "cross-tenant-reference" Info "A session can write a reference to another tenant's row."
    WriteRestriction "write-restriction" Warning "A session can write a row that it can't read afterwards."
    SoftDelete "soft-delete" Warning "Rows marked deleted are visible, or can't be marked at all."
    Coverage "coverage" Warning "A table or command without any policy."
    RoleSeparation "role-separation" Error "Two roles kept apart share an accessible row."
    UnknownVerdict "unknown-verdict" Warning "A proof could not be decided."
    NoSchema "no-schema" Hint "No schema is known; checks that need one did not run."
    SchemaStatementSkipped "schema-statement-skipped" Info "Statements of the schema file that could not be read."
    Config "config" Error "The configuration can't be used as it is."
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The text is no rule's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{0}`")]
pub struct UnknownRuleId(pub String);

impl FromStr for Rule {
    type Err = UnknownRuleId;

    fn from_str(id: &str) -> Result<Rule, UnknownRuleId> {
        Rule::ALL.iter().copied().find(|rule| rule.id() == id).ok_or_else(|| UnknownRuleId(id.to_owned()))
    }
}
