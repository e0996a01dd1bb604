# Says whether sudo wants a password of this account. `-n` asks nobody.
__g_say() { __g_put "::gonogo:$__g_N:$1" >&2; }
__g_main() {
  if ! command -v sudo >/dev/null 2>&1; then
    __g_say 'sudo none'
  elif sudo -n true </dev/null >/dev/null 2>&1; then
    __g_say 'sudo free'
  else
    __g_say 'sudo password'
  fi
  __g_say done
}
