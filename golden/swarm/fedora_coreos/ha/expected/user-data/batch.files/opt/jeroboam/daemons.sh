# shellcheck shell=bash
# How a step starts a daemon and waits for it to work; one that keeps ending fails the step with its own words.

# start_daemon UNIT: with the files that are there now.
start_daemon() {
  systemctl daemon-reload
  systemctl enable --quiet "$1.service"
  systemctl restart "$1.service"
}

# daemon_gives_up UNIT: whether it ends again and again within seconds; one that waits for others lasts longer.
daemon_gives_up() {
  local restarts
  restarts=$(systemctl show --property NRestarts --value "$1.service") || return 1
  ((${restarts:-0} >= 5 && (SECONDS - daemon_since) / restarts < 20))
}

# await_daemon UNIT WHAT COMMAND...: until COMMAND succeeds; a daemon that keeps ending fails the step with its words.
await_daemon() {
  local unit=$1 what=$2 try
  shift 2
  daemon_since=$SECONDS
  for ((try = 0; try <= JEROBOAM_BOOTSTRAP_SECONDS / 5; try++)); do
    if "$@"; then return 0; fi
    if daemon_gives_up "$unit"; then
      journalctl --unit "$unit.service" --lines 20 --output cat --no-pager || :
      fail "$unit keeps ending: $(journalctl --unit "$unit.service" --identifier env --lines 1 --output cat --no-pager)"
    fi
    if ((try % 12 == 0)); then say "waiting for $what" >&2; fi
    sleep 5
  done
  fail "gave up waiting for $what"
}
