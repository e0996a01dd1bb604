# Prints one line. In mksh and pdksh `printf` is no builtin: a line would be in the process list for a moment. A builtin is
# found without PATH, and asking so forks nothing.
__g_put() {
  [ "$__g_pr" ] || if PATH=/dev/null printf '' 2>/dev/null; then __g_pr=printf; else __g_pr=print; fi
  if [ "$__g_pr" = printf ]; then
    printf '%s\n' "$1"
  else
    print -r -- "$1" 2>/dev/null || printf '%s\n' "$1"
  fi
}
