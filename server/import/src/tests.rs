//! Expressions, and what becomes of them in the language.

use pgpe_catalog::ddl::read_ddl;
use pgpe_catalog::{Command, ExistingPolicy, QualifiedName};
use pgpe_config::{Config, MissingSetting};

use crate::{Imported, Outside, read_policy};

mod fits;
mod missing;
mod outside;

const SCHEMA: &str = "
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN code AS text;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION twice(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TABLE teams (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, name text, public boolean);
CREATE TABLE members (
  team_id uuid NOT NULL REFERENCES teams, user_id uuid NOT NULL, role varchar(20), level int,
  PRIMARY KEY (team_id, user_id)
);
CREATE TABLE docs (
  id bigint PRIMARY KEY, team_id uuid NOT NULL REFERENCES teams, tenant_id uuid, owner_id uuid, title text,
  role varchar(20), level int, small smallint, price numeric(10,2), ratio double precision, feeling mood,
  public boolean, tag citext, code code, fixed char(4), due timestamptz, day date, data jsonb, tags text[],
  \"Odd name\" text, name name
);
CREATE VIEW team_view AS SELECT * FROM teams;
";

/// Reads a permissive policy FOR SELECT on `docs`.
fn read(using: &str, missing: MissingSetting) -> Result<Imported, Outside> {
    let existing = ExistingPolicy {
        permissive: true,
        command: Some(Command::Select),
        roles: Vec::new(),
        using: Some(using.to_owned()),
        check: None,
    };
    read_existing(&existing, missing)
}

fn read_existing(existing: &ExistingPolicy, missing: MissingSetting) -> Result<Imported, Outside> {
    let catalog = read_ddl(SCHEMA).catalog;
    let mut config = Config::default();
    config.session.missing = missing;
    config.allowed_functions =
        ["auth.uid", "is_admin", "twice", "lower", "unknown"].map(str::to_owned).to_vec();
    read_policy(&QualifiedName::new("public", "docs"), "p", existing, &catalog, &config)
}
