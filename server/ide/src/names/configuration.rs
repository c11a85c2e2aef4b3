//! Names in `pgpe.yaml`.

use pgpe_config::{Config, Reference, ReferenceKind};
use pgpe_syntax::ast::{self, Value};
use pgpe_syntax::{TextRange, TextSize};

use super::{Form, Mention, Name};
use crate::database::{Db, SourceFile};

#[salsa::tracked(returns(ref))]
pub(super) fn mentions(db: &dyn Db, file: SourceFile) -> Vec<Mention> {
    Config::references(file.text(db)).into_iter().filter_map(mention).collect()
}

/// A name that is spelled with escapes has no place that could be shown.
fn mention(reference: Reference) -> Option<Mention> {
    let range = reference.range?;
    let range = TextRange::new(range.start.into(), range.end.into());
    let (range, name, form) = match reference.kind {
        ReferenceKind::Policy => (range, Name::Policy(reference.name), Form::Use),
        ReferenceKind::Table => (range, Name::Configured(reference.name), Form::Use),
        ReferenceKind::IsolationKey => {
            let (key, within) = session_key(&reference.name)?;
            (within + range.start(), Name::Session(key), Form::Definition)
        }
    };
    Some(Mention { range, name, form })
}

/// The setting in `session('…')`, and its place there without quotes.
pub(crate) fn session_key(value: &str) -> Option<(String, TextRange)> {
    let Value::SessionValue(session) = pgpe_syntax::parse_value(value).value()? else { return None };
    let token = session.key()?;
    let key = ast::unquote_string(token.text());
    let written = token.text_range();
    let plain = written.len() == TextSize::of(key.as_str()) + TextSize::new(2);
    plain.then(|| (key, TextRange::new(written.start() + TextSize::new(1), written.end() - TextSize::new(1))))
}
