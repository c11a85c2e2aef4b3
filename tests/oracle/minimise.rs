//! Makes a case that shows a disagreement as small as it gets.

use crate::case::{Atom, Case, Constraint};

/// Takes away whatever can go while `shows` holds.
pub fn minimise(case: Case, shows: impl Fn(&Case) -> bool) -> Case {
    let mut smallest = case;
    loop {
        let smaller = candidates(&smallest).into_iter().find(|candidate| shows(candidate));
        match smaller {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

fn candidates(case: &Case) -> Vec<Case> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut candidate = case.clone();
        change(&mut candidate);
        if candidate != *case {
            found.push(candidate);
        }
    };
    for at in 0..case.policies.len() {
        with(&|case| drop(case.policies.remove(at)));
    }
    for at in (0..case.tables.len()).rev() {
        with(&|case| remove_table(case, at));
    }
    with(&|case| case.sessions.truncate(case.sessions.len() / 2));
    with(&|case| drop(case.sessions.drain(..case.sessions.len() / 2)));
    with(&|case| case.updates.clear());
    with(&|case| case.new_rows.clear());
    for at in 0..case.sessions.len() {
        with(&|case| drop(case.sessions.remove(at)));
    }
    for at in 0..case.updates.len() {
        with(&|case| drop(case.updates.remove(at)));
    }
    for at in 0..case.new_rows.len() {
        with(&|case| drop(case.new_rows.remove(at)));
    }
    for at in 0..case.rows.len() {
        with(&|case| remove_row(case, at));
    }
    with(&|case| case.initplan = false);
    with(&|case| case.deny_missing = false);
    with(&|case| case.separate_roles = false);
    for policy in 0..case.policies.len() {
        with(&|case| case.policies[policy].check = None);
        with(&|case| case.policies[policy].roles.clear());
        for at in 0..case.policies[policy].commands.len() {
            with(&|case| {
                if case.policies[policy].commands.len() > 1 {
                    case.policies[policy].commands.remove(at);
                }
            });
        }
        for check in [false, true] {
            let clauses = |case: &Case| case.policies[policy].clauses(check).map_or(0, Vec::len);
            for clause in 0..clauses(case) {
                with(&|case| remove_one(case.policies[policy].clauses_mut(check), clause));
                let atoms = case.policies[policy].clauses(check).map_or(0, |clauses| clauses[clause].len());
                for atom in 0..atoms {
                    with(&|case| {
                        if let Some(clauses) = case.policies[policy].clauses_mut(check) {
                            remove_one(Some(&mut clauses[clause]), atom);
                        }
                    });
                    with(&|case| {
                        if let Some(clauses) = case.policies[policy].clauses_mut(check) {
                            simplify(&mut clauses[clause][atom]);
                        }
                    });
                }
            }
        }
    }
    for table in 0..case.tables.len() {
        for at in 0..case.tables[table].constraints.len() {
            with(&|case| drop(case.tables[table].constraints.remove(at)));
        }
        for at in 1..case.tables[table].columns.len() {
            with(&|case| remove_column(case, table, at));
        }
    }
    found
}

/// Leaves at least one.
fn remove_one<T>(list: Option<&mut Vec<T>>, at: usize) {
    if let Some(list) = list
        && list.len() > 1
    {
        list.remove(at);
    }
}

/// Takes the first condition out of a traversal that has several.
fn simplify(atom: &mut Atom) {
    if let Atom::Exists { inner, .. } = atom {
        if inner.len() > 1 {
            inner.remove(0);
        } else {
            simplify(&mut inner[0]);
        }
    }
}

fn remove_row(case: &mut Case, at: usize) {
    case.rows.remove(at);
    case.updates.retain(|(old, _)| *old != at);
    for (old, _) in &mut case.updates {
        if *old > at {
            *old -= 1;
        }
    }
}

fn remove_table(case: &mut Case, table: usize) {
    let name = case.tables[table].name.clone();
    let refers = |constraint: &Constraint| matches!(constraint, Constraint::ForeignKey { target, .. } if *target == name);
    if case.tables.len() == 1 || case.tables.iter().any(|table| table.constraints.iter().any(refers)) {
        return;
    }
    while let Some(row) = case.rows.iter().position(|row| row.table == table) {
        remove_row(case, row);
    }
    case.new_rows.retain(|row| row.table != table);
    case.tables.remove(table);
    let rows =
        case.rows.iter_mut().chain(&mut case.new_rows).chain(case.updates.iter_mut().map(|(_, row)| row));
    for row in rows.filter(|row| row.table > table) {
        row.table -= 1;
    }
}

fn remove_column(case: &mut Case, table: usize, at: usize) {
    let name = case.tables[table].columns[at].name.clone();
    let mut constraints = case.tables.iter().flat_map(|table| &table.constraints);
    let is_used = |constraint: &Constraint| match constraint {
        Constraint::Key { columns, .. } => columns.contains(&name),
        Constraint::ForeignKey { columns, target_columns, .. } => {
            columns.contains(&name) || target_columns.contains(&name)
        }
    };
    if constraints.any(is_used) {
        return;
    }
    case.tables[table].columns.remove(at);
    let rows =
        case.rows.iter_mut().chain(&mut case.new_rows).chain(case.updates.iter_mut().map(|(_, row)| row));
    for row in rows.filter(|row| row.table == table) {
        row.values.remove(at);
    }
}
