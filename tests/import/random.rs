//! Random expressions: those that fit the language select the same rows on a server after import and
//! compilation, as they are written and as the server prints them.

use std::fmt::Write;

use pgpe_catalog::ddl::read_ddl;
use pgpe_catalog::{Command, ExistingPolicy, QualifiedName};
use pgpe_config::{Config, MissingSetting};
use pgpe_import::read_policy;
use pgpe_sqlgen::compile_clauses;
use postgres::Client;

use crate::postgres_server::Database;

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('low', 'mid', 'high');
    CREATE TABLE t (
        id int PRIMARY KEY, small smallint, big bigint, price numeric(8,2), name text, kind varchar(10),
        fixed char(3), flag boolean, feeling mood, own uuid, other int
    );
    CREATE TABLE u (id int PRIMARY KEY, t_id int, level int, kind varchar(10), flag boolean, own uuid);
";

const ROWS: &str = "
    INSERT INTO t SELECT i, NULLIF(i % 4, 3), NULLIF(i % 5, 4), NULLIF(i % 3, 2) + 0.5,
        (ARRAY['a', 'b', '', NULL, 'ab'])[1 + i % 5], (ARRAY['a', 'b', 'c', NULL])[1 + i % 4],
        (ARRAY['a', 'b ', NULL])[1 + i % 3], (ARRAY[true, false, NULL])[1 + (i / 2) % 3],
        (ARRAY['low', 'mid', 'high', NULL]::mood[])[1 + (i / 3) % 4],
        (ARRAY['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', NULL]::uuid[])[1 + (i / 5) % 3],
        NULLIF(i % 7, 6) FROM generate_series(0, 59) AS i;
    INSERT INTO u SELECT i, NULLIF(i * 7 % 40, 3), NULLIF(i % 4, 3), (ARRAY['a', 'b', NULL])[1 + i % 3],
        (ARRAY[true, false, NULL])[1 + (i / 2) % 3],
        (ARRAY['00000000-0000-0000-0000-000000000001', NULL]::uuid[])[1 + i % 2] FROM generate_series(0, 29) AS i;
";

/// Expressions per mode.
const COUNT: u64 = 1500;

/// Numbers in a fixed order, from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// A condition on `t`, or on `u` inside a sub-select.
    fn condition(&mut self, inside: bool, depth: usize) -> String {
        match self.below(if depth == 0 { 6 } else { 12 }) {
            0..=5 => self.atom(inside),
            6 | 7 => {
                format!("({} AND {})", self.condition(inside, depth - 1), self.condition(inside, depth - 1))
            }
            8 | 9 => {
                format!("({} OR {})", self.condition(inside, depth - 1), self.condition(inside, depth - 1))
            }
            10 => format!("NOT ({})", self.condition(inside, depth - 1)),
            _ if inside => self.atom(inside),
            _ => self.sub_select(depth - 1),
        }
    }

    fn sub_select(&mut self, depth: usize) -> String {
        let condition = self.condition(true, depth);
        match self.below(6) {
            0 => format!("t.id IN (SELECT t_id FROM u WHERE {condition})"),
            1 => format!("kind = ANY (SELECT u.kind FROM u WHERE u.t_id = t.id AND {condition})"),
            2 => format!("t.small < (SELECT level FROM u WHERE u.id = t.other AND {condition})"),
            3 => format!("1 <> (SELECT level FROM u WHERE u.id = t.other AND {condition})"),
            4 => "EXISTS (SELECT 1 FROM u x WHERE x.id = t.big AND x.kind = t.kind AND x.flag)".to_owned(),
            _ => format!("EXISTS (SELECT * FROM u WHERE t_id = t.id AND {condition})"),
        }
    }

    fn atom(&mut self, inside: bool) -> String {
        let op = self.pick(&["=", "<>", "<", "<=", ">", ">="]);
        let number = self.pick(&["0", "1", "2", "-1", "'1'", "1.5", "3::bigint", "NULL", "(2)::numeric"]);
        if inside {
            return match self.below(5) {
                0 => format!("level {op} {number}"),
                1 => self.pick(&["u.flag", "u.flag IS NOT FALSE", "t.flag", "u.flag IS NULL"]).to_owned(),
                2 => format!("u.kind {op} {}", self.text()),
                3 => format!("u.own = {}", self.uuid()),
                _ => format!("t.small {op} {number}"),
            };
        }
        match self.below(14) {
            0 => {
                format!("{} {op} {number}", self.pick(&["small", "big", "price", "t.other", "other::bigint"]))
            }
            1 => format!("{} {op} {}", self.pick(&["name", "t.kind", "fixed", "kind::text"]), self.text()),
            2 => self
                .pick(&["flag", "t.flag IS TRUE", "flag IS NOT TRUE", "flag IS FALSE", "flag = false"])
                .to_owned(),
            3 => format!(
                "feeling {op} {}",
                self.pick(&["'mid'", "'low'::mood", "'high'", "current_setting('app.mood')::mood"])
            ),
            4 => format!("own {op} {}", self.uuid()),
            5 => format!(
                "{} IS {}NULL",
                self.pick(&["name", "own", "small", "flag"]),
                self.pick(&["", "NOT "])
            ),
            6 => format!(
                "{} {}IN ({})",
                self.pick(&["name", "kind", "fixed"]),
                self.pick(&["", "NOT "]),
                self.pick(&["'a', 'b'", "'a', NULL", "'b'", "'a'::text, 'c'"])
            ),
            7 => format!(
                "{} {} (ARRAY[{}])",
                self.pick(&["small", "big", "other"]),
                self.pick(&["= ANY", "<> ALL"]),
                self.pick(&["1, 2", "0", "1, NULL"])
            ),
            8 => format!(
                "name {}LIKE {}",
                self.pick(&["", "NOT "]),
                self.pick(&["'a%'", "'_'", "'%b'", "''", "NULL"])
            ),
            9 => format!(
                "{} {op} {}",
                self.pick(&["small", "big", "id"]),
                self.pick(&["other", "price", "big", "t.small"])
            ),
            10 => format!(
                "other {}BETWEEN {} AND 4",
                self.pick(&["", "NOT "]),
                self.pick(&["1", "small", "NULL"])
            ),
            11 => format!("{} {op} {}", self.setting(), self.text()),
            12 => self.pick(&["true", "false", "NULL", "kind = name", "name > kind"]).to_owned(),
            _ => format!("(NULLIF(current_setting('app.own', true), ''))::uuid {op} own"),
        }
    }

    fn text(&mut self) -> &'static str {
        self.pick(&["'a'", "'b'::text", "''", "'c'::varchar", "'b '", "NULL", "current_setting('app.text')"])
    }

    fn uuid(&mut self) -> &'static str {
        self.pick(&[
            "'00000000-0000-0000-0000-000000000001'",
            "current_setting('app.own')::uuid",
            "(SELECT current_setting('app.own')::uuid)",
            "nullif(current_setting('app.own', true), '')::uuid",
        ])
    }

    fn setting(&mut self) -> &'static str {
        self.pick(&["current_setting('app.text')", "nullif(current_setting('app.text', true), '')"])
    }
}

/// The rows of `t` that a condition selects.
fn selected(client: &mut Client, condition: &str) -> Result<Vec<i32>, String> {
    let rows = client.query(&format!("SELECT id FROM t WHERE {condition} ORDER BY id"), &[]);
    rows.map(|rows| rows.iter().map(|row| row.get(0)).collect()).map_err(|error| format!("{error:?}"))
}

/// The condition as the server prints it.
fn printed(client: &mut Client, condition: &str) -> Result<String, String> {
    let create = format!("BEGIN; CREATE POLICY p ON t USING ({condition})");
    let result = client.batch_execute(&create).map_err(|error| format!("{error:?}")).map(|()| {
        client.batch_execute("SET LOCAL search_path = ''").unwrap();
        client.query_one("SELECT qual FROM pg_policies WHERE policyname = 'p'", &[]).unwrap().get(0)
    });
    client.batch_execute("ROLLBACK").unwrap();
    result
}

/// Imports and compiles a condition; `None` if it does not fit.
fn imported(condition: &str, config: &Config, catalog: &pgpe_catalog::Catalog) -> Option<String> {
    let table = QualifiedName::new("public", "t");
    let existing = ExistingPolicy {
        permissive: true,
        command: Some(Command::Select),
        roles: Vec::new(),
        using: Some(condition.to_owned()),
        check: None,
    };
    let policy = read_policy(&table, "p", &existing, catalog, config).ok()?.policy;
    Some(compile_clauses(&table, &policy.using, catalog, config.session))
}

#[test]
fn random_conditions_select_the_same_rows() {
    let catalog = read_ddl(SCHEMA).catalog;
    let database = Database::create();
    let mut client = database.connect();
    client.batch_execute(SCHEMA).unwrap();
    client.batch_execute(ROWS).unwrap();
    client
        .batch_execute(
            "SET app.own = '00000000-0000-0000-0000-000000000001'; SET app.text = 'b'; SET app.mood = 'mid'",
        )
        .unwrap();
    let mut wrong = String::new();
    for missing in [MissingSetting::Error, MissingSetting::Deny] {
        let mut config = Config::default();
        config.session.missing = missing;
        let (mut valid, mut fitting, mut fitting_printed, mut some) = (0, 0, 0, 0);
        for seed in 0..COUNT {
            let condition = Random(seed * 977 + 5).condition(false, 3);
            // What the server refuses is no policy.
            let Ok(printed) = printed(&mut client, &condition) else { continue };
            let Ok(expected) = selected(&mut client, &condition) else { continue };
            valid += 1;
            for (written, fits) in [(&condition, &mut fitting), (&printed, &mut fitting_printed)] {
                let Some(compiled) = imported(written, &config, &catalog) else { continue };
                *fits += 1;
                some += usize::from(!expected.is_empty() && expected.len() < 60);
                let found = selected(&mut client, &compiled);
                if found.as_ref() != Ok(&expected) {
                    writeln!(wrong, "{written}\n  compiled {compiled}\n  {found:?}\n  expected {expected:?}")
                        .unwrap();
                }
            }
        }
        println!(
            "{missing:?}: {valid} valid, {fitting} fit as written, {fitting_printed} as printed, {some} select a part"
        );
        assert!(fitting * 4 > valid && fitting_printed * 4 > valid && some * 4 > fitting, "too few fit");
    }
    assert!(wrong.is_empty(), "{wrong}");
}
