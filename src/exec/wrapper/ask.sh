# Says what became of a step. After the text of probe.sh. Given: __g_claim.
__g_main() { __g_tell; __g_say done; }
