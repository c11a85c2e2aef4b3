//! More about a completion, worked out when somebody looks at it.

use pgpe_catalog::{Catalog, QualifiedName};
use pgpe_config::Rule;
use pgpe_policy::source::PolicyKind;
use pgpe_syntax::SyntaxKind;

use super::cursor::Cursor;
use super::scope::Scope;
use super::{CompletionKind, Context, config, expected, mentions, scope, templates, traversals};
use crate::database::{Db, Project};
use crate::hover::{keywords, relation, values};
use crate::markdown;
use crate::queries::{self, Item};

/// What is known of the thing of that kind and name, at that place of a text.
pub(super) fn text(
    db: &dyn Db,
    project: Project,
    text: &str,
    offset: usize,
    kind: CompletionKind,
    name: &str,
) -> Option<String> {
    match kind {
        CompletionKind::Word => return word(name),
        CompletionKind::Key | CompletionKind::Value => {
            return config::documentation(text, offset, kind, name);
        }
        CompletionKind::Rule => return rule(name),
        CompletionKind::Policy => return policy(db, project, name),
        _ => {}
    }
    let cursor = Cursor::new(text, offset);
    let place = expected::expected(&cursor);
    let scope = scope(db, project, text, &place);
    let context = Context { db, project, cursor: &cursor, place: &place, scope };
    if kind == CompletionKind::Template {
        let text = templates::text(&context, name)?;
        return Some(format!("```pgpe-policy\n{}\n```", without_holes(&text).trim_end()));
    }
    if kind == CompletionKind::Setting {
        return Some(setting(&context, name));
    }
    let scope = context.scope.as_ref()?;
    match kind {
        CompletionKind::Column => column(&context, scope, name),
        CompletionKind::Table => table(scope, name),
        CompletionKind::Traversal => traversal(&context, scope, name),
        CompletionKind::Function => function(scope, name),
        CompletionKind::Type => ty(scope, name),
        CompletionKind::Label => label(scope, name),
        CompletionKind::Role => role(scope.catalog, name),
        CompletionKind::Tag => Some(tag(scope, name)),
        CompletionKind::Schema => Some(schema(scope, name)),
        _ => None,
    }
}

fn word(words: &str) -> Option<String> {
    let mut all = words.split(' ');
    let first = all.next()?;
    // `NOT IN` is about IN.
    let word = if first == "NOT" { all.next_back().unwrap_or(first) } else { first };
    let about = keywords::about(SyntaxKind::from_word(word)?)?;
    Some(format!("{} – {about}", markdown::code(words)))
}

fn rule(id: &str) -> Option<String> {
    let rule: Rule = id.parse().ok()?;
    Some(format!(
        "{} Its severity is {} unless the configuration sets another.",
        rule.title(),
        rule.default_severity()
    ))
}

fn policy(db: &dyn Db, project: Project, name: &str) -> Option<String> {
    queries::project_items(db, project).find_map(|key| match queries::item(db, *key) {
        Some(Item::Policy(policy)) if policy.name.value == name => {
            let kind = match policy.kind {
                Some(PolicyKind::Permissive) => "permissive policy",
                Some(PolicyKind::Restrictive) => "restrictive policy",
                None => "policy",
            };
            let governed = queries::selected(db, project, *key);
            Some(format!("{kind} in {}, on {}", key.file(db).path(db), markdown::list(governed)))
        }
        _ => None,
    })
}

/// A snippet with its holes filled.
fn without_holes(snippet: &str) -> String {
    let mut shown = String::new();
    let mut rest = snippet.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => shown.extend(rest.next()),
            '$' => {
                let braces = rest.next_if_eq(&'{').is_some();
                while rest.next_if(char::is_ascii_digit).is_some() {}
                if braces && rest.next_if_eq(&'|').is_some() {
                    shown.extend(std::iter::from_fn(|| rest.next_if(|c| !matches!(c, ',' | '|'))));
                    rest.by_ref().find(|c| *c == '}');
                } else if braces {
                    rest.next_if_eq(&':');
                }
            }
            // The end of a hole.
            '}' => {}
            c => shown.push(c),
        }
    }
    shown
}

fn setting(context: &Context<'_>, name: &str) -> String {
    let count =
        mentions::of_project(context.db, context.project).settings.get(name).copied().unwrap_or_default();
    let config = queries::config(context.db, context.project);
    let is_key = config.isolation.iter().any(|isolation| isolation.key.contains(&format!("'{name}'")));
    let tenant = if is_key { "\n\nIt says which tenant a session is." } else { "" };
    let times = match count {
        0 => "in no policy".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{count} times"),
    };
    format!("setting {} of the connection, used {times}{tenant}", markdown::code(name))
}

fn column(context: &Context<'_>, scope: &Scope<'_>, name: &str) -> Option<String> {
    let slots = &context.place.slots;
    let tables = match slots.first() {
        Some(expected::Slot::SelectorColumn) => pgpe_policy::candidates(scope.catalog, scope.config),
        Some(expected::Slot::TargetColumn { .. }) => scope.targets(&context.place.rel),
        _ => scope.tables.clone(),
    };
    let column = scope.columns(&tables).into_iter().find(|column| column.name == name)?;
    let mut lines: Vec<(String, Vec<&QualifiedName>)> = Vec::new();
    for (table, column) in &column.found {
        let nullable = if column.not_null { "NOT NULL" } else { "may be null" };
        let comment =
            column.comment.as_ref().map(|comment| format!(": {}", comment.trim())).unwrap_or_default();
        let line = format!("{}, {nullable}{comment}", markdown::code(&column.ty.display));
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, tables)) => tables.push(table),
            None => lines.push((line, vec![table])),
        }
    }
    let lines: Vec<String> =
        lines.iter().map(|(line, tables)| format!("- {line} – {}", markdown::list(tables))).collect();
    Some(format!("column {}\n{}", markdown::code(name), lines.join("\n")))
}

fn table(scope: &Scope<'_>, name: &str) -> Option<String> {
    // Patterns escape what stands for any character.
    let name = name.replace("\\_", "_").replace("\\%", "%").replace("\\\\", "\\");
    let found: Vec<String> = scope
        .catalog
        .tables()
        .filter(|(table, _)| table.name == name)
        .map(|(table, relation)| {
            let columns: Vec<String> = relation
                .columns
                .iter()
                .map(|column| format!("{} {}", column.name, column.ty.display))
                .collect();
            let comment = relation.comment.as_ref().map(|comment| format!("\n\n{}", comment.trim()));
            format!(
                "table {}: {}{}",
                markdown::code(&table.to_string()),
                markdown::list(&columns),
                comment.unwrap_or_default()
            )
        })
        .collect();
    (!found.is_empty()).then(|| found.join("\n\n"))
}

fn traversal(context: &Context<'_>, scope: &Scope<'_>, name: &str) -> Option<String> {
    let ways = traversals::ways(context.db, context.project, scope, |_| true);
    let forms = [name.to_owned(), format!("rel({name})"), format!("rel(_, {name})")];
    let is_it = |way: &&traversals::Way| forms.contains(&way.rel());
    let way = ways.iter().find(is_it).or_else(|| ways.iter().find(|way| way.rel().contains(name)))?;
    let source = way.tables.first()?;
    let (source, target) =
        ((source, way.source_columns.as_slice()), (&way.target, way.target_columns.as_slice()));
    let tables = format!("From {}.", markdown::list(&way.tables));
    Some(format!("{}\n\n{tables}", relation::connection(scope.catalog, source, target)))
}

fn function(scope: &Scope<'_>, name: &str) -> Option<String> {
    let (schema, last) = match name.split_once('.') {
        Some((schema, last)) => (Some(schema), last),
        None => (None, name),
    };
    let (qualified, overloads) = scope.function(schema, last)?;
    let signatures: Vec<String> =
        overloads.iter().map(|function| values::overload(Some(&qualified), last, function)).collect();
    Some(format!("{}\n\nallowed by the configuration", markdown::sql(&signatures.join("\n"))))
}

fn ty(scope: &Scope<'_>, name: &str) -> Option<String> {
    let ty = scope.catalog.type_by_name(name, &scope.config.tables.schemas)?;
    if let pgpe_catalog::BaseType::Enum(found) = &ty.base
        && let Some(labels) = scope.catalog.enums.get(found)
    {
        return Some(format!("enum type {}: {}", markdown::code(&ty.display), markdown::list(labels)));
    }
    Some(match &ty.domain {
        Some(_) => {
            format!("domain {} over {}", markdown::code(&ty.display), markdown::code(ty.base.sql_name()))
        }
        None => format!("type {}", markdown::code(&ty.display)),
    })
}

fn label(scope: &Scope<'_>, label: &str) -> Option<String> {
    let has = |labels: &[String]| labels.iter().any(|known| known == label) || label.starts_with("lit([");
    let found = scope.catalog.enums.iter().filter(|(_, labels)| has(labels));
    let lines: Vec<String> = found
        .map(|(ty, labels)| {
            format!("enum type {}: {}", markdown::code(&ty.to_string()), markdown::list(labels))
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

fn role(catalog: &Catalog, name: &str) -> Option<String> {
    let role = catalog.roles.known.get(name)?;
    let mut facts = vec![format!("role {}", markdown::code(name))];
    facts.extend(role.login.then(|| "may log in".to_owned()));
    facts.extend(role.superuser.then(|| "a superuser: no policy holds for it".to_owned()));
    facts.extend(role.bypass_rls.then(|| "BYPASSRLS: no policy holds for it".to_owned()));
    if !role.member_of.is_empty() {
        let groups: Vec<&String> = role.member_of.keys().collect();
        facts.push(format!("a member of {}", markdown::list(&groups)));
    }
    Some(facts.join(", "))
}

fn tag(scope: &Scope<'_>, name: &str) -> String {
    let patterns = scope.config.tags.get(name).map_or(&[][..], Vec::as_slice);
    let mut tables = pgpe_policy::candidates(scope.catalog, scope.config);
    tables.retain(|table| patterns.iter().any(|pattern| pgpe_policy::matches_table(pattern, table)));
    format!("tag for {}: {}", markdown::list(patterns), markdown::list(&tables))
}

fn schema(scope: &Scope<'_>, name: &str) -> String {
    let tables: Vec<&str> = scope
        .catalog
        .tables()
        .filter(|(table, _)| table.schema == name)
        .map(|(table, _)| table.name.as_str())
        .collect();
    format!("schema {} with {} tables: {}", markdown::code(name), tables.len(), markdown::list(&tables))
}
