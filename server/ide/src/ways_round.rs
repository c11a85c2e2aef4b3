//! What gets round the policies of governed tables, as far as the schema tells: roles, owners, views, functions.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::{Catalog, Function, QualifiedName, Relation, RelationKind};
use pgpe_report::Assumption;

/// Ways round policies, each of which a proof assumes not to be in tenants' hands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WaysRound {
    /// Those that concern every table.
    everywhere: BTreeSet<Assumption>,
    by_table: BTreeMap<QualifiedName, BTreeSet<Assumption>>,
}

impl WaysRound {
    /// Those round the policies of these tables. `forced`: those on which row-level security is forced, once the
    /// project is applied.
    pub(crate) fn of(
        catalog: &Catalog,
        governed: &BTreeSet<&QualifiedName>,
        forced: impl Fn(&QualifiedName) -> bool,
    ) -> WaysRound {
        let mut ways = WaysRound::default();
        if governed.is_empty() {
            return ways;
        }
        ways.everywhere.extend(bypassing_roles(catalog));
        ways.everywhere.extend(definer_functions(catalog));
        for (name, relation) in &catalog.relations {
            for way in views(catalog, name, relation, governed, &forced) {
                ways.by_table.entry(way.0.clone()).or_default().insert(way.1);
            }
            let will_be_forced = governed.contains(name) && forced(name);
            if let Some(way) = unforced_owner(catalog, name, relation).filter(|_| will_be_forced) {
                ways.by_table.entry(name.clone()).or_default().insert(way);
            }
        }
        ways
    }

    /// Those round the policies of a table.
    pub(crate) fn round(&self, table: &QualifiedName) -> impl Iterator<Item = &Assumption> {
        self.everywhere.iter().chain(self.by_table.get(table).into_iter().flatten())
    }
}

/// Roles for which row-level security does not hold, if anybody logs in with them or can become them.
fn bypassing_roles(catalog: &Catalog) -> impl Iterator<Item = Assumption> {
    let roles = &catalog.roles;
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, _) in roles.known.iter().filter(|(_, role)| role.login && !role.superuser) {
        for reached in roles.may_become(name).into_iter().filter(|reached| reached != name) {
            members.entry(reached).or_default().push(name.clone());
        }
    }
    roles.known.iter().filter_map(move |(name, role)| {
        let attribute = match (role.superuser, role.bypass_rls) {
            (true, _) => "SUPERUSER",
            (false, true) => "BYPASSRLS",
            (false, false) => return None,
        };
        let members = members.remove(name).unwrap_or_default();
        (role.login || !members.is_empty()).then(|| Assumption::BypassingRole {
            role: name.clone(),
            attribute: attribute.to_owned(),
            members,
        })
    })
}

fn definer_functions(catalog: &Catalog) -> impl Iterator<Item = Assumption> {
    let all =
        catalog.functions.iter().flat_map(|(name, overloads)| overloads.iter().map(move |it| (name, it)));
    all.filter(|(_, function)| function.security_definer)
        .map(|(name, function)| Assumption::DefinerFunction { function: signature(name, function) })
}

fn signature(name: &QualifiedName, function: &Function) -> String {
    let arguments: Vec<&str> = function.arguments.iter().map(|ty| ty.display.as_str()).collect();
    format!("{name}({})", arguments.join(", "))
}

/// The governed tables that are read through a view by other policies than the caller's.
fn views<'c>(
    catalog: &'c Catalog,
    name: &QualifiedName,
    view: &'c Relation,
    governed: &BTreeSet<&QualifiedName>,
    forced: impl Fn(&QualifiedName) -> bool,
) -> Vec<(&'c QualifiedName, Assumption)> {
    let is_stored = view.kind == RelationKind::MaterializedView;
    let mut found = Vec::new();
    for (table, reader) in reads(catalog, view).into_iter().filter(|(table, _)| governed.contains(table)) {
        let (view, owner) = (name.to_string(), reader.owner.clone());
        let way = match is_stored {
            true => Assumption::MaterializedView { view, table: table.to_string() },
            // It reads as the caller.
            false if reader.security_invoker => continue,
            false => {
                let bypasses =
                    owner.as_ref().is_some_and(|owner| bypasses(catalog, owner, table, forced(table)));
                Assumption::OwnerRightsView { view, table: table.to_string(), owner, bypasses }
            }
        };
        found.push((table, way));
    }
    found
}

/// What a view reads, itself or by way of other views, each time with the view that reads it. Every view reads with
/// the rights of its own owner, whatever view it is read by (or with those of the caller).
fn reads<'c>(catalog: &'c Catalog, view: &'c Relation) -> Vec<(&'c QualifiedName, &'c Relation)> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![view];
    while let Some(reader) = open.pop() {
        for name in &reader.reads {
            found.push((name, reader));
            open.extend(catalog.relations.get(name).filter(|_| seen.insert(name)));
        }
    }
    found
}

/// Whether row-level security of a table does not hold for a role.
fn bypasses(catalog: &Catalog, role: &str, table: &QualifiedName, forced: bool) -> bool {
    let owner = catalog.relations.get(table).and_then(|relation| relation.owner.as_ref());
    let owns = || owner.is_some_and(|owner| catalog.roles.privileges_of(role).contains(owner));
    let known = catalog.roles.known.get(role);
    known.is_some_and(|role| role.superuser || role.bypass_rls) || (!forced && owns())
}

/// Only a database is known as it is: of a file nobody expects that the project was applied to it.
fn unforced_owner(catalog: &Catalog, name: &QualifiedName, relation: &Relation) -> Option<Assumption> {
    let owner = relation.owner.clone().filter(|_| catalog.roles.complete && !relation.rls_forced)?;
    Some(Assumption::UnforcedOwner { table: name.to_string(), owner })
}
