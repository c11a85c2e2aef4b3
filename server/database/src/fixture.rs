//! States for this crate's tests: what is expected of a table, and what it has.

use pgpe_catalog::{Catalog, Command, ExistingPolicy, QualifiedName, Relation, RelationKind, TableGrant};
use pgpe_config::Config;
use pgpe_policy::source::PolicyKind;
use pgpe_sqlgen::{Compiled, CompiledGrant, CompiledPolicy, CompiledTable};

use crate::expected::Expected;
use crate::round_trip::{ExpectedForm, ExpectedForms, Expressions};

pub(crate) fn users() -> QualifiedName {
    QualifiedName::new("public", "users")
}

/// A policy of the project: what is written is in lower case, what the server has of it in upper case.
pub(crate) fn compiled(name: &str, using: &str) -> CompiledPolicy {
    CompiledPolicy {
        name: name.to_owned(),
        policy: name.to_owned(),
        kind: PolicyKind::Permissive,
        command: None,
        roles: Vec::new(),
        using: Some(using.to_owned()),
        check: None,
        reads: vec![QualifiedName::new("public", "projects")],
        statement: String::new(),
        clauses: Vec::new(),
    }
}

pub(crate) fn expected(policies: Vec<CompiledPolicy>, grants: &[(&str, &[Command])]) -> Expected {
    let upper = |text: &Option<String>| text.as_ref().map(|text| text.to_uppercase());
    let mut forms = ExpectedForms::default();
    for policy in &policies {
        let stored = Expressions { using: upper(&policy.using), check: upper(&policy.check) };
        forms.forms.insert((users(), policy.name.clone()), ExpectedForm::Stored(stored));
    }
    let grants = grants.iter().map(|(role, commands)| CompiledGrant {
        role: Some((*role).to_owned()),
        commands: commands.to_vec(),
        statement: String::new(),
    });
    let table = CompiledTable { name: users(), policies, grants: grants.collect() };
    Expected::new(&Compiled { tables: vec![table] }, &forms, &Catalog::default(), &Config::default())
}

/// The table with row-level security enabled and forced, and these policies.
pub(crate) fn observed(policies: &[(&str, &str)], grants: &[(&str, &str)]) -> Catalog {
    let mut relation = Relation::new(RelationKind::Table);
    (relation.rls_enabled, relation.rls_forced) = (true, true);
    for (name, using) in policies {
        relation.policies.insert((*name).to_owned(), existing(using));
    }
    relation.grants.extend(grants.iter().map(|(role, privilege)| grant(role, privilege)));
    let mut catalog = Catalog::default();
    catalog.relations.insert(users(), relation);
    catalog
}

pub(crate) fn existing(using: &str) -> ExistingPolicy {
    ExistingPolicy {
        permissive: true,
        command: None,
        roles: Vec::new(),
        using: Some(using.to_owned()),
        check: None,
    }
}

pub(crate) fn grant(role: &str, privilege: &str) -> TableGrant {
    TableGrant { role: Some(role.to_owned()), privilege: privilege.to_owned(), column: None }
}

/// The table of a catalog, to be changed.
pub(crate) fn table(catalog: &mut Catalog) -> &mut Relation {
    catalog.relations.get_mut(&users()).expect("the table")
}
