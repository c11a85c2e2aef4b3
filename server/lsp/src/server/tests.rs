//! How questions end.

use std::str::FromStr;
use std::sync::Arc;

use crossbeam_channel::{Receiver, unbounded};
use pgpe_ide::{Cancellable, Cancelled, FileRole, Host};
use tower_lsp::jsonrpc::{ErrorCode, Result};
use tower_lsp::ls_types::Uri;

use super::Backend;
use crate::keys::{FileKey, Names};
use crate::snapshot::Snapshot;
use crate::state::Event;

fn snapshot() -> Snapshot {
    let mut host = Host::new();
    host.set_file("a.policy", FileRole::Policies, "POLICY");
    let key = FileKey::Other("a".to_owned());
    Snapshot {
        analysis: host.analysis(),
        names: Names::Single { name: "a.policy".to_owned(), key },
        open: Arc::default(),
        verdicts: Arc::default(),
        drift: Arc::default(),
        conversions: Arc::default(),
        tokens: Arc::default(),
        proofs: Default::default(),
        settings: Arc::default(),
        client: Arc::default(),
    }
}

/// Answers questions as the state thread does.
fn answer(events: Receiver<Event>, known: bool) {
    std::thread::spawn(move || {
        for event in events {
            if let Event::Read { run, .. } = event {
                run(known.then(|| (snapshot(), "a.policy".to_owned())));
            }
        }
    });
}

fn ask(known: bool, handle: fn(&Snapshot, &str, u32) -> Cancellable<Option<u32>>) -> Result<Option<u32>> {
    let (send, events) = unbounded();
    answer(events, known);
    let backend = Backend::new(send);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let uri = Uri::from_str("file:///a.policy").unwrap();
        let first = backend.read(&uri, 7, handle).await;
        // Whatever became of it, the next one is answered.
        let next = backend.read(&uri, 8, |_, _, number| Ok(Some(number))).await;
        assert_eq!(next, Ok(known.then_some(8)));
        first
    })
}

#[test]
fn an_answer_is_passed_on() {
    assert_eq!(ask(true, |_, _, number| Ok(Some(number))), Ok(Some(7)));
}

#[test]
fn an_unknown_file_has_no_answer() {
    assert_eq!(ask(false, |_, _, number| Ok(Some(number))), Ok(None));
}

#[test]
fn a_question_that_an_edit_overtook_says_so() {
    let error = ask(true, |_, _, _| Err(Cancelled)).unwrap_err();
    assert_eq!(error.code, ErrorCode::ContentModified);
}

#[test]
fn a_panic_is_an_error_of_one_question() {
    let error = ask(true, |_, _, _| panic!("on purpose")).unwrap_err();
    assert_eq!(error.code, ErrorCode::InternalError);
}
