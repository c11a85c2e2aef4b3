//! Values: columns, settings, literals and function calls.

use pgpe_catalog::{BaseType, Family, Function, QualifiedName};
use pgpe_syntax::SyntaxKind;
use pgpe_syntax::ast::{CompareOpKind, quote_string};

use super::columns::{self, Form};
use super::items::{Items, Offer, bare, escaped};
use super::{CompletionKind, Context, Slot, mentions, words};
use crate::completion::expected::Side;

const BEST: u8 = 5;
const LITERAL: u8 = 8;
const SETTING: u8 = 40;
const FUNCTION: u8 = 45;

/// All values that can stand at the cursor, written out, and the words that begin one.
pub(super) fn add(context: &Context<'_>, items: &mut Items<'_>) {
    if context.place.operator.is_some_and(CompareOpKind::takes_list) {
        list(context, items);
        return;
    }
    columns::of_scope(context, items, Form::Value);
    whole_settings(context, items);
    if context.place.other.is_some() {
        whole_literals(context, items);
    }
    whole_functions(context, items);
    let words = [SyntaxKind::COL_KW, SyntaxKind::SESSION_KW, SyntaxKind::LIT_KW, SyntaxKind::FN_KW];
    for word in words {
        items.call(word, words::BEHIND_VALUES);
    }
    if context.place.slots.contains(&Slot::Condition) {
        items.call(SyntaxKind::EXISTS_KW, words::BEHIND_VALUES);
    }
}

/// What stands behind IN: all labels of the enum type, or a list to fill in.
fn list(context: &Context<'_>, items: &mut Items<'_>) {
    let labels = labels(context);
    for (ty, labels) in &labels {
        let quoted: Vec<String> = labels.iter().map(|label| quote_string(label)).collect();
        let name = format!("lit([{}])", quoted.join(", "));
        let detail = Some(format!("all of {ty}"));
        items.code(Offer { kind: CompletionKind::Label, name: &name, detail, rank: BEST }, name.as_str());
    }
    let offer = Offer { kind: CompletionKind::Word, name: "lit", detail: None, rank: LITERAL };
    if items.snippets && items.cursor.next() != SyntaxKind::L_PAREN {
        let hole = if labels.is_empty() { "$0" } else { "'$0'" };
        items.snippet(offer, "lit([…])", format!("lit([{hole}])"));
    } else {
        items.call(SyntaxKind::LIT_KW, LITERAL);
    }
}

// ---- Settings ----

/// The project's settings with their ranks: the one that says which tenant a session is comes first beside its column.
fn known_settings(context: &Context<'_>) -> Vec<(String, usize, u8)> {
    let owner_of = |key: &str| {
        let isolation = context.scope.iter().flat_map(|scope| scope.isolation());
        let quoted = quote_string(key);
        isolation
            .filter(move |(written, _)| written.contains(&quoted))
            .map(|(_, owner)| owner.to_owned())
            .next()
    };
    let settings = mentions::of_project(context.db, context.project).settings;
    let written = settings.into_iter().filter(|(key, count)| !context.cursor.is_only_here(key, *count));
    let ranked = written.map(|(key, count)| {
        let owner = owner_of(&key);
        let goes_with = owner.is_some() && owner.map(Side::Column) == context.place.other;
        (key, count, if goes_with { BEST } else { SETTING })
    });
    ranked.collect()
}

fn used(count: usize) -> Option<String> {
    Some(match count {
        0 => "named by the configuration".to_owned(),
        1 => "used once".to_owned(),
        _ => format!("used {count} times"),
    })
}

/// The settings that `session` can name.
pub(super) fn settings(context: &Context<'_>, items: &mut Items<'_>) {
    for (key, count, rank) in known_settings(context) {
        items.string(Offer { kind: CompletionKind::Setting, name: &key, detail: used(count), rank });
    }
}

fn whole_settings(context: &Context<'_>, items: &mut Items<'_>) {
    for (key, count, rank) in known_settings(context) {
        let text = format!("session({})", quote_string(&key));
        items.whole(Offer { kind: CompletionKind::Setting, name: &key, detail: used(count), rank }, text);
    }
}

// ---- Literals ----

/// The enum types that the value at the cursor is compared with, and their labels.
fn labels<'a>(context: &'a Context<'_>) -> Vec<(&'a QualifiedName, &'a Vec<String>)> {
    let Some(scope) = &context.scope else { return Vec::new() };
    let wanted = scope.wanted(context.place);
    let mut found: Vec<(&QualifiedName, &Vec<String>)> = Vec::new();
    for ty in wanted.types() {
        if let BaseType::Enum(name) = &ty.base
            && let Some((name, labels)) = scope.catalog.enums.get_key_value(name)
            && !found.iter().any(|(known, _)| *known == name)
        {
            found.push((name, labels));
        }
    }
    found
}

/// What `lit` can hold.
pub(super) fn literals(context: &Context<'_>, in_list: bool, items: &mut Items<'_>) {
    for (ty, labels) in labels(context) {
        for label in labels {
            let detail = Some(format!("label of {ty}"));
            items.string(Offer { kind: CompletionKind::Label, name: label, detail, rank: LITERAL });
        }
    }
    let rank = if is_boolean(context) { BEST } else { words::ORDINARY };
    items.word("true", rank);
    items.word("false", rank);
    if !in_list {
        items.word("null", words::BEHIND_VALUES);
    }
}

fn is_boolean(context: &Context<'_>) -> bool {
    context.scope.as_ref().is_some_and(|scope| scope.wanted(context.place).is(Family::Boolean))
}

fn whole_literals(context: &Context<'_>, items: &mut Items<'_>) {
    for (ty, labels) in labels(context) {
        for label in labels {
            let text = format!("lit({})", quote_string(label));
            let detail = Some(format!("label of {ty}"));
            items.whole(Offer { kind: CompletionKind::Label, name: label, detail, rank: LITERAL }, text);
        }
    }
    if is_boolean(context) {
        for name in ["true", "false"] {
            let offer = Offer { kind: CompletionKind::Word, name, detail: None, rank: LITERAL };
            items.whole(offer, format!("lit({name})"));
        }
    }
}

// ---- Functions ----

/// A function that policies may call.
struct Callable<'a> {
    /// As the configuration names it.
    name: &'a str,
    schema: Option<&'a str>,
    overloads: Vec<Function>,
    rank: u8,
}

impl Callable<'_> {
    fn last_name(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name, |(_, name)| name)
    }

    /// As it is written in `fn`.
    fn written(&self) -> String {
        match self.schema {
            Some(schema) => format!("{}.{}", bare(schema), bare(self.last_name())),
            None => bare(self.name),
        }
    }

    fn takes_nothing(&self) -> bool {
        self.overloads.iter().any(|function| function.takes(0))
    }

    fn detail(&self) -> Option<String> {
        let Some(first) = self.overloads.first() else {
            return Some("the schema does not define it".to_owned());
        };
        let arguments: Vec<&str> = first.arguments.iter().map(|ty| ty.display.as_str()).collect();
        let returns = first.returns.as_ref().map_or("nothing", |ty| ty.display.as_str());
        Some(format!("({}) → {returns}", arguments.join(", ")))
    }
}

/// The functions that the configuration allows; those whose results go with the other side before others.
fn callables<'a>(context: &'a Context<'_>) -> Vec<Callable<'a>> {
    let Some(scope) = &context.scope else { return Vec::new() };
    let wanted = scope.wanted(context.place);
    let allowed = scope.config.allowed_functions.iter().map(|name| {
        let (schema, last) = match name.split_once('.') {
            Some((schema, last)) => (Some(schema), last),
            None => (None, name.as_str()),
        };
        let overloads = scope.function(schema, last).map(|(_, overloads)| overloads).unwrap_or_default();
        let fits = overloads.iter().filter_map(|it| it.returns.as_ref()).any(|returns| wanted.takes(returns));
        let rank = if fits { FUNCTION } else { words::BEHIND_VALUES };
        Callable { name, schema, overloads, rank }
    });
    allowed.collect()
}

/// The functions that `fn` can name; with empty brackets if nothing follows.
pub(super) fn functions(context: &Context<'_>, schema: Option<&str>, items: &mut Items<'_>) {
    for callable in callables(context) {
        if schema.is_some_and(|schema| callable.schema != Some(schema)) {
            continue;
        }
        let (detail, rank) = (callable.detail(), callable.rank);
        let name = if schema.is_some() { callable.last_name() } else { callable.name };
        let offer = Offer { kind: CompletionKind::Function, name, detail, rank };
        if items.in_quotes() {
            if schema.is_some() || callable.schema.is_none() {
                items.name(offer);
            }
            continue;
        }
        let written = if schema.is_some() { bare(callable.last_name()) } else { callable.written() };
        let brackets_follow = matches!(items.cursor.next(), SyntaxKind::COMMA | SyntaxKind::DOT);
        if brackets_follow {
            items.code(offer, written);
        } else if callable.takes_nothing() || !items.snippets {
            items.code(offer, format!("{written}, []"));
        } else {
            let label = name.to_owned();
            items.snippet(offer, label, format!("{}, [$0]", escaped(&written)));
        }
    }
}

fn whole_functions(context: &Context<'_>, items: &mut Items<'_>) {
    for callable in callables(context) {
        let (written, detail, rank) = (callable.written(), callable.detail(), callable.rank);
        let offer = Offer { kind: CompletionKind::Function, name: callable.name, detail, rank };
        if callable.takes_nothing() {
            items.whole(offer, format!("fn({written}, [])"));
        } else {
            items.snippet(offer, format!("fn({written}, […])"), format!("fn({}, [$0])", escaped(&written)));
        }
    }
}
