//! Hosts by the SSH configuration, against real OpenSSH servers: `gonogo hosts`, and what a run pins and holds to.

use std::fs;
use std::path::{Path, PathBuf};

use gonogo::run::event::Event;
use gonogo::run::fact::{HopSeen, HostPin, Outcome};
use serde_json::Value;

use crate::it::cli::books::{HERE, HOSTED, facts, is_open, signed, walk};
use crate::support::binary::Sandbox;
use crate::support::sshd::Sshd;
use crate::support::unix_user::UnixUser;

/// Lines of a configuration for `name` that lead to `server`, with its own keys and records.
fn block(name: &str, server: &Sshd) -> String {
    let host = server.host(None);
    let dir = server.dir().display();
    format!(
        "Host {name}\n HostName 127.0.0.1\n Port {}\n User {}\n IdentityFile {dir}/user_ed25519\n \
         IdentitiesOnly yes\n UserKnownHostsFile {dir}/known_hosts_host_ed25519\n GlobalKnownHostsFile none\n",
        host.port, host.user
    )
}

/// Writes `ssh_config`, and an environment that names it with these hosts.
fn environment(sandbox: &Sandbox, hosts: &str, config: &str) -> PathBuf {
    sandbox.write("env.yaml", format!("here:\n  ssh_config: ./ssh_config\n  hosts: {hosts}\n"));
    sandbox.write("ssh_config", config)
}

fn pins(sandbox: &Sandbox) -> Vec<HostPin> {
    let opened = facts(sandbox).into_iter().find_map(|f| match f.event {
        Event::RunOpened(opened) => Some(opened.hosts),
        _ => None,
    });
    opened.expect("the run was opened")
}

fn looked(sandbox: &Sandbox, more: &[&str]) -> (Option<i32>, Value) {
    let shown =
        sandbox.run([&["hosts", "--env", "here", "--environments", "env.yaml", "--json"], more].concat());
    (shown.status.code(), serde_json::from_str(&shown.out).unwrap_or_else(|e| panic!("{e}: {shown}")))
}

fn host<'a>(sheet: &'a Value, name: &str) -> &'a Value {
    let all = sheet["hosts"].as_array().expect("hosts");
    all.iter().find(|host| host["name"] == name).unwrap_or_else(|| panic!("{name}: {sheet}"))
}

#[test]
#[ignore = "needs sshd"]
fn every_host_is_shown_with_what_a_step_would_find() {
    let (sandbox, bastion, web) = (Sandbox::new("hosts"), Sshd::start(), Sshd::start());
    let config = block("bastion", &bastion) + &block("web-1", &web) + " ProxyJump bastion\n";
    environment(&sandbox, "{web: [web-1], all: [web-1, bastion]}", &config);
    let (code, sheet) = looked(&sandbox, &["--trust"]);
    assert_eq!(
        (code, &sheet["ok"], &sheet["environment"]),
        (Some(0), &Value::Bool(true), &"here".into()),
        "{sheet}"
    );
    assert_eq!(sheet["hosts"].as_array().expect("hosts").len(), 2, "each host once");
    let seen = host(&sheet, "web-1");
    let user = web.host(None).user;
    assert_eq!(seen["roles"], serde_json::json!(["web", "all"]));
    assert_eq!(seen["user"], user);
    assert_eq!((&seen["address"], &seen["port"]), (&"127.0.0.1".into(), &web.port().into()));
    assert_eq!(seen["through"], serde_json::json!([format!("{user}@127.0.0.1:{}", bastion.port())]));
    assert_eq!(seen["ssh_name"], "web-1");
    assert_eq!(seen["host_key"]["verdict"], "trusted");
    assert_eq!(seen["host_key"]["fingerprint"], web.host_key().fingerprint());
    assert!(seen["host_key"]["by"].as_str().expect("a line").ends_with("known_hosts_host_ed25519:1"));
    assert!(seen["login"].as_str().expect("a key").contains("user_ed25519"), "{seen}");
    assert!(seen["shell"].as_str().expect("a shell").starts_with("bash "), "{seen}");
    assert!(
        ["none", "NOPASSWD", "password", "refused", "unclear"].iter().any(|word| seen["sudo"] == *word),
        "{seen}"
    );
    assert_eq!(seen["clock_offset_s"], 0.0, "it is the same clock");
    assert!(seen["round_trip_ms"].as_f64().expect("a time") > 0.0);
    let left = fs::read_dir(web.home().join(".gonogo")).map_or(0, |dir| dir.count());
    assert_eq!(left, 0, "nothing is left on the host");
    assert!(!sandbox.log().exists(), "no log is made");
    // The same for people.
    let shown = sandbox.run(["hosts", "--env", "here", "--environments", "env.yaml"]);
    shown.exits(0).tells("web-1 (web, all): ok").tells("here: all 2 hosts can be used");
    shown.tells(&format!("{user}@127.0.0.1:{}, web-1 of the SSH configuration", web.port()));
}

#[test]
#[ignore = "needs sshd"]
fn one_place_under_two_names_can_be_used_and_is_told() {
    let (sandbox, web) = (Sandbox::new("hosts-twice"), Sshd::start());
    web.known_hosts("host_ed25519");
    environment(&sandbox, "{web: [web-1, web-2], other: web-3}", &block("web-*", &web));
    let (code, sheet) = looked(&sandbox, &["--trust"]);
    assert_eq!(code, Some(0), "{sheet}");
    let notes = ["web-1", "web-2", "web-3"].map(|name| host(&sheet, name)["notes"].to_string());
    assert!(
        notes[0].contains("the same place as web-2:") && notes[1].contains("the same place as web-1:"),
        "{sheet}"
    );
    assert_eq!(notes[2], "[]", "it is the only one of its role");
    // The step runs there once for each name, as was said.
    signed(&sandbox, "book.md", HOSTED);
    let done = walk(&sandbox, "book.md", &[HERE.as_slice(), &["--trust"]].concat());
    done.exits(0).says("web-1, web-2 of the role web are all ");
    done.tells("touch on web-1: exit 0").tells("touch on web-2: exit 0").tells("=== completed");
}

#[test]
#[ignore = "needs sshd"]
fn a_host_that_cannot_be_used_is_named_and_the_others_are_shown() {
    let (sandbox, sshd) = (Sandbox::new("hosts-bad"), Sshd::start());
    sshd.known_hosts("host_ed25519");
    let config = [
        block("good", &sshd),
        block("unknown", &sshd).replace("known_hosts_host_ed25519", "none"),
        block("changed", &sshd).replace("known_hosts_host_ed25519", "known_hosts_stranger"),
        block("shut", &sshd).replace("user_ed25519", "stranger"),
        block("revoked", &sshd) + &format!(" RevokedHostKeys {}/host_ed25519.pub\n", sshd.dir().display()),
        block("unread", &sshd) + " RevokedHostKeys /nowhere/revoked\n",
        "Host gone\n HostName 127.0.0.1\n Port 1\nHost behind\n ProxyJump gone\nHost odd\n IdentityFile /x/%Z\n"
            .to_owned(),
    ];
    sshd.known_hosts("stranger");
    environment(
        &sandbox,
        "{all: [good, unknown, changed, shut, revoked, unread, gone, behind, odd]}",
        &config.concat(),
    );
    let (code, sheet) = looked(&sandbox, &["--trust"]);
    assert_eq!((code, &sheet["ok"]), (Some(4), &Value::Bool(false)), "{sheet}");
    assert_eq!(host(&sheet, "good")["failed"], Value::Null);
    for (name, class, said, key) in [
        ("unknown", "host key", "is not known", "refused"),
        ("changed", "host key", "has changed", "refused"),
        ("revoked", "host key", "host_ed25519.pub:1; nothing was sent", "refused"),
        ("unread", "host key", "reading /nowhere/revoked", "refused"),
        ("shut", "login", "no key was accepted", "trusted"),
        ("gone", "host", "refused the connection", ""),
        ("behind", "host", "behind is reached through gone", ""),
        ("odd", "resolution", "unknown token %Z", ""),
    ] {
        let seen = host(&sheet, name);
        assert_eq!(seen["failed"]["class"], class, "{seen}");
        assert!(seen["failed"]["why"].as_str().expect("a sentence").contains(said), "{seen}");
        assert_eq!(seen["host_key"]["verdict"].as_str().unwrap_or_default(), key, "{seen}");
    }
    let shown = sandbox.run(["hosts", "--env", "here", "--environments", "env.yaml"]);
    shown.exits(4).tells("good (all): ok").tells("gone (all): FAILED").tells("here: 8 of 9 cannot be used");
}

/// Whatever looks at a runbook runs nothing that an SSH configuration beside it names; what reaches hosts wants trust.
#[test]
#[ignore = "needs ssh"]
fn a_configuration_beside_the_environment_wants_trust() {
    let sandbox = Sandbox::new("hosts-trust");
    signed(&sandbox, "book.md", HOSTED);
    let mark = sandbox.path("marked");
    let config = format!(
        "Match exec \"touch {}\"\n Port 1\nHost *\n HostName 127.0.0.1\n ProxyCommand touch {}\n",
        mark.display(),
        mark.display()
    );
    environment(&sandbox, "{web: web-1}", &config);
    sandbox.run(["check", "book.md", "--env", "here"]).exits(0);
    sandbox.run(["plan", "book.md", "--env", "here"]).tells("web-1 of the SSH configuration");
    let hosts = ["hosts", "--env", "here", "--environments", "env.yaml", "--json"];
    sandbox.run(hosts).exits(3).only_says("ssh_config would say how hosts are reached");
    walk(&sandbox, "book.md", &HERE).exits(3).says("ProxyCommand touch");
    sandbox.run(["plan", "book.md", "--env", "here", "--set", "TAG=v1", "--live"]).exits(3);
    assert!(!mark.exists() && !sandbox.log().exists(), "nothing ran, nothing is recorded");
    let (code, sheet) = looked(&sandbox, &["--trust"]);
    assert_eq!(code, Some(4), "{sheet}");
    assert!(mark.exists());
    // Trusted until it changes.
    assert_eq!(looked(&sandbox, &[]).0, Some(4));
    sandbox.write("ssh_config", format!("{config}# more\n"));
    sandbox.run(hosts).exits(3).says("it has changed since");
}

#[test]
#[ignore = "needs sshd"]
fn a_run_is_held_to_where_its_names_led_when_it_was_opened() {
    let (sandbox, bastion, web) = (Sandbox::new("pins"), Sshd::start(), Sshd::start());
    let other = Sshd::start();
    for server in [&bastion, &web, &other] {
        server.known_hosts("host_ed25519");
    }
    signed(&sandbox, "book.md", HOSTED);
    let good = block("bastion", &bastion) + &block("web-1", &web) + " ProxyJump bastion\n";
    let shut = good.replace("/user_ed25519", "/stranger");
    let file = environment(&sandbox, "{web: {host: web-1, identity: ./key}}", &shut);
    fs::copy(web.dir().join("stranger"), sandbox.path("key")).expect("copied");
    let trusting = [HERE.as_slice(), &["--trust"]].concat();
    walk(&sandbox, "book.md", &trusting).exits(4).says("web-1 is reached through bastion: cannot log in");
    let pin = pins(&sandbox).remove(0);
    let user = web.host(None).user;
    assert_eq!((pin.user, pin.address, pin.port), (user.clone(), "127.0.0.1".to_owned(), web.port()));
    assert_eq!(pin.way.through, [format!("{user}@127.0.0.1:{}", bastion.port())]);
    let ssh = pin.way.ssh.expect("it goes by the configuration");
    assert_eq!((ssh.name.as_str(), ssh.config.as_deref().map(Path::new)), ("web-1", Some(file.as_path())));

    let resume = ["resume", "--headless", "--answers", "answers.yaml", "--trust"];
    fs::copy(web.dir().join("user_ed25519"), sandbox.path("key")).expect("copied");
    for moved in [
        good.replace(&format!("Port {}", web.port()), &format!("Port {}", other.port())),
        good.replace(" ProxyJump bastion\n", ""),
        good.replace(&format!("Port {}", bastion.port()), &format!("Port {}", other.port())),
    ] {
        fs::write(&file, moved).expect("written");
        sandbox
            .run(resume)
            .exits(4)
            .says("web-1 is")
            .says("and the run was opened with")
            .says("nothing was sent");
        assert!(is_open(&sandbox));
    }
    assert!(!other.log().contains("Accepted"), "nobody logged in elsewhere");
    // The last of these changes was meant: it is accepted, on the record.
    fs::write(&file, good.replace(" ProxyJump bastion\n", "")).expect("written");
    let shown = sandbox.run([&resume[..], &["--accept-host", "web-1"]].concat());
    shown.exits(0).tells("touch on web-1: exit 0").tells("=== completed");
    let now = facts(&sandbox).into_iter().find_map(|f| match f.event {
        Event::HostRepinned(e) => Some((e.before, e.pin.in_words())),
        _ => None,
    });
    let place = format!("{user}@127.0.0.1:{}", web.port());
    let before = format!("{place} through {user}@127.0.0.1:{}", bastion.port());
    assert_eq!(now, Some((before, place)));
    sandbox.run(["verify"]).exits(0);
}

#[test]
#[ignore = "needs sshd"]
fn a_run_is_held_to_the_key_that_a_host_showed_first() {
    let (sandbox, web) = (Sandbox::new("pinned-key"), Sshd::start());
    // Its directory is missing at first: the host is reached, and the step does not start.
    let text = HOSTED.replace("name=touch on=web", "name=touch on=web cwd=there");
    assert_ne!(text, HOSTED);
    signed(&sandbox, "book.md", &text);
    let known = sandbox.write("known", fs::read(web.known_hosts("host_ed25519")).expect("read"));
    let entry = format!(
        "{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: ./known}}",
        web.host(None).user,
        web.port(),
        web.dir().join("user_ed25519").display()
    );
    sandbox.write("env.yaml", format!("here:\n  hosts: {{web: {entry}}}\n"));
    let trusting = [HERE.as_slice(), &["--trust"]].concat();
    let shown = walk(&sandbox, "book.md", &trusting);
    shown.says("touch on web-1: not started: ");
    assert!(is_open(&sandbox));
    let begun = || facts(&sandbox).iter().filter(|f| matches!(f.event, Event::StepStarted(_))).count();
    let before = begun();
    // Another key of the same host, and the list of keys vouches for it.
    fs::copy(web.known_hosts("host_ecdsa"), &known).expect("copied");
    fs::create_dir(web.home().join("there")).expect("a directory");
    let resume = ["resume", "--headless", "--answers", "answers.yaml", "--trust"];
    sandbox
        .run(resume)
        .exits(4)
        .says(&format!("showed {} when this run first", web.host_key().fingerprint()));
    assert_eq!(begun(), before, "nothing was begun");
    sandbox.run([&resume[..], &["--accept-host", "web-2"]].concat()).exits(2).says("no host of that name");
    // Accepted on the record, and from then on it is this key.
    sandbox.run([&resume[..], &["--accept-host", "web-1"]].concat()).exits(0).tells("=== completed");
    let repinned: Vec<_> = facts(&sandbox)
        .into_iter()
        .filter_map(|f| match f.event {
            Event::HostRepinned(e) => Some((e.who.name, e.before_key)),
            _ => None,
        })
        .collect();
    assert_eq!(repinned, [("layla".to_owned(), Some(web.host_key().fingerprint()))]);
    let ends = facts(&sandbox).into_iter().filter_map(|f| match f.event {
        Event::StepFinished(end) => Some(end.outcome),
        _ => None,
    });
    let ends: Vec<Outcome> = ends.collect();
    assert!(
        matches!(ends.as_slice(), [Outcome::NotStarted(_), Outcome::NotStarted(_), Outcome::Exited(0)]),
        "{ends:?}"
    );
}

/// The key of a jump host is a part of where the run was, as its address is.
#[test]
#[ignore = "needs sshd"]
fn a_run_is_held_to_the_keys_on_the_way() {
    let (sandbox, bastion, web) = (Sandbox::new("pinned-way"), Sshd::start(), Sshd::start());
    let text = HOSTED.replace("name=touch on=web", "name=touch on=web cwd=there");
    signed(&sandbox, "book.md", &text);
    let known = bastion.known_hosts("host_ed25519");
    web.known_hosts("host_ed25519");
    let config = block("bastion", &bastion) + &block("web-1", &web) + " ProxyJump bastion\n";
    environment(&sandbox, "{web: web-1}", &config);
    let trusting = [HERE.as_slice(), &["--trust"]].concat();
    walk(&sandbox, "book.md", &trusting).says("touch on web-1: not started: ");
    let at = format!("{}@127.0.0.1:{}", web.host(None).user, bastion.port());
    let first = HopSeen {
        at: at.clone(),
        key_type: "ssh-ed25519".to_owned(),
        fingerprint: bastion.host_key().fingerprint(),
    };
    let through = facts(&sandbox).into_iter().find_map(|f| match f.event {
        Event::HostConnected(e) => Some(e.through.to_vec()),
        _ => None,
    });
    assert_eq!(through, Some(vec![first.clone()]));
    // Another key of the jump host, and the list of keys vouches for it.
    fs::copy(bastion.known_hosts("host_ecdsa"), &known).expect("copied");
    fs::create_dir(web.home().join("there")).expect("a directory");
    let resume = ["resume", "--headless", "--answers", "answers.yaml", "--trust"];
    let logins = || web.log().matches("Accepted").count() + bastion.log().matches("Accepted").count();
    let before = logins();
    let moved = format!("showed {} when this run first connected", first.fingerprint);
    sandbox.run(resume).exits(4).says("web-1 is reached through bastion").says(&moved);
    assert_eq!(logins(), before, "nobody was sent anything");
    sandbox.run([&resume[..], &["--accept-host", "web-1"]].concat()).exits(0).tells("=== completed");
    let repinned = facts(&sandbox).into_iter().find_map(|f| match f.event {
        Event::HostRepinned(e) => Some(e.before_through),
        _ => None,
    });
    assert_eq!(repinned, Some(vec![first]));
    sandbox.run(["verify"]).exits(0);
}

#[test]
#[ignore = "needs sshd"]
fn a_configuration_of_the_command_line_stands_for_every_other() {
    let (sandbox, web) = (Sandbox::new("ssh-config"), Sshd::start());
    signed(&sandbox, "book.md", HOSTED);
    web.known_hosts("host_ed25519");
    let own = sandbox.write("own", block("web-1", &web));
    let own = own.to_str().expect("UTF-8");
    environment(&sandbox, "{web: web-1}", "Host web-1\n HostName 192.0.2.1\n");
    // It was given by hand, so nobody asks whether it is trusted.
    let (code, sheet) = looked(&sandbox, &["--ssh-config", own]);
    assert_eq!(code, Some(0), "{sheet}");
    let given = [HERE.as_slice(), &["--ssh-config", own]].concat();
    walk(&sandbox, "book.md", &given).exits(0).tells("touch on web-1: exit 0").tells("=== completed");
    let trusting = [HERE.as_slice(), &["--trust"]].concat();
    walk(&sandbox, "book.md", &trusting).exits(3).says("192.0.2.1 is a name or address that is reserved");
    sandbox.run(["hosts", "--env", "here", "--environments", "env.yaml", "--ssh-config", "nothing"]).exits(2);
}

#[test]
#[ignore = "needs root, sshd and sudo"]
fn what_sudo_would_want_is_told_apart() {
    let sandbox = Sandbox::new("hosts-sudo");
    let all = [
        ("# nothing", "refused"),
        ("USER ALL=(ALL:ALL) ALL", "password"),
        ("USER ALL=(ALL:ALL) NOPASSWD: ALL", "NOPASSWD"),
        ("USER ALL=(ALL:ALL) NOPASSWD: /bin/true", "refused"),
        ("Defaults:USER requiretty\nUSER ALL=(ALL:ALL) ALL", "unclear"),
    ];
    let user = UnixUser::new("correct horse battery", all[0].0);
    let server = Sshd::start_with("ForceCommand none");
    let entry = format!(
        "{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {}}}",
        user.name,
        server.port(),
        server.dir().join("user_ed25519").display(),
        server.known_hosts("host_ed25519").display()
    );
    sandbox.write("env.yaml", format!("here:\n  hosts: {{web: {entry}}}\n"));
    for (sudoers, want) in all {
        user.sudoers(sudoers);
        let (code, sheet) = looked(&sandbox, &["--trust"]);
        assert_eq!((code, &host(&sheet, "web-1")["sudo"]), (Some(0), &want.into()), "{sudoers}: {sheet}");
    }
    user.sudoers(all[0].0);
    let shown = sandbox.run(["hosts", "--env", "here", "--environments", "env.yaml"]);
    shown.exits(0).tells(&format!("refused: Sorry, user {} may not run sudo on ", user.name));
}

/// What a host is reached through is as real as the host itself.
#[test]
fn a_jump_host_for_samples_is_refused_as_a_host_is() {
    let sandbox = Sandbox::new("sample-jumps");
    signed(&sandbox, "book.md", HOSTED);
    let web = |jump: &str| format!("{{host: web-1, address: 127.0.0.1, user: layla, port: 1, jump: {jump}}}");
    for (hosts, sample) in [
        (format!("{{web: {}}}", web("omar@192.0.2.7")), "omar@192.0.2.7"),
        (format!("{{web: {}}}", web("'omar@[2001:db8::7]:2222'")), "omar@2001:db8::7"),
        (format!("{{web: {}, way: omar@bastion.example.net}}", web("way")), "omar@bastion.example.net"),
        (
            format!(
                "{{web: {}, way: {{host: way, address: 127.0.0.1, user: omar, jump: yusuf@203.0.113.9}}}}",
                web("way")
            ),
            "yusuf@203.0.113.9",
        ),
    ] {
        sandbox.write("env.yaml", format!("here:\n  hosts: {hosts}\n"));
        let said = format!("{sample} is a name or address that is reserved for samples");
        let refused = walk(&sandbox, "book.md", &HERE);
        refused.exits(3).only_says(&said).says("write your own hosts into the environment file");
        assert!(!sandbox.log().exists());
        let address = sample.split_once('@').expect("a user").1;
        sandbox.run(["check", "book.md", "--env", "here"]).tells("reserved-host").tells(address);
        sandbox.run(["plan", "book.md", "--env", "here", "--set", "TAG=v1"]).tells(sample);
    }
}

#[test]
#[ignore = "needs ssh"]
fn a_jump_host_of_the_configuration_for_samples_is_refused() {
    let sandbox = Sandbox::new("sample-proxies");
    signed(&sandbox, "book.md", HOSTED);
    let config = "Host web-1\n HostName 127.0.0.1\n User layla\n ProxyJump inner,omar@198.51.100.4:2222\nHost inner\n HostName 127.0.0.1\n";
    environment(&sandbox, "{web: web-1}", config);
    let trusting = [HERE.as_slice(), &["--trust"]].concat();
    walk(&sandbox, "book.md", &trusting)
        .exits(3)
        .says("omar@198.51.100.4 is a name or address that is reserved");
    assert!(!sandbox.log().exists());
}

/// Two names of one place in one role: nothing is refused, and everybody is told that a step would run there twice.
#[test]
fn one_place_under_two_names_is_told() {
    let sandbox = Sandbox::new("twice");
    signed(&sandbox, "book.md", HOSTED);
    let host =
        |name: &str, more: &str| format!("{{host: {name}, address: 127.0.0.1, user: layla, port: 1{more}}}");
    let hosts =
        format!("{{web: [{}, {}, {}]}}", host("a", ""), host("b", ""), host("c", ", jump: omar@127.0.0.1"));
    sandbox.write("env.yaml", format!("here:\n  hosts: {hosts}\n"));
    let same = "a, b of the role web are all layla@127.0.0.1:1";
    sandbox.run(["check", "book.md", "--env", "here"]).exits(0).tells("same-host").tells(same);
    let shown = walk(&sandbox, "book.md", &HERE);
    shown.says(&format!("{same}: a step on that role runs there once for each name"));
    // The run is not refused: what fails is that nobody listens there.
    shown.exits(4);
    sandbox
        .write("env.yaml", format!("here:\n  hosts: {{web: {}, other: {}}}\n", host("a", ""), host("b", "")));
    assert!(!sandbox.run(["check", "book.md", "--env", "here"]).exits(0).out.contains("same-host"));
    assert!(!walk(&sandbox, "book.md", &HERE).err.contains("are all"), "each role has it once");
}

#[test]
#[ignore = "needs ssh"]
fn two_names_of_the_configuration_for_one_place_are_told() {
    let sandbox = Sandbox::new("twice-ssh");
    signed(&sandbox, "book.md", HOSTED);
    environment(&sandbox, "{web: [web-1, web-2]}", "Host web-*\n HostName 127.0.0.1\n User layla\n Port 1\n");
    let trusting = [HERE.as_slice(), &["--trust"]].concat();
    walk(&sandbox, "book.md", &trusting)
        .says("web-1, web-2 of the role web are all layla@127.0.0.1:1: a step on that role runs there once");
}
