//! Functions that every PostgreSQL has and that policies are likely to call. Schema files do not define
//! them.

use pgpe_catalog::{BaseType, ColumnType, Function, Volatility};

/// The definitions of a function of `pg_catalog`; none if it is not among those listed here.
pub(crate) fn functions(name: &str) -> Vec<Function> {
    use BaseType::{BigInt, Double, Integer, Name, Text, TimestampTz, Uuid};
    use Volatility::{Immutable, Stable, Volatile};
    match name {
        "lower" | "upper" | "btrim" | "ltrim" | "rtrim" | "md5" => vec![function(&[Text], Text, Immutable)],
        "length" | "char_length" | "character_length" => vec![function(&[Text], Integer, Immutable)],
        "now" | "transaction_timestamp" | "statement_timestamp" => vec![function(&[], TimestampTz, Stable)],
        "current_schema" | "current_database" => vec![function(&[], Name, Stable)],
        "clock_timestamp" => vec![function(&[], TimestampTz, Volatile)],
        "gen_random_uuid" => vec![function(&[], Uuid, Volatile)],
        "random" => vec![function(&[], Double, Volatile)],
        "txid_current" => vec![function(&[], BigInt, Stable)],
        _ => Vec::new(),
    }
}

fn function(arguments: &[BaseType], returns: BaseType, volatility: Volatility) -> Function {
    Function {
        arguments: arguments.iter().cloned().map(ColumnType::plain).collect(),
        defaults: 0,
        returns: Some(ColumnType::plain(returns)),
        volatility,
        security_definer: false,
        strict: true,
    }
}
