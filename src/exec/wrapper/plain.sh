# N.rt for a plain sh: carries exported variables and the directory only; the wrapper loaded them.
# Given by the client: __g_d __g_n __g_load __g_cd __g_secret __g_strict __g_save, __g_s1=${TOKEN-} … and __g_si='1 …'.
__g_f=$__g_d/$__g_n
umask "$__g_u"
if [ "$__g_load" ] && [ "$__g_ok" != "$__g_load" ]; then echo state >>"$__g_f.why"; exit 125; fi
__g_x=${__g_cwd:-.}
unset __g_ok __g_cwd
case $__g_cd in "~"|"~/"*) __g_cd=$HOME${__g_cd#?};; esac
command cd -- "${__g_cd:-$__g_x}" 2>/dev/null || { __g_put "cwd ${__g_cd:-$__g_x}" >>"$__g_f.why"; exit 125; }
# Another program reads the script from its standard input, so that only its own words are in an argument list.
if [ "$__g_int" ]; then
  IFS=' '
  set -f
  exec $__g_int <"$__g_f.cmd"
fi
__g_holds() {
  for __g_s in $__g_si; do
    eval "__g_y=\${__g_s$__g_s-}"
    [ "$__g_y" ] && case $1 in *"$__g_y"*) return 0;; esac
  done
  return 1
}
__g_store() {
  trap - EXIT
  set +euC
  [ "$__g_save" ] || return
  ( unset IFS $__g_secret SSH_CLIENT SSH_CONNECTION SSH_TTY PWD OLDPWD SHLVL TERM GONOGO_STEP || exit
    for __g_v in $(export -p | sed -n 's/^\(export\|declare -x\|typeset -x\) \([A-Za-z_][A-Za-z0-9_]*\)=.*/\2/p'); do
      eval "__g_x=\$$__g_v"
      __g_holds "$__g_x" && unset "$__g_v"
    done
    __g_cwd=$(pwd; echo x)
    __g_cwd=${__g_cwd%?x}
    __g_holds "$__g_cwd" && exit 1
    __g_x=$(__g_put "cwd $__g_cwd" | tr '[:cntrl:]' '?')
    __g_put "${__g_x%?}" >>"$__g_f.nm"
    __g_ok=$__g_n
    export __g_cwd __g_ok
    export -p && __g_put "# end $__g_n" ) >>"$__g_f.st" 2>/dev/null || : >"$__g_f.st"
}
# mksh runs this also when a signal ends it, and would then report the status of what ran last: success.
trap '__g_rc=$?; { set +x; } 2>/dev/null; __g_store; exit $__g_rc' EXIT
__g_end() { { set +x; } 2>/dev/null; __g_store; exit "$1"; }
if [ "$__g_strict" ]; then
  set -e
  if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi
fi
. "$__g_f.cmd"
{ __g_end $?; } 2>/dev/null
