//! The grammar as the generators need it: ungrammar's rules lowered to structs
//! with fields and enums with variants.

use ungrammar::{Grammar, Rule};

/// Everything that is generated comes from this.
pub struct Model {
    /// Tokens that are words, lower case, in order of first appearance.
    pub words: Vec<Word>,
    /// Nodes with fields of their own.
    pub structs: Vec<Struct>,
    /// Nodes that are only a choice between other nodes.
    pub enums: Vec<Enum>,
}

impl Model {
    /// The spellings of the words with a role.
    pub fn words(&self, role: Role) -> Vec<&str> {
        self.words.iter().filter(|it| it.role == role).map(|it| it.spelling.as_str()).collect()
    }
}

/// A keyword or function-like word.
pub struct Word {
    /// As spelled in the grammar.
    pub spelling: String,
    /// What it is for.
    pub role: Role,
}

/// Words are coloured and listed by role.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Upper case in the grammar.
    Keyword,
    /// Lower case and followed by a parenthesis.
    Function,
    /// Lower case and standing alone.
    Constant,
}

/// A node kind with accessors.
pub struct Struct {
    pub name: String,
    pub fields: Vec<Field>,
}

/// A choice between nodes.
pub struct Enum {
    pub name: String,
    pub variants: Vec<String>,
}

/// One accessor.
#[derive(Clone, PartialEq, Eq)]
pub enum Field {
    /// A token, found by kind.
    Token { accessor: String, kind: String },
    /// The only child of its type, or the one at `position` among several of one type.
    Node { accessor: String, ty: String, position: Option<usize> },
    /// All children of a type.
    Many { accessor: String, ty: String },
}

/// Accessors that depend on more than a child's position; written by hand.
const HAND_WRITTEN: &[(&str, &str)] = &[("QualifiedName", "qualifier"), ("QualifiedName", "name")];

/// Tokens that are not words: spelling, kind and a description for the docs.
pub const PUNCTUATION: &[(&str, &str)] = &[
    ("(", "L_PAREN"),
    (")", "R_PAREN"),
    ("[", "L_BRACK"),
    ("]", "R_BRACK"),
    ("{", "L_BRACE"),
    ("}", "R_BRACE"),
    (",", "COMMA"),
    (".", "DOT"),
    ("_", "UNDERSCORE"),
    ("=", "EQ"),
    ("!=", "NE"),
    ("<>", "LT_GT"),
    ("<", "LT"),
    (">", "GT"),
    ("<=", "LE"),
    (">=", "GE"),
];

/// Lowers a parsed grammar, or says which rule it does not understand.
pub fn lower(grammar: &Grammar) -> Result<Model, String> {
    let mut model = Model { words: Vec::new(), structs: Vec::new(), enums: Vec::new() };
    for token in grammar.tokens() {
        let spelling = &grammar[token].name;
        if !spelling.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        // `NULL` and `null` are one word in two places: one kind.
        if model.words.iter().any(|it| it.spelling.eq_ignore_ascii_case(spelling)) {
            continue;
        }
        let role = if spelling.starts_with(|c: char| c.is_ascii_uppercase()) {
            Role::Keyword
        } else if grammar.iter().any(|node| opens_call(grammar, &grammar[node].rule, spelling)) {
            Role::Function
        } else {
            Role::Constant
        };
        model.words.push(Word { spelling: spelling.clone(), role });
    }
    for node in grammar.iter() {
        let name = grammar[node].name.clone();
        let rule = &grammar[node].rule;
        if let Some(variants) = node_choice(grammar, rule) {
            model.enums.push(Enum { name, variants });
        } else {
            let mut fields = Vec::new();
            collect(grammar, rule, None, false, &mut fields)?;
            number_repeated_types(&mut fields);
            fields.retain(|field| !HAND_WRITTEN.contains(&(&name, field.accessor())));
            model.structs.push(Struct { name, fields });
        }
    }
    Ok(model)
}

impl Field {
    fn accessor(&self) -> &str {
        match self {
            Field::Token { accessor, .. } | Field::Node { accessor, .. } | Field::Many { accessor, .. } => {
                accessor
            }
        }
    }
}

fn opens_call(grammar: &Grammar, rule: &Rule, word: &str) -> bool {
    let Rule::Seq(rules) = rule else { return false };
    rules.windows(2).any(|pair| match pair {
        [Rule::Token(a), Rule::Token(b)] => grammar[*a].name == word && grammar[*b].name == "(",
        _ => false,
    })
}

fn node_choice(grammar: &Grammar, rule: &Rule) -> Option<Vec<String>> {
    let Rule::Alt(alternatives) = rule else { return None };
    alternatives
        .iter()
        .map(|it| match it {
            Rule::Node(node) => Some(grammar[*node].name.clone()),
            _ => None,
        })
        .collect()
}

fn collect(
    grammar: &Grammar,
    rule: &Rule,
    label: Option<&str>,
    repeated: bool,
    fields: &mut Vec<Field>,
) -> Result<(), String> {
    match rule {
        Rule::Labeled { label, rule } => collect(grammar, rule, Some(label), repeated, fields),
        Rule::Seq(rules) | Rule::Alt(rules) => {
            rules.iter().try_for_each(|it| collect(grammar, it, label, repeated, fields))
        }
        Rule::Opt(rule) => collect(grammar, rule, label, repeated, fields),
        Rule::Rep(rule) => collect(grammar, rule, label, true, fields),
        Rule::Node(node) => {
            let ty = grammar[*node].name.clone();
            if repeated {
                // `X (',' X)*` is one list: the first element joins the others.
                fields.retain(|it| !matches!(it, Field::Node { ty: earlier, .. } if *earlier == ty));
                let accessor = format!("{}s", snake_case(&ty));
                push_new(fields, Field::Many { accessor, ty });
            } else if !fields.iter().any(|it| matches!(it, Field::Many { ty: earlier, .. } if *earlier == ty))
            {
                let accessor = label.map_or_else(|| snake_case(&ty), str::to_owned);
                push_new(fields, Field::Node { accessor, ty, position: None });
            }
            Ok(())
        }
        Rule::Token(token) => {
            let spelling = &grammar[*token].name;
            let kind = token_kind(spelling).ok_or_else(|| format!("no kind for token '{spelling}'"))?;
            // Separators are found by looking around a child, not by asking the parent.
            if kind == "COMMA" || repeated {
                return Ok(());
            }
            let accessor = match label {
                Some(label) => label.to_owned(),
                None => format!("{}_token", kind.trim_end_matches("_KW").to_ascii_lowercase()),
            };
            push_new(fields, Field::Token { accessor, kind });
            Ok(())
        }
    }
}

fn push_new(fields: &mut Vec<Field>, field: Field) {
    if !fields.contains(&field) {
        fields.push(field);
    }
}

fn number_repeated_types(fields: &mut [Field]) {
    let types: Vec<Option<String>> = fields
        .iter()
        .map(|it| match it {
            Field::Node { ty, .. } => Some(ty.clone()),
            _ => None,
        })
        .collect();
    for (index, field) in fields.iter_mut().enumerate() {
        if let Field::Node { ty, position, .. } = field {
            let same = |it: &&Option<String>| it.as_ref() == Some(ty);
            if types.iter().filter(same).count() > 1 {
                *position = Some(types.iter().take(index).filter(same).count());
            }
        }
    }
}

/// The syntax kind of a token by its spelling in the grammar.
pub fn token_kind(spelling: &str) -> Option<String> {
    if let Some(class) = spelling.strip_prefix('#') {
        return Some(class.to_ascii_uppercase());
    }
    if let Some((_, kind)) = PUNCTUATION.iter().find(|(it, _)| *it == spelling) {
        return Some((*kind).to_owned());
    }
    spelling.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| word_kind(spelling))
}

/// The syntax kind of a word.
pub fn word_kind(spelling: &str) -> String {
    format!("{}_KW", spelling.to_ascii_uppercase())
}

/// `PolicySet` becomes `policy_set`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
