//! Building the world: v1.0.6 is installed and runs on every host, made by the very stand-ins that a release uses; then v1.0.7 is pushed.

use std::path::Path;
use std::{fs, io};

use super::{HOSTS, WorldError, at, past, repository};
use crate::demo::standin::{self, Call, Database, FPM_CONFIGURATION, LIVE, Packages};

const API_OLD: &str = include_str!("../../../assets/demo/api-1.0.6.fi");
const API_NEW: &str = include_str!("../../../assets/demo/api-1.0.7.fi");
const WEB_OLD: &str = include_str!("../../../assets/demo/web-1.0.6.fi");
const WEB_NEW: &str = include_str!("../../../assets/demo/web-1.0.7.fi");
const ROWS: &str = include_str!("../../../assets/demo/seed.sql");
const STAGING_ROWS: &str = include_str!("../../../assets/demo/staging.sql");

/// The database of the staging application.
const STAGING: &str = "ispeaker_staging";

/// The password of the demo's database. It protects nothing: the database is a file beside it.
pub const PASSWORD: &str = "demo-database";

/// What is done on an API host to install and start what is checked out.
const START_API: &[&str] = &[
    "composer install --no-dev --optimize-autoloader --no-interaction",
    "php artisan config:cache",
    "php artisan route:cache",
    "php artisan view:cache",
    "php artisan event:cache",
    "php artisan storage:link",
    "php artisan migrate --force",
    "systemctl reload php8.3-fpm",
    "php artisan horizon:terminate",
    "php artisan reverb:restart",
];
/// The same on a web host.
const START_WEB: &[&str] = &["npm ci --omit=dev", "npm run build", "pm2 reload ispeaker-web"];

/// Builds the world in `root`, after removing what an earlier attempt left.
pub fn build(root: &Path) -> Result<(), WorldError> {
    for name in ["origin", "db", "registry", "spaces"] {
        clear(&root.join(name))?;
    }
    for host in HOSTS {
        for name in ["run", "etc", "ispeaker-api", "ispeaker-web"] {
            clear(&root.join("hosts").join(host).join(name))?;
        }
        make(&root.join("hosts").join(host).join("home"))?;
    }
    make(&root.join("db/snapshots"))?;
    write(root, "db/password", PASSWORD)?;
    write(root, "registry/packages.txt", &registry())?;
    for name in [LIVE, STAGING] {
        Database::create(root, name).map_err(|stop| program("database", "db-1", &stop))?;
    }
    let (api, web) = (root.join("origin/ispeaker-api.git"), root.join("origin/ispeaker-web.git"));
    make(&root.join("origin"))?;
    repository::found(&api, API_OLD)?;
    repository::found(&web, WEB_OLD)?;
    for host in ["api-1", "api-2"] {
        api_host(root, host, LIVE, &api)?;
    }
    api_host(root, "staging-1", STAGING, &api)?;
    fill(root, LIVE, ROWS)?;
    fill(root, STAGING, STAGING_ROWS)?;
    for host in ["api-1", "api-2", "db-1"] {
        let text = format!("[client]\nuser=ispeaker\npassword={PASSWORD}\n");
        write(root, &format!("hosts/{host}/home/.my.cnf"), &text)?;
    }
    web_host(root, "web-1", &web)?;
    repository::import(&api, API_NEW)?;
    repository::import(&web, WEB_NEW)?;
    past::make(root)
}

fn api_host(root: &Path, host: &str, database: &str, origin: &Path) -> Result<(), WorldError> {
    let checkout = root.join("hosts").join(host).join("ispeaker-api");
    repository::clone(origin, &checkout, host)?;
    let environment = format!(
        "APP_NAME=\"iSpeaker Live\"\nAPP_ENV=production\n\
         DB_CONNECTION=mysql\nDB_DATABASE={database}\nDB_USERNAME=ispeaker\nDB_PASSWORD={PASSWORD}\nWAITLIST_LIMIT=50\n"
    );
    write(root, &format!("hosts/{host}/ispeaker-api/.env"), &environment)?;
    let pool = "[www]\nuser = www-data\npm = dynamic\npm.max_children = 20\n";
    write(root, &format!("hosts/{host}/{FPM_CONFIGURATION}"), pool)?;
    start(root, host, &checkout, START_API)
}

fn web_host(root: &Path, host: &str, origin: &Path) -> Result<(), WorldError> {
    let checkout = root.join("hosts").join(host).join("ispeaker-web");
    repository::clone(origin, &checkout, host)?;
    let environment = "NEXT_PUBLIC_API_URL=http://api.demo\nNEXT_PUBLIC_WAITLIST_URL=http://web.demo/en\n";
    write(root, &format!("hosts/{host}/ispeaker-web/.env.production"), environment)?;
    start(root, host, &checkout, START_WEB)
}

/// Runs `lines` on `host` with the stand-ins themselves.
fn start(root: &Path, host: &str, cwd: &Path, lines: &[&str]) -> Result<(), WorldError> {
    for line in lines {
        let mut words = line.split(' ');
        let call = Call::quiet(root, host, cwd, words.next().unwrap_or_default(), words);
        standin::attempt(&call).map_err(|stop| program(line, host, &stop))?;
    }
    Ok(())
}

/// Puts the first rows into the database `name`.
fn fill(root: &Path, name: &str, rows: &str) -> Result<(), WorldError> {
    let fail = |stop: standin::Stop| program("the first rows", "db-1", &stop);
    let database = Database::open(root, name).map_err(fail)?;
    database.connection.execute_batch(rows).map_err(|error| fail(error.into()))
}

/// Returns every package that any commit of the two histories locks, one a line.
fn registry() -> String {
    let found = [
        Packages::composer(API_OLD),
        Packages::composer(API_NEW),
        Packages::npm(WEB_OLD),
        Packages::npm(WEB_NEW),
    ];
    let mut lines: Vec<String> =
        found.iter().flat_map(Packages::iter).map(|(name, version)| format!("{name} {version}\n")).collect();
    lines.sort();
    lines.dedup();
    lines.concat()
}

/// Returns what a stand-in that stopped makes of the building.
pub(super) fn program(what: &str, host: &str, stop: &standin::Stop) -> WorldError {
    let why = if stop.text().is_empty() { "it says nothing" } else { stop.text() };
    WorldError::Program {
        what: what.to_owned(),
        host: host.to_owned(),
        code: stop.code(),
        why: why.to_owned(),
    }
}

fn write(root: &Path, name: &str, text: &str) -> Result<(), WorldError> {
    let path = root.join(name);
    make(path.parent().unwrap_or(root))?;
    fs::write(&path, text).map_err(at(&path))
}

fn make(path: &Path) -> Result<(), WorldError> {
    fs::create_dir_all(path).map_err(at(path))
}

fn clear(path: &Path) -> Result<(), WorldError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(at(path)(source)),
        _ => Ok(()),
    }
}
