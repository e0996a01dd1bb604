# Says what became of a step and sends its kept output from byte __g_o (out) and __g_r (err), counted from 1. After the
# text of probe.sh. The state is found first: when it is "ended", what follows it is nearly always all there is.
__g_main() {
  __g_tell
  __g_put "::gonogo:$__g_N:begin"
  __g_say begin
  if [ -f "$__g_d/$__g_n.out" ]; then
    tail -c "+$__g_o" "$__g_d/$__g_n.out"
    tail -c "+$__g_r" "$__g_d/$__g_n.err" >&2
  else
    __g_say nofile
  fi
  __g_say done
}
