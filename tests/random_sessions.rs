//! Random sessions: whatever clients send, the server answers, lives on, stays small, and ends up saying what a server
//! says that is started on the same texts.
//!
//! Two sessions run, one that is pushed to and one that asks for diagnostics. `PGPE_SESSION_MESSAGES` says how many
//! messages they send together, 3,000 by itself; `PGPE_SESSION_SEED` repeats a session.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/lsp_client.rs"]
#[allow(dead_code)]
mod lsp_client;
#[path = "support/processes.rs"]
#[allow(dead_code)]
mod processes;
#[path = "random_sessions/session.rs"]
mod session;
#[path = "random_sessions/texts.rs"]
mod texts;

use session::Session;

/// The most memory that a server may hold, in MiB, at the end. One that is started on the same projects holds some 45,
/// and after 50,000 messages it is 48. The rest is for what it keeps by intention: all verdicts of the session, and the
/// last form of each file that was there. Did it keep a text per edit, that would be hundreds.
const MAX_MEMORY: u64 = 150;

/// How often what a server says is compared with what one says that is started afresh; in short sessions less often.
const COMPARISONS: u64 = 50;

/// After so many messages, everything that the server offers was asked for and answered.
const ENOUGH_FOR_ALL: u64 = 10_000;

#[test]
fn a_client_that_is_pushed_to() {
    run(false);
}

#[test]
fn a_client_that_asks_for_diagnostics() {
    run(true);
}

fn run(pulls: bool) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("PGPE_SESSION_SEED").unwrap_or_else(|| rand::random_range(0..1_000_000));
    let messages = number("PGPE_SESSION_MESSAGES").unwrap_or(3_000) / 2;
    println!("PGPE_SESSION_SEED={seed}, {messages} messages, asks for diagnostics: {pulls}");
    let started = std::time::Instant::now();
    let mut session = Session::start(seed, pulls);
    let between = (messages / COMPARISONS).max(500);
    for message in 1..=messages {
        session.step();
        if message % between == 0 {
            session.compare_with_a_fresh_start();
        }
    }
    session.answer_all();
    let memory = session.size();
    session.restore_some();
    session.compare_with_a_fresh_start();
    println!("{:?}, {memory} MiB at the end, {}", started.elapsed(), session.summary());
    if messages >= ENOUGH_FOR_ALL {
        assert_eq!(session.never_answered(), [] as [&str; 0], "seed {seed}");
    }
    assert!(memory <= MAX_MEMORY, "{memory} MiB at the end");
}
