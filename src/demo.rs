//! The embedded default: SSH hosts inside the process, their fence, their guard, and honest stand-ins for the programs of a server.
//!
//! Real SSH over in-memory pipes: nothing listens, keys live in memory only. Commands run as the user who started the program, as
//! processes of this machine. Three belts keep them where they belong, and each says how far it reaches:
//!
//! - The fence ([`Fence`]): Landlock on the one thread that starts commands. No writing outside the demo directory, no TCP, no signals to
//!   others. Reading, UDP and unix sockets stay possible. It is as strong as the kernel is new, and the verdict says so.
//! - `PATH` is one directory of links to harmless tools ([`link_tools`]) and of stand-ins, so an unknown command is "not found" and never
//!   the machine's own. A full path (`/usr/bin/systemctl`) is not stopped by this, only by the fence.
//! - The guard ([`Guard`]): a process that ends every command when the program ends, however it ends. When somebody kills both, the
//!   kernel still ends what the program started itself, but not what that started.
//!
//! A command inherits the descriptors that the program itself was started with and cannot close, as from every program.
//! Linux only: `/proc`, Landlock and the parent-death signal have no like elsewhere.
//!
//! May import `text`, `clock` and `pty`. Outside crates: tokio, russh's server side, rustix, landlock, getrandom, rusqlite (stand-ins only).

mod command;
mod error;
mod fence;
mod guard;
mod hidden;
mod host;
mod hosts;
mod id;
mod launcher;
mod session;
mod signals;
mod spawn;
pub mod standin;
mod stdin;
mod sweep;
mod tools;
pub mod world;

pub use command::ExitOrder;
pub use error::DemoError;
pub use fence::Fence;
pub use guard::Guard;
pub use hidden::hidden;
pub use host::USER;
pub use hosts::{DemoHosts, HostPlan, Setup};
pub use id::DemoId;
pub use tools::{TOOLS, check_tools, link_tools};
