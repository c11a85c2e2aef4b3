//! What a session sees that lacks a setting, for each way of compiling settings.

use pgpe_catalog::BaseType;
use pgpe_config::{MissingSetting, Session};
use postgres::Client;

use crate::build::*;
use crate::server::{Database, unique_name};
use crate::{column as query, error_code, run};

const SELECT: &str = "SELECT id FROM public.t ORDER BY id";
const OWN: &str = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

/// A session that has never had the setting, under the policy `c = session('app.k')`.
fn fresh_session(base: BaseType, session: Session) -> Client {
    let database = Database::create();
    let mut client = database.connect();
    let app = unique_name("app");
    let ty = plain(base.clone());
    let name = public("t");
    let policy = policy("p", one(equal(column("c", &ty), setting("app.k"))));
    let compiled = pgpe_sqlgen::compile_policy(&name, &policy, &catalog(), session);
    run(
        &mut client,
        &format!(
            "CREATE TABLE public.t (id int, c {}); INSERT INTO public.t VALUES (1, '{OWN}'), \
             (2, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'), (3, NULL); \
             CREATE ROLE {app} LOGIN; GRANT SELECT ON public.t TO {app}; \
             ALTER TABLE public.t ENABLE ROW LEVEL SECURITY; {}",
            base.sql_name(),
            compiled[0].statement
        ),
    );
    if base == BaseType::Text {
        // A row that belongs to the empty text.
        run(&mut client, "INSERT INTO public.t VALUES (4, '')");
    }
    database.connect_as(&app)
}

fn variants(missing: MissingSetting) -> [Session; 2] {
    [false, true].map(|initplan| Session { missing, initplan })
}

#[test]
fn a_setting_selects_its_rows_in_every_variant() {
    for missing in [MissingSetting::Error, MissingSetting::Deny] {
        for session in variants(missing) {
            for base in [BaseType::Text, BaseType::Uuid] {
                let mut client = fresh_session(base, session);
                run(&mut client, &format!("SET app.k = '{OWN}'"));
                assert_eq!(query(&mut client, SELECT), ["1"], "{session:?}");
            }
        }
    }
}

#[test]
fn error_reports_a_missing_setting() {
    for session in variants(MissingSetting::Error) {
        let mut client = fresh_session(BaseType::Uuid, session);
        assert_eq!(error_code(&mut client, SELECT), "42704");
        // PostgreSQL resets a custom setting to the empty text, which is no uuid.
        run(&mut client, &format!("BEGIN; SET LOCAL app.k = '{OWN}'; COMMIT"));
        assert_eq!(error_code(&mut client, SELECT), "22P02");
        let mut client = fresh_session(BaseType::Text, session);
        run(&mut client, &format!("BEGIN; SET LOCAL app.k = '{OWN}'; COMMIT"));
        assert_eq!(query(&mut client, SELECT), ["4"]);
    }
}

#[test]
fn deny_shows_no_rows_without_a_setting() {
    for session in variants(MissingSetting::Deny) {
        for base in [BaseType::Text, BaseType::Uuid] {
            let mut client = fresh_session(base, session);
            assert!(query(&mut client, SELECT).is_empty());
            run(&mut client, &format!("BEGIN; SET LOCAL app.k = '{OWN}'; COMMIT"));
            assert!(query(&mut client, SELECT).is_empty());
            run(&mut client, &format!("SET app.k = '{OWN}'; RESET app.k"));
            assert!(query(&mut client, SELECT).is_empty());
        }
    }
}

#[test]
fn initplan_evaluates_the_setting_once() {
    for missing in [MissingSetting::Error, MissingSetting::Deny] {
        for [initplan, expected] in [[false; 2], [true; 2]] {
            let mut client = fresh_session(BaseType::Uuid, Session { missing, initplan });
            run(&mut client, &format!("SET app.k = '{OWN}'"));
            let plan = query(&mut client, &format!("EXPLAIN {SELECT}")).join("\n");
            assert_eq!(plan.contains("InitPlan"), expected, "{plan}");
        }
    }
}
