//! Projects of any size for measuring: tables of a few shapes in several schemas, policies in many files.
//!
//! The same size gives the same project. How many shapes there are does not depend on the size, as it hardly does in
//! real schemas: a project of ten thousand tables asks no other questions than one of a thousand.

use std::fmt::Write;
use std::path::Path;

/// How large a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Tables besides the one of tenants.
    pub tables: usize,
    /// Files that the policies are in.
    pub files: usize,
}

impl Size {
    /// So many tables, with a file for ten policies each.
    pub fn of(tables: usize) -> Size {
        Size { tables, files: tables.div_ceil(10) }
    }
}

/// Schemas that the tables are spread over.
const SCHEMAS: usize = 5;

/// Every so-manieth table has no tenant of its own, but a parent.
const CHILDREN: usize = 5;

/// Every so-manieth table is selected by the policy about archived rows.
const ARCHIVED: usize = 10;

/// Every so-manieth table has a policy for one role besides that for all.
const ROLES: usize = 8;

/// Conditions that a table's policy has besides that on the tenant.
const CONDITIONS: [&str; 6] = [
    "",
    " AND col('state') IN lit(['open', 'closed'])",
    " AND col('amount') > lit(0)",
    " AND col('is_public') = lit(true)",
    " AND col('title') LIKE lit('a%')",
    " AND col('amount') < col('ceiling')",
];

/// A generated project.
pub struct Generated {
    /// Its size.
    pub size: Size,
    /// `pgpe.yaml`.
    pub config: String,
    /// `schema.sql`.
    pub schema: String,
    /// Policy files by their paths.
    pub files: Vec<(String, String)>,
}

impl Generated {
    /// The project of a size.
    pub fn of(size: Size) -> Generated {
        let mut files = vec![String::new(); size.files];
        let per_file = size.tables.div_ceil(size.files);
        for table in 0..size.tables {
            if let Some(file) = files.get_mut(table / per_file) {
                file.push_str(&policy(table));
            }
        }
        let mut files: Vec<(String, String)> = files
            .into_iter()
            .enumerate()
            .map(|(index, text)| (format!("policies/area_{index:04}.policy"), text))
            .collect();
        files.push(("policies/everywhere.policy".to_owned(), everywhere()));
        Generated { size, config: config(), schema: schema(size.tables), files }
    }

    /// Writes it into a folder.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join("policies"))?;
        std::fs::write(folder.join("pgpe.yaml"), &self.config)?;
        std::fs::write(folder.join("schema.sql"), &self.schema)?;
        self.files.iter().try_for_each(|(path, text)| std::fs::write(folder.join(path), text))
    }
}

/// The name of a table, of which no two are the same in different schemas.
pub fn table_name(table: usize) -> String {
    format!("t{table:05}")
}

fn schema_of(table: usize) -> String {
    format!("area{}", table % SCHEMAS)
}

fn is_child(table: usize) -> bool {
    table % CHILDREN == CHILDREN - 1
}

fn config() -> String {
    let schemas: Vec<String> = (0..SCHEMAS).map(|schema| format!("area{schema}")).collect();
    format!(
        "version: 1\npolicies: [\"policies/*.policy\"]\nschema: {{ file: schema.sql }}\n\
         tables: {{ schemas: [{}] }}\n",
        schemas.join(", ")
    )
}

fn schema(tables: usize) -> String {
    let mut sql = String::from(
        "CREATE ROLE support NOLOGIN;\nCREATE TABLE public.tenants (id uuid PRIMARY KEY, name text NOT NULL);\n",
    );
    for schema in 0..SCHEMAS {
        let _ = writeln!(sql, "CREATE SCHEMA area{schema};");
    }
    for table in 0..tables {
        let owner = match is_child(table) {
            // The parent comes before it, and has a tenant.
            true => {
                let parent = table - 1;
                format!(
                    "parent_id uuid NOT NULL REFERENCES {}.{} (id)",
                    schema_of(parent),
                    table_name(parent)
                )
            }
            false => "tenant_id uuid NOT NULL REFERENCES public.tenants (id)".to_owned(),
        };
        let archived =
            if table % ARCHIVED == 0 { "  archived boolean NOT NULL DEFAULT false,\n" } else { "" };
        let _ = write!(
            sql,
            "\nCREATE TABLE {}.{} (\n  id uuid PRIMARY KEY,\n  {owner},\n  title text NOT NULL,\n  state text,\n  \
             amount integer,\n  ceiling integer,\n  is_public boolean NOT NULL DEFAULT false,\n{archived}  \
             created_at timestamptz NOT NULL DEFAULT now()\n);\n",
            schema_of(table),
            table_name(table),
        );
    }
    sql
}

fn policy(table: usize) -> String {
    let name = table_name(table);
    let condition = CONDITIONS[table % CONDITIONS.len()];
    let own = match is_child(table) {
        true => {
            let (schema, parent) = (schema_of(table - 1), table_name(table - 1));
            format!(
                "exists(\n      rel(_, parent_id, {schema}.{parent}, id),\n      \
                 {{col('tenant_id') = session('app.tenant_id')}}\n    )"
            )
        }
        false => "col('tenant_id') = session('app.tenant_id')".to_owned(),
    };
    let mut text = format!(
        "-- Rows of {name} are their tenant's.\nPOLICY own_{name}\n  PERMISSIVE\n  FOR ALL\n  \
         SELECTOR named('{name}')\n  CLAUSE\n    {own}{condition}\n"
    );
    if table % 7 == 3 {
        let _ = write!(text, "  WITH CHECK\n    CLAUSE\n      {}\n", own.replace("\n    ", "\n      "));
    }
    text.push('\n');
    if table % ROLES == ROLES - 1 {
        let _ = write!(
            text,
            "POLICY support_reads_{name}\n  PERMISSIVE\n  FOR SELECT\n  TO support\n  SELECTOR named('{name}')\n  \
             CLAUSE\n    {own} AND col('is_public') = lit(false)\n\n"
        );
    }
    text
}

fn everywhere() -> String {
    "-- What is archived stays as it is.\nPOLICY archived_stays\n  RESTRICTIVE\n  FOR UPDATE, DELETE\n  \
     SELECTOR has_column('archived')\n  CLAUSE col('archived') = lit(false)\n"
        .to_owned()
}
