//! The only place that names LSP types besides the handlers' signatures: one module each way, and what the server promises.

pub(crate) mod capabilities;
pub(crate) mod completion;
pub(crate) mod custom;
pub(crate) mod from_proto;
pub(crate) mod navigation;
pub(crate) mod to_proto;

#[cfg(test)]
mod tests;
