# shellcheck shell=bash
# What is said, and how a script fails.

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# last_lines UNIT: what its service said last.
last_lines() { journalctl --unit "$1.service" --lines 3 --output cat --no-pager; }
