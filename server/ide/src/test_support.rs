//! The notation of this crate's tests: files after `//- /name` lines, `$0` for the cursor.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use pgpe_proof::obligation::{Obligation, ObligationHash, Outcome};

use crate::{Analysis, FileRole, Host};

/// Tables that most tests use.
pub(crate) const SCHEMA: &str = "\
//- /schema.sql
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, email varchar(80), age integer);
CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, name text);
CREATE TABLE tasks (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects, title text);
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT NULL::uuid';
";

/// A project with a cursor in it.
pub(crate) struct Fixture {
    pub(crate) host: Host,
    /// The file with the cursor, or the first.
    pub(crate) path: String,
    /// Where the cursor is.
    pub(crate) offset: u32,
}

impl Fixture {
    /// Reads the notation. Text before the first `//-` belongs to `/a.policy`.
    pub(crate) fn new(text: &str) -> Fixture {
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match line.strip_prefix("//- /") {
                Some(name) => files.push((name.trim().to_owned(), String::new())),
                None => {
                    if files.is_empty() {
                        files.push(("a.policy".to_owned(), String::new()));
                    }
                    if let Some((_, text)) = files.last_mut() {
                        text.push_str(line);
                    }
                }
            }
        }
        let mut fixture = Fixture { host: Host::new(), path: files[0].0.clone(), offset: 0 };
        for (name, text) in files {
            let text = match text.find("$0") {
                Some(at) => {
                    (fixture.path, fixture.offset) = (name.clone(), at as u32);
                    text.replacen("$0", "", 1)
                }
                None => text,
            };
            let role = match name.rsplit('.').next() {
                Some("sql") => FileRole::Schema,
                Some("yaml") => FileRole::Config,
                _ => FileRole::Policies,
            };
            fixture.host.set_file(&name, role, &text);
        }
        fixture
    }

    /// The project as it is.
    pub(crate) fn analysis(&self) -> Analysis {
        self.host.analysis()
    }

    /// The same, with the cursor before some text of a file, and so many characters into it.
    pub(crate) fn at(mut self, path: &str, before: &str, characters: u32) -> Fixture {
        self.path = path.to_owned();
        self.offset = self.text().find(before).unwrap() as u32 + characters;
        self
    }

    /// What the file with the cursor says.
    pub(crate) fn text(&self) -> String {
        self.analysis().text(&self.path).unwrap().unwrap().to_string()
    }
}

/// A project in which policies, the configuration, comments and the schema name the same things.
pub(crate) const NAMES: &str = "\
POLICY own
  PERMISSIVE
  FOR SELECT
  TO app
  SELECTOR has_column(tenant_id)
  CLAUSE col(tenant_id) = session('app.tenant_id')
  -- pgpe: allow(subsumption) `own` stays, own or not; see also team_projects
  OR CLAUSE col(id) = fn(auth.uid, [])
//- /b.policy
POLICY 'team_projects'
  PERMISSIVE
  FOR SELECT
  SELECTOR named('tasks')
  CLAUSE exists(rel(_, project_id, projects, id), {col(tenant_id) = session('App.Tenant_id')})
GRANT SELECT TO app SELECTOR ALL
//- /pgpe.yaml
version: 1
isolation:
  - key: \"session('app.tenant_id')\"
    owner: tenant_id
allow:
  - { rule: subsumption, policy: own, table: tasks, reason: fine }
";

/// The lines of a project's files that places are in, with a note below each.
pub(crate) fn annotated_places<'n>(
    analysis: &Analysis,
    places: impl IntoIterator<Item = (&'n pgpe_report::Place, &'n str)>,
) -> String {
    let mut by_file: std::collections::BTreeMap<&str, Vec<_>> = std::collections::BTreeMap::new();
    for (place, note) in places {
        by_file.entry(&place.file).or_default().push((place.range.clone(), note));
    }
    let mut shown = String::new();
    for (file, notes) in by_file {
        let text = analysis.text(file).unwrap().unwrap();
        write!(shown, "{file}\n{}", annotated(&text, notes)).unwrap();
    }
    shown
}

/// What the solver finds of each obligation that a project raises.
pub(crate) fn solved(analysis: &Analysis) -> impl Fn(&Obligation) -> Option<Outcome> + Sync + use<> {
    let mut outcomes: HashMap<ObligationHash, Outcome> = HashMap::new();
    loop {
        let open = analysis.check(&|obligation| outcomes.get(&obligation.hash).cloned()).unwrap().open;
        if open.is_empty() {
            return move |obligation: &Obligation| outcomes.get(&obligation.hash).cloned();
        }
        for obligation in open {
            let outcome = pgpe_prover::solve(&obligation, Duration::from_secs(5));
            outcomes.insert(obligation.hash, outcome);
        }
    }
}

/// A text with notes below the ranges that they speak of: `^` under the range, the note behind it. Lines without a note
/// are left out.
pub(crate) fn annotated<'n>(
    text: &str,
    notes: impl IntoIterator<Item = (std::ops::Range<u32>, &'n str)>,
) -> String {
    let mut notes: Vec<_> = notes.into_iter().collect();
    notes.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut shown, mut start) = (String::new(), 0);
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let here = notes.iter().filter(|(range, _)| (start..end).contains(&(range.start as usize)));
        let below: String = here.map(|(range, note)| annotation(text, start..end, range, note)).collect();
        if !below.is_empty() {
            writeln!(shown, "{}\n{}", line.trim_end(), below.trim_end()).unwrap();
        }
        start = end;
    }
    shown
}

fn annotation(text: &str, line: std::ops::Range<usize>, range: &std::ops::Range<u32>, note: &str) -> String {
    let (start, end) = (range.start as usize, (range.end as usize).min(line.end));
    let before = text[line.start..start].chars().count();
    let marks = text[start..end].trim_end().chars().count().max(1);
    let more = if range.end as usize > line.end { "…" } else { "" };
    format!("{}{}{more} {note}\n", " ".repeat(before), "^".repeat(marks))
}

/// Edits as lines: what is replaced by what.
pub(crate) fn show_edits<'e>(
    text: &str,
    edits: impl IntoIterator<Item = (&'e std::ops::Range<u32>, &'e str)>,
) -> String {
    let mut shown = String::new();
    for (range, new) in edits {
        let old = &text[range.start as usize..range.end as usize];
        writeln!(shown, "{}: {old:?} -> {new:?}", range.start).unwrap();
    }
    shown
}
