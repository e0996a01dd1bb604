//! Point 10: dangerous commands, and what only looks like one.

use gonogo::runbook::model::Confirm;

use super::super::dump::runbook;
use super::{free, step, steps};

const DANGEROUS: &[&str] = &[
    "rm -rf /srv/app",
    "rm -fr old",
    "sudo rm -r --force /srv/app",
    "rm --recursive releases",
    "rm -rf \"$DIR\"",
    "rm -rf /tmp/",
    "rm -rf /tmp/*",
    "rm -rf /tmp/$X",
    "rm -rf /tmp/../srv",
    "find . -name '*.log' -delete",
    "find . -type d -exec rm -rf {} \\;",
    "ls | xargs rm -rf",
    "ls | xargs -I {} -n 1 rm -rf {}",
    "mysql -e 'DROP DATABASE app'",
    "mysql app -e \"TRUNCATE jobs\"",
    "psql -c 'delete from users'",
    "psql -c 'UPDATE users SET a = 1; select 1'",
    "psql --command='drop table x'",
    "sqlite3 app.db 'DROP TABLE x;'",
    "mysql app <<EOF\nselect 1;\ndrop table x;\nEOF",
    "mysql app <<< 'alter table x drop column y'",
    "echo 'DROP TABLE x' | mysql app",
    "mysql app < dump.sql",
    "gunzip -c dump.sql.gz | mysql app",
    "zcat dump.gz | sudo -u postgres psql app",
    "psql app < dump.sql",
    "psql -f dump.sql app",
    "pg_restore -d app dump",
    "mongorestore dump/",
    "dropdb app",
    "redis-cli FLUSHALL",
    "redis-cli -h x -n 1 flushdb",
    "echo flushall | redis-cli",
    "php artisan migrate --force",
    "php artisan migrate:fresh --seed",
    "php artisan db:wipe",
    "./vendor/bin/sail artisan migrate:refresh",
    "docker compose exec app php artisan migrate:fresh",
    "bin/rails db:drop",
    "bundle exec rake db:reset",
    "python manage.py flush",
    "npx prisma migrate reset",
    "./deploy.sh --fresh",
    "npm install --force",
    "git push --force origin main",
    "git push -f",
    "git push --force-with-lease",
    "git push origin +main",
    "git push origin :old",
    "git push origin --delete old",
    "git push --tags",
    "git reset --hard HEAD~1",
    "git -C /srv/app reset --hard",
    "git clean -fd",
    "git clean -xdf",
    "git checkout -- .",
    "git branch -D old",
    "git stash drop",
    "systemctl stop nginx",
    "sudo systemctl disable --now nginx",
    "service nginx stop",
    "/etc/init.d/nginx stop",
    "supervisorctl stop all",
    "pm2 delete api",
    "pm2 stop api",
    "docker rm -f app",
    "docker stop app",
    "docker system prune -a",
    "docker volume rm data",
    "docker compose down -v",
    "docker compose -f prod.yml down",
    "docker-compose down",
    "kubectl delete pod x",
    "kubectl -n prod delete deployment x",
    "kubectl scale deploy/x --replicas=0",
    "helm uninstall app",
    "terraform destroy",
    "terraform apply -auto-approve",
    "pulumi destroy",
    "dd if=x.img of=/dev/sda bs=4M",
    "cat x.img > /dev/sda",
    "mkfs.ext4 /dev/sdb1",
    "wipefs -a /dev/sdb",
    "shutdown -h now",
    "sudo reboot",
    "kill -9 123",
    "pkill -f worker",
    "crontab -r",
    "userdel deploy",
    "certbot delete --cert-name x",
    "npm publish",
    "yarn npm publish",
    "cargo publish",
    "docker push registry.example.net/app",
    "docker buildx build --push .",
    "twine upload dist/*",
    "gh release create v1",
    "mvn clean deploy",
    "goreleaser release",
    "curl -X DELETE https://example.net/index",
    "aws s3 rm s3://bucket --recursive",
    "aws ec2 terminate-instances --instance-ids i-1",
    "rsync -a --delete a/ b/",
    "chmod -R 777 /",
    "ssh web1 'rm -rf /srv/app'",
    "ssh web1 sudo systemctl stop nginx",
    "ssh web1 <<EOF\nsystemctl stop nginx\nEOF",
    "bash -c 'rm -rf /srv/app'",
    "bash <<'EOF'\nrm -rf /srv/app\nEOF",
    "sudo su - app -c 'git reset --hard'",
    "sudo -u app env A=1 nohup rm -rf x",
    "A=1 B=2 rm -rf x",
    "timeout 5 rm -rf x",
    "if true; then rm -rf x; fi",
    "for d in a b; do rm -rf $d; done",
    "clean() { rm -rf x; }\nclean",
    "( cd x && rm -rf y )",
    "echo $(rm -rf x)",
    "echo \"`rm -rf x`\"",
    "ls && rm -rf x || true",
    "docker exec -i db mysql -e 'drop table x'",
    "kubectl exec pod -- rm -rf /data",
];

const HARMLESS: &[&str] = &[
    "echo \"rm -rf /\"",
    "echo 'DROP TABLE x'",
    "printf '%s' --force",
    "# rm -rf /\nls",
    "ls # rm -rf /",
    "cat <<EOF\nrm -rf /\nDROP TABLE x;\nEOF",
    "cat > notes.txt <<'EOF'\nsystemctl stop nginx\nEOF",
    "grep -r 'git push --force' .",
    "grep -- --force x",
    "rm file.txt",
    "rm -f current.lock",
    "rm -rf /tmp/build-1",
    "rm -rf /var/tmp/x/y /tmp/z",
    "rm -rf node_modules",
    "rmdir empty",
    "find . -name x",
    "mysql -e 'select * from drops'",
    "mysql -e \"select 'drop table x'\"",
    "psql -c 'delete from users where id = 1'",
    "psql -c 'update users set a = 1 where id = 2'",
    "psql -c 'select 1 -- drop table x'",
    "psql -l",
    "mysqldump app > dump.sql",
    "pg_dump app > dump.sql",
    "mysql app <<EOF\nselect 1;\nEOF",
    "redis-cli ping",
    "redis-cli get flushallowed",
    "php artisan migrate",
    "php artisan migrate:status",
    "php artisan cache:clear",
    "php artisan queue:restart",
    "php artisan config:cache",
    "bin/rails db:migrate",
    "git push origin main",
    "git push -u origin main",
    "git reset HEAD~1",
    "git reset --soft HEAD~1",
    "git clean -n",
    "git clean -nfd",
    "git checkout v1.0.7",
    "git checkout -b topic",
    "git branch -d merged",
    "git tag v1",
    "git restore --staged .",
    "git stash",
    "systemctl status nginx",
    "systemctl restart nginx",
    "systemctl reload nginx",
    "systemctl start nginx",
    "service nginx status",
    "supervisorctl restart all",
    "supervisorctl status",
    "pm2 reload api",
    "pm2 list",
    "docker ps",
    "docker run --rm -i app true",
    "docker compose up -d",
    "docker compose up -d --force-recreate",
    "docker build -t app .",
    "docker compose exec -T app rm x",
    "docker exec app service nginx status",
    "kubectl get pods",
    "kubectl apply -f x.yml",
    "kubectl rollout status deploy/x",
    "helm upgrade app chart",
    "terraform plan -destroy",
    "terraform apply tfplan",
    "dd if=/dev/zero of=file bs=1M count=1",
    "ls > /dev/null 2>&1",
    "kill -0 123",
    "kill -HUP 123",
    "kill -USR2 123",
    "crontab -l",
    "certbot renew",
    "npm ci",
    "npm run build",
    "npm pack",
    "cargo build",
    "docker pull app",
    "gh release view v1",
    "mvn clean verify",
    "curl -fsS https://example.net/",
    "curl -X POST https://example.net/",
    "aws s3 ls",
    "rsync -a a/ b/",
    "chmod -R 755 /srv/app",
    "chown -R app:app /var/www/app",
    "chmod 644 /etc/app.conf",
    "ssh web1 'ls'",
    "ssh web1 echo 'rm -rf /'",
    "bash deploy.sh",
    "tar xf a.tgz",
    "mv -f a b",
    "cp -rf a b",
    "ln -sfn a b",
];

#[test]
fn point_10_dangerous_commands_want_the_word_typed() {
    let mut missed = Vec::new();
    for script in DANGEROUS {
        let step = step(script);
        if step.danger.as_ref().is_none_or(String::is_empty) || step.confirm != Confirm::Type {
            missed.push(script);
        }
    }
    assert!(missed.is_empty(), "taken for harmless:\n{missed:#?}");
}

#[test]
fn point_10_what_only_mentions_danger_is_harmless() {
    let mut wrong = Vec::new();
    for script in HARMLESS {
        for step in steps(script) {
            if step.danger.is_some() || !free(&step) {
                wrong.push((script, step.danger, step.by_hand));
            }
        }
    }
    assert!(wrong.is_empty(), "taken for dangerous:\n{wrong:#?}");
}

#[test]
fn point_10_annotations_never_lower_the_confirmation() {
    let confirm = |fence: &str, script: &str| {
        let book = runbook(&format!("- [ ] a\n\n  ```sh {fence}\n  {script}\n  ```\n"));
        book.boxes[0].steps[0].confirm
    };
    assert_eq!(confirm("on=web", "rm -rf x"), Confirm::Type);
    assert_eq!(confirm("confirm", "rm -rf x"), Confirm::Type);
    assert_eq!(confirm("confirm=press", "rm -rf x"), Confirm::Type);
    assert_eq!(confirm("confirm=type", "rm -rf x"), Confirm::Type);
    assert_eq!(confirm("confirm=press", "ls"), Confirm::Press);
    assert_eq!(confirm("confirm=type", "ls"), Confirm::Type);
}

#[test]
fn point_10_other_interpreters_are_judged_by_what_they_read() {
    let danger = |interpreter: &str, script: &str| {
        let book = runbook(&format!("- [ ] a\n\n  ```sql interpreter='{interpreter}'\n  {script}\n  ```\n"));
        book.boxes[0].steps[0].danger.is_some()
    };
    assert!(danger("mysql", "DROP TABLE x;"));
    assert!(danger("/usr/bin/psql", "delete from x;"));
    assert!(danger("zsh", "rm -rf x"));
    assert!(!danger("mysql", "select 1;"));
    assert!(!danger("python3", "print('rm -rf x')"));
    assert!(!danger("psql", "rm -rf x"));
}
