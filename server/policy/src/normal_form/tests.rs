mod helpers;
mod merging;
mod property;
mod rules;
