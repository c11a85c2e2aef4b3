//! Statements about the session: the search path, the role, and transactions.

use super::reader::Reader;
use super::split::Statement;
use crate::lex::{Token, TokenKind, plain_tokens};

impl Reader<'_> {
    /// SET, RESET, SELECT, and the ends of transactions. They are simple enough to read by their tokens.
    pub(super) fn session_statement(&mut self, statement: &Statement) {
        let text = statement.visible_text(self.source);
        let tokens = plain_tokens(&text);
        let words: Vec<&str> = statement.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["select", ..] | ["with", ..] => self.select(&text, &tokens),
            ["set", "local", "search_path", ..] => {
                self.session_path.get_or_insert_with(|| self.search_path.clone());
                self.search_path = path_values(&text, &tokens, 3);
            }
            ["set", "session", "search_path", ..] => self.set_path(path_values(&text, &tokens, 3)),
            ["set", "search_path", ..] => self.set_path(path_values(&text, &tokens, 2)),
            ["set", "schema", ..] => self.set_path(path_values(&text, &tokens, 2)),
            ["reset", "search_path" | "all", ..] | ["discard", "all", ..] => {
                self.set_path(vec!["public".to_owned()]);
            }
            ["set", "role", ..] => self.set_session_role(&text, tokens.get(2)),
            ["set", "local" | "session", "role", ..] => self.set_session_role(&text, tokens.get(3)),
            ["set", "session", "authorization", ..] => self.set_session_role(&text, tokens.get(3)),
            ["reset", "role" | "session", ..] => self.role = None,
            ["commit" | "end" | "abort", ..] => self.end_transaction(),
            ["rollback", rest @ ..] if rest.contains(&"to") => {}
            ["rollback", ..] => self.end_transaction(),
            _ => {}
        }
    }

    fn set_path(&mut self, path: Vec<String>) {
        self.search_path = path;
        self.session_path = None;
    }

    fn end_transaction(&mut self) {
        if let Some(path) = self.session_path.take() {
            self.search_path = path;
        }
    }

    fn set_session_role(&mut self, text: &str, value: Option<&Token>) {
        // `SET ROLE TO x` and `= x` exist as well.
        let Some(value) = value else { return };
        if value.is_word(text, "to") || value.is_symbol(text, '=') {
            return self
                .set_session_role(text, plain_tokens(text).iter().find(|token| token.start >= value.end));
        }
        let name = value.name(text).or_else(|| string_value(text, *value));
        self.role = name.filter(|name| name != "none" && name != "default");
    }

    /// Whether the word names a function of this file that may do more than compute.
    fn is_own_function(&self, token: &Token, text: &str) -> bool {
        let Some(name) = token.name(text) else { return false };
        let mut functions = self.catalog.functions.iter().filter(|(known, _)| known.name == name);
        functions.any(|(_, overloads)| {
            overloads.iter().any(|function| function.volatility == crate::Volatility::Volatile)
        })
    }

    /// `SELECT pg_catalog.set_config('search_path', …, false)`, and SELECT INTO.
    fn select(&mut self, text: &str, tokens: &[Token]) {
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            if token.is_symbol(text, '(') {
                depth += 1;
            } else if token.is_symbol(text, ')') {
                depth = depth.saturating_sub(1);
            } else if depth == 0
                && token.is_word(text, "into")
                && !tokens.iter().any(|it| it.is_word(text, "insert"))
            {
                let temporary = tokens.get(at + 1).is_some_and(|next| {
                    ["temp", "temporary", "local"].iter().any(|word| next.is_word(text, word))
                });
                if !temporary {
                    self.note("the columns of a table that SELECT INTO creates are not known");
                }
            } else if self.is_own_function(token, text)
                && tokens.get(at + 1).is_some_and(|next| next.is_symbol(text, '('))
            {
                let name = token.name(text).unwrap_or_default();
                self.note_doubt(format!("calling {name} may change the schema in ways that are not read"));
            } else if token.is_word(text, "set_config") {
                let value =
                    |offset: usize| tokens.get(at + offset).and_then(|token| string_value(text, *token));
                if value(2).as_deref() == Some("search_path")
                    && let Some(path) = value(4)
                {
                    let inner = plain_tokens(&path);
                    self.set_path(path_values(&path, &inner, 0));
                }
            }
        }
    }
}

/// The contents of a plain string.
fn string_value(text: &str, token: Token) -> Option<String> {
    if token.kind != TokenKind::Text {
        return None;
    }
    let inner = token.text(text).strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

/// The schemas of a search path that begins at a token, without those that nothing can be created in.
fn path_values(text: &str, tokens: &[Token], from: usize) -> Vec<String> {
    let values = tokens.iter().skip(from).filter(|token| !token.is_word(text, "to"));
    let names = values.filter_map(|token| token.name(text).or_else(|| string_value(text, *token)));
    let mut path: Vec<String> = names
        .map(|name| if name == "default" { "public".to_owned() } else { name })
        .filter(|name| !matches!(name.as_str(), "" | "$user" | "pg_catalog" | "pg_temp"))
        .collect();
    path.dedup();
    path
}
