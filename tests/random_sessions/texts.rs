//! What stands in the documents of random sessions, and what is typed there.

/// Documents do not grow without end.
pub const MAX_BYTES: usize = 6000;

/// Two tables of a tenant's rows, and one below them.
pub const SCHEMA: &str = "\
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, email text);
CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
";

/// Schemas, whole and broken.
pub const SCHEMAS: &[&str] = &[
    SCHEMA,
    "CREATE TABLE users (id uuid, tenant_id text, größe int);\nCREATE TABLE tasks (id uuid, project_id uuid);\n",
    "CREATE TABLE users (",
    "",
];

/// Configurations, whole and broken.
pub const CONFIGS: &[&str] = &[
    "",
    "policies: ['**/*.policy']\nisolation: [{ key: \"session('app.tenant_id')\" }]\n",
    "rules: { coverage: off, tenant-isolation: warning }\n",
    "policies: ['deep/*.policy']\n",
    "targets:\n  dev: { url: 'postgresql://127.0.0.1:1/none' }\nsolver: { timeout: 4s }\n",
    "polices: 3\n",
    "{",
];

/// Policies, whole and broken.
pub const POLICIES: &[&str] = &[
    "POLICY tenant_isolation\n  PERMISSIVE\n  FOR ALL\n  SELECTOR has_column('tenant_id')\n  CLAUSE col('tenant_id') = session('app.tenant_id')\n",
    "POLICY leaky\n  PERMISSIVE\n  FOR ALL\n  SELECTOR has_column('tenant_id')\n  CLAUSE col('tenant_id') = session('app.tenant_id')\n  OR CLAUSE col('id') IS NOT NULL\n",
    "POLICY via\r\n  PERMISSIVE FOR SELECT SELECTOR named('tasks')\r\n  CLAUSE exists(rel(_, project_id, projects, id), {col('tenant_id') = session('app.tenant_id')})\r\n",
    "-- größe 😀\nPOLICY café RESTRICTIVE FOR UPDATE SELECTOR ALL CLAUSE col('id') = lit('ü😀')\nGRANT SELECT TO app SELECTOR named('users')\n",
    "POLICY half PERMISSIVE FOR",
    "",
];

/// What is typed.
pub const SNIPPETS: &[&str] = &[
    "-- größe\r\n",
    "-- 😀😀\n",
    "\r\n",
    "  ",
    "OR CLAUSE col('name') = lit('naïve 😀')\r\n",
    " AND col('id') IS NOT NULL",
    "",
    "",
    "x",
    "é",
    "😀",
    "POLICY p PERMISSIVE FOR SELECT SELECTOR ALL CLAUSE col(id) IS NOT NULL\n",
    "session('app.user')",
    "-- pgpe: allow(tenant-isolation, 'on purpose')\n",
    "'",
    "/*",
    "*/",
    "(",
    "\n",
];
