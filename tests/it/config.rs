//! Tests of config: environments, answers, settings, files that cannot be read.

mod answers;
mod environment;
mod files;
