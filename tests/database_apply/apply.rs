//! Applying, and applying again.

use postgres::Client;

use crate::example::{CLEAN, Example, SAAS_POLICIES, SAAS_SCHEMA, column, execute};

const APPLY: &[&str] = &["apply", "--target", "dev", "--yes"];

#[test]
fn applied_and_applied_again() {
    let example = Example::saas();
    // Of all that tests do, this database's statements alone are logged.
    let name = &example.database.name;
    example.sql(&format!("ALTER DATABASE {name} SET log_statement = 'all'"));
    let run = example.pgpe(APPLY).exits(0);
    assert!(run.out.ends_with("\napplied to dev: 16 statements\n"), "{}", run.out);
    let first = example.database.log();
    assert!(first.contains("pg_temp."));
    assert!(first.contains("LOCK TABLE ONLY") && first.contains("CREATE POLICY tenant_isolation_users"));
    assert_eq!(example.pgpe(&["monitor", "--target", "dev"]).exits(0).out, CLEAN);

    let before = example.database.log().len();
    let run = example.pgpe(APPLY).exits(0);
    assert_eq!(run.out, "nothing to do: dev is as planned already\n");
    let log = example.database.log().split_off(before);
    assert!(log.contains("statement:"));
    // The forms of its expressions are known by now, too.
    for sent in ["pg_temp.", "LOCK TABLE", "advisory", "ROW LEVEL SECURITY", "GRANT", "ON public."] {
        assert!(!log.contains(sent), "{sent}: {log}");
    }
}

#[test]
fn nothing_else_is_changed() {
    let example =
        Example::new(SAAS_SCHEMA, &format!("{SAAS_POLICIES}\nGRANT SELECT TO pg_monitor SELECTOR ALL\n"));
    let mut client = example.database.connect();
    let before = catalog_dump(&mut client);
    example.pgpe(APPLY).exits(0);
    assert_eq!(example.state().len(), 16);
    let after = catalog_dump(&mut client);
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one, other);
    }
    assert_eq!(before.len(), after.len());
    assert!(before.len() > 1000);
}

/// Every row of every catalog of the database, but for policies, flags, privileges, and what depends on them.
fn catalog_dump(client: &mut Client) -> Vec<String> {
    let catalogs = column(
        client,
        "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
           AND NOT relisshared AND relname NOT IN ('pg_policy', 'pg_statistic') ORDER BY 1",
    );
    let mut rows = Vec::new();
    for catalog in catalogs {
        let (left_out, condition) = match catalog.as_str() {
            "pg_class" => (
                "relrowsecurity relforcerowsecurity relacl reltuples relpages relallvisible relfrozenxid relminmxid",
                "true",
            ),
            "pg_attribute" => ("attacl", "true"),
            "pg_depend" => ("", "classid <> 'pg_policy'::regclass"),
            _ => ("", "true"),
        };
        let row = left_out
            .split_whitespace()
            .fold("to_jsonb(c)".to_owned(), |row, name| format!("{row} - '{name}'"));
        let found = column(client, &format!("SELECT {row} FROM {catalog} c WHERE {condition} ORDER BY 1"));
        rows.extend(found.into_iter().map(|row| format!("{catalog} {row}")));
    }
    rows
}

#[test]
fn the_plan_is_shown_and_a_dry_run_changes_nothing() {
    let example = Example::isolated();
    let run = example.pgpe(&["apply", "--target", "dev", "--dry-run"]).exits(0);
    expect_test::expect![[r#"
        plan for dev: 3 statements on 1 table

        public.projects
          CREATE POLICY own_projects_projects
            ON public.projects
            AS PERMISSIVE
            FOR ALL
            USING (tenant_id = current_setting('app.tenant_id'));
            locks public.projects (ACCESS EXCLUSIVE)
            undone by
              DROP POLICY own_projects_projects ON public.projects;
          ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
            locks public.projects (ACCESS EXCLUSIVE)
            narrows DELETE, INSERT, SELECT, UPDATE
            undone by
              ALTER TABLE public.projects DISABLE ROW LEVEL SECURITY;
          ALTER TABLE public.projects FORCE ROW LEVEL SECURITY;
            locks public.projects (ACCESS EXCLUSIVE)
            narrows DELETE, INSERT, SELECT, UPDATE for the owner
            undone by
              ALTER TABLE public.projects NO FORCE ROW LEVEL SECURITY;
    "#]]
    .assert_eq(&run.out);
    assert_eq!(example.state(), Vec::<String>::new());
    assert!(!example.project.path(".pgpe").exists());
    let json = example.pgpe(&["apply", "--target", "dev", "--dry-run", "--format", "json"]).exits(0).json();
    assert_eq!((json["applied"].as_bool(), json["version"].as_i64()), (Some(false), Some(1)));
    let json = example.pgpe(&["apply", "--target", "dev", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(json["applied"].as_bool(), Some(true));
}

#[test]
fn what_undoes_a_plan_undoes_it() {
    let example = Example::isolated();
    let schema_before = example.state();
    let json = example.pgpe(&["apply", "--target", "dev", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(example.drift(), Vec::<String>::new());
    for sql in json["inverse"].as_array().unwrap() {
        example.sql(sql.as_str().unwrap());
    }
    assert_eq!(example.state(), schema_before);
}

#[test]
fn statements_say_what_they_do_to_access() {
    let example = Example::isolated().applied();
    let clause = "col('tenant_id') = session('app.tenant_id')";
    let effect = |clauses: &str| {
        example.project.write(
            "p.policy",
            format!("POLICY own_projects PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE {clauses}\n"),
        );
        let arguments = ["apply", "--target", "dev", "--dry-run", "--format", "json", "--allow-unproven"];
        let json = example.pgpe(&arguments).json();
        let step = &json["tables"][0]["statements"][0];
        assert!(step["sql"].as_str().unwrap().starts_with("ALTER POLICY"), "{json}");
        let effects = step["effects"].as_object().unwrap();
        effects
            .iter()
            .map(|(command, effect)| format!("{command} {}", effect.as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let all =
        |word: &str| ["DELETE", "INSERT", "SELECT", "UPDATE"].map(|command| format!("{command} {word}"));
    assert_eq!(effect(&format!("{clause} AND col('name') = lit('a')")), all("narrows"));
    assert_eq!(effect(&format!("{clause} OR CLAUSE col('name') = lit('a')")), all("widens"));
    assert_eq!(effect("col('name') = lit('a')"), all("changes"));
    let check = format!("{clause} WITH CHECK CLAUSE {clause} AND col('name') = lit('a')");
    assert_eq!(effect(&check), ["INSERT narrows", "UPDATE narrows"]);
}

#[test]
fn flags_say_what_is_proved_of_them() {
    let example = Example::isolated();
    let effects = |roles: &str, command: &str, clause: &str| {
        let policy =
            format!("POLICY p PERMISSIVE FOR {command} {roles} SELECTOR named('projects') CLAUSE {clause}\n");
        example.project.write("p.policy", policy);
        let arguments = ["apply", "--target", "dev", "--dry-run", "--format", "json", "--allow-unproven"];
        let json = example.pgpe(&arguments).json();
        let steps = json["tables"][0]["statements"].as_array().unwrap();
        let of = |words: &str| {
            let step = steps.iter().find(|step| step["sql"].as_str().unwrap().contains(words)).unwrap();
            let owner = step["concerns"].as_str().map(|whose| format!(" {whose}")).unwrap_or_default();
            let effects = step["effects"].as_object().unwrap().iter();
            effects
                .map(|(command, effect)| format!("{command} {}{owner}", effect.as_str().unwrap()))
                .collect::<Vec<String>>()
        };
        [of(" ENABLE ROW"), of(" FORCE ROW")]
    };
    let all = |rest: &str| {
        ["DELETE", "INSERT", "SELECT", "UPDATE"].map(|command| format!("{command} {rest}")).to_vec()
    };
    let own = "col('tenant_id') = session('app.tenant_id')";
    assert_eq!(effects("", "ALL", own), [all("narrows"), all("narrows owner")]);
    // What lets everything pass takes nothing away, from nobody.
    assert_eq!(effects("", "ALL", "col('id') IS NOT NULL"), [const { Vec::<String>::new() }; 2]);
    let [enable, force] = effects("", "SELECT", "col('id') IS NOT NULL");
    assert_eq!(enable, ["DELETE narrows", "INSERT narrows", "UPDATE narrows"]);
    assert_eq!(force, ["DELETE narrows owner", "INSERT narrows owner", "UPDATE narrows owner"]);
    // Whether the owner is one of a role is not known.
    let role = crate::example::create_role(&example, "reader");
    let [enable, force] = effects(&format!("TO {role}"), "ALL", "col('id') IS NOT NULL");
    assert_eq!(enable, all("narrows"));
    assert_eq!(force, all("unknown owner"));
}

#[test]
fn a_changed_policy_is_altered_and_its_readers_keep_their_rows() {
    let example = Example::isolated().applied();
    let oid = |example: &Example| column(&mut example.database.connect(), "SELECT oid FROM pg_policy");
    let before = oid(&example);
    let changed = crate::example::ISOLATION.replace("CLAUSE ", "CLAUSE col('name') != lit('x') AND ");
    example.project.write("p.policy", &changed);
    example.pgpe(APPLY).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
    assert_eq!(oid(&example), before);
    // Another command can't be had by ALTER.
    example.project.write("p.policy", changed.replace("FOR ALL", "FOR SELECT"));
    example.pgpe(APPLY).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
    assert_ne!(oid(&example), before);
}

#[test]
fn names_that_try_to_break_out() {
    let odd = ["a\"; DROP TABLE public.victim; --", "it's \\ über", "Select", "日本語", &"x".repeat(63)];
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut schema = "CREATE TABLE public.victim (id int);\n".to_owned();
    let mut policies = String::new();
    for (at, name) in odd.iter().enumerate() {
        let table = quoted(name);
        schema.push_str(&format!(
            "CREATE SCHEMA {table}; CREATE TABLE {table}.{table} ({table} text NOT NULL, id int);\n"
        ));
        let literal = name.replace('\'', "''");
        policies.push_str(&format!(
            "POLICY p{at} PERMISSIVE FOR ALL SELECTOR has_column('{literal}')
             CLAUSE col('{literal}') = session('app.x') AND col('{literal}') != lit('{literal}')\n"
        ));
    }
    let schemas: Vec<String> = odd.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    let example = Example::with_targets(&schema, &policies, |url| {
        format!("tables: {{ schemas: [{}] }}\ntargets: {{ dev: {{ url: \"{url}\" }} }}\n", schemas.join(", "))
    });
    let run = example.pgpe(&["apply", "--target", "dev", "--yes", "--allow-unproven"]).exits(0);
    assert!(run.out.contains("applied to dev"), "{}", run.out);
    assert_eq!(example.drift(), Vec::<String>::new());
    assert_eq!(
        column(&mut example.database.connect(), "SELECT count(*) FROM pg_policy"),
        [odd.len().to_string()]
    );
    execute(&mut example.database.connect(), "SELECT * FROM public.victim");
    assert!(example.pgpe(APPLY).exits(0).out.starts_with("nothing to do"));
}

#[test]
fn a_form_is_asked_for_again_when_what_it_depends_on_has_changed() {
    let schema = "CREATE TABLE public.projects (id varchar(9) PRIMARY KEY, tenant_id varchar(9) NOT NULL);
        CREATE TABLE public.tasks (id int PRIMARY KEY, project_id varchar(9) NOT NULL REFERENCES public.projects);";
    let policies = "POLICY own_tasks PERMISSIVE FOR ALL SELECTOR named('tasks')
        CLAUSE exists(rel(_, project_id, projects, id), {col('tenant_id') = session('app.tenant_id')})";
    let example = Example::new(schema, policies);
    let apply = ["apply", "--target", "dev", "--yes", "--allow-unproven"];
    example.pgpe(&apply).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
    // The decompiled expression has casts that depend on the other table's type.
    example.sql(
        "DROP POLICY own_tasks_tasks ON tasks; ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey;
         ALTER TABLE projects ALTER id TYPE text, ALTER tenant_id TYPE text;
         ALTER TABLE tasks ADD FOREIGN KEY (project_id) REFERENCES projects",
    );
    example.pgpe(&apply).exits(0);
    assert_eq!(example.drift(), Vec::<String>::new());
}
