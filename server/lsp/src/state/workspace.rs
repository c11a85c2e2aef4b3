//! One project, or one document without a project: its files, its analysis and what is shown of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use pgpe_ide::{FileRole, Host};
use pgpe_project::{CONFIG_FILE, DEFAULT_SCHEMA_FILE, Layout, Location, ProjectError};

use super::conversions::{ByFile, Conversions};
use super::verdicts::Verdicts;
use crate::client::ClientProfile;
use crate::convert::custom::ProofStatus;
use crate::convert::from_proto;
use crate::convert::to_proto::{Diagnostic, Uri};
use crate::documents::{Documents, OpenFiles};
use crate::keys::{FileKey, Names};
use crate::outbox::Outbox;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::targets::{DriftByTarget, LocatedDrift};
use crate::tokens::TokenCache;

/// Diagnostics of a file, and the version that they are for.
pub(crate) type Shown = (Option<i32>, Arc<Vec<Diagnostic>>);

/// What the client was last told.
#[derive(Debug, Default)]
struct Screen {
    files: BTreeMap<Uri, Shown>,
    /// Findings that have no file to stand in.
    lines: BTreeSet<String>,
    /// What was found in files, where all of it was to be shown, and was.
    found: Option<ByFile>,
    /// The files that were shown for other reasons, too, each with its name.
    besides: Vec<(FileKey, Uri)>,
}

/// What the client is to be told.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Of files of which something else may have to be shown; nothing of those that are to be seen no longer.
    pub(crate) files: BTreeMap<Uri, Option<Shown>>,
    /// All findings that have no file to stand in.
    pub(crate) lines: BTreeSet<String>,
    /// What was found in files, if the client is to see all of it.
    pub(crate) found: Option<ByFile>,
    /// The files that are shown for other reasons, too, each with its name.
    pub(crate) besides: Vec<(FileKey, Uri)>,
}

/// A project or a single document.
pub(crate) struct Workspace {
    id: usize,
    kind: Kind,
    host: Host,
    /// Counts changes of anything that findings depend on, or are shown with.
    revision: u64,
    problems: Vec<ProjectError>,
    /// What the last look at each target has found.
    drift: Arc<DriftByTarget>,
    /// Diagnostics as they were made last.
    conversions: Arc<Conversions>,
    /// The coloured tokens that the client has.
    tokens: Arc<TokenCache>,
    screen: Screen,
    /// The files whose diagnostics the last change has changed.
    last_changes: BTreeSet<Uri>,
    /// The documents that were edited since the last finished check.
    edited: BTreeSet<FileKey>,
    /// The last revision that was checked.
    checked_revision: Option<u64>,
    /// How many verdicts the last finished check has come to.
    proofs: ProofStatus,
    dirty: Option<Dirty>,
    checking: bool,
    last_check: Instant,
    /// The files on disk as they were read.
    on_disk: BTreeMap<PathBuf, Stamp>,
}

enum Kind {
    /// A folder, and what was found in it.
    Project { start: PathBuf, layout: Option<Box<Layout>>, names: Names },
    /// A document that no project claims.
    Single { names: Names, key: FileKey },
}

/// Why a check is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dirty {
    /// Something was edited.
    Edited,
    /// A verdict has arrived; others may follow at once.
    Verdict,
}

/// Tells whether a file on disk is still the same.
type Stamp = Option<(SystemTime, u64)>;

impl Workspace {
    /// The project that a folder belongs to. Nothing is read yet.
    pub(crate) fn project(id: usize, start: PathBuf) -> Workspace {
        let names = Names::Below(start.clone());
        Workspace::new(id, Kind::Project { start, layout: None, names })
    }

    /// A document by itself.
    pub(crate) fn single(id: usize, key: FileKey) -> Workspace {
        let name = match &key {
            FileKey::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            FileKey::Other(_) => None,
        };
        let name = name.unwrap_or_else(|| "untitled.policy".to_owned());
        let names = Names::Single { name, key: key.clone() };
        Workspace::new(id, Kind::Single { names, key })
    }

    fn new(id: usize, kind: Kind) -> Workspace {
        Workspace {
            id,
            kind,
            host: Host::new(),
            revision: 0,
            problems: Vec::new(),
            drift: Arc::default(),
            conversions: Arc::default(),
            tokens: Arc::default(),
            screen: Screen::default(),
            last_changes: BTreeSet::new(),
            edited: BTreeSet::new(),
            checked_revision: None,
            proofs: ProofStatus::default(),
            dirty: None,
            checking: false,
            last_check: Instant::now(),
            on_disk: BTreeMap::new(),
        }
    }

    pub(crate) fn id(&self) -> usize {
        self.id
    }

    /// The project's root.
    pub(crate) fn root(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Project { layout: Some(layout), .. } => Some(layout.root()),
            Kind::Project { start, .. } => Some(start),
            Kind::Single { .. } => None,
        }
    }

    pub(crate) fn names(&self) -> &Names {
        match &self.kind {
            Kind::Project { names, .. } | Kind::Single { names, .. } => names,
        }
    }

    /// The configuration file, if there is one.
    pub(crate) fn config_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Project { layout: Some(layout), .. } => layout.config_path(),
            _ => None,
        }
    }

    /// What could not be read.
    pub(crate) fn problems(&self) -> &[ProjectError] {
        &self.problems
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The limit of one proof.
    pub(crate) fn solver_timeout(&self) -> Duration {
        let milliseconds = match &self.kind {
            Kind::Project { layout: Some(layout), .. } => layout.config().solver_timeout_ms,
            _ => pgpe_config::Config::default().solver_timeout_ms,
        };
        Duration::from_millis(milliseconds)
    }

    /// What a file is to this workspace.
    fn role(&self, key: &FileKey) -> Option<FileRole> {
        match (&self.kind, key) {
            (Kind::Project { layout: Some(layout), .. }, FileKey::Path(path)) => layout.role(path),
            (Kind::Single { key: own, .. }, key) if own == key => Some(FileRole::Policies),
            _ => None,
        }
    }

    /// Whether a file is one of its own, whether or not another workspace is nearer.
    pub(crate) fn has_file(&self, key: &FileKey) -> bool {
        self.role(key).is_some()
    }

    /// A document was closed.
    pub(crate) fn forget_tokens(&self, key: &FileKey) {
        self.tokens.forget(key);
    }

    /// A document was opened, edited or closed.
    pub(crate) fn document_changed(&mut self, key: &FileKey, documents: &Documents) {
        if self.has_file(key) && documents.get(key).is_some() {
            self.edited.insert(key.clone());
        }
        let is_schema = |path: &Path| path.file_name().is_some_and(|name| name == DEFAULT_SCHEMA_FILE);
        match (self.role(key), key) {
            (Some(FileRole::Config), _) => self.config_changed(key, documents),
            (Some(role), _) => {
                self.take(key, role, documents);
                self.touch();
            }
            // A configuration that is only just written, or the schema beside a single document.
            (None, FileKey::Path(path)) => match &self.kind {
                Kind::Project { start, .. } => {
                    let above = path.parent().is_some_and(|folder| start.starts_with(folder));
                    if above && path.file_name().is_some_and(|name| name == CONFIG_FILE) {
                        self.reload(documents);
                    }
                }
                Kind::Single { key: FileKey::Path(own), .. } => {
                    if own.parent() == path.parent() && is_schema(path) {
                        self.reload(documents);
                    }
                }
                Kind::Single { .. } => {}
            },
            (None, FileKey::Other(_)) => {}
        }
    }

    /// Which files belong to the project may have changed with its configuration.
    fn config_changed(&mut self, key: &FileKey, documents: &Documents) {
        let Kind::Project { layout: Some(layout), .. } = &self.kind else { return };
        // One that is gone leads to another, or none.
        let Some(text) = key.path().and_then(|path| documents.read(path).ok()) else {
            return self.reload(documents);
        };
        let config = pgpe_config::Config::parse(&text).unwrap_or_default();
        let known = layout.config();
        let same_files = (&config.policies, &config.schema) == (&known.policies, &known.schema);
        if same_files && config.solver_timeout_ms == known.solver_timeout_ms {
            self.take(key, FileRole::Config, documents);
            self.touch();
        } else {
            self.reload(documents);
        }
    }

    /// Takes over what a file says now. One that can't be read leaves the project.
    fn take(&mut self, key: &FileKey, role: FileRole, documents: &Documents) {
        let Some(name) = self.names().name(key) else { return };
        if let Some(path) = key.path() {
            self.problems.retain(|problem| problem.path() != Some(path));
        }
        let text = match (key, documents.get(key)) {
            (FileKey::Path(path), _) => documents.read(path),
            (FileKey::Other(_), Some(document)) => Ok(document.text.clone()),
            (FileKey::Other(_), None) => return self.host.remove_file(&name),
        };
        self.take_saved(key, &name, documents);
        match text {
            Ok(text) => self.host.set_file(&name, role, &text),
            Err(error) => {
                self.host.remove_file(&name);
                // A document that was never saved is simply gone when it is closed.
                if !matches!(error, ProjectError::Missing { .. }) {
                    self.problems.push(error);
                }
            }
        }
        if let Some(path) = key.path() {
            self.on_disk.insert(path.to_owned(), stamp(path));
        }
    }

    /// Takes over what the disk has of a file that is edited, if that may be another text than before.
    fn take_saved(&mut self, key: &FileKey, name: &str, documents: &Documents) {
        match key.path() {
            _ if documents.get(key).is_none() => self.host.set_as_saved(name),
            None => self.host.set_saved(name, None),
            Some(path) if self.host.knows_saved(name) && self.on_disk.get(path) == Some(&stamp(path)) => {}
            Some(path) => self.host.set_saved(name, pgpe_project::read_text(path).ok().as_deref()),
        }
    }

    /// A document was saved.
    pub(crate) fn document_saved(&mut self, key: &FileKey, documents: &Documents) {
        if let (Some(_), Some(name), Some(path)) = (self.role(key), self.names().name(key), key.path()) {
            self.on_disk.remove(path);
            self.take_saved(key, &name, documents);
            self.on_disk.insert(path.to_owned(), stamp(path));
        }
    }

    /// Finds and reads all files anew.
    pub(crate) fn reload(&mut self, documents: &Documents) {
        self.problems.clear();
        self.on_disk.clear();
        // With another root, the same names lead to other files.
        self.conversions = Arc::default();
        let files = match &mut self.kind {
            Kind::Project { start, layout, names } => {
                let (found, problems) = find_layout(start, documents);
                self.problems = problems;
                if let Some(found) = &found {
                    *names = Names::Below(found.root().to_owned());
                }
                *layout = found.map(Box::new);
                self.project_files(documents)
            }
            Kind::Single { key, .. } => {
                let mut files = vec![(key.clone(), FileRole::Policies)];
                if let Some(folder) = key.path().and_then(Path::parent) {
                    let schema = FileKey::Path(folder.join(DEFAULT_SCHEMA_FILE));
                    // The document itself may be called so.
                    if schema != *key && schema.path().is_some_and(|path| documents.exists(path)) {
                        files.push((schema, FileRole::Schema));
                    }
                }
                files
            }
        };
        let names: BTreeSet<String> = files.iter().filter_map(|(key, _)| self.names().name(key)).collect();
        let gone: Vec<String> =
            self.host.files().map(|(name, _)| name.to_owned()).filter(|name| !names.contains(name)).collect();
        for name in gone {
            self.host.remove_file(&name);
        }
        for (key, role) in files {
            self.take(&key, role, documents);
        }
        // A folder changes when a file comes into it or leaves it.
        let folders: BTreeSet<PathBuf> =
            self.on_disk.keys().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        for folder in folders.into_iter().chain(self.root().map(Path::to_owned)) {
            let stamp = stamp(&folder);
            self.on_disk.insert(folder, stamp);
        }
        self.touch();
    }

    fn project_files(&mut self, documents: &Documents) -> Vec<(FileKey, FileRole)> {
        let Kind::Project { layout: Some(layout), .. } = &self.kind else { return Vec::new() };
        let mut files = BTreeMap::new();
        if let Some(config) = layout.config_path() {
            files.insert(FileKey::Path(config.to_owned()), FileRole::Config);
        }
        if let Some(schema) = layout.schema_path() {
            if documents.exists(schema) {
                files.insert(FileKey::Path(schema.to_owned()), layout.schema_role());
            } else if layout.schema_is_named() {
                self.problems.extend(layout.with_schema_help(documents.read(schema)).err());
                // It may yet come.
                self.on_disk.insert(schema.to_owned(), None);
            }
        }
        let (policies, errors) = layout.policy_files();
        self.problems.extend(errors);
        for path in policies {
            let key = FileKey::Path(path);
            if let Some(role) = self.role(&key) {
                if key.path().is_some_and(|path| documents.exists(path)) {
                    files.insert(key, role);
                } else {
                    self.problems.extend(key.path().and_then(|path| documents.read(path).err()));
                }
            }
        }
        for (key, _) in documents.iter() {
            if let Some(role) = self.role(key) {
                files.insert(key.clone(), role);
            }
        }
        files.into_iter().collect()
    }

    /// Whether files on disk differ from what was read.
    pub(crate) fn looks_changed(&self, documents: &Documents) -> bool {
        let config_appeared = || match &self.kind {
            Kind::Project { start, .. } if self.config_path().is_none() => {
                start.ancestors().any(|folder| folder.join(CONFIG_FILE).is_file())
            }
            _ => false,
        };
        let changed = |(path, known): (&PathBuf, &Stamp)| {
            documents.get(&FileKey::Path(path.clone())).is_none() && stamp(path) != *known
        };
        self.on_disk.iter().any(changed) || config_appeared()
    }

    /// The present state.
    pub(crate) fn snapshot(
        &self,
        open: Arc<OpenFiles>,
        verdicts: &Arc<Verdicts>,
        settings: &Arc<Settings>,
        client: &Arc<ClientProfile>,
    ) -> Snapshot {
        Snapshot {
            analysis: self.host.analysis(),
            names: self.names().clone(),
            open,
            verdicts: Arc::clone(verdicts),
            drift: Arc::clone(&self.drift),
            conversions: Arc::clone(&self.conversions),
            tokens: Arc::clone(&self.tokens),
            proofs: self.proofs,
            settings: Arc::clone(settings),
            client: Arc::clone(client),
        }
    }

    /// Which files belong to it; a document by itself has no more to say.
    pub(crate) fn layout(&self) -> Option<&Layout> {
        match &self.kind {
            Kind::Project { layout, .. } => layout.as_deref(),
            Kind::Single { .. } => None,
        }
    }

    /// What all its files say now, edits that were not saved included.
    pub(crate) fn texts(&self) -> Vec<(String, FileRole, Arc<str>)> {
        let analysis = self.host.analysis();
        let text = |(path, role): (&str, FileRole)| {
            let text = analysis.text(path).ok().flatten()?;
            Some((path.to_owned(), role, text))
        };
        self.host.files().filter_map(text).collect()
    }

    /// Takes what was found on a target in place of what was found there before.
    pub(crate) fn set_drift(&mut self, target: &str, drift: Vec<LocatedDrift>) {
        let mut all = (*self.drift).clone();
        match drift.is_empty() {
            true => all.remove(target),
            false => all.insert(target.to_owned(), drift),
        };
        self.drift = Arc::new(all);
        self.touch();
    }

    fn touch(&mut self) {
        self.revision += 1;
        self.mark_dirty();
    }

    pub(crate) fn mark_dirty(&mut self) {
        self.dirty = Some(Dirty::Edited);
    }

    pub(crate) fn verdict_arrived(&mut self) {
        self.dirty.get_or_insert(Dirty::Verdict);
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty.is_some() && !self.checking
    }

    /// Whether a check is to start now. After verdicts alone, not sooner than `gathering` after the last.
    pub(crate) fn begin_check(&mut self, gathering: Duration) -> bool {
        let due = match self.dirty {
            _ if self.checking => false,
            None => false,
            Some(Dirty::Edited) => true,
            Some(Dirty::Verdict) => self.last_check.elapsed() >= gathering,
        };
        if due {
            self.dirty = None;
            self.checking = true;
        }
        due
    }

    /// Whether all that is known and proved of the present state was found.
    pub(crate) fn is_settled(&self) -> bool {
        self.dirty.is_none() && !self.checking && self.proofs.pending == 0
    }

    /// What the last finished check has come to.
    pub(crate) fn proofs(&self) -> ProofStatus {
        self.proofs
    }

    pub(crate) fn set_proofs(&mut self, proofs: ProofStatus) {
        self.proofs = proofs;
    }

    /// A check has ended whose findings hold for the present texts, or there are none to be had.
    pub(crate) fn set_checked(&mut self) {
        self.checked_revision = Some(self.revision);
    }

    /// Whether what is shown was found in the present texts.
    pub(crate) fn is_checked(&self) -> bool {
        self.checked_revision == Some(self.revision)
    }

    /// Somebody else has taken this file from the client's screen.
    pub(crate) fn show_again(&mut self, uri: &Uri) {
        self.screen.files.remove(uri);
        self.screen.found = None;
        self.mark_dirty();
    }

    /// What was found in files when the client last saw all of it, and the files that were shown for other reasons.
    pub(crate) fn shown_in_full(&self) -> Option<(&ByFile, &[(FileKey, Uri)])> {
        Some((self.screen.found.as_ref()?, &self.screen.besides))
    }

    /// What was found, by file.
    pub(crate) fn shown(&self) -> &BTreeMap<Uri, Shown> {
        &self.screen.files
    }

    /// The files whose diagnostics the last change has changed.
    pub(crate) fn last_changes(&self) -> impl Iterator<Item = &Uri> {
        self.last_changes.iter()
    }

    pub(crate) fn end_check(&mut self) {
        self.checking = false;
        self.last_check = Instant::now();
    }

    /// Tells the client what differs from what it was told; of documents nothing if it asks by itself (`pulls`). Gives
    /// whether others than those that were edited have changed.
    pub(crate) fn show(&mut self, news: News, outbox: &Outbox, pulls: bool) -> bool {
        let mut changed = BTreeSet::new();
        // What goes is cleared before anything is shown: the client may take two names for one file.
        let shown: Vec<(Uri, Shown)> = (news.files.into_iter())
            .filter_map(|(uri, now)| match now {
                Some(shown) => Some((uri, shown)),
                None => {
                    changed.extend(self.clear(uri, outbox, pulls));
                    None
                }
            })
            .collect();
        for (uri, (version, diagnostics)) in shown {
            let before = self.screen.files.get(&uri);
            let is_same =
                |shown: &Arc<Vec<Diagnostic>>| Arc::ptr_eq(shown, &diagnostics) || *shown == diagnostics;
            let is_shown = before.is_some_and(|(_, shown)| is_same(shown));
            let is_of_version = before.is_some_and(|(known, _)| *known == version);
            if !(pulls || is_shown && is_of_version) {
                outbox.publish(uri.clone(), diagnostics.to_vec(), version);
            }
            let is_new_and_empty = before.is_none() && diagnostics.is_empty();
            if !(is_shown || is_new_and_empty) {
                changed.insert(uri.clone());
            }
            // What is empty and closed needs no clearing later.
            match version.is_none() && diagnostics.is_empty() {
                true => self.screen.files.remove(&uri),
                false => self.screen.files.insert(uri, (version, diagnostics)),
            };
        }
        let edited = std::mem::take(&mut self.edited);
        let others = changed.iter().any(|uri| !edited.contains(&from_proto::file_key(uri)));
        if !changed.is_empty() {
            self.last_changes = changed;
        }
        for line in news.lines.difference(&self.screen.lines) {
            outbox.log(line.clone());
        }
        self.screen.lines = news.lines;
        self.screen.found = news.found;
        self.screen.besides = news.besides;
        others
    }

    /// Takes a file from the screen; gives it back if the client sees a difference.
    fn clear(&mut self, uri: Uri, outbox: &Outbox, pulls: bool) -> Option<Uri> {
        let (_, diagnostics) = self.screen.files.remove(&uri)?;
        if !pulls {
            outbox.publish(uri.clone(), Vec::new(), None);
        }
        (!diagnostics.is_empty()).then_some(uri)
    }

    /// Nothing of this workspace is to be seen any more.
    pub(crate) fn clear_screen(&mut self, outbox: &Outbox, pulls: bool) -> bool {
        let files = self.screen.files.keys().map(|uri| (uri.clone(), None)).collect();
        self.show(News { files, ..News::default() }, outbox, pulls)
    }
}

/// The workspace that speaks for a file: of those that it belongs to, the one with the nearest root.
pub(crate) fn owner<'w>(
    workspaces: impl Iterator<Item = &'w Workspace>,
    key: &FileKey,
) -> Option<&'w Workspace> {
    let depth = |workspace: &&Workspace| workspace.root().map_or(0, |root| root.components().count());
    workspaces.filter(|workspace| workspace.role(key).is_some()).max_by_key(depth)
}

/// The folder of the nearest configuration above a file, saved or not.
pub(crate) fn nearest_root(path: &Path, documents: &Documents) -> Option<PathBuf> {
    let folders = path.ancestors().skip(1);
    folders.map(Path::to_owned).find(|folder| documents.exists(&folder.join(CONFIG_FILE)))
}

/// Whether a document that no project claims holds policies.
pub(crate) fn is_policy(key: &FileKey, language: &str) -> bool {
    let by_name = match key {
        FileKey::Path(path) => path.extension().is_some_and(|extension| extension == "policy"),
        FileKey::Other(uri) => uri.ends_with(".policy"),
    };
    by_name || language.contains("policy")
}

fn find_layout(start: &Path, documents: &Documents) -> (Option<Layout>, Vec<ProjectError>) {
    let mut problems = Vec::new();
    // The name of no file in particular, since the folder itself counts.
    let root = nearest_root(&start.join(CONFIG_FILE), documents);
    let location = match root {
        Some(root) => Location { config: Some(root.join(CONFIG_FILE)), root },
        None => Location { root: start.to_owned(), config: None },
    };
    let config = location.config.as_ref().and_then(|path| match documents.read(path) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.push(error);
            None
        }
    });
    match Layout::new(&location, config.as_deref(), None) {
        Ok(layout) => {
            problems.extend(layout.errors().iter().cloned());
            (Some(layout), problems)
        }
        Err(error) => {
            problems.push(error);
            (None, problems)
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests;
