# Makes (or finds again) the directory of a run and says what this host is. Carries no values: should something else
# than this text run here, it learns nothing. Given: __g_N __g_R (seed) __g_bases.
__g_say() { __g_put "::gonogo:$__g_N:$1" >&2; }
# Whether the directory is there and ours.
__g_ours() { [ -d "$__g_x" ] && [ ! -L "$__g_x" ] && [ -O "$__g_x" ]; }
# What this host is. With few forks: one bash says its version, its user and the time (from 4.2 on).
__g_who() {
  __g_n=$(uname -sn)
  __g_sh=$(command -v sh; command -v bash)
  __g_b= __g_v= __g_u= __g_t=
  case $__g_sh in *"$__g_nl"*) __g_b=${__g_sh#*"$__g_nl"} __g_sh=${__g_sh%%"$__g_nl"*};; esac
  if [ "$__g_b" ]; then
    __g_v=$("$__g_b" --norc -c 'echo "${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]} $EUID"; printf "%(%s)T" -1' </dev/null 2>/dev/null)
    case $__g_v in *"$__g_nl"*) __g_t=${__g_v#*"$__g_nl"} __g_v=${__g_v%%"$__g_nl"*};; esac
    __g_u=${__g_v#* } __g_v=${__g_v%% *}
  fi
  case $__g_u in ''|*[!0-9]*) __g_u=$(id -u);; esac
  case $__g_t in ''|*[!0-9]*) __g_t=$(date +%s);; esac
}
__g_nl='
'
__g_main() {
  umask 077
  __g_d=
  for __g_p in $__g_bases; do
    case $__g_p in HOME) [ "$HOME" ] && __g_p=$HOME/.gonogo && { [ -d "$__g_p" ] || mkdir -p "$__g_p" 2>/dev/null; };; esac
    __g_x=$__g_p/gonogo-$__g_R
    __g_h=
    # Another `open` may make it in the same moment: then it is there after all.
    if __g_ours || ! mkdir -m 700 "$__g_x" 2>/dev/null; then __g_ours || continue; __g_h=1; fi
    # A directory on a full disk is no use: a step needs its script and its record written. The file stays, empty.
    if { printf %65536s x >"$__g_x/t$$" && [ "$(wc -c <"$__g_x/t$$")" -eq 65536 ] && : >"$__g_x/t$$"; } 2>/dev/null; then
      __g_d=$__g_x
      break
    fi
    rm -f "$__g_x/t$$"
    rmdir "$__g_x" 2>/dev/null
  done
  [ "$__g_d" ] || { __g_say 'fail nodir'; exit 125; }
  # Tells this directory from one that is made later in its place: a later one knows nothing of earlier steps.
  # Who made it writes it; others wait for that a little.
  __g_i=0
  while [ "$__g_h" ] && [ ! -s "$__g_d/born" ] && [ "$__g_i" -lt 20 ]; do __g_i=$((__g_i + 1)); sleep 0.1 2>/dev/null || sleep 1; done
  if [ ! "$__g_h" ]; then echo "$__g_N" >"$__g_d/born"
  elif [ ! -s "$__g_d/born" ]; then echo "$__g_N" >"$__g_d/b$$" && mv -f "$__g_d/b$$" "$__g_d/born"; fi
  read -r __g_w <"$__g_d/born"
  __g_who
  __g_pf=0
  (set -o pipefail) 2>/dev/null && __g_pf=1
  { read -r __g_k </proc/sys/kernel/random/boot_id; } 2>/dev/null || __g_k=-
  __g_say "node ${__g_n#* }"
  __g_say "os ${__g_n%% *}"
  __g_say "uid $__g_u"
  __g_say "boot $__g_k"
  __g_say "time $__g_t"
  __g_say "bash ${__g_v:-none} ${__g_b:-none}"
  __g_say "sh $__g_pf $__g_sh"
  [ "$__g_h" ] && __g_say had
  __g_say "born $__g_w"
  __g_say "open $__g_d"
}
