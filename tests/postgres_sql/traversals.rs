//! Traversals with real rows: each reference means the table that the policy means.

use std::collections::{BTreeMap, BTreeSet};

use pgpe_catalog::QualifiedName;
use pgpe_policy::resolved::{Atom, Conjunction, Operand};
use postgres::Client;

use crate::build::*;
use crate::random::Random;
use crate::server::{Database, unique_name};
use crate::{column as query, compile, run};

/// Groups of tables whose names and aliases could be taken for each other.
fn families() -> [Vec<QualifiedName>; 3] {
    // Of the greatest length: a suffix would be cut off.
    let longest = "t".repeat(63);
    let with_suffix = format!("{}_1", "t".repeat(61));
    [
        ["tasks", "tasks_1", "tasks_2"].map(public).into(),
        vec![public("tasks"), public("Tasks"), QualifiedName::new("archive", "tasks"), public("tasks_1")],
        vec![public(&longest), public(&with_suffix)],
    ]
}

/// A row: (id, parent_id, tag).
type Row = [String; 3];
type Rows = BTreeMap<QualifiedName, Vec<Row>>;

const COLUMNS: [&str; 3] = ["id", "parent_id", "tag"];

fn create(client: &mut Client, random: &mut Random) -> Rows {
    run(client, "DROP SCHEMA IF EXISTS archive CASCADE; DROP SCHEMA public CASCADE");
    run(client, "CREATE SCHEMA public; CREATE SCHEMA archive");
    let mut rows = Rows::new();
    for table in families().into_iter().flatten().collect::<BTreeSet<_>>() {
        let name = pgpe_sqlgen::quote_qualified(&table);
        run(client, &format!("CREATE TABLE {name} (id text, parent_id text, tag text)"));
        let content: Vec<Row> = (0..4).map(|_| [(); 3].map(|()| random.below(3).to_string())).collect();
        for [id, parent, tag] in &content {
            run(client, &format!("INSERT INTO {name} VALUES ('{id}', '{parent}', '{tag}')"));
        }
        rows.insert(table, content);
    }
    rows
}

fn random_clause(random: &mut Random, tables: &[QualifiedName], depth: usize) -> Conjunction {
    let count = 1 + random.below(2);
    let atom = |random: &mut Random| {
        if depth == 0 || random.below(4) == 0 {
            return equal(
                column(random.choose::<&str>(&COLUMNS), &text()),
                literal(&random.below(3).to_string()),
            );
        }
        let target = random.choose(tables).clone();
        let link = (*random.choose::<&str>(&COLUMNS), *random.choose::<&str>(&COLUMNS));
        let condition = random_clause(random, tables, depth - 1);
        exists(&target, link, &text(), condition.atoms)
    };
    clause((0..count).map(|_| atom(random)).collect::<Vec<_>>())
}

fn value<'r>(row: &'r Row, name: &str) -> &'r str {
    COLUMNS.iter().position(|column| *column == name).map_or("", |index| &row[index])
}

/// What the clause means.
fn holds(clause: &Conjunction, row: &Row, rows: &Rows) -> bool {
    clause.atoms.iter().all(|atom| match atom {
        Atom::Compare { left: Operand::Column { name, .. }, right, .. } => {
            *right == literal(value(row, name))
        }
        Atom::Exists(traversal) => rows[&traversal.target].iter().any(|inner| {
            traversal.links.iter().all(|link| value(inner, &link.inner) == value(row, &link.outer))
                && holds(&traversal.condition, inner, rows)
        }),
        other => panic!("no such atom is made: {other:?}"),
    })
}

#[test]
fn no_reference_is_captured() {
    let database = Database::create();
    let mut client = database.connect();
    let mut random = Random(8);
    let mut passed = 0;
    let mut rows = Rows::new();
    for round in 0..400 {
        if round % 20 == 0 {
            rows = create(&mut client, &mut random);
        }
        let families = families();
        let tables = random.choose(&families);
        let governed = random.choose(tables).clone();
        let clause = random_clause(&mut random, tables, 4);
        let clauses = pgpe_policy::resolved::Disjunction { clauses: vec![clause.clone()] };
        let compiled = compile(&governed, &policy("p", clauses));
        // PostgreSQL refuses to run a policy that reads its own table; its expression can be run.
        run(&mut client, &format!("SET search_path = ''; {}", compiled[0].statement));
        let stored = query(&mut client, "SELECT qual FROM pg_policies").concat();
        let table = pgpe_sqlgen::quote_qualified(&governed);
        let mut expected: Vec<String> = rows[&governed]
            .iter()
            .filter(|row| holds(&clause, row, &rows))
            .map(|row| row.join(","))
            .collect();
        expected.sort();
        passed += expected.len();
        for condition in [compiled[0].using.as_deref().unwrap(), &stored] {
            let sql = format!(
                "SELECT concat_ws(',', id, parent_id, tag) AS r FROM {table} WHERE {condition} ORDER BY r"
            );
            assert_eq!(query(&mut client, &sql), expected, "{sql}");
        }
        let name = pgpe_sqlgen::quote_identifier(&compiled[0].name);
        run(&mut client, &format!("DROP POLICY {name} ON {table}"));
    }
    assert!(passed > 100, "only {passed} rows passed: the test tests nothing");
}

/// A policy for writing that traverses the governed table itself works as a policy, too.
#[test]
fn a_policy_reaches_its_own_table() {
    let database = Database::create();
    let mut client = database.connect();
    let app = unique_name("app");
    run(
        &mut client,
        &format!(
            "CREATE TABLE public.tree (id text, parent_id text, tag text); \
             INSERT INTO public.tree VALUES ('1', NULL, 'mine'), ('2', NULL, 'theirs'); \
             CREATE ROLE {app}; GRANT ALL ON public.tree TO {app}; \
             ALTER TABLE public.tree ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY readable ON public.tree FOR SELECT USING (true)"
        ),
    );
    let tree = public("tree");
    let parent_is_mine = equal(column("tag", &text()), setting("app.k"));
    let mut policy = policy("child", one(exists(&tree, ("parent_id", "id"), &text(), [parent_is_mine])));
    policy.commands = [pgpe_catalog::Command::Insert].into_iter().collect();
    run(&mut client, &compile(&tree, &policy)[0].statement);
    run(&mut client, &format!("SET ROLE {app}; SET app.k = 'mine'"));
    run(&mut client, "INSERT INTO public.tree VALUES ('3', '1', 'x')");
    let refused = crate::error_code(&mut client, "INSERT INTO public.tree VALUES ('4', '2', 'mine')");
    assert_eq!(refused, "42501");
}
