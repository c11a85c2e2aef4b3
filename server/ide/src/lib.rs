//! Incremental database and editor features as plain data.
