//! Names and values that try to break out go the whole way, and nothing comes of it.

use crate::example::{CLEAN, Example, column, execute};
use crate::postgres_server::{Database, unique_name};

const DROP: &str = "DROP TABLE public.victim";

/// A schema, its table and its column are called so, and its policies and values too.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "it's \\ über",
        "back\\' \\\\ slash\\",
        "Select",
        "user",
        "CURRENT_USER",
        "mixedCase",
        "日本語 \u{202e}",
        "%I %s :x :'x' $1 ?",
        "a.b",
        "\t tab \u{1b}[31m",
        "/* -- */",
    ]
    .map(str::to_owned)
    .to_vec();
    for end in ["\"; ", "'; ", "\"'); ", "$$; ", "\\'; ", "*/; "] {
        names.push(format!("{end}{DROP}; --"));
    }
    names.push("x".repeat(63));
    names.push(format!("{}\"", "ü".repeat(31)));
    names
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as a pattern for it alone.
fn pattern(name: &str) -> String {
    let escaped: String = name
        .chars()
        .flat_map(|character| {
            matches!(character, '\\' | '%' | '_').then_some('\\').into_iter().chain([character])
        })
        .collect();
    literal(&escaped)
}

fn sql_literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn schema() -> String {
    let mut schema = "CREATE TABLE public.victim (id int);\n".to_owned();
    for name in names() {
        let (name, value) = (quoted(&name), sql_literal(&name));
        schema.push_str(&format!(
            "CREATE SCHEMA {name}; CREATE TABLE {name}.{name} ({name} text NOT NULL, id int);
             INSERT INTO {name}.{name} VALUES ({value}, 1), ('other', 2);\n"
        ));
    }
    schema
}

fn policies(role: &str) -> String {
    let (mut policies, role) = (String::new(), literal(role));
    for (at, name) in names().iter().enumerate() {
        let (policy, pattern, name) = (literal(&format!("{at}{name}")), pattern(name), literal(name));
        policies.push_str(&format!(
            "POLICY {policy} PERMISSIVE FOR ALL TO {role} SELECTOR named({pattern})
               CLAUSE col({name}) = lit({name}) OR CLAUSE col({name}) IN lit(['', {name}])\n
             GRANT SELECT TO {role} SELECTOR named({pattern})\n"
        ));
    }
    policies
}

/// What a database has of policies, flags and grants.
fn state(database: &Database) -> Vec<String> {
    let mut client = database.connect();
    execute(&mut client, "SET search_path = ''");
    column(
        &mut client,
        "SELECT concat_ws(' ', p.polrelid::regclass, p.polname, p.polpermissive, p.polcmd, p.polroles,
             pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p
         UNION ALL SELECT concat_ws(' ', oid::regclass, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class
           WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
         ORDER BY 1",
    )
}

#[test]
fn names_and_values_that_try_to_break_out() {
    let number = unique_name("");
    let role = format!("r\"; {DROP}; -- '\\{number}");
    // JSON is YAML.
    let in_schemas = serde_json::to_string(&names()).unwrap();
    let example = Example::with_targets(&schema(), "-- none yet\n", |url| {
        format!("tables: {{ schemas: {in_schemas} }}\ntargets: {{ dev: {{ url: \"{url}\" }} }}\n")
    });
    example.sql(&format!("CREATE ROLE {} LOGIN", quoted(&role)));
    example.project.write("schema.sql", schema().replace("INSERT INTO", "-- INSERT INTO"));
    example.project.write("new.txt", policies(&role));

    example.pgpe(&["define", "new.txt"]).exits(0);
    let compiled = example.pgpe(&["compile"]).exits(0).out;
    let by_psql = Database::create();
    by_psql.load(&schema());
    by_psql.load(&compiled);
    let apply = &["apply", "--target", "dev", "--yes", "--allow-unproven"];
    let run = example.pgpe(apply).exits(0);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
    let count = column(&mut example.database.connect(), "SELECT count(*) FROM pg_policy");
    assert_eq!(count, [names().len().to_string()]);
    let applied = state(&example.database);
    assert_eq!(applied, state(&by_psql));
    assert_eq!(example.pgpe(&["monitor", "--target", "dev"]).exits(0).out, CLEAN);
    assert!(example.pgpe(apply).exits(0).out.starts_with("nothing to do"));

    // They mean what was written.
    let mut client = example.database.connect();
    for name in names() {
        let name = quoted(&name);
        execute(&mut client, &format!("GRANT USAGE ON SCHEMA {name} TO {}", quoted(&role)));
    }
    let mut session = example.database.connect_as(&role);
    for name in names() {
        let query = format!("SELECT id FROM {}.{}", quoted(&name), quoted(&name));
        assert_eq!(column(&mut session, &query), ["1"], "{name}");
    }

    // Drift of such names is told, and repaired.
    for name in names() {
        let table = format!("{}.{}", quoted(&name), quoted(&name));
        execute(&mut client, &format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"));
    }
    let run = example.pgpe(&["monitor", "--target", "dev"]).exits(1);
    assert!(run.out.ends_with(&format!("the project: {} differences\n", names().len())), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
    let repair = ["reconcile", "--target", "dev", "--strategy", "auto", "--yes", "--allow-unproven"];
    example.pgpe(&repair).exits(0);
    assert_eq!(state(&example.database), applied);
    execute(&mut client, "SELECT * FROM public.victim");
    execute(&mut by_psql.connect(), "SELECT * FROM public.victim");
}
