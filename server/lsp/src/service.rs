//! Around the framework's service: forgives `shutdown` its parameters and notes how the session ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tower_lsp::jsonrpc::{Request, Response};
use tower_service::Service;

/// How far the session has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lifecycle(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    shut_down: AtomicBool,
    exit: Notify,
}

impl Lifecycle {
    /// Whether the client has asked for `shutdown`.
    pub(crate) fn was_shut_down(&self) -> bool {
        self.0.shut_down.load(Ordering::SeqCst)
    }

    /// Resolves when the client has said `exit`.
    pub(crate) async fn exited(&self) {
        self.0.exit.notified().await;
    }
}

/// A service that is looked at while it works.
pub(crate) struct Watched<S> {
    inner: S,
    lifecycle: Lifecycle,
}

impl<S> Watched<S> {
    /// Reports to `lifecycle`.
    pub(crate) fn new(inner: S, lifecycle: Lifecycle) -> Watched<S> {
        Watched { inner, lifecycle }
    }
}

impl<S: Service<Request, Response = Option<Response>>> Service<Request> for Watched<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> S::Future {
        match request.method() {
            "shutdown" => {
                self.lifecycle.0.shut_down.store(true, Ordering::SeqCst);
                // Clients send `{}` or `[]`, and the framework refuses both.
                let (method, id, _) = request.into_parts();
                let bare = Request::build(method);
                return self.inner.call(match id {
                    Some(id) => bare.id(id).finish(),
                    None => bare.finish(),
                });
            }
            "exit" => self.lifecycle.0.exit.notify_one(),
            _ => {}
        }
        self.inner.call(request)
    }
}
