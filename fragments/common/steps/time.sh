#!/bin/bash
# Has the clock set by the spec's time servers, whichever daemon the image sets it with.
use files

: "${JEROBOAM_NTP_SERVERS:?}"

# chrony_servers FILE: chrony's configuration with these servers alone.
chrony_servers() {
  local server
  sed -E '/^[[:space:]]*(server|pool|peer|sourcedir)[[:space:]]/d' "$1"
  for server in $JEROBOAM_NTP_SERVERS; do printf 'server %s iburst\n' "$server"; done
}

# Fedora's place, then Ubuntu's.
for file in "$ROOT/etc/chrony.conf" "$ROOT/etc/chrony/chrony.conf"; do
  if [[ -e $file ]]; then
    chrony_servers "$file" | write_file "$file" 644
    relabel "$file"
  fi
done
printf '[Time]\nNTP=%s\nFallbackNTP=\n' "$JEROBOAM_NTP_SERVERS" |
  write_file "$ROOT/etc/systemd/timesyncd.conf.d/90-jeroboam.conf" 644
for daemon in chronyd chrony systemd-timesyncd; do
  systemctl try-restart "$daemon.service" 2>/dev/null || say "$daemon is not here"
done
