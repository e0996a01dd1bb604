//! Small runbooks.

/// A box to be signed, one with a value, one with a step, one with a step to be confirmed.
pub const SMALL: &str = "\
# Small

## Before

- [ ] Somebody looked. <!-- gonogo: id=looked -->

- [ ] On-call named. <!-- gonogo: id=on-call value=ONCALL match=.{2,60} -->

## Work

- [ ] Says hello. <!-- gonogo: id=greeted -->

  ```sh name=hello on=api
  echo \"hello $ONCALL\"
  ```

- [ ] Is careful. <!-- gonogo: id=was-careful -->

  ```sh name=careful on=db confirm=type
  echo carefully
  ```
";

/// A step that counts that it ran and goes on when the file `go-on` is there, and one after it.
pub const LONG: &str = "\
# Long

## Work

- [ ] Takes its time. <!-- gonogo: id=taken -->

  ```sh name=take-time on=api
  echo ran >> \"$HOME/count\"
  echo begun
  until [ -e \"$HOME/go-on\" ]; do sleep 0.05; done
  echo over
  ```

  ```sh name=after on=api
  echo ran >> \"$HOME/count\"
  ```
";

/// A step that fails, with a rollback in `back.md`.
pub const FAILS: &str = "\
---
title: Fails
gonogo:
  rollback: back.md
---

# Fails

## Work

- [ ] Works. <!-- gonogo: id=works -->

  ```sh name=try on=api
  echo 'it does not work' >&2
  exit 3
  ```
";

/// The way back.
pub const BACK: &str = "\
# Back

## Going back

- [ ] All is as it was. <!-- gonogo: id=back -->

  ```sh name=undo on=api
  echo undone
  ```
";
