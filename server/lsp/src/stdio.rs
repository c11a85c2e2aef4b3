//! Standard input, read by a thread of its own: the runtime could not end while a read of its own is blocked.

use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::{mpsc, oneshot};

/// What has arrived on standard input.
pub(crate) struct Input {
    chunks: mpsc::Receiver<Vec<u8>>,
    current: Vec<u8>,
    consumed: usize,
}

/// Starts reading. The second value resolves when the input has ended.
pub(crate) fn input() -> std::io::Result<(Input, oneshot::Receiver<()>)> {
    let (send, chunks) = mpsc::channel::<Vec<u8>>(16);
    let (ended, input_ended) = oneshot::channel();
    std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match stdin.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(length) => {
                    let chunk = buffer.get(..length).unwrap_or_default().to_vec();
                    if send.blocking_send(chunk).is_err() {
                        break;
                    }
                }
            }
        }
        drop(send);
        let _ = ended.send(());
    })?;
    Ok((Input { chunks, current: Vec::new(), consumed: 0 }, input_ended))
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.consumed >= self.current.len() {
            match ready!(self.chunks.poll_recv(context)) {
                Some(chunk) => {
                    self.current = chunk;
                    self.consumed = 0;
                }
                // Nothing put into the buffer means the end.
                None => return Poll::Ready(Ok(())),
            }
        }
        let rest = self.current.get(self.consumed..).unwrap_or_default();
        let length = rest.len().min(buffer.remaining());
        buffer.put_slice(rest.get(..length).unwrap_or_default());
        self.consumed += length;
        Poll::Ready(Ok(()))
    }
}
