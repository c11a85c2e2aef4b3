//! The project that is measured on, and documents of it as an editor has them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use crate::generated::{Generated, Size, table_name};

/// The policy whose selector is changed; it governs one table at first.
pub const SHIFTING: &str = "policies/shifting.policy";

/// The schema.
pub const SCHEMA: &str = "schema.sql";

/// A condition on the tenant, as most policies have it.
const OWN: &str = "col('tenant_id') = session('app.tenant_id')";

/// A project on disk.
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// Policy files by their paths, each with the tables that it has policies for.
    pub files: Vec<(String, Range<usize>)>,
}

impl Project {
    /// Writes one into a folder.
    pub fn write(folder: PathBuf, tables: usize) -> anyhow::Result<Project> {
        let generated = Generated::of(Size::of(tables));
        generated.write(&folder)?;
        std::fs::write(folder.join(SHIFTING), shifting_policy())?;
        let per_file = tables.div_ceil(generated.size.files);
        let paths = generated.files.iter().take(generated.size.files).map(|(path, _)| path.clone());
        let ranges = (0..).map(|file| file * per_file..tables.min((file + 1) * per_file));
        Ok(Project { folder, files: paths.zip(ranges).collect() })
    }

    /// The files that an editor has open: a few, far from each other.
    pub fn open_files(&self) -> Vec<&(String, Range<usize>)> {
        let step = (self.files.len() / 5).max(1);
        self.files.iter().step_by(step).take(5).collect()
    }
}

fn shifting_policy() -> String {
    format!(
        "-- Some rows stay.\nPOLICY some_stay\n  RESTRICTIVE\n  FOR DELETE\n  SELECTOR {}\n  \
         CLAUSE col('amount') > lit(0)\n",
        few_tables()
    )
}

/// The selector of that policy as it is at first.
pub fn few_tables() -> String {
    "named('t00000')".to_owned()
}

/// A selector of 500 tables, or half of all where there are fewer than 1,000, and how many those are.
pub fn many_tables(tables: usize) -> (String, usize) {
    // So many tables have names that differ in the last digits alone.
    let step = [100, 10, 1].into_iter().find(|step| step * 10 <= tables).unwrap_or(1);
    let pattern = |prefix: usize| match step {
        1 => format!("named('{}')", table_name(prefix)),
        step => {
            let name = table_name(prefix * step);
            let digits = if step == 10 { 1 } else { 2 };
            format!("named('{}%')", &name[..name.len() - digits])
        }
    };
    let patterns: Vec<String> = (0..5).map(pattern).collect();
    (patterns.join(" OR "), 5 * step)
}

/// A document that is open in the editor.
pub struct Document {
    /// Its path in the project.
    pub path: String,
    /// What the client calls it.
    pub uri: String,
    /// Its text.
    pub text: String,
    /// Its version.
    pub version: i64,
}

impl Document {
    /// As it is on disk.
    pub fn read(folder: &Path, path: &str) -> anyhow::Result<Document> {
        let absolute = folder.join(path);
        let text = std::fs::read_to_string(&absolute)?;
        Ok(Document {
            path: path.to_owned(),
            uri: format!("file://{}", absolute.display()),
            text,
            version: 1,
        })
    }

    /// The notification that it was opened.
    pub fn opening(&self) -> Value {
        let language = if self.path == SCHEMA { "sql" } else { "pgpe-policy" };
        json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": {
            "uri": self.uri, "languageId": language, "version": self.version, "text": self.text,
        } } })
    }

    /// Replaces a part of the text. Gives the notification of that.
    pub fn replace(&mut self, range: Range<usize>, by: &str) -> Value {
        let (start, end) = (self.position(range.start), self.position(range.end));
        self.text.replace_range(range, by);
        self.version += 1;
        json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": { "uri": self.uri, "version": self.version },
            "contentChanges": [{ "range": { "start": start, "end": end }, "text": by }],
        } })
    }

    /// Where that byte is, in the protocol's words; the texts are ASCII.
    pub fn position(&self, offset: usize) -> Value {
        let before = &self.text.as_bytes()[..offset];
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        json!({ "line": line, "character": offset - start })
    }

    /// Where its text ends.
    pub fn end(&self) -> Value {
        self.position(self.text.len())
    }

    /// The first place of a text at or behind another place.
    pub fn find(&self, text: &str, from: usize) -> anyhow::Result<usize> {
        let found = self.text.get(from..).and_then(|rest| rest.find(text));
        found.map(|found| found + from).with_context(|| format!("{} has no {text:?}", self.path))
    }
}

/// A policy that is edited: the one of a table, in one of the open documents.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// Which document.
    pub document: usize,
    /// Which table, counted from 0.
    pub table: usize,
}

impl Site {
    /// The policies in open files that have a condition on their own table's tenant, in such an order that the next
    /// one is in another document.
    pub fn all(files: &[&(String, Range<usize>)]) -> Vec<Site> {
        let in_file = |document: usize, tables: &Range<usize>| {
            let own = tables.clone().filter(|table| table % 5 != 4);
            own.enumerate().map(|(rank, table)| (rank, Site { document, table })).collect::<Vec<_>>()
        };
        let mut sites: Vec<(usize, Site)> =
            files.iter().enumerate().flat_map(|(document, (_, tables))| in_file(document, tables)).collect();
        sites.sort_by_key(|(rank, site)| (*rank, site.document));
        sites.into_iter().map(|(_, site)| site).collect()
    }

    /// Where a word can be added to the comment.
    pub fn in_comment(self, document: &Document) -> anyhow::Result<usize> {
        let words = format!("-- Rows of {}", table_name(self.table));
        Ok(document.find(&words, 0)? + words.len())
    }

    /// The condition on the tenant.
    pub fn own(self, document: &Document) -> anyhow::Result<Range<usize>> {
        let policy = document.find(&format!("POLICY own_{}\n", table_name(self.table)), 0)?;
        let start = document.find(OWN, policy)?;
        Ok(start..start + OWN.len())
    }
}

/// Conditions of which no two are the same. Up to the 255th, none becomes another one by writing other literals or by
/// changing the order.
pub fn new_condition(number: usize) -> String {
    const ATOMS: [&str; 8] = [
        "col('amount') > lit(#)",
        "col('state') != lit('s#')",
        "col('ceiling') <= lit(#)",
        "col('title') LIKE lit('s#%')",
        "col('created_at') IS NOT NULL",
        "col('state') IS NOT NULL",
        "col('amount') != col('ceiling')",
        "col('state') NOT IN lit(['u#', 'v#'])",
    ];
    let chosen = number % 255 + 1;
    let atoms = ATOMS.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1);
    atoms.map(|(_, atom)| format!(" AND {}", atom.replace('#', &(1000 + number).to_string()))).collect()
}
