//! The log as the tasks use it: stamped at the edge, asynchronous in front of the writer's thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::codec::NO_RUN;
use crate::audit::heads::Seen;
use crate::audit::query::{QueryError, Reader};
use crate::audit::store::tail::Head;
use crate::audit::writer::{Draft, Health, LogWriter, Unless, WriteError};
use crate::run::event::Event;
use crate::run::fact::{Entry, LogCheckpoint, Proof, Recorded, Stream};
use crate::run::proof::{self, Shown, Subject};
use crate::runtime::clock;
use crate::runtime::debug::{self, Debug};
use crate::runtime::signer::Signer;
use crate::runtime::vault::Vault;
use crate::sign::signers::AllowedSigners;
use crate::tui::msg::{Output, Piece};

/// Bytes of recorded output that are read at once for the screen.
const SHOWN: u64 = 512 * 1024;

/// The open log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Log {
    writer: LogWriter,
    path: PathBuf,
    vault: Vault,
    signer: Option<Signer>,
    allowed: Arc<AllowedSigners>,
    debug: Debug,
}

impl Log {
    /// Returns the log behind `writer`, whose file is `path`.
    #[must_use]
    pub fn new(writer: LogWriter, path: PathBuf) -> Self {
        Self {
            writer,
            path,
            vault: Vault::default(),
            signer: None,
            allowed: Arc::default(),
            debug: Debug::default(),
        }
    }

    /// Returns the log with the secrets that must never reach it.
    #[must_use]
    pub fn guarded(self, vault: Vault) -> Self {
        self.debug.guard(&vault);
        Self { vault, ..self }
    }

    /// Returns the log with where debug lines go.
    #[must_use]
    pub fn debugging(self, debug: Debug) -> Self {
        debug.guard(&self.vault);
        Self { debug, ..self }
    }

    /// Returns where debug lines go.
    #[must_use]
    pub const fn debug(&self) -> &Debug {
        &self.debug
    }

    /// Returns the log with whom it takes signatures of, and who signs what this process appends.
    #[must_use]
    pub fn signing(self, allowed: Arc<AllowedSigners>, signer: Option<Signer>) -> Self {
        Self { allowed, signer, ..self }
    }

    /// Returns who signs what this process appends.
    #[must_use]
    pub const fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// Returns whose signatures count.
    #[must_use]
    pub const fn allowed(&self) -> &Arc<AllowedSigners> {
        &self.allowed
    }

    /// Returns the secrets that must never reach the log.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Returns its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends facts of `run`, or of the log itself; the answer comes when they are durable.
    ///
    /// # Errors
    /// When they are not.
    pub async fn append(&self, run: Option<&str>, entries: Vec<Entry>) -> Result<Vec<Recorded>, WriteError> {
        self.append_unless(run, entries, None).await
    }

    /// Puts on the record that the head was left in the heads file, where a run began or ended.
    async fn checkpoint(&self, run: Option<&str>, recorded: &[Recorded]) {
        let mark = |fact: &&Recorded| matches!(fact.event, Event::RunOpened(_) | Event::RunClosed(_));
        let Some(fact) = recorded.iter().rev().find(mark) else { return };
        let head = Head { size: fact.seq, hash: fact.hash.clone() };
        let failed = self.writer.status().heads_file;
        self.left(run, head, "heads", failed).await;
    }

    /// Puts on the record that a head of the log was left somewhere, or why it could not be. The run goes on either way:
    /// a log that cannot be written shows that by itself.
    pub async fn left(&self, run: Option<&str>, head: Head, at: &str, failed: Option<String>) {
        let event = Event::LogCheckpoint(LogCheckpoint {
            size: head.size,
            head: head.hash,
            for_run: run.map(str::to_owned),
            at: at.to_owned(),
            failed: failed.map(|why| self.vault.text(&why)),
        });
        drop(self.writer.append(None, vec![Entry { event, chunk: None }], clock::now()).await);
    }

    /// Returns the newest head that this process knows, as a line that witnesses it.
    #[must_use]
    pub fn head(&self) -> Seen {
        let head = self.writer.status().head;
        Seen { log: self.writer.log().to_owned(), head, at: clock::now().wall, run: NO_RUN.to_owned() }
    }

    /// Returns how many events are not witnessed yet.
    #[must_use]
    pub fn unwitnessed(&self) -> u64 {
        self.writer.status().unwitnessed
    }

    /// Appends facts of `run` as [`Self::append`] does, unless other sessions recorded something of it after place
    /// `after` that may change what the facts were decided on.
    ///
    /// # Errors
    /// [`WriteError::Newer`] then, and when they are not durable.
    pub async fn append_unless(
        &self,
        run: Option<&str>,
        entries: Vec<Entry>,
        after: Option<u64>,
    ) -> Result<Vec<Recorded>, WriteError> {
        let (began, what) = (clock::now(), debug::kinds(&entries));
        let recorded = self.append_in_sight(run, entries, after).await;
        self.debug.appended(began, &what, &recorded);
        let recorded = recorded?;
        self.checkpoint(run, &recorded).await;
        Ok(recorded)
    }

    async fn append_in_sight(
        &self,
        run: Option<&str>,
        entries: Vec<Entry>,
        after: Option<u64>,
    ) -> Result<Vec<Recorded>, WriteError> {
        let mut entries = self.vault.facts(entries).map_err(WriteError::Secret)?;
        self.lower(&mut entries);
        let signer = self.signer.as_ref().filter(|_| entries.iter().any(|e| proof::claims_key(&e.event)));
        if signer.is_none() && after.is_none() {
            return self.writer.append(run, entries, clock::now()).await;
        }
        if signer.is_some() {
            self.show_head(&mut entries);
        }
        let seen =
            entries.iter().filter(|e| proof::claims_key(&e.event)).filter_map(|e| proof::seen(&e.event));
        let after = seen.chain(after).min();
        let facts: Vec<Event> = entries.iter().map(|entry| entry.event.clone()).collect();
        let unless = run.zip(after).map(|(run, after)| Unless {
            run: run.to_owned(),
            after,
            touches: Box::new(move |event| proof::are_touched(&facts, event)),
        });
        let drafts = self.drafts(signer, run, entries).await?;
        self.writer.append_drafts(drafts, unless, clock::now()).await
    }

    /// Names the log's head in the opening of a run: signed with it, the head before the run is witnessed by a key.
    fn show_head(&self, entries: &mut [Entry]) {
        let before = self.writer.status().head;
        for entry in entries {
            if let Event::RunOpened(opened) = &mut entry.event {
                let shown = Shown { event: before.size, head: before.hash.clone() };
                opened.seen.get_or_insert_with(|| Box::new(shown));
            }
        }
    }

    /// Returns the facts ready to be stored; those that name a key are signed. The log is free meanwhile.
    async fn drafts(
        &self,
        signer: Option<&Signer>,
        run: Option<&str>,
        entries: Vec<Entry>,
    ) -> Result<Vec<Draft>, WriteError> {
        let at = clock::now();
        let mut drafts = self.writer.draft(run, entries, at)?;
        let Some(signer) = signer else { return Ok(drafts) };
        for draft in drafts.iter_mut().filter(|draft| proof::claims_key(draft.event())) {
            let signed = signer.sign(draft.body(), at.wall.timestamp()).await;
            draft.signed(signed.map_err(|why| WriteError::Unsigned(why.to_string()))?);
        }
        Ok(drafts)
    }

    /// Returns whether appending these facts waits for an agent to sign.
    #[must_use]
    pub fn waits_for_key(&self, entries: &[Entry]) -> bool {
        let named = |entry: &Entry| proof::claims_key(&entry.event) && Subject::of(&entry.event).is_some();
        self.signer.as_ref().is_some_and(Signer::asks_agent) && entries.iter().any(named)
    }

    /// Says of names that a key proves them only where one signs.
    fn lower(&self, entries: &mut [Entry]) {
        for entry in entries {
            let own = proof::who(&entry.event).map(|who| who.name.as_str());
            let signs = own.is_some() && own == self.signer.as_ref().map(Signer::name);
            if !signs || Subject::of(&entry.event).is_none() {
                proof::lower(&mut entry.event, Proof::Typed);
            }
            proof::unseat(&mut entry.event);
        }
    }

    /// Appends facts and calls `done` when they are durable, or are not. Facts sent later come later in the log.
    pub fn send(
        &self,
        run: Option<&str>,
        entries: Vec<Entry>,
        done: impl FnOnce(Result<(), WriteError>) + Send + 'static,
    ) {
        match self.vault.facts(entries) {
            Ok(mut entries) => {
                // What is sent without waiting is never signed.
                for entry in &mut entries {
                    proof::lower(&mut entry.event, Proof::Typed);
                    proof::unseat(&mut entry.event);
                }
                self.writer.append_then(run, entries, clock::now(), Box::new(|r| done(r.map(|_| ()))));
            }
            Err(why) => done(Err(WriteError::Secret(why))),
        }
    }

    /// Tries to write again after a failure.
    ///
    /// # Errors
    /// Why it still does not go.
    pub async fn retry(&self) -> Result<(), String> {
        match self.writer.retry(clock::now()).await {
            Ok(Health::Healthy) => Ok(()),
            Ok(Health::Degraded { why } | Health::Stopped { why }) => Err(why),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Puts the end of the session on the record.
    ///
    /// # Errors
    /// When that could not be written; everything before it is safe.
    pub async fn close(&self, how: &str) -> Result<(), WriteError> {
        self.writer.close(how, clock::now()).await
    }

    /// Opens the log to read, off the async threads, and returns what `read` makes of it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, String> {
        let (path, allowed) = (self.path.clone(), Arc::clone(&self.allowed));
        let task = tokio::task::spawn_blocking(move || {
            Reader::open(&path).and_then(|reader| read(&reader.judging(allowed)))
        });
        match task.await {
            Ok(result) => result.map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Returns a later place than `after`, if all between the two was recorded by this session.
    #[must_use]
    pub fn own_since(&self, after: u64) -> Option<u64> {
        let status = self.writer.status();
        (status.others <= after && status.head.size > after).then_some(status.head.size)
    }

    /// Returns what other sessions recorded of the run after place `seq`; nothing if the log cannot be read.
    pub async fn from_others(&self, run: &str, seq: u64) -> Vec<Recorded> {
        let own = self.session().to_owned();
        let found = self.read(move |reader| reader.from_others(&own, seq)).await.unwrap_or_default().found;
        found.into_iter().filter(|(id, _)| id == run).map(|(_, fact)| fact).collect()
    }

    /// Returns this process's session.
    #[must_use]
    pub fn session(&self) -> &str {
        self.writer.session()
    }

    /// Returns how many bytes of standard output and standard error of the attempt are stored without a gap.
    pub async fn stored(&self, run: &str, number: u32) -> [u64; 2] {
        let run = run.to_owned();
        let pieces = self.read(move |reader| reader.pieces(&run, number)).await.unwrap_or_default();
        let mut have = [0, 0];
        for piece in pieces {
            let end = match piece.stream {
                Stream::Stdout => &mut have[0],
                Stream::Stderr => &mut have[1],
            };
            if piece.offset <= *end {
                *end = (*end).max(piece.offset + piece.len);
            }
        }
        have
    }

    /// Returns the recorded output of an attempt past the mark `after` (bytes of both streams), at most the newest
    /// 512 KiB of it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn output(&self, run: &str, number: u32, after: u64) -> Result<Output, String> {
        let name = run.to_owned();
        self.read(move |reader| {
            let pieces = reader.pieces(&name, number)?;
            let total: u64 = pieces.iter().map(|p| p.len).sum();
            let from = after.max(total.saturating_sub(SHOWN));
            let mut output = Output {
                run: name.clone(),
                number,
                skipped: from - after.min(from),
                pieces: Vec::new(),
                upto: total,
            };
            let mut mark = 0;
            for piece in pieces {
                let start = mark;
                mark += piece.len;
                if mark <= from {
                    continue;
                }
                let bytes = reader.chunk(piece.seq)?;
                let cut = usize::try_from(from.saturating_sub(start)).unwrap_or(0);
                let bytes = bytes.get(cut..).unwrap_or_default().to_vec();
                output.pieces.push(Piece { stream: piece.stream, at: piece.at, bytes });
            }
            Ok(output)
        })
        .await
    }
}
