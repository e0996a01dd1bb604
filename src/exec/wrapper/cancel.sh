# Ends a step: TERM to its group, grace, KILL, and a look. After the text of probe.sh. Given: __g_grace (tenths of a
# second) __g_all. `kill -TERM -PGID` is the one form that works everywhere: dash refuses `-TERM -- -PGID`.
__g_nap() { sleep 0.1 2>/dev/null || sleep 1; }
# Process ids of the group that are not zombies.
__g_grp() {
  if [ -r /proc/self/stat ]; then cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\([0-9]*\) (.*) [^Z] [0-9]* $__g_g .*/\1/p"
  else ps -A -o pid= -o pgid= -o stat= | awk -v g="$__g_g" '$2==g && $3!~/^Z/{print $1}'; fi
}
__g_gone() { ! kill -0 "-$__g_g" 2>/dev/null || [ -z "$(__g_grp)" ]; }
__g_wait() {
  __g_i=0
  until "$1"; do
    [ "$__g_i" -ge "$2" ] && return 1
    __g_i=$((__g_i + 1))
    __g_nap
  done
}
__g_none() { [ -z "$(__g_marked)" ]; }
__g_each() { for __g_p in $(__g_marked); do kill "-$1" "$__g_p" 2>/dev/null; done; }
__g_main() {
  # Begun is finished: a line that is cut meanwhile does not leave the step between TERM and KILL.
  trap '' PIPE HUP
  __g_probe
  __g_r=not-running
  case $__g_a in
    running*)
      __g_say 'sent TERM'
      if kill -TERM "-$__g_g" 2>/dev/null && __g_wait __g_gone "$__g_grace"; then
        __g_r=term
      else
        __g_say 'sent KILL'
        kill -KILL "-$__g_g" 2>/dev/null
        if __g_wait __g_gone 30; then __g_r=kill; else __g_r="stuck $(__g_grp | tr '\n' ' ')"; fi
      fi
      # After KILL the recorder is dead too: record for it.
      [ "$__g_r" = kill ] && __g_probe && case $__g_a in died) printf 'end 137 \n' >>"$__g_d/$__g_n.run";; esac
      ;;
    died)
      # The recorder is gone, the step may go on: its processes are known by their marker only.
      if ! __g_none; then
        __g_say 'sent TERM'
        __g_each TERM
        if __g_wait __g_none "$__g_grace"; then
          __g_r=term
        else
          __g_say 'sent KILL'
          __g_each KILL
          if __g_wait __g_none 30; then __g_r=kill; else __g_r="stuck $(__g_marked | tr '\n' ' ')"; fi
        fi
      fi
      ;;
  esac
  if [ "$__g_all" ]; then __g_each KILL; __g_wait __g_none 10; fi
  __g_say "cancel $__g_r"
  __g_probe
  __g_state
  __g_left
  __g_say done
}
