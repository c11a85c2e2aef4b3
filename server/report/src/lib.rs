//! One finding model, and one renderer per output format.
//!
//! The command line, the language server and JSON all show these findings.

mod finding;

pub use finding::{Counterexample, Edit, Finding, Fix, Place, Related, SessionState, Witness};
