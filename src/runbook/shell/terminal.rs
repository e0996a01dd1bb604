//! Commands that need a terminal, or a person who answers (point 9 of the format); one table; pure.

use std::sync::LazyLock;

use super::calls::{Call, Feed};
use super::rows::{Match, Row, Table, is_like};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(ROWS.iter().copied()));

const PASSWORD: &str = "asks for a password";
const PASSPHRASE: &str = "asks for a passphrase";
const EDITOR: &str = "opens an editor";
const ASKS: &str = "waits for answers";
const SCREEN: &str = "fills the terminal";
const SHELL: &str = "opens a shell that waits for commands";

const ROWS: &[Row] = &[
    (
        "mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mariadb|mariadb-dump|mariadb-admin|mysqlpump|mydumper =-p|=--password",
        PASSWORD,
    ),
    ("psql|pg_dump|pg_dumpall|pg_restore|pg_basebackup|createdb|dropdb -W|=--password", PASSWORD),
    ("mongodump|mongorestore|mongosh|mongo =-p|=--password", PASSWORD),
    ("redis-cli --askpass", PASSWORD),
    ("passwd !--stdin|-S|--status|-l|-u|-d|-e|--lock|--unlock|--delete|--expire", PASSWORD),
    ("smbpasswd !-s|-x|-e|-d", PASSWORD),
    ("htpasswd !-b|-i|-D", PASSWORD),
    ("ssh-copy-id", PASSWORD),
    ("ssh-add !-l|-L|-d|-D|-x|-X|-k", PASSPHRASE),
    ("kinit !-k|-t|-R", PASSWORD),
    ("docker login !--password-stdin|-p|--password|--help", PASSWORD),
    ("helm registry login !--password-stdin|-p|--password", PASSWORD),
    ("npm|yarn|pnpm|bun login|adduser|add-user", PASSWORD),
    ("gh auth login|refresh !--with-token", ASKS),
    ("gcloud auth login|application-default", ASKS),
    ("gcloud init", ASKS),
    ("az login !--service-principal|--identity|--federated-token", ASKS),
    ("aws configure $", ASKS),
    ("aws configure sso", ASKS),
    ("aws sso login", ASKS),
    ("heroku|firebase|vercel|netlify|expo|eas|fly|flyctl|wrangler|terraform|railway|snyk login", ASKS),
    ("heroku|fly|flyctl auth:login|auth", ASKS),
    ("doctl auth init", ASKS),
    ("rclone config $", ASKS),
    ("cryptsetup luksOpen|luksFormat|open|luksAddKey !-d|--key-file|-q", PASSPHRASE),
    (
        "ansible|ansible-playbook -K|-k|--ask-become-pass|--ask-pass|--ask-vault-pass|-J|--ask-vault-password",
        PASSWORD,
    ),
    ("ansible-vault edit|create", EDITOR),
    (
        "gpg|gpg2 --gen-key|--full-generate-key|--full-gen-key|--generate-key|--edit-key|--change-passphrase !--batch",
        ASKS,
    ),
    (
        "gpg|gpg2 -s|-b|-c|--sign|--detach-sign|--clearsign|--clear-sign|--symmetric|--sign-key !--batch|--passphrase|--passphrase-file|--passphrase-fd|--list-keys|--verify",
        PASSPHRASE,
    ),
    ("vi|vim|vimdiff|view|nano|pico|micro|joe|mcedit|helix|hx|kak|jed|ne !--version|-es|--help", EDITOR),
    ("nvim !--headless|--version|--help", EDITOR),
    ("emacs !--batch|-batch|--script|--version|--daemon", EDITOR),
    ("emacsclient|ed|ex !-e|--eval|-s", EDITOR),
    ("crontab -e", EDITOR),
    ("visudo !-c|--check", EDITOR),
    ("vipw|vigr|sudoedit", EDITOR),
    ("sudo|doas -e|--edit", EDITOR),
    ("systemctl edit !--stdin", EDITOR),
    ("virsh edit", EDITOR),
    ("kubectl edit", EDITOR),
    ("rails|rake|bin/rails credentials:edit", EDITOR),
    (
        "git commit !-m|--message|-F|--file|--no-edit|-C|--reuse-message|--fixup|--dry-run|--squash|-S|--gpg-sign",
        EDITOR,
    ),
    ("git commit -S|--gpg-sign", PASSPHRASE),
    ("git tag -s|-u|--sign|--local-user", PASSPHRASE),
    ("git tag -a|--annotate !-m|--message|-F|--file", EDITOR),
    ("git rebase -i|--interactive", EDITOR),
    ("git add|checkout|reset|stash|restore|commit -p|--patch", ASKS),
    ("git add|clean -i|--interactive", ASKS),
    ("git mergetool|difftool|citool|gui", ASKS),
    ("git config -e|--edit", EDITOR),
    ("git notes edit|add !-m|-F|-C", EDITOR),
    ("git branch --edit-description", EDITOR),
    ("git cherry-pick|revert|merge -e|--edit", EDITOR),
    ("ssh-keygen !-N|-l|-R|-F|-H|-A|-B|-Q|-r|-e|-i|-D|-K|-L|-k|-y|-Y|-s", ASKS),
    ("openssl req !-subj|-batch|-in|-config|-x509toreq", ASKS),
    ("certbot certonly|run|install !-n|--non-interactive|--noninteractive", ASKS),
    ("certbot $ --nginx|--apache|--standalone|--webroot !-n|--non-interactive|--noninteractive", ASKS),
    (
        "apt|apt-get|aptitude install|upgrade|dist-upgrade|full-upgrade|remove|purge|autoremove !-y|--yes|--assume-yes|-s|--simulate|--dry-run|--download-only",
        ASKS,
    ),
    ("yum|dnf install|update|upgrade|remove|erase|autoremove !-y|--assumeyes", ASKS),
    ("pacman -S|-R !--noconfirm", ASKS),
    ("add-apt-repository !-y|--yes", ASKS),
    ("adduser !--disabled-password|--disabled-login|--system", ASKS),
    ("dpkg-reconfigure !-f|--frontend", ASKS),
    (
        "mysql_secure_installation|do-release-upgrade|raspi-config|nmtui|alsamixer|tasksel|dialog|whiptail|fzf|gum",
        ASKS,
    ),
    ("unminimize", ASKS),
    ("terraform|tofu|terragrunt apply|destroy $ !-auto-approve|-input", ASKS),
    ("terraform|tofu console", SHELL),
    ("npm|yarn|pnpm init !-y|--yes", ASKS),
    ("gh pr create !-t|--title|-f|--fill|--fill-first|-w|--web", ASKS),
    ("manage.py createsuperuser|collectstatic|flush !--noinput|--no-input", ASKS),
    ("manage.py changepassword", PASSWORD),
    ("manage.py shell|shell_plus|dbshell !-c|--command", SHELL),
    ("artisan tinker !--execute", SHELL),
    ("artisan db", SHELL),
    ("rails|bin/rails console|c|dbconsole|db", SHELL),
    ("less|more|most|man|info|pg !--version|--help", SCREEN),
    ("mc|ranger|nnn|k9s|lazygit|lazydocker|tig|ncdu|cfdisk|aptitude $ !--version|--help|-o", SCREEN),
    ("fdisk|gdisk !-l|--list|-x|-s", ASKS),
    ("parted !-s|--script|-l|--list", ASKS),
    ("tmux $", SCREEN),
    ("tmux attach|a|new|new-session|attach-session !-d", SCREEN),
    ("screen !-d|-dm|-dmS|-ls|-list|-X|-Q|-wipe|-v", SCREEN),
    ("docker run|exec|start|attach -t|--tty", "wants a terminal"),
    ("docker container run|exec|attach -t|--tty", "wants a terminal"),
    ("telnet|ftp|gdb|bc|irb|iex|ghci|scala|jshell|lua|bluetoothctl|nslookup $", SHELL),
    ("telnet|ftp|lftp !-c|-e|-f", SHELL),
    ("sftp !-b", SHELL),
    ("minicom|cu|picocom|tip", SCREEN),
    ("smbclient !-c|-L", SHELL),
    ("su-exec $", SHELL),
    ("sqlplus !-s|-S", SHELL),
];

/// Returns why `call` needs a terminal.
pub fn terminal(call: &Call<'_>) -> Option<Match> {
    TABLE.find(call).or_else(|| special(call)).filter(|_| !call.program.is_empty())
}

/// Returns whether `call` opens a shell or client that reads commands until it is left.
pub fn enters(call: &Call<'_>) -> bool {
    let tty = matches!(call.program, "docker" | "docker-compose" | "kubectl");
    let last = call.args.iter().rev().find(|a| !a.starts_with('-'));
    let opens = matches!(call.args.first(), Some(&("exec" | "run")));
    let shell =
        matches!(call.program, "tmux" | "screen") || (tty && opens && last.is_some_and(|w| is_shell(w)));
    terminal(call).is_some_and(|found| found.why == SHELL || shell)
}

fn special(call: &Call<'_>) -> Option<Match> {
    let fed = call.feed != Feed::Inherited;
    let words: Vec<&str> = call.args.iter().copied().filter(|a| !a.starts_with('-')).collect();
    let has = |options: &[&str]| call.args.iter().any(|a| options.iter().any(|o| a.starts_with(o)));
    let like = |options: &[&str]| call.args.iter().any(|a| options.iter().any(|o| is_like(o, a)));
    let found = |why| Some(Match { what: what(call), why });
    match call.program {
        "read" | "select" if !fed => {
            let asks = call.args.iter().any(|a| a.starts_with('-') && a.contains(['p', 's']));
            (asks || !call.inside).then(|| found(ASKS)).flatten()
        }
        "psql"
            if !fed
                && !like(&[
                    "-c",
                    "-f",
                    "-l",
                    "-V",
                    "--command",
                    "--file",
                    "--list",
                    "--version",
                    "--help",
                ]) =>
        {
            found(SHELL)
        }
        "mysql" | "mariadb"
            if !fed && !has(&["-e", "--execute", "-V", "--version", "--help"]) && !short_e(call) =>
        {
            found(SHELL)
        }
        "mongosh" | "mongo"
            if !fed
                && !has(&["--eval", "--file", "-f", "--version"])
                && !words.iter().any(|w| w.ends_with(".js")) =>
        {
            found(SHELL)
        }
        "sqlite3" if !fed && words.len() < 2 && !has(&["--version", "-version", "-cmd"]) => found(SHELL),
        "redis-cli" if !fed && only_options(call, &["-h", "-p", "-a", "-n", "-u", "--user", "--pass"]) => {
            found(SHELL)
        }
        "python" | "node" | "php" | "ruby" if !fed && call.args.is_empty() && call.program != "php" => {
            found(SHELL)
        }
        "php" if call.args.first() == Some(&"-a") => found(SHELL),
        "bash" | "sh" | "zsh" | "dash" | "ksh" | "ash" | "fish" | "pwsh"
            if !fed && call.args.iter().all(|a| matches!(*a, "-l" | "-i" | "--login")) =>
        {
            found(SHELL)
        }
        "ssh" if !fed && opens(&call.args) => found(SHELL),
        "su" if !fed && !has(&["-c", "--command"]) => found(SHELL),
        "sudo" | "doas" if !fed => {
            let shell = call.args.iter().any(|a| matches!(*a, "-i" | "-s" | "--login" | "--shell"));
            (shell && words.is_empty() || has(&["-i", "-s"]) && words.len() == 1 && has(&["-u"]))
                .then(|| found(SHELL))
                .flatten()
        }
        "kubectl" if call.args.first() == Some(&"exec") || call.args.first() == Some(&"run") => {
            let tty =
                call.args.iter().any(|a| matches!(*a, "-it" | "-ti" | "-t" | "--tty" | "-i" | "--stdin"));
            (tty && !fed && words.last().is_some_and(|w| is_shell(w))).then(|| found(SHELL)).flatten()
        }
        _ => None,
    }
}

/// `mysql -Nse 'select 1'`.
fn short_e(call: &Call<'_>) -> bool {
    call.args.iter().any(|a| {
        a.len() < 6
            && a.ends_with('e')
            && a.starts_with('-')
            && a.chars().skip(1).all(|c| "NBsrtvHXe".contains(c))
    })
}

/// Returns whether nothing but `valued` options with their words, and flags, stand there.
fn only_options(call: &Call<'_>, valued: &[&str]) -> bool {
    let mut at = 0;
    while let Some(word) = call.args.get(at) {
        if !word.starts_with('-')
            || matches!(*word, "--eval" | "--pipe" | "--scan" | "--version" | "--rdb" | "-v")
        {
            return false;
        }
        at += 1 + usize::from(valued.contains(word));
    }
    true
}

/// Returns whether `word` is a shell or a client that waits for commands.
pub fn is_shell(word: &str) -> bool {
    matches!(
        word.rsplit('/').next(),
        Some("sh" | "bash" | "zsh" | "ash" | "fish" | "psql" | "mysql" | "mariadb" | "redis-cli")
    )
}

/// `ssh host`: options (some take a word), a host, and nothing more.
fn opens(words: &[&str]) -> bool {
    let mut words = words.iter().copied();
    let mut host = false;
    while let Some(word) = words.next() {
        if matches!(word, "-N" | "-V" | "-Q" | "-O" | "-G" | "-f")
            || word.starts_with("-fN")
            || word.starts_with("-Nf")
        {
            return false;
        }
        if !host && word.starts_with('-') {
            let takes =
                word.len() == 2 && word.chars().nth(1).is_some_and(|c| "BbcDEeFIiJLlmopRSWw".contains(c));
            if takes {
                words.next();
            }
        } else if host {
            return false;
        } else {
            host = true;
        }
    }
    host
}

/// Returns the call in words, at most 60 letters.
pub fn what(call: &Call<'_>) -> String {
    let words = [call.program].into_iter().chain(call.args.iter().copied()).take(4).collect::<Vec<_>>();
    words.join(" ").trim().chars().take(60).collect()
}
