mod cycles;
mod duplicates;
mod selectors;
mod structure;
