
say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

last_lines() { journalctl --unit "$1.service" --lines 3 --output cat --no-pager; }
