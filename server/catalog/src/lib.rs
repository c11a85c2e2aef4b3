//! What a database's schema is, and reading it from SQL DDL.
