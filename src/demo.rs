//! The embedded default: SSH hosts inside the process, their fence, their guard, and honest stand-ins for the programs of a server.
//!
//! Real SSH over in-memory pipes: nothing listens, keys live in memory only. Commands run as the user who started the program, as
//! processes of this machine; three belts keep them where they belong, and each says how far it reaches:
//!
//! - [`fence`]: Landlock on the one thread that starts them ([`spawn`]): no writing outside the demo directory, no TCP, no signals to
//!   others. Reading, UDP and unix sockets stay possible. As strong as the kernel is new, and [`Fence`] says so.
//! - `PATH` is one directory of links to harmless tools ([`tools`]) and of stand-ins, so an unknown command is "not found" and never the
//!   machine's own. A full path (`/usr/bin/systemctl`) is not stopped by this, only by the fence.
//! - [`guard`]: a process that ends every command when the program ends, however it ends.
//!
//! Linux only: `/proc`, Landlock and the parent-death signal have no like elsewhere.
//!
//! May import `text` and `clock`. Outside crates: tokio, russh's server side, rustix, landlock, getrandom, rusqlite (stand-ins only).

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
pub use tools::{TOOLS, link_tools};
