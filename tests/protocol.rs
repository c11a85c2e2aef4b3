//! The language server as a process, driven over standard input and output.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "protocol/actions.rs"]
mod actions;
#[path = "protocol/completion.rs"]
mod completion;
#[path = "protocol/editing.rs"]
mod editing;
#[path = "protocol/features.rs"]
mod features;
#[path = "protocol/files.rs"]
mod files;
#[path = "protocol/hints.rs"]
mod hints;
#[path = "protocol/lifecycle.rs"]
mod lifecycle;
#[path = "support/lsp_client.rs"]
mod lsp_client;
#[path = "protocol/navigation.rs"]
mod navigation;
#[path = "support/postgres.rs"]
mod postgres_server;
#[path = "protocol/preview.rs"]
mod preview;
#[path = "support/processes.rs"]
#[allow(dead_code)]
mod processes;
#[path = "protocol/pull.rs"]
mod pull;
#[path = "protocol/settings.rs"]
mod settings;
#[path = "protocol/targets.rs"]
mod targets;
#[path = "protocol/workspaces.rs"]
mod workspaces;

/// Two tables of a tenant's rows.
const SCHEMA: &str = "\
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, email text);
CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
";

/// Isolates them.
const POLICY: &str = "\
POLICY tenant_isolation
  PERMISSIVE
  FOR ALL
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') = session('app.tenant_id')
";

/// Lets everybody see everything that has an e-mail address.
const LEAKY: &str = "\
POLICY tenant_isolation
  PERMISSIVE
  FOR ALL
  SELECTOR has_column('tenant_id')
  CLAUSE col('tenant_id') = session('app.tenant_id')
  OR CLAUSE col('id') IS NOT NULL
";
