//! The project configuration pgpe.yaml and the list of rules.
