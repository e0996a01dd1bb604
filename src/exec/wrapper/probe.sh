# Functions that find out what became of a step, without touching it. Given: __g_N __g_d __g_n
# __g_id __g_born (what `open` said of the directory).
__g_say() { __g_put "::gonogo:$__g_N:$1" >&2; }
# Whether the recorded process is still that process. Without /proc only the pid can be asked.
__g_alive() {
  [ "$__g_t" = - ] && { kill -0 "$__g_pid" 2>/dev/null; return; }
  { read -r __g_s </proc/$__g_pid/stat; } 2>/dev/null || return 1
  set -f
  set -- ${__g_s##*) }
  set +f
  [ "${20}" = "$__g_t" ] && [ "$1" != Z ]
}
# Processes with the step's marker in their environment, also those that left its group.
__g_marked() { grep -l "GONOGO_STEP=$__g_id" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
__g_left() {
  for __g_p in $(__g_marked); do
    [ -r "/proc/$__g_p/cmdline" ] && __g_say "left $__g_p $(tr '\0' ' ' <"/proc/$__g_p/cmdline" 2>/dev/null | tr '[:cntrl:]' '?' | cut -c1-120)"
  done
}
# Finds the state, without a fork for a step that has ended: a run has many.
__g_probe() {
  [ -d "$__g_d" ] || { __g_a=gone; return; }
  if [ ! -e "$__g_d/$__g_n.run" ]; then
    if [ "$__g_born" ] && [ "$__g_born" = "$(cat "$__g_d/born" 2>/dev/null)" ]; then __g_a=never; else __g_a=gone; fi
    return
  fi
  __g_b= __g_e= __g_nv=
  { read -r _ __g_pid __g_g __g_t __g_b && read -r __g_e __g_rc __g_nv; } <"$__g_d/$__g_n.run"
  [ "$__g_nv" ] && { __g_a=never-started; return; }
  [ "$__g_e" = end ] && { __g_a="ended $__g_rc"; return; }
  [ "$__g_b" ] || { __g_a=starting; return; }
  { read -r __g_k </proc/sys/kernel/random/boot_id; } 2>/dev/null || __g_k=-
  [ "$__g_k" = "$__g_b" ] || { __g_a="otherboot $(uname -n)"; return; }
  if __g_alive; then __g_a="running $__g_pid $__g_g"; else __g_a=died; fi
}
# Says the state, and of one that has ended when it did.
__g_state() {
  case $__g_a in
    ended*) __g_say "state $__g_a at $(date -u -r "$__g_d/$__g_n.run" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null)";;
    *) __g_say "state $__g_a";;
  esac
}
# Tells what became of a step. With __g_claim a number that was never used is used up first, so that a text that is still on its way
# cannot start any more: "never-started" is certain then.
__g_tell() {
  __g_probe
  if [ "$__g_claim" ] && [ "$__g_a" = never ]; then
    if ( umask 077; set -C; echo 'run - - - -' >"$__g_d/$__g_n.run" ) 2>/dev/null; then
      echo 'end 125 never' >>"$__g_d/$__g_n.run"
      __g_a=never-started
    else
      __g_probe
    fi
  fi
  __g_state
  [ -s "$__g_d/$__g_n.why" ] && __g_say "fail $(head -n 1 "$__g_d/$__g_n.why")"
  [ -s "$__g_d/$__g_n.st" ] && { echo carried; cat "$__g_d/$__g_n.nm"; } 2>/dev/null | while read -r __g_x; do __g_say "$__g_x"; done
  __g_left
}
