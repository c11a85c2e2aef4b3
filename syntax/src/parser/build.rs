//! Turns the parser's events and all tokens, blanks included, into a tree. Blanks
//! and comments before a node stay outside it, so that a node's range is tight.

use rowan::{GreenNode, GreenNodeBuilder, TextSize};

use super::Event;
use crate::{SyntaxKind, lexer::Token};

pub(super) fn build(text: &str, tokens: &[Token], mut events: Vec<Event>) -> GreenNode {
    let mut sink =
        Sink { text, tokens, position: 0, offset: TextSize::new(0), builder: GreenNodeBuilder::new() };
    sink.builder.start_node(raw(SyntaxKind::POLICY_SET));
    let mut opening = Vec::new();
    for index in 0..events.len() {
        match events[index] {
            Event::Start { .. } => {
                // Nodes wrapped around this one later open first, outermost before all.
                let mut next = Some(index);
                while let Some(at) = next {
                    let Some(Event::Start { kind, parent }) = events.get_mut(at) else { break };
                    opening.extend(kind.take());
                    next = parent.take();
                }
                if !opening.is_empty() {
                    sink.trivia();
                }
                for kind in opening.drain(..).rev() {
                    sink.builder.start_node(raw(kind));
                }
            }
            Event::Token { kind } => {
                sink.trivia();
                sink.token(kind);
            }
            Event::Finish => sink.builder.finish_node(),
        }
    }
    sink.trivia();
    sink.builder.finish_node();
    sink.builder.finish()
}

struct Sink<'t> {
    text: &'t str,
    tokens: &'t [Token],
    position: usize,
    offset: TextSize,
    builder: GreenNodeBuilder<'static>,
}

impl Sink<'_> {
    fn trivia(&mut self) {
        while let Some(token) = self.tokens.get(self.position).filter(|it| it.kind.is_trivia()) {
            self.token(token.kind);
        }
    }

    fn token(&mut self, kind: SyntaxKind) {
        if let Some(token) = self.tokens.get(self.position) {
            let end = self.offset + token.len;
            let text = self.text.get(usize::from(self.offset)..usize::from(end)).unwrap_or_default();
            self.builder.token(raw(kind), text);
            self.offset = end;
            self.position += 1;
        }
    }
}

fn raw(kind: SyntaxKind) -> rowan::SyntaxKind {
    rowan::SyntaxKind(kind as u16)
}
