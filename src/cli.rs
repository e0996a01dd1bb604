//! The command line: what was typed is turned once into what is needed, and every end into a documented exit code.

mod answers;
pub mod args;
mod ask;
mod check;
mod close;
mod completions;
mod demo;
mod drills;
mod drive;
pub mod exit;
mod export;
mod guard;
mod help;
mod hosts;
mod house;
mod identity;
mod key;
mod log;
mod man;
mod new;
mod outline;
mod outside;
mod plan;
mod print;
mod resume;
mod run;
mod runs;
mod say;
mod show;
mod targets;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::runtime::{Fail, crash, dumps};
use args::{Cli, Command};
use exit::Exit;
use house::House;

/// Runs the program with `args`, the program's name first, and returns its exit code.
pub fn main(args: Vec<OsString>) -> ExitCode {
    dumps::none_of_this_process();
    crash::tell();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            say::plain_err(&crate::text::sanitize_block(&error.render().to_string()));
            return Exit::Usage.into();
        }
        Err(error) => {
            // A closed pipe is no reason to fail: the text had no reader.
            error.print().unwrap_or_default();
            return Exit::Done.into();
        }
    };
    match dispatch(cli) {
        Ok(exit) => exit.into(),
        Err(fail) => {
            say::err(&crate::text::sanitize_block(&fail.to_string()));
            exit_of(&fail).into()
        }
    }
}

fn dispatch(cli: Cli) -> Result<Exit, Fail> {
    let house = House::of_this_process(cli.log.as_deref(), cli.debug.as_deref())?;
    crash::note_in(&house.debug);
    let log = house.log.display();
    house.debug.note("gonogo", || {
        let (version, pid) = (env!("CARGO_PKG_VERSION"), std::process::id());
        format!("version {version}, {}, process {pid}, log {log}", name(&cli.command))
    });
    let done = obey(&house, cli.command);
    house.debug.note("gonogo", || match &done {
        Ok(exit) => format!("done: {exit:?}"),
        Err(fail) => format!("failed: {fail}"),
    });
    done
}

/// Returns the name of a command, without what was typed behind it.
fn name(command: &Command) -> String {
    let all = format!("{command:?}");
    all.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_lowercase()
}

fn obey(house: &House, command: Command) -> Result<Exit, Fail> {
    match command {
        Command::Demo(args) => wait(demo::demo(house, args)),
        Command::Run(args) => wait(run::run(house, args)),
        Command::Resume(args) => wait(resume::resume(house, args)),
        Command::Close(args) => wait(close::close(house, args)),
        Command::Sign(args) => wait(outside::sign(house, args)),
        Command::Vote(args) => wait(outside::vote(house, args)),
        Command::Waive(args) => wait(outside::waive(house, args)),
        Command::Note(args) => wait(outside::note(house, args)),
        Command::Handover(args) => wait(outside::handover::handover(house, args)),
        Command::Answers(args) => answers::answers(&args),
        Command::Runs(args) => runs::runs(house, &args),
        Command::Show(args) => show::show(house, &args),
        Command::Drills(args) => drills::drills(house, &args),
        Command::Check(args) => check::check(&args),
        Command::Plan(args) => wait(plan::plan(house, args)),
        Command::Hosts(args) => wait(hosts::hosts(house, args)),
        Command::Outline(args) => outline::outline(&args),
        Command::Print(args) => print::on_paper(&args),
        Command::Export(args) => export::export(house, &args),
        Command::Verify(args) => verify::verify(house, &args),
        Command::Log(args) => wait(log::log(house, args)),
        Command::Key(args) => wait(key::key(house, args)),
        Command::New(args) => new::new(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
        Command::Help(args) => help::help(&args),
    }
}

fn wait(work: impl Future<Output = Result<Exit, Fail>>) -> Result<Exit, Fail> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| Fail::System(format!("no threads can be started: {e}")))?;
    let result = runtime.block_on(work);
    // A task that still waits for a host must not hold the program's end up.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}

const fn exit_of(fail: &Fail) -> Exit {
    match fail {
        Fail::Usage(_) => Exit::Usage,
        Fail::Invalid(_) => Exit::Invalid,
        Fail::Missing(_) => Exit::AnswerMissing,
        Fail::Host(_) => Exit::Host,
        Fail::Log(_) => Exit::Log,
        Fail::Unverified(_) => Exit::Unverified,
        Fail::Busy(_) => Exit::Busy,
        Fail::System(_) => Exit::NotCompleted,
    }
}

/// Writes `text` to standard output. A reader that went away is no failure.
fn print(text: &str) -> Result<(), Fail> {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Fail::System(format!("standard output cannot be written: {e}")))
        }
        _ => Ok(()),
    }
}
