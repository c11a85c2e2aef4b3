//! The rules of which no finding is mended by an edit that is obviously meant, and why. What can be said of a finding
//! besides, that it is fine for a reason, is no mend.

use pgpe_config::Rule;

/// Each with the reason.
pub const NO_OBVIOUS_MEND: &[(Rule, &str)] = &[
    (Rule::LongName, "what a shorter name should say, and keep apart, only people know"),
    (Rule::VolatileFunction, "the function is the database's: whether it is STABLE is seen in its body"),
    (
        Rule::TraversalDepth,
        "either the limit goes up or another way to the table is found; both are decisions",
    ),
    (Rule::TraversalCycle, "one of the policies must do without its traversal, and which one is open"),
    (Rule::TraversalKeyNotUnique, "the schema lacks the key, or another column is meant"),
    (Rule::TraversalTargetNotTable, "which table stands behind the view is not known of every row"),
    (
        Rule::ForeignPolicy,
        "the policy is in the database: `pgpe import` takes it over, or it is dropped there",
    ),
    (Rule::Tautology, "whether all rows are meant to be seen, or which condition is missing, is not known"),
    (
        Rule::CrossWrite,
        "the rows may be shared on purpose, or what shows them to others is wrong, or what lets them be written",
    ),
    (Rule::RoleSeparation, "which of the two roles is to lose the rows is open"),
    (Rule::UnknownVerdict, "what can't be decided has to be written in another way, or given more time"),
    (Rule::NoSchema, "the schema comes from the database"),
    (Rule::SchemaStatementSkipped, "the statement may be right: it is not understood"),
];
