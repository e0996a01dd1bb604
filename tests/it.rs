//! The one test binary: the rooms stand below `tests/it/`, the tools they share below `tests/support/`.

mod support;

mod it {
    mod architecture;
    mod audit;
    mod cli;
    mod config;
    mod demo;
    mod exec;
    mod report;
    mod run;
    mod runbook;
    mod runtime;
    mod sign;
    pub mod text;
    mod tui;
}
