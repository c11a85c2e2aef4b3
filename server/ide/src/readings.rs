//! How files were read last, so that after an edit only what it concerns is read again.
//!
//! This is no input of any query: what comes of a text is the same with it and without it, but for the time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pgpe_syntax::{AstNode, GreenNode, Parse, ast};

use crate::database::SourceFile;
use crate::queries::Item;

/// The last reading of each file.
#[derive(Default)]
pub(crate) struct Readings {
    parsed: Mutex<HashMap<SourceFile, (Arc<str>, Parse)>>,
    lowered: Mutex<HashMap<SourceFile, Arc<[Lowered]>>>,
}

/// An item as it was lowered.
#[derive(Clone)]
struct Lowered {
    /// What it was lowered from: this very node, and whether it was broken.
    green: GreenNode,
    broken: bool,
    item: Item,
}

impl Readings {
    /// Parses what a file says.
    pub(crate) fn parse(&self, file: SourceFile, text: &Arc<str>) -> Parse {
        let last = lock(&self.parsed).get(&file).cloned();
        let parse = match &last {
            Some((old_text, old)) => pgpe_syntax::reparse(old, old_text, text),
            None => pgpe_syntax::parse(text),
        };
        lock(&self.parsed).insert(file, (Arc::clone(text), parse.clone()));
        parse
    }

    /// Lowers the items of a file. Those that are the same as before the last edit come out as the same values.
    pub(crate) fn lower(&self, file: SourceFile, parse: &Parse) -> Vec<Item> {
        let last = lock(&self.lowered).get(&file).cloned();
        let last = last.as_deref().unwrap_or_default();
        let items: Vec<ast::Item> = parse.tree().items().collect();
        let broken: Vec<bool> = items.iter().map(|item| parse.is_broken(item)).collect();
        let is_same = |(known, (item, broken)): &(&Lowered, (&ast::Item, &bool))| {
            known.broken == **broken && std::ptr::eq(&*known.green, item.syntax().green())
        };
        let now = || items.iter().zip(&broken);
        let before = last.iter().zip(now()).take_while(is_same).count();
        // The same item must not be taken for two.
        let room = last.len().min(items.len()) - before;
        let behind = last.iter().rev().zip(now().rev()).take(room).take_while(is_same).count();
        let changed = now().take(items.len() - behind).skip(before);
        let lowered: Arc<[Lowered]> = last
            .iter()
            .take(before)
            .cloned()
            .chain(changed.map(|(item, broken)| Lowered::of(item, *broken)))
            .chain(last.iter().skip(last.len() - behind).cloned())
            .collect();
        let items = lowered.iter().map(|it| it.item.clone()).collect();
        lock(&self.lowered).insert(file, lowered);
        items
    }
}

impl Lowered {
    fn of(item: &ast::Item, broken: bool) -> Lowered {
        let green = item.syntax().green().to_owned();
        let item = match item {
            ast::Item::Policy(policy) => Item::Policy(Arc::new(pgpe_policy::lower_policy(policy, broken))),
            ast::Item::Grant(grant) => Item::Grant(Arc::new(pgpe_policy::lower_grant(grant, broken))),
        };
        Lowered { green, broken, item }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
