//! Selectors that match nothing, more than they spell, or by what the schema does not know.

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::{Config, Rule};
use pgpe_syntax::ast::quote_string;

use crate::like::{self, Pattern};
use crate::names;
use crate::problem::Problem;
use crate::selector::Candidates;
use crate::source::{Selector, Spanned};

pub(super) fn selector_problems(
    selector: Option<&Spanned<Selector>>,
    catalog: Option<&Catalog>,
    candidates: &Candidates,
    config: &Config,
) -> Vec<Problem> {
    let Some(selector) = selector else { return Vec::new() };
    let mut checker = Checker { catalog, config, candidates, problems: Vec::new() };
    checker.part(&selector.value);
    checker.whole(selector);
    checker.problems
}

struct Checker<'a> {
    catalog: Option<&'a Catalog>,
    config: &'a Config,
    candidates: &'a Candidates,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn part(&mut self, selector: &Selector) {
        match selector {
            Selector::Or(left, right) | Selector::And(left, right) => {
                self.part(left);
                self.part(right);
            }
            Selector::Not(inner) => self.part(inner),
            Selector::HasColumn { ty: Some(ty), .. } => self.type_name(ty),
            Selector::Named(pattern) => self.pattern(pattern),
            Selector::All | Selector::HasColumn { ty: None, .. } => {}
            Selector::InSchema(_) | Selector::Tagged(_) => {}
        }
    }

    fn type_name(&mut self, ty: &Spanned<String>) {
        let Some(catalog) = self.catalog else { return };
        if catalog.type_by_name(&ty.value, &self.config.tables.schemas).is_some() {
            return;
        }
        // A type may also be known to the tables of one schema only.
        let schemas = catalog.relations.keys().map(|name| name.schema.to_string());
        let mut schemas: Vec<String> = schemas.collect();
        schemas.dedup();
        if catalog.type_by_name(&ty.value, &schemas).is_some() {
            return;
        }
        let message = format!("the schema knows no type `{}`", ty.value);
        let mut problem = Problem::new(Rule::UnknownType, ty.range, message);
        let defined = catalog.enums.keys().chain(catalog.domains.keys()).map(|name| name.name.as_str());
        let nearest = names::nearest(&ty.value, BUILTIN.iter().copied().chain(defined));
        problem.help = names::did_you_mean(&nearest)
            .or_else(|| Some("write the type as PostgreSQL names it; quote it if it has spaces".to_owned()));
        for other in nearest {
            let edit = (ty.range, names::written_like(ty, other));
            problem.fixes.push((format!("Replace with `{other}`"), vec![edit]));
        }
        self.problems.push(problem);
    }

    fn pattern(&mut self, pattern: &Spanned<String>) {
        if like::validate(&pattern.value).is_err() {
            let message = format!("the pattern `{}` ends in a lone escape character", pattern.value);
            let mut problem = Problem::new(Rule::InvalidLiteral, pattern.range, message)
                .with_help(r"`\` escapes the character after it; write `\\` for a backslash");
            let doubled = quote_string(&format!("{}\\", pattern.value));
            problem.fixes.push(("Double the backslash".to_owned(), vec![(pattern.range, doubled)]));
            self.problems.push(problem);
            return;
        }
        let escaped = like::escape_underscores(&pattern.value);
        let Ok(exact) = Pattern::parse(&escaped) else { return };
        if escaped == pattern.value {
            return;
        }
        let more = self.candidates.named(&pattern.value).filter(|table| !exact.matches(&table.name));
        let more: Vec<String> = more.map(|table| table.name.to_string()).collect();
        if more.is_empty() {
            return;
        }
        let message =
            format!("`_` stands for any character, so the pattern also matches {}", names::list_some(&more));
        let mut problem = Problem::new(Rule::LikeWildcard, pattern.range, message)
            .with_help(format!("write {} for an underscore", quote_string(r"\_")));
        let edit = (pattern.range, quote_string(&escaped));
        problem
            .fixes
            .push(("Escape the underscore (widens access to the other tables)".to_owned(), vec![edit]));
        self.problems.push(problem);
    }

    fn whole(&mut self, selector: &Spanned<Selector>) {
        let Some(catalog) = self.catalog else { return };
        // What is wrong with the selector explains why it matches nothing.
        let explained = self.problems.iter().any(|problem| problem.rule != Rule::LikeWildcard);
        if explained || !self.candidates.selected(Some(selector), catalog, self.config).is_empty() {
            return;
        }
        let message = "this selector matches no table";
        let mut problem = Problem::new(Rule::SelectorMatchesNothing, selector.range, message);
        problem.help = Some(self.reason(&selector.value));
        self.suggest(&selector.value, &mut problem);
        self.problems.push(problem);
    }

    fn reason(&self, selector: &Selector) -> String {
        let schemas = names::list(&self.config.tables.schemas, "and");
        match selector {
            _ if self.candidates.tables().is_empty() => {
                format!("the schema has no tables in {schemas}; see `tables` in pgpe.yaml")
            }
            Selector::InSchema(schema) if !self.config.tables.schemas.contains(&schema.value) => {
                format!("only tables of {schemas} are considered; see `tables.schemas` in pgpe.yaml")
            }
            Selector::Tagged(tag) if !self.config.tags.contains_key(&tag.value) => {
                format!("define the tag `{}` under `tags` in pgpe.yaml", tag.value)
            }
            _ => "no policy is made of it until a table matches".to_owned(),
        }
    }

    fn suggest(&self, selector: &Selector, problem: &mut Problem) {
        let (written, nearest) = match selector {
            Selector::Named(pattern) => (
                pattern,
                names::nearest(
                    &pattern.value,
                    self.candidates.tables().iter().map(|table| table.name.as_str()),
                ),
            ),
            Selector::Tagged(tag) => {
                (tag, names::nearest(&tag.value, self.config.tags.keys().map(String::as_str)))
            }
            Selector::InSchema(schema) => {
                let schemas = self.config.tables.schemas.iter().map(String::as_str);
                (schema, names::nearest(&schema.value, schemas))
            }
            Selector::HasColumn { column, ty: None } => {
                let relations = self.catalog.iter().flat_map(|catalog| {
                    self.candidates.tables().iter().filter_map(|table| catalog.relations.get(table))
                });
                let columns =
                    relations.flat_map(|relation| relation.columns.iter().map(|column| column.name.as_str()));
                (column, names::nearest(&column.value, columns))
            }
            _ => return,
        };
        if let Some(help) = names::did_you_mean(&nearest) {
            problem.help = Some(help);
        }
        for other in nearest {
            let name = match selector {
                Selector::Named(_) => quote_string(&self.pattern_for(other)),
                _ => names::written_like(written, other),
            };
            problem.fixes.push((format!("Replace with `{other}`"), vec![(written.range, name)]));
        }
    }

    /// A pattern that matches the candidate of that name and no other.
    fn pattern_for(&self, name: &str) -> String {
        let also = |table: &QualifiedName| table.name != name;
        match self.candidates.named(name).any(also) {
            true => like::escape_underscores(name),
            false => name.to_owned(),
        }
    }
}

/// Spellings of PostgreSQL's types that a misspelt one may have meant.
const BUILTIN: &[&str] = &[
    "bigint",
    "boolean",
    "character varying",
    "citext",
    "date",
    "double precision",
    "integer",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
    "varchar",
];
