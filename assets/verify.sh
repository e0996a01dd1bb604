#!/bin/sh
# Verifies a log of gonogo, or a bundle that gonogo exported, without gonogo.
#
#   sh verify.sh LOG.db|BUNDLE [ALLOWED_SIGNERS [REVOKED_KEYS]]
#
# Needs sqlite3, sha256sum, awk, cmp and ssh-keygen (OpenSSH 9.1 or later). Reads only; executes nothing of what it
# reads. Gives two verdicts, as `gonogo verify` does: chain and signatures. Ends with 0 if neither fails, else with 6.
# A bundle brings its own allowed_signers: whether these are the people whom you trust, only you can say.
set -u
LC_ALL=C
export LC_ALL
what=${1:?a log or a bundle} allowed=${2:-} revoked=${3:-}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
chain=holds signatures='none yet' signed=0 proven=0 unproven=0

flaw() { chain=FAILS; printf '  chain: %s\n' "$1"; }
doubt() { signatures=FAILS; printf '  event %s: %s\n' "$1" "$2"; }
same() { cmp -s "$work/$2" "$work/$3" || flaw "$1"; }
sha() { while IFS= read -r line; do printf '%s\n' "$line" | sha256sum | cut -c1-64; done; }
db=$what whole=1
ask() { sqlite3 -batch -noheader -list -readonly "$db" "$1"; }

# A bundle becomes a log in a temporary file: what follows is the same for both.
if [ -d "$what" ]; then
    whole=0
    [ -n "$allowed" ] || allowed=$what/allowed_signers
    (cd "$what" && sha256sum --quiet --strict -c SHA256SUMS) > "$work/sums" 2>&1 || flaw 'SHA256SUMS: files are not the ones that were exported'
    db=$work/bundle.db
    awk -F '\t' 'NF != 8 || $1 !~ /^[0-9]+$/ { exit 1 }
        { for (i = 4; i <= 8; i++) if ($i !~ /^([0-9a-f]+|-)$/) exit 1
          if ($2 !~ /^[A-Za-z0-9._-]+$/ || $3 !~ /^[a-z_.]+$/) exit 1 }' "$what/links" || { echo 'the links of the bundle cannot be read'; exit 6; }
    cp "$what/links" "$work/links"
    ln -s "$(cd "$what" && pwd)" "$work/bundle"
    (cd "$work" && sqlite3 -batch bundle.db <<'SQL'
CREATE TABLE event(seq INTEGER PRIMARY KEY, run, kind, prev, run_prev, body_sha, sig_sha, hash, body, sig);
CREATE TABLE chunk(seq INTEGER PRIMARY KEY, codec, raw_len, data);
CREATE TEMP TABLE link(seq, run, kind, prev, run_prev, body_sha, sig_sha, hash);
.mode tabs
.import links link
INSERT INTO event SELECT CAST(seq AS INTEGER), run, kind, prev, run_prev, body_sha, sig_sha, hash,
  substr(CAST(readfile('bundle/events/'||seq||'.json') AS TEXT), 1, length(CAST(readfile('bundle/events/'||seq||'.json') AS TEXT)) - 1),
  CAST(readfile('bundle/signatures/'||seq||'.sig') AS TEXT) FROM link;
INSERT INTO chunk SELECT seq, 0, length(readfile('bundle/output/'||seq)), readfile('bundle/output/'||seq) FROM event
  WHERE readfile('bundle/output/'||seq) IS NOT NULL;
SQL
    ) > "$work/load" 2>&1 || { cat "$work/load"; exit 6; }
fi
[ "$(ask "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('event', 'chunk')" 2> /dev/null)" = 2 ] ||
    { echo "$what: no log that sqlite3 can read"; exit 6; }
ask 'SELECT count(*) FROM event' > "$work/events" || { echo "$what: no log that sqlite3 can read"; exit 6; }

# Each body, signature and link has the hash that stands beside it.
ask 'SELECT body FROM event WHERE body IS NOT NULL ORDER BY seq' | sha > "$work/1"
ask 'SELECT body_sha FROM event WHERE body IS NOT NULL ORDER BY seq' > "$work/2"
same 'a body is not the one that its hash says' 1 2
ask "SELECT 'v1 '||seq||' '||prev||' '||run_prev||' '||body_sha||' '||sig_sha FROM event ORDER BY seq" | sha > "$work/1"
ask 'SELECT hash FROM event ORDER BY seq' > "$work/2"
same 'a link is not the one that its hash says' 1 2
ask "SELECT seq FROM event WHERE (sig IS NULL) <> (sig_sha = '-')" > "$work/1"
[ -s "$work/1" ] && flaw 'a signature is missing, or one too many'
ask 'SELECT seq, sig_sha FROM event WHERE sig IS NOT NULL ORDER BY seq' > "$work/signed"
while IFS='|' read -r seq sum; do
    ask "SELECT writefile('$work/sig', sig) FROM event WHERE seq = $seq" > /dev/null
    [ "$(sha256sum < "$work/sig" | cut -c1-64)" = "$sum" ] || flaw "the signature of event $seq is not the one that its hash says"
done < "$work/signed"
# Each record says the same in its columns as in its body, and is of the same log.
ask "SELECT seq FROM event WHERE body IS NOT NULL AND (json_valid(body) = 0
       OR json_extract(body, '\$.run') IS NOT run OR json_extract(body, '\$.kind') IS NOT kind
       OR json_extract(body, '\$.log') IS NOT (SELECT json_extract(body, '\$.log') FROM event WHERE body IS NOT NULL ORDER BY seq LIMIT 1))" > "$work/1" 2>&1
[ -s "$work/1" ] && flaw 'a body is of another run, kind or log'

# Each record follows the one before it, in the log and in its run, with none between.
place="seq <> place OR prev <> before OR"
[ $whole = 1 ] || place=
ask "SELECT seq FROM (SELECT seq, prev, run_prev, row_number() OVER (ORDER BY seq) AS place,
       coalesce(lag(hash) OVER (ORDER BY seq), printf('%064d', 0)) AS before,
       coalesce(lag(hash) OVER (PARTITION BY run ORDER BY seq), printf('%064d', 0)) AS run_before FROM event)
     WHERE $place run_prev <> run_before" > "$work/1"
[ -s "$work/1" ] && flaw 'a record does not follow the one before it'

# Each chunk is what the body of its record says, and there is no other.
ask "SELECT seq||'|'||json_extract(body, '\$.chunk_sha')||'|'||json_extract(body, '\$.chunk_len') FROM event
     WHERE json_extract(body, '\$.chunk_sha') IS NOT NULL ORDER BY seq" > "$work/1"
ask "SELECT seq||'|'||raw_len FROM chunk WHERE seq IN (SELECT seq FROM event WHERE body IS NOT NULL)
     OR seq NOT IN (SELECT seq FROM event) ORDER BY seq" > "$work/chunks"
while IFS='|' read -r seq len; do
    # More than a chunk can hold is not unpacked.
    [ "$len" -ge 0 ] 2> /dev/null && [ "$len" -le 1048576 ] || { echo "$seq|$len"; continue; }
    ask "SELECT writefile('$work/chunk', sqlar_uncompress(data, raw_len)) FROM chunk WHERE seq = $seq" > /dev/null 2>&1
    printf '%s|%s|%s\n' "$seq" "$(sha256sum < "$work/chunk" | cut -c1-64)" "$len"
    rm -f "$work/chunk"
done < "$work/chunks" > "$work/2" 2> /dev/null
same 'a chunk is not the one that its body names, or is missing, or one too many' 1 2

# Each signature is over its body, by a key that may sign for the name in it, at the time in it.
[ -z "$allowed" ] || [ -r "$allowed" ] || { echo "$allowed cannot be read"; exit 2; }
ask "SELECT seq FROM event WHERE sig IS NOT NULL OR json_extract(body, '\$.who.proof') = 'ssh-key' ORDER BY seq" > "$work/signed"
while read -r seq; do
    ask "SELECT sig IS NOT NULL, body IS NOT NULL, json_extract(body, '\$.who.proof') = 'ssh-key' FROM event WHERE seq = $seq" > "$work/row"
    read -r row < "$work/row"
    case $row in
        1\|*) signed=$((signed + 1)); [ "$signatures" = FAILS ] || signatures=holds ;;
    esac
    case $row in
        0\|*) doubt "$seq" 'it says that a key proves the name, and there is no signature'; continue ;;
        1\|0\|*) unproven=$((unproven + 1)); continue ;;
    esac
    ask "SELECT writefile('$work/body', body||char(10)), writefile('$work/sig', sig), writefile('$work/name', json_extract(body, '\$.who.name')) FROM event WHERE seq = $seq" > /dev/null
    ssh-keygen -Y check-novalidate -n signoff@gonogo -s "$work/sig" < "$work/body" > /dev/null 2>&1 ||
        { doubt "$seq" 'the signature does not hold: the text, the signature or its key was changed'; continue; }
    sed '/^-/d' "$work/sig" | base64 -d 2> /dev/null | tr -d '\000' | grep -a -q 'signoff@gonogo.*sha512' ||
        { doubt "$seq" 'the signature is over another hash than sha512'; continue; }
    [ "$row" = '1|1|1' ] || { doubt "$seq" 'there is a signature beside a body that names no signer with a key'; continue; }
    [ -n "$allowed" ] || { unproven=$((unproven + 1)); continue; }
    at=$(ask "SELECT strftime('%Y%m%d%H%M%S', json_extract(body, '\$.ts')) FROM event WHERE seq = $seq")Z
    if ssh-keygen -Y verify -O "verify-time=$at" -f "$allowed" ${revoked:+-r "$revoked"} -I "$(cat "$work/name")" \
        -n signoff@gonogo -s "$work/sig" < "$work/body" > /dev/null 2>&1; then
        proven=$((proven + 1))
    else
        doubt "$seq" "$(tr -d '\000-\037\177-\377' < "$work/name") may not sign with this key, or not at that time"
    fi
done < "$work/signed"
if [ "$signatures" = holds ] && [ "$unproven" -gt 0 ]; then
    signatures=open
fi

printf 'events      %s\n' "$(cat "$work/events")"
ask "SELECT 'head        '||seq||' '||hash FROM event ORDER BY seq DESC LIMIT 1"
printf 'chain       %s\n' "$chain"
printf 'signatures  %s (%s of %s signatures prove their name)\n' "$signatures" "$proven" "$signed"
cat <<'WORDS'
This does not show that nothing was cut off at the end, or that somebody who can write the file did not make all of it
anew but for other people's signatures: compare the head with one that was kept where they cannot write.
WORDS
[ "$chain" = holds ] && [ "$signatures" != FAILS ] || exit 6
