//! `pgpe/status`: the schema, the targets and the proofs of each project.

use pgpe_catalog::Catalog;
use pgpe_config::{Config, SchemaSource};
use pgpe_ide::{Cancellable, FileRole};
use tower_lsp::ls_types::LSPAny;

use crate::convert::custom::{ProjectStatus, SchemaKind, SchemaStatus, Status, TargetStatus};
use crate::convert::to_proto::{self, Uri};
use crate::keys::Names;
use crate::snapshot::Snapshot;

pub(crate) fn handle(all: &[Snapshot], _: LSPAny) -> Cancellable<Status> {
    let mut projects = Vec::new();
    for snapshot in all {
        if let Some(root) = root(snapshot)? {
            let config = snapshot.analysis.config()?;
            let schema = schema(snapshot, &config)?;
            let target = |(name, target): (&String, &pgpe_config::Target)| TargetStatus {
                name: name.clone(),
                protected: target.protected,
            };
            let targets = config.targets.iter().map(target).collect();
            let misconfigured = snapshot.analysis.configuration_is_broken()?;
            projects.push(ProjectStatus { root, schema, targets, summary: snapshot.proofs, misconfigured });
        }
    }
    Ok(Status { projects })
}

/// The folder of a project, or the document that is one by itself.
pub(crate) fn root(snapshot: &Snapshot) -> Cancellable<Option<Uri>> {
    match &snapshot.names {
        Names::Below(root) => Ok(to_proto::uri(root)),
        Names::Single { name, .. } => Ok(snapshot.file(name)?.map(|file| file.uri)),
    }
}

fn schema(snapshot: &Snapshot, config: &Config) -> Cancellable<SchemaStatus> {
    let catalog = snapshot.analysis.catalog()?;
    let tables = |catalog: &Catalog| catalog.tables().count();
    let tables = catalog.as_deref().map_or(0, tables);
    let (kind, source) = match (snapshot.analysis.schema_file()?, &config.schema) {
        (None, _) => (SchemaKind::None, None),
        (Some((FileRole::Snapshot, _)), Some(SchemaSource::Target(name))) => {
            (SchemaKind::Target, Some(name.clone()))
        }
        (Some((FileRole::Snapshot, path)), _) => (SchemaKind::Snapshot, Some(path)),
        (Some((_, path)), _) => (SchemaKind::File, Some(path)),
    };
    Ok(SchemaStatus { kind, source, tables })
}
