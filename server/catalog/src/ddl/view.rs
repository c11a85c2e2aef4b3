//! Views and materialized views.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::column_name::ColumnName;

use super::column::{boolean, option_values, unknown_type};
use super::index::identifiers;
use super::names::{name_of, spelled};
use super::reader::Reader;
use crate::lex::cut_name;
use crate::{Column, QualifiedName, Relation, RelationKind};

impl Reader<'_> {
    /// CREATE VIEW.
    pub(super) fn create_view(&mut self, node: &ast::CreateView) {
        let Some(name) = node.view().and_then(|name| spelled(&name)) else { return };
        if matches!(node.persistence(), Some(ast::Persistence::Temp(_))) {
            self.temporary.insert(name.name);
            return;
        }
        let range = name.range.clone();
        let name = self.created(&name);
        let columns = self.view_columns(node.column_list(), node.query());
        let query = node.query();
        let invoker = node.with_params().and_then(|params| params.attribute_list());
        let security_invoker = invoker.is_some_and(|list| invoker_option(&list) == Some(true));
        if let Some(relation) = self.relation_mut(&name) {
            if node.or_replace().is_none() || relation.kind != RelationKind::View {
                return self.note(format!("{name} exists already"));
            }
            relation.columns = columns;
            relation.security_invoker = security_invoker;
        } else {
            let relation = Relation { columns, security_invoker, ..Relation::new(RelationKind::View) };
            self.add_relation(&name, relation, &range);
        }
        self.remember_reads(&name, query);
    }

    /// CREATE MATERIALIZED VIEW.
    pub(super) fn create_materialized_view(&mut self, node: &ast::CreateMaterializedView) {
        let Some(name) = node.view().and_then(|name| spelled(&name)) else { return };
        let range = name.range.clone();
        let name = self.created(&name);
        if self.catalog.relations.contains_key(&name) {
            if node.if_not_exists().is_none() {
                self.note(format!("{name} exists already"));
            }
            return;
        }
        let columns = self.view_columns(node.column_list(), node.query());
        let relation = Relation { columns, ..Relation::new(RelationKind::MaterializedView) };
        self.add_relation(&name, relation, &range);
        self.remember_reads(&name, node.query());
    }

    /// The columns of a view by name; none if a name cannot be told.
    fn view_columns(&self, list: Option<ast::ColumnList>, query: Option<ast::SelectVariant>) -> Vec<Column> {
        let mut names = query.and_then(|query| self.target_names(query.syntax(), 0)).unwrap_or_default();
        let given: Vec<String> =
            list.into_iter().flat_map(|list| list.column_names()).map(|it| name_of(&it)).collect();
        // The list may name the first columns only.
        names.splice(..given.len().min(names.len()), given);
        let column = |name| Column { name, ty: unknown_type(), not_null: false, comment: None };
        names.into_iter().map(column).collect()
    }

    /// The names of a query's columns.
    fn target_names(&self, query: &SyntaxNode, depth: usize) -> Option<Vec<String>> {
        /// Queries in parentheses and UNIONs nest.
        const DEPTH_LIMIT: usize = 50;
        if depth > DEPTH_LIMIT {
            return None;
        }
        if let Some(table) = ast::Table::cast(query.clone()) {
            let name = table.syntax().descendants().find_map(ast::RelationNameRef::cast)?;
            return self.column_names(&name);
        }
        if let Some(values) = ast::Values::cast(query.clone()) {
            let row = values.row_list()?.rows().next()?;
            return Some((1..=row.exprs().count()).map(|number| format!("column{number}")).collect());
        }
        let Some(select) = ast::Select::cast(query.clone()) else {
            // The first part of a UNION names the columns.
            let inner = query.children().find_map(ast::SelectVariant::cast)?;
            return self.target_names(inner.syntax(), depth + 1);
        };
        let targets = select.select_clause()?.target_list()?;
        let mut names = Vec::new();
        for target in targets.targets() {
            let (name, _) = ColumnName::from_target(target.clone())?;
            match name.to_string() {
                Some(name) => names.push(cut_name(name)),
                None => names.extend(self.all_columns(&select)?),
            }
        }
        Some(names)
    }

    /// The columns that `*` stands for, if all that is selected from are plain relations.
    fn all_columns(&self, select: &ast::Select) -> Option<Vec<String>> {
        let from = select.from_clause()?;
        let mut names = Vec::new();
        for item in from.syntax().children() {
            let item = ast::RelationFromItem::cast(item)?;
            names.extend(self.column_names(&item.relation_name_ref()?)?);
        }
        Some(names)
    }

    fn column_names(&self, relation: &ast::RelationNameRef) -> Option<Vec<String>> {
        let relation = self.find_relation(&spelled(relation)?)?;
        let columns = &self.catalog.relations.get(&relation)?.columns;
        Some(columns.iter().map(|column| column.name.clone()).collect())
    }

    /// Remembers what a view reads, because it goes with that.
    fn remember_reads(&mut self, name: &QualifiedName, query: Option<ast::SelectVariant>) {
        let Some(query) = query else { return };
        let items = query.syntax().descendants().filter_map(ast::RelationNameRef::cast);
        let reads: BTreeSet<QualifiedName> =
            items.filter_map(|item| self.find_relation(&spelled(&item)?)).collect();
        let text = self.text_of(query.syntax());
        let mut reads_columns = identifiers(text);
        if text.contains('*') || text.trim_start().to_ascii_lowercase().starts_with("table") {
            let relations = reads.iter().filter_map(|name| self.catalog.relations.get(name));
            let columns = relations.flat_map(|relation| &relation.columns);
            reads_columns.extend(columns.map(|column| column.name.clone()));
        }
        let details = self.details_mut(name);
        details.reads = reads;
        details.reads_columns = reads_columns;
    }

    /// `SET (security_invoker = …)` and `RESET (security_invoker)`.
    pub(super) fn set_view_options(&mut self, name: &QualifiedName, action: &SyntaxNode) {
        let Some(list) = action.children().find_map(ast::AttributeList::cast) else { return };
        let reset = action.first_token().is_some_and(|token| token.text().eq_ignore_ascii_case("reset"));
        let Some(value) = invoker_option(&list) else { return };
        if let Some(relation) = self.relation_mut(name) {
            relation.security_invoker = value && !reset;
        }
    }

    /// ALTER VIEW.
    pub(super) fn alter_view(&mut self, node: &ast::AlterView) {
        let Some(name) = node.view_ref() else { return };
        let found = match node.if_exists() {
            Some(_) => spelled(&name).and_then(|name| self.find_relation(&name)),
            None => self.need_relation(&name),
        };
        if let (Some(name), Some(action)) = (found, node.action()) {
            self.alter_view_action(&name, action.syntax());
        }
    }

    /// ALTER MATERIALIZED VIEW.
    pub(super) fn alter_materialized_view(&mut self, node: &ast::AlterMaterializedView) {
        let Some(name) = node.view_ref() else { return };
        let found = match node.if_exists() {
            Some(_) => spelled(&name).and_then(|name| self.find_relation(&name)),
            None => self.need_relation(&name),
        };
        let Some(name) = found else { return };
        for action in node.action() {
            self.alter_view_action(&name, action.syntax());
        }
    }

    fn alter_view_action(&mut self, name: &QualifiedName, action: &SyntaxNode) {
        if let Some(action) = ast::OwnerTo::cast(action.clone()) {
            let owner = action.role_ref().and_then(|role| self.role_name(&role));
            self.set_owner(name, owner);
        } else if let Some(action) = ast::RenameColumn::cast(action.clone()) {
            if let (Some(old), Some(new)) = (action.column_name_ref(), action.column_name()) {
                self.rename_column(name, &name_of(&old), &name_of(&new));
            }
        } else if let Some(action) = ast::SetSchema::cast(action.clone()) {
            if let Some(schema) = action.schema_ref() {
                self.move_relation(name, &QualifiedName::new(name_of(&schema), &name.name));
            }
        } else if let Some(action) = ast::ViewRenameTo::cast(action.clone()) {
            if let Some(new) = action.view().and_then(|new| spelled(&new)) {
                self.move_relation(name, &QualifiedName::new(&name.schema, new.name));
            }
        } else if let Some(action) = ast::TableRenameTo::cast(action.clone()) {
            if let Some(new) = action.table_name().and_then(|new| spelled(&new)) {
                self.move_relation(name, &QualifiedName::new(&name.schema, new.name));
            }
        } else {
            self.set_view_options(name, action);
        }
    }
}

/// The value of `security_invoker` among options.
fn invoker_option(list: &ast::AttributeList) -> Option<bool> {
    let options = option_values(list);
    let (_, value) = options.iter().rfind(|(name, _)| name == "security_invoker")?;
    boolean(value.as_deref())
}
