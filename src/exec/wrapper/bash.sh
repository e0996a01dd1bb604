# N.rt for bash 4.2 or newer: loads the carried state, runs the script, saves the state.
# Given by the client: __g_d __g_n __g_load __g_cd __g_given __g_secret (names of secrets) __g_long (those of them that
# are too long to stand anywhere by chance) __g_strict __g_save __g_int (the program that reads the script)
# __g_kg (keep going); by the wrapper: __g_u.
__g_f=$__g_d/$__g_n
builtin umask "$__g_u"
# What must not be carried: the secrets' values, whatever the script does to the variables later.
__g_sv=()
for __g_v in $__g_long; do [[ ${!__g_v-} ]] && __g_sv+=("${!__g_v}"); done
__g_fail() { builtin printf '%s\n' "$1" >>"$__g_f.why"; builtin exit 125; }
# Given values win over carried ones: the state file asks this before each assignment.
__g_has() { [[ " $__g_given " == *" $1 "* ]]; }
__g_holds() { for __g_s in "${__g_sv[@]}"; do [[ $1 == *"$__g_s"* ]] && builtin return 0; done; builtin return 1; }
# Variables of the shell itself and of the login.
__g_own() {
  case $1 in
    __g_*|BASH|BASH[_OP]*|COMP_*|DIRSTACK|EPOCH*|EUID|FUNCNAME|GROUPS|HISTCMD|HOSTNAME|HOSTTYPE|LINENO|MACHTYPE|MAPFILE|OPTERR|OPTIND|\
OSTYPE|PIPESTATUS|PPID|PS4|PWD|OLDPWD|RANDOM|SECONDS|SRANDOM|SHELL|SHELLOPTS|SHLVL|UID|_|SSH_*|SUDO_*|XDG_*|DBUS_*|TERM|LINES|COLUMNS|GONOGO_STEP) builtin return 0;;
  esac
  builtin return 1
}
# Uses neither IFS nor noclobber nor any option of the user's, and no scratch file: that would put derived secrets on disk.
__g_store() {
  builtin trap - DEBUG ERR RETURN
  builtin set +eufC
  builtin set +o posix
  builtin shopt -u nocasematch
  [[ $__g_saved ]] && builtin return
  __g_saved=1 __g_bad= __g_new=
  builtin mapfile -t __g_names < <(builtin compgen -A variable)
  builtin mapfile -t __g_l < <(builtin readonly -p)
  __g_ro=" "
  for __g_x in "${__g_l[@]}"; do __g_x=${__g_x#declare -* }; __g_ro+="${__g_x%%=*} "; done
  {
    for __g_v in "${__g_names[@]}"; do
      __g_own "$__g_v" && builtin continue
      [[ " $__g_secret " == *" $__g_v "* ]] && builtin continue
      builtin eval "__g_x=\${$__g_v[*]-}\${!$__g_v[*]}"
      __g_holds "$__g_x" && builtin continue
      [[ ${__g_was[$__g_v]-x} == "=$__g_x" ]] || __g_new+=" $__g_v"
      builtin printf '__g_has %s || ' "$__g_v" || __g_bad=1
      # `readonly` is an option of the shell and not carried, the value is.
      if [[ $__g_ro == *" $__g_v "* ]]; then
        __g_x=$(builtin declare -p "$__g_v")
        __g_x=${__g_x#declare -}
        __g_a=${__g_x%% *}
        __g_a=${__g_a//r/}
        builtin printf 'declare -%s %s\n' "${__g_a:--}" "${__g_x#* }"
      else
        builtin declare -p "$__g_v"
      fi || __g_bad=1
    done
    builtin mapfile -t __g_names < <(builtin compgen -A function)
    for __g_v in "${__g_names[@]}"; do
      [[ $__g_v == __g_* ]] && builtin continue
      if [[ ${__g_sv-} ]]; then __g_holds "$(builtin declare -f "$__g_v")" && builtin continue; fi
      __g_k="$__g_v()"
      [[ ${__g_was[$__g_k]-} ]] || __g_new+=" $__g_k"
      builtin declare -f "$__g_v" || __g_bad=1
    done
    builtin declare -Fx
    __g_cwd=$(builtin pwd; builtin echo x)
    __g_cwd=${__g_cwd%?x}
    __g_holds "$__g_cwd" && __g_bad=1
    builtin declare -p __g_cwd || __g_bad=1
    builtin printf '__g_ok=%s\n' "$__g_n" || __g_bad=1
  } 2>/dev/null >>"$__g_f.st"
  if [[ $__g_bad ]]; then
    : >|"$__g_f.st"
  else
    builtin printf 'names%s\ncwd %s\n' "${__g_new:0:2000}" "${__g_cwd//[[:cntrl:]]/?}" 2>/dev/null >>"$__g_f.nm"
  fi
}
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
__g_saved=1
if [[ $__g_save ]]; then
  __g_saved=
  # What there was before the script, in memory only, to tell which names it changed.
  builtin declare -A __g_was
  builtin mapfile -t __g_names < <(builtin compgen -A variable)
  for __g_v in "${__g_names[@]}"; do __g_own "$__g_v" || builtin eval "__g_was[$__g_v]==\${$__g_v[*]-}\${!$__g_v[*]}"; done
  builtin mapfile -t __g_names < <(builtin compgen -A function)
  for __g_v in "${__g_names[@]}"; do __g_k="$__g_v()"; __g_was[$__g_k]=1; done
  builtin unset __g_x __g_v __g_names
fi 2>/dev/null
builtin trap '{ builtin set +x; } 2>/dev/null; __g_store' EXIT
__g_end() { { builtin set +x; } 2>/dev/null; __g_store; [[ $1 == 0 && ${__g_kb-} ]] && builtin exit "$__g_kb"; builtin exit "$1"; }
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
