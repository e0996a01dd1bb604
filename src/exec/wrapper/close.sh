# Removes the directory of a run, unless a step still runs in it. After the text of probe.sh. Given: __g_force.
__g_main() {
  [ -d "$__g_d" ] || { __g_say 'closed already'; return; }
  case ${__g_d##*/} in gonogo-????????????????????????????????) ;; *) __g_say 'fail it is not a directory of ours'; return;; esac
  [ -O "$__g_d" ] && [ ! -L "$__g_d" ] || { __g_say 'fail it belongs to somebody else'; return; }
  for __g_q in "$__g_d"/*.run; do
    [ -e "$__g_q" ] || continue
    __g_n=${__g_q##*/}
    __g_n=${__g_n%.run}
    __g_id=${__g_d##*/gonogo-}.$__g_n.
    __g_probe
    [ "$__g_a" = died ] && [ "$(__g_marked)" ] && __g_a="running $(__g_marked | tr '\n' ' ')"
    case $__g_a in running*|starting|otherboot*) [ "$__g_force" ] || { __g_say "busy $__g_n $__g_a"; return; };; esac
  done
  rm -rf -- "$__g_d"
  case ${__g_d%/*} in */.gonogo) rmdir "${__g_d%/*}" 2>/dev/null;; esac
  if [ -d "$__g_d" ]; then __g_say 'fail it cannot be removed'; else __g_say closed; fi
}
