//! The meaning of a policy set: names, types, selectors, normal form.
