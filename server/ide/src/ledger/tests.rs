use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use pgpe_proof::obligation::{ModelValue, Obligation, ObligationHash, Outcome};
use pgpe_report::Finding;
use proptest::test_runner::{Config as Cases, TestRunner};

use crate::database::Database;
use crate::{Checked, FileRole, Host};

/// A project of tables with a policy each, ten to a file, and one policy on every tenth.
fn project(tables: usize) -> Vec<(String, FileRole, String)> {
    let mut schema = String::from("CREATE TABLE tenants (id uuid PRIMARY KEY);\n");
    let mut files = vec![String::new(); tables.div_ceil(10)];
    for table in 0..tables {
        let marked = if table % 10 == 0 { ", marked boolean" } else { "" };
        writeln!(
            schema,
            "CREATE TABLE t{table} (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), n int{marked});"
        )
        .unwrap();
        files[table / 10].push_str(&policy(table, ""));
    }
    let everywhere = "POLICY marked RESTRICTIVE FOR SELECT SELECTOR has_column('marked') CLAUSE col('marked') = lit(true)\n";
    let policies = files.into_iter().chain([everywhere.to_owned()]).enumerate();
    let policies = policies.map(|(index, text)| (format!("{index}.policy"), FileRole::Policies, text));
    policies.chain([("schema.sql".to_owned(), FileRole::Schema, schema)]).collect()
}

fn policy(table: usize, condition: &str) -> String {
    format!(
        "POLICY own_{table} PERMISSIVE FOR ALL SELECTOR named('t{table}')\n  \
         CLAUSE col('tenant_id') = session('app.tenant_id'){condition}\n"
    )
}

/// The third file with another clause of its first policy.
fn edited(tables: usize) -> String {
    let policies =
        (20..30).map(|table| policy(table, if table == 20 { " AND col('n') = lit(3)" } else { "" }));
    assert!(tables >= 30);
    policies.collect()
}

/// How often each query is executed for a check after an edit of one file, by the query's name.
fn executed(tables: usize, path: &str, text: &str) -> String {
    let (host, events) = edited_in_editor(tables, &[path], (path, text));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        if let salsa::EventKind::WillExecute { database_key } = event.kind {
            *counts.entry(host.query_name(database_key)).or_default() += 1;
        }
    }
    counts.iter().map(|(name, count)| format!("{name}: {count}\n")).collect()
}

/// A project in which a file was edited, and what the database says of the check that followed. `open`: what an editor
/// has open.
fn edited_in_editor(tables: usize, open: &[&str], (path, text): (&str, &str)) -> (Host, Vec<salsa::Event>) {
    let seen: Arc<Mutex<Vec<salsa::Event>>> = Arc::default();
    let events = Arc::clone(&seen);
    let database = Database::observed(move |event| events.lock().unwrap().push(event));
    let mut host = Host::over(database);
    for (path, role, text) in project(tables) {
        host.set_file(&path, role, &text);
    }
    for path in open {
        let saved = host.analysis().text(path).unwrap().unwrap();
        host.set_saved(path, Some(&saved));
    }
    let proven = |_: &Obligation| Some(Outcome::Unsatisfiable(Vec::new()));
    host.analysis().look(&proven).unwrap();
    seen.lock().unwrap().clear();
    host.set_file(path, FileRole::Policies, text);
    host.analysis().look(&proven).unwrap();
    let events = std::mem::take(&mut *seen.lock().unwrap());
    (host, events)
}

/// What depends on the schema alone is not looked at again because somebody reads the schema.
#[test]
fn an_open_schema_makes_an_edit_no_dearer() {
    assert_eq!(looked_at(30, &["2.policy", "schema.sql"]), looked_at(30, &["2.policy"]));
}

/// How many known values are looked at for a check after an edit of a clause, to see whether they are still right.
fn looked_at(tables: usize, open: &[&str]) -> usize {
    let (_, events) = edited_in_editor(tables, open, ("2.policy", &edited(tables)));
    let is_look =
        |event: &&salsa::Event| matches!(event.kind, salsa::EventKind::DidValidateMemoizedValue { .. });
    events.iter().filter(is_look).count()
}

#[test]
fn what_is_put_together_from_all_files_looks_at_few_of_them() {
    // Of 64 files more, each query that puts something together looks at two groups.
    let (few, many) = (looked_at(640, &["2.policy"]), looked_at(1280, &["2.policy"]));
    assert!(many <= few + 10, "{few}, then {many}");
}

#[test]
fn an_edit_of_a_clause_does_its_policy_and_its_tables_again_and_nothing_else() {
    let small = executed(30, "2.policy", &edited(30));
    expect![[r#"
        file_findings: 1
        governed_for_certain: 1
        has_stray_text: 1
        item: 10
        item_count: 1
        item_problems: 1
        item_ranges: 1
        items: 1
        naming: 1
        parsed: 1
        planned_for_certain: 1
        policy_names: 1
        resolution: 1
        selector: 1
        suppressions: 1
        with_subqueries: 1
    "#]]
    .assert_eq(&small);
    assert_eq!(executed(300, "2.policy", &edited(300)), small, "the size of the project does not matter");
}

#[test]
fn a_comment_proves_nothing_anew() {
    let text: String = (20..30).map(|table| policy(table, "")).collect();
    let small = executed(30, "2.policy", &format!("-- these\n{text}"));
    expect![[r#"
        file_findings: 1
        has_stray_text: 1
        item_ranges: 1
        items: 1
        parsed: 1
        suppressions: 1
    "#]]
    .assert_eq(&small);
    assert_eq!(executed(300, "2.policy", &format!("-- these\n{text}")), small);
}

#[test]
fn an_answer_that_comes_while_a_table_is_judged_is_not_lost() {
    let mut host = Host::new();
    for (path, role, text) in project(30) {
        host.set_file(&path, role, &text);
    }
    let asked: Mutex<HashSet<ObligationHash>> = Mutex::default();
    let late = |it: &Obligation| {
        let is_new = asked.lock().unwrap().insert(it.hash);
        (!is_new).then(|| Outcome::Unsatisfiable(Vec::new()))
    };
    host.analysis().look(&late).unwrap();
    let found = host.analysis().check(&late).unwrap();
    let expected = host.analysis().check(&|_| Some(Outcome::Unsatisfiable(Vec::new()))).unwrap();
    assert!(found.open.is_empty());
    assert_eq!(found.tables, expected.tables);
}

#[test]
fn what_the_solver_could_not_decide_is_told_from_what_it_decided() {
    let mut host = Host::new();
    for (path, role, text) in project(2) {
        host.set_file(&path, role, &text);
    }
    let check = |outcome: Outcome| host.analysis().check(&|_| Some(outcome.clone())).unwrap();
    assert!(check(Outcome::Unknown("no time".to_owned())).undecided);
    assert!(check(Outcome::Satisfiable([ModelValue::Unreadable].into())).undecided);
    assert!(!check(Outcome::Unsatisfiable(Vec::new())).undecided);
}

/// Questions that differ in names alone are put to the solver in the same words.
#[test]
fn an_edit_that_leaves_the_questions_equal_is_judged_all_the_same() {
    let none = |_: &Obligation| Some(Outcome::Unsatisfiable(Vec::new()));
    let set = |host: &mut Host, setting: &str| {
        for (path, role, text) in project(1) {
            host.set_file(&path, role, &text);
        }
        let policy = policy(0, &format!(" AND col('n') = session('{setting}')"));
        host.set_file("0.policy", FileRole::Policies, &policy);
        host.analysis().check(&none).unwrap()
    };
    let mut host = Host::new();
    let before = set(&mut host, "app.one");
    let after = set(&mut host, "app.two");
    assert_ne!(after.tables, before.tables, "the setting that a proof rests on");
    assert_eq!(after.tables, set(&mut Host::new(), "app.two").tables);
}

#[test]
fn what_a_proof_rests_on_is_looked_at_again_when_its_policies_go() {
    let mut host = Host::new();
    let projects = "POLICY projects PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col(tenant_id) = session('app.tenant_id')";
    // Whose a task is, its project says, of which the policy says nothing.
    let tasks = "POLICY tasks PERMISSIVE FOR ALL SELECTOR named('tasks') CLAUSE col(own) = lit(true)\n\
                 POLICY never RESTRICTIVE FOR ALL SELECTOR named('tasks') CLAUSE col(own) = lit(false)";
    host.set_file("schema.sql", FileRole::Schema, GRANTED);
    host.set_file("a.policy", FileRole::Policies, projects);
    host.set_file("b.policy", FileRole::Policies, tasks);
    let unprotected = |host: &Host| {
        let solved = crate::test_support::solved(&host.analysis());
        let found = host.analysis().check(&solved).unwrap().findings;
        found.iter().filter(|finding| finding.rule == pgpe_config::Rule::UnprotectedPath).count()
    };
    assert_eq!(unprotected(&host), 0);
    host.set_file("a.policy", FileRole::Policies, "");
    assert_eq!(unprotected(&host), 1, "isolation of tasks rests on what anybody may write now");
    host.set_file("a.policy", FileRole::Policies, projects);
    assert_eq!(unprotected(&host), 0);
}

/// A schema with grants.
const GRANTED: &str = "CREATE ROLE app;\n\
     CREATE TABLE tenants (id uuid PRIMARY KEY);\n\
     CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), name text);\n\
     CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects (id), own boolean);\n\
     GRANT SELECT, INSERT, UPDATE ON projects TO app;";

/// Texts between which a file changes.
const FIRST: [&str; 9] = [
    "POLICY own PERMISSIVE FOR ALL SELECTOR has_column('tenant_id') CLAUSE col(tenant_id) = session('app.tenant_id')",
    "-- moved\nPOLICY own PERMISSIVE FOR ALL SELECTOR has_column('tenant_id') CLAUSE col(tenant_id) = session('app.tenant_id')",
    "POLICY own PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col(tenant_id) = session('app.tenant_id')\n  OR CLAUSE col(name) = lit('x')",
    "-- pgpe: allow(tenant-isolation) shown to all\nPOLICY own PERMISSIVE FOR SELECT SELECTOR has_column('tenant_id') CLAUSE col(name) = lit('x')",
    "POLICY own PERMISSIVE FOR ALL SELECTOR has_column('tenant_id') CLAUSE col(tenant_id) = ",
    "stray POLICY own PERMISSIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NOT NULL",
    "POLICY own PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col(tenant_id) = session('app.tenant_id') AND col(name) LIKE lit('a%')",
    "POLICY own PERMISSIVE FOR ALL SELECTOR named('projects') CLAUSE col(tenant_id) = session('app.tenant_id') AND col(name) NOT LIKE lit('a_%')",
    "",
];

const SECOND: [&str; 9] = [
    "POLICY tasks PERMISSIVE FOR ALL SELECTOR named('tasks') CLAUSE col(own) = lit(true)\n\
     POLICY never RESTRICTIVE FOR ALL SELECTOR named('tasks') CLAUSE col(own) = lit(false)",
    "POLICY tasks PERMISSIVE FOR ALL SELECTOR named('tasks')\n  CLAUSE exists(rel(_, project_id, projects, id), {col(name) IS NOT NULL})",
    "POLICY own PERMISSIVE FOR ALL SELECTOR named('tasks')\n  CLAUSE exists(rel(_, project_id, projects, id), {col(name) IS NOT NULL})",
    "POLICY tasks PERMISSIVE FOR SELECT SELECTOR named('tasks')\n  CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('app.tenant_id')})\n\
     POLICY narrow RESTRICTIVE FOR ALL SELECTOR ALL CLAUSE col(id) IS NOT NULL OR CLAUSE col(id) IS NULL",
    "GRANT SELECT, INSERT TO app SELECTOR named('plans')\n\
     POLICY more PERMISSIVE FOR SELECT SELECTOR named('projects') CLAUSE col(name) IN lit(['a']) AND col(name) IN lit(['b'])",
    "POLICY narrow RESTRICTIVE FOR SELECT SELECTOR named('projects') CLAUSE col(name) IN lit(['a']) AND col(name) IN lit(['b'])",
    "POLICY narrow RESTRICTIVE FOR SELECT SELECTOR named('projects') CLAUSE col(name) LIKE lit('a_%')",
    "POLICY narrow RESTRICTIVE FOR SELECT SELECTOR named('projects') CLAUSE col(name) LIKE lit('b_%')",
    "",
];

const SCHEMA: [&str; 4] = [
    GRANTED,
    "CREATE TABLE tenants (id uuid PRIMARY KEY);\n\
     CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id), name text);\n\
     CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects (id));\n\
     CREATE TABLE plans (id uuid PRIMARY KEY);",
    "CREATE TABLE tenants (id uuid PRIMARY KEY);\n\n\
     CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid REFERENCES tenants (id), name text);\n\
     CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid REFERENCES projects (id));\n\
     CREATE POLICY hand ON projects USING (name = 'x');",
    "CREATE TABLE projects (id uuid PRIMARY KEY, name text);",
];

const CONFIG: [&str; 3] = [
    "version: 1\n",
    "version: 1\nrules: { coverage: off, tenant-isolation: warning }\n",
    "version: 1\nallow:\n  - { rule: subsumption, table: projects, reason: fine }\nisolation: [ { key: 1 } ]\n",
];

/// A text by its number, and one in ten times none.
fn pick<'t>(texts: &[&'t str], number: usize) -> Option<&'t str> {
    (number % 10 != 9).then(|| texts[number / 10 % texts.len()])
}

/// What is found, with what concerns order taken out: that is the reports' business.
fn normal(mut checked: Checked) -> Checked {
    let key = |finding: &Finding| {
        let place =
            finding.place.as_ref().map(|place| (place.file.clone(), place.range.start, place.range.end));
        (place, finding.rule, finding.message.clone())
    };
    checked.findings.sort_by_key(key);
    checked.accepted.sort_by_key(key);
    checked.open.sort_by_key(|obligation| obligation.hash);
    checked
}

#[test]
fn after_any_edits_it_is_found_what_a_fresh_start_finds() {
    let answers: RefCell<HashMap<ObligationHash, Outcome>> = RefCell::default();
    let cases = std::env::var("PGPE_LEDGER_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let mut runner = TestRunner::new(Cases { cases, failure_persistence: None, ..Cases::default() });
    let steps = proptest::collection::vec((0_usize..5, 0_usize..700), 12);
    let outcome = runner.run(&steps, |steps| {
        let mut host = Host::new();
        // What has arrived once is known from then on.
        let mut arrived: HashSet<ObligationHash> = HashSet::new();
        let mut files: BTreeMap<&str, (FileRole, &str)> = BTreeMap::from([
            ("a.policy", (FileRole::Policies, FIRST[0])),
            ("b.policy", (FileRole::Policies, SECOND[0])),
            ("schema.sql", (FileRole::Schema, SCHEMA[0])),
        ]);
        for (path, (role, text)) in &files {
            host.set_file(path, *role, text);
        }
        for (what, number) in steps {
            let (path, role, text) = match what {
                0 => ("a.policy", FileRole::Policies, pick(&FIRST, number)),
                1 => ("b.policy", FileRole::Policies, pick(&SECOND, number)),
                2 => ("schema.sql", FileRole::Schema, pick(&SCHEMA, number)),
                3 => ("pgpe.yaml", FileRole::Config, pick(&CONFIG, number)),
                // An editor opens the file, or closes it.
                _ => {
                    match (number % 2, files.get("a.policy")) {
                        (0, Some((_, text))) => host.set_saved("a.policy", Some(text)),
                        _ => host.set_as_saved("a.policy"),
                    }
                    continue;
                }
            };
            match text {
                Some(text) => {
                    host.set_file(path, role, text);
                    files.insert(path, (role, text));
                }
                None => {
                    host.remove_file(path);
                    files.remove(path);
                }
            }
            let mut fresh = Host::new();
            for (path, (role, text)) in &files {
                fresh.set_file(path, *role, text);
            }
            // Answers come in parts, as from solvers that are at work.
            for patience in [number as u8 % 4, 255] {
                loop {
                    let known = answers.borrow().clone();
                    let arrives = |hash: &&ObligationHash| hash.to_string().as_bytes()[0] % 4 <= patience;
                    arrived.extend(known.keys().filter(arrives));
                    let shown = |hash: &ObligationHash| arrived.contains(hash);
                    let outcome = |it: &Obligation| known.get(&it.hash).filter(|_| shown(&it.hash)).cloned();
                    let checked = normal(host.analysis().check(&outcome).unwrap());
                    let expected = normal(fresh.analysis().check(&outcome).unwrap());
                    proptest::prop_assert_eq!(&checked, &expected);
                    let open = checked.open.iter().filter(|open| !known.contains_key(&open.hash));
                    let open: Vec<&Obligation> = open.collect();
                    if open.is_empty() {
                        break;
                    }
                    for obligation in open {
                        let outcome = pgpe_prover::solve(obligation, Duration::from_secs(5));
                        answers.borrow_mut().insert(obligation.hash, outcome);
                    }
                }
            }
        }
        Ok(())
    });
    outcome.unwrap();
}
