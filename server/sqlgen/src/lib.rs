//! Normal form and catalog to SQL and expected state.
