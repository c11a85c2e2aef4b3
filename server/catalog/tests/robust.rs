//! No text may panic the reader, nor make it slow.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use pgpe_catalog::ddl::{SchemaRead, read_ddl};

const HANDWRITTEN: &str = include_str!("data/handwritten.sql");
const DUMP: &str = include_str!("data/dump.sql");

/// Reads, and looks at all positions.
fn read(text: &str) -> SchemaRead {
    let read = read_ddl(text);
    let sources = &read.sources;
    let ranges = sources.relations.values().chain(sources.columns.values()).chain(sources.policies.values());
    for range in ranges.chain(read.skipped.iter().map(|skipped| &skipped.range)) {
        let slice = text.get(range.start as usize..range.end as usize);
        assert!(slice.is_some(), "{range:?} is no slice of the text");
    }
    read
}

/// A small generator of numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// The statements of a text, roughly.
fn statements(text: &str) -> Vec<&str> {
    text.split_inclusive(";\n").collect()
}

#[test]
fn every_prefix_can_be_read() {
    // All prefixes of each statement, and some of the whole.
    for text in [HANDWRITTEN, DUMP] {
        for statement in statements(text) {
            for (at, _) in statement.char_indices().filter(|(at, _)| at % 3 == 0) {
                read(&statement[..at]);
            }
        }
        for (at, _) in text.char_indices().step_by(997) {
            read(&text[..at]);
        }
    }
}

#[test]
fn mutations_can_be_read() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let scraps = [
        "'",
        "\"",
        "$$",
        "(",
        ")",
        ";",
        ",",
        "--",
        "/*",
        "*/",
        "\\",
        "é",
        "\0",
        ".",
        "CREATE ",
        "TABLE ",
        " NULL ",
        " DEFAULT ",
        "[",
        "::",
        " ON ",
        " USING ",
        "E'",
        "U&\"",
        "1e",
        " CASCADE",
        " ALL ",
        " PARTITION OF ",
    ];
    let all: Vec<&str> = statements(HANDWRITTEN).into_iter().chain(statements(DUMP)).collect();
    let rounds = if cfg!(debug_assertions) { 4_000 } else { 100_000 };
    for _ in 0..rounds {
        let mut text: String = (0..1 + random.below(3)).map(|_| all[random.below(all.len())]).collect();
        for _ in 0..1 + random.below(4) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let at = places.get(random.below(places.len())).copied().unwrap_or(0);
            let end = places.iter().copied().find(|&end| end >= at + random.below(12)).unwrap_or(text.len());
            match random.below(3) {
                0 => text.insert_str(at, scraps[random.below(scraps.len())]),
                1 => text.replace_range(at..end.max(at), ""),
                _ => {
                    let piece = text[at..end.max(at)].to_owned();
                    let to = places.get(random.below(places.len())).copied().unwrap_or(0);
                    text.insert_str(to, &piece);
                }
            }
        }
        read(&text);
    }
}

#[test]
fn odd_texts_can_be_read() {
    for text in [
        "",
        " ",
        ";",
        "\0",
        "\u{feff}CREATE TABLE a ();",
        "\\",
        "'",
        "$",
        "$$",
        "$a",
        "--",
        "/*",
        "é;é",
        "(((",
        ")))",
    ] {
        read(text);
    }
    let windows =
        "CREATE TABLE a (\r\n  id int -- x\r\n);\r\nCOPY a FROM stdin;\r\n1\r\n\\.\r\nCREATE TABLE b ();\r\n";
    assert_eq!(read(windows).catalog.relations.len(), 2);
    assert_eq!(read("\u{feff}CREATE TABLE a ();").catalog.relations.len(), 1);
}

/// A schema of that many tables, as pg_dump would print it.
fn big_dump(tables: usize) -> String {
    use std::fmt::Write;
    let mut text = String::from("SELECT pg_catalog.set_config('search_path', '', false);\n");
    for table in 0..tables {
        writeln!(
            text,
            "CREATE TABLE public.t{table} (\n    id bigint NOT NULL,\n    tenant_id uuid NOT NULL,"
        )
        .unwrap();
        for column in 0..12 {
            writeln!(text, "    column_{column} character varying(80) DEFAULT 'x'::character varying,")
                .unwrap();
        }
        writeln!(text, "    parent_id bigint,\n    CONSTRAINT c{table} CHECK ((id > 0))\n);").unwrap();
        writeln!(text, "ALTER TABLE public.t{table} OWNER TO app;").unwrap();
    }
    for table in 0..tables {
        writeln!(
            text,
            "ALTER TABLE ONLY public.t{table}\n    ADD CONSTRAINT t{table}_pkey PRIMARY KEY (id);"
        )
        .unwrap();
        writeln!(text, "CREATE INDEX i{table} ON public.t{table} USING btree (tenant_id);").unwrap();
        writeln!(text, "ALTER TABLE public.t{table} ENABLE ROW LEVEL SECURITY;").unwrap();
        writeln!(
            text,
            "CREATE POLICY p ON public.t{table} USING ((tenant_id = (current_setting('app.t'::text))::uuid));"
        )
        .unwrap();
    }
    for table in 1..tables {
        writeln!(
            text,
            "ALTER TABLE ONLY public.t{table}\n    ADD CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES public.t{}(id);",
            table - 1
        )
        .unwrap();
        writeln!(text, "GRANT SELECT ON TABLE public.t{table} TO app_user;").unwrap();
    }
    text
}

/// How long it took, and what was read.
fn timed(text: &str) -> (Duration, SchemaRead) {
    let start = Instant::now();
    let read = read(text);
    (start.elapsed(), read)
}

#[test]
fn a_thousand_tables_are_read_quickly() {
    let text = big_dump(1_000);
    let (took, read) = timed(&text);
    println!("{} bytes in {took:?}", text.len());
    assert_eq!((read.catalog.relations.len(), read.skipped.len()), (1_000, 0));
    // A third of a second on an idle machine.
    let limit = if cfg!(debug_assertions) { 20 } else { 2 };
    assert!(took < Duration::from_secs(limit), "{took:?}");
}

#[test]
fn long_texts_that_are_wrong_take_no_longer() {
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 3 });
    for (name, text) in [
        ("quotes", "'\"$a$ /* \n".repeat(100_000)),
        ("parentheses", "(;\n".repeat(300_000)),
        ("statements", "CREATE TABLE a (id int;\n".repeat(10_000)),
        ("copies", "COPY t FROM stdin;\n".repeat(30_000)),
        ("commands", "\\echo x\n".repeat(200_000)),
        ("unknown tables", "ALTER TABLE x ADD COLUMN y int;\n".repeat(20_000)),
        ("one word", "a".repeat(3_000_000)),
        ("dollars", "$a".repeat(500_000)),
        ("zeros", "\0".repeat(1_000_000)),
    ] {
        let (took, _) = timed(&text);
        println!("{name}: {took:?}");
        assert!(took < limit, "{name}: {took:?}");
    }
}
