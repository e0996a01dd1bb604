//! Which lines are commands, in blocks and code spans that do not say so; pure.
//!
//! A word of this table at the beginning makes a line a command. Some are English words as well ("make sure that …"):
//! with those the rest must not read like a sentence.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::scan::Scan;

static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| COMMANDS.split_whitespace().collect());
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| ENGLISH.split_whitespace().collect());
static ALONE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| COMPLETE.split_whitespace().collect());

/// Programs and builtins.
const COMMANDS: &str = "
adb adduser alembic ansible ansible-galaxy ansible-playbook apk apt apt-get apt-cache artisan awk aws az
base64 bash bazel brew bun bundle bunzip2 bunx
caddy cargo cat cd certbot chgrp chmod chown chsh cmake cmp cockroach composer consul cp cpio crictl crontab ctr curl
df diff dig dmesg dnf docker docker-compose doctl doppler dotnet dpkg dropdb du
echo egrep eksctl env etcdctl eval exec exit expo export
fail2ban-client fastlane fdisk fgrep firebase firewall-cmd flask flutter fly flyctl free fsck
gcloud gem getent gh git glab gofmt goreleaser gpasswd gpg gradle grep groupadd gsutil gunicorn gunzip gzip
helm heroku hostname hostnamectl htop htpasswd http hugo
id ifconfig influx init initctl invoke-rc.d ip iptables
java jekyll jest journalctl jq k9s kill killall kinit kubectl kubectx kubens kustomize
lerna ldapsearch ln logger lsb_release ls lsblk lscpu lsof ltrace lvextend lvs
mariadb md5sum mc minikube mix mkdir mkfs mkfs.ext4 mktemp mongo mongodump mongorestore mongosh mtr mv mvn mvnw mysql
mysqladmin mysqlcheck mysqldump mysqlimport
nano nc netlify netstat next nginx nmap nmcli nohup nomad npm npx nslookup nvm
oc openssl
packer passwd pg_basebackup pg_ctl pg_dump pg_dumpall pg_isready pg_restore pgbench pgrep php php-fpm ping pip pip3
pipenv pipx pkill pm2 pnpm podman poetry popd printf prisma ps psql pulumi pushd pwd pyenv pytest python python3
rabbitmqctl rails rake rbenv rclone readlink realpath reboot redis-cli redis-server renice rm rmdir rspec rsync ruby
rustup
s3cmd sam scp sed sentry-cli serverless service sestatus sftp sh sha1sum sha256sum sha512sum shasum shutdown sidekiq
skopeo sqlite3 ss ssh ssh-add ssh-copy-id ssh-keygen ssh-keyscan stat strace su sudo supervisorctl swapoff swapon
sysctl systemctl systemd-analyze
tailscale tar tcpdump tee telnet terraform terragrunt timedatectl timeout tmux tofu traceroute tree tsc twine
ufw ulimit umask umount unalias uname unlink unset unzip update-alternatives uptime useradd userdel usermod uv
vagrant vault vercel vgs vi vim virtualenv visudo vmstat
wget whoami wrangler
xargs xz yarn yq yum zcat zfs zip zpool zsh
";

/// Programs whose names are words of prose as well.
const ENGLISH: &str = "
alias ant at bat bind break builtin cal case clear column command comm convert cut date dd declare deploy do dump dust
emacs expand expr fg file find flock fmt fold for function go hash head help history host if import info install join
jobs just last less let link local locate lock login logout look make man mount more node nice open parallel patch play
pass pg pr read rename replace reset rev rg route run screen script select seq set shift shred shuf sleep sort source
split sum swift sync tail task tee tell test tig time top touch tr true truncate type uniq until use wait watch wc
which while who write yes zip
";

/// Commands that are complete in one word; other single words in a text are only mentioned.
const COMPLETE: &str = "df free hostname id make uptime whoami";

/// Returns whether the program `word` is known.
fn is_known(word: &str) -> bool {
    KNOWN.contains(word)
}

/// Returns the command that `line` is, without its prompt: it begins with a known command, or with `./`.
#[must_use]
pub fn is_command(line: &str) -> bool {
    let line = line.trim();
    let mut words = line.split_whitespace();
    let first = loop {
        match words.next() {
            // Assignments in front belong to the command.
            Some(word) if is_assignment(word) => {}
            Some(word) => break word,
            None => return false,
        }
    };
    let path =
        first.strip_prefix("./").or_else(|| first.strip_prefix("../")).or_else(|| first.strip_prefix("bin/"));
    if path.is_some_and(|p| !p.is_empty() && !p.ends_with('/')) {
        return true;
    }
    let versioned = |program: &str| {
        first
            .strip_prefix(program)
            .is_some_and(|v| !v.is_empty() && v.chars().all(|c| c.is_ascii_digit() || c == '.'))
    };
    if is_known(first) || versioned("php") || versioned("python") || versioned("pip") {
        return !is_sentence(line);
    }
    WORDS.contains(first) && is_clearly_code(line)
}

/// Returns whether `text`, a code span in a sentence, is a command and not only the name of one.
#[must_use]
pub fn is_inline_command(text: &str) -> bool {
    let text = text.trim();
    let words = text.split_whitespace().count();
    (words > 1 || text.starts_with("./") || ALONE.contains(text)) && is_command(text)
}

/// Returns whether every command of an unlabelled block looks like one: it may hold output, or prose.
#[must_use]
pub fn is_script(scan: &Scan) -> bool {
    let plausible = |words: &[&str]| {
        let Some(first) = words.iter().find(|w| !is_assignment(w)) else { return true };
        is_known(first)
            || WORDS.contains(first)
            || first.contains('/')
            || first.starts_with(['$', '['])
            || *first == ":"
    };
    !scan.open
        && !scan.deep
        && scan.typographic.is_none()
        && scan
            .simples
            .iter()
            .all(|simple| plausible(&scan.texts(simple)) || is_versioned(&scan.texts(simple)))
}

fn is_versioned(words: &[&str]) -> bool {
    words.first().is_some_and(|w| is_command(w))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// A line that ends like a sentence, in words only.
fn is_sentence(line: &str) -> bool {
    let words = line.split_whitespace().count();
    words > 3
        && line.ends_with(['.', '!', '?', ':'])
        && !line.ends_with(" .")
        && !line.contains(['-', '/', '$', '"', '\''])
}

/// Two words, or signs that prose does not have.
fn is_clearly_code(line: &str) -> bool {
    let rest = line.split_once(char::is_whitespace).map(|(_, rest)| rest).unwrap_or_default();
    let ends = rest.trim_end_matches(['.', ',', ':', ';', '!', '?']);
    let signs = ends.contains(['/', '=', '$', '|', '<', '>', '"', '\'', '*', '~', '&', '.', ';', '@'])
        || ends.split_whitespace().any(|w| w.starts_with('-') && w.len() > 1);
    signs || line.split_whitespace().count() <= 2
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    #[test]
    fn commands_and_prose() {
        for line in [
            "git pull",
            "sudo apt update",
            "APP=1 php artisan x",
            "php8.3 -v",
            "python3.12 -m venv x",
            "./deploy.sh",
            "make",
            "make install",
            "find . -name x",
            "go build ./...",
            "tail -f x",
            "cd /srv",
            "test -f x",
            "node app.js",
            "bin/rails db:migrate",
            "cat a.txt",
            "date +%s",
            "source .env",
            "sleep 5",
        ] {
            assert!(is_command(line), "{line}");
        }
        for line in [
            "",
            "make sure that all is well",
            "find the last good build",
            "Git pull",
            "The end",
            "read the notes first",
            "watch the dashboard for errors",
            "time to go home now",
            "app/",
            "./",
            "hello world",
            "drwxr-xr-x 2 root",
            "git is a tool we like.",
            "node that fails is drained",
            "/var/www/app/",
            "* * * * * cd /x",
            "1. git pull",
        ] {
            assert!(!is_command(line), "{line}");
        }
    }

    #[test]
    fn code_spans_name_commands_or_are_some() {
        for text in
            ["git tag -s v1", "npm ci", "make", "./deploy.sh", "php artisan up", "systemctl status nginx"]
        {
            assert!(is_inline_command(text), "{text}");
        }
        for text in [
            "git",
            "npm",
            "main",
            "README.md",
            "docker",
            "storage/",
            "APP_ENV=production",
            "200 OK",
            "nginx",
            "",
            "FROM x",
        ] {
            assert!(!is_inline_command(text), "{text}");
        }
    }

    #[test]
    fn a_block_with_output_or_prose_is_no_script() {
        assert!(is_script(&scan("cd /srv\n./deploy.sh\nif [ -f x ]; then git pull; fi\n$APP/run\nA=1")));
        for text in ["npm run build\n> app@1 build\nDone in 3s", "git status\nOn branch main", "cat x\nit's"]
        {
            assert!(!is_script(&scan(text)), "{text}");
        }
    }
}
