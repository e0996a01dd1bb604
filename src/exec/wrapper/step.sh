# Runs one step, after the text of put.sh. POSIX sh, evaluated from standard input. There are only definitions until the client's last line
# `{ __g_main; }`, so a text that was cut off anywhere does nothing at all.
# Given: __g_N (nonce) __g_d (directory) __g_n (number) __g_id (marker) __g_kind (bash or sh) __g_sh (its path)
# __g_load __g_keep (empty, drain or file) __g_cap (512-byte blocks) __g_vars __g_rt __g_cmd.
__g_say() { __g_put "::gonogo:$__g_N:$1" >&8; }
# Refuses before the number is used.
__g_no() { __g_say "fail $1"; exit 125; }
# Refuses when the number is used already: the record then says that the script never began.
__g_never() { __g_put 'end 125 never' >>"$__g_f.run"; __g_no "$1"; }
# Passes the stream $2 on to the descriptor $3 and to the file $1. It outlives the line and the step's signals. When the line
# is cut, `tee` goes on with the file alone and stops at the cap; without a file the rest is read and dropped, so that the
# step goes on.
__g_pump() {
  # By `exec`: what a shell saves to give it back later would hold the stream open for ever.
  exec <"$2" >&"$3" 3<&- 4<&- 5>&- 6>&- 7<&- 8>&-
  umask 077
  trap '' TERM INT HUP QUIT PIPE XFSZ
  if [ "$__g_keep" = file ]; then ulimit -f "$__g_cap"; LC_ALL=C exec tee "$1" 2>/dev/null; fi
  cat 2>/dev/null
  exec cat >/dev/null
}
__g_main() {
  # Caught, not ignored: the step gets the defaults back, and this shell outlives them to write the status.
  trap : INT QUIT TERM PIPE
  # A terminal is the step's own. Of its HUP this shell must die: only then does the kernel hang the step up, too.
  if [ -t 0 ]; then exec 7<&0; else trap : HUP; exec 7</dev/null; fi
  # The shell's own notes ("Killed") stay out of the step's standard error.
  exec 8>&2 2>/dev/null
  __g_f=$__g_d/$__g_n
  [ -d "$__g_d" ] && [ ! -L "$__g_d" ] && [ -O "$__g_d" ] || __g_no "dir $__g_d"
  # By a file: what a shell prints is had without a fork in no other way.
  umask >"$__g_f.um" && read -r __g_u <"$__g_f.um" || __g_u=$(umask)
  umask 077
  read -r __g_b </proc/sys/kernel/random/boot_id || __g_b=-
  # Process group and start time; start time and boot id guard against a pid that is used again.
  if read -r __g_s </proc/$$/stat; then
    unset IFS
    set -f
    set -- ${__g_s##*) }
    set +f
    __g_g=$3 __g_t=${20}
  else
    __g_g=$(ps -o pgid= -p $$)
    __g_g=${__g_g##* } __g_t=-
  fi
  # O_EXCL: a number runs at most once, whoever sends it twice.
  set -C
  true >"$__g_f.run" || { [ -e "$__g_f.run" ] && __g_no dup; __g_no "space $__g_d"; }
  set +C
  __g_put "run $$ $__g_g $__g_t $__g_b" >>"$__g_f.run" || { rm -f "$__g_f.run"; __g_no "space $__g_d"; }
  __g_put "__g_u=$__g_u
$__g_rt" >"$__g_f.rt" && __g_put "$__g_cmd" >"$__g_f.cmd" &&
    : >"$__g_f.st" && : >"$__g_f.why" && : >"$__g_f.nm" && : >"$__g_f.ls" || __g_never "space $__g_d"
  if [ "$__g_keep" ]; then
    # A pipe for each stream. Dash and busybox make one of a here-document, and /proc opens its other end: nothing forks.
    # Elsewhere two FIFOs, opened for both ways, so that no opening waits for another.
    __g_o=/proc/self/fd/3 __g_e=/proc/self/fd/4
    command exec 3<<X 4<<X
X
X
    if ! { [ -p "$__g_o" ] && [ -p "$__g_e" ] && true >"$__g_o" && true >"$__g_e"; }; then
      __g_o=$__g_f.o __g_e=$__g_f.e
      mkfifo "$__g_o" "$__g_e" && command exec 3<>"$__g_o" 4<>"$__g_e" || __g_never "space $__g_d"
    fi
  fi
  umask "$__g_u"
  __g_put "::gonogo:$__g_N:begin"
  __g_say "begin $$ $__g_g"
  if [ "$__g_keep" ]; then
    # The ends for writing come first: a pump that found none would see the end at once.
    exec 5>&1 >"$__g_o" 6>"$__g_e"
    ( __g_pump "$__g_f.out" "$__g_o" 5 ) &
    ( __g_pump "$__g_f.err" "$__g_e" 8 ) &
    exec 3<&- 4<&-
  else
    exec 6>&8
  fi
  # Values exist in memory and in the environment of the step, never in an argument list or on disk. With a plain sh
  # the carried state is loaded before them: given values win.
  ( exec 2>&6 6>&- 8>&- 5>&-
    # A state that was cut is not read at all: half a quoted value would end this shell.
    if [ "$__g_kind" = sh ] && [ "$(tail -n 1 "$__g_d/$__g_load.st" 2>/dev/null)" = "# end $__g_load" ]; then
      . "$__g_d/$__g_load.st" >/dev/null 2>&1
    fi
    eval "$__g_vars"
    GONOGO_STEP=$__g_id
    export GONOGO_STEP
    exec "$__g_sh" "$__g_f.rt" ) <&7 7<&-
  __g_rc=$? __g_w= __g_c=0
  exec >/dev/null 6>&- 5>&-
  # keep-going: a command failed, whatever the script ended with; a signal that ended it stays what it is.
  if [ "$__g_rc" -lt 128 ] && [ -s "$__g_f.kg" ]; then read -r __g_rc <"$__g_f.kg" || __g_rc=1; fi
  [ -s "$__g_f.why" ] && read -r __g_w <"$__g_f.why" && __g_say "fail $__g_w"
  # On disk before it is said.
  __g_put "end $__g_rc ${__g_w:+never}" >>"$__g_f.run" || __g_say 'fail record'
  if [ -s "$__g_f.st" ]; then
    __g_c=1
    while read -r __g_w; do __g_say "$__g_w"; done <"$__g_f.nm"
  fi
  __g_say "end $__g_rc $__g_c"
  exit "$__g_rc"
}
