//! Stands between the client and the server, and does harm at a chosen message.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What happens at the chosen message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The connection ends, and the server does not get the message.
    CutBefore,
    /// The server gets the message, and its answer is lost with the connection.
    CutAfter,
    /// As before, and no other connection is let through.
    CutForGood,
    /// Whoever runs the client is told, before the server gets the message.
    TellBefore,
    /// Whoever runs the client is told, once the server has answered.
    TellAfter,
}

/// A proxy for one run of the client.
pub struct Proxy {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    server: u16,
    /// Statements are counted from the first `LOCK TABLE` on, which is the first.
    at: usize,
    seen: usize,
    harm: Harm,
    tell: Box<dyn FnMut() + Send>,
    /// The message at which it happened.
    happened: Option<String>,
    closed: bool,
}

impl Proxy {
    /// Does the harm at that message.
    pub fn start(server: u16, at: usize, harm: Harm, tell: impl FnMut() + Send + 'static) -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State { server, at, seen: 0, harm, tell: Box::new(tell), happened: None, closed: false };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), state) = (client, Arc::clone(&shared)) else { return };
                thread::spawn(move || serve(client, &state));
            }
        });
        Proxy { port, state }
    }

    /// The message at which the harm was done; `None` if there was none so far.
    pub fn happened(&self) -> Option<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).happened.clone()
    }
}

fn serve(mut client: TcpStream, state: &Arc<Mutex<State>>) {
    let server = {
        let state = state.lock().unwrap();
        if state.closed { None } else { TcpStream::connect(("127.0.0.1", state.server)).ok() }
    };
    let Some(mut server) = server else { return };
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let _ = forward(&mut client, &mut server, state);
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

/// Message by message.
fn forward(client: &mut TcpStream, server: &mut TcpStream, state: &Arc<Mutex<State>>) -> std::io::Result<()> {
    let startup = read_message(client, false)?;
    server.write_all(&startup)?;
    loop {
        let message = read_message(client, true)?;
        let mut state = state.lock().unwrap();
        let text = String::from_utf8_lossy(message.get(5..).unwrap_or_default()).into_owned();
        // What is sent with parameters only reads.
        let counts = message.first() == Some(&b'Q');
        if counts && (state.seen > 0 || text.starts_with("LOCK TABLE")) {
            state.seen += 1;
        }
        if !counts || state.seen != state.at || state.happened.is_some() {
            drop(state);
            server.write_all(&message)?;
            continue;
        }
        state.happened = Some(text.trim_end_matches('\0').to_owned());
        match state.harm {
            Harm::CutBefore => return Ok(()),
            Harm::CutAfter | Harm::CutForGood => {
                state.closed = state.harm == Harm::CutForGood;
                // No answer reaches the client, though the server works on.
                client.shutdown(Shutdown::Both)?;
                server.write_all(&message)?;
                thread::sleep(Duration::from_millis(100));
                return Ok(());
            }
            Harm::TellBefore => {
                (state.tell)();
                return Ok(());
            }
            Harm::TellAfter => {
                server.write_all(&message)?;
                thread::sleep(Duration::from_millis(50));
                (state.tell)();
                drop(state);
            }
        }
    }
}

/// The first message of a connection has no type before its length.
fn read_message(stream: &mut TcpStream, typed: bool) -> std::io::Result<Vec<u8>> {
    let mut message = vec![0; if typed { 5 } else { 4 }];
    stream.read_exact(&mut message)?;
    let length = u32::from_be_bytes(message[message.len() - 4..].try_into().unwrap()) as usize;
    let head = message.len();
    message.resize(head + length - 4, 0);
    stream.read_exact(&mut message[head..])?;
    Ok(message)
}
