//! `exists(rel(…), {…})`: the table reached, the columns that link to it, and what must hold there.

use pgpe_catalog::{ColumnType, QualifiedName, Relation, RelationKind};
use pgpe_config::Rule;
use pgpe_syntax::TextRange;

use super::{Reported, Resolver, Scope};
use crate::comparison::common_type;
use crate::names;
use crate::problem::{Problem, RelatedPlace};
use crate::resolved::{Atom, Conjunction, Link, Operand, Traversal};
use crate::selector::search_path;
use crate::source::{Clause, Rel, Spanned};

impl<'a> Resolver<'a> {
    pub(super) fn exists(&mut self, rel: &Rel, clause: &Clause, scope: Scope<'a>) -> Result<Atom, Reported> {
        let depth = scope.depth + 1;
        let allowed = self.check_depth(rel, depth);
        let start = self.check_source(rel, scope);
        // Without the target nothing can be said of its columns.
        let (target, relation) = self.target(rel)?;
        let inner = Scope {
            table: relation.map(|(name, _)| name),
            relation: relation.map(|(_, relation)| relation),
            depth,
        };
        let links = self.links(rel, scope, inner);
        let atoms: Option<Vec<Atom>> = self.atoms(clause, inner).into_iter().collect();
        allowed?;
        start?;
        let links = links?;
        let atoms = atoms.filter(|atoms| !atoms.is_empty()).ok_or(Reported)?;
        Ok(Atom::Exists(Traversal { target, links, condition: Conjunction { atoms, clause: 0 } }))
    }

    fn check_depth(&mut self, rel: &Rel, depth: u32) -> Result<(), Reported> {
        let limit = self.config.max_traversal_depth;
        if depth <= limit {
            return Ok(());
        }
        if depth == limit + 1 {
            let message = format!("`exists` is nested {depth} deep, and the limit is {limit}");
            let problem = Problem::new(Rule::TraversalDepth, rel.range, message)
                .with_help("reach the table by fewer steps, or raise `traversal.max_depth` in pgpe.yaml");
            self.report_unbound(problem);
        }
        Err(Reported)
    }

    /// A traversal that names where it starts must start at the table that it stands on.
    fn check_source(&mut self, rel: &Rel, scope: Scope<'a>) -> Result<(), Reported> {
        let (Some(source), Some(table)) = (&rel.source, scope.table) else { return Ok(()) };
        if source.value == table.name || source.value == table.to_string() {
            return Ok(());
        }
        let message = format!("a traversal{} can't start from `{}`", scope.place(), source.value);
        let mut problem = Problem::new(Rule::UnknownTable, source.range, message)
            .with_help("write `_` for the table that the condition is about");
        problem.fixes.push(("Replace with `_`".to_owned(), vec![(source.range, "_".to_owned())]));
        Err(self.report(problem, scope))
    }

    /// The table reached; without a schema just its name.
    #[allow(clippy::type_complexity)]
    fn target(
        &mut self,
        rel: &Rel,
    ) -> Result<(QualifiedName, Option<(&'a QualifiedName, &'a Relation)>), Reported> {
        let schema = rel.target_schema.as_ref().map(|schema| schema.value.as_str());
        let path = search_path(self.governed, self.config);
        let Some(catalog) = self.catalog else {
            let schema = schema.or(path.first().map(String::as_str)).unwrap_or("public");
            return Ok((QualifiedName::new(schema, rel.target.value.clone()), None));
        };
        let start = rel.target_schema.as_ref().map_or(rel.target.range, |schema| schema.range).start();
        let range = TextRange::new(start, rel.target.range.end());
        let Some((name, relation)) = catalog.resolve(&rel.target.value, schema, &path) else {
            return Err(self.unknown_target(rel, schema, path, range));
        };
        if !relation.kind.is_table() {
            let kind = match relation.kind {
                RelationKind::View => "a view",
                RelationKind::MaterializedView => "a materialized view",
                _ => "a foreign table",
            };
            let message = format!("{name} is {kind}, and traversals only reach tables");
            let mut problem = Problem::new(Rule::TraversalTargetNotTable, range, message)
                .with_help("traverse the table that its rows come from");
            let note = "defined here".to_owned();
            problem.related.push(RelatedPlace::Relation(name.clone(), note));
            return Err(self.report_unbound(problem));
        }
        Ok((name.clone(), Some((name, relation))))
    }

    fn unknown_target(
        &mut self,
        rel: &Rel,
        schema: Option<&str>,
        path: Vec<String>,
        range: TextRange,
    ) -> Reported {
        let schemas = schema.map_or(path, |schema| vec![schema.to_owned()]);
        let place = match schemas.as_slice() {
            [schema] => format!("in schema `{schema}`"),
            several => format!("in the schemas {}", names::list(several, "and")),
        };
        let message = format!("there is no table `{}` {place}", rel.target.value);
        let mut problem = Problem::new(Rule::UnknownTable, range, message);
        let known = self.catalog.iter().flat_map(|catalog| &catalog.relations);
        let known = known.filter(|(name, relation)| {
            relation.kind.is_table() && schemas.iter().any(|schema| *schema == name.schema)
        });
        let nearest = names::nearest(&rel.target.value, known.map(|(name, _)| name.name.as_str()));
        problem.help = names::did_you_mean(&nearest);
        for other in nearest {
            let edit = (rel.target.range, names::written_like(&rel.target, other));
            problem.fixes.push((format!("Replace with `{other}`"), vec![edit]));
        }
        self.report_unbound(problem)
    }

    fn links(&mut self, rel: &Rel, outer: Scope<'a>, inner: Scope<'a>) -> Result<Vec<Link>, Reported> {
        let mut links = Vec::with_capacity(rel.source_columns.len());
        let mut failed = false;
        for (source, target) in rel.source_columns.iter().zip(&rel.target_columns) {
            let columns = (self.linked_column(source, outer), self.linked_column(target, inner));
            let (Ok(outer_type), Ok(inner_type)) = columns else {
                failed = true;
                continue;
            };
            if let (Some(from), Some(to)) = (&outer_type, &inner_type)
                && common_type(from, to).is_err()
            {
                let message = format!(
                    "column `{}` ({}){} can't be compared with `{}` ({}) of its target",
                    source.value,
                    from.display,
                    outer.place(),
                    target.value,
                    to.display
                );
                let mut problem = Problem::new(Rule::TypeMismatch, source.range, message)
                    .with_help("link columns of one family of types");
                problem.related.push(RelatedPlace::Here(target.range, "the target's column".to_owned()));
                self.report(problem, outer);
                failed = true;
            }
            links.push(Link {
                outer: source.value.clone(),
                outer_type,
                inner: target.value.clone(),
                inner_type,
            });
        }
        if failed {
            return Err(Reported);
        }
        if let (Some(from), Some(table), Some(to)) =
            (outer.table.zip(outer.relation), inner.table, inner.relation)
        {
            self.check_foreign_key(rel, from, (table, to), &links, outer);
            self.check_key(rel, table, to, &links);
        }
        Ok(links)
    }

    fn linked_column(
        &mut self,
        name: &Spanned<String>,
        scope: Scope<'a>,
    ) -> Result<Option<ColumnType>, Reported> {
        match self.column(name, scope)? {
            Operand::Column { ty, .. } => Ok(ty),
            _ => Err(Reported),
        }
    }

    /// A foreign key of either table to the other, all of whose columns are linked, backs the traversal.
    fn check_foreign_key(
        &mut self,
        rel: &Rel,
        (from, from_relation): (&QualifiedName, &Relation),
        (to, to_relation): (&QualifiedName, &Relation),
        links: &[Link],
        scope: Scope<'a>,
    ) {
        let linked = |outer: &String, inner: &String| {
            links.iter().any(|link| link.outer == *outer && link.inner == *inner)
        };
        let forward = from_relation.foreign_keys.iter().any(|key| {
            key.target == *to
                && key.columns.iter().zip(&key.target_columns).all(|(own, other)| linked(own, other))
        });
        let backward = to_relation.foreign_keys.iter().any(|key| {
            key.target == *from
                && key.columns.iter().zip(&key.target_columns).all(|(own, other)| linked(other, own))
        });
        if forward || backward {
            return;
        }
        let columns =
            |name: fn(&Link) -> &String| names::list(&links.iter().map(name).collect::<Vec<_>>(), "and");
        let message = format!(
            "no foreign key connects {}{} with {} of {to}",
            columns(|link| &link.outer),
            scope.place(),
            columns(|link| &link.inner)
        );
        let mut problem = Problem::new(Rule::TraversalWithoutForeignKey, rel.range, message)
            .with_help("values without a counterpart hide rows; check the columns, or add the foreign key");
        let candidates =
            from_relation.foreign_keys.iter().filter(|key| key.target == *to && key.columns.len() == 1);
        for key in candidates {
            if let ([own], [other], [source], [target]) = (
                key.columns.as_slice(),
                key.target_columns.as_slice(),
                rel.source_columns.as_slice(),
                rel.target_columns.as_slice(),
            ) {
                let mut edits = Vec::new();
                for (written, name) in [(source, own), (target, other)] {
                    if written.value != *name {
                        edits.push((written.range, names::written_like(written, name)));
                    }
                }
                problem.fixes.push((
                    format!("Follow the foreign key from `{own}` to `{other}` (changes access)"),
                    edits,
                ));
            }
        }
        let note = "the table reached".to_owned();
        problem.related.push(RelatedPlace::Relation(to.clone(), note));
        self.report(problem, scope);
    }

    fn check_key(&mut self, rel: &Rel, to: &QualifiedName, relation: &Relation, links: &[Link]) {
        let linked = |column: &String| links.iter().any(|link| link.inner == *column);
        if relation.proof_keys().any(|key| key.columns.iter().all(linked)) {
            return;
        }
        let columns: Vec<&String> = links.iter().map(|link| &link.inner).collect();
        let be = if columns.len() == 1 { "is" } else { "are" };
        let message = format!(
            "{} {be} no key of {to}, so a row may reach several rows there",
            names::list(&columns, "and")
        );
        let first = rel.target_columns.first().map_or(rel.range, |column| column.range);
        let last = rel.target_columns.last().map_or(rel.range, |column| column.range);
        let mut problem = Problem::new(Rule::TraversalKeyNotUnique, first.cover(last), message).with_help(
            "any of them may let the row pass, another tenant's too; link a primary key or a unique constraint that \
             is neither partial nor deferrable",
        );
        problem.related.push(RelatedPlace::Relation(to.clone(), "the table reached".to_owned()));
        self.report_unbound(problem);
    }
}
