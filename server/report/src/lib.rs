//! One finding model and one renderer per output format.
