//! What was the project's is known after it is gone from the source.

use serde_json::Value;

use crate::example::{Example, ISOLATION, TWO_TABLES, execute};
use crate::postgres_server::{Database, Server};

const APPLY: &[&str] = &["apply", "--target", "dev", "--yes"];

fn record(example: &Example) -> Value {
    serde_json::from_str(&example.project.read(".pgpe/applied/dev.json")).unwrap()
}

#[test]
fn an_apply_is_recorded() {
    let example = Example::isolated().applied();
    let record = record(&example);
    assert_eq!(record["target"], "dev");
    assert_eq!(record["role"], "postgres");
    assert_eq!(record["allowed_unproven"], false);
    assert_eq!(record["database"], example.database.name.as_str());
    let policy = &record["tables"]["public.projects"]["policies"]["own_projects_projects"];
    assert_eq!(policy["using"], "(tenant_id = current_setting('app.tenant_id'::text))");
    let verdicts = record["verdicts"].as_array().unwrap();
    let isolation = |verdict: &&Value| verdict["proof"] == "tenant-isolation";
    assert!(verdicts.iter().filter(isolation).all(|verdict| verdict["verdict"] == "PROVEN"));
    assert_eq!(verdicts.iter().filter(isolation).count(), 4);
    // One that changes nothing leaves the record alone.
    example.pgpe(APPLY).exits(0);
    assert_eq!(self::record(&example), record);
    // Without a record it is made again, for what is there is the project's.
    std::fs::remove_dir_all(example.project.path(".pgpe")).unwrap();
    example.pgpe(APPLY).exits(0);
    assert_eq!(self::record(&example)["tables"], record["tables"]);
}

#[test]
fn a_policy_of_another_name_is_renamed() {
    let example = Example::isolated().applied();
    example.project.write("p.policy", ISOLATION.replace("own_projects", "mine"));
    let run = example.pgpe(APPLY).exits(0);
    assert!(
        run.out.contains("ALTER POLICY own_projects_projects ON public.projects RENAME TO mine_projects;"),
        "{}",
        run.out
    );
    assert_eq!(example.drift(), Vec::<String>::new());
}

#[test]
fn what_is_gone_from_the_source_is_kept_until_it_is_pruned() {
    let both = format!(
        "{ISOLATION}\n{}",
        ISOLATION.replace("own_projects", "more").replace("CLAUSE", "CLAUSE col('name') = lit('a') AND")
    );
    let example = Example::new(crate::example::TWO_TABLES, &both).applied();
    example.project.write("p.policy", ISOLATION);
    assert_eq!(example.drift(), ["critical extra_policy more_projects on projects"]);
    let run = example.pgpe(APPLY).exits(0);
    assert!(run.out.contains("kept, unless --prune is given:\n  DROP POLICY more_projects"), "{}", run.out);
    assert_eq!(example.drift().len(), 1);

    // Nobody else's goes with it.
    example.sql("CREATE POLICY theirs ON projects AS RESTRICTIVE USING (true)");
    // To another project it is foreign.
    let kept = example.project.read(".pgpe/applied/dev.json");
    std::fs::remove_dir_all(example.project.path(".pgpe")).unwrap();
    example.pgpe(&["apply", "--target", "dev", "--yes", "--prune"]).exits(0);
    assert_eq!(example.drift().len(), 2);
    example.project.write(".pgpe/applied/dev.json", kept);
    example.pgpe(&["apply", "--target", "dev", "--yes", "--prune"]).exits(0);
    assert_eq!(example.drift(), ["warning extra_policy theirs on projects"]);
}

#[test]
fn a_record_that_is_damaged_is_not_guessed_at() {
    let example = Example::isolated().applied();
    example.project.write(".pgpe/applied/dev.json", "{");
    example.pgpe(APPLY).refuses(&["dev.json", "remove it"]);
}

/// On a server of its own, as a role that may ask for less than a superuser; the role's name.
fn owned(server: &'static Server, name: &str, asks: bool) -> Database {
    let database = server.create_database_named(name);
    let mut client = database.connect();
    execute(&mut client, TWO_TABLES);
    execute(
        &mut client,
        "CREATE ROLE keeper LOGIN; ALTER TABLE projects OWNER TO keeper; ALTER TABLE tasks OWNER TO keeper",
    );
    if !asks {
        execute(&mut client, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
    }
    database
}

/// Two servers with a database of one name and one number, one after the other under the same target's name.
#[test]
fn databases_of_one_name_on_two_servers_are_not_mixed() {
    let both = format!(
        "{ISOLATION}\n{}",
        ISOLATION.replace("own_projects", "more").replace("CLAUSE", "CLAUSE col('name') = lit('a') AND")
    );
    let prune = ["apply", "--target", "dev", "--yes", "--prune"];
    for asks in [true, false] {
        let [one, other] = [(); 2].map(|()| owned(Server::own(), "app", asks));
        let mut example =
            Example { project: crate::cli::Project::new(&[("p.policy", both.as_str())]), database: one };
        example.redirect(&example.database.url_as("keeper"));
        example.pgpe(APPLY).exits(0);
        let first = record(&example);
        assert_eq!(first["identity"]["system"].is_string(), asks, "{first}");
        example.project.write("p.policy", ISOLATION);

        // The same policies are there by someone else's hand.
        let one = std::mem::replace(&mut example.database, other);
        example.sql(
            "CREATE POLICY more_projects ON projects
               USING (name = 'a' AND tenant_id = current_setting('app.tenant_id'))",
        );
        example.redirect(&example.database.url_as("keeper"));
        let run = example.pgpe(&prune).exits(0);
        let note = format!("the last apply to dev was to another database, app at 127.0.0.1:{}", one.port());
        assert!(run.err.contains(&note), "{}", run.err);
        assert!(!run.out.contains("more_projects"), "{}", run.out);
        assert_eq!(example.drift(), ["critical extra_policy more_projects on projects"]);
        let second = record(&example);
        assert_eq!(second["identity"]["oid"], first["identity"]["oid"]);
        assert_ne!(second["identity"], first["identity"]);
        // That is the other's record now, and none of the first one's, where what it left stays.
        example.database = one;
        example.redirect(&example.database.url_as("keeper"));
        example.pgpe(&prune).exits(0);
        assert_eq!(example.drift(), ["critical extra_policy more_projects on projects"]);
        // With its own record it is known again.
        example.project.write(".pgpe/applied/dev.json", first.to_string());
        example.pgpe(&prune).exits(0);
        assert_eq!(example.drift(), Vec::<String>::new());
    }
}
