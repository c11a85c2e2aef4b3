//! Variables and the user's files: what is outside of the project's own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where variables and files are looked up. Its values may be secrets, and are never printed.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

/// The parameters that variables give where nothing else does.
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGOPTIONS", "options"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCRL", "sslcrl"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
];

impl Environment {
    /// That of this process.
    pub fn of_process() -> Environment {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Environment { variables: std::env::vars_os().filter_map(text).collect() }
    }

    /// One of these variables alone.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Environment {
        Environment { variables: variables.into_iter().collect() }
    }

    /// The value of a variable; an empty one counts as absent, as it does for PostgreSQL's own clients.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The connection parameters that variables give.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        VARIABLES.iter().filter_map(|(name, parameter)| Some((*parameter, self.get(name)?)))
    }

    /// A file in the user's own folder.
    pub(super) fn home_file(&self, path: &str) -> Option<PathBuf> {
        let home = self.get("HOME").or(self.get("USERPROFILE"))?;
        Some(PathBuf::from(home).join(path))
    }

    /// The name of the user.
    pub(super) fn user(&self) -> Option<String> {
        let known = self.get("USER").or(self.get("LOGNAME")).or(self.get("USERNAME"));
        known.map(str::to_owned).or_else(|| whoami::username().ok())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({} variables)", self.variables.len())
    }
}
