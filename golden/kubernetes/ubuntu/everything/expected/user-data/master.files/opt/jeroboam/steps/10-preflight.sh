#!/bin/bash
use curl json retry signal

: "${JEROBOAM_SIGNAL:?}"

reach() {
  local what=$1 url=$2 status=0
  shift 2
  "$@" --output /dev/null "$url" || status=$?
  if ((status == 0)); then
    say "$what answers at $url"
  else
    say "cannot reach $what at $url ($(curl_meaning "$status"))"
  fi
  return "$status"
}

origin() { [[ $1 =~ ^(https?://[^/]+) ]] && say "${BASH_REMATCH[1]}/"; }

retry 6 10 reach Keystone "$(keystone_url "$JEROBOAM_SIGNAL")" openstack_curl
retry 6 10 reach Heat "$(origin "$(json_field alarm_url "$JEROBOAM_SIGNAL")")" openstack_curl

while read -r url; do
  retry 6 10 reach "the download server" "$url" curl --silent --connect-timeout 15 --max-time 60
done < <(cut -d ' ' -f 5 "$ETC/artifacts.list" | while read -r url; do origin "$url" || :; done | sort -u)

server_date=$(openstack_curl --output /dev/null --dump-header - "$(keystone_url "$JEROBOAM_SIGNAL")" |
  sed -n 's/^[Dd]ate: *\([^\r]*\).*/\1/p' | tail -n 1) || :
if [[ -n ${server_date:-} ]] && seconds=$(date -d "$server_date" +%s 2>/dev/null); then
  off=$(($(date +%s) - seconds))
  if ((off > 60 || off < -60)); then say "warning: this node's clock is $off s off Keystone's"; fi
fi
