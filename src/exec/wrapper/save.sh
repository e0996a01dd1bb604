# How a bash step saves its state, in front of the text of bash.sh. Given by the client: __g_d __g_n __g_secret (names of
# secrets) __g_long (those of them that are too long to stand anywhere by chance).
# Nothing here forks on bash 5: on a small host each fork is a good part of a millisecond.
__g_f=$__g_d/$__g_n
# What must not be carried: the secrets' values, whatever the script does to the variables later.
__g_sv=()
for __g_v in $__g_long; do [[ ${!__g_v-} ]] && __g_sv+=("${!__g_v}"); done
__g_holds() { for __g_s in "${__g_sv[@]}"; do [[ $1 == *"$__g_s"* ]] && builtin return 0; done; builtin return 1; }
# Names of the variables but those of the shell itself and of the login, and of the functions, in __g_names; both lists
# end with a line that is no name. By a file, which holds names only: a pipe would be a fork, and read byte by byte.
__g_list() {
  builtin shopt -q extglob && __g_x=-s || __g_x=-u
  builtin shopt -s extglob
  {
    builtin compgen -A variable -X '@(__g_*|BASH|BASH[_OP]*|COMP_*|DIRSTACK|EPOCH*|EUID|FUNCNAME|GROUPS|HISTCMD|HOSTNAME|HOSTTYPE|LINENO|MACHTYPE|MAPFILE|OPTERR|OPTIND|OSTYPE|PIPESTATUS|PPID|PS4|PWD|OLDPWD|RANDOM|SECONDS|SRANDOM|SHELL|SHELLOPTS|SHLVL|UID|_|SSH_*|SUDO_*|XDG_*|DBUS_*|TERM|LINES|COLUMNS|GONOGO_STEP)'
    builtin echo '- variables'
    builtin compgen -A function -X '__g_*'
    builtin echo '- functions'
  } 2>/dev/null >>"$__g_f.ls"
  builtin shopt "$__g_x" extglob
  builtin mapfile -t -s "${__g_skip:-0}" __g_names 2>/dev/null <"$__g_f.ls"
  __g_skip=${#__g_names[@]}
}
# What there is before the script, in memory only, to tell which names it changes.
__g_look() {
  builtin declare -gA __g_was
  __g_list
  __g_k=
  for __g_v in "${__g_names[@]}"; do
    if [[ $__g_v == '- '* ]]; then __g_k='()'
    elif [[ $__g_k ]]; then __g_was[$__g_v$__g_k]=1
    else builtin eval "__g_was[$__g_v]==\${$__g_v[*]-}\${!$__g_v[*]}"; fi
  done
  __g_saved=
}
# Attributes of the variable __g_v, as far as `readonly` is concerned. Before bash 5 they are not to be had without a fork.
__g_attributes() {
  if [[ ${BASH_VERSINFO[0]} -ge 5 ]]; then
    builtin eval "__g_a=\${$__g_v@a}\${$__g_v[*]@a}"
  else
    __g_a=$(builtin declare -p "$__g_v")
    __g_a=${__g_a#declare -}
    __g_a=${__g_a%% *}
  fi
}
# Uses neither IFS nor noclobber nor any option of the user's, and no scratch file for values: that would put derived
# secrets on disk.
__g_store() {
  builtin trap - DEBUG ERR RETURN
  builtin set +eufC
  builtin set +o posix
  builtin shopt -u nocasematch
  [[ $__g_saved ]] && builtin return
  __g_saved=1 __g_bad= __g_new=
  __g_list
  [[ "${__g_names[@]: -1}" == '- functions' ]] || __g_bad=1
  __g_k=
  {
    for __g_v in "${__g_names[@]}"; do
      if [[ $__g_v == '- '* ]]; then
        __g_k='()'
      elif [[ $__g_k ]]; then
        if [[ ${__g_sv-} ]]; then __g_holds "$(builtin declare -f "$__g_v")" && builtin continue; fi
        [[ ${__g_was[$__g_v$__g_k]-} ]] || __g_new+=" $__g_v$__g_k"
        builtin declare -f "$__g_v" || __g_bad=1
      else
        [[ " $__g_secret " == *" $__g_v "* ]] && builtin continue
        builtin eval "__g_x=\${$__g_v[*]-}\${!$__g_v[*]}"
        __g_holds "$__g_x" && builtin continue
        [[ ${__g_was[$__g_v]-x} == "=$__g_x" ]] || __g_new+=" $__g_v"
        builtin printf '__g_has %s || ' "$__g_v" || __g_bad=1
        # `readonly` is an option of the shell and not carried, the value is.
        __g_attributes
        if [[ $__g_a == *r* ]]; then
          __g_x=$(builtin declare -p "$__g_v")
          __g_x=${__g_x#declare -}
          __g_a=${__g_x%% *}
          __g_a=${__g_a//r/}
          builtin printf 'declare -%s %s\n' "${__g_a:--}" "${__g_x#* }"
        else
          builtin declare -p "$__g_v"
        fi || __g_bad=1
      fi
    done
    builtin declare -Fx
    if [[ $PWD == /* && $PWD -ef . ]]; then
      __g_cwd=$PWD
    else
      __g_cwd=$(builtin pwd; builtin echo x)
      __g_cwd=${__g_cwd%?x}
    fi
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
