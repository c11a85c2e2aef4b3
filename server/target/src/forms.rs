//! The forms in which servers store expressions, kept between runs: only what changed is asked for again.

use std::fs;
use std::path::{Path, PathBuf};

use pgpe_catalog::Catalog;
use pgpe_database::{FormCache, structure_hash};
use pgpe_storing::store;
use serde::{Deserialize, Serialize};

/// What is known of one target.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Forms {
    /// The schema for which it is known: a form depends on the types of all tables that an expression reads.
    structure: String,
    known: FormCache,
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Forms {
    /// What is known of the target with that connection string; `folder` is where that is kept between runs, if
    /// anywhere. What can't be read is not known.
    pub fn load(url: &str, folder: Option<&Path>) -> Forms {
        let name = blake3::hash(url.as_bytes()).to_hex();
        let file = folder.map(|folder| folder.join("forms").join(format!("{name}.json")));
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok());
        let forms: Forms = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Forms { file, ..forms }
    }

    /// What is known of a database with that schema, to be added to.
    pub fn of(&mut self, catalog: &Catalog) -> &mut FormCache {
        let structure = structure_hash(catalog);
        if self.structure != structure {
            self.known = FormCache::default();
            self.structure = structure;
        }
        &mut self.known
    }

    /// Keeps it. That it can't be kept costs time, and nothing else.
    pub fn store(&self) {
        let Some(file) = &self.file else { return };
        if let Ok(text) = serde_json::to_string(self) {
            let _ = store(file, &text);
        }
    }
}
