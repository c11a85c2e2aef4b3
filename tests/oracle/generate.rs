//! Makes cases at random.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::case::{
    Atom, Case, Column, Constraint, KeyKind, Policy, Row, SESSION_ROLES, SETTINGS, Session, Table, Ty,
};

/// The case of that index in the sequence that a seed stands for.
pub fn generate(seed: u64, index: u64) -> Case {
    let mut generator =
        Generator { random: StdRng::seed_from_u64(seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)) };
    generator.case(index)
}

struct Generator {
    random: StdRng,
}

/// What the tables of one case have in common.
struct Style {
    tenant: Ty,
    key: Ty,
    /// What the setting `user` is mostly compared with.
    user: Ty,
    /// Tables may traverse those that come before them here.
    order: Vec<usize>,
}

const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];

const EXTRAS: &[(&str, Ty)] = &[
    ("flag", Ty::Boolean),
    ("is_deleted", Ty::Boolean),
    ("deleted_at", Ty::Timestamptz),
    ("n", Ty::Integer),
    ("small", Ty::SmallInt),
    ("big", Ty::BigInt),
    ("label", Ty::Text),
    ("role", Ty::Varchar),
    ("code", Ty::Char),
    ("tag", Ty::Citext),
    ("mood", Ty::Mood),
    ("amount", Ty::Numeric),
    ("at", Ty::Timestamptz),
    ("day", Ty::Date),
    ("owner", Ty::Uuid),
];

impl Generator {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.random_range(0..bound)
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn case(&mut self, index: u64) -> Case {
        let count = if self.chance(60) { 2 } else { 3 };
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            let other = self.below(at + 1);
            order.swap(at, other);
        }
        let tenants =
            [Ty::Uuid, Ty::Uuid, Ty::Uuid, Ty::Text, Ty::Text, Ty::Integer, Ty::Citext, Ty::Varchar];
        let keys = [Ty::Uuid, Ty::Integer, Ty::Text, Ty::Uuid, Ty::Integer, Ty::Citext];
        let (tenant, key) = (self.pick(&tenants), self.pick(&keys));
        let user = if self.chance(50) { key } else { self.pick(EXTRAS).1 };
        let style = Style { tenant, key, user, order };
        let mut tables = Vec::new();
        for at in 0..count {
            let table = self.table(at, &tables, &style);
            tables.push(table);
        }
        let policies = self.policies(&tables, &style);
        let mut case = Case {
            index,
            deny_missing: self.chance(35),
            initplan: self.chance(25),
            separate_roles: self.chance(10),
            tables,
            policies,
            rows: Vec::new(),
            new_rows: Vec::new(),
            updates: Vec::new(),
            sessions: Vec::new(),
        };
        for table in 0..count {
            for _ in 0..self.random.random_range(2..=5) {
                let row = self.row(&case, table);
                case.rows.push(row);
            }
        }
        for table in 0..count {
            for _ in 0..self.random.random_range(2..=4) {
                let row = self.row(&case, table);
                case.new_rows.push(row);
            }
        }
        self.updates(&mut case);
        case.sessions = self.sessions(&case, &style);
        case
    }

    fn table(&mut self, at: usize, before: &[Table], style: &Style) -> Table {
        let mut table = Table { name: NAMES[at].to_owned(), columns: Vec::new(), constraints: Vec::new() };
        let kinds = [
            KeyKind::Primary,
            KeyKind::Primary,
            KeyKind::Primary,
            KeyKind::Unique,
            KeyKind::PrimaryDeferrable,
            KeyKind::UniqueDeferrable,
            KeyKind::Partial,
            KeyKind::Index,
        ];
        let kind = self.pick(&kinds);
        let not_null = matches!(kind, KeyKind::Primary | KeyKind::PrimaryDeferrable) || self.chance(40);
        table.columns.push(Column { name: "id".to_owned(), ty: style.key, not_null });
        table.constraints.push(Constraint::Key { columns: vec!["id".to_owned()], kind });
        if self.chance(65) {
            let not_null = self.chance(60);
            let ty = if self.chance(95) { style.tenant } else { Ty::Text };
            table.columns.push(Column { name: "tenant_id".to_owned(), ty, not_null });
            if self.chance(30) {
                let columns = vec!["tenant_id".to_owned(), "id".to_owned()];
                table.constraints.push(Constraint::Key { columns, kind: KeyKind::Unique });
            }
            if let Some(first) = before.first()
                && first.column("tenant_id").is_none()
                && first.columns[0].ty == ty
                && is_referable(first, &["id"])
                && self.chance(40)
            {
                table.constraints.push(Constraint::ForeignKey {
                    columns: vec!["tenant_id".to_owned()],
                    target: first.name.clone(),
                    target_columns: vec!["id".to_owned()],
                });
            }
        }
        if at > 0 && self.chance(85) {
            let target = before[self.below(at)].clone();
            self.reference(&mut table, &target);
        }
        for _ in 0..self.random.random_range(1..=3) {
            let (name, ty) = self.pick(EXTRAS);
            if table.column(name).is_none() {
                let not_null = self.chance(35);
                table.columns.push(Column { name: name.to_owned(), ty, not_null });
                if self.chance(12) {
                    let kinds = [KeyKind::Unique, KeyKind::UniqueDeferrable, KeyKind::Partial];
                    let kind = self.pick(&kinds);
                    table.constraints.push(Constraint::Key { columns: vec![name.to_owned()], kind });
                }
            }
        }
        table
    }

    /// A column that refers to another table, perhaps by a foreign key.
    fn reference(&mut self, table: &mut Table, target: &Table) {
        let name = format!("{}_id", target.name);
        let not_null = self.chance(55);
        table.columns.push(Column { name: name.clone(), ty: target.columns[0].ty, not_null });
        let tenant = |table: &Table| table.column("tenant_id").map(|column| column.ty);
        let composite = tenant(table).is_some()
            && tenant(table) == tenant(target)
            && is_referable(target, &["tenant_id", "id"]);
        if composite && self.chance(50) {
            table.constraints.push(Constraint::ForeignKey {
                columns: vec!["tenant_id".to_owned(), name],
                target: target.name.clone(),
                target_columns: vec!["tenant_id".to_owned(), "id".to_owned()],
            });
        } else if is_referable(target, &["id"]) && self.chance(80) {
            table.constraints.push(Constraint::ForeignKey {
                columns: vec![name],
                target: target.name.clone(),
                target_columns: vec!["id".to_owned()],
            });
        }
    }

    fn policies(&mut self, tables: &[Table], style: &Style) -> Vec<Policy> {
        let focus = style.order[style.order.len() - 1];
        let count = self.random.random_range(1..=4);
        let mut policies = Vec::new();
        for at in 0..count {
            let on = if at == 0 || self.chance(60) { focus } else { self.below(tables.len()) };
            let policy = self.policy(at, on, tables, style);
            policies.push(policy);
        }
        policies
    }

    fn policy(&mut self, at: usize, on: usize, tables: &[Table], style: &Style) -> Policy {
        const ALL: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
        let commands = match self.below(10) {
            0..=4 => vec!["ALL"],
            5..=7 => vec![self.pick(&ALL)],
            _ => {
                let chosen: Vec<&str> =
                    ALL.into_iter().filter(|_| self.random.random_range(0..2) == 0).collect();
                if chosen.is_empty() { vec!["SELECT"] } else { chosen }
            }
        };
        let reads = commands.iter().any(|command| matches!(*command, "ALL" | "SELECT"));
        let writes = commands.iter().any(|command| matches!(*command, "ALL" | "INSERT" | "UPDATE"));
        let roles = match self.below(10) {
            0 => vec!["o_a"],
            1 => vec!["o_b", "o_m"],
            2 => vec![self.pick(&["o_a", "o_b", "o_m", "public"])],
            _ => Vec::new(),
        };
        let tenant = tables[on].column("tenant_id").is_some();
        let by_tenant = tenant && self.chance(20);
        let selector = if by_tenant {
            "has_column('tenant_id')".to_owned()
        } else {
            format!("named('{}')", tables[on].name)
        };
        let using = if by_tenant {
            vec![vec![Atom::Plain("col('tenant_id') = session('tenant')".to_owned())]]
        } else {
            self.clauses(on, tables, style, !reads)
        };
        let check =
            (writes && !by_tenant && self.chance(20)).then(|| self.clauses(on, tables, style, !reads));
        Policy {
            name: format!("p{at}"),
            restrictive: self.chance(25),
            commands,
            roles,
            selector,
            using,
            check,
        }
    }

    fn clauses(
        &mut self,
        on: usize,
        tables: &[Table],
        style: &Style,
        may_reach_itself: bool,
    ) -> Vec<Vec<Atom>> {
        let count = if self.chance(65) { 1 } else { self.random.random_range(2..=3) };
        (0..count).map(|_| self.clause(on, tables, style, 0, may_reach_itself)).collect()
    }

    fn clause(
        &mut self,
        on: usize,
        tables: &[Table],
        style: &Style,
        depth: usize,
        may_reach_itself: bool,
    ) -> Vec<Atom> {
        if let Some(close) = self.close_conditions(&tables[on], style) {
            return close.into_iter().map(Atom::Plain).collect();
        }
        let count = if self.chance(55) { 1 } else { self.random.random_range(2..=3) };
        (0..count).map(|_| self.atom(on, tables, style, depth, may_reach_itself)).collect()
    }

    /// Now and then, conditions that speak of the same value, so that they meet where a proof needs them to.
    fn close_conditions(&mut self, table: &Table, style: &Style) -> Option<Vec<String>> {
        if self.chance(8) {
            let column = table.columns[self.below(table.columns.len())].clone();
            let mut compared = || {
                let op = self.pick(&["=", "=", "!=", "<", "<=", ">", ">="]);
                match self.below(3) {
                    0 if column.ty == style.user => format!("col('{}') {op} session('user')", column.name),
                    _ => format!("col('{}') {op} lit({})", column.name, self.pick(column.ty.literals())),
                }
            };
            return Some(vec![compared(), compared()]);
        }
        if self.chance(4) && table.column("tenant_id").is_some() {
            let op = self.pick(&["=", "=", "!="]);
            let both = SETTINGS.map(|key| format!("col('tenant_id') = session('{key}')"));
            let mut conditions = both.to_vec();
            if self.chance(50) {
                conditions[1] = format!("col('tenant_id') {op} session('user')");
            }
            return Some(conditions);
        }
        None
    }

    fn atom(
        &mut self,
        on: usize,
        tables: &[Table],
        style: &Style,
        depth: usize,
        may_reach_itself: bool,
    ) -> Atom {
        if depth < 2 && self.chance(if depth == 0 { 22 } else { 15 }) {
            let position = style.order.iter().position(|table| *table == on).unwrap_or(0);
            let mut targets: Vec<usize> = style.order[..position].to_vec();
            if depth == 0 && may_reach_itself && self.chance(40) {
                targets = vec![on];
            }
            if !targets.is_empty() {
                let target = self.pick(&targets);
                if let Some(exists) = self.exists(on, target, tables, style, depth) {
                    return exists;
                }
            }
        }
        Atom::Plain(self.condition(&tables[on], style))
    }

    fn exists(
        &mut self,
        on: usize,
        target: usize,
        tables: &[Table],
        style: &Style,
        depth: usize,
    ) -> Option<Atom> {
        let (outer, inner) = (&tables[on], &tables[target]);
        let mut pairs = Vec::new();
        for from in &outer.columns {
            for to in &inner.columns {
                if from.ty.compares_with(to.ty) {
                    pairs.push((from.name.clone(), to.name.clone()));
                }
            }
        }
        let along: Vec<(String, String)> = pairs
            .iter()
            .filter(|(from, to)| {
                to == "id" && (*from == format!("{}_id", inner.name) || from == "id" && on == target)
                    || from == "id" && *to == format!("{}_id", outer.name)
            })
            .cloned()
            .collect();
        if pairs.is_empty() {
            return None;
        }
        if let [(from, to), ..] = along.as_slice()
            && inner.column("tenant_id").is_some()
            && self.chance(25)
        {
            let own = Atom::Plain("col('tenant_id') = session('tenant')".to_owned());
            return Some(Atom::Exists {
                rel: format!("rel(_, {from}, {}, {to})", inner.name),
                inner: vec![own],
            });
        }
        let pairs = if !along.is_empty() && self.chance(80) { along } else { pairs };
        let mut links = vec![pairs[self.below(pairs.len())].clone()];
        let both_have_tenants = outer.column("tenant_id").map(|column| column.ty)
            == inner.column("tenant_id").map(|column| column.ty)
            && outer.column("tenant_id").is_some();
        if both_have_tenants && self.chance(25) && links[0].0 != "tenant_id" && links[0].1 != "tenant_id" {
            links.insert(0, ("tenant_id".to_owned(), "tenant_id".to_owned()));
        }
        let list = |columns: Vec<&String>| match columns.as_slice() {
            [one] => (*one).clone(),
            several => {
                format!("({})", several.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))
            }
        };
        let from = list(links.iter().map(|(from, _)| from).collect());
        let to = list(links.iter().map(|(_, to)| to).collect());
        let rel = format!("rel(_, {from}, {}, {to})", inner.name);
        Some(Atom::Exists { rel, inner: self.clause(target, tables, style, depth + 1, false) })
    }

    fn condition(&mut self, table: &Table, style: &Style) -> String {
        if table.column("tenant_id").is_some() && self.chance(40) {
            return "col('tenant_id') = session('tenant')".to_owned();
        }
        let column = table.columns[self.below(table.columns.len())].clone();
        let name = &column.name;
        let op = self.pick(&["=", "=", "=", "!=", "<", "<=", ">", ">="]);
        match self.below(12) {
            0..=2 => format!("col('{name}') {op} lit({})", self.pick(column.ty.literals())),
            3..=4 => self.compared_with_setting(table, &column, op, style),
            5 => {
                let others: Vec<&Column> =
                    table.columns.iter().filter(|other| other.ty.compares_with(column.ty)).collect();
                format!("col('{name}') {op} col('{}')", others[self.below(others.len())].name)
            }
            6..=7 => {
                let count = self.random.random_range(1..=3);
                let mut list: Vec<&str> = (0..count).map(|_| self.pick(column.ty.literals())).collect();
                if self.chance(6) {
                    list.push("null");
                }
                let op = if self.chance(50) { "IN" } else { "NOT IN" };
                format!("col('{name}') {op} lit([{}])", list.join(", "))
            }
            8 if column.ty.is_text() => {
                let op = if self.chance(60) { "LIKE" } else { "NOT LIKE" };
                format!("col('{name}') {op} lit('{}')", self.pick(&["a%", "%b", "_", "%", "a", "\\%"]))
            }
            9 => match self.below(4) {
                0 => format!("session('{}') IS NULL", self.pick(&SETTINGS)),
                1 => format!("session('{}') IS NOT NULL", self.pick(&SETTINGS)),
                2 => format!("session('{}') = lit({})", self.pick(&SETTINGS), self.pick(Ty::Text.literals())),
                _ => {
                    format!("session('{}') != lit({})", self.pick(&SETTINGS), self.pick(Ty::Text.literals()))
                }
            },
            10 if self.chance(50) => format!("col('{name}') {op} session('tenant')"),
            _ => format!("col('{name}') IS {}NULL", if self.chance(50) { "NOT " } else { "" }),
        }
    }

    /// A comparison with a setting, mostly in the type that the setting is compared in elsewhere too: one that has
    /// to be read as two types is an error in nearly every session.
    fn compared_with_setting(&mut self, table: &Table, column: &Column, op: &str, style: &Style) -> String {
        let key = self.pick(&SETTINGS);
        let usual = if key == SETTINGS[0] { style.tenant } else { style.user };
        let alike: Vec<&Column> = table.columns.iter().filter(|other| other.ty == usual).collect();
        let name = match alike.as_slice() {
            [] => &column.name,
            _ if self.chance(15) => &column.name,
            alike => &alike[self.below(alike.len())].name,
        };
        format!("col('{name}') {op} session('{key}')")
    }

    fn row(&mut self, case: &Case, table: usize) -> Row {
        let described = &case.tables[table];
        let mut values: Vec<Option<String>> = described
            .columns
            .iter()
            .map(|column| {
                if !column.not_null && self.chance(18) {
                    return None;
                }
                Some(self.pick(column.ty.values()).to_owned())
            })
            .collect();
        // References mostly lead somewhere.
        for constraint in &described.constraints {
            let Constraint::ForeignKey { columns, target, target_columns } = constraint else { continue };
            let Some(target_at) = case.tables.iter().position(|table| table.name == *target) else {
                continue;
            };
            let candidates: Vec<&Row> = case.rows_of(target_at).map(|(_, row)| row).collect();
            if candidates.is_empty() || self.chance(10) {
                continue;
            }
            let chosen = candidates[self.below(candidates.len())];
            for (column, target_column) in columns.iter().zip(target_columns) {
                let from = described.columns.iter().position(|known| known.name == *column);
                let to = case.tables[target_at].columns.iter().position(|known| known.name == *target_column);
                if let (Some(from), Some(to)) = (from, to)
                    && chosen.values[to].is_some()
                {
                    values[from].clone_from(&chosen.values[to]);
                }
            }
        }
        Row { table, values }
    }

    /// Rows that change in one column or in all but their id.
    fn updates(&mut self, case: &mut Case) {
        for old in 0..case.rows.len() {
            if !self.chance(45) {
                continue;
            }
            let Row { table, values } = case.rows[old].clone();
            let other = self.row(case, table);
            let mut values = values;
            if self.chance(60) {
                let at = self.below(values.len());
                values[at].clone_from(&other.values[at]);
            } else {
                values[1..].clone_from_slice(&other.values[1..]);
            }
            case.updates.push((old, Row { table, values }));
        }
    }

    /// Every tenant in several roles, and odd ones.
    fn sessions(&mut self, case: &Case, style: &Style) -> Vec<Session> {
        let users: Vec<Ty> =
            case.tables.iter().flat_map(|table| &table.columns).map(|column| column.ty).collect();
        let names_roles = case.policies.iter().any(|policy| !policy.roles.is_empty()) || case.separate_roles;
        let first = self.below(2);
        let mut sessions = Vec::new();
        for at in 0..7 {
            let role = if names_roles { self.pick(SESSION_ROLES).0 } else { "o_none" };
            let tenants = style.tenant.settings();
            let tenant = if at < 3 { tenants[at] } else { self.pick(tenants) };
            let user = match self.below(10) {
                0..=4 => self.pick(style.user.settings()),
                5..=6 => self.pick(tenants),
                _ => {
                    let ty = self.pick(&users);
                    self.pick(ty.settings())
                }
            };
            let mut settings = [Some(tenant.to_owned()), Some(user.to_owned())];
            // A setting that was set once never is missing again: the same one is always missing first.
            if at >= 3 && self.chance(20) {
                settings[1 - first] = None;
                if self.chance(40) {
                    settings[first] = None;
                }
            }
            sessions.push(Session { role, settings });
        }
        sessions.sort_by_key(|session| session.settings.iter().flatten().count());
        sessions.dedup();
        sessions
    }
}

/// Whether a foreign key may refer to these columns.
fn is_referable(table: &Table, wanted: &[&str]) -> bool {
    table.constraints.iter().any(|constraint| {
        matches!(constraint, Constraint::Key { columns, kind } if kind.is_referable() && columns == wanted)
    })
}
