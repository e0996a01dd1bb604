# N.rt for bash 4.2 or newer: loads the carried state, runs the script, and saves the state if the text of save.sh is
# in front. Given by the client: __g_d __g_n __g_load __g_cd __g_given (names of values) __g_strict __g_save __g_int (the
# program that reads the script) __g_kg (keep going); by the wrapper: __g_u.
__g_f=$__g_d/$__g_n
builtin umask "$__g_u"
__g_fail() { builtin printf '%s\n' "$1" >>"$__g_f.why"; builtin exit 125; }
# Given values win over carried ones: the state file asks this before each assignment.
__g_has() { [[ " $__g_given " == *" $1 "* ]]; }
if [[ $__g_load ]]; then
  builtin shopt -s extglob
  # Output is thrown away: a state file that was cut could make `declare -x` print the whole environment.
  builtin . "$__g_d/$__g_load.st" >/dev/null 2>&1
  builtin shopt -u extglob
  [[ $__g_ok == "$__g_load" ]] || __g_fail state
fi
[[ $__g_cd == '~' || $__g_cd == '~/'* ]] && __g_cd=$HOME${__g_cd#\~}
builtin cd -- "${__g_cd:-${__g_cwd:-.}}" 2>/dev/null || __g_fail "cwd ${__g_cd:-$__g_cwd}"
# Another program reads the script from its standard input, so that only its own words are in an argument list.
if [[ $__g_int ]]; then
  IFS=' '
  builtin set -f
  builtin exec $__g_int <"$__g_f.cmd"
fi
if [[ $__g_save ]]; then
  __g_look 2>/dev/null
  builtin trap '{ builtin set +x; } 2>/dev/null; __g_store' EXIT
fi
__g_end() { { builtin set +x; if [[ $__g_save ]]; then __g_store; fi; } 2>/dev/null; [[ $1 == 0 && ${__g_kb-} ]] && builtin exit "$__g_kb"; builtin exit "$1"; }
if [[ $__g_kg ]]; then
  # Fires wherever -e would end the script, in functions and subshells too; the wrapper reads the file, so that an
  # `exit 0` at the end and a subshell hide nothing.
  builtin set -E
  builtin trap '{ __g_kb=$?; builtin echo "$__g_kb" >>"$__g_f.kg"; } 2>/dev/null' ERR
  [[ $__g_strict ]] && builtin set -o pipefail
else
  [[ $__g_strict ]] && builtin set -e -o pipefail
fi
builtin . "$__g_f.cmd"
{ __g_end $?; } 2>/dev/null
