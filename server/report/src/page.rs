//! The page of each rule: what it means, a failing and a mended example.

use pgpe_config::Rule;

macro_rules! pages {
    ($($rule:ident $id:literal)*) => {
        /// The Markdown page of a rule.
        pub fn page(rule: Rule) -> &'static str {
            match rule {
                $(Rule::$rule => include_str!(concat!("../../../tests/rules/", $id, ".md")),)*
            }
        }
    };
}

/// What a rule means: its page's text before the examples, else its title.
pub fn meaning(rule: Rule) -> &'static str {
    let text = page(rule)
        .split_once("\n\n")
        .and_then(|(_, text)| text.split_once("\n## "))
        .map(|(text, _)| text.trim());
    text.unwrap_or(rule.title())
}

pages! {
    Syntax "syntax"
    DuplicatePolicy "duplicate-policy"
    MissingPolicyType "missing-policy-type"
    CheckNotAllowed "check-not-allowed"
    UnusedClause "unused-clause"
    LongName "long-name"
    UnusedSuppression "unused-suppression"
    UnknownRule "unknown-rule"
    MissingReason "missing-reason"
    UnknownColumn "unknown-column"
    UnknownTable "unknown-table"
    UnknownType "unknown-type"
    UnknownRole "unknown-role"
    TypeMismatch "type-mismatch"
    InvalidLiteral "invalid-literal"
    NullComparison "null-comparison"
    FunctionNotAllowed "function-not-allowed"
    UnknownFunction "unknown-function"
    VolatileFunction "volatile-function"
    SelectorMatchesNothing "selector-matches-nothing"
    LikeWildcard "like-wildcard"
    TraversalDepth "traversal-depth"
    TraversalCycle "traversal-cycle"
    TraversalWithoutForeignKey "traversal-without-foreign-key"
    TraversalKeyNotUnique "traversal-key-not-unique"
    TraversalTargetNotTable "traversal-target-not-table"
    OwnerAmbiguous "owner-ambiguous"
    UnprotectedPath "unprotected-path"
    ForeignPolicy "foreign-policy"
    Contradiction "contradiction"
    Tautology "tautology"
    Subsumption "subsumption"
    Redundancy "redundancy"
    TenantIsolation "tenant-isolation"
    CrossWrite "cross-write"
    CrossTenantReference "cross-tenant-reference"
    WriteRestriction "write-restriction"
    SoftDelete "soft-delete"
    RoleSeparation "role-separation"
    Coverage "coverage"
    UnknownVerdict "unknown-verdict"
    NoSchema "no-schema"
    SchemaStatementSkipped "schema-statement-skipped"
    Config "config"
}
