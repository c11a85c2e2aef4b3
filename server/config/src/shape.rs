//! The shape of `pgpe.yaml` as written: what its JSON Schema describes and what is read before defaults.

use crate::reader::{At, Named, record};
use crate::values::{DeletedWhen, Duration, OwnerPath, RolePair, SeverityByRule};
use crate::{MissingSetting, Rule};

record! {
    /// Configuration of pgpe: policies that compile to PostgreSQL row-level security.
    #[schemars(title = "pgpe.yaml")]
    ConfigShape {
        /// The version of this format; always 1.
        #[schemars(range(min = 1, max = 1), extend("default" = 1))]
        version: Option<At<u32>>,
        /// Glob patterns of the policy files, relative to this file.
        #[schemars(extend("default" = ["**/*.policy"]))]
        policies: Option<Vec<At<String>>>,
        /// Where the database schema comes from: one of `file`, `snapshot` and `target`. By default
        /// `schema.sql` beside this file, if there is one.
        schema: Option<At<SchemaShape>>,
        /// Which tables are candidates for policies.
        tables: Option<TablesShape>,
        /// The databases that commands may connect to, by a name of your choice.
        targets: Option<Named<TargetShape>>,
        /// What isolation of tenants means here; each entry is proved on its own. By default one entry:
        /// `session('app.tenant_id')` and the column `tenant_id`. An empty list: nothing is isolated.
        isolation: Option<Vec<IsolationShape>>,
        /// How `session(…)` is compiled.
        session: Option<SessionShape>,
        /// Functions.
        functions: Option<FunctionsShape>,
        /// Traversals, that is, `exists(rel(…), …)`.
        traversal: Option<TraversalShape>,
        /// The solver that proves.
        solver: Option<SolverShape>,
        /// How rows are marked as deleted.
        #[schemars(extend("default" = [
            { "column": "is_deleted", "deleted": "= true" },
            { "column": "deleted_at", "deleted": "IS NOT NULL" }
        ]))]
        soft_delete: Option<Vec<SoftDeleteShape>>,
        /// Pairs of roles that must share no accessible row.
        role_separation: Option<Vec<RolePair>>,
        /// Tables by tag, for the selector `tagged('…')`: LIKE patterns of table names.
        tags: Option<Named<Vec<String>>>,
        /// The severity of rules where it should not be the default.
        rules: Option<SeverityByRule>,
        /// Findings that this project accepts, each with the reason.
        allow: Option<Vec<AllowShape>>,
    }

    /// Where the database schema comes from; exactly one of the keys.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
    SchemaShape {
        /// A file of SQL DDL, such as `pg_dump --schema-only` prints; the path is relative to this file.
        file: Option<At<String>>,
        /// A snapshot that `pgpe schema pull` wrote; the path is relative to this file.
        snapshot: Option<At<String>>,
        /// The name of one of `targets`, which is asked for its schema.
        target: Option<At<String>>,
    }

    /// Which tables are candidates for policies.
    TablesShape {
        /// The schemas whose tables are candidates.
        #[schemars(length(min = 1), extend("default" = ["public"]))]
        schemas: Option<At<Vec<String>>>,
        /// LIKE patterns of names (or of `schema.table`) of tables that are never candidates.
        #[schemars(extend("default" = []))]
        exclude: Option<Vec<String>>,
    }

    /// A database that commands may connect to.
    TargetShape {
        /// The connection string; `${VAR}` stands for an environment variable. Keep passwords out of it:
        /// libpq's service and password files work.
        url: String,
        /// A protected target needs `--yes` and can't be changed from an editor.
        #[schemars(extend("default" = false))]
        protected: Option<bool>,
    }

    /// One meaning of "tenant".
    IsolationShape {
        /// The value that says which tenant a session is, in the policy language.
        #[schemars(extend("default" = "session('app.tenant_id')"))]
        key: Option<At<String>>,
        /// The column that says whose a row is. Tables without it are judged by their foreign keys.
        #[schemars(extend("default" = "tenant_id"))]
        owner: Option<String>,
        /// For tables from which several foreign-key paths lead to an owner: the path that counts, as
        /// `fk_column.owner_column`.
        owners: Option<Named<OwnerPath>>,
        /// Tables that isolation does not concern.
        exempt: Option<Vec<ExemptShape>>,
    }

    /// A table that isolation does not concern.
    ExemptShape {
        /// The table's name, or `schema.table`.
        table: At<String>,
        /// Why; shown with the verdict.
        reason: String,
    }

    /// How `session(…)` is compiled.
    SessionShape {
        /// What a missing setting does: `error` lets the query fail; `deny` shows no rows, also where the
        /// setting is empty.
        #[schemars(extend("default" = "error"))]
        missing: Option<MissingSetting>,
        /// Wrap settings in a subquery, which PostgreSQL evaluates once per query instead of once per row.
        #[schemars(extend("default" = false))]
        initplan: Option<bool>,
    }

    /// Functions.
    FunctionsShape {
        /// Functions that policies may call, as `name` or `schema.name`.
        #[schemars(extend("default" = []))]
        allow: Option<Vec<String>>,
    }

    /// Traversals.
    TraversalShape {
        /// How deep traversals may nest.
        #[schemars(extend("default" = 2))]
        max_depth: Option<u32>,
    }

    /// The solver that proves.
    SolverShape {
        /// The time limit of one proof; past it the verdict is UNKNOWN.
        #[schemars(extend("default" = "5s"))]
        timeout: Option<Duration>,
    }

    /// A way of marking rows as deleted.
    SoftDeleteShape {
        /// The marking column.
        column: String,
        /// When a row counts as deleted.
        deleted: DeletedWhen,
    }

    /// Findings that the project accepts.
    AllowShape {
        /// The rule that is silenced.
        rule: Rule,
        /// Only for this policy.
        policy: Option<At<String>>,
        /// Only for this table: its name, or `schema.table`.
        table: Option<At<String>>,
        /// Why.
        reason: String,
    }
}
