//! Row semantics of policies: evaluator, obligations, counterexamples.
