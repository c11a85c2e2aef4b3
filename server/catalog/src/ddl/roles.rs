//! Roles, their memberships, and privileges on tables.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};

use super::names::{name_of, name_of_node, spelled};
use super::reader::Reader;
use crate::{QualifiedName, TableGrant};

/// The privileges that ALL stands for, in every version. PostgreSQL 17 adds MAINTAIN, which no policy is
/// concerned with.
const PRIVILEGES: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/// What a GRANT or REVOKE is about.
enum Subject {
    /// Privileges on tables, with the columns that they are for.
    Tables(Vec<QualifiedName>),
    /// Privileges on schemas.
    Schemas(Vec<String>),
    /// Membership in roles.
    Membership,
    /// Something else.
    Other,
}

impl Reader<'_> {
    /// The name of a role; none for CURRENT_USER and the like when it is not known who that is.
    pub(super) fn role_name(&self, role: &ast::RoleRef) -> Option<String> {
        match role.role_ref_value()? {
            ast::RoleRefValue::RoleNameRef(name) => Some(name_of(&name)),
            _ => self.role.clone(),
        }
    }

    /// The same, where the word must do if the name is not known.
    pub(super) fn role_name_or_word(&self, role: &ast::RoleRef) -> String {
        self.role_name(role).unwrap_or_else(|| self.text_of(role.syntax()).to_ascii_lowercase())
    }

    fn role_names(&self, roles: impl Iterator<Item = ast::RoleRef>) -> Vec<String> {
        roles.map(|role| self.role_name_or_word(&role)).collect()
    }

    /// CREATE ROLE, CREATE GROUP, and CREATE USER, which may log in.
    pub(super) fn create_role(
        &mut self,
        role: Option<ast::Role>,
        options: Option<ast::RoleOptionList>,
        login: bool,
    ) {
        let Some(name) = role.map(|role| name_of(&role)) else { return };
        self.catalog.roles.known.entry(name.clone()).or_default().login = login;
        self.roles.entry(name.clone()).or_default().inherit = true;
        self.set_role_options(&name, options);
    }

    /// ALTER ROLE and ALTER USER.
    pub(super) fn alter_role(&mut self, role: Option<ast::RoleRef>, action: Option<&SyntaxNode>) {
        let Some(name) = role.and_then(|role| self.role_name(&role)) else { return };
        match action.cloned().and_then(ast::AlterRoleAction::cast) {
            Some(ast::AlterRoleAction::RoleOptionList(options)) => {
                self.catalog.roles.known.entry(name.clone()).or_default();
                self.set_role_options(&name, Some(options));
            }
            Some(ast::AlterRoleAction::RoleRenameTo(action)) => {
                if let Some(new) = action.role() {
                    self.rename_role(&name, &name_of(&new));
                }
            }
            _ => {}
        }
    }

    fn set_role_options(&mut self, name: &str, options: Option<ast::RoleOptionList>) {
        for option in options.into_iter().flat_map(|options| options.role_options()) {
            match option {
                ast::RoleOption::RoleOptionInherit(_) => self.set_inherit(name, true),
                ast::RoleOption::RoleOptionInRole(option) => {
                    for group in self.listed_roles(option.syntax()) {
                        self.add_member(&group, name, None);
                    }
                }
                ast::RoleOption::RoleOptionInGroup(option) => {
                    for group in self.listed_roles(option.syntax()) {
                        self.add_member(&group, name, None);
                    }
                }
                ast::RoleOption::RoleOptionRole(option) => self.add_members(name, option.syntax()),
                ast::RoleOption::RoleOptionUser(option) => self.add_members(name, option.syntax()),
                ast::RoleOption::RoleOptionAdmin(option) => self.add_members(name, option.syntax()),
                ast::RoleOption::RoleOptionGeneric(option) => self.set_attribute(name, option.syntax()),
                _ => {}
            }
        }
    }

    fn set_attribute(&mut self, name: &str, option: &SyntaxNode) {
        let Some(role) = self.catalog.roles.known.get_mut(name) else { return };
        match name_of_node(option).as_str() {
            "superuser" => role.superuser = true,
            "nosuperuser" => role.superuser = false,
            "bypassrls" => role.bypass_rls = true,
            "nobypassrls" => role.bypass_rls = false,
            "login" => role.login = true,
            "nologin" => role.login = false,
            "noinherit" => self.set_inherit(name, false),
            _ => {}
        }
    }

    /// INHERIT or NOINHERIT. Until PostgreSQL 15 it decides about all memberships, since 16 about later
    /// ones; what all versions agree on is taken.
    fn set_inherit(&mut self, name: &str, inherit: bool) {
        let details = self.roles.entry(name.to_owned()).or_default();
        details.inherit = inherit;
        if inherit {
            return;
        }
        let explicit = details.explicit.clone();
        let memberships = self.catalog.roles.known.get_mut(name).map(|role| &mut role.member_of);
        let implied = memberships.into_iter().flatten().filter(|(group, _)| !explicit.contains(*group));
        implied.for_each(|(_, inherits)| *inherits = false);
    }

    fn listed_roles(&self, node: &SyntaxNode) -> Vec<String> {
        self.role_names(node.descendants().filter_map(ast::RoleRef::cast))
    }

    fn add_members(&mut self, group: &str, node: &SyntaxNode) {
        for member in self.listed_roles(node) {
            self.add_member(group, &member, None);
        }
    }

    /// Makes a role a member of another; `inherits` if it says so itself.
    fn add_member(&mut self, group: &str, member: &str, inherits: Option<bool>) {
        self.catalog.roles.known.entry(group.to_owned()).or_default();
        let details = self.roles.entry(member.to_owned()).or_default();
        if inherits.is_some() {
            details.explicit.insert(group.to_owned());
        }
        let default = details.inherit;
        let memberships = &mut self.catalog.roles.known.entry(member.to_owned()).or_default().member_of;
        match inherits {
            Some(inherits) => {
                memberships.insert(group.to_owned(), inherits);
            }
            // A second GRANT leaves the option as it is.
            None => {
                memberships.entry(group.to_owned()).or_insert(default);
            }
        }
    }

    /// ALTER GROUP.
    pub(super) fn alter_group(&mut self, node: &ast::AlterGroup) {
        let Some(group) = node.role_ref().and_then(|role| self.role_name(&role)) else { return };
        match node.action() {
            Some(ast::AlterGroupAction::AddUsers(action)) => self.add_members(&group, action.syntax()),
            Some(ast::AlterGroupAction::DropUsers(action)) => {
                for member in self.listed_roles(action.syntax()) {
                    self.remove_member(&group, &member);
                }
            }
            Some(ast::AlterGroupAction::RoleRenameTo(action)) => {
                if let Some(new) = action.role() {
                    self.rename_role(&group, &name_of(&new));
                }
            }
            None => {}
        }
    }

    fn remove_member(&mut self, group: &str, member: &str) {
        if let Some(role) = self.catalog.roles.known.get_mut(member) {
            role.member_of.remove(group);
        }
        if let Some(details) = self.roles.get_mut(member) {
            details.explicit.remove(group);
        }
    }

    fn rename_role(&mut self, old: &str, new: &str) {
        let rename = |name: &mut String| {
            if name == old {
                *name = new.to_owned();
            }
        };
        let roles = &mut self.catalog.roles.known;
        if let Some(role) = roles.remove(old) {
            roles.insert(new.to_owned(), role);
        }
        for role in roles.values_mut() {
            if let Some(inherits) = role.member_of.remove(old) {
                role.member_of.insert(new.to_owned(), inherits);
            }
        }
        if let Some(details) = self.roles.remove(old) {
            self.roles.insert(new.to_owned(), details);
        }
        for details in self.roles.values_mut() {
            if details.explicit.remove(old) {
                details.explicit.insert(new.to_owned());
            }
        }
        for schema in self.schemas.values_mut() {
            schema.owner.iter_mut().for_each(rename);
            let usage = std::mem::take(&mut schema.usage);
            schema.usage.extend(usage.into_iter().map(|mut role| {
                rename(&mut role);
                role
            }));
        }
        for relation in self.catalog.relations.values_mut() {
            relation.owner.iter_mut().for_each(rename);
            for policy in relation.policies.values_mut() {
                policy.roles.iter_mut().for_each(rename);
                policy.roles.sort();
            }
            let grants = std::mem::take(&mut relation.grants);
            relation.grants.extend(grants.into_iter().map(|mut grant| {
                grant.role.iter_mut().for_each(rename);
                grant
            }));
        }
    }

    /// DROP ROLE, DROP USER and DROP GROUP.
    pub(super) fn drop_roles(&mut self, roles: impl Iterator<Item = ast::RoleRef>) {
        for name in self.role_names(roles) {
            self.catalog.roles.known.remove(&name);
            self.roles.remove(&name);
            let members: Vec<String> = self.catalog.roles.known.keys().cloned().collect();
            for member in members {
                self.remove_member(&name, &member);
            }
        }
    }

    /// DROP OWNED BY: what the roles own, and what they were granted.
    pub(super) fn drop_owned(&mut self, node: &ast::DropOwned) {
        let roles = self.role_names(node.role_ref_list().into_iter().flat_map(|list| list.role_refs()));
        let cascade = super::drop::cascades(node.drop_behavior());
        for role in roles {
            let owned =
                self.catalog.relations.iter().filter(|(_, it)| it.owner.as_deref() == Some(role.as_str()));
            let owned: Vec<QualifiedName> = owned.map(|(name, _)| name.clone()).collect();
            for name in owned {
                self.drop_relation(&name, cascade);
            }
            for relation in self.catalog.relations.values_mut() {
                relation.grants.retain(|grant| grant.role.as_deref() != Some(role.as_str()));
                relation.policies.retain(|_, policy| {
                    let named = policy.roles.contains(&role);
                    policy.roles.retain(|name| *name != role);
                    !(named && policy.roles.is_empty())
                });
            }
        }
    }

    /// OWNER TO: what the old owner could do is the new one's.
    pub(super) fn set_owner(&mut self, name: &QualifiedName, owner: Option<String>) {
        if let Some(relation) = self.relation_mut(name) {
            let old = std::mem::replace(&mut relation.owner, owner.clone());
            relation
                .grants
                .retain(|grant| grant.role.is_none() || (grant.role != old && grant.role != owner));
        }
    }

    /// REASSIGN OWNED.
    pub(super) fn reassign(&mut self, node: &ast::Reassign) {
        let mut lists = node.syntax().children().filter_map(ast::RoleRefList::cast);
        let (Some(old), Some(new)) = (lists.next(), lists.next()) else { return };
        let old = self.role_names(old.role_refs());
        let new = new.role_refs().next().and_then(|role| self.role_name(&role));
        let owned = self.catalog.relations.iter();
        let owned =
            owned.filter(|(_, relation)| relation.owner.as_ref().is_some_and(|owner| old.contains(owner)));
        let owned: Vec<QualifiedName> = owned.map(|(name, _)| name.clone()).collect();
        for name in owned {
            self.set_owner(&name, new.clone());
        }
    }

    /// GRANT.
    pub(super) fn grant(&mut self, node: &ast::Grant) {
        let roles = self.role_names(node.role_ref_list().into_iter().flat_map(|list| list.role_refs()));
        match self.subject(node.on_privilege_objects_clause()) {
            Subject::Tables(tables) => {
                for grant in self.table_grants(node.privileges(), &roles) {
                    for relation in &tables {
                        if let Some(relation) = self.relation_mut(relation) {
                            relation.grants.insert(grant.clone());
                        }
                    }
                }
            }
            Subject::Schemas(schemas) if names_usage(node.privileges()) => {
                self.set_usage(&schemas, &roles, true);
            }
            Subject::Membership => {
                let options = node.grant_with_clause().and_then(|clause| clause.grant_role_option_list());
                let options = options.into_iter().flat_map(|options| options.grant_role_options());
                let inherits = options
                    .filter(|option| {
                        option.grant_role_option_name().is_some_and(|name| name_of(&name) == "inherit")
                    })
                    .map(|option| option.false_token().is_none())
                    .last();
                for group in self.granted_roles(node.privileges()) {
                    for member in &roles {
                        self.add_member(&group, member, inherits);
                    }
                }
            }
            Subject::Schemas(_) | Subject::Other => {}
        }
    }

    /// REVOKE.
    pub(super) fn revoke(&mut self, node: &ast::Revoke) {
        let roles = self.role_names(node.role_ref_list().into_iter().flat_map(|list| list.role_refs()));
        match (self.subject(node.on_privilege_objects_clause()), node.revoke_option_for()) {
            (Subject::Tables(tables), None) => {
                let revoked = self.table_grants(node.privileges(), &roles);
                for relation in &tables {
                    let Some(relation) = self.relation_mut(relation) else { continue };
                    // A privilege that is revoked on the table goes from its columns too.
                    relation.grants.retain(|grant| {
                        let on_table = TableGrant { column: None, ..grant.clone() };
                        !revoked.contains(grant) && !revoked.contains(&on_table)
                    });
                }
            }
            (Subject::Schemas(schemas), None) if names_usage(node.privileges()) => {
                self.set_usage(&schemas, &roles, false);
            }
            (Subject::Membership, option) => {
                for group in self.granted_roles(node.privileges()) {
                    for member in &roles {
                        match &option {
                            None => self.remove_member(&group, member),
                            Some(ast::RevokeOptionFor::InheritOptionFor(_)) => {
                                self.add_member(&group, member, Some(false));
                            }
                            Some(_) => {}
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn subject(&self, on: Option<ast::OnPrivilegeObjectsClause>) -> Subject {
        let Some(on) = on else { return Subject::Membership };
        let found = |names: ast::AstChildren<ast::RelationNameRef>| {
            Subject::Tables(names.filter_map(|name| self.find_relation(&spelled(&name)?)).collect())
        };
        match on.privilege_objects() {
            Some(ast::PrivilegeObjects::PrivilegeTable(tables)) => found(tables.relation_name_refs()),
            Some(ast::PrivilegeObjects::PrivilegeDefault(tables)) => found(tables.relation_name_refs()),
            Some(ast::PrivilegeObjects::PrivilegeAllTablesInSchema(tables)) => {
                let schemas: Vec<String> = tables.schema_refs().map(|schema| name_of(&schema)).collect();
                let relations = self
                    .catalog
                    .relations
                    .keys()
                    .filter(|name| schemas.iter().any(|schema| *schema == name.schema));
                Subject::Tables(relations.cloned().collect())
            }
            Some(ast::PrivilegeObjects::PrivilegeSchema(schemas)) => {
                Subject::Schemas(schemas.schema_refs().map(|schema| name_of(&schema)).collect())
            }
            _ => Subject::Other,
        }
    }

    /// The single privileges of a list, for each of the roles.
    fn table_grants(&self, privileges: Option<ast::Privileges>, roles: &[String]) -> BTreeSet<TableGrant> {
        let mut listed: Vec<(String, Vec<String>)> = Vec::new();
        let columns = |list: Option<ast::ColumnRefList>| -> Vec<String> {
            list.into_iter().flat_map(|list| list.column_name_refs()).map(|name| name_of(&name)).collect()
        };
        match privileges {
            Some(ast::Privileges::AllPrivileges(all)) => {
                listed.push(("ALL".to_owned(), columns(all.column_ref_list())))
            }
            Some(ast::Privileges::RevokeCommandList(list)) => {
                for command in list.revoke_commands() {
                    let word = command.syntax().first_token().map(|token| token.text().to_ascii_uppercase());
                    listed.push((word.unwrap_or_default(), columns(command.column_ref_list())));
                }
            }
            None => {}
        }
        let mut grants = BTreeSet::new();
        for (privilege, columns) in listed {
            let of_columns = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];
            let privileges = PRIVILEGES.into_iter().filter(|name| *name == privilege || privilege == "ALL");
            for privilege in privileges.filter(|name| columns.is_empty() || of_columns.contains(name)) {
                for role in roles {
                    let role = Some(role.clone()).filter(|role| role != "public");
                    let mut add = |column| {
                        grants.insert(TableGrant {
                            role: role.clone(),
                            privilege: privilege.to_owned(),
                            column,
                        });
                    };
                    if columns.is_empty() {
                        add(None);
                    }
                    columns.iter().for_each(|column| add(Some(column.clone())));
                }
            }
        }
        grants
    }

    /// The roles that a GRANT of membership names in the place of privileges.
    fn granted_roles(&self, privileges: Option<ast::Privileges>) -> Vec<String> {
        let Some(ast::Privileges::RevokeCommandList(list)) = privileges else { return Vec::new() };
        list.revoke_commands()
            .filter_map(|command| match command.role_ref() {
                Some(role) => Some(self.role_name_or_word(&role)),
                None => Some(name_of_node(command.syntax())).filter(|name| !name.is_empty()),
            })
            .collect()
    }
}

/// Whether USAGE is among the privileges.
fn names_usage(privileges: Option<ast::Privileges>) -> bool {
    match privileges {
        Some(ast::Privileges::AllPrivileges(_)) => true,
        Some(ast::Privileges::RevokeCommandList(list)) => list.revoke_commands().any(|command| {
            let word = command.syntax().first_token();
            word.is_some_and(|word| word.text().eq_ignore_ascii_case("usage"))
        }),
        None => false,
    }
}
