//! A project of many tables, no two of one shape, so that each has questions of its own for the solver.

/// Conditions of which each table has a set of its own.
const CONDITIONS: [&str; 8] = [
    "col('n') > lit(5)",
    "col('n') IS NOT NULL",
    "col('a') IN lit(['x', 'y'])",
    "col('a') != col('b')",
    "col('b') LIKE lit('q%')",
    "col('d') = lit(true)",
    "col('n') < col('m')",
    "col('m') != lit(7)",
];

/// The schema of tables `t0`, `t1` and so on.
pub fn schema(tables: usize) -> String {
    let mut schema = String::from("CREATE TABLE tenants (id uuid PRIMARY KEY);\n");
    for table in 0..tables {
        schema.push_str(&format!(
            "CREATE TABLE t{table} (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), \
             n int, m int, a text, b text, d boolean);\n"
        ));
    }
    schema
}

/// A policy for each; every tenth lets tenants see rows of others.
pub fn policies(tables: usize) -> String {
    (0..tables).map(|table| policy(table, table % 10 == 9)).collect()
}

/// The policy of one table, perhaps with a leak.
pub fn policy(table: usize, leaks: bool) -> String {
    let mut policy = format!(
        "POLICY p{table}\n  PERMISSIVE\n  FOR ALL\n  SELECTOR named('t{table}')\n  \
         CLAUSE col('tenant_id') = session('app.tenant_id')"
    );
    for (bit, condition) in CONDITIONS.iter().enumerate() {
        if table >> bit & 1 == 1 {
            policy.push_str(&format!(" AND {condition}"));
        }
    }
    if leaks {
        policy.push_str(&format!("\n  OR CLAUSE {}", CONDITIONS[table % CONDITIONS.len()]));
    }
    policy + "\n\n"
}
