//! The language server protocol: ordered state loop and conversions.
