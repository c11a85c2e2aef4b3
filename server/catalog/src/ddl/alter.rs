//! ALTER TABLE and what is like it for views and indexes.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::column::Definition;
use super::constraint::{read_constraint, same_reference};
use super::names::{name_of, spelled};
use super::reader::Reader;
use super::state::Element;
use crate::type_name::Modifiers;
use crate::{QualifiedName, RelationKind};

/// The table of an ALTER TABLE.
struct Target {
    name: QualifiedName,
    /// Written ONLY: not the tables that inherit from it.
    only: bool,
}

impl Reader<'_> {
    /// ALTER TABLE or ALTER FOREIGN TABLE.
    pub(super) fn alter_table(
        &mut self,
        relation: Option<ast::TableRelationName>,
        if_exists: bool,
        actions: ast::AstChildren<ast::AlterTableAction>,
    ) {
        let Some(relation) = relation else { return };
        let only = relation.only_token().is_some();
        let Some(node) = relation.table_name_ref() else { return };
        let Some(spelled) = spelled(&node) else { return };
        let actions: Vec<ast::AlterTableAction> = actions.collect();
        // Sequences and indexes may be named here too.
        let harmless = actions.iter().all(|action| {
            matches!(action, ast::AlterTableAction::OwnerTo(_) | ast::AlterTableAction::SetSchema(_))
        });
        let found =
            if if_exists || harmless { self.find_relation(&spelled) } else { self.need_relation(&node) };
        let Some(name) = found else { return };
        let mut target = Target { name, only };
        for action in actions {
            self.alter_table_action(&mut target, action);
        }
    }

    fn alter_table_action(&mut self, target: &mut Target, action: ast::AlterTableAction) {
        use ast::AlterTableAction as Action;
        match action {
            Action::AddColumn(action) => self.add_column(target, &action),
            Action::DropColumn(action) => {
                if let Some(column) = action.column_name_ref() {
                    let cascade = matches!(action.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
                    self.drop_column(&target.name, &name_of(&column), cascade, target.only);
                }
            }
            Action::RenameColumn(action) => {
                if let (Some(old), Some(new)) = (action.column_name_ref(), action.column_name()) {
                    for member in self.family(&target.name) {
                        self.rename_column(&member, &name_of(&old), &name_of(&new));
                    }
                }
            }
            Action::AlterColumn(action) => self.alter_column(target, &action),
            Action::AddConstraint(action) => {
                if let Some(constraint) = action.constraint()
                    && let Some(constraint) = read_constraint(&constraint, None)
                {
                    self.add_constraints(&target.name, vec![constraint], target.only);
                }
            }
            Action::DropConstraint(action) => {
                if let Some(name) = action.constraint_name_ref().and_then(|name| spelled(&name)) {
                    self.drop_constraint(&target.name, &name.name);
                }
            }
            Action::RenameConstraint(action) => {
                let old = action.constraint_name_ref().and_then(|name| spelled(&name));
                if let (Some(old), Some(new)) = (old, action.constraint_name()) {
                    self.rename_constraint(&target.name, &old.name, &name_of(&new));
                }
            }
            Action::ValidateConstraint(action) => {
                if let Some(name) = action.constraint_name_ref().and_then(|name| spelled(&name)) {
                    self.validate_constraint(&target.name, &name.name);
                }
            }
            Action::AlterConstraint(action) => self.alter_constraint(&target.name, &action),
            Action::DisableTrigger(action) if concerns_all_triggers(action.syntax()) => {
                self.unenforced.insert(target.name.clone());
            }
            Action::EnableTrigger(action) if concerns_all_triggers(action.syntax()) => {
                self.unenforced.remove(&target.name);
            }
            Action::EnableRls(_) => self.set_rls(&target.name, Some(true), None),
            Action::DisableRls(_) => self.set_rls(&target.name, Some(false), None),
            Action::ForceRls(_) => self.set_rls(&target.name, None, Some(true)),
            Action::NoForceRls(_) => self.set_rls(&target.name, None, Some(false)),
            Action::OwnerTo(action) => {
                let owner = action.role_ref().and_then(|role| self.role_name(&role));
                self.set_owner(&target.name, owner);
            }
            Action::SetSchema(action) => {
                if let Some(schema) = action.schema_ref() {
                    let new = QualifiedName::new(name_of(&schema), &target.name.name);
                    self.move_relation(&target.name, &new);
                    target.name = new;
                }
            }
            Action::TableRenameTo(action) => {
                if let Some(new) = action.table_name().and_then(|new| spelled(&new)) {
                    let new = QualifiedName::new(&target.name.schema, new.name);
                    self.move_relation(&target.name, &new);
                    target.name = new;
                }
            }
            Action::AttachPartition(action) => {
                if let Some(partition) = action.table_name_ref().and_then(|name| self.need_relation(&name)) {
                    self.attach_partition(&target.name, &partition);
                }
            }
            Action::DetachPartition(action) => {
                if let Some(partition) = action.table_name_ref().and_then(|name| self.need_relation(&name)) {
                    self.detach_partition(&target.name, &partition);
                }
            }
            Action::InheritTable(action) => {
                if let Some(parent) = action.table_name_ref().and_then(|name| self.need_relation(&name)) {
                    self.link_child(&target.name, &parent);
                }
            }
            Action::NoInheritTable(action) => {
                if let Some(parent) = action.table_name_ref().and_then(|name| self.need_relation(&name)) {
                    self.unlink_child(&target.name, &parent);
                }
            }
            Action::SetOptions(_) | Action::ResetOptions(_) => {
                self.set_view_options(&target.name, action.syntax())
            }
            Action::MergePartitions(_) | Action::SplitPartition(_) | Action::OfType(_) => {
                self.note(format!("this change of {} is not understood", target.name));
            }
            _ => {}
        }
    }

    fn set_rls(&mut self, table: &QualifiedName, enabled: Option<bool>, forced: Option<bool>) {
        if let Some(relation) = self.relation_mut(table) {
            relation.rls_enabled = enabled.unwrap_or(relation.rls_enabled);
            relation.rls_forced = forced.unwrap_or(relation.rls_forced);
        }
    }

    fn add_column(&mut self, target: &Target, action: &ast::AddColumn) {
        let Some(definition) = Definition::of_addition(action) else { return };
        let name = name_of(&definition.name);
        let Some((column, constraints)) = self.read_column(&definition) else {
            return self.note(format!("the type of {}.{name} was not understood", target.name));
        };
        let members = if target.only { vec![target.name.clone()] } else { self.family(&target.name) };
        for member in members {
            let exists =
                self.catalog.relations.get(&member).is_some_and(|table| table.column(&name).is_some());
            if exists {
                if member == target.name && action.if_not_exists().is_none() {
                    self.note(format!("the column {member}.{name} exists already"));
                }
                if member == target.name {
                    return;
                }
                continue;
            }
            self.shield_policies(&member, &name);
            self.push_column(&member, column.clone(), &definition);
            if member != target.name {
                self.details_mut(&member).inherited.insert(name.clone());
            }
        }
        self.add_constraints(&target.name, constraints, target.only);
    }

    fn alter_column(&mut self, target: &Target, action: &ast::AlterColumn) {
        use ast::AlterColumnOption as Option_;
        let (Some(name), Some(option)) = (action.column_name_ref(), action.option()) else { return };
        let name = name_of(&name);
        let members = if target.only { vec![target.name.clone()] } else { self.family(&target.name) };
        match option {
            Option_::SetNotNull(_) => {
                for member in members {
                    self.set_not_null(&member, std::iter::once(name.as_str()));
                    let constraints = &mut self.details_mut(&member).not_null;
                    constraints.values_mut().filter(|it| it.column == name).for_each(|it| it.valid = true);
                }
            }
            Option_::AddGenerated(_) => self.set_not_null(&target.name, std::iter::once(name.as_str())),
            Option_::DropNotNull(_) => {
                for member in members {
                    self.details_mut(&member).not_null.retain(|_, constraint| constraint.column != name);
                    self.clear_not_null(&member, &name);
                }
            }
            Option_::SetType(change) => {
                let Some(mut ty) = change.ty().and_then(|ty| self.type_of(&ty, Modifiers::Keep)) else {
                    return self.note(format!("the new type of {}.{name} was not understood", target.name));
                };
                if let Some(collate) = change.collate() {
                    ty.collation = self.collation_of(&collate);
                }
                for member in members {
                    let column = self
                        .relation_mut(&member)
                        .and_then(|relation| relation.columns.iter_mut().find(|column| column.name == name));
                    if let Some(column) = column {
                        column.ty = ty.clone();
                    }
                }
            }
            _ => {}
        }
    }

    /// Makes a column nullable, unless a primary key keeps it NOT NULL.
    pub(super) fn clear_not_null(&mut self, table: &QualifiedName, name: &str) {
        let in_primary_key = self
            .indexes_of(table)
            .iter()
            .filter_map(|index| self.indexes.get(index))
            .any(|index| index.primary && index.elements.iter().any(|element| element.name() == name));
        let Some(relation) = self.relation_mut(table) else { return };
        if let Some(column) = relation.columns.iter_mut().find(|column| column.name == name) {
            column.not_null = in_primary_key;
        }
    }

    fn drop_constraint(&mut self, table: &QualifiedName, name: &str) {
        let index = QualifiedName::new(&table.schema, name);
        if self.indexes.get(&index).is_some_and(|index| index.constraint && index.table == *table) {
            self.drop_dependent_foreign_keys(&index);
            return self.remove_index(&index);
        }
        let key = self.relation_mut(table).and_then(|relation| {
            let at = relation.foreign_keys.iter().position(|key| key.name == name)?;
            Some(relation.foreign_keys.remove(at))
        });
        if let Some(key) = key {
            self.free_up_constraint_name(table, name);
            if self.catalog.relations.get(table).is_some_and(|it| it.kind == RelationKind::PartitionedTable) {
                for partition in self.children(table) {
                    self.drop_same_reference(&partition, &key);
                }
            }
            return;
        }
        // PostgreSQL 18 has not-null constraints by name; the rest (CHECK …) does not matter here.
        for member in self.family(table) {
            let named = self.details_mut(&member).not_null.remove(name).map(|constraint| constraint.column);
            let by_default = name
                .strip_prefix(&format!("{}_", table.name))
                .and_then(|rest| rest.strip_suffix("_not_null"));
            if let Some(column) = named.or(by_default.map(str::to_owned)) {
                self.clear_not_null(&member, &column);
            }
        }
    }

    fn drop_same_reference(&mut self, table: &QualifiedName, key: &crate::ForeignKey) {
        let found = self.catalog.relations.get(table).and_then(|relation| {
            relation.foreign_keys.iter().find(|other| same_reference(other, key)).map(|key| key.name.clone())
        });
        if let Some(name) = found {
            self.drop_constraint(table, &name);
        }
    }

    fn rename_constraint(&mut self, table: &QualifiedName, old: &str, new: &str) {
        let index = QualifiedName::new(&table.schema, old);
        if self.indexes.get(&index).is_some_and(|index| index.table == *table) {
            return self.rename_index(&index, new);
        }
        let key = self
            .relation_mut(table)
            .and_then(|relation| relation.foreign_keys.iter_mut().find(|key| key.name == old));
        if let Some(key) = key {
            key.name = new.to_owned();
            self.free_up_constraint_name(table, old);
            self.take_constraint_name(table, new);
            return;
        }
        let details = self.details_mut(table);
        if let Some(constraint) = details.not_null.remove(old) {
            details.not_null.insert(new.to_owned(), constraint);
        }
    }

    fn validate_constraint(&mut self, table: &QualifiedName, name: &str) {
        if let Some(relation) = self.relation_mut(table) {
            relation
                .foreign_keys
                .iter_mut()
                .filter(|key| key.name == name)
                .for_each(|key| key.validated = true);
        }
        for member in self.family(table) {
            let Some(constraint) = self.details_mut(&member).not_null.get_mut(name) else { continue };
            constraint.valid = true;
            let column = constraint.column.clone();
            self.set_not_null(&member, std::iter::once(column.as_str()));
        }
    }

    /// `ALTER CONSTRAINT … [NOT] ENFORCED`.
    fn alter_constraint(&mut self, table: &QualifiedName, action: &ast::AlterConstraint) {
        let Some(name) = action.constraint_name_ref().and_then(|name| spelled(&name)) else { return };
        for option in action.constraint_options() {
            let validated = match option {
                ast::ConstraintOption::NotEnforced(_) => false,
                ast::ConstraintOption::Enforced(_) => true,
                _ => continue,
            };
            let keys = self.relation_mut(table).map(|relation| &mut relation.foreign_keys);
            let keys = keys.into_iter().flatten().filter(|key| key.name == name.name);
            keys.for_each(|key| key.validated = validated);
        }
    }

    fn attach_partition(&mut self, parent: &QualifiedName, partition: &QualifiedName) {
        self.link_partition(partition, parent);
        let columns = self.catalog.relations.get(parent).map(|parent| parent.columns.clone());
        let names = columns.into_iter().flatten().map(|column| column.name);
        self.details_mut(partition).inherited.extend(names);
        self.inherit_constraints(partition, parent);
    }

    fn detach_partition(&mut self, parent: &QualifiedName, partition: &QualifiedName) {
        self.details_mut(parent).children.remove(partition);
        if let Some(relation) = self.relation_mut(partition) {
            relation.partition_of = None;
        }
        self.details_mut(partition).inherited.clear();
        for index in self.indexes_of(partition) {
            if let Some(index) = self.indexes.get_mut(&index) {
                index.parent = None;
            }
        }
    }

    pub(super) fn unlink_child(&mut self, child: &QualifiedName, parent: &QualifiedName) {
        self.details_mut(parent).children.remove(child);
        if let Some(relation) = self.relation_mut(child) {
            relation.inherits.retain(|other| other != parent);
        }
        // What it had from this parent alone is its own now.
        let still: Vec<String> = self.catalog.relations.get(child).map_or_else(Vec::new, |relation| {
            let parents = relation.inherits.iter().filter_map(|parent| self.catalog.relations.get(parent));
            parents.flat_map(|parent| parent.columns.iter().map(|column| column.name.clone())).collect()
        });
        self.details_mut(child).inherited.retain(|column| still.contains(column));
    }

    /// ALTER INDEX.
    pub(super) fn alter_index(&mut self, node: &ast::AlterIndex) {
        let Some(name) = node.index_ref().and_then(|name| spelled(&name)) else { return };
        let Some(index) = self.find_index(&name) else { return };
        match node.action() {
            Some(ast::AlterIndexAction::IndexRenameTo(action)) => {
                if let Some(new) = action.index().and_then(|new| spelled(&new)) {
                    self.rename_index(&index, &new.name);
                }
            }
            Some(ast::AlterIndexAction::AttachIndexPartition(action)) => {
                let child = action.index_ref().and_then(|child| spelled(&child));
                if let Some(child) = child.and_then(|child| self.find_index(&child)) {
                    self.attach_index(&index, &child);
                }
            }
            _ => {}
        }
    }

    pub(super) fn rename_index(&mut self, old: &QualifiedName, new: &str) {
        let Some(index) = self.indexes.remove(old) else { return };
        self.details_mut(&index.table).indexes.remove(old.name.as_str());
        let new = QualifiedName::new(&old.schema, new);
        self.point_children_to(&index.table, old, &new);
        self.insert_index(new, index);
    }

    /// Makes the indexes of partitions follow a renamed index of their partitioned table.
    pub(super) fn point_children_to(
        &mut self,
        table: &QualifiedName,
        old: &QualifiedName,
        new: &QualifiedName,
    ) {
        for partition in self.children(table) {
            for child in self.indexes_of(&partition) {
                if let Some(child) = self.indexes.get_mut(&child)
                    && child.parent.as_ref() == Some(old)
                {
                    child.parent = Some(new.clone());
                }
            }
        }
    }

    /// Gives a column a new name in its table and in all that refers to it.
    pub(super) fn rename_column(&mut self, table: &QualifiedName, old: &str, new: &str) {
        self.rename_in_policies(table, old, new);
        let rename = |name: &mut String| {
            if name == old {
                *name = new.to_owned();
            }
        };
        let Some(relation) = self.relation_mut(table) else { return };
        relation.columns.iter_mut().for_each(|column| rename(&mut column.name));
        relation.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(rename);
        let grants = std::mem::take(&mut relation.grants);
        relation.grants = grants
            .into_iter()
            .map(|mut grant| {
                grant.column.iter_mut().for_each(rename);
                grant
            })
            .collect();
        for relation in self.catalog.relations.values_mut() {
            let keys = relation.foreign_keys.iter_mut().filter(|key| key.target == *table);
            keys.flat_map(|key| &mut key.target_columns).for_each(rename);
        }
        for index in self.indexes_of(table) {
            let Some(index) = self.indexes.get_mut(&index) else { continue };
            for element in &mut index.elements {
                if let Element::Column(name) = element {
                    rename(name);
                }
            }
            index.include.iter_mut().for_each(rename);
            if index.mentions.remove(old) {
                index.mentions.insert(new.to_owned());
            }
        }
        for details in self.details.values_mut().filter(|details| details.reads.contains(table)) {
            details.reads_columns.insert(new.to_owned());
        }
        let details = self.details_mut(table);
        for names in [&mut details.inherited, &mut details.partition_key] {
            if names.remove(old) {
                names.insert(new.to_owned());
            }
        }
        details.not_null.values_mut().for_each(|constraint| rename(&mut constraint.column));
        if let Some(range) = self.sources.columns.remove(&(table.clone(), old.to_owned())) {
            self.sources.columns.insert((table.clone(), new.to_owned()), range);
        }
    }
}

/// `DISABLE TRIGGER ALL` and the like: those that enforce foreign keys included.
fn concerns_all_triggers(node: &SyntaxNode) -> bool {
    node.text().to_string().split_whitespace().last().is_some_and(|word| word.eq_ignore_ascii_case("all"))
}
