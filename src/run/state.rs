//! The state of a run: what its facts amount to. Only `evolve` changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Stamp;
use crate::run::attempt::Attempt;
use crate::run::event::RunOpened;
use crate::run::fact::{
    BoxSigned, BoxWaived, ChildClosed, ChildOpened, ChoiceMade, GateOpened, GateVoted, HostChosen,
    HostConnected, HostPin, MarkSet, NoteAdded, Proof, RunClosed, RunHandoverOffered, ShellClosed,
    ShellOpened, StepWaived, WayPin, Who,
};
use crate::run::places;
use crate::run::proof::Shown;
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{On, Runbook, Step};

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id, `r-` and random letters.
    pub id: String,
    /// The text it was opened with, parsed.
    pub source: Arc<Runbook>,
    /// The same with [`Self::values`] put in for its placeholders: what is shown, what runs and what is recorded.
    pub runbook: Arc<Runbook>,
    /// How it was opened.
    pub opened: RunOpened,
    /// When it was opened.
    pub opened_at: Stamp,
    /// Who drives it.
    pub captain: Who,
    /// To whom the captain offers it.
    pub offered: Option<(RunHandoverOffered, Stamp)>,
    /// Boxes, in the order of [`Runbook::boxes`].
    pub boxes: Vec<BoxState>,
    /// The variables that have a value.
    pub values: BTreeMap<String, String>,
    /// What `capture … per-host` read, by variable and host. A host's own value goes before the one in `values`.
    pub host_values: BTreeMap<String, BTreeMap<String, String>>,
    /// Variables whose value a person or a child run gave since a step that captures them was last started.
    pub by_hand: BTreeSet<String>,
    /// Attempts by their number.
    pub attempts: BTreeMap<u32, Attempt>,
    /// The newest attempt of each step on each host.
    pub(super) newest: BTreeMap<StepId, BTreeMap<String, u32>>,
    /// Waived steps.
    pub waived_steps: BTreeMap<StepId, (StepWaived, Stamp)>,
    /// Gates, by the index of the phase they stand before.
    pub gates: BTreeMap<usize, Gate>,
    /// Choices that were made, by their index in the runbook.
    pub choices: BTreeMap<usize, (ChoiceMade, Stamp)>,
    /// Where steps run that do not say so themselves.
    pub chosen_hosts: BTreeMap<StepId, (HostChosen, Stamp)>,
    /// The first connection to each host.
    pub connected: BTreeMap<String, HostConnected>,
    /// The first time that root was reached on each host.
    pub connected_as_root: BTreeMap<String, HostConnected>,
    /// Notes, in order.
    pub notes: Vec<(NoteAdded, Stamp)>,
    /// Child runs, in order.
    pub children: Vec<Child>,
    /// Shells on hosts, by their number.
    pub shells: BTreeMap<u32, Shell>,
    /// How it was closed.
    pub closed: Option<(RunClosed, Stamp)>,
    /// The newest event of the run.
    pub last_seq: u64,
    /// Its hash; empty where it is not known.
    pub last_hash: String,
    /// When that was.
    pub last_at: Stamp,
}

/// What the facts say about one box.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BoxState {
    /// The signature that stands; of a box that wants two people the second one.
    pub signed: Option<(BoxSigned, Stamp)>,
    /// Signatures of a box that wants two people: those that wait for a second person, then the first of the two.
    pub halves: Vec<(BoxSigned, Stamp)>,
    /// The waiver that stands.
    pub waived: Option<(BoxWaived, Stamp)>,
    /// The stopwatch that its signature pressed, and when.
    pub marked: Option<(MarkSet, Stamp)>,
    /// When its wait began.
    pub wait_started: Option<Stamp>,
    /// Whether the wait was ended early.
    pub wait_ended: bool,
    /// Earlier boxes that were accepted as open for it, until they are opened anew.
    pub accepted: BTreeSet<BoxId>,
    /// When it was first touched: its first step intended, wait started or child opened.
    pub touched_at: Option<Stamp>,
    /// How often a signature or waiver was taken back.
    pub reopened: u32,
}

impl BoxState {
    /// Returns whether a signature or a waiver stands.
    #[must_use]
    pub const fn settled(&self) -> bool {
        self.signed.is_some() || self.waived.is_some()
    }
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gate {
    /// Votes in order.
    pub votes: Vec<(GateVoted, Stamp)>,
    /// The places among the votes of those by somebody who might not speak for the role.
    pub void: BTreeSet<usize>,
    /// Its opening.
    pub opened: Option<(GateOpened, Stamp)>,
    /// Boxes that it was opened over, until they are opened anew.
    pub accepted: BTreeSet<BoxId>,
}

/// A child run, as its parent knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// How it was opened.
    pub opened: ChildOpened,
    /// When.
    pub at: Stamp,
    /// How it was closed.
    pub closed: Option<(ChildClosed, Stamp)>,
}

/// A shell on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shell {
    /// How it was opened.
    pub opened: ShellOpened,
    /// When.
    pub at: Stamp,
    /// How it ended.
    pub closed: Option<(ShellClosed, Stamp)>,
}

/// Role and name of the machine that gonogo runs on, for steps with `on=local`.
pub const LOCAL: &str = "local";

impl HostPin {
    /// Returns the machine that gonogo runs on, as `user` of it. It has no port: nothing is dialled.
    #[must_use]
    pub fn local(user: &str) -> Self {
        Self {
            role: LOCAL.to_owned(),
            name: LOCAL.to_owned(),
            user: user.to_owned(),
            address: LOCAL.to_owned(),
            port: 0,
            identity: None,
            known_hosts: None,
            way: WayPin::default(),
        }
    }

    /// Returns where it is, in words: `user@address:port`, and what lies on the way to it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { user, address, port, .. } = self;
        let address = if address.contains(':') { format!("[{address}]") } else { address.clone() };
        let through = &self.way.through;
        let way = if through.is_empty() { String::new() } else { format!(" through {}", through.join(", ")) };
        format!("{user}@{address}:{port}{way}")
    }

    /// Returns whether it is the machine that gonogo runs on.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.port == 0
    }
}

impl Run {
    /// Returns the state of a run just after its `run.opened`.
    #[must_use]
    pub fn new(id: String, runbook: Arc<Runbook>, opened: RunOpened, seq: u64, at: Stamp) -> Self {
        let runbook = places::without_hosts(runbook, &opened.hosts);
        let mut run = Self {
            id,
            boxes: vec![BoxState::default(); runbook.boxes.len()],
            source: Arc::clone(&runbook),
            runbook,
            opened_at: at,
            captain: opened.who.clone(),
            offered: None,
            values: opened.vars.clone(),
            host_values: BTreeMap::new(),
            by_hand: BTreeSet::new(),
            attempts: BTreeMap::new(),
            newest: BTreeMap::new(),
            waived_steps: BTreeMap::new(),
            gates: BTreeMap::new(),
            choices: BTreeMap::new(),
            chosen_hosts: BTreeMap::new(),
            connected: BTreeMap::new(),
            connected_as_root: BTreeMap::new(),
            notes: Vec::new(),
            children: Vec::new(),
            shells: BTreeMap::new(),
            closed: None,
            last_seq: seq,
            last_hash: String::new(),
            last_at: at,
            opened,
        };
        run.refill();
        for (index, phase) in run.source.phases.iter().enumerate() {
            if phase.gate && run.walks(index) {
                run.gates.insert(index, Gate::default());
            }
        }
        run
    }

    /// Returns the head that `who` is shown when they sign with a key; none where nothing is signed.
    pub(crate) fn seen_by(&self, who: &Who) -> Option<Box<Shown>> {
        let signs = who.proof == Proof::SshKey && !self.last_hash.is_empty();
        signs.then(|| Box::new(Shown { event: self.last_seq, head: self.last_hash.clone() }))
    }

    /// Returns whether its captain offers the run to the person called `name`.
    #[must_use]
    pub fn is_offered_to(&self, name: &str) -> bool {
        self.offered.as_ref().is_some_and(|(offer, _)| offer.to == name)
    }

    /// Returns the first connection to a host: the account's own, else the one that only root was reached by.
    #[must_use]
    pub fn reached(&self, host: &str) -> Option<&HostConnected> {
        self.connected.get(host).or_else(|| self.connected_as_root.get(host))
    }

    /// Returns whether the phase at `index` is walked: the rollback phases by a rollback inside the same file, the
    /// others by every other run.
    #[must_use]
    pub fn walks(&self, index: usize) -> bool {
        let inner = self.opened.parent.as_ref().is_some_and(|p| p.rollback)
            && self.runbook.front.rollback.as_deref().is_some_and(|link| link.starts_with('#'));
        self.runbook.phases.get(index).is_some_and(|phase| phase.rollback == inner)
    }

    /// Returns the indices of the boxes that the run walks, in order.
    pub fn walked(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        (0..self.runbook.boxes.len())
            .filter(|i| self.runbook.boxes.get(*i).is_some_and(|b| self.walks(b.phase)))
    }

    /// Returns the state of the box at `index`.
    #[must_use]
    pub fn box_state(&self, index: usize) -> Option<&BoxState> {
        self.boxes.get(index)
    }

    /// Returns the id of the box at `index`, or an empty one.
    #[must_use]
    pub fn box_id(&self, index: usize) -> BoxId {
        self.runbook.boxes.get(index).map_or_else(|| BoxId::from(""), |b| b.id.clone())
    }

    /// Returns the hosts that `step` runs on, in order.
    ///
    /// # Errors
    /// A sentence when no host stands for what the step names.
    pub fn targets(&self, step: &Step) -> Result<Vec<&HostPin>, String> {
        match &step.on {
            On::Role(role) => self.of_role(role),
            On::Local => self.of_role(LOCAL),
            On::First(role) => Ok(self.of_role(role)?.into_iter().take(1).collect()),
            On::Unstated => self.unstated(step),
        }
    }

    fn of_role(&self, role: &str) -> Result<Vec<&HostPin>, String> {
        let hosts = &self.opened.hosts;
        let found: Vec<&HostPin> = hosts.iter().filter(|h| h.role == role).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let named: Vec<&HostPin> = hosts.iter().filter(|h| h.name == role).take(1).collect();
        if named.is_empty() { Err(format!("no host has the role or name {role}")) } else { Ok(named) }
    }

    /// Returns the newest attempt of `step` on `host`.
    #[must_use]
    pub fn latest(&self, step: &StepId, host: &str) -> Option<&Attempt> {
        self.attempts.get(self.newest.get(step)?.get(host)?)
    }

    /// Returns the attempts that neither ended nor are unknown.
    pub fn in_flight(&self) -> impl Iterator<Item = &Attempt> + '_ {
        use crate::run::attempt::StepStatus;
        self.attempts.values().filter(|a| a.status() == StepStatus::Running)
    }

    /// Returns the attempts of which nobody knows what became, without those that were started anew since: only an
    /// `idempotent` step can be.
    pub fn unknown(&self) -> impl Iterator<Item = &Attempt> + '_ {
        use crate::run::attempt::StepStatus;
        self.attempts.values().filter(|a| a.status() == StepStatus::Unknown && self.is_latest(a))
    }

    /// Returns whether no later attempt of the same step was made on the same host.
    #[must_use]
    pub fn is_latest(&self, attempt: &Attempt) -> bool {
        let intent = &attempt.intent;
        self.latest(&intent.step, &intent.host).is_none_or(|a| a.intent.number <= intent.number)
    }

    /// Returns the value that `name` has for a step on `host`: the host's own, else everybody's.
    #[must_use]
    pub fn value_on(&self, name: &str, host: &str) -> Option<&String> {
        self.host_values.get(name).and_then(|own| own.get(host)).or_else(|| self.values.get(name))
    }

    /// Returns the variables that a step on `host` is given, with the values they have there.
    #[must_use]
    pub fn values_on(&self, host: &str) -> BTreeMap<String, String> {
        let mut values = self.values.clone();
        let own =
            self.host_values.iter().filter_map(|(name, own)| Some((name.clone(), own.get(host)?.clone())));
        values.extend(own);
        values
    }

    /// Returns the child run that is open.
    #[must_use]
    pub fn open_child(&self) -> Option<&Child> {
        self.children.iter().rev().find(|c| c.closed.is_none())
    }

    /// Returns what must be typed to confirm something dangerous on `host`: the environment's name, or the host's.
    #[must_use]
    pub fn confirm_word(&self, host: &str) -> String {
        self.opened.environment.as_ref().map_or_else(|| host.to_owned(), |e| e.name.clone())
    }
}
