//! Type names: from any PostgreSQL spelling to a [`ColumnType`], displayed as `format_type` would.

use crate::lex::{Token, TokenKind, plain_tokens};
use crate::{BaseType, Catalog, Collation, ColumnType, QualifiedName};

/// A type as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypeName {
    /// The schema, if one is written.
    pub(crate) schema: Option<String>,
    /// The name; for PostgreSQL's own types the one that `format_type` begins with.
    pub(crate) name: String,
    /// Whether the name was written as SQL's grammar spells it, so that it cannot be a user's type.
    grammatical: bool,
    /// What stands in parentheses, blanks removed.
    modifiers: Vec<String>,
    /// For intervals, which fields.
    fields: Option<String>,
    /// Whether it is an array of the type.
    pub(crate) array: bool,
    /// `SETOF`.
    pub(crate) set: bool,
}

/// Whether the type keeps its modifiers: a column's does, an argument's does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modifiers {
    Keep,
    Drop,
}

impl TypeName {
    /// Reads a type name; all of the text must be one.
    pub(crate) fn parse(text: &str) -> Option<TypeName> {
        let tokens = plain_tokens(text);
        let mut reader = Reader { text, tokens: &tokens, at: 0 };
        let name = reader.type_name()?;
        (reader.at == tokens.len()).then_some(name)
    }

    /// The integer type behind `serial` and its kin.
    pub(crate) fn serial(&self) -> Option<BaseType> {
        if self.schema.is_some() || self.array || self.grammatical {
            return None;
        }
        match self.name.as_str() {
            "serial" | "serial4" => Some(BaseType::Integer),
            "bigserial" | "serial8" => Some(BaseType::BigInt),
            "smallserial" | "serial2" => Some(BaseType::SmallInt),
            _ => None,
        }
    }

    /// The type in a catalog, where unqualified names are looked for in `schemas`. A type that the
    /// catalog does not have is [`BaseType::Other`], in the first of the schemas.
    pub(crate) fn resolve(&self, catalog: &Catalog, schemas: &[String], modifiers: Modifiers) -> ColumnType {
        let element = self.resolve_element(catalog, schemas, modifiers);
        if !self.array {
            return element;
        }
        let name = self.resolve_element(catalog, schemas, Modifiers::Drop).display;
        ColumnType {
            base: BaseType::Other(format!("{name}[]")),
            domain: None,
            display: format!("{}[]", element.display).into(),
            collation: element.collation,
        }
    }

    fn resolve_element(&self, catalog: &Catalog, schemas: &[String], modifiers: Modifiers) -> ColumnType {
        if let Some(builtin) = self.builtin(modifiers) {
            return builtin;
        }
        let candidates = self.candidates(schemas);
        for name in &candidates {
            if catalog.enums.contains_key(name) {
                return user_type(name, BaseType::Enum(name.clone()));
            }
            if let Some(domain) = catalog.domains.get(name) {
                return domain_type(name, &domain.base);
            }
        }
        if self.name == "citext" {
            let installed = catalog.extensions.get("citext");
            if let Some(schema) = self.schema.as_ref().or(installed).or(schemas.first()) {
                let name = QualifiedName::new(schema, "citext");
                return user_type(&name, BaseType::Citext { schema: schema.clone() });
            }
        }
        let fallback = QualifiedName::new("public", self.name.clone());
        let name = candidates.first().unwrap_or(&fallback);
        let base = quote_qualified(name);
        let display = match modifiers {
            Modifiers::Keep if !self.modifiers.is_empty() => format!("{base}({})", self.modifiers.join(",")),
            _ => base.clone(),
        };
        ColumnType {
            base: BaseType::Other(base),
            domain: None,
            display: display.into(),
            collation: Collation::Default,
        }
    }

    /// Whether it is one of PostgreSQL's own types.
    pub(crate) fn is_builtin(&self) -> bool {
        !self.array && self.is_builtin_element()
    }

    /// Whether it is one of PostgreSQL's own types, or an array of one.
    pub(crate) fn is_builtin_element(&self) -> bool {
        self.builtin(Modifiers::Drop).is_some()
    }

    /// The names that it may have among a user's types, best first.
    pub(crate) fn candidates(&self, schemas: &[String]) -> Vec<QualifiedName> {
        match &self.schema {
            Some(schema) => vec![QualifiedName::new(schema, self.name.clone())],
            None => schemas.iter().map(|schema| QualifiedName::new(schema, self.name.clone())).collect(),
        }
    }

    /// One of PostgreSQL's own types.
    fn builtin(&self, modifiers: Modifiers) -> Option<ColumnType> {
        if self.schema.as_ref().is_some_and(|schema| schema != "pg_catalog") {
            return None;
        }
        let base = match self.name.as_str() {
            "text" => BaseType::Text,
            "varchar" => BaseType::Varchar,
            "bpchar" => BaseType::Char,
            "name" => BaseType::Name,
            "int2" => BaseType::SmallInt,
            "int4" => BaseType::Integer,
            "int8" => BaseType::BigInt,
            "numeric" => BaseType::Numeric,
            "float4" => BaseType::Real,
            "float8" => BaseType::Double,
            "bool" => BaseType::Boolean,
            "uuid" => BaseType::Uuid,
            "date" => BaseType::Date,
            "timestamp" => BaseType::Timestamp,
            "timestamptz" => BaseType::TimestampTz,
            "time" => BaseType::Time,
            "timetz" => BaseType::TimeTz,
            "json" => BaseType::Json,
            "jsonb" => BaseType::Jsonb,
            "varbit" => BaseType::Other("bit varying".to_owned()),
            "bit" | "interval" => BaseType::Other(self.name.clone()),
            // Quoted as format_type quotes what is also a keyword.
            "char" | "any" => BaseType::Other(format!("\"{}\"", self.name)),
            other if OTHER_BUILTINS.split_whitespace().any(|name| name == other) || self.schema.is_some() => {
                BaseType::Other(self.name.clone())
            }
            _ => return None,
        };
        let mut ty = ColumnType::plain(base);
        if modifiers == Modifiers::Keep {
            ty.display = self.with_modifiers(ty.display.to_string()).into();
        }
        Some(ty)
    }

    /// `format_type` with the modifiers of one of PostgreSQL's own types.
    fn with_modifiers(&self, plain: String) -> String {
        let first = self.modifiers.first().map(String::as_str);
        match (self.name.as_str(), first) {
            // Without a length it is not `character`, which means `character(1)`.
            ("bpchar", None) => "bpchar".to_owned(),
            ("interval", _) => {
                let fields = self.fields.as_ref().map(|fields| format!(" {fields}")).unwrap_or_default();
                let precision = first.map(|first| format!("({first})")).unwrap_or_default();
                format!("interval{fields}{precision}")
            }
            (_, None) => plain,
            ("numeric", Some(precision)) => {
                let scale = self.modifiers.get(1).map_or("0", String::as_str);
                format!("numeric({precision},{scale})")
            }
            ("time" | "timetz" | "timestamp" | "timestamptz", Some(precision)) => {
                let (head, tail) = plain.split_once(' ').unwrap_or((&plain, ""));
                format!("{head}({precision}) {tail}")
            }
            ("varchar" | "bpchar" | "bit" | "varbit", Some(length)) => format!("{plain}({length})"),
            _ => format!("{plain}({})", self.modifiers.join(",")),
        }
    }
}

/// A column declared with an enum or an extension's type.
fn user_type(name: &QualifiedName, base: BaseType) -> ColumnType {
    ColumnType { base, domain: None, display: quote_qualified(name).into(), collation: Collation::Default }
}

/// A column declared with a domain.
pub(crate) fn domain_type(name: &QualifiedName, base: &ColumnType) -> ColumnType {
    ColumnType {
        base: base.base.clone(),
        domain: Some(name.clone()),
        display: quote_qualified(name).into(),
        collation: base.collation,
    }
}

/// `schema.name` as SQL, quoted where PostgreSQL would.
pub(crate) fn quote_qualified(name: &QualifiedName) -> String {
    format!("{}.{}", quote_identifier(&name.schema), quote_identifier(&name.name))
}

/// A name as SQL, quoted where PostgreSQL's `quote_ident` does.
pub(crate) fn quote_identifier(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && squawk_syntax::quote::quote_quoted_ident(name) == name {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Types of `pg_catalog` that have no base type of their own here.
const OTHER_BUILTINS: &str = "\
    aclitem anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray \
    anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange box bytea cid cidr circle \
    cstring datemultirange daterange event_trigger fdw_handler gtsvector index_am_handler inet \
    int2vector int4multirange int4range int8multirange int8range internal jsonpath language_handler line \
    lseg macaddr macaddr8 money nummultirange numrange oid oid8 oidvector path pg_ddl_command pg_lsn \
    pg_node_tree pg_snapshot point polygon record refcursor regclass regcollation regconfig regdatabase \
    regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype table_am_handler \
    tid trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot \
    unknown void xid xid8 xml";

/// Walks over the tokens of a type name.
struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(self.text, word));
        self.at += usize::from(found);
        found
    }

    fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(self.text, symbol));
        self.at += usize::from(found);
        found
    }

    fn identifier(&mut self) -> Option<(String, bool)> {
        let token = self.peek()?;
        let name = token.name(self.text)?;
        self.at += 1;
        Some((name, token.kind == TokenKind::QuotedName))
    }

    fn type_name(&mut self) -> Option<TypeName> {
        let set = self.eat_word("setof");
        let mut ty = match self.grammatical_type() {
            Some(ty) => ty,
            None => self.named_type()?,
        };
        ty.set = set;
        ty.array = self.eat_word("array");
        while self.eat_symbol('[') {
            ty.array = true;
            while self.peek().is_some_and(|token| !token.is_symbol(self.text, ']')) {
                self.at += 1;
            }
            if !self.eat_symbol(']') {
                return None;
            }
        }
        Some(ty)
    }

    /// `name`, `schema.name` or `database.schema.name`, with modifiers.
    fn named_type(&mut self) -> Option<TypeName> {
        let (mut name, _) = self.identifier()?;
        let mut schema = None;
        while self.eat_symbol('.') {
            schema = Some(name);
            (name, _) = self.identifier()?;
        }
        let modifiers = self.modifiers()?;
        Some(TypeName { schema, name, grammatical: false, modifiers, fields: None, array: false, set: false })
    }

    /// The types that have a syntax of their own.
    fn grammatical_type(&mut self) -> Option<TypeName> {
        let start = self.at;
        let found = self.grammatical_type_or_less();
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn grammatical_type_or_less(&mut self) -> Option<TypeName> {
        let token = self.peek()?;
        // `int.x` can only be a schema's name.
        let qualified = self.tokens.get(self.at + 1).is_some_and(|next| next.is_symbol(self.text, '.'));
        if token.kind != TokenKind::Word || qualified {
            return None;
        }
        let (word, _) = self.identifier()?;
        let mut modifiers = None;
        let mut fields = None;
        let name = match word.as_str() {
            "int" | "integer" => "int4",
            "smallint" => "int2",
            "bigint" => "int8",
            "real" => "float4",
            "boolean" => "bool",
            "decimal" | "dec" | "numeric" => "numeric",
            "double" => self.eat_word("precision").then_some("float8")?,
            "float" => {
                let bits = self.modifiers()?;
                let single =
                    bits.first().and_then(|bits| bits.parse::<u32>().ok()).is_some_and(|bits| bits <= 24);
                modifiers = Some(Vec::new());
                if single { "float4" } else { "float8" }
            }
            "varchar" => "varchar",
            "national" => {
                if !self.eat_word("character") && !self.eat_word("char") {
                    return None;
                }
                self.character()
            }
            "character" | "char" | "nchar" => self.character(),
            "bit" if self.eat_word("varying") => "varbit",
            "bit" => "bit",
            "time" | "timestamp" => {
                let precision = self.modifiers()?;
                modifiers = Some(precision);
                match (word.as_str(), self.with_time_zone()?) {
                    ("time", false) => "time",
                    ("time", true) => "timetz",
                    (_, false) => "timestamp",
                    (_, true) => "timestamptz",
                }
            }
            "interval" => {
                fields = self.interval_fields();
                "interval"
            }
            _ => return None,
        };
        let mut modifiers = match modifiers {
            Some(modifiers) => modifiers,
            None => self.modifiers()?,
        };
        if matches!(name, "bpchar" | "bit") && modifiers.is_empty() {
            modifiers.push("1".to_owned());
        }
        let name = name.to_owned();
        Some(TypeName { schema: None, name, grammatical: true, modifiers, fields, array: false, set: false })
    }

    fn character(&mut self) -> &'static str {
        if self.eat_word("varying") { "varchar" } else { "bpchar" }
    }

    fn with_time_zone(&mut self) -> Option<bool> {
        let with = self.eat_word("with");
        if with || self.eat_word("without") {
            return (self.eat_word("time") && self.eat_word("zone")).then_some(with);
        }
        Some(false)
    }

    fn interval_fields(&mut self) -> Option<String> {
        let field = |reader: &mut Self| {
            ["year", "month", "day", "hour", "minute", "second"]
                .into_iter()
                .find(|word| reader.eat_word(word))
        };
        let from = field(self)?;
        if self.eat_word("to") {
            return Some(format!("{from} to {}", field(self)?));
        }
        Some(from.to_owned())
    }

    /// `(…)`, or nothing; none if the parenthesis is not closed.
    fn modifiers(&mut self) -> Option<Vec<String>> {
        let mut modifiers = Vec::new();
        if !self.eat_symbol('(') {
            return Some(modifiers);
        }
        let mut modifier = String::new();
        loop {
            let token = self.peek()?;
            self.at += 1;
            if token.is_symbol(self.text, ')') {
                break;
            }
            if token.is_symbol(self.text, ',') {
                modifiers.push(std::mem::take(&mut modifier));
            } else {
                modifier.push_str(token.text(self.text));
            }
        }
        modifiers.push(modifier);
        Some(modifiers)
    }
}

#[cfg(test)]
mod tests;
