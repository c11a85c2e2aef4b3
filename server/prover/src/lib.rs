//! Obligations to verdicts: the only crate that knows Z3.
