//! Why the program could not do what was asked, in classes that have exit codes of their own.

/// A failure with the sentence for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fail {
    /// The command line does not fit.
    #[error("{0}")]
    Usage(String),
    /// A runbook, environment file or answers file is wrong or cannot be read.
    #[error("{0}")]
    Invalid(String),
    /// Something that only a person can give is missing, and nobody is there.
    #[error("{0}")]
    Missing(String),
    /// A host, authentication or host key.
    #[error("{0}")]
    Host(String),
    /// The audit log.
    #[error("{0}")]
    Log(String),
    /// A verification failed.
    #[error("{0}")]
    Unverified(String),
    /// Another process drives the run or holds the environment.
    #[error("{0}")]
    Busy(String),
    /// Anything else that the system refused.
    #[error("{0}")]
    System(String),
}

impl From<crate::audit::store::refuse::OpenError> for Fail {
    fn from(error: crate::audit::store::refuse::OpenError) -> Self {
        Self::Log(error.to_string())
    }
}

impl From<crate::audit::query::QueryError> for Fail {
    fn from(error: crate::audit::query::QueryError) -> Self {
        use crate::audit::query::QueryError as E;
        match error {
            E::NoRun(_) | E::Ambiguous { .. } => Self::Usage(error.to_string()),
            _ => Self::Log(error.to_string()),
        }
    }
}

impl From<crate::audit::writer::WriteError> for Fail {
    fn from(error: crate::audit::writer::WriteError) -> Self {
        use crate::audit::writer::WriteError as E;
        match error {
            E::Unsigned(_) | E::Newer { .. } => Self::Missing(error.to_string()),
            _ => Self::Log(error.to_string()),
        }
    }
}

impl From<crate::audit::locks::LockError> for Fail {
    fn from(error: crate::audit::locks::LockError) -> Self {
        match error {
            crate::audit::locks::LockError::Busy { .. } => Self::Busy(error.to_string()),
            crate::audit::locks::LockError::Io { .. } => Self::Log(error.to_string()),
        }
    }
}

impl From<crate::run::open::OpenError> for Fail {
    fn from(error: crate::run::open::OpenError) -> Self {
        use crate::run::open::OpenError as E;
        match error {
            E::Undeclared { .. } | E::Refused { .. } | E::Unfit { .. } | E::Missing(_) | E::Secret(_) => {
                Self::Usage(error.to_string())
            }
            E::Roles { .. } => Self::Invalid(error.to_string()),
        }
    }
}

impl From<getrandom::Error> for Fail {
    fn from(error: getrandom::Error) -> Self {
        Self::System(format!("the system's random source does not answer: {error}"))
    }
}
