//! What may stand in the call around a place. Read from the tokens before it, so that the text behind may be missing or
//! broken.

use std::ops::Range;

use pgpe_catalog::{Function, QualifiedName};
use pgpe_syntax::SyntaxKind::{self, *};
use pgpe_syntax::ast::{Item, unquote_string};
use pgpe_syntax::{AstNode, SyntaxNode, SyntaxToken, TextSize};

use crate::analysis::Analysis;
use crate::database::{Cancellable, Db, Project};
use crate::hover::{keywords, values};
use crate::item_context::ItemContext;
use crate::markdown;
use crate::queries::{self, ItemKey};

/// The forms of the call around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHelp {
    /// The forms; at least one.
    pub signatures: Vec<Signature>,
    /// Which of them fits what is written so far.
    pub active: usize,
    /// Which parameter is being written; `None` past the last.
    pub parameter: Option<usize>,
}

/// One form of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// All of it on one line.
    pub label: String,
    /// The places of its parameters in the label, in bytes.
    pub parameters: Vec<Range<u32>>,
    /// What it means, as Markdown.
    pub markdown: String,
}

impl Analysis {
    /// The call around a place in a policy file.
    pub fn signature_help(&self, path: &str, offset: u32) -> Cancellable<Option<SignatureHelp>> {
        self.with(|db, project| {
            let file = project.policies(db).iter().find(|file| file.path(db) == path)?;
            let tree = queries::parsed(db, *file).tree();
            let root = tree.syntax();
            let offset = TextSize::new(offset).min(root.text_range().end());
            let call = call_before(root, offset)?;
            let item = call.word.parent_ancestors().find_map(Item::cast);
            let index = item.as_ref().and_then(|item| tree.items().position(|other| other == *item));
            let context = index.zip(item).map(|(index, item)| ItemContext {
                db,
                project,
                key: ItemKey::new(db, *file, index),
                start: item.syntax().text_range().start(),
                offset,
            });
            help(db, project, &call, context.as_ref())
        })
    }
}

/// A call that is open at a place.
struct Call {
    /// The word before its parenthesis.
    word: SyntaxToken,
    /// How many commas stand before the place, those inside of brackets left out.
    commas: usize,
    /// For `fn`: how many commas stand in the list of arguments, if the place is in it.
    in_list: Option<usize>,
    /// The tokens of the call before the place.
    tokens: Vec<SyntaxToken>,
}

/// What can't stand in a call: the parenthesis was forgotten.
const ENDS: &[SyntaxKind] =
    &[POLICY_KW, GRANT_KW, CLAUSE_KW, SELECTOR_KW, WITH_KW, PERMISSIVE_KW, RESTRICTIVE_KW, FOR_KW, TO_KW];

/// Calls that have something to be told.
const CALLS: &[SyntaxKind] =
    &[REL_KW, EXISTS_KW, HAS_COLUMN_KW, FN_KW, COL_KW, SESSION_KW, LIT_KW, NAMED_KW, TAGGED_KW, IN_SCHEMA_KW];

/// The innermost call that is open at a place.
fn call_before(root: &SyntaxNode, offset: TextSize) -> Option<Call> {
    let at = root.token_at_offset(offset).left_biased()?;
    // Inside of a string or comment, what counts is before it.
    let before = |token: &SyntaxToken| token.text_range().end() <= offset;
    let mut next = if before(&at) { Some(at) } else { at.prev_token() };
    let (mut closed, mut commas, mut in_list, mut tokens) = (0_usize, 0, None, Vec::new());
    while let Some(token) = next {
        next = token.prev_token();
        match token.kind() {
            R_PAREN | R_BRACK | R_BRACE => closed += 1,
            L_PAREN | L_BRACK | L_BRACE if closed > 0 => closed -= 1,
            L_PAREN => {
                let word = previous(&token);
                match word.filter(|word| CALLS.contains(&word.kind())) {
                    Some(word) => {
                        tokens.reverse();
                        return Some(Call { word, commas, in_list, tokens });
                    }
                    // A pair of columns, or a selector's own.
                    None => (commas, in_list) = (0, None),
                }
            }
            L_BRACK => (commas, in_list) = (0, Some(commas)),
            L_BRACE => (commas, in_list) = (0, None),
            COMMA if closed == 0 => commas += 1,
            kind if ENDS.contains(&kind) => return None,
            _ => {}
        }
        if !token.kind().is_trivia() {
            tokens.push(token);
        }
    }
    None
}

fn previous(token: &SyntaxToken) -> Option<SyntaxToken> {
    let mut next = token.prev_token();
    while let Some(token) = next {
        if !token.kind().is_trivia() {
            return Some(token);
        }
        next = token.prev_token();
    }
    None
}

fn help(
    db: &dyn Db,
    project: Project,
    call: &Call,
    context: Option<&ItemContext<'_>>,
) -> Option<SignatureHelp> {
    let form = |parts: &[&str]| Signature::of(call.word.text(), parts, about(&call.word));
    let signatures = match call.word.kind() {
        REL_KW => {
            let mut signature = form(&["source", "columns", "target", "target columns"]);
            signature.markdown.push_str(&ways(db, project, call, context).unwrap_or_default());
            vec![signature]
        }
        EXISTS_KW => vec![form(&["rel(…)", "{ condition }"])],
        HAS_COLUMN_KW => vec![form(&["column"]), form(&["column", "type"])],
        IN_SCHEMA_KW => vec![form(&["schema"])],
        NAMED_KW => vec![form(&["pattern"])],
        TAGGED_KW => vec![form(&["tag"])],
        COL_KW => vec![form(&["column"])],
        SESSION_KW => vec![form(&["key"])],
        LIT_KW => vec![form(&["value"])],
        FN_KW => functions(db, project, call),
        _ => return None,
    };
    let written = match call.in_list.filter(|_| call.word.kind() == FN_KW) {
        // The function's name is the first.
        Some(argument) => argument + 1,
        None => call.commas,
    };
    let fits = |signature: &Signature| written < signature.parameters.len();
    let active = signatures.iter().position(fits).unwrap_or(signatures.len().saturating_sub(1));
    let parameter = signatures.get(active).filter(|signature| fits(signature)).map(|_| written);
    Some(SignatureHelp { signatures, active, parameter })
}

impl Signature {
    fn of(word: &str, parts: &[&str], markdown: String) -> Signature {
        Signature::written(format!("{word}("), parts, ")", markdown)
    }

    fn written(mut label: String, parts: &[&str], end: &str, markdown: String) -> Signature {
        let mut parameters = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                label.push_str(", ");
            }
            parameters.push(add(&mut label, part));
        }
        label.push_str(end);
        Signature { label, parameters, markdown }
    }
}

/// Adds a parameter to a label; gives its place.
fn add(label: &mut String, part: &str) -> Range<u32> {
    let place = |label: &String| u32::try_from(label.len()).unwrap_or(u32::MAX);
    let start = place(label);
    label.push_str(part);
    start..place(label)
}

fn about(word: &SyntaxToken) -> String {
    keywords::about(word.kind()).unwrap_or_default()
}

/// More foreign keys than this are not listed.
const MOST_KEYS: usize = 12;

/// The foreign keys that lead on from where a traversal starts.
fn ways(db: &dyn Db, project: Project, call: &Call, context: Option<&ItemContext<'_>>) -> Option<String> {
    let catalog = queries::catalog(db, project).as_deref()?;
    let sources = context?.in_scope(&call.word.parent()?.parent()?);
    let keys = |table: &QualifiedName| {
        let relation = catalog.relations.get(table);
        relation.map(|relation| relation.foreign_keys.iter()).into_iter().flatten()
    };
    let mut lines: Vec<String> = Vec::new();
    for key in sources.iter().flat_map(keys) {
        let columns = |columns: &[String]| match columns {
            [only] => only.clone(),
            all => format!("({})", all.join(", ")),
        };
        let (from, to) = (columns(&key.columns), columns(&key.target_columns));
        let line = format!("- {}", markdown::code(&format!("rel(_, {from}, {}, {to})", key.target)));
        if !lines.contains(&line) {
            lines.push(line);
        }
        if lines.len() == MOST_KEYS {
            break;
        }
    }
    (!lines.is_empty()).then(|| format!("\n\nForeign keys:\n{}", lines.join("\n")))
}

/// The forms of the function whose name is written, or the form of any.
fn functions(db: &dyn Db, project: Project, call: &Call) -> Vec<Signature> {
    let config = queries::config(db, project);
    let name: Vec<String> = call
        .tokens
        .iter()
        .take_while(|token| token.kind() != COMMA)
        .filter(|token| token.kind() != DOT)
        .map(|token| match token.kind() {
            STRING => unquote_string(token.text()),
            _ => token.text().to_owned(),
        })
        .collect();
    let (schema, name) = match name.as_slice() {
        [name] => (None, name.as_str()),
        [schema, name] => (Some(schema.as_str()), name.as_str()),
        _ => (None, ""),
    };
    let found = queries::catalog(db, project)
        .as_deref()
        .and_then(|catalog| pgpe_policy::look_up_function(schema, name, catalog, &config.tables.schemas));
    let forms: Vec<Signature> = match &found {
        Some((name, overloads)) => overloads.iter().map(|function| overload(call, name, function)).collect(),
        None => Vec::new(),
    };
    if !forms.is_empty() {
        return forms;
    }
    let mut about = about(&call.word);
    if !config.allowed_functions.is_empty() {
        about.push_str(&format!("\n\nAllowed: {}", markdown::list(&config.allowed_functions)));
    }
    let mut label = format!("{}(", call.word.text());
    let mut parameters = vec![add(&mut label, "function")];
    label.push_str(", [");
    parameters.push(add(&mut label, "arguments"));
    label.push_str("])");
    vec![Signature { label, parameters, markdown: about }]
}

fn overload(call: &Call, name: &QualifiedName, function: &Function) -> Signature {
    let shown = if name.schema == "pg_catalog" { name.name.to_string() } else { name.to_string() };
    let mut label = format!("{}(", call.word.text());
    let first = add(&mut label, &shown);
    label.push_str(", [");
    let types: Vec<&str> = function.arguments.iter().map(|ty| ty.display.as_str()).collect();
    let returns = function.returns.as_ref().map_or("unknown", |ty| ty.display.as_str());
    let mut signature = Signature::written(label, &types, &format!("]) → {returns}"), String::new());
    signature.parameters.insert(0, first);
    signature.markdown = markdown::sql(&values::overload(Some(name), &name.name, function));
    signature
}

#[cfg(test)]
mod tests;
