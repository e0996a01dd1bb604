//! Points 6 and 9: commands that need a terminal or never end, and what only looks like one.

use gonogo::runbook::model::OnTerminal;
use gonogo::runbook::{Neighbour, Surroundings, lint};

use super::{step, steps};

const TERMINAL: &[&str] = &[
    "mysqldump -u root -p app > dump.sql",
    "mysql -u root -p app < dump.sql",
    "mysql -uroot --password app",
    "mysqladmin -p status",
    "pg_dump -W app",
    "docker exec db mysqldump -p app",
    "ssh db1 mysqldump -p app",
    "ssh db1 'mysql -p app'",
    "mysql app",
    "psql -h db app",
    "sudo -u postgres psql",
    "redis-cli",
    "mongosh app",
    "sqlite3 app.db",
    "read -p 'go on? ' answer",
    "read -rp 'go on? ' answer",
    "if true; then read -p 'x' y; fi",
    "read answer",
    "passwd deploy",
    "sudo passwd root",
    "vi /etc/hosts",
    "sudo vim /etc/nginx/nginx.conf",
    "nano .env",
    "emacs x",
    "crontab -e",
    "sudo -u app crontab -e",
    "visudo",
    "sudoedit /etc/hosts",
    "sudo -e /etc/hosts",
    "systemctl edit nginx",
    "kubectl edit deploy/x",
    "git commit",
    "git commit -a",
    "git commit --amend",
    "git commit -S -m x",
    "git tag -s v1 -m x",
    "git tag -a v1",
    "git rebase -i HEAD~3",
    "git add -p",
    "docker login",
    "docker login registry.example.net",
    "docker login -u me registry.example.net",
    "npm login",
    "gh auth login",
    "aws configure",
    "az login",
    "ssh-keygen -t ed25519",
    "ssh-keygen -f key",
    "ssh-copy-id deploy@web1",
    "ssh deploy@web1",
    "ssh -p 2222 -i key deploy@web1",
    "sudo su - postgres",
    "sudo -i",
    "su - app",
    "bash",
    "docker exec -it app bash",
    "docker exec -it app php artisan migrate",
    "docker run -it --rm app sh",
    "docker compose exec app bash",
    "kubectl exec -it pod -- bash",
    "less /var/log/syslog",
    "journalctl | less",
    "more x",
    "man ls",
    "htpasswd -c file me",
    "gpg --gen-key",
    "gpg --detach-sign x",
    "apt install nginx",
    "sudo apt-get upgrade",
    "dnf install nginx",
    "certbot certonly --nginx",
    "terraform apply",
    "php artisan tinker",
    "rails console",
    "python manage.py createsuperuser",
    "python3",
    "node",
    "tmux",
    "screen -r",
    "sftp web1",
    "mysql_secure_installation",
    "ansible-playbook -K site.yml",
    "openssl req -new -key k -out r.csr",
    "fdisk /dev/sdb",
    "kinit me",
];

const NO_TERMINAL: &[&str] = &[
    "mysqldump -u root app > dump.sql",
    "mysqldump -u root -psecret app > dump.sql",
    "mysqldump -uapp app > dump.sql",
    "mysqldump --single-transaction app > dump.sql",
    "mysql -e 'select 1'",
    "mysql -Nse 'select 1'",
    "mysql app <<EOF\nselect 1;\nEOF",
    "echo 'select 1' | mysql app",
    "psql -c 'select 1'",
    "psql -tAc 'select 1'",
    "psql -p 5433 -c 'select 1'",
    "psql --list",
    "redis-cli ping",
    "redis-cli -h x -p 6379 ping",
    "sqlite3 app.db 'select 1'",
    "while read -r line; do echo $line; done < f",
    "ls | while read f; do echo $f; done",
    "read -r a < f",
    "read -r a <<< 'x'",
    "passwd -l deploy",
    "passwd --status deploy",
    "echo vi",
    "view_logs x",
    "vim --version",
    "emacs --batch -l x",
    "crontab -l",
    "visudo -c",
    "systemctl status nginx",
    "sudo systemctl restart nginx",
    "sudo -S systemctl restart nginx",
    "git commit -m x",
    "git commit -am x",
    "git commit --message=x",
    "git commit -F msg",
    "git commit --amend --no-edit",
    "git tag v1",
    "git tag -a v1 -m x",
    "git tag -am x v1",
    "git tag -l",
    "git rebase main",
    "git add .",
    "docker login --password-stdin < token",
    "docker login -u me -p x registry.example.net",
    "docker logout",
    "docker exec app ls -t",
    "docker exec -i db true",
    "docker run --rm app true",
    "docker compose exec -T app ls",
    "kubectl exec pod -- ls",
    "aws configure list",
    "aws configure set region x",
    "ssh-keygen -t ed25519 -N '' -f key",
    "ssh-keygen -lf key",
    "ssh-keygen -R web1",
    "ssh web1 uptime",
    "ssh -o BatchMode=yes web1 'ls -l'",
    "ssh web1 <<EOF\nls\nEOF",
    "sudo su - app -c 'ls'",
    "sudo -u app ls",
    "bash deploy.sh",
    "bash -c 'ls'",
    "curl https://example.net/x.sh | bash",
    "lesspipe x",
    "git log",
    "git --no-pager log",
    "journalctl -u nginx --no-pager",
    "apt install -y nginx",
    "apt-get -y upgrade",
    "apt update",
    "certbot renew",
    "terraform plan",
    "php artisan about",
    "python3 x.py",
    "python manage.py migrate",
    "node app.js",
    "tmux new -d -s x",
    "screen -dmS x ls",
    "gpg --batch --yes --passphrase-file p -b x",
    "gpg --verify x.sig",
    "openssl req -new -subj /CN=x -key k -out r.csr",
    "openssl x509 -in x -noout -dates",
    "fdisk -l",
];

const ENDLESS: &[&str] = &[
    "tail -f /var/log/syslog",
    "tail -F x",
    "tail -100f x",
    "tail -n 5 --follow=name x",
    "sudo tail -f x",
    "ssh web1 tail -f x",
    "ssh web1 'tail -f x'",
    "tail -f x | grep y",
    "journalctl -f",
    "journalctl -fu nginx",
    "journalctl -u nginx --follow",
    "dmesg -w",
    "watch df -h",
    "watch -n 5 'php artisan queue:monitor'",
    "top",
    "htop",
    "ping example.net",
    "ping -i 2 example.net",
    "tcpdump -i eth0",
    "vmstat 1",
    "iostat -x 5",
    "docker logs -f app",
    "docker logs --follow --tail 10 app",
    "docker compose logs -f",
    "docker compose up",
    "docker-compose -f x.yml up",
    "docker stats",
    "docker events",
    "kubectl logs -f pod",
    "kubectl get pods -w",
    "kubectl -n prod logs deploy/x -f",
    "kubectl port-forward svc/x 8080:80",
    "stern app",
    "npm run dev",
    "npm start",
    "yarn dev",
    "pnpm run watch",
    "npx vite",
    "next dev",
    "ng serve",
    "php artisan serve",
    "php artisan reverb:start --host=0.0.0.0",
    "php artisan queue:work redis --tries=3",
    "php artisan queue:listen",
    "php artisan schedule:work",
    "php artisan horizon",
    "php8.3 artisan queue:work",
    "php -S localhost:8000",
    "bin/rails server",
    "bundle exec sidekiq",
    "python manage.py runserver",
    "python3 -m http.server",
    "flask run",
    "uvicorn app:app",
    "celery -A app worker",
    "hugo server",
    "redis-cli monitor",
    "supervisorctl tail -f worker",
    "pm2 logs",
    "ssh -N -L 5432:db:5432 bastion",
    "sleep infinity",
    "while true; do curl x; sleep 5; done",
    "while :\ndo\n  date\ndone",
    "strace -p 12",
    "stripe listen",
    "mosquitto_sub -t x",
];

const ENDING: &[&str] = &[
    "tail -50 x",
    "tail -n 100 x",
    "tail x",
    "timeout 30 tail -f x",
    "tail -f x &",
    "nohup php artisan queue:work > log 2>&1 &",
    "tail -f x | head -5",
    "tail -f x | grep -m1 ready",
    "echo tail -f x",
    "cat <<EOF\ntail -f x\nEOF",
    "journalctl -u nginx -n 50",
    "dmesg",
    "top -b -n 1",
    "ping -c 3 example.net",
    "ping -w 5 example.net",
    "tcpdump -c 10",
    "vmstat 1 5",
    "vmstat",
    "iostat -x",
    "free -m",
    "docker logs app",
    "docker logs --tail 10 app",
    "docker compose logs --tail=10",
    "docker compose up -d",
    "docker compose up --detach --build",
    "docker stats --no-stream",
    "kubectl logs pod",
    "kubectl get pods",
    "kubectl rollout status deploy/x",
    "npm run build",
    "npm test",
    "npm run dev:build-only --if-present &",
    "yarn build",
    "npx vite build",
    "next build",
    "ng build",
    "php artisan queue:restart",
    "php artisan queue:work --once",
    "php artisan queue:work --stop-when-empty",
    "php artisan schedule:run",
    "php artisan horizon:terminate",
    "php artisan reverb:restart",
    "php -v",
    "bin/rails db:migrate",
    "python manage.py migrate",
    "python3 -m venv x",
    "celery -A app status",
    "hugo",
    "redis-cli info",
    "supervisorctl tail worker",
    "pm2 logs --nostream",
    "ssh -fN -L 5432:db:5432 bastion",
    "sleep 5",
    "while true; do curl x && break; sleep 5; done",
    "until curl x; do sleep 5; done",
    "for i in 1 2 3; do date; done",
    "watchman version",
    "serve_static --check",
];

/// Why no step of the script runs by itself.
fn reasons(script: &str) -> Vec<String> {
    steps(script).into_iter().filter_map(|s| s.by_hand.or(s.terminal.and_then(|t| t.why))).collect()
}

#[test]
fn point_9_commands_that_need_a_terminal_get_one() {
    let missed: Vec<_> = TERMINAL
        .iter()
        .filter(|s| step(s).terminal.and_then(|t| t.why).is_none_or(|why| why.is_empty()))
        .collect();
    assert!(missed.is_empty(), "taken for quiet:\n{missed:#?}");
}

#[test]
fn point_9_what_asks_nobody_runs() {
    let wrong: Vec<_> =
        NO_TERMINAL.iter().map(|s| (s, reasons(s))).filter(|(_, why)| !why.is_empty()).collect();
    assert!(wrong.is_empty(), "taken for interactive:\n{wrong:#?}");
}

#[test]
fn point_9_annotated_steps_need_a_terminal_too() {
    let annotated = |words: &str| {
        let text = format!("- [ ] a\n\n  ```sh on=db {words}\n  mysqldump -p app\n  ```\n");
        super::super::dump::runbook(&text).boxes[0].steps[0].clone()
    };
    let step = annotated("");
    let why = Some("`mysqldump -p` asks for a password".to_owned());
    assert_eq!(step.terminal, Some(OnTerminal { why, endless: false }));
    assert!(step.by_hand.is_none() && step.holds_box(), "its box waits for it");
    // Who writes it has thought of it.
    assert_eq!(annotated("interactive").terminal, Some(OnTerminal::default()));
    // What is to run by itself, or to be read, has no place in a terminal.
    for words in ["check", "capture=X", "expect=x", "retries=2", "every=30s for=1m", "batch=2"] {
        let step = annotated(words);
        let why = step.by_hand.unwrap_or_default();
        assert!(step.terminal.is_none(), "{words}");
        assert!(why.starts_with("`mysqldump -p` asks for a password, and"), "{words}: {why}");
    }
}

#[test]
fn point_9_sudo_is_known_where_it_may_ask() {
    for (script, asks) in [
        ("sudo systemctl reload nginx", true),
        ("cd /srv && sudo -u app ./migrate", true),
        ("sudo -n systemctl reload nginx", false),
        ("echo x | sudo -S ls", false),
        ("systemctl status nginx", false),
        ("sudoedit /etc/hosts", false),
    ] {
        assert_eq!(step(script).asks_root, asks, "{script}");
    }
}

#[test]
fn point_12_interactive_is_the_word_for_blocks_that_enter_another_shell() {
    let text = "```sh on=db interactive\nsudo su - postgres\npsql\n```\n";
    let book = super::super::dump::runbook(text);
    let step = &book.boxes[0].steps[0];
    assert!(step.by_hand.is_none() && step.terminal.is_some());
    assert_eq!(super::super::dump::findings(text), "");
}

#[test]
fn point_6_a_command_that_does_not_end_stands_alone() {
    let mut wrong = Vec::new();
    for script in ENDLESS {
        let around = steps(&format!("date\n{script}\nuptime"));
        let alone = around.len() == 3 && around[1].script.trim_end() == *script;
        let terminal = around.get(1).and_then(|s| s.terminal.clone()).filter(|t| t.endless);
        let why = terminal.and_then(|t| t.why).unwrap_or_default();
        if !alone || !why.contains("until somebody stops it") {
            wrong.push((script, around.len(), why));
        }
    }
    assert!(wrong.is_empty(), "taken for ending:\n{wrong:#?}");
}

#[test]
fn point_6_a_command_that_ends_stays_with_its_neighbours() {
    let mut wrong = Vec::new();
    for script in ENDING {
        let around = steps(&format!("date\n{script}\nuptime"));
        if around.len() != 1 || around[0].terminal.is_some() {
            wrong.push((script, around.len(), around[0].terminal.clone()));
        }
    }
    assert!(wrong.is_empty(), "taken for endless:\n{wrong:#?}");
}

#[test]
fn point_9_check_says_what_gets_a_terminal_and_why() {
    let text = "- [ ] a\n\n  ```sh\n  tail -f x\n  ```\n\n  ```sh\n  echo 'x\n  ```\n";
    let book = super::super::dump::runbook(text);
    let around = Surroundings {
        targets: &[],
        environments: &[],
        own_environments: false,
        beside: &|_| Neighbour::Missing,
    };
    let found = lint(&book, text, &around);
    let said: Vec<_> =
        found.iter().filter(|f| f.code == "needs-terminal").map(|f| f.message.as_str()).collect();
    // What is refused as a script was said when it was read.
    assert_eq!(
        said,
        [
            "the step `tail -f x` gets a terminal, and waits for a person: `tail -f` runs until somebody stops it"
        ]
    );
}
