//! Having the client ask anew for what it shows in the lines of documents that were not edited themselves.

use std::collections::HashMap;
use std::sync::Arc;

use pgpe_catalog::Catalog;
use pgpe_config::Config;
use pgpe_ide::{Analysis, Cancellable, IsolationCounts};

use super::State;

/// What lenses and hints rest on besides their own document.
#[derive(Debug, Default)]
pub(crate) struct Ground {
    catalog: Option<Arc<Catalog>>,
    config: Arc<Config>,
    /// Of all verdicts on isolation.
    verdicts: u64,
}

/// What was shown last of each workspace.
pub(crate) type Grounds = HashMap<usize, Ground>;

impl Ground {
    /// That of a project as it is.
    pub(crate) fn of(analysis: &Analysis, isolation: IsolationCounts) -> Cancellable<Ground> {
        Ok(Ground { catalog: analysis.catalog()?, config: analysis.config()?, verdicts: isolation.hash })
    }

    /// Whether the same is known of tables and how they are selected.
    fn has_same_schema(&self, other: &Ground) -> bool {
        let same_catalog = match (&self.catalog, &other.catalog) {
            (Some(left), Some(right)) => Arc::ptr_eq(left, right) || left == right,
            (left, right) => left.is_none() && right.is_none(),
        };
        same_catalog && (Arc::ptr_eq(&self.config, &other.config) || self.config == other.config)
    }
}

impl State {
    /// A check has ended: whatever rests on something else than after the last one is to be asked for again.
    pub(crate) fn refresh(&mut self, workspace: usize, ground: Ground) {
        if let Some(shown) = self.grounds.get(&workspace) {
            let same_schema = shown.has_same_schema(&ground);
            if self.client.refreshes_hints && !same_schema {
                self.outbox.refresh_hints();
            }
            if self.client.refreshes_lenses && !(same_schema && shown.verdicts == ground.verdicts) {
                self.outbox.refresh_lenses();
            }
        }
        self.grounds.insert(workspace, ground);
    }
}
