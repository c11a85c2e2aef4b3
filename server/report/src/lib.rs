//! One finding model, and one renderer per output format.
//!
//! The command line, the language server and JSON all show these findings. Renderers return text; where it
//! goes, and whether a terminal wants colours, is the caller's part.

mod assumptions;
mod counterexample;
mod finding;
mod fingerprint;
mod lines;
mod matrix;
mod page;
mod plain;
mod report;
mod suppress;
mod verdict;

pub mod access;
pub mod difference;
pub mod document;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod statements;
pub mod why;

pub use assumptions::in_words;
pub use counterexample::counterexample_lines;
pub use finding::{Counterexample, Edit, Finding, Fix, Place, Related, SessionState, Witness};
pub use lines::{Lines, Position, Sources};
pub use page::{meaning, page};
pub use report::{Report, Summary};
pub use suppress::{Standing, Told, apply_configuration, config_findings, standing};
pub use verdict::{Assumption, CommandVerdicts, TableVerdicts, Verdict};
