//! One report that has something of everything.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part of these helpers")]

use std::collections::BTreeMap;
use std::ops::Range;

use pgpe_config::{Rule, Severity};
use pgpe_report::{
    Assumption, CommandVerdicts, Counterexample, Edit, Finding, Fix, Place, Related, Report, SessionState,
    TableVerdicts, Verdict, Witness,
};

pub type Texts = BTreeMap<String, String>;

pub const POLICY_FILE: &str = "policies/support.policy";
const POLICY: &str = "POLICY support_reads\n  PERMISSIVE\n  FOR SELECT\n  TO support\n  SELECTOR named('users')\n  \
                      CLAUSE col('id') IS NOT NULL\n";

/// Multi-byte characters before what is marked, and CRLF.
pub const WIDE_FILE: &str = "policies/größe 100%,a:b.policy";
const WIDE: &str = "-- größe 😀\r\nPOLICY p PERMISSIVE /* ä😀 */ FOR ALL SELECTOR named('täglich')\r\n  CLAUSE col('größe') = lit('ü')\r\n  OR CLAUSE\r\n    col('größe') = lit('ü')\r\n";

const SCHEMA: &str = "CREATE TABLE public.users (\n  id uuid PRIMARY KEY,\n  tenant_id uuid NOT NULL\n);\n";

pub fn texts() -> Texts {
    let text = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    [text(POLICY_FILE, POLICY), text(WIDE_FILE, WIDE), text("schema.sql", SCHEMA)].into()
}

fn find(file: &str, needle: &str, nth: usize) -> Range<u32> {
    let text = &texts()[file];
    let start = text.match_indices(needle).nth(nth).unwrap().0 as u32;
    start..start + needle.len() as u32
}

fn place(file: &str, needle: &str, nth: usize) -> Place {
    Place { file: file.to_owned(), range: find(file, needle, nth) }
}

fn row(columns: &[(&str, &str)]) -> BTreeMap<String, String> {
    columns.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub fn counterexample() -> Counterexample {
    let session = |role: Option<&str>, tenant: &str| SessionState {
        role: role.map(str::to_owned),
        settings: row(&[("app.tenant_id", tenant)]),
        functions: BTreeMap::new(),
    };
    Counterexample {
        sessions: vec![
            session(Some("support"), "'00000000-0000-0000-0000-000000000001'"),
            session(None, "'00000000-0000-0000-0000-000000000002'"),
        ],
        row: row(&[
            ("id", "'00000000-0000-0000-0000-00000000000a'"),
            ("tenant_id", "'00000000-0000-0000-0000-000000000002'"),
        ]),
        witnesses: vec![Witness {
            table: "public.projects".to_owned(),
            row: row(&[("id", "7"), ("größe", "'<&>'")]),
        }],
        policies: vec!["support_reads, clause 1".to_owned(), "tenant_isolation, clause 1".to_owned()],
    }
}

pub fn report() -> Report {
    let mut leak =
        Finding::new(Rule::TenantIsolation, "a session reads another tenant's rows of public.users")
            .at(POLICY_FILE, find(POLICY_FILE, "col('id') IS NOT NULL", 0));
    leak.policy = Some("support_reads".to_owned());
    leak.table = Some("public.users".to_owned());
    leak.command = Some("SELECT".to_owned());
    leak.related = vec![
        Related {
            place: place("schema.sql", "tenant_id", 0),
            message: "this column says whose a row is".to_owned(),
        },
        Related {
            place: place(POLICY_FILE, "support_reads", 0),
            message: "only holders of support".to_owned(),
        },
    ];
    leak.counterexample = Some(counterexample());

    let mut covered = Finding::new(Rule::Subsumption, "this clause is covered by the first clause")
        .at(WIDE_FILE, find(WIDE_FILE, "col('größe') = lit('ü')", 1));
    covered.policy = Some("p".to_owned());
    covered.help = Some("remove it".to_owned());
    covered.unnecessary = true;
    covered.related = vec![Related {
        place: place(WIDE_FILE, "col('größe') = lit('ü')", 0),
        message: "covered by this".to_owned(),
    }];
    covered.fixes = vec![Fix {
        title: "Remove the clause".to_owned(),
        edits: vec![Edit {
            place: place(WIDE_FILE, "\r\n  OR CLAUSE\r\n    col('größe') = lit('ü')", 0),
            text: String::new(),
        }],
    }];

    let mut name = Finding::new(Rule::UnknownTable, "there is no table \u{1b}[31mtäglich")
        .at(WIDE_FILE, find(WIDE_FILE, "'täglich'", 0));
    name.severity = Severity::Info;

    let mut no_schema =
        Finding::new(Rule::NoSchema, "no schema is known: 100% of the checks\nthat need one did not run");
    no_schema.help = Some("give `schema: { file: … }` in pgpe.yaml".to_owned());

    let gone = Finding::new(Rule::DuplicatePolicy, "two policies are named p").at("gone.policy", 3..9);

    Report::new(vec![no_schema, covered, leak, gone, name], vec![users(), config()])
}

fn users() -> TableVerdicts {
    let command = |contradiction, isolation, support: Option<Verdict>| CommandVerdicts {
        verdicts: [(Rule::Contradiction, contradiction), (Rule::TenantIsolation, isolation)].into(),
        by_role: support
            .map(|verdict| ("support".to_owned(), [(Rule::TenantIsolation, verdict)].into()))
            .into_iter()
            .collect(),
        assumptions: match isolation {
            Verdict::Proven => [(
                Rule::TenantIsolation,
                [
                    Assumption::TrustedSetting { setting: "app.tenant_id".to_owned() },
                    Assumption::UniqueKey {
                        table: "public.projects".to_owned(),
                        columns: vec!["id".to_owned()],
                    },
                    Assumption::NoBypassRls,
                ]
                .into(),
            )]
            .into(),
            _ => BTreeMap::new(),
        },
    };
    TableVerdicts {
        schema: "public".to_owned(),
        table: "users".to_owned(),
        policies: vec!["tenant_isolation".to_owned(), "support_reads".to_owned()],
        commands: [
            ("SELECT".to_owned(), command(Verdict::Proven, Verdict::Failed, Some(Verdict::Failed))),
            ("INSERT".to_owned(), command(Verdict::Proven, Verdict::Proven, None)),
            ("UPDATE".to_owned(), command(Verdict::Proven, Verdict::Unknown, None)),
            ("DELETE".to_owned(), command(Verdict::Denied, Verdict::Denied, None)),
        ]
        .into_iter()
        .collect(),
        notes: vec!["UPDATE: the solver ran out of time".to_owned()],
    }
}

fn config() -> TableVerdicts {
    let command = CommandVerdicts {
        verdicts: [(Rule::TenantIsolation, Verdict::Exempt)].into(),
        ..CommandVerdicts::default()
    };
    TableVerdicts {
        schema: "public".to_owned(),
        table: "config".to_owned(),
        policies: vec!["readable".to_owned()],
        commands: [("SELECT".to_owned(), command), ("INSERT".to_owned(), CommandVerdicts::default())]
            .into_iter()
            .collect(),
        notes: vec!["exempt: global settings".to_owned()],
    }
}
