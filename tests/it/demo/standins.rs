//! The stand-ins end to end: through real `sh`, the scripts of the bin directory and this program.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::place::Place;

const CODE: &str = "cd \"$API_DIR\"; git fetch -q --all; git checkout -q release/v1.0.x; git pull -q";
const INSTALL: &str = "cd \"$API_DIR\"; composer install --no-dev --optimize-autoloader --no-interaction";
const CACHES: &str = "cd \"$API_DIR\"; for c in config route view event; do php artisan $c:cache; done";
const RELOAD: &str = "sudo systemctl reload php8.3-fpm";
const MIGRATE: &str = "cd \"$API_DIR\"; php artisan migrate --force";

fn columns(place: &Place) -> String {
    place.ok("db-1", "mysql ispeaker -e \"SELECT group_concat(name) AS c FROM pragma_table_info('courses')\"")
}

#[test]
fn a_deploy_is_computed_from_real_state_and_the_rollback_brings_everything_back() {
    let place = Place::new("deploy");
    let before = place.health("api-1");
    assert_eq!(before.0, "200");
    assert!(before.1.contains("\"version\":\"v1.0.6\""), "{}", before.1);
    let migrations = place.ok("db-1", "mysql ispeaker -e 'SELECT * FROM migrations'");

    place.ok("api-1", CODE);
    assert_eq!(place.health("api-1"), before, "PHP-FPM serves what it loaded");
    place.ok("api-1", RELOAD);
    let (status, body) = place.health("api-1");
    assert_eq!(status, "500", "code without its packages");
    assert!(body.contains("spatie/laravel-data") && body.contains("v1.0.7"), "{body}");
    let artisan = place.sh("api-1", "cd \"$API_DIR\"; php artisan up");
    assert_eq!(artisan.code, 255, "artisan does not start either: {artisan:?}");

    place.ok("api-1", INSTALL);
    let (status, body) = place.health("api-1");
    assert_eq!(status, "500", "caches of the old code");
    assert!(body.contains("php artisan config:cache"), "{body}");
    place.ok("api-1", CACHES);
    place.ok("api-1", RELOAD);
    let (status, body) = place.health("api-1");
    assert_eq!(status, "500", "the schema of the old code");
    assert!(body.contains("no such column: seats"), "{body}");

    place.ok("api-1", "cd \"$API_DIR\"; php artisan down");
    assert_eq!(place.health("api-1").0, "503");
    assert!(place.ok("web-1", "curl -fsS http://web.demo/ar/courses/public-speaking").contains("فن الخطابة"));
    let snapshot = place.ok("db-1", "db-snapshot create");
    assert_eq!(snapshot, "snap-1001\n");
    let migrated = place.ok("api-1", MIGRATE);
    assert_eq!(migrated.matches("DONE").count(), 3, "{migrated}");
    assert!(columns(&place).contains("seats"));
    place.ok("api-1", "cd \"$API_DIR\"; php artisan up");
    let (status, body) = place.health("api-1");
    assert_eq!(status, "200", "{body}");
    assert!(body.contains("\"version\":\"v1.0.7\""), "{body}");
    assert!(place.ok("api-1", MIGRATE).contains("Nothing to migrate"));

    let back = place.sh("api-1", "cd \"$API_DIR\"; git checkout v1.0.6");
    assert_eq!(back.code, 0, "{back:?}");
    for step in [INSTALL, CACHES, RELOAD] {
        place.ok("api-1", step);
    }
    let (status, body) = place.health("api-1");
    assert_eq!(status, "500", "old code on the new schema");
    assert!(body.contains("no such column: places"), "{body}");
    place.ok("db-1", "db-snapshot restore snap-1001");
    assert_eq!(place.health("api-1"), before);
    assert_eq!(place.ok("db-1", "mysql ispeaker -e 'SELECT * FROM migrations'"), migrations);
    assert_eq!(place.ok("api-1", "cd \"$API_DIR\"; git status --porcelain"), "");
}

#[test]
fn a_migration_fails_on_data_and_going_on_anyway_shows() {
    let place = Place::new("unique");
    place.world.fail("migrate").expect("a known fault");
    place.ok("api-1", CODE);
    place.ok("api-1", INSTALL);
    let failed = place.sh("api-1", MIGRATE);
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("UNIQUE constraint failed: users.email"), "{failed:?}");
    assert!(failed.out.contains("create_waitlists") && failed.out.contains("FAIL"), "{failed:?}");
    let status = place.ok("api-1", "cd \"$API_DIR\"; php artisan migrate:status");
    assert_eq!(status.matches("Ran").count(), 3, "{status}");
    assert_eq!(status.matches("Pending").count(), 2, "{status}");
    place.ok("api-1", CACHES);
    place.ok("api-1", RELOAD);
    let (code, body) = place.health("api-1");
    assert_eq!(code, "500");
    assert!(body.contains("no such column: seats"), "{body}");
}

#[test]
fn curl_ends_as_curl_does() {
    let place = Place::new("curl");
    let sh = |script: &str| place.sh("api-1", script);
    assert_eq!(sh("curl -fsS http://localhost/api/health -o /dev/null -w '%{http_code}'").out, "200");
    let unknown = sh("curl -sS https://www.example.org/");
    assert_eq!(
        (unknown.code, unknown.err.as_str()),
        (6, "curl: (6) Could not resolve host: www.example.org\n")
    );
    assert_eq!(sh("curl -s http://db-1.demo/").code, 6, "no web server there");
    place.ok("api-1", "cd \"$API_DIR\"; php artisan down");
    let down = sh("curl -fsS http://localhost/api/health");
    assert_eq!((down.code, down.out.as_str()), (22, ""));
    assert_eq!(down.err, "curl: (22) The requested URL returned error: 503\n");
    assert_eq!(sh("curl -s http://localhost/api/health").code, 0, "without -f an error page is an answer");
    assert!(
        sh("curl -fsS http://api.demo/api/health").out.contains("api-2"),
        "the load balancer leaves out api-1"
    );
    let login = "curl -s -o /dev/null -w '%{http_code}' -X POST http://api.demo/api/v1/login";
    assert_eq!(sh(login).out, "422");
    assert_eq!(sh(&format!("{login} -d email=layla%40example.org")).out, "200");
    assert_eq!(sh("curl -s -o /dev/null -w '%{http_code}' http://api.demo/api/v1/login").out, "405");
    assert_eq!(sh("curl -s -o /dev/null -w '%{http_code}' http://api.demo/nowhere").out, "404");
    assert_eq!(sh("curl -T x http://api.demo/").code, 2);
}

#[test]
fn the_web_app_serves_the_build_that_pm2_loaded() {
    let place = Place::new("web");
    let footer = |path: &str| place.ok("web-1", &format!("curl -fsS http://web.demo{path}"));
    assert!(footer("/ar").contains("v1.0.6") && footer("/ar").contains("dir=\"rtl\""));
    place.ok("web-1", "cd \"$WEB_DIR\"; git pull -q");
    let stale = place.sh("web-1", "cd \"$WEB_DIR\"; npm run build");
    assert_eq!(stale.code, 1);
    assert!(stale.err.contains("Can't resolve 'swr'"), "{stale:?}");
    place.ok("web-1", "cd \"$WEB_DIR\"; npm ci --omit=dev; npm run build");
    assert!(footer("/en").contains("v1.0.6"), "the old process goes on until the reload");
    place.ok("web-1", "pm2 reload ispeaker-web");
    assert!(footer("/en").contains("v1.0.7") && footer("/en").contains("Join the waitlist"));
    assert_eq!(place.sh("web-1", "pm2 reload other").code, 1);
    place.ok("api-1", "cd \"$API_DIR\"; php artisan banner:show 'Back at 04:00'");
    assert!(footer("/ar").contains("<p class=\"banner\">Back at 04:00</p>"));
    place.ok("api-2", "cd \"$API_DIR\"; php artisan banner:hide");
    assert!(!footer("/ar").contains("banner\">"));
    for host in ["api-1", "api-2"] {
        place.ok(host, "cd \"$API_DIR\"; php artisan down");
    }
    let deep = place.sh("web-1", "curl -fsS http://web.demo/en/courses/public-speaking");
    assert_eq!(deep.code, 22, "the page of a course asks the API");
}

#[test]
fn dumps_are_real_and_an_incomplete_one_is_refused() {
    let place = Place::new("dump");
    place.ok("db-1", "mysqldump --single-transaction ispeaker > dump.sql; tail -n 1 dump.sql | grep -x -- '-- Dump completed'");
    place.ok("db-1", "mysql ispeaker -e 'DELETE FROM messages'");
    let cut = place.sh("db-1", "head -n 5 dump.sql > cut.sql; mysql ispeaker < cut.sql");
    assert_eq!(cut.code, 1, "{cut:?}");
    place.ok("db-1", "mysql ispeaker < dump.sql");
    assert_eq!(place.ok("db-1", "mysql ispeaker -e 'SELECT count(*) AS n FROM messages'"), "n\n2\n");
    let denied = place.sh("db-1", "mysqldump -pwrong ispeaker");
    assert_eq!(denied.code, 2);
    assert!(denied.err.contains("1045"), "{denied:?}");
    assert_eq!(place.sh("db-1", "mysql other -e 'SELECT 1'").code, 1);
}

#[test]
fn a_password_is_asked_for_on_the_terminal_and_not_shown() {
    let place = Place::new("password");
    for (password, rc) in [("wrong", "rc 2"), ("demo-database", "rc 0")] {
        let seen =
            place.typed("db-1", "mysqldump -p ispeaker > dump.sql; echo rc $?", "Enter password: ", password);
        assert!(seen.contains(rc) && !seen.contains(password), "{seen}");
    }
    assert!(place.text("hosts/db-1/home/dump.sql").ends_with("-- Dump completed\n"));
}

#[test]
fn services_and_workers_answer_as_theirs_do() {
    let place = Place::new("services");
    assert_eq!(place.sh("api-1", "systemctl is-active php8.3-fpm").out, "active\n");
    assert_eq!(place.sh("api-1", "systemctl is-active mysql").code, 3);
    let plain = place.sh("api-1", "systemctl reload php8.3-fpm");
    assert_eq!(plain.code, 1);
    assert!(plain.err.contains("authentication required"), "{plain:?}");
    assert_eq!(place.sh("api-1", "sudo systemctl reload nosuch").code, 5);
    // The way to root that a block with `sudo` takes: no question, and a shell that reads what comes.
    let root = place.sh("api-1", &gonogo::exec::wrapper::sudo("aa"));
    assert_eq!((root.code, root.err.as_str()), (0, "::gonogo:aa:ready\n"));
    place.ok("api-1", CODE);
    let status = "cd \"$API_DIR\"; php artisan horizon:status";
    place.ok("api-1", INSTALL);
    assert!(place.ok("api-1", status).contains("not the code that is checked out"));
    place.ok("api-1", "cd \"$API_DIR\"; php artisan horizon:terminate; php artisan reverb:restart");
    assert!(place.ok("api-1", status).contains("v1.0.7\n"));
    let schedule = place.ok("api-1", "cd \"$API_DIR\"; php artisan schedule:list");
    assert_eq!(schedule.lines().count(), 7, "{schedule}");
    let nothing = place.sh("api-1", "php artisan migrate");
    assert_eq!((nothing.code, nothing.out.as_str()), (1, "Could not open input file: artisan\n"));
}

#[test]
fn nothing_runs_without_a_demo_and_nothing_outside_it_is_written() {
    let place = Place::new("fence");
    let outside = place.outside().join("elsewhere");
    fs::create_dir_all(outside.join("vendor/composer")).expect("a directory");
    for name in ["artisan", "composer.lock", ".env"] {
        fs::copy(place.path("hosts/api-1/ispeaker-api").join(name), outside.join(name)).expect("a copy");
    }
    fs::write(
        outside.join("vendor/composer/installed.json"),
        fs::read(outside.join("composer.lock")).expect("a lock"),
    )
    .expect("installed");
    let before = listing(&outside);
    for script in [
        "php artisan down",
        "composer install",
        "curl -s http://api.demo/api/health -o health.json",
        "php artisan storage:link",
    ] {
        let ended = place.sh_in("api-1", &outside, &[], script);
        assert_eq!(ended.code, 126, "{script}: {ended:?}");
    }
    assert_eq!(listing(&outside), before);
    let lost = place.sh_in("api-1", &outside, &[], "unset DEMO_ROOT; php artisan down");
    assert_eq!(lost.code, 127, "{lost:?}");
    assert!(lost.err.contains("gonogo demo"), "{lost:?}");
    let script = fs::read_to_string(place.world.bin().join("php")).expect("a script");
    assert!(script.contains("stand-in") && script.lines().count() == 3, "{script}");
    let mode = fs::metadata(place.world.bin().join("php")).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

fn listing(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                left.push(path.clone());
            }
            found.push(path);
        }
    }
    found.sort();
    found
}
