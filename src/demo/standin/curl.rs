//! `curl`: asks the applications of the demo's own hosts; every other name does not resolve.

use std::path::Path;

use super::call::{Call, Stop};
use super::site::{self, Request};
use super::state::{self, Fields};

/// What the options ask for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    url: String,
    method: Option<String>,
    data: Option<String>,
    output: Option<String>,
    write_out: Option<String>,
    fail: bool,
    silent: bool,
    show_error: bool,
    include: bool,
}

/// Runs `curl`: exit code 2 for an option it does not know, 3 a bad URL, 6 an unknown host, 22 an error status with `-f`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let options = parse(&call.args)?;
    let loud = !options.silent || options.show_error;
    let stop = |code: u8, text: String| {
        Stop::new(code, if loud { format!("curl: ({code}) {text}") } else { String::new() })
    };
    let (host, path) =
        target(&options.url).ok_or_else(|| stop(3, format!("URL rejected: {}", options.url)))?;
    let form =
        Fields::parse(&options.data.clone().unwrap_or_default().replace('&', "\n").replace("%40", "@"));
    let method = match (&options.method, &options.data) {
        (Some(method), _) => method.as_str(),
        (None, Some(_)) => "POST",
        (None, None) => "GET",
    };
    call.pause(80);
    let answer = site::ask(&call.root, &call.host, host, Request { method, path, form: &form })?;
    let answer = answer.ok_or_else(|| stop(6, format!("Could not resolve host: {host}")))?;
    let failed = options.fail && answer.status >= 400;
    if !failed {
        let head = if options.include { format!("HTTP/1.1 {}\n\n", answer.status) } else { String::new() };
        deliver(call, options.output.as_deref(), &format!("{head}{}", answer.body))?;
    }
    if let Some(form) = &options.write_out {
        call.put(&written_out(form, answer.status, &options.url))?;
    }
    if failed {
        return Err(stop(22, format!("The requested URL returned error: {}", answer.status)));
    }
    Ok(0)
}

/// Writes the body to standard output or, with `-o`, to a file of the demo.
fn deliver(call: &Call, output: Option<&str>, body: &str) -> Result<(), Stop> {
    match output {
        None | Some("-") => call.put(body),
        Some("/dev/null") => Ok(()),
        Some(name) => state::write(&call.root, &call.cwd.canonicalize()?.join(Path::new(name)), body),
    }
}

/// Returns the text of `-w`, with the variables that runbooks use.
fn written_out(form: &str, status: u16, url: &str) -> String {
    let code = status.to_string();
    let values = [("%{http_code}", &*code), ("%{response_code}", &code), ("%{url}", url), ("\\n", "\n")];
    values.iter().fold(form.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Returns host and path of an http or https URL, without port and query.
fn target(url: &str) -> Option<(&str, &str)> {
    let rest = match url.split_once("://") {
        Some(("http" | "https", rest)) => rest,
        Some(_) => return None,
        None => url,
    };
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let host = authority.split(':').next().filter(|host| !host.is_empty())?;
    Some((host, path))
}

/// Reads the options; short ones may stand together (`-fsS`), and the value of one may follow it directly (`-XPOST`).
fn parse(args: &[String]) -> Result<Options, Stop> {
    let mut options = Options::default();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            set(&mut options, long, &mut || words.next())?;
        } else if let Some(short) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            let mut left = short;
            while let Some(letter) = left.chars().next() {
                left = left.get(letter.len_utf8()..).unwrap_or_default();
                let mut taken = false;
                let tail = left;
                set(&mut options, long_name(letter)?, &mut || {
                    taken = true;
                    if tail.is_empty() { words.next() } else { Some(tail) }
                })?;
                if taken {
                    break;
                }
            }
        } else {
            options.url = word.to_owned();
        }
    }
    if options.url.is_empty() { Err(Stop::new(2, "curl: (2) no URL specified")) } else { Ok(options) }
}

/// Returns the long name of a short option.
fn long_name(letter: char) -> Result<&'static str, Stop> {
    Ok(match letter {
        'f' => "fail",
        's' => "silent",
        'S' => "show-error",
        'L' => "location",
        'k' => "insecure",
        'i' => "include",
        'o' => "output",
        'w' => "write-out",
        'H' => "header",
        'd' => "data",
        'X' => "request",
        'm' => "max-time",
        'A' => "user-agent",
        other => return Err(Stop::new(2, format!("curl: option -{other}: is unknown"))),
    })
}

fn set<'a>(options: &mut Options, name: &str, next: &mut dyn FnMut() -> Option<&'a str>) -> Result<(), Stop> {
    let mut value = || {
        let missing = || Stop::new(2, format!("curl: option --{name}: requires parameter"));
        next().map(str::to_owned).ok_or_else(missing)
    };
    match name {
        "fail" => options.fail = true,
        "silent" => options.silent = true,
        "show-error" => options.show_error = true,
        "include" => options.include = true,
        "location" | "insecure" | "compressed" => {}
        "output" => options.output = Some(value()?),
        "write-out" => options.write_out = Some(value()?),
        "data" => options.data = Some(value()?),
        "request" => options.method = Some(value()?),
        "url" => options.url = value()?,
        "header" | "max-time" | "user-agent" | "retry" | "retry-delay" | "connect-timeout" => drop(value()?),
        other => return Err(Stop::new(2, format!("curl: option --{other}: is unknown"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        parse(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).expect("must parse")
    }

    #[test]
    fn short_options_stand_together() {
        let read = options("-fsSo /dev/null -w %{http_code} -XPOST http://api.demo/api/v1/login");
        assert!(read.fail && read.silent && read.show_error);
        assert_eq!(read.output.as_deref(), Some("/dev/null"));
        assert_eq!(read.write_out.as_deref(), Some("%{http_code}"));
        assert_eq!(read.method.as_deref(), Some("POST"));
        assert_eq!(target(&read.url), Some(("api.demo", "/api/v1/login")));
    }

    #[test]
    fn urls_lose_port_and_query() {
        assert_eq!(target("https://web.demo:8443/ar?x=1"), Some(("web.demo", "/ar")));
        assert_eq!(target("localhost"), Some(("localhost", "/")));
        assert_eq!(target("file:///etc/passwd"), None);
        assert_eq!(target("http:///x"), None);
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert_eq!(parse(&["--upload-file".to_owned()]).expect_err("must refuse").code(), 2);
    }
}
