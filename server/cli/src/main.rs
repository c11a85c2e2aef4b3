//! The `pgpe` command.
fn main() {}
