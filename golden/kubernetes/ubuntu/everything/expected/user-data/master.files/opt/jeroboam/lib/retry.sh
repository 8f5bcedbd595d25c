
: "${JEROBOAM_BOOTSTRAP_SECONDS:?}"

retry() {
  local times=$1 pause=$2 try status=1
  shift 2
  for ((try = 1; try <= times; try++)); do
    "$@" && return 0
    status=$?
    say "attempt $try of $times failed (exit $status): $1"
    if ((try < times)); then sleep "$pause"; fi
  done
  return "$status"
}

wait_for() {
  local what=$1 try
  shift
  for ((try = 0; try <= JEROBOAM_BOOTSTRAP_SECONDS / 5; try++)); do
    if "$@"; then return 0; fi
    if ((try % 12 == 0)); then say "waiting for $what" >&2; fi
    sleep 5
  done
  fail "timed out waiting for $what"
}
