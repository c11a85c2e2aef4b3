mod columns;
mod functions;
mod literals;
mod nulls;
mod removed;
mod traversals;
mod types;
mod whole;
