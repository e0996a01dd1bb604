//! What the two applications answer, computed from the state of the host that is asked: never scripted.
//!
//! API: maintenance flag, the commit that PHP-FPM loaded, its packages, the caches it loaded, the database password, then the SQL of the
//! route as that commit has it. Web: the build that pm2 loaded, its page, and what the page asks the API for.

use std::fs;
use std::path::Path;

use super::app::App;
use super::artisan::{CACHES, FLAG};
use super::call::Stop;
use super::database::Database;
use super::packages::Packages;
use super::state::Fields;
use super::systemctl::FPM;

/// A request as far as the applications look at it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path, without query.
    pub path: &'a str,
    /// The form fields of the body.
    pub form: &'a Fields,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answer {
    fn page(body: impl Into<String>) -> Self {
        Self { status: 200, body: body.into() }
    }

    fn fault(status: u16, message: &str) -> Self {
        Self {
            status,
            body: format!("{{\"message\":\"{}\"}}", message.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

/// Asks the host that `name` means, seen from `own`, and returns its answer; `None` if no host of the demo has that name.
///
/// `api.demo` is a load balancer: it passes the request to the first API host whose health endpoint answers 200, else to the last.
///
/// # Errors
/// git is missing, or a state file cannot be read.
pub fn ask(root: &Path, own: &str, name: &str, request: Request<'_>) -> Result<Option<Answer>, Stop> {
    let host = match name {
        "localhost" | "127.0.0.1" => own,
        _ => match name.strip_suffix(".demo") {
            Some("web") => "web-1",
            Some("staging") => "staging-1",
            Some(host) => host,
            None => return Ok(None),
        },
    };
    match host {
        "api" => balance(root, request).map(Some),
        "api-1" | "api-2" | "staging-1" => api(root, host, request).map(Some),
        "web-1" => web(root, host, request).map(Some),
        _ => Ok(None),
    }
}

fn balance(root: &Path, request: Request<'_>) -> Result<Answer, Stop> {
    let health = Request { method: "GET", path: "/api/health", form: request.form };
    let first = api(root, "api-1", health)?.status == 200;
    api(root, if first { "api-1" } else { "api-2" }, request)
}

fn api(root: &Path, host: &str, request: Request<'_>) -> Result<Answer, Stop> {
    let app = App::on(root, host, "ispeaker-api");
    if app.path(FLAG).exists() {
        return Ok(Answer::fault(503, "Service Unavailable"));
    }
    let Some(loaded) = Fields::read(&root.join("hosts").join(host).join("run").join(FPM))? else {
        return Ok(Answer::fault(502, "Bad Gateway"));
    };
    let commit = loaded.get("commit");
    let version = app.at_commit(commit, "VERSION")?.unwrap_or_default();
    if let Some(broken) = broken(root, host, &app, &loaded)? {
        return Ok(Answer::fault(500, &format!("{broken} ({})", version.trim())));
    }
    let route = request.path.trim_matches('/');
    let sql =
        if route.starts_with("api/") { app.at_commit(commit, &format!("routes/{route}.sql"))? } else { None };
    let Some((method, sql)) = sql.as_deref().and_then(|text| text.strip_prefix("-- ")?.split_once('\n'))
    else {
        return Ok(Answer::fault(404, &format!("The route {route} could not be found.")));
    };
    if method != request.method {
        return Ok(Answer::fault(
            405,
            &format!("The {} method is not supported for route {route}.", request.method),
        ));
    }
    let email = request.form.get("email");
    if sql.contains(":email") && email.is_empty() {
        return Ok(Answer::fault(422, "The email field is required."));
    }
    let values = [(":version", version.trim()), (":host", host), (":email", email)];
    let database = match Database::read(root, loaded.get("db_database")) {
        Ok(database) => database,
        Err(stop) => return Ok(Answer::fault(500, &format!("SQLSTATE[HY000] {}", stop.text()))),
    };
    Ok(match database.text(sql, &values) {
        Ok(Some(body)) => Answer::page(body),
        Ok(None) => Answer::fault(422, "These credentials do not match our records."),
        Err(error) => {
            Answer::fault(500, &format!("SQLSTATE[HY000]: General error: {error} ({})", version.trim()))
        }
    })
}

/// Returns why the loaded code cannot answer at all, if something is wrong with it.
fn broken(root: &Path, host: &str, app: &App, loaded: &Fields) -> Result<Option<String>, Stop> {
    let commit = loaded.get("commit");
    let lock = Packages::composer(&app.at_commit(commit, "composer.lock")?.unwrap_or_default());
    let installed = Packages::composer(&app.disk("vendor/composer/installed.json").unwrap_or_default());
    if let Some((name, version)) = lock.not_in(&installed).next() {
        return Ok(Some(format!("Class not found: package {name} {version} is not installed")));
    }
    for (word, _, what) in CACHES {
        let made_from = loaded.get(word);
        if !made_from.is_empty() && made_from != commit {
            return Ok(Some(format!("{what} cached from another commit: php artisan {word}:cache")));
        }
    }
    let settings = Fields::parse(&app.at_commit(commit, ".env.example")?.unwrap_or_default());
    if let Some(name) = settings.not_among(loaded.get("set")) {
        return Ok(Some(format!("{name} is not set in .env of {host}")));
    }
    let password = fs::read_to_string(root.join("db/password"))?;
    if loaded.get("db_password") != password.trim() {
        return Ok(Some(format!("SQLSTATE[HY000] [1045] Access denied for user 'ispeaker'@'{host}'")));
    }
    Ok(None)
}

fn web(root: &Path, host: &str, request: Request<'_>) -> Result<Answer, Stop> {
    let app = App::on(root, host, "ispeaker-web");
    let Some(build) = Fields::read(&root.join("hosts").join(host).join("run/pm2-ispeaker-web"))? else {
        return Ok(Answer::fault(502, "Bad Gateway"));
    };
    let path = match request.path.trim_matches('/') {
        "" => "en",
        path => path,
    };
    let Some(page) = app.at_commit(build.get("commit"), &format!("app/{path}/page.html"))? else {
        return Ok(Answer { status: 404, body: "<h1>404: This page could not be found.</h1>\n".to_owned() });
    };
    let (scheme, server) = build.get("api").split_once("://").unwrap_or_default();
    let fetch = |path| ask(root, host, server, Request { method: "GET", path, form: request.form });
    if scheme.is_empty() {
        return Ok(Answer::fault(500, "fetch failed: NEXT_PUBLIC_API_URL is not a URL"));
    }
    if page.contains("<!-- data /api/v1/courses -->") {
        let Some(answer) = fetch("/api/v1/courses")? else {
            return Ok(Answer::fault(500, &format!("fetch failed: getaddrinfo ENOTFOUND {server}")));
        };
        if answer.status != 200 {
            return Ok(Answer::fault(500, &format!("fetch failed: the API answered {}", answer.status)));
        }
        let data = format!("<script type=\"application/json\">{}</script>", answer.body);
        return Ok(Answer::page(page.replace("<!-- data /api/v1/courses -->", &data)));
    }
    let banner = fetch("/api/v1/banner")?.filter(|answer| answer.status == 200 && !answer.body.is_empty());
    let banner = banner.map_or_else(String::new, |answer| format!("<p class=\"banner\">{}</p>", answer.body));
    Ok(Answer::page(page.replace("<!-- banner -->", &banner)))
}
