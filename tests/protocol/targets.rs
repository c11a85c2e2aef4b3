//! Databases from the editor: drift as diagnostics, plans, applying with consent, and what is refused.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::lsp_client::{Client, Folder, Published, full_capabilities, rules};
use crate::postgres_server::Database;
use crate::processes::{is_running, running_children, signal};

const SCHEMA: &str = "\
CREATE TABLE public.projects (id int PRIMARY KEY, tenant_id text NOT NULL, name text NOT NULL);
CREATE TABLE public.tasks (id int PRIMARY KEY, tenant_id text NOT NULL, title text);
";

const POLICIES: &str = "\
POLICY own_projects
  PERMISSIVE
  FOR ALL
  SELECTOR named('projects')
  CLAUSE col('tenant_id') = session('app.tenant_id')

POLICY own_tasks
  PERMISSIVE
  FOR ALL
  SELECTOR named('tasks')
  CLAUSE col('tenant_id') = session('app.tenant_id')
";

/// A project with the target `dev`, its database, and a client that has the policies open.
struct Scene {
    folder: Folder,
    database: Database,
    client: Client,
    policies: String,
}

impl Scene {
    fn new() -> Scene {
        Scene::with_target(|url| format!("{{ url: \"{url}\" }}"))
    }

    fn with_target(target: impl Fn(&str) -> String) -> Scene {
        let database = Database::create();
        database.load(SCHEMA);
        let config = format!(
            "version: 1\npolicies: [\"*.policy\"]\ntargets: {{ dev: {} }}\n",
            target(&database.url())
        );
        let folder =
            Folder::new(&[("pgpe.yaml", config.as_str()), ("schema.sql", SCHEMA), ("p.policy", POLICIES)]);
        let mut client = Client::open_folder(folder.path());
        let policies = folder.uri("p.policy");
        client.open(&policies, 1, POLICIES);
        client.wait_for(&policies, "version 1", |it| it.version == Some(1));
        Scene { folder, database, client, policies }
    }

    fn applied(mut self) -> Scene {
        self.client.choice = Some("Apply to dev".to_owned());
        let result = self.client.command("pgpe.apply", json!(["dev"])).unwrap();
        assert_eq!(result["applied"], true, "{result:#}");
        self
    }

    fn sql(&self, sql: &str) {
        self.database.connect().batch_execute(sql).unwrap();
    }

    fn policy_count(&self) -> i64 {
        let row = self.database.connect().query_one("SELECT count(*) FROM pg_policy", &[]);
        row.unwrap().get(0)
    }

    /// Waits until exactly these are shown of drift in the policies: the line, its kind, and the first line of
    /// its message.
    #[track_caller]
    fn shows_drift(&mut self, expected: &[(u64, &str, &str)]) {
        let expected: Vec<(u64, String, String)> = expected
            .iter()
            .map(|(line, kind, text)| (*line, (*kind).to_owned(), (*text).to_owned()))
            .collect();
        self.client.wait_for(&self.policies, "drift", |published| drift(published) == expected);
    }
}

fn drift(published: &Published) -> Vec<(u64, String, String)> {
    let ours = published.diagnostics.iter().filter(|it| it["source"] == "pgpe (dev)");
    let described = ours.map(|it| {
        let line = it["range"]["start"]["line"].as_u64().unwrap();
        let message = it["message"].as_str().unwrap().lines().next().unwrap();
        (line, it["code"].as_str().unwrap().to_owned(), message.to_owned())
    });
    described.collect()
}

fn message(error: &Value) -> &str {
    error["message"].as_str().unwrap()
}

#[test]
fn drift_appears_at_its_policy_and_goes_when_it_is_mended() {
    let mut scene = Scene::new().applied();
    scene.sql(
        "ALTER POLICY own_tasks_tasks ON tasks USING (true); ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
         CREATE POLICY theirs ON projects USING (true)",
    );
    // Nothing looks by itself.
    scene.client.settle();
    scene.shows_drift(&[]);
    let found = scene.client.command("pgpe.checkDrift", json!(["dev"])).unwrap();
    assert_eq!(found["json"]["drift"].as_array().unwrap().len(), 3);
    assert!(found["text"].as_str().unwrap().contains("modified_policy: own_tasks_tasks"), "{found:#}");
    scene.shows_drift(&[
        (0, "extra_policy", "public.projects has a policy theirs on dev that is not this project's"),
        (0, "rls_not_forced", "row-level security of public.projects is not forced on dev"),
        (6, "modified_policy", "the policy own_tasks_tasks of public.tasks is another on dev"),
    ]);
    let published = scene.client.published(&scene.policies).unwrap();
    let modified = published.diagnostics.iter().find(|it| it["code"] == "modified_policy").unwrap();
    assert_eq!(modified["range"]["start"]["character"], 7);
    assert_eq!(modified["range"]["end"]["character"], 16);
    assert_eq!(modified["severity"], 1);
    assert!(message(modified).contains("+ USING (true)"), "{modified:#}");
    // It goes with its policy.
    scene.client.replace(&scene.policies.clone(), 2, &format!("-- moved\n{POLICIES}"));
    scene.client.wait_for(&scene.policies, "version 2", |it| it.version == Some(2) && drift(it)[2].0 == 7);
    scene.sql("DROP POLICY theirs ON projects");
    let repaired = scene.client.command("pgpe.apply", json!(["dev"])).unwrap();
    assert_eq!((&repaired["applied"], &repaired["statements"]), (&json!(true), &json!(2)));
    let found = scene.client.command("pgpe.checkDrift", json!(["dev", scene.policies])).unwrap();
    assert_eq!(found["json"]["drift"], json!([]));
    scene.shows_drift(&[]);
    // What is shown may come after the answer.
    scene.client.settle();
    assert!(scene.client.shown.last().unwrap().contains("dev is as the project says"));
}

#[test]
fn a_table_that_only_the_target_has_is_drift_at_the_policy_that_selects_it() {
    let mut scene = Scene::new();
    let policy = POLICIES.replace("SELECTOR named('tasks')", "SELECTOR has_column('tenant_id')");
    scene.client.replace(&scene.policies.clone(), 2, &policy);
    let mut scene = scene.applied();
    scene.sql("CREATE TABLE notes (id int, tenant_id text NOT NULL)");
    scene.client.command("pgpe.checkDrift", json!(["dev"])).unwrap();
    scene.shows_drift(&[
        (6, "missing_policy", "public.notes has no policy own_tasks_notes on dev"),
        (6, "rls_disabled", "row-level security of public.notes is not enabled on dev"),
        (6, "rls_not_forced", "row-level security of public.notes is not forced on dev"),
    ]);
}

#[test]
fn actions_on_a_policy_name_the_target() {
    let mut scene = Scene::new();
    let at = json!({ "line": 7, "character": 3 });
    let params = |only: Value| {
        json!({
            "textDocument": { "uri": scene.policies },
            "range": { "start": at, "end": at },
            "context": { "diagnostics": [], "only": only },
        })
    };
    let (all, fixes, source) = (params(Value::Null), params(json!(["quickfix"])), params(json!(["source"])));
    let titles = |actions: &Value| -> Vec<String> {
        let actions = actions.as_array().unwrap().iter().filter(|action| action["kind"] == "source");
        actions.map(|action| action["title"].as_str().unwrap().to_owned()).collect()
    };
    let expected = ["Check drift (dev)", "Show plan (dev)", "Apply to dev…"];
    let actions = scene.client.request("textDocument/codeAction", all).unwrap();
    assert_eq!(titles(&actions), expected);
    let actions = scene.client.request("textDocument/codeAction", fixes).unwrap();
    assert_eq!(titles(&actions), Vec::<String>::new());
    let actions = scene.client.request("textDocument/codeAction", source).unwrap();
    assert_eq!(titles(&actions), expected);
    // The command is as the client is to send it.
    let command = &actions[1]["command"];
    let plan = scene.client.request("workspace/executeCommand", command.clone()).unwrap();
    assert!(
        plan["text"].as_str().unwrap().starts_with("plan for dev: 6 statements on 2 tables\n"),
        "{plan:#}"
    );
    assert_eq!(plan["json"]["tables"].as_array().unwrap().len(), 2);
    scene.client.settle();
    assert!(scene.client.log.iter().any(|line| line.contains("plan for dev")));
    assert_eq!(scene.policy_count(), 0);
}

#[test]
fn commands_are_announced() {
    let folder = Folder::new(&[]);
    let mut client = Client::start();
    let params = json!({
        "processId": null,
        "rootUri": crate::lsp_client::uri(folder.path()),
        "capabilities": full_capabilities(),
    });
    let result = client.request("initialize", params).unwrap();
    let commands = result["capabilities"]["executeCommandProvider"]["commands"].as_array().unwrap().clone();
    for command in ["pgpe.checkDrift", "pgpe.plan", "pgpe.apply", "pgpe.refreshSchema"] {
        assert!(commands.contains(&json!(command)), "{commands:?}");
    }
}

#[test]
fn applying_asks_first() {
    let mut scene = Scene::new();
    for choice in [None, Some("Cancel".to_owned())] {
        scene.client.choice = choice;
        let result = scene.client.command("pgpe.apply", json!(["dev"])).unwrap();
        assert_eq!((&result["applied"], &result["statements"]), (&json!(false), &json!(6)));
        assert_eq!(scene.policy_count(), 0);
    }
    let mut questions = scene.client.asked.iter().filter(|it| it["method"] == "window/showMessageRequest");
    let question = questions.next_back().unwrap()["params"].clone();
    let text = message(&question);
    assert!(text.starts_with("Apply 6 statements on 2 tables to dev ("), "{text}");
    assert_eq!(question["actions"], json!([{ "title": "Apply to dev" }, { "title": "Cancel" }]));
    let mut scene = scene.applied();
    assert_eq!(scene.policy_count(), 2);
    assert!(scene.folder.file(".pgpe/applied/dev.json").exists());
    let begun = scene.client.wait_for_progress("a beginning", |it| it["value"]["kind"] == "begin");
    assert_eq!(begun["value"]["cancellable"], true);
    scene.client.wait_for_progress("the end", |it| it["value"]["kind"] == "end");
    let again = scene.client.command("pgpe.apply", json!(["dev"])).unwrap();
    assert_eq!((&again["applied"], &again["statements"]), (&json!(false), &json!(0)));
}

#[test]
fn a_protected_target_is_not_applied_to() {
    let mut scene = Scene::with_target(|url| format!("{{ url: \"{url}\", protected: true }}"));
    scene.client.choice = Some("Apply to dev".to_owned());
    let error = scene.client.command("pgpe.apply", json!(["dev"])).unwrap_err();
    assert_eq!(
        message(&error),
        "dev is protected, so that it can't be applied to from an editor: run `pgpe apply --target dev`"
    );
    assert_eq!(scene.policy_count(), 0);
    // Looking is allowed.
    scene.client.command("pgpe.plan", json!(["dev"])).unwrap();
    let found = scene.client.command("pgpe.checkDrift", json!(["dev"])).unwrap();
    assert_eq!(found["json"]["drift"].as_array().unwrap().len(), 6);
}

#[test]
fn what_is_not_proved_is_not_applied() {
    let mut scene = Scene::new();
    scene.client.choice = Some("Apply to dev".to_owned());
    let leak = POLICIES.replace(
        "session('app.tenant_id')\n\n",
        "session('app.tenant_id')\n  OR CLAUSE col('name') = lit('x')\n\n",
    );
    scene.client.replace(&scene.policies.clone(), 2, &leak);
    let error = scene.client.command("pgpe.apply", json!(["dev"])).unwrap_err();
    assert!(message(&error).starts_with("not proved: tenant-isolation FAILED for "), "{error:#}");
    assert_eq!(scene.policy_count(), 0);
}

#[test]
fn a_server_that_is_not_there_is_one_sentence_without_its_password() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let mut scene =
        Scene::with_target(|_| format!("{{ url: \"postgresql://app:hunter2@127.0.0.1:{port}/app\" }}"));
    for command in ["pgpe.checkDrift", "pgpe.plan", "pgpe.apply"] {
        let error = scene.client.command(command, json!(["dev"])).unwrap_err();
        let text = message(&error);
        assert!(
            text.starts_with(&format!("the server of dev can't be reached at 127.0.0.1:{port}")),
            "{text}"
        );
        assert!(!text.contains('\n'), "{text}");
    }
    scene.client.settle();
    let client = &scene.client;
    let told = format!(
        "{:?}{:?}{:?}{:?}{}",
        client.log,
        client.shown,
        client.progress,
        client.history,
        client.stderr()
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn what_is_asked_for_wrongly_is_refused() {
    let mut scene = Scene::new();
    let error = scene.client.command("pgpe.plan", json!(["prod"])).unwrap_err();
    assert_eq!(message(&error), "pgpe.yaml has no target `prod`; its targets are dev");
    let error = scene.client.command("pgpe.refreshSchema", json!(["dev"])).unwrap_err();
    assert!(message(&error).starts_with("the project's schema is not that of dev"), "{error:#}");
    scene.client.command("pgpe.unheardOf", json!([])).unwrap_err();
    // The only target need not be named.
    scene.client.command("pgpe.plan", json!([])).unwrap();
}

#[test]
fn an_apply_that_is_cancelled_changes_nothing() {
    let mut scene = Scene::new();
    scene.client.is_silent = true;
    let id = scene
        .client
        .ask("workspace/executeCommand", json!({ "command": "pgpe.apply", "arguments": ["dev"] }));
    scene.client.wait_for_request("window/showMessageRequest");
    // Only one thing at a time is done with a target; all else goes on.
    let error = scene.client.command("pgpe.plan", json!(["dev"])).unwrap_err();
    assert!(message(&error).starts_with("dev is being worked on (Apply to dev…)"), "{error:#}");
    scene.client.hover(&scene.policies.clone(), 0, 9).unwrap();
    let begun = scene.client.wait_for_progress("a beginning", |it| it["value"]["kind"] == "begin");
    scene.client.notify("window/workDoneProgress/cancel", json!({ "token": begun["token"] }));
    assert_eq!(scene.client.answer(id).unwrap_err()["code"], -32800);
    scene.client.wait_for_progress("the end", |it| it["value"]["kind"] == "end");
    assert_eq!(scene.policy_count(), 0);
    scene.client.is_silent = false;
    scene.applied();
}

#[test]
fn a_request_that_is_taken_back_waits_for_no_lock() {
    let mut scene = Scene::new();
    scene.client.choice = Some("Apply to dev".to_owned());
    let mut reader = scene.database.connect();
    reader.batch_execute("BEGIN; SELECT * FROM projects").unwrap();
    let id = scene
        .client
        .ask("workspace/executeCommand", json!({ "command": "pgpe.apply", "arguments": ["dev"] }));
    scene.client.wait_for_progress("a lock", |it| {
        it["value"]["message"].as_str().is_some_and(|message| message.starts_with("try "))
    });
    scene.client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(scene.client.answer(id).unwrap_err()["code"], -32800);
    reader.batch_execute("COMMIT").unwrap();
    assert_eq!(scene.policy_count(), 0);
}

/// Solvers that are stopped answer nothing before their time is up.
#[test]
fn a_request_that_is_taken_back_waits_for_no_proof() {
    for command in ["pgpe.plan", "pgpe.apply"] {
        let mut scene = Scene::with_target(|url| format!("{{ url: \"{url}\" }} }}\nsolver: {{ timeout: 60s"));
        scene.client.settle();
        let others = running_children(scene.client.pid());
        let id =
            scene.client.ask("workspace/executeCommand", json!({ "command": command, "arguments": ["dev"] }));
        scene.client.wait_for_progress("a beginning", |it| it["value"]["kind"] == "begin");
        let until = Instant::now() + Duration::from_secs(30);
        let stopped = loop {
            let solvers = running_children(scene.client.pid());
            let mut solvers: Vec<u32> = solvers.into_iter().filter(|it| !others.contains(it)).collect();
            // One that has not begun to be a solver keeps the one who starts it.
            let has_begun = |id: u32| {
                std::fs::read_to_string(format!("/proc/{id}/cmdline"))
                    .is_ok_and(|it| it.contains("prove-worker"))
            };
            solvers.retain(|solver| has_begun(*solver) && signal(*solver, Signal::STOP));
            if !solvers.is_empty() {
                break solvers;
            }
            assert!(Instant::now() < until, "nothing is proved");
            std::thread::sleep(Duration::from_micros(200));
        };
        let taken_back = Instant::now();
        scene.client.notify("$/cancelRequest", json!({ "id": id }));
        assert_eq!(scene.client.answer(id).unwrap_err()["code"], -32800);
        scene.client.wait_for_progress("the end", |it| it["value"]["kind"] == "end");
        assert!(taken_back.elapsed() < Duration::from_secs(5), "{:?}", taken_back.elapsed());
        // Nor is the target kept from others.
        while let Err(error) = scene.client.command("pgpe.checkDrift", json!(["dev"])) {
            assert!(message(&error).starts_with("dev is being worked on"), "{error:#}");
            assert!(taken_back.elapsed() < Duration::from_secs(5), "{:?}", taken_back.elapsed());
        }
        assert!(stopped.iter().all(|solver| !is_running(*solver)), "solvers are left");
        assert_eq!(scene.policy_count(), 0);
    }
}

#[test]
fn the_schema_of_a_target_is_read_anew() {
    let scene = Scene::new();
    let url = scene.database.url();
    scene.folder.write(
        "pgpe.yaml",
        &format!("version: 1\npolicies: [\"*.policy\"]\nschema: {{ target: dev }}\ntargets: {{ dev: {{ url: \"{url}\" }} }}\n"),
    );
    let mut client = Client::open_folder(scene.folder.path());
    client.open(&scene.policies, 1, POLICIES);
    client.wait_for(&scene.policies, "version 1", |it| it.version == Some(1));
    let read = client.command("pgpe.refreshSchema", json!(["dev"])).unwrap();
    assert_eq!(read, json!({ "tables": 2 }));
    assert!(scene.folder.file(".pgpe/schema/dev.json").exists());
    client.wait_for(&scene.policies, "nothing", |it| it.diagnostics.is_empty());
    // What the server has now is what is found, in text that nobody has touched.
    scene.sql("ALTER TABLE tasks RENAME tenant_id TO owner_id");
    client.settle();
    assert_eq!(rules(client.published(&scene.policies).unwrap()), Vec::<&str>::new());
    client.command("pgpe.refreshSchema", json!(["dev"])).unwrap();
    client.wait_for(&scene.policies, "the column is gone", |it| {
        it.version == Some(1) && rules(it).contains(&"unknown-column")
    });
    scene.sql("ALTER TABLE tasks RENAME owner_id TO tenant_id; DROP TABLE projects");
    client.command("pgpe.refreshSchema", json!(["dev"])).unwrap();
    client.wait_for(&scene.policies, "the table is gone", |it| {
        rules(it).contains(&"selector-matches-nothing") && !rules(it).contains(&"unknown-column")
    });
}
