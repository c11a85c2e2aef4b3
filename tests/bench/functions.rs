//! What the functions behind an edit take, in a project of a thousand tables: `cargo bench --bench functions`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "generated.rs"]
#[allow(dead_code)]
mod generated;
#[path = "performance/proved.rs"]
mod proved;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use generated::{Generated, Size};
use pgpe_ide::CompletionRequest;
use pgpe_syntax::ast::Item;
use proved::Proved;

/// The size of the project.
const TABLES: usize = 1_000;

/// A project on disk, read and proved, with two states of its first file.
struct Edited {
    proved: Proved,
    path: String,
    before: String,
    after: String,
    is_after: bool,
    /// The verdicts live no longer than this.
    _folder: tempfile::TempDir,
}

impl Edited {
    /// With an edit that puts a text before another one.
    fn new(place: &str, text: &str) -> Edited {
        let folder = tempfile::tempdir().unwrap();
        let generated = Generated::of(Size::of(TABLES));
        generated.write(folder.path()).unwrap();
        let mut proved = Proved::load(folder.path(), None).unwrap();
        let (path, before) = proved.first_file().unwrap();
        proved.open(&path).unwrap();
        let mut after = before.clone();
        after.insert_str(before.find(place).unwrap(), text);
        for text in [&after, &before] {
            proved.set(&path, text);
            proved.complete().unwrap();
        }
        Edited { proved, path, before, after, is_after: false, _folder: folder }
    }

    /// Makes the edit, or takes it back.
    fn edit(&mut self) {
        self.is_after = !self.is_after;
        self.proved.set(&self.path, if self.is_after { &self.after } else { &self.before });
    }
}

fn parsing(criterion: &mut Criterion) {
    let generated = Generated::of(Size::of(TABLES));
    let text = &generated.files[0].1;
    criterion.bench_function("parse and lower a file", |bencher| {
        bencher.iter(|| {
            let parse = pgpe_syntax::parse(black_box(text));
            for item in parse.tree().items() {
                match item {
                    Item::Policy(policy) => drop(black_box(pgpe_policy::lower_policy(&policy, false))),
                    Item::Grant(grant) => drop(black_box(pgpe_policy::lower_grant(&grant, false))),
                }
            }
        });
    });
}

fn checking(criterion: &mut Criterion) {
    let own = "session('app.tenant_id')";
    let condition = "session('app.tenant_id') AND col('amount') > lit(7) AND col('tenant_id') = ";
    let edits = [("check after a comment", "Rows of", "Many "), ("check after a clause", own, condition)];
    for (name, place, text) in edits {
        let mut edited = Edited::new(place, text);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                edited.edit();
                let checked = edited.proved.look().unwrap();
                assert!(checked.open.is_empty());
                checked
            });
        });
    }
}

fn asking(criterion: &mut Criterion) {
    let mut edited = Edited::new("Rows of", "Many ");
    let path = edited.path.clone();
    criterion.bench_function("semantic tokens", |bencher| {
        bencher.iter(|| {
            edited.edit();
            edited.proved.analysis().coloured_tokens(&path, None).unwrap().unwrap()
        });
    });
    criterion.bench_function("completion", |bencher| {
        bencher.iter(|| {
            edited.edit();
            let text = if edited.is_after { &edited.after } else { &edited.before };
            let offset = text.find("tenant_id')").unwrap();
            let request = CompletionRequest::default();
            let found = edited.proved.analysis().completions(&path, offset as u32, request).unwrap();
            assert!(!found.items.is_empty());
            found
        });
    });
}

criterion_group! {
    name = functions;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(4));
    targets = parsing, checking, asking
}
criterion_main!(functions);
