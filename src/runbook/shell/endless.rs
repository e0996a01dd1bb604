//! Commands that do not end by themselves (point 6 of the format); one table; pure.

use std::sync::LazyLock;

use super::calls::Call;
use super::rows::{Match, Row, Table};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(ROWS.iter().copied()));

const RUNS: &str = "runs until somebody stops it";

const ROWS: &[Row] = &[
    ("tail|gtail -f|-F|--follow|--retry", RUNS),
    ("less ~+F", RUNS),
    ("less =+F", RUNS),
    ("multitail|stern|kubetail|ngrok|mailhog|mailpit|inotifywatch|fswatch|entr|nodemon|tailspin|lnav", RUNS),
    ("watch", RUNS),
    ("journalctl|dmesg -f|--follow|-w", RUNS),
    ("top|gtop !-b|-l|-n", RUNS),
    ("htop|btop|atop|glances|nmon|iftop|nethogs|bmon|ctop|nvtop", RUNS),
    ("iotop !-b|--batch", RUNS),
    ("ping|ping6|fping !-c|-w|--count|-V", RUNS),
    ("mtr !-r|--report|-c", RUNS),
    ("tcpdump|tshark !-c|-D|--version", RUNS),
    ("strace|ltrace|dtruss -p", RUNS),
    ("inotifywait -m|--monitor", RUNS),
    ("nc|ncat|netcat|socat -l|-k|--listen", RUNS),
    ("ssh -N !-f", RUNS),
    ("sleep infinity", RUNS),
    ("yes", RUNS),
    ("docker logs -f|--follow", RUNS),
    ("docker container|service logs -f|--follow", RUNS),
    ("docker events|attach", RUNS),
    ("docker stats !--no-stream", RUNS),
    ("docker-compose logs -f|--follow", RUNS),
    ("docker-compose up !-d|--detach|--wait|--no-start", RUNS),
    ("docker-compose watch|events|attach", RUNS),
    ("kubectl logs|log -f|--follow", RUNS),
    ("kubectl get|events|top -w|--watch|--watch-only", RUNS),
    ("kubectl port-forward|proxy|attach", RUNS),
    ("minikube tunnel|dashboard", RUNS),
    ("skaffold dev", RUNS),
    ("tilt up", RUNS),
    ("supervisorctl tail -f", RUNS),
    ("supervisorctl fg", RUNS),
    ("supervisord -n|--nodaemon", RUNS),
    ("pm2 logs|log !--nostream", RUNS),
    ("pm2 monit|dash|dashboard", RUNS),
    ("npm|pnpm|bun run|run-script dev|dev:*|watch|watch:*|serve|start|start:*|develop|preview", RUNS),
    ("npm|pnpm|bun start|dev", RUNS),
    ("yarn dev|start|serve|watch|develop|preview", RUNS),
    ("yarn run dev|start|serve|watch|develop|preview", RUNS),
    (
        "vite|next|nuxt|nuxi|astro|remix|ng|gatsby|docusaurus|vue-cli-service|parcel dev|serve|start|develop|preview",
        RUNS,
    ),
    ("vite|nuxt $", RUNS),
    ("webpack|rollup|esbuild|tsc|jest|vitest|tailwindcss|sass --watch|-w|--watchAll", RUNS),
    ("webpack|webpack-dev-server serve|watch", RUNS),
    ("webpack-dev-server|http-server|live-server|browser-sync|json-server", RUNS),
    ("expo start", RUNS),
    (
        "artisan serve|reverb:start|queue:listen|schedule:work|horizon|octane:start|websockets:serve|pail|tail|pulse:check|pulse:work|inertia:start-ssr",
        RUNS,
    ),
    ("artisan queue:work !--once|--stop-when-empty", RUNS),
    ("php -S", RUNS),
    ("symfony serve|server:start !-d|--daemon", RUNS),
    ("rails|bin/rails server|s !-d|--daemon", RUNS),
    ("sidekiq|foreman|overmind|honcho|puma|unicorn|thin|shotgun|rackup !-d|-D|--daemon|-v|--version", RUNS),
    ("gunicorn !-D|--daemon|--check-config", RUNS),
    ("uvicorn|hypercorn|daphne|streamlit|jupyter|flower", RUNS),
    ("flask run", RUNS),
    ("celery worker|beat|flower|events !-D|--detach", RUNS),
    ("manage.py runserver|qcluster|rqworker|run_huey|process_tasks", RUNS),
    ("python -m ~http.server", RUNS),
    ("hugo|mkdocs|jekyll|zola|mdbook|bundle|eleventy server|serve|watch", RUNS),
    ("hugo -w|--watch", RUNS),
    ("cargo watch", RUNS),
    ("trunk serve|watch", RUNS),
    ("mix phx.server", RUNS),
    ("air|reflex|gin $", RUNS),
    ("redis-cli ~monitor|MONITOR|subscribe|SUBSCRIBE|psubscribe|PSUBSCRIBE", RUNS),
    ("redis-cli --stat|--latency|--latency-history|--bigkeys-watch", RUNS),
    ("redis-server !--daemonize|--version|-v", RUNS),
    ("mongod !--fork|--version|--shutdown", RUNS),
    ("mosquitto_sub !-C|-W", RUNS),
    ("kafka-console-consumer|kafka-console-consumer.sh|kcat !--max-messages|--timeout-ms|-e|-c|-L", RUNS),
    ("stripe listen", RUNS),
    ("stripe logs tail", RUNS),
    ("cloudflared tunnel run", RUNS),
    ("wrangler dev|tail", RUNS),
    ("vercel|netlify|firebase|amplify|serverless|sls dev|serve|emulators:start|offline", RUNS),
    ("heroku logs -t|--tail", RUNS),
    ("heroku local", RUNS),
    ("fly|flyctl logs !--no-tail|-n", RUNS),
    ("aws logs tail --follow", RUNS),
    ("gcloud|az|doctl ~tail", RUNS),
    ("vault server|agent", RUNS),
    ("consul|nomad agent|monitor", RUNS),
    ("ansible-pull|locust !--headless", RUNS),
    ("adb logcat !-d", RUNS),
    ("flutter run|logs|attach", RUNS),
];

/// Returns why `call` does not end by itself.
pub fn endless(call: &Call<'_>) -> Option<Match> {
    if call.ends {
        return None;
    }
    if call.endless {
        return Some(Match { what: "while true".to_owned(), why: RUNS });
    }
    TABLE.find(call).or_else(|| interval(call)).or_else(|| waits(call))
}

/// `vmstat 5`: a number alone is an interval; a second one is how often.
fn interval(call: &Call<'_>) -> Option<Match> {
    let counted =
        matches!(call.program, "vmstat" | "iostat" | "mpstat" | "pidstat" | "sar" | "free" | "dstat");
    let numbers: Vec<&str> = call.args.iter().copied().filter(|a| a.parse::<u32>().is_ok()).collect();
    let free = call.program == "free" && call.args.contains(&"-s") && !call.args.contains(&"-c");
    let alone = call.program != "free" && numbers.len() == 1;
    let number = numbers.first().filter(|_| counted && (free || alone))?;
    Some(Match { what: format!("{} {number}", call.program), why: RUNS })
}

/// `nginx -g 'daemon off;'` and the like.
fn waits(call: &Call<'_>) -> Option<Match> {
    let off = call.program == "nginx" && call.args.iter().any(|a| a.contains("daemon off"));
    off.then(|| Match { what: "nginx -g 'daemon off;'".to_owned(), why: RUNS })
}
