use curl json

: "${JEROBOAM_VERIFY_OPENSTACK_CA:?}"

SIGNAL_CONNECT_SECONDS=15
SIGNAL_PROBLEM=
SIGNAL_TOKEN=

openstack_curl() {
  local verify=()
  if [[ $JEROBOAM_VERIFY_OPENSTACK_CA == false ]]; then verify=(--insecure); fi
  curl --silent --suppress-connect-headers --connect-timeout "$SIGNAL_CONNECT_SECONDS" --max-time 60 "${verify[@]}" "$@"
}

keystone_url() {
  local url
  url=$(json_field auth_url "$1") || return 1
  url=${url%/}
  say "${url%/v3}/v3"
}

keystone_token() {
  local url user password project request answer status=0 code
  SIGNAL_PROBLEM="Heat gave this node no usable signal credentials"
  url=$(keystone_url "$1") || return 1
  user=$(json_field user_id "$1") || return 1
  password=$(json_field password "$1") || return 1
  project=$(json_field project_id "$1") || return 1
  request='{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"'$user'","password":"'$password'"}}},'
  request+='"scope":{"project":{"id":"'$project'"}}}}'
  answer=$(printf '%s' "$request" | openstack_curl --output /dev/null --dump-header - --data-binary @- \
    --header 'Content-Type: application/json' "$url/auth/tokens") || status=$?
  if ((status)); then
    SIGNAL_PROBLEM="cannot reach Keystone at $url ($(curl_meaning "$status"))"
    return 1
  fi
  code=$(sed -n 's/^HTTP\/[0-9.]* \([0-9]*\).*/\1/p' <<<"$answer" | tail -n 1)
  SIGNAL_TOKEN=$(tr -d '\r' <<<"$answer" | sed -n 's/^[Xx]-[Ss]ubject-[Tt]oken: *//p' | tail -n 1)
  if [[ -z $SIGNAL_TOKEN ]]; then
    SIGNAL_PROBLEM="Keystone at $url answered HTTP $code instead of a token"
    return 1
  fi
}

post_signal() {
  local url code status=0
  url=$(json_field alarm_url "$1") || return 1
  code=$(printf 'header = "X-Auth-Token: %s"\n' "$SIGNAL_TOKEN" | openstack_curl --config - --output /dev/null \
    --write-out '%{http_code}' --header 'Content-Type: application/json' --data-binary "$2" "$url") || status=$?
  if ((status)); then
    SIGNAL_PROBLEM="cannot reach Heat at $url ($(curl_meaning "$status"))"
    return 1
  fi
  if [[ $code != 2?? ]]; then
    SIGNAL_PROBLEM="Heat at $url answered HTTP $code"
    return 1
  fi
}

send_signal() {
  local try pause=2
  for ((try = 1; try <= $3; try++)); do
    if keystone_token "$1" && post_signal "$1" "$2"; then return 0; fi
    say "signal, attempt $try of $3: $SIGNAL_PROBLEM"
    if ((try < $3)); then sleep "$pause"; fi
    pause=$((pause < 60 ? pause * 2 : 60))
  done
  return 1
}
