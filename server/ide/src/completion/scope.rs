//! The tables whose columns are meant at the cursor, and what is known of values there.

use std::collections::{BTreeMap, HashMap};

use pgpe_catalog::{Catalog, Column, ColumnType, Family, Function, QualifiedName, Relation};
use pgpe_config::Config;
use pgpe_syntax::SyntaxKind;
use pgpe_syntax::ast::CompareOpKind;

use super::expected::{Place, Side, Traversal};

/// What names at the cursor can stand for.
pub(super) struct Scope<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) config: &'a Config,
    /// The tables that the item governs; all candidates where its selector is missing or can't be read.
    pub(super) governed: Vec<QualifiedName>,
    /// The tables whose columns `col` names: the governed ones, or a traversal's targets.
    pub(super) tables: Vec<QualifiedName>,
}

/// A column's name and what it is on the tables that have it.
pub(super) struct NamedColumn<'a> {
    pub(super) name: &'a str,
    /// The tables, and the column on each.
    pub(super) found: Vec<(&'a QualifiedName, &'a Column)>,
}

impl NamedColumn<'_> {
    /// The types that it has, each once.
    pub(super) fn types(&self) -> Vec<&ColumnType> {
        let mut types: Vec<&ColumnType> = Vec::new();
        for (_, column) in &self.found {
            if !types.iter().any(|known| known.display == column.ty.display) {
                types.push(&column.ty);
            }
        }
        types
    }
}

impl<'a> Scope<'a> {
    pub(super) fn new(text: &str, place: &Place, catalog: &'a Catalog, config: &'a Config) -> Scope<'a> {
        let selector = place.selector.clone().and_then(|range| text.get(range));
        let governed = governed(selector, catalog, config);
        let tables = governed.clone();
        let mut scope = Scope { catalog, config, governed, tables };
        for traversal in &place.traversals {
            scope.tables = scope.targets(traversal);
        }
        scope
    }

    /// The tables that a traversal leads to: unqualified names may differ by the governed table's schema.
    pub(super) fn targets(&self, traversal: &Traversal) -> Vec<QualifiedName> {
        let mut by_schema: BTreeMap<&str, &QualifiedName> = BTreeMap::new();
        for table in &self.governed {
            by_schema.entry(&table.schema).or_insert(table);
        }
        let schema = traversal.target_schema.as_deref();
        let found = by_schema.into_values().filter_map(|table| {
            pgpe_policy::look_up(schema, &traversal.target, Some(table), self.catalog, self.config)
        });
        let mut targets: Vec<QualifiedName> = found.map(|(name, _)| name.clone()).collect();
        targets.dedup();
        targets
    }

    /// What a table is.
    pub(super) fn relation(&self, table: &QualifiedName) -> Option<&'a Relation> {
        self.catalog.relations.get(table)
    }

    /// All columns of some tables, in no order.
    pub(super) fn columns(&self, tables: &[QualifiedName]) -> Vec<NamedColumn<'a>> {
        let mut by_name: HashMap<&'a str, NamedColumn<'a>> = HashMap::new();
        for table in tables {
            let Some((table, relation)) = self.catalog.relations.get_key_value(table) else { continue };
            for column in &relation.columns {
                let name = column.name.as_str();
                let entry = by_name.entry(name).or_insert_with(|| NamedColumn { name, found: Vec::new() });
                entry.found.push((table, column));
            }
        }
        by_name.into_values().collect()
    }

    /// The functions that a name stands for.
    pub(super) fn function(
        &self,
        schema: Option<&str>,
        name: &str,
    ) -> Option<(QualifiedName, Vec<Function>)> {
        pgpe_policy::look_up_function(schema, name, self.catalog, &self.config.tables.schemas)
    }

    /// What goes with the value at the cursor.
    pub(super) fn wanted(&self, place: &Place) -> Wanted {
        if matches!(place.operator, Some(CompareOpKind::Like | CompareOpKind::NotLike)) {
            return Wanted::Families(&[Family::Text]);
        }
        let types = match &place.other {
            None | Some(Side::Setting(_)) => Vec::new(),
            Some(Side::Literal(kind)) => {
                return match kind {
                    SyntaxKind::TRUE_KW | SyntaxKind::FALSE_KW => Wanted::Families(&[Family::Boolean]),
                    SyntaxKind::INTEGER => {
                        Wanted::Families(&[Family::Integer, Family::Numeric, Family::Float])
                    }
                    SyntaxKind::STRING => Wanted::Families(TEXTUAL),
                    _ => Wanted::Anything,
                };
            }
            Some(Side::Column(name)) => {
                let columns = self.tables.iter().filter_map(|table| self.relation(table)?.column(name));
                let mut types: Vec<ColumnType> = Vec::new();
                for column in columns {
                    if !types.contains(&column.ty) {
                        types.push(column.ty.clone());
                    }
                }
                types
            }
            Some(Side::Function { schema, name }) => {
                let found = self.function(schema.as_deref(), name);
                found.into_iter().flat_map(|(_, all)| all).filter_map(|function| function.returns).collect()
            }
            Some(Side::Parameter { schema, name, index }) => {
                let found = self.function(schema.as_deref(), name);
                let overloads = found.into_iter().flat_map(|(_, all)| all);
                overloads.filter_map(|function| function.arguments.get(*index).cloned()).collect()
            }
        };
        if types.is_empty() { Wanted::Anything } else { Wanted::Types(types) }
    }

    /// The setting that says which tenant a session is, with the column that it is compared with.
    pub(super) fn isolation(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.config.isolation.iter().map(|entry| (entry.key.as_str(), entry.owner.as_str()))
    }
}

/// Families whose literals are strings.
const TEXTUAL: &[Family] =
    &[Family::Text, Family::Uuid, Family::Enum, Family::Instant, Family::Time, Family::Other];

/// Which values go with another.
pub(super) enum Wanted {
    Anything,
    Families(&'static [Family]),
    Types(Vec<ColumnType>),
}

impl Wanted {
    /// Whether a value of some type goes with it.
    pub(super) fn takes(&self, ty: &ColumnType) -> bool {
        match self {
            Wanted::Anything => true,
            Wanted::Families(families) => families.contains(&ty.family()),
            Wanted::Types(types) => types.iter().any(|wanted| pgpe_policy::common_type(ty, wanted).is_ok()),
        }
    }

    /// The types, where they are known.
    pub(super) fn types(&self) -> &[ColumnType] {
        match self {
            Wanted::Types(types) => types,
            _ => &[],
        }
    }

    /// Whether all types are of one family.
    pub(super) fn is(&self, family: Family) -> bool {
        !self.types().is_empty() && self.types().iter().all(|ty| ty.family() == family)
    }
}

/// The tables that a selector's text selects.
fn governed(selector: Option<&str>, catalog: &Catalog, config: &Config) -> Vec<QualifiedName> {
    let lowered = selector.and_then(|selector| {
        let policy = format!("POLICY p PERMISSIVE FOR ALL SELECTOR {selector}\nCLAUSE col(c) IS NULL");
        let parse = pgpe_syntax::parse(&policy);
        let policy = parse.tree().policies().next()?;
        pgpe_policy::lower_policy(&policy, false).selector
    });
    pgpe_policy::Candidates::of(catalog, config).selected(lowered.as_ref(), catalog, config)
}
