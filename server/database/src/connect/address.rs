//! Connection strings: URLs and lists of keywords, with `${VARIABLE}` in them.
//!
//! A variable is replaced within the part that it stands in, so that no character of its value needs an escape;
//! one at the very start may stand for the whole.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;

use super::environment::Environment;
use crate::error::DatabaseError;

/// Connection parameters by libpq's keywords. A password may be among them, so that no value is printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Parameters {
    values: BTreeMap<String, String>,
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

impl Parameters {
    /// What a connection string says.
    pub(super) fn read(
        target: &str,
        text: &str,
        environment: &Environment,
    ) -> Result<Parameters, DatabaseError> {
        let reader = Reader { target, environment };
        let text = text.trim();
        if let Some(rest) = without_scheme(text) {
            return reader.url(rest, true);
        }
        if text.starts_with("${") {
            let whole = reader.replaced(text)?;
            return match without_scheme(whole.trim()) {
                Some(rest) => reader.url(rest, false),
                None => reader.keywords(&whole, false),
            };
        }
        reader.keywords(text, true)
    }

    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.values.get(keyword).map(String::as_str)
    }

    /// Sets what is not set yet.
    pub(super) fn default(&mut self, keyword: &str, value: &str) {
        self.values.entry(keyword.to_owned()).or_insert_with(|| value.to_owned());
    }

    pub(super) fn keywords(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

fn without_scheme(text: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// Reads the connection string of a target. No part of the string is ever in an error: it may be a password.
struct Reader<'a> {
    target: &'a str,
    environment: &'a Environment,
}

impl Reader<'_> {
    fn wrong(&self, reason: impl Into<String>) -> DatabaseError {
        DatabaseError::Address { target: self.target.to_owned(), reason: reason.into() }
    }

    /// With the values of variables in the place of `${NAME}`.
    fn replaced(&self, text: &str) -> Result<String, DatabaseError> {
        let mut replaced = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return Err(self.wrong("a `${` in it is not closed"));
            };
            let Some(value) = self.environment.get(name) else {
                let (target, variable) = (self.target.to_owned(), name.to_owned());
                return Err(DatabaseError::MissingVariable { target, variable });
            };
            replaced.push_str(before);
            replaced.push_str(value);
            rest = after;
        }
        replaced.push_str(rest);
        Ok(replaced)
    }

    /// `user:password@host:port,host:port/database?keyword=value&…`
    fn url(&self, text: &str, replace: bool) -> Result<Parameters, DatabaseError> {
        let value = |text: &str| -> Result<String, DatabaseError> {
            let decoded = percent_decode_str(text).decode_utf8();
            let decoded = decoded.map_err(|_| self.wrong("a part of it is not UTF-8"))?;
            if replace { self.replaced(&decoded) } else { Ok(decoded.into_owned()) }
        };
        let mut values = BTreeMap::new();
        let mut set = |keyword: &str, value: String| {
            if !value.is_empty() {
                values.insert(keyword.to_owned(), value);
            }
        };
        let (rest, query) = text.split_once('?').unwrap_or((text, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        set("user", value(user)?);
        set("password", value(password)?);
        set("dbname", value(database)?);
        let hosts = if replace { self.replaced(hosts)? } else { hosts.to_owned() };
        let mut names = Vec::new();
        let mut ports = Vec::new();
        for host in hosts.split(',') {
            let (name, port) = self.host_and_port(host)?;
            names.push(percent_decode_str(name).decode_utf8_lossy().into_owned());
            ports.push(port);
        }
        set("host", if names.iter().all(String::is_empty) { String::new() } else { names.join(",") });
        set("port", if ports.iter().all(|it| it.is_empty()) { String::new() } else { ports.join(",") });
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((keyword, text)) = pair.split_once('=') else {
                return Err(self.wrong("after its `?` stands something else than keyword=value"));
            };
            match (keyword, text) {
                ("ssl", "true") => set("sslmode", "require".to_owned()),
                _ => set(&value(keyword)?, value(text)?),
            }
        }
        Ok(Parameters { values })
    }

    /// Splits `host:port` and `[host]:port`.
    fn host_and_port<'t>(&self, text: &'t str) -> Result<(&'t str, &'t str), DatabaseError> {
        if let Some(rest) = text.strip_prefix('[') {
            let bracket = || self.wrong("an IPv6 address in it is not closed with `]`");
            let (host, rest) = rest.split_once(']').ok_or_else(bracket)?;
            return Ok((host, rest.strip_prefix(':').unwrap_or_default()));
        }
        Ok(text.split_once(':').unwrap_or((text, "")))
    }

    /// `keyword=value keyword='value with blanks'`
    fn keywords(&self, text: &str, replace: bool) -> Result<Parameters, DatabaseError> {
        let mut values = BTreeMap::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let Some((keyword, after)) = rest.split_once('=') else {
                return Err(self.wrong(
                    "it is neither a URL (postgresql://user@host/database) nor a list of keyword=value",
                ));
            };
            let (value, after) = self.value(after.trim_start())?;
            let value = if replace { self.replaced(&value)? } else { value };
            if !value.is_empty() {
                values.insert(keyword.trim().to_owned(), value);
            }
            rest = after.trim_start();
        }
        Ok(Parameters { values })
    }

    /// A value, which ends with a blank or, if it begins with a quote, with another; and what follows it.
    fn value<'t>(&self, text: &'t str) -> Result<(String, &'t str), DatabaseError> {
        let (quoted, body) = match text.strip_prefix('\'') {
            Some(body) => (true, body),
            None => (false, text),
        };
        let mut value = String::new();
        let mut characters = body.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                '\'' if quoted => return Ok((value, body.get(at + 1..).unwrap_or_default())),
                _ if !quoted && character.is_whitespace() => {
                    return Ok((value, body.get(at..).unwrap_or_default()));
                }
                _ => value.push(character),
            }
        }
        if quoted { Err(self.wrong("a quoted value in it is not closed")) } else { Ok((value, "")) }
    }
}
