//! One connection to a demo host: who may come in, and what may be asked.
//!
//! One key and one user; commands (`exec`) and shells, with a terminal if one is asked for, `env` for `LANG` and `LC_*`,
//! signals. Subsystems and forwarding are refused.
//! Callbacks never wait for a client or a command: a callback that waits stops the whole connection.

use std::collections::HashMap;
use std::sync::Arc;

use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty, Sig};

use super::command::Running;
use super::host::{Host, USER};
use super::signals;
use super::stdin::Full;
use crate::pty;

/// Channels open at a time, the default of OpenSSH (`MaxSessions`).
const MOST_CHANNELS: usize = 10;
/// Variables that a client may set for a command.
const MOST_VARIABLES: usize = 32;
/// Bytes of such a variable's value.
const LONGEST_VALUE: usize = 256;

/// The handler of one connection.
pub(super) struct Connection {
    host: Arc<Host>,
    channels: HashMap<ChannelId, Slot>,
}

#[derive(Default)]
struct Slot {
    env: Vec<(String, String)>,
    /// The size of the terminal that was asked for.
    terminal: Option<(u16, u16)>,
    running: Option<Running>,
}

impl Connection {
    /// Returns the handler of a new connection to `host`.
    pub(super) fn new(host: Arc<Host>) -> Self {
        Self { host, channels: HashMap::new() }
    }

    fn knows(&self, user: &str, key: &PublicKey) -> Auth {
        if user == USER && key.key_data() == self.host.client.key_data() {
            Auth::Accept
        } else {
            Auth::reject()
        }
    }

    fn running(&mut self, id: ChannelId) -> Option<&mut Running> {
        self.channels.get_mut(&id)?.running.as_mut()
    }

    /// Starts `script` for the channel, and tells whether that worked.
    async fn exec(&mut self, id: ChannelId, script: &[u8], handle: Handle) -> bool {
        let Some(slot) = self.channels.get_mut(&id).filter(|slot| slot.running.is_none()) else {
            return false;
        };
        let order = self.host.exit_order;
        let (terminal, command) = match slot.terminal.map(pty::open) {
            None => (None, None),
            Some(Ok((terminal, command))) => (Some(terminal), Some(command)),
            Some(Err(_)) => return false,
        };
        let Ok(child) = self.host.start(script, &slot.env, command).await else { return false };
        slot.running = Some(match terminal {
            None => Running::start(child, handle, id, order),
            Some(terminal) => Running::start_on_terminal(child, terminal, handle, id, order),
        });
        true
    }
}

/// Returns the size of a terminal as the kernel takes it.
fn size(columns: u32, rows: u32) -> (u16, u16) {
    let least = |n: u32| u16::try_from(n).unwrap_or(u16::MAX).max(1);
    (least(columns), least(rows))
}

/// A locale variable, which Debian's sshd accepts and no program takes for a command.
fn may_set(name: &str, value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    (name == "LANG" || name.strip_prefix("LC_").is_some_and(|rest| !rest.is_empty()))
        && name.bytes().all(plain)
        && value.len() <= LONGEST_VALUE
        && !value.contains('\0')
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.knows(user, offer.public_key))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.knows(user, key.public_key))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        // A channel that we close ourselves is not reported back as closed.
        self.channels.retain(|_, slot| !slot.running.as_ref().is_some_and(Running::is_over));
        if self.channels.len() >= MOST_CHANNELS {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        }
        self.channels.insert(channel.id(), Slot::default());
        // The `Channel` is dropped here: one that is kept and not read stops the connection. The callbacks get all it would.
        reply.accept().await;
        Ok(())
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.channels.get_mut(&id) {
            Some(slot) if may_set(name, value) && slot.env.len() < MOST_VARIABLES => {
                slot.env.push((name.to_owned(), value.to_owned()));
                session.channel_success(id)
            }
            _ => session.channel_failure(id),
        }
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        script: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.exec(id, script, session.handle()).await {
            session.channel_success(id)
        } else {
            session.channel_failure(id)
        }
    }

    async fn data(&mut self, id: ChannelId, data: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        if let Some(Err(Full)) = self.running(id).map(|running| running.push(data)) {
            self.channels.remove(&id);
            session.extended_data(
                id,
                1,
                b"too much input waits for the command; the channel is closed\n".to_vec(),
            )?;
            session.close(id)?;
        }
        Ok(())
    }

    async fn channel_eof(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        if let Some(running) = self.running(id) {
            running.end_of_input();
        }
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.channels.remove(&id);
        Ok(())
    }

    async fn signal(&mut self, id: ChannelId, sig: Sig, _: &mut Session) -> Result<(), Self::Error> {
        if let (Some(running), Some(signal)) = (self.running(id), signals::requested(&sig)) {
            running.signal(signal);
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        _term: &str,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.channels.get_mut(&id).filter(|slot| slot.running.is_none()) {
            Some(slot) => {
                slot.terminal = Some(size(columns, rows));
                session.channel_success(id)
            }
            None => session.channel_failure(id),
        }
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if let Some(running) = self.running(id) {
            running.resize(size(columns, rows));
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        let shell = self.host.shell();
        // Without a terminal there is nobody to type.
        let on_terminal = self.channels.get(&id).is_some_and(|slot| slot.terminal.is_some());
        if on_terminal && self.exec(id, shell, session.handle()).await {
            session.channel_success(id)
        } else {
            session.channel_failure(id)
        }
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        _: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(id)
    }

    async fn x11_request(
        &mut self,
        id: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(id)
    }
}

#[cfg(test)]
mod tests {
    use super::may_set;

    #[test]
    fn only_locale_variables_may_be_set() {
        assert!(may_set("LANG", "ar_EG.UTF-8"));
        assert!(may_set("LC_ALL", "C"));
        for name in ["LC_", "PATH", "LD_PRELOAD", "LC_x", "LANGUAGE", "BASH_ENV", "lang"] {
            assert!(!may_set(name, "x"), "{name}");
        }
        assert!(!may_set("LANG", "a\0b"));
    }
}
