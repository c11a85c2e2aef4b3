//! Names that a file's policies use and that no schema defines: settings, roles, policies. Read from the tokens alone,
//! so that they are there while the file has mistakes.

use std::collections::BTreeMap;

use pgpe_syntax::SyntaxKind::{self, *};
use pgpe_syntax::ast::unquote_string;
use pgpe_syntax::tokenize;

use crate::database::{Db, Project, SourceFile};
use crate::queries;

/// How often each name is used in policies; never, if only the configuration names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mentions {
    pub(super) settings: BTreeMap<String, usize>,
    pub(super) roles: BTreeMap<String, usize>,
    pub(super) policies: BTreeMap<String, usize>,
}

impl Mentions {
    fn add(&mut self, other: &Mentions) {
        let pairs = [
            (&mut self.settings, &other.settings),
            (&mut self.roles, &other.roles),
            (&mut self.policies, &other.policies),
        ];
        for (all, some) in pairs {
            for (name, count) in some {
                match all.get_mut(name) {
                    Some(known) => *known += count,
                    None => drop(all.insert(name.clone(), *count)),
                }
            }
        }
    }
}

/// The names of all policy files and of the configuration.
pub(super) fn of_project(db: &dyn Db, project: Project) -> Mentions {
    let mut all = Mentions::default();
    for file in project.policies(db) {
        all.add(of_file(db, *file));
    }
    let config = queries::config(db, project);
    for isolation in &config.isolation {
        for key in read(&isolation.key).settings.into_keys() {
            all.settings.entry(key).or_default();
        }
    }
    for (one, other) in &config.role_separation {
        for role in [one, other] {
            all.roles.entry(role.clone()).or_default();
        }
    }
    all
}

#[salsa::tracked(returns(ref))]
fn of_file(db: &dyn Db, file: SourceFile) -> Mentions {
    read(file.text(db))
}

fn read(text: &str) -> Mentions {
    let mut offset = 0;
    let mut tokens: Vec<(SyntaxKind, &str)> = Vec::new();
    for token in tokenize(text).0 {
        let start = offset;
        offset += usize::from(token.len);
        if !token.kind.is_trivia() {
            tokens.push((token.kind, text.get(start..offset).unwrap_or_default()));
        }
    }
    let mut found = Mentions::default();
    for (index, (kind, _)) in tokens.iter().enumerate() {
        let nth = |ahead: usize| tokens.get(index + ahead).copied().unwrap_or((EOF, ""));
        match kind {
            SESSION_KW if nth(1).0 == L_PAREN && nth(2).0 == STRING => {
                count(&mut found.settings, nth(2).1);
            }
            POLICY_KW if matches!(nth(2).0, PERMISSIVE_KW | RESTRICTIVE_KW) => {
                count(&mut found.policies, nth(1).1);
            }
            TO_KW => {
                let places = (1..).step_by(2);
                let listed = places.take_while(|at| *at == 1 || nth(at - 1).0 == COMMA);
                for at in listed.take_while(|at| matches!(nth(*at).0, IDENT | STRING)) {
                    count(&mut found.roles, nth(at).1);
                }
            }
            _ => {}
        }
    }
    found
}

fn count(names: &mut BTreeMap<String, usize>, token: &str) {
    let name = unquote_string(token);
    if !name.trim().is_empty() {
        *names.entry(name).or_default() += 1;
    }
}
