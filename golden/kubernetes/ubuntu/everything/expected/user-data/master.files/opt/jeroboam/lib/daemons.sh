use retry

start_daemon() {
  systemctl daemon-reload
  systemctl enable --quiet "$1.service"
  systemctl restart "$1.service"
}

restarts_of() { systemctl show --property NRestarts --value "$1.service"; }

watch_daemon() {
  daemon_since=$SECONDS
  daemon_restarts=$(restarts_of "$1") || daemon_restarts=0
}

crash_loops() {
  local restarts
  restarts=$(restarts_of "$1") || return 1
  if ((restarts < daemon_restarts)); then daemon_restarts=0; fi
  restarts=$((restarts - daemon_restarts))
  if ((restarts == 0)); then daemon_since=$SECONDS; fi
  ((restarts > 3 && (SECONDS - daemon_since) / (restarts - 1) < 20))
}

fail_with_journal() {
  journalctl --unit "$1.service" --lines 20 --output cat --no-pager || :
  fail "$1 keeps exiting: $(journalctl --unit "$1.service" --identifier env --lines 1 --output cat --no-pager)"
}

daemon_works() {
  if "${@:2}"; then return 0; fi
  if crash_loops "$1"; then fail_with_journal "$1"; fi
  return 1
}

await_daemon() {
  watch_daemon "$1"
  wait_for "$2" daemon_works "$1" "${@:3}"
}
