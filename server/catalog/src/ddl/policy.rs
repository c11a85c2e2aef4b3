//! Policies that the schema has already.

use squawk_syntax::ast::{self, AstNode};

use super::expression::{ColumnUse, Names, References, Replacement, references, replace};
use super::names::{name_of, range_of};
use super::reader::Reader;
use crate::{Catalog, Command, ExistingPolicy, QualifiedName};

/// The names of an expression: as it is written under the search path of its statement, or as it is kept,
/// when unqualified names are of the policy's own schema.
struct Scope<'r> {
    catalog: &'r Catalog,
    schemas: &'r [String],
}

impl Names for Scope<'_> {
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<QualifiedName> {
        self.catalog.resolve(name, schema, self.schemas).map(|(name, _)| name.clone())
    }

    fn has_column(&self, relation: &QualifiedName, column: &str) -> bool {
        self.catalog.relations.get(relation).is_some_and(|relation| relation.column(column).is_some())
    }
}

/// Which of a policy's expressions refer to something.
struct Referring {
    table: QualifiedName,
    policy: String,
    using: Option<References>,
    check: Option<References>,
}

impl Referring {
    fn both(&self) -> impl Iterator<Item = &References> {
        self.using.iter().chain(&self.check)
    }
}

impl Reader<'_> {
    /// CREATE POLICY.
    pub(super) fn create_policy(&mut self, node: &ast::CreatePolicy) {
        let Some(policy) = node.policy() else { return };
        let Some(table) = node.on_table().and_then(|on| on.table_name_ref()) else { return };
        let Some(table) = self.need_relation(&table) else { return };
        let name = name_of(&policy);
        let permissive = match node.as_policy_type().and_then(|ty| ty.ident_token()) {
            None => true,
            Some(token) if token.text().eq_ignore_ascii_case("permissive") => true,
            Some(token) if token.text().eq_ignore_ascii_case("restrictive") => false,
            Some(token) => {
                return self.note(format!(
                    "the policy {name} on {table} is neither permissive nor restrictive: {token}"
                ));
            }
        };
        let command = node.policy_command().and_then(|command| command.command());
        let command = match command {
            Some(ast::PolicyCommandKind::PolicyCommandSelect(_)) => Some(Command::Select),
            Some(ast::PolicyCommandKind::PolicyCommandInsert(_)) => Some(Command::Insert),
            Some(ast::PolicyCommandKind::PolicyCommandUpdate(_)) => Some(Command::Update),
            Some(ast::PolicyCommandKind::PolicyCommandDelete(_)) => Some(Command::Delete),
            Some(ast::PolicyCommandKind::PolicyCommandAll(_)) | None => None,
        };
        let created = ExistingPolicy {
            permissive,
            command,
            roles: node.policy_roles().map(|roles| self.policy_roles(&roles)).unwrap_or_default(),
            using: node.using_expr_clause().and_then(|clause| self.expression(&table, clause.syntax())),
            check: node.with_check_expr_clause().and_then(|clause| self.expression(&table, clause.syntax())),
        };
        let range = self.in_file(&range_of(policy.syntax()));
        let Some(relation) = self.relation_mut(&table) else { return };
        if relation.policies.contains_key(&name) {
            return self.note(format!("the policy {name} on {table} exists already"));
        }
        relation.policies.insert(name.clone(), created);
        self.sources.policies.insert((table, name), range);
    }

    /// ALTER POLICY.
    pub(super) fn alter_policy(&mut self, node: &ast::AlterPolicy) {
        let Some(name) = node.policy_ref().map(|name| name_of(&name)) else { return };
        let Some(table) = node.on_table().and_then(|on| on.table_name_ref()) else { return };
        let Some(table) = self.need_relation(&table) else { return };
        if !self.catalog.relations.get(&table).is_some_and(|relation| relation.policies.contains_key(&name)) {
            return self.note(format!("the policy {name} on {table} is not defined here"));
        }
        match node.action() {
            Some(ast::AlterPolicyAction::PolicyRenameTo(action)) => {
                let Some(new) = action.policy().map(|new| name_of(&new)) else { return };
                let Some(relation) = self.relation_mut(&table) else { return };
                if let Some(policy) = relation.policies.remove(&name) {
                    relation.policies.insert(new.clone(), policy);
                }
                if let Some(range) = self.sources.policies.remove(&(table.clone(), name)) {
                    self.sources.policies.insert((table, new), range);
                }
            }
            Some(ast::AlterPolicyAction::AlterPolicyTo(action)) => {
                let roles = action.policy_roles().map(|roles| self.policy_roles(&roles));
                let using =
                    action.using_expr_clause().and_then(|clause| self.expression(&table, clause.syntax()));
                let check = action.with_check_expr_clause();
                let check = check.and_then(|clause| self.expression(&table, clause.syntax()));
                let policy = self.relation_mut(&table).and_then(|relation| relation.policies.get_mut(&name));
                let Some(policy) = policy else { return };
                policy.roles = roles.unwrap_or(std::mem::take(&mut policy.roles));
                policy.using = using.or(policy.using.take());
                policy.check = check.or(policy.check.take());
            }
            None => {}
        }
    }

    /// DROP POLICY.
    pub(super) fn drop_policy(&mut self, node: &ast::DropPolicy) {
        let Some(name) = node.policy_ref().map(|name| name_of(&name)) else { return };
        let Some(table) = node.on_table().and_then(|on| on.table_name_ref()) else { return };
        let table = match node.if_exists() {
            Some(_) => super::names::spelled(&table).and_then(|table| self.find_relation(&table)),
            None => self.need_relation(&table),
        };
        if let Some(table) = table {
            self.remove_policy(&table, &name);
        }
    }

    pub(super) fn remove_policy(&mut self, table: &QualifiedName, name: &str) {
        if let Some(relation) = self.relation_mut(table) {
            relation.policies.remove(name);
        }
        self.sources.policies.remove(&(table.clone(), name.to_owned()));
    }

    /// The roles after TO; none for PUBLIC.
    fn policy_roles(&mut self, roles: &ast::PolicyRoles) -> Vec<String> {
        let roles: Vec<ast::RoleRef> =
            roles.role_ref_list().into_iter().flat_map(|list| list.role_refs()).collect();
        let mut names: Vec<String> = roles.iter().map(|role| self.role_name_or_word(role)).collect();
        // PUBLIC beside others makes them superfluous.
        if names.iter().any(|name| name == "public") {
            return Vec::new();
        }
        names.sort();
        names.dedup();
        names
    }

    /// The text between the parentheses of a clause. Names of relations that are not in the policy's own
    /// schema get theirs, because the search path will be forgotten.
    fn expression(&self, table: &QualifiedName, clause: &squawk_syntax::SyntaxNode) -> Option<String> {
        let text = self.text_of(clause);
        let start = text.find('(')? + 1;
        let end = text.rfind(')')?;
        let text = text.get(start..end)?.trim();
        let references =
            references(text, table, &Scope { catalog: &self.catalog, schemas: &self.search_path });
        let foreign = references.relations.iter().filter(|it| it.relation.schema != table.schema);
        Some(replace(text, foreign.filter_map(|it| it.with_schema()).collect()))
    }

    /// Prepares the policies of a table for its move to another schema, where unqualified names would
    /// stand for something else.
    pub(super) fn qualify_policies(&mut self, table: &QualifiedName) {
        let Some(mut policies) = self.relation_mut(table).map(|it| std::mem::take(&mut it.policies)) else {
            return;
        };
        let schemas = &[table.schema.to_string()];
        for text in policies.values_mut().flat_map(|policy| [&mut policy.using, &mut policy.check]).flatten()
        {
            let references = references(text, table, &Scope { catalog: &self.catalog, schemas });
            let others = references.relations.iter().filter(|it| it.relation != *table);
            *text = replace(text, others.filter_map(|it| it.with_schema()).collect());
        }
        if let Some(relation) = self.relation_mut(table) {
            relation.policies = policies;
        }
    }

    /// All policies whose expressions fulfil a condition. `hint` is a name that must be in their text.
    fn policies_referring(&self, hint: &str, condition: impl Fn(&References) -> bool) -> Vec<Referring> {
        let mut found = Vec::new();
        for (table, relation) in &self.catalog.relations {
            for (name, policy) in &relation.policies {
                let read = |text: &Option<String>| {
                    let text = text
                        .as_ref()
                        .filter(|text| text.to_ascii_lowercase().contains(&hint.to_lowercase()))?;
                    let schemas = &[table.schema.to_string()];
                    let references = references(text, table, &Scope { catalog: &self.catalog, schemas });
                    condition(&references).then_some(references)
                };
                let (using, check) = (read(&policy.using), read(&policy.check));
                if using.is_some() || check.is_some() {
                    found.push(Referring { table: table.clone(), policy: name.clone(), using, check });
                }
            }
        }
        found
    }

    /// Follows the renaming of a column, before it takes place.
    pub(super) fn rename_in_policies(&mut self, table: &QualifiedName, old: &str, new: &str) {
        self.shield_policies(table, new);
        let is_it = |column: &&ColumnUse| column.relation == *table && column.column == old;
        let referring = self.policies_referring(old, |references| {
            references.columns.iter().any(|column| is_it(&column))
                || references.unclear.iter().any(|name| name == old)
        });
        for it in referring {
            if it.both().any(|references| references.unclear.iter().any(|name| name == old)) {
                self.note_unclear(&it, table, old);
            }
            // Where another relation has a column of the new name, the bare name would be that one's.
            let selected = it.both().flat_map(|references| &references.relations).map(|it| &it.relation);
            let crowded = selected.chain([&it.table]).filter(|name| *name != table).any(|name| {
                self.catalog.relations.get(name).is_some_and(|relation| relation.column(new).is_some())
            });
            self.replace_in_policy(&it, |references| {
                let renamed = references.columns.iter().filter(is_it).map(|column| {
                    let qualified =
                        column.renamed_with_relation(new).filter(|_| crowded && !column.qualified);
                    qualified.unwrap_or_else(|| column.renamed(new))
                });
                renamed.collect()
            });
        }
    }

    /// Before a table gets a column: names in policies that would become this column's stay what they are.
    pub(super) fn shield_policies(&mut self, table: &QualifiedName, column: &str) {
        let threatened = |it: &&ColumnUse| it.column == column && !it.qualified && it.relation != *table;
        let referring = self.policies_referring(column, |references| {
            references.relations.iter().any(|it| it.relation == *table)
                && references.columns.iter().any(|it| threatened(&it))
        });
        for it in referring {
            let hidden = |it: &ColumnUse| threatened(&it) && it.with_relation().is_none();
            if it.both().any(|references| references.columns.iter().any(hidden)) {
                self.note_unclear(&it, table, column);
            }
            self.replace_in_policy(&it, |references| {
                references.columns.iter().filter(threatened).filter_map(|it| it.with_relation()).collect()
            });
        }
    }

    fn note_unclear(&mut self, it: &Referring, table: &QualifiedName, column: &str) {
        self.note(format!(
            "the policy {} on {} may mention the column {table}.{column}",
            it.policy, it.table
        ));
    }

    /// Follows the renaming of a table, before it takes place.
    pub(super) fn rename_relation_in_policies(&mut self, old: &QualifiedName, new: &QualifiedName) {
        let referring = self.policies_referring(&old.name, |references| {
            references.relations.iter().any(|it| it.relation == *old)
        });
        for it in referring {
            self.replace_in_policy(&it, |references| {
                let uses = references.relations.iter().filter(|it| it.relation == *old);
                uses.map(|it| it.renamed(new)).collect()
            });
        }
    }

    fn replace_in_policy(&mut self, it: &Referring, places: impl Fn(&References) -> Vec<Replacement>) {
        let policy = self.relation_mut(&it.table).and_then(|relation| relation.policies.get_mut(&it.policy));
        let Some(policy) = policy else { return };
        for (text, references) in [(&mut policy.using, &it.using), (&mut policy.check, &it.check)] {
            if let (Some(text), Some(references)) = (text, references) {
                *text = replace(text, places(references));
            }
        }
    }

    /// Drops the policies that mention a column which goes with CASCADE.
    pub(super) fn drop_policies_on_column(&mut self, table: &QualifiedName, column: &str) {
        let mentions = |references: &References| {
            references.columns.iter().any(|it| it.relation == *table && it.column == column)
        };
        let referring = self.policies_referring(column, |references| {
            mentions(references) || references.unclear.iter().any(|name| name == column)
        });
        for it in referring {
            if it.both().any(mentions) {
                self.remove_policy(&it.table, &it.policy);
            } else {
                self.note_unclear(&it, table, column);
            }
        }
    }

    /// Drops the policies of other tables that select from a relation which goes with CASCADE.
    pub(super) fn drop_policies_on_relation(&mut self, relation: &QualifiedName) {
        let referring = self.policies_referring(&relation.name, |references| {
            references.relations.iter().any(|it| it.relation == *relation)
        });
        for it in referring.into_iter().filter(|it| it.table != *relation) {
            self.remove_policy(&it.table, &it.policy);
        }
    }

    /// Drops the policies that call a function which goes with CASCADE.
    pub(super) fn drop_policies_on_function(&mut self, function: &QualifiedName) {
        let referring = self.policies_referring(&function.name, |references| {
            references.functions.iter().any(|(schema, name)| {
                *name == function.name && schema.as_ref().is_none_or(|schema| *schema == function.schema)
            })
        });
        for it in referring {
            self.remove_policy(&it.table, &it.policy);
        }
    }
}
