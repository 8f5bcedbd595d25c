# shellcheck shell=bash
# How a step starts a daemon and waits for it to work; one that keeps ending fails the step with its own words.

# start_daemon UNIT: with the files that are there now.
start_daemon() {
  systemctl daemon-reload
  systemctl enable --quiet "$1.service"
  systemctl restart "$1.service"
}

restarts_of() { systemctl show --property NRestarts --value "$1.service"; }

# watch_daemon UNIT: counts its ends from now on; systemd may still count those of an earlier try.
watch_daemon() {
  daemon_since=$SECONDS
  daemon_restarts=$(restarts_of "$1") || daemon_restarts=0
}

# daemon_gives_up UNIT: whether it ends again and again within seconds; one that waits for others lasts longer.
# Four restarts are told in less than a minute even of kubelet, which systemd restarts after ten seconds.
daemon_gives_up() {
  local restarts
  restarts=$(restarts_of "$1") || return 1
  # Whoever starts it by hand makes systemd count anew.
  if ((restarts < daemon_restarts)); then daemon_restarts=0; fi
  restarts=$((restarts - daemon_restarts))
  if ((restarts == 0)); then daemon_since=$SECONDS; fi
  ((restarts > 3 && (SECONDS - daemon_since) / (restarts - 1) < 20))
}

# tell_daemon UNIT: fails for good with the daemon's last words.
tell_daemon() {
  journalctl --unit "$1.service" --lines 20 --output cat --no-pager || :
  fail "$1 keeps ending: $(journalctl --unit "$1.service" --identifier env --lines 1 --output cat --no-pager)"
}

# await_daemon UNIT WHAT COMMAND...: until COMMAND succeeds; a daemon that keeps ending fails the step with its words.
await_daemon() {
  local unit=$1 what=$2 try
  shift 2
  watch_daemon "$unit"
  for ((try = 0; try <= JEROBOAM_BOOTSTRAP_SECONDS / 5; try++)); do
    if "$@"; then return 0; fi
    if daemon_gives_up "$unit"; then tell_daemon "$unit"; fi
    if ((try % 12 == 0)); then say "waiting for $what" >&2; fi
    sleep 5
  done
  fail "gave up waiting for $what"
}
