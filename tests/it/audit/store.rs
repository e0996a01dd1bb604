//! Files that are no log, or none to be written: refused in one sentence, with no byte changed.
