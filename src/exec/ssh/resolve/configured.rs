//! Hosts that go by the SSH configuration, and everything else that a real run reaches: [`Written`] hosts, hosts of
//! either kind behind others.
//!
//! Answers are kept for a minute, so that a fan-out asks once and a reconnect an hour later sees what was edited since;
//! an answer that was an error is not kept. Eight questions are asked at once.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;

use super::hop::hops;
use super::options::{self, Options};
use super::tokens::{Surroundings, Tokens};
use super::written::Written;
use super::{Configuration, Question, Resolve};
use crate::exec::event::{Class, NotStarted};
use crate::exec::output::BoxFuture;
use crate::exec::request::{Host, SshName};
use crate::exec::target::{IdentityFile, Route, Target};

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(60);
/// Questions that are asked at once.
const AT_ONCE: usize = 8;
/// Hops that lead to a host at most: more are a circle.
const HOPS: usize = 8;
/// Key files that ssh looks for when nobody names one.
const USUAL: [&str; 8] = [
    "~/.ssh/id_rsa",
    "~/.ssh/id_ecdsa",
    "~/.ssh/id_ecdsa_sk",
    "~/.ssh/id_ed25519",
    "~/.ssh/id_ed25519_sk",
    "~/.ssh/id_xmss",
    "~/.ssh/id_dsa",
    "~/.ssh/identity",
];

/// An answer, or the one who asks for it; and since when.
type Kept = (Instant, Arc<OnceCell<String>>);

/// See the module.
pub struct Configured {
    configuration: Arc<dyn Configuration>,
    around: Surroundings,
    written: Written,
    /// The file that stands for every configuration that a host names, and for the user's own.
    instead: Option<PathBuf>,
    answers: Mutex<HashMap<Question, Kept>>,
    asking: Semaphore,
}

impl Configured {
    /// Returns a resolver that asks `configuration`; `written` says what hosts are given that are written out.
    #[must_use]
    pub fn new(configuration: Arc<dyn Configuration>, around: Surroundings, written: Written) -> Self {
        let asking = Semaphore::new(AT_ONCE);
        Self { configuration, around, written, instead: None, answers: Mutex::default(), asking }
    }

    /// Lets `file` stand for every configuration: the user's own, the machine's, and those that hosts name.
    #[must_use]
    pub fn instead(self, file: Option<PathBuf>) -> Self {
        Self { instead: file, ..self }
    }

    /// Returns how `host` is reached, whatever a run was opened with.
    ///
    /// # Errors
    /// Says why it cannot be resolved.
    pub async fn look_up(&self, host: &Host) -> Result<Target, NotStarted> {
        self.reached(host, false).await
    }

    /// `held` says that every name must lead to where the run was opened with.
    async fn reached(&self, host: &Host, held: bool) -> Result<Target, NotStarted> {
        let refuse = |why: String| NotStarted { class: Class::Host, why };
        let mut target = match &host.way.ssh {
            None => self.written.target(host),
            Some(ssh) => {
                let failed = |why| refuse(format!("{} cannot be resolved: {why}", host.name));
                let mut target =
                    self.named(ssh, &host.name, host.way.jump.is_some()).await.map_err(failed)?;
                self.written.own(host, &mut target);
                target
            }
        };
        if let Some(jump) = &host.way.jump {
            let through = Box::pin(self.reached(jump, held)).await?;
            target.route = Route::Jump(through.in_the_way());
        }
        let hops = target.hops().len();
        if hops > HOPS {
            return Err(refuse(format!("{} cannot be resolved: {hops} jump hosts lead to it", host.name)));
        }
        match &host.way.ssh {
            Some(ssh) if held => unmoved(host, ssh, target),
            _ => Ok(target),
        }
    }

    /// Returns what the configuration makes of a name; `routed` says that its way is written elsewhere.
    async fn named(&self, ssh: &SshName, name: &str, routed: bool) -> Result<Target, String> {
        let question = Question {
            config: self.instead.clone().or_else(|| ssh.config.clone()),
            user: None,
            port: ssh.port,
            name: ssh.name.clone(),
        };
        self.target(&question, name, routed, 0).await
    }

    async fn target(
        &self,
        question: &Question,
        name: &str,
        routed: bool,
        depth: usize,
    ) -> Result<Target, String> {
        let text = self.answer(question).await?;
        let options = options::read(&text)
            .map_err(|why| format!("what ssh -G says about {} is not understood: {why}", question.name))?;
        let mut target = self.expand(&options, question, name)?;
        if routed {
            return Ok(target);
        }
        let jump = options.proxy_jump.as_deref();
        let tokens = self.tokens(&options, question);
        target.route = match (jump, &options.proxy_command) {
            (Some(jump), _) => {
                if depth == HOPS {
                    return Err(format!("the jump hosts of {} lead round in a circle", question.name));
                }
                let questions = hops(&tokens.proxy(jump)?, question.config.as_deref())?;
                let mut way = Vec::new();
                for (index, hop) in questions.iter().enumerate() {
                    // As with ssh: what leads to the first hop is its own configuration's, the others are reached
                    // through the hop before them.
                    let found = Box::pin(self.target(hop, &hop.name, index > 0, depth + 1)).await?;
                    way.extend(found.in_the_way());
                }
                Route::Jump(way)
            }
            (None, Some(command)) => Route::Command(tokens.proxy(command)?),
            (None, None) => Route::Direct,
        };
        Ok(target)
    }

    async fn answer(&self, question: &Question) -> Result<String, String> {
        let now = Instant::now();
        let cell = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.retain(|_, (since, _)| now.duration_since(*since) < FRESH);
            answers.entry(question.clone()).or_insert_with(|| (now, Arc::default())).1.clone()
        };
        let ask = async {
            let _one = self.asking.acquire().await.map_err(|_| "nobody may ask any more".to_owned())?;
            self.configuration.ask(question).await
        };
        cell.get_or_try_init(|| ask).await.cloned()
    }

    fn tokens<'a>(&'a self, options: &'a Options, question: &'a Question) -> Tokens<'a> {
        Tokens {
            around: &self.around,
            hostname: &options.hostname,
            original: &question.name,
            key_alias: options.host_key_alias.as_deref(),
            jump: options.proxy_jump.as_deref().unwrap_or_default(),
            port: options.port,
            user: &options.user,
        }
    }

    fn expand(&self, options: &Options, question: &Question, name: &str) -> Result<Target, String> {
        let tokens = self.tokens(options, question);
        let home = |text: &String| PathBuf::from(self.around.at_home(text));
        let files = options.identity_files.iter().map(|text| {
            Ok(IdentityFile { path: tokens.path(text)?, named: !USUAL.contains(&text.as_str()) })
        });
        let variable = |name: &str| (self.around.variable)(name).filter(|value| !value.is_empty());
        let agent = match options.identity_agent.as_deref() {
            None | Some("SSH_AUTH_SOCK") => self.written.agent.clone(),
            Some("none") => None,
            Some(text) => match text.strip_prefix('$').filter(|name| !name.starts_with('{')) {
                Some(name) => {
                    let value = variable(name);
                    Some(
                        value
                            .ok_or_else(|| format!("`IdentityAgent {text}`: the variable is not set"))?
                            .into(),
                    )
                }
                None => Some(tokens.path(text)?),
            },
        };
        Ok(Target {
            family: options.family,
            identity_files: files.collect::<Result<_, String>>()?,
            identities_only: options.identities_only,
            certificate_files: options
                .certificate_files
                .iter()
                .map(|text| tokens.path(text))
                .collect::<Result<_, _>>()?,
            agent,
            user_known_hosts: options.user_known_hosts.iter().map(home).collect(),
            global_known_hosts: options.global_known_hosts.iter().map(home).collect(),
            revoked_host_keys: options
                .revoked_host_keys
                .as_ref()
                .map(|text| tokens.path(text))
                .transpose()?,
            host_key_alias: options.host_key_alias.clone(),
            strict: options.strict,
            hash_known_hosts: options.hash_known_hosts,
            methods: options.methods.clone(),
            password_prompts: options.password_prompts,
            keepalive: options.keepalive,
            keepalive_max: options.keepalive_max,
            connect_timeout: options.connect_timeout,
            notes: options.notes.clone(),
            ..Target::new(name, &options.user, &options.hostname, options.port)
        })
    }
}

impl Resolve for Configured {
    fn resolve<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<Target, NotStarted>> {
        Box::pin(self.reached(host, true))
    }
}

/// Returns `target` if it is what the run was opened with.
fn unmoved(host: &Host, ssh: &SshName, target: Target) -> Result<Target, NotStarted> {
    let was = Target::new(&host.name, &host.user, &host.address, host.port).identity_key();
    let is = target.identity_key();
    if was == is && ssh.through == target.through() {
        return Ok(target);
    }
    let words = |identity: String, through: &[String]| {
        if through.is_empty() { identity } else { format!("{identity} through {}", through.join(", ")) }
    };
    let why = format!(
        "{} is {} now, and the run was opened with {}: the SSH configuration has changed; nothing was sent",
        host.name,
        words(is, &target.through()),
        words(was, &ssh.through)
    );
    Err(NotStarted { class: Class::Moved, why })
}
