//! A session's settings and a policy's literals are compared with columns of each type as the type compares them.

use postgres::Client;

use crate::example::{CLEAN, Example, column, create_role, execute};

/// A type, and values of it.
struct Case {
    table: &'static str,
    ty: &'static str,
    /// An owner's value, and how the owner's session spells it.
    owner: (&'static str, &'static str),
    other: &'static str,
    /// A value that the policy asks for, as a literal of the language and as one of SQL; and another.
    kind: (&'static str, &'static str),
    other_kind: &'static str,
}

const CASES: &[Case] = &[
    Case {
        table: "uuids",
        ty: "uuid",
        owner: ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}"),
        other: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12",
        kind: ("'00000000-0000-0000-0000-00000000000F'", "00000000-0000-0000-0000-00000000000f"),
        other_kind: "00000000-0000-0000-0000-00000000000e",
    },
    Case {
        table: "integers",
        ty: "integer",
        owner: ("5", " +05 "),
        other: "-5",
        kind: ("-7", "-7"),
        other_kind: "7",
    },
    Case {
        table: "bigints",
        ty: "bigint",
        owner: ("-9223372036854775808", "-09223372036854775808"),
        other: "9223372036854775807",
        kind: ("9223372036854775807", "9223372036854775807"),
        other_kind: "9223372036854775806",
    },
    Case {
        table: "booleans",
        ty: "boolean",
        owner: ("true", "yes"),
        other: "false",
        kind: ("false", "false"),
        other_kind: "true",
    },
    Case {
        table: "timestamps",
        ty: "timestamp",
        owner: ("2024-02-29 12:00:00", "2024-02-29T12:00"),
        other: "2024-02-29 12:00:01",
        kind: ("'2024-02-29 00:00:00'", "2024-02-29"),
        other_kind: "2024-02-28",
    },
    Case {
        table: "instants",
        ty: "timestamptz",
        owner: ("2024-02-29 12:00:00+00", "2024-02-29 14:00:00+02"),
        other: "2024-02-29 12:00:00+02",
        kind: ("'2024-02-29 12:00:00+01'", "2024-02-29 11:00:00+00"),
        other_kind: "2024-02-29 12:00:00+00",
    },
    Case {
        table: "moods",
        ty: "\"My Types\".\"Mood\"",
        owner: ("so so", "so so"),
        other: "it's",
        kind: ("'it''s'", "it's"),
        other_kind: "so so",
    },
    Case {
        table: "codes",
        ty: "\"My Types\".code",
        owner: ("abc", "abc"),
        other: "ABC",
        kind: ("'x\\y'", "x\\y"),
        other_kind: "xy",
    },
    Case {
        table: "keys",
        ty: "\"My Types\".key",
        owner: ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
        other: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12",
        kind: ("'00000000-0000-0000-0000-00000000000F'", "00000000-0000-0000-0000-00000000000f"),
        other_kind: "00000000-0000-0000-0000-00000000000e",
    },
    Case {
        table: "varchars",
        ty: "varchar(20)",
        owner: ("acme", "acme"),
        other: "Acme",
        kind: ("'a b '", "a b "),
        other_kind: "a b",
    },
    Case {
        table: "folded",
        ty: "\"My Extensions\".citext",
        owner: ("Acme", "aCME"),
        other: "acme inc",
        kind: ("'OPEN'", "open"),
        other_kind: "closed",
    },
];

const TYPES: &str = r#"
    CREATE SCHEMA "My Extensions";
    CREATE EXTENSION citext SCHEMA "My Extensions";
    CREATE SCHEMA "My Types";
    CREATE TYPE "My Types"."Mood" AS ENUM ('so so', 'it''s');
    CREATE DOMAIN "My Types".code AS varchar(10) CHECK (VALUE <> '');
    CREATE DOMAIN "My Types".key AS uuid;
"#;

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

impl Case {
    fn schema(&self) -> String {
        let Case { table, ty, .. } = self;
        format!("CREATE TABLE public.{table} (id int, owner {ty} NOT NULL, kind {ty} NOT NULL);\n")
    }

    fn policies(&self) -> String {
        let (table, kind) = (self.table, self.kind.0);
        format!(
            "POLICY own_{table} PERMISSIVE FOR ALL SELECTOR named('{table}')
               CLAUSE col(owner) = session('app.{table}')
             POLICY kind_{table} RESTRICTIVE FOR ALL SELECTOR named('{table}')
               CLAUSE col(kind) = lit({kind}) AND col(kind) IN lit([{kind}])\n"
        )
    }

    fn insert(&self, id: i32, owner: &str, kind: &str) -> String {
        let (table, owner, kind) = (self.table, quoted(owner), quoted(kind));
        format!("INSERT INTO public.{table} VALUES ({id}, {owner}, {kind})")
    }

    /// Of each combination of values, a row.
    fn rows(&self) -> String {
        let (owner, kind) = (self.owner.0, self.kind.1);
        let rows = [
            self.insert(1, owner, kind),
            self.insert(2, self.other, kind),
            self.insert(3, owner, self.other_kind),
            self.insert(4, self.other, self.other_kind),
        ];
        rows.join(";\n") + ";\n"
    }

    fn enter(&self, client: &mut Client, setting: &str) {
        execute(client, &format!("SET app.{} = {}", self.table, quoted(setting)));
    }

    fn ids(&self, client: &mut Client) -> Vec<String> {
        column(client, &format!("SELECT id FROM public.{} ORDER BY id", self.table))
    }
}

#[track_caller]
fn refused(client: &mut Client, sql: &str) {
    let error = client.batch_execute(sql).expect_err(sql);
    let message = error.as_db_error().map(|error| error.message()).unwrap_or_default().to_owned();
    assert!(message.contains("row-level security"), "{message}\n{sql}");
}

#[test]
fn settings_and_literals_are_compared_as_the_column_s_type() {
    let schema: String = CASES.iter().map(Case::schema).collect();
    let policies: String = CASES.iter().map(Case::policies).collect();
    let example = Example::new(&format!("{TYPES}{schema}"), &policies).applied();
    assert_eq!(example.pgpe(&["monitor", "--target", "dev"]).exits(0).out, CLEAN);
    let app = create_role(&example, "app");
    let rows: String = CASES.iter().map(Case::rows).collect();
    example.sql(&format!("{rows} GRANT ALL ON ALL TABLES IN SCHEMA public TO {app}"));
    // Where types and operators are found is not left to the session's search_path.
    let mut client = example.database.connect_as(&app);
    execute(&mut client, "SET search_path = ''; SET TimeZone = 'Asia/Tokyo'");
    for case in CASES {
        let table = case.table;
        case.enter(&mut client, case.owner.0);
        assert_eq!(case.ids(&mut client), ["1"], "{table}");
        case.enter(&mut client, case.owner.1);
        assert_eq!(case.ids(&mut client), ["1"], "{table}");
        refused(&mut client, &case.insert(5, case.other, case.kind.1));
        refused(&mut client, &case.insert(5, case.owner.0, case.other_kind));
        execute(&mut client, &case.insert(5, case.owner.0, case.kind.1));
        case.enter(&mut client, case.other);
        assert_eq!(case.ids(&mut client), ["2"], "{table}");
        let changed = client.execute(&format!("DELETE FROM public.{table} WHERE id > 0"), &[]).unwrap();
        assert_eq!(changed, 1, "{table}");
    }
}
