mod property;
mod rules;
