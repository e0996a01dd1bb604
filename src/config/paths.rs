//! Where gonogo keeps its files (XDG base directories); the only user of `etcetera`.
//!
//! [`Paths::of_this_process`] is the one function here that reads the process environment; the rest is pure.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

/// The directories and files of one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The home directory, for `~/` in files.
    pub home: PathBuf,
    /// `$XDG_CONFIG_HOME/gonogo`.
    pub config: PathBuf,
    /// `$XDG_STATE_HOME/gonogo`.
    pub state: PathBuf,
    /// `$XDG_CACHE_HOME/gonogo`: what may be deleted at any time.
    pub cache: PathBuf,
    /// `GONOGO_LOG`, if it is set and not empty.
    pub log: Option<PathBuf>,
}

/// There is no home directory, so nothing can be kept.
#[derive(Debug, thiserror::Error)]
#[error("find a home directory: neither HOME nor the account names one; set HOME or XDG_STATE_HOME")]
pub struct NoHome;

impl Paths {
    /// Returns the paths of the operator whose process this is.
    ///
    /// # Errors
    /// When no home directory can be found.
    pub fn of_this_process() -> Result<Self, NoHome> {
        let base = etcetera::base_strategy::Xdg::new().map_err(|_| NoHome)?;
        // The strategy has a state directory on every system it serves.
        let state = base.state_dir().unwrap_or_else(|| base.home_dir().join(".local/state"));
        let log = std::env::var_os("GONOGO_LOG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let homes = [base.config_dir(), state, base.cache_dir()];
        Ok(Self::new(base.home_dir(), homes.each_ref().map(PathBuf::as_path), log))
    }

    /// Returns the paths below the home directory and the base directories of configuration, state and caches.
    #[must_use]
    pub fn new(home: &Path, homes: [&Path; 3], log: Option<PathBuf>) -> Self {
        let [config, state, cache] = homes.map(|home| home.join("gonogo"));
        Self { home: home.to_owned(), config, state, cache, log }
    }

    /// Returns the settings file.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.yaml")
    }

    /// Returns the audit log: `given` (from `--log`), else `GONOGO_LOG`, else `log.db` in the state directory.
    #[must_use]
    pub fn log_file(&self, given: Option<&Path>) -> PathBuf {
        given.map(Path::to_owned).or_else(|| self.log.clone()).unwrap_or_else(|| self.state.join("log.db"))
    }

    /// Returns the directory below which demos lie.
    #[must_use]
    pub fn demos(&self) -> PathBuf {
        self.state.join("demo")
    }
}
