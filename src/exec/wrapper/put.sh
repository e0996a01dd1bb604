# Prints one line. In mksh and pdksh `printf` is no builtin: a line would be in the process list for a moment.
__g_put() {
  [ "$__g_pr" ] || __g_pr=$(command -v printf)
  case $__g_pr in
    /*) print -r -- "$1" 2>/dev/null || printf '%s\n' "$1";;
    *) printf '%s\n' "$1";;
  esac
}
