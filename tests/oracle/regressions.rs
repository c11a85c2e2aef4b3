//! Cases on which the voices once disagreed, made small. None may again.

use crate::case::{Atom, Case, Column, Constraint, KeyKind, Policy, Row, Session, Table, Ty};

/// What each is about, and the case.
pub fn regressions() -> Vec<(&'static str, Case)> {
    vec![
        ("a condition that is NULL hides the error of another", null_hides_an_error()),
        ("what may be true hides an error", undetermined_hides_an_error()),
        ("a counterexample's instant can be written", far_away_instants()),
        ("a counterexample's text fits into its column", long_texts()),
    ]
}

/// A case of one table `alpha`. Index by which the names of its settings differ from other cases'.
fn case(index: u64, columns: &[(&str, Ty)], policies: Vec<Policy>) -> Case {
    let columns =
        columns.iter().map(|(name, ty)| Column { name: (*name).to_owned(), ty: *ty, not_null: false });
    Case {
        index,
        deny_missing: false,
        initplan: false,
        separate_roles: false,
        tables: vec![Table { name: "alpha".to_owned(), columns: columns.collect(), constraints: Vec::new() }],
        policies,
        rows: Vec::new(),
        new_rows: Vec::new(),
        updates: Vec::new(),
        sessions: Vec::new(),
    }
}

/// A permissive policy for all commands, its clauses of plain conditions.
fn permissive(name: &str, table: &str, clauses: &[&[&str]]) -> Policy {
    let clause = |atoms: &&[&str]| atoms.iter().map(|atom| Atom::Plain((*atom).to_owned())).collect();
    Policy {
        name: name.to_owned(),
        restrictive: false,
        commands: vec!["ALL"],
        roles: Vec::new(),
        selector: format!("named('{table}')"),
        using: clauses.iter().map(clause).collect(),
        check: None,
    }
}

fn row(table: usize, values: &[Option<&str>]) -> Row {
    Row { table, values: values.iter().map(|value| value.map(str::to_owned)).collect() }
}

fn session(tenant: Option<&str>, user: Option<&str>) -> Session {
    Session { role: "o_none", settings: [tenant.map(str::to_owned), user.map(str::to_owned)] }
}

fn null_hides_an_error() -> Case {
    let policy = permissive("p", "alpha", &[&["col('id') > lit(0)", "col('n') = session('user')"]]);
    let mut case = case(1, &[("id", Ty::Integer), ("n", Ty::Integer)], vec![policy]);
    case.new_rows = vec![row(0, &[None, Some("1")])];
    case.sessions = vec![session(Some("a"), Some("x"))];
    case
}

fn undetermined_hides_an_error() -> Case {
    let own = "col('tenant_id') = session('tenant')";
    let policies = vec![
        permissive("p", "alpha", &[&[own], &["col('label') != lit('b')"]]),
        permissive("q", "alpha", &[&[own]]),
    ];
    let mut case = case(2, &[("label", Ty::Text), ("tenant_id", Ty::Text)], policies);
    case.rows = vec![row(0, &[Some("a"), Some("a")])];
    case.new_rows = case.rows.clone();
    case.sessions = vec![session(None, None)];
    case
}

fn far_away_instants() -> Case {
    let policy = permissive(
        "p",
        "alpha",
        &[&["col('at') != lit('2026-01-01 00:00:00+00')", "col('day') < col('due')"]],
    );
    case(3, &[("at", Ty::Timestamptz), ("day", Ty::Date), ("due", Ty::Date)], vec![policy])
}

/// A uuid's text is longer than what the column holds.
fn long_texts() -> Case {
    let mut traversal = permissive("p", "beta", &[&[]]);
    traversal.restrictive = true;
    traversal.using = vec![vec![Atom::Exists {
        rel: "rel(_, alpha_id, alpha, id)".to_owned(),
        inner: vec![Atom::Plain("col('tenant_id') = session('tenant')".to_owned())],
    }]];
    let policies = vec![traversal, permissive("q", "beta", &[&["col('alpha_id') = session('tenant')"]])];
    let mut case = case(4, &[("id", Ty::Uuid), ("tenant_id", Ty::Varchar)], policies);
    case.tables[0].constraints =
        vec![Constraint::Key { columns: vec!["id".to_owned()], kind: KeyKind::Primary }];
    case.tables[0].columns[0].not_null = true;
    let columns = vec![Column { name: "alpha_id".to_owned(), ty: Ty::Uuid, not_null: false }];
    case.tables.push(Table { name: "beta".to_owned(), columns, constraints: Vec::new() });
    case
}
