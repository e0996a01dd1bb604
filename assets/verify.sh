#!/bin/sh
# Verifies a log of gonogo, or a bundle that gonogo exported, without gonogo.
#
#   sh verify.sh [--heads FILE] LOG.db|BUNDLE [ALLOWED_SIGNERS [REVOKED_KEYS]]
#
# FILE has heads that were kept elsewhere, one a line, whatever stands around them. Needs sqlite3, sha256sum, awk, cmp
# and ssh-keygen (OpenSSH 9.1 or later). Reads only; executes nothing of what it reads. Gives the verdicts of `gonogo
# verify` on chain and signatures, and with heads on witnesses. Ends with 0 if none fails, else with 6.
# A bundle brings its own allowed_signers: whether these are the people whom you trust, only you can say.
set -u
LC_ALL=C
export LC_ALL
heads='' breach=''
if [ "${1:-}" = --heads ]; then heads=${2:?a file of heads}; shift 2; fi
what=${1:?a log or a bundle} allowed=${2:-} revoked=${3:-}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
chain=holds signatures='none yet' signed=0 proven=0 unproven=0

flaw() { chain=FAILS; printf '  chain: %s\n' "$1"; }
doubt() { signatures=FAILS; printf '  event %s: %s\n' "$1" "$2"; }
same() { cmp -s "$work/$2" "$work/$3" || flaw "$1"; }
none() { [ ! -s "$work/1" ] || flaw "$1 (event $(head -n 1 "$work/1" | tr -cd ' -~'))"; }
# What is no log at all is read no further.
stop() {
    flaw "$1"
    printf 'chain       %s\nsignatures  %s\n' "$chain" "$signatures"
    [ -z "$heads" ] || echo 'witnesses   none yet'
    exit 6
}
# The hash of each line, many lines at a time.
sha() { mkdir -p "$work/lines" && (cd "$work/lines" && awk '
    function sums(  i, names) { for (i = 1; i <= n; i++) names = names " " i; if (n) system("sha256sum" names " | cut -c1-64"); n = 0 }
    { f = ++n; print > f; close(f) } n == 500 { sums() } END { sums() }'); }
# A head is a line with `gonogo-head v1 LOG SIZE HASH TIME RUN` anywhere in it; a ticket may have put signs around RUN.
if [ -n "$heads" ]; then
    awk 'at = index($0, "gonogo-head v1 ") {
        if (split(substr($0, at + 15), word) < 5 || word[2] !~ /^[0-9]+$/ || length(word[3]) != 64 || word[3] ~ /[^0-9a-f]/ ||
            word[4] !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][Tt][0-9][0-9]:[0-9][0-9]:[0-9][0-9]/) next
        gsub(/^[^A-Za-z0-9_.-]+|[^A-Za-z0-9_.-]+$/, "", word[5])
        if (word[1] ~ /[^A-Za-z0-9_.-]/) word[1] = "?"
        if (word[5] ~ /[^A-Za-z0-9_.-]/) word[5] = "?"
        print word[1] "\t" word[2] "\t" word[3] "\t" word[5]
    }' "$heads" > "$work/heads" || exit 2
    [ -s "$work/heads" ] || { echo "no head is in $heads: nothing was compared"; exit 2; }
    (cd "$work" && sqlite3 -batch heads.db 'CREATE TABLE head(log, size INTEGER, hash, run)' '.mode tabs' '.import heads head') || exit 2
fi
db=$what whole=1
ask() { sqlite3 -batch -noheader -list -readonly "$db" "$1"; }

# A bundle becomes a log in a temporary file: what follows is the same for both.
if [ -d "$what" ]; then
    whole=0
    [ -n "$allowed" ] || allowed=$what/allowed_signers
    # Nothing is followed out of the bundle, and nothing is read that has no end.
    [ -z "$(find "$what/" ! -type f ! -type d | head -n 1)" ] || stop 'something in the bundle is neither a file nor a directory'
    ! grep -E -v -q '^[0-9a-f]{64}  [A-Za-z0-9._-][A-Za-z0-9._/-]*$' "$what/SHA256SUMS" 2> /dev/null &&
        ! grep -E -q '(/|  )[.][.]?(/|$)' "$what/SHA256SUMS" 2> /dev/null || stop 'SHA256SUMS names something outside of the bundle'
    (cd "$what" && sha256sum --quiet --strict -c SHA256SUMS) > "$work/sums" 2>&1 || flaw 'SHA256SUMS: files are not the ones that were exported'
    db=$work/bundle.db
    awk -F '\t' 'NF != 8 || $1 !~ /^[0-9]+$/ { exit 1 }
        { for (i = 4; i <= 8; i++) if ($i !~ /^([0-9a-f]+|-)$/) exit 1
          if ($2 !~ /^[A-Za-z0-9._-]+$/ || $3 !~ /^[A-Za-z0-9_.]+$/ || seen[$1 + 0]++) exit 1 }
        END { if (NR == 0) exit 1 }' "$what/links" || stop 'the links of the bundle cannot be read, or one stands twice'
    cp "$what/links" "$work/links"
    # A body ends in one line feed, which is no part of it.
    cut -f 1 "$what/links" | while read -r seq; do
        [ "$(tail -c 1 "$what/events/$seq.json" 2> /dev/null | od -An -tx1 | tr -d ' ')" = 0a ] || echo "$seq"
    done > "$work/1"
    none 'a body is missing, or is not one line'
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
    ) > "$work/load" 2>&1 || stop 'the files of the bundle cannot be read'
else
    # The tables, triggers and the view are those of schema v1, word by word; other tables are not read.
    schema() { ask "SELECT type||' '||name||char(10)||coalesce(sql, '') FROM sqlite_schema $1 ORDER BY type, name" 2> /dev/null | sha256sum | cut -c1-64; }
    [ "$(schema "WHERE name IN ('event', 'chunk')")" = 8db0baa4c577133c52dcd3f122ba20b21a755c41decacca0f91662aa922d47bb ] || stop 'no log that sqlite3 can read: its tables are not those of a log'
    if [ "$(schema '')" = d9fcabea1ed377e0f069705f3b1f8776878e8e3ef3c0f3134375c1b9823c25ca ]; then
        [ "$(ask 'PRAGMA integrity_check(1)' 2>&1)" = ok ] || flaw 'the structure of the file is damaged'
    else
        flaw 'triggers, the view or the index are not those of a log'
    fi
fi
ask 'SELECT count(*) FROM event' > "$work/events" 2> /dev/null || stop 'no log that sqlite3 can read'
[ "$(cat "$work/events")" != 0 ] || flaw 'there is no event'

# Each body, signature and link has the hash that stands beside it.
ask 'SELECT body FROM event WHERE body IS NOT NULL ORDER BY seq' | sha > "$work/1"
ask 'SELECT body_sha FROM event WHERE body IS NOT NULL ORDER BY seq' > "$work/2"
same 'a body is not the one that its hash says' 1 2
ask "SELECT 'v1 '||seq||' '||prev||' '||run_prev||' '||body_sha||' '||sig_sha FROM event ORDER BY seq" | sha > "$work/1"
ask 'SELECT hash FROM event ORDER BY seq' > "$work/2"
same 'a link is not the one that its hash says' 1 2
ask "SELECT seq FROM event WHERE (sig IS NULL) <> (sig_sha = '-')" > "$work/1"
none 'a signature is missing, or one too many'
ask 'SELECT seq, sig_sha FROM event WHERE sig IS NOT NULL ORDER BY seq' > "$work/signed"
while IFS='|' read -r seq sum; do
    ask "SELECT writefile('$work/sig', sig) FROM event WHERE seq = $seq" > /dev/null
    [ "$(sha256sum < "$work/sig" | cut -c1-64)" = "$sum" ] || flaw "the signature of event $seq is not the one that its hash says"
done < "$work/signed"
# Each body is printable ASCII and JSON that names no field twice, and begins with the same fields in the same form.
ask "SELECT seq FROM event WHERE body IS NOT NULL AND (instr(CAST(body AS BLOB), x'00') OR body GLOB '*[^ -~]*'
       OR length(body) > 4194304 OR substr(body, -1) <> '}' OR NOT json_valid(body))" > "$work/unread" 2>&1
readable="body IS NOT NULL AND seq NOT IN (0$(grep -x '[0-9]*' "$work/unread" | sed 's/^/,/' | tr -d '\n'))"
ask "WITH b AS (SELECT seq, body, json_extract(body, '\$.ts') AS ts, '{\"v\":1,\"log\":'||json_quote(json_extract(body, '\$.log'))
         ||',\"run\":'||json_quote(json_extract(body, '\$.run'))||',\"kind\":'||json_quote(json_extract(body, '\$.kind'))
         ||',\"nonce\":'||json_quote(json_extract(body, '\$.nonce'))||',\"ts\":'||json_quote(json_extract(body, '\$.ts'))
         ||',\"mono_ns\":'||json_extract(body, '\$.mono_ns')||',\"session\":'||json_quote(json_extract(body, '\$.session'))
         ||iif(coalesce(json_type(body, '\$.chunk_sha'), json_type(body, '\$.chunk_len')) IS NULL, '',
           ',\"chunk_sha\":'||json_quote(json_extract(body, '\$.chunk_sha'))||',\"chunk_len\":'||json_extract(body, '\$.chunk_len')) AS head,
         json_type(body, '\$.log')||json_type(body, '\$.run')||json_type(body, '\$.kind')||json_type(body, '\$.nonce')
         ||json_type(body, '\$.ts')||json_type(body, '\$.session')||json_type(body, '\$.mono_ns')
         ||coalesce(json_type(body, '\$.chunk_sha'), 'text')||coalesce(json_type(body, '\$.chunk_len'), 'integer') AS types
       FROM event WHERE $readable)
     SELECT seq FROM b WHERE substr(body, 1, length(head)) IS NOT head OR substr(body, length(head) + 1, 1) NOT IN (',', '}')
         OR types <> 'texttexttexttexttexttextintegertextinteger' OR strftime('%Y-%m-%dT%H:%M:%fZ', ts) IS NOT ts
     UNION SELECT seq FROM (SELECT event.seq AS seq FROM event, json_tree(body) WHERE $readable AND key IS NOT NULL
         GROUP BY event.seq, parent, key HAVING count(*) > 1)" >> "$work/unread" 2>&1
cp "$work/unread" "$work/1"
none 'a body is not in the written form of a record'
readable="body IS NOT NULL AND seq NOT IN (0$(grep -x '[0-9]*' "$work/unread" | sed 's/^/,/' | tr -d '\n'))"
# Each record says the same in its columns as in its body, is of the same log, and a runbook's text is the one that is named.
ask "SELECT seq FROM event WHERE $readable AND (json_extract(body, '\$.run') IS NOT run OR json_extract(body, '\$.kind') IS NOT kind
       OR json_extract(body, '\$.log') IS NOT (SELECT json_extract(body, '\$.log') FROM event WHERE $readable ORDER BY seq LIMIT 1)
       OR ($whole AND (seq = 1) <> (kind = 'log.opened'))
       OR (kind = 'run.opened' AND json_extract(body, '\$.chunk_sha') IS NOT json_extract(body, '\$.text_sha')))" > "$work/1" 2>&1
none 'a body is of another run, kind or log, or its text is another one'

# Each record follows the one before it, in the log and in its run, with none between.
place="seq <> place OR prev <> before OR"
[ $whole = 1 ] || place=
ask "SELECT seq FROM (SELECT seq, prev, run_prev, row_number() OVER (ORDER BY seq) AS place,
       coalesce(lag(hash) OVER (ORDER BY seq), printf('%064d', 0)) AS before,
       coalesce(lag(hash) OVER (PARTITION BY run ORDER BY seq), printf('%064d', 0)) AS run_before FROM event)
     WHERE $place run_prev <> run_before" > "$work/1"
none 'a record does not follow the one before it'

# Each chunk is what the body of its record says, and there is no other.
ask "SELECT seq||'|'||json_extract(body, '\$.chunk_sha')||'|'||json_extract(body, '\$.chunk_len') FROM event
     WHERE $readable AND json_extract(body, '\$.chunk_sha') IS NOT NULL ORDER BY seq" > "$work/1"
ask "SELECT seq||'|'||raw_len||'|'||(codec IS (length(data) <> raw_len)) FROM chunk WHERE seq IN (SELECT seq FROM event WHERE body IS NOT NULL)
     OR seq NOT IN (SELECT seq FROM event) ORDER BY seq" > "$work/chunks"
while IFS='|' read -r seq len plain; do
    # More than a chunk can hold is not unpacked; data of another length than the bytes is packed, and ends where they do.
    [ "$len" -ge 0 ] 2> /dev/null && [ "$len" -le 1048576 ] && [ "$plain" = 1 ] || { echo "$seq|$len"; continue; }
    ask "SELECT writefile('$work/chunk', sqlar_uncompress(data, raw_len)) FROM chunk WHERE seq = $seq" > /dev/null 2>&1
    more=$(ask "SELECT length(sqlar_uncompress(substr(data, 1, length(data) - 1), raw_len)) FROM chunk WHERE seq = $seq AND codec = 1" 2> /dev/null)
    [ -z "$more" ] || { echo "$seq|$len"; rm -f "$work/chunk"; continue; }
    printf '%s|%s|%s\n' "$seq" "$(sha256sum < "$work/chunk" | cut -c1-64)" "$len"
    rm -f "$work/chunk"
done < "$work/chunks" > "$work/2" 2> /dev/null
same 'a chunk is not the one that its body names, or is missing, or one too many' 1 2

# Each signature is over its body, by a key that may sign for the name in it, at the time in it.
[ -z "$allowed" ] || [ -r "$allowed" ] || { echo "$allowed cannot be read"; exit 2; }
ask "SELECT seq FROM event WHERE sig IS NOT NULL OR iif($readable, json_extract(body, '\$.who.proof') = 'ssh-key', 0) ORDER BY seq" > "$work/signed"
while read -r seq; do
    ask "SELECT sig IS NOT NULL, $readable, iif($readable, json_extract(body, '\$.who.proof') = 'ssh-key', 0) FROM event WHERE seq = $seq" > "$work/row"
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
        -n signoff@gonogo -s "$work/sig" < "$work/body" > "$work/good" 2>&1; then
        said=$(ask "SELECT json_extract(body, '\$.who.seat.fingerprint') FROM event WHERE seq = $seq")
        [ -z "$said" ] || grep -q -F -- " key $said" "$work/good" || { doubt "$seq" 'it names another key than the one that signed it'; continue; }
        proven=$((proven + 1))
    else
        doubt "$seq" "$(tr -d '\000-\037\177-\377' < "$work/name") may not sign with this key, or not at that time"
    fi
done < "$work/signed"
# Whoever signed a body said it once, and was shown a head, which all that came before leads to.
ask "SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY body_sha ORDER BY seq) AS nth FROM event WHERE sig IS NOT NULL)
     WHERE nth > 1 ORDER BY seq" > "$work/1"
while read -r seq; do doubt "$seq" 'it is a copy of a signed record that stands there already'; done < "$work/1"
ask "WITH s AS (SELECT seq, coalesce(json_extract(body, '\$.seen.event'), json_extract(body, '\$.seen'), json_extract(body, '\$.size')) AS place,
       coalesce(json_extract(body, '\$.seen.head'), json_extract(body, '\$.seen_head'), json_extract(body, '\$.head')) AS head
       FROM event WHERE $readable AND (sig IS NOT NULL OR kind = 'log.checkpoint'))
     SELECT s.seq FROM s LEFT JOIN event ON event.seq = place
       WHERE s.head IS NOT NULL AND (place >= s.seq OR hash <> s.head) ORDER BY s.seq" > "$work/rewritten" 2>&1
while read -r seq; do
    printf '  event %s: REWRITTEN: it names the head of an event before it that is another one here\n' "$(echo "$seq" | tr -cd ' -~')"
done < "$work/rewritten"
if [ "$signatures" = holds ] && [ "$unproven" -gt 0 ]; then
    signatures=open
fi
# Heads that were kept are those of events here: all of one history, and none of an event that is missing. A run alone is
# held against the heads of its own opening and closing.
[ ! -s "$work/rewritten" ] || breach=REWRITTEN
if [ -n "$heads" ]; then
    own="me AS (SELECT json_extract(body, '\$.log') AS id FROM event WHERE $readable ORDER BY seq LIMIT 1),
      own AS (SELECT head.size AS size, head.hash AS hash, head.run AS run, event.hash AS here
        FROM me, kept.head LEFT JOIN event ON event.seq = head.size WHERE head.log = id)"
    ask "ATTACH '$work/heads.db' AS kept;
      WITH $own, covers AS (SELECT coalesce(max(size), 0) AS newest FROM own WHERE here = hash)
      SELECT 1, 'FORKED', size FROM own GROUP BY size HAVING count(DISTINCT hash) > 1
      UNION SELECT 1, 'FORKED', size FROM own, covers WHERE here <> hash AND size < newest
      UNION SELECT 2, 'REWRITTEN', size FROM own WHERE here <> hash
      UNION SELECT 3, 'TRUNCATED', size FROM own WHERE here IS NULL AND ($whole OR run IN (SELECT run FROM event))
        AND size > (SELECT max(seq) FROM event WHERE $whole OR event.run = own.run)
      UNION SELECT 4, 'OTHER LOG', 0 FROM me WHERE $whole AND NOT EXISTS (SELECT 1 FROM own) AND NOT EXISTS (SELECT 1
        FROM event, kept.head WHERE kind = 'log.opened' AND $readable AND json_extract(body, '\$.after.log') = log)
      ORDER BY 1, 3" > "$work/breaches" 2>&1
    while IFS='|' read -r rank name size; do
        # They come the worst first; one that stands in the log itself is as bad as the second.
        [ "$rank" != 1 ] || breach=FORKED
        breach=${breach:-${name:-UNREADABLE}}
        printf '  heads: %s: %s\n' "$name" "$([ "$size" = 0 ] && echo 'none is of this log' || echo "event $size is not the one that was witnessed")"
    done < "$work/breaches"
    agree=$(ask "ATTACH '$work/heads.db' AS kept; WITH $own SELECT count(*) FROM own WHERE here = hash")
    witnesses="holds (heads that agree: $agree)"
    [ "$agree" != 0 ] || witnesses='none yet'
    [ -z "$breach" ] || witnesses="FAILS ($breach)"
fi

printf 'events      %s\n' "$(cat "$work/events")"
ask "SELECT 'head        '||seq||' '||hash FROM event ORDER BY seq DESC LIMIT 1"
printf 'chain       %s\n' "$chain"
printf 'signatures  %s (%s of %s signatures prove their name)\n' "$signatures" "$proven" "$signed"
if [ -n "$heads" ]; then
    printf 'witnesses   %s\n' "$witnesses"
    cat <<'WORDS'
Heads show that nothing was cut off and all made anew only up to the newest of them, and only if they were kept where
whoever can write the file cannot write.
WORDS
else
    cat <<'WORDS'
This does not show that nothing was cut off at the end, or that somebody who can write the file did not make all of it
anew but for other people's signatures: compare the head with one that was kept where they cannot write (--heads FILE).
WORDS
fi
[ "$chain" = holds ] && [ "$signatures" != FAILS ] && [ -z "$breach" ] || exit 6
