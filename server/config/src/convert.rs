//! From the written shape to the typed configuration: defaults, and what only several keys together say.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::nearest::{listed, nearest, quoted_word};
use crate::node::{self, Node, Value};
use crate::reader::{At, Named, Read, Reader};
use crate::shape::{ConfigShape, IsolationShape, SchemaShape, TablesShape};
use crate::{
    Allow, Config, ConfigError, ConfigFix, Exempt, Isolation, SchemaSource, Session, SoftDelete, Tables,
    Target,
};

/// Reads the text as far as it can be read, with all that is wrong about it.
pub(crate) fn read_shape(yaml: &str) -> (Option<ConfigShape>, Reader) {
    let mut reader = Reader::of(yaml);
    let shape = match node::parse(yaml) {
        Ok(root) => ConfigShape::read(&root, &mut reader),
        Err(error) => {
            reader.error(error);
            None
        }
    };
    (shape, reader)
}

impl Config {
    /// Reads the text of a `pgpe.yaml`; what it does not say has its default.
    ///
    /// Fails with every mistake found, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Config, Vec<ConfigError>> {
        let (shape, mut reader) = read_shape(yaml);
        let config = shape.map(|shape| convert(shape, &mut reader));
        let mut errors = reader.errors;
        errors.sort_by_key(|error| (error.range.start, error.range.end));
        errors.dedup();
        match config {
            Some(config) if errors.is_empty() => Ok(config),
            _ => Err(errors),
        }
    }

    /// The JSON Schema of `pgpe.yaml`, for editors.
    pub fn json_schema() -> serde_json::Value {
        // Draft 7 is what YAML language servers understand best.
        let settings = schemars::generate::SchemaSettings::draft07();
        settings.into_generator().into_root_schema_for::<ConfigShape>().to_value()
    }
}

fn convert(shape: ConfigShape, reader: &mut Reader) -> Config {
    let defaults = Config::default();
    if let Some(version) = shape.version
        && version.value != 1
    {
        let message = format!("`version` must be 1, not {}", version.value);
        let help = "this pgpe reads version 1 only; a newer pgpe may be needed";
        let fix = ConfigFix::replace(version.range.clone(), "1");
        let fix = reader.is_word(&version.range).then_some(fix);
        reader.error(ConfigError::new(version.range, message).with_help(help).with_fixes(fix));
    }

    let targets: BTreeMap<String, Target> = named(shape.targets, |target| Target {
        url: target.url,
        protected: target.protected.unwrap_or(false),
    });
    let schema = shape.schema.and_then(|schema| schema_source(schema, targets.keys(), reader));

    let session = shape.session.map_or_else(Session::default, |session| Session {
        missing: session.missing.unwrap_or_default(),
        initplan: session.initplan.unwrap_or(false),
    });
    let soft_delete = shape.soft_delete.map_or(defaults.soft_delete, |marks| {
        marks.into_iter().map(|mark| SoftDelete { column: mark.column, deleted: mark.deleted.0 }).collect()
    });
    let allow = shape.allow.unwrap_or_default().into_iter().map(|allow| Allow {
        rule: allow.rule,
        policy: allow.policy.map(|policy| policy.value),
        table: allow.table.map(|table| table.value),
        reason: allow.reason,
    });

    Config {
        policies: shape.policies.map_or(defaults.policies, |patterns| globs(patterns, reader)),
        schema,
        tables: shape.tables.map_or(defaults.tables, |tables| self::tables(tables, reader)),
        targets,
        isolation: shape
            .isolation
            .map_or(defaults.isolation, |entries| entries.into_iter().map(isolation).collect()),
        session,
        allowed_functions: shape.functions.and_then(|functions| functions.allow).unwrap_or_default(),
        max_traversal_depth: shape
            .traversal
            .and_then(|traversal| traversal.max_depth)
            .unwrap_or(defaults.max_traversal_depth),
        solver_timeout_ms: shape
            .solver
            .and_then(|solver| solver.timeout)
            .map_or(defaults.solver_timeout_ms, |timeout| timeout.0),
        soft_delete,
        role_separation: shape
            .role_separation
            .unwrap_or_default()
            .into_iter()
            .map(|pair| (pair.0, pair.1))
            .collect(),
        tags: named(shape.tags, |patterns| patterns),
        rules: shape.rules.map(|rules| rules.0.into_iter().collect()).unwrap_or_default(),
        allow: allow.collect(),
    }
}

fn named<T, U>(entries: Option<Named<T>>, convert: impl Fn(T) -> U) -> BTreeMap<String, U> {
    let entries = entries.map(|entries| entries.0).unwrap_or_default();
    entries.into_iter().map(|(name, value)| (name.value, convert(value))).collect()
}

fn globs(patterns: Vec<At<String>>, reader: &mut Reader) -> Vec<String> {
    for pattern in &patterns {
        if let Err(error) = globset::Glob::new(&pattern.value) {
            let message = format!("`policies` holds a pattern that can't be read: {}", error.kind());
            reader.error(ConfigError::new(pattern.range.clone(), message));
        }
    }
    patterns.into_iter().map(|pattern| pattern.value).collect()
}

fn tables(tables: TablesShape, reader: &mut Reader) -> Tables {
    let schemas = tables.schemas.map(|schemas| {
        if schemas.value.is_empty() {
            let message = "`tables.schemas` names no schema, so that no table could have a policy";
            reader.error(ConfigError::new(schemas.range, message));
        }
        schemas.value
    });
    Tables {
        schemas: schemas.unwrap_or_else(|| Config::default().tables.schemas),
        exclude: tables.exclude.unwrap_or_default(),
    }
}

fn schema_source<'t>(
    schema: At<SchemaShape>,
    targets: impl Iterator<Item = &'t String> + Clone,
    reader: &mut Reader,
) -> Option<SchemaSource> {
    let At { value: SchemaShape { file, snapshot, target }, range } = schema;
    if let Some(target) = &target {
        check_target(target, targets, reader);
    }
    match (file, snapshot, target) {
        (Some(file), None, None) => Some(SchemaSource::File(file.value)),
        (None, Some(snapshot), None) => Some(SchemaSource::Snapshot(snapshot.value)),
        (None, None, Some(target)) => Some(SchemaSource::Target(target.value)),
        (None, None, None) => {
            // A key whose value could not be read has been noted already.
            if !reader.errors.iter().any(|error| contains(&range, &error.range)) {
                let message = "`schema` does not say where the schema comes from";
                let help = format!("give {}", listed(["file", "snapshot", "target"], "or"));
                reader.error(ConfigError::new(range, message).with_help(help));
            }
            None
        }
        _ => {
            let message = "`schema` has more than one source";
            let help = "keep one of `file`, `snapshot` and `target`";
            reader.error(ConfigError::new(range, message).with_help(help));
            None
        }
    }
}

fn contains(outer: &Range<u32>, inner: &Range<u32>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn check_target<'t>(
    target: &At<String>,
    mut targets: impl Iterator<Item = &'t String> + Clone,
    reader: &mut Reader,
) {
    if targets.clone().any(|name| *name == target.value) {
        return;
    }
    let name = quoted_word(&target.value).map(|name| format!(" {name}")).unwrap_or_default();
    let mut message = format!("`schema.target` names the target{name}, which `targets` does not define");
    let mut fix = None;
    if let Some(meant) = nearest(&target.value, targets.clone().map(String::as_str)) {
        message.push_str(&format!("; did you mean `{meant}`?"));
        let written = Node { value: Value::Text(target.value.clone()), range: target.range.clone() };
        fix = reader.replacement(&written, meant);
    }
    let mut error = ConfigError::new(target.range.clone(), message).with_fixes(fix);
    if targets.next().is_none() {
        error = error.with_help("add it: `targets: { name: { url: … } }`");
    }
    reader.error(error);
}

fn isolation(entry: IsolationShape) -> Isolation {
    let defaults = Isolation::default();
    let exempt = entry.exempt.unwrap_or_default().into_iter();
    Isolation {
        key: entry.key.map_or(defaults.key, |key| key.value),
        owner: entry.owner.unwrap_or(defaults.owner),
        owners: named(entry.owners, |path| path.0),
        exempt: exempt.map(|exempt| Exempt { table: exempt.table.value, reason: exempt.reason }).collect(),
    }
}
