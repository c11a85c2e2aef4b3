//! What all measurements share: projects on disk, folders for verdicts, and how long each may take.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::ensure;
use tempfile::TempDir;

use crate::process::{self, pgpe};
use crate::project::{Project, SCHEMA, SHIFTING, Site};
use crate::session::Session;
use crate::statistics::Budget;

/// What all measurements share.
pub struct Context {
    folder: TempDir,
    is_short: bool,
    projects: RefCell<BTreeMap<usize, Rc<Project>>>,
    number: Cell<usize>,
}

impl Context {
    /// Nothing is written as yet. If it is short, everything is done a few times only.
    pub fn new(is_short: bool) -> anyhow::Result<Context> {
        let folder = tempfile::Builder::new().prefix("pgpe-bench-").tempdir()?;
        Ok(Context { folder, is_short, projects: RefCell::default(), number: Cell::new(0) })
    }

    /// Whether only to check that everything works.
    pub fn is_short(&self) -> bool {
        self.is_short
    }

    /// The project of a size, written and proved before.
    pub fn project(&self, tables: usize) -> anyhow::Result<Rc<Project>> {
        if let Some(project) = self.projects.borrow().get(&tables) {
            return Ok(Rc::clone(project));
        }
        let folder = self.folder.path().join(format!("project-{tables}"));
        let project = Rc::new(Project::write(folder, tables)?);
        let checked =
            process::run(pgpe(&project.folder, &["check"]).env("PGPE_CACHE_DIR", self.cache(tables)))?;
        ensure!(checked.output.contains("proven"), "nothing is proved: {}", checked.output);
        self.projects.borrow_mut().insert(tables, Rc::clone(&project));
        Ok(project)
    }

    /// The folder with the verdicts on that project.
    pub fn cache(&self, tables: usize) -> PathBuf {
        self.folder.path().join(format!("verdicts-{tables}"))
    }

    /// A folder that does not exist.
    pub fn new_folder(&self) -> PathBuf {
        self.folder.path().join(format!("folder-{}", self.next_number()))
    }

    /// A server with everything proved, and the policies to edit.
    pub fn session(&self, tables: usize) -> anyhow::Result<(Session, Vec<Site>)> {
        let project = self.project(tables)?;
        let open = project.open_files();
        let mut documents: Vec<&str> = open.iter().map(|(path, _)| path.as_str()).collect();
        documents.extend([SHIFTING, SCHEMA]);
        let session = Session::ready(&project, &self.cache(tables), &documents)?;
        Ok((session, Site::all(&open)))
    }

    /// A number that nothing had before.
    pub fn next_number(&self) -> usize {
        self.number.set(self.number.get() + 1);
        self.number.get()
    }

    /// At most so many rounds, within about so many seconds.
    pub fn budget(&self, most: usize, seconds: u64) -> Budget {
        self.budget_of(if self.is_short { most.min(2) } else { most }, seconds)
    }

    /// The same, also if it is short.
    pub fn budget_of(&self, most: usize, seconds: u64) -> Budget {
        Budget { least: most.min(2), most, time: Duration::from_secs(seconds) }
    }
}
