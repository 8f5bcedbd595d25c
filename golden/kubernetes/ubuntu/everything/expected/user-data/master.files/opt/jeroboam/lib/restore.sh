use download etcd-member masters pki retry snapshots

: "${JEROBOAM_RESTORE?}"

RESTORED=$ETCD/restored
INCOMING=$ETCD/incoming
WORK=$RUN/restore
FOUND=

restore_is_wanted() { [[ $JEROBOAM_RESTORE && $(cat "$RESTORED" 2>/dev/null) != "$JEROBOAM_RESTORE" ]]; }

set_data_aside() {
  local aside=$ETCD/before-${JEROBOAM_RESTORE:0:12}
  if [[ ! -e $aside ]]; then
    rm -rf "$ETCD"/before-*
    mkdir -p "$ETCD/data"
    mv "$ETCD/data" "$aside"
  fi
  rm -rf "$ETCD/data"
}

is_the_snapshot() { [[ -e $1 && $(sha256sum <"$1") == "$JEROBOAM_RESTORE "* ]]; }

find_snapshot() {
  local file
  for file in "$INCOMING" $(snapshot_files); do
    if is_the_snapshot "$file"; then
      FOUND=$file
      return 0
    fi
  done
  return 1
}

answer() { printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1" >&4 2>/dev/null || :; }

serve_request() {
  local line header length=0
  IFS= read -r -t 20 -u 5 line || return 0
  while IFS= read -r -t 20 -u 5 header && header=${header%$'\r'} && [[ $header ]]; do
    if [[ ${header,,} =~ ^content-length:\ *([0-9]+)$ ]]; then length=${BASH_REMATCH[1]}; fi
  done
  case $line in
    "GET /readyz "*) answer "200 OK" ;;
    "POST /snapshot "*)
      head -c "$length" <&5 >"$INCOMING"
      if is_the_snapshot "$INCOMING"; then answer "200 OK"; else answer "400 Bad Request"; fi
      ;;
    *) answer "503 Service Unavailable" ;;
  esac
}

serve_one() {
  local server
  openssl s_server -accept "$JEROBOAM_API_PORT" -naccept 1 -quiet -cert "$WORK/server.crt" -key "$WORK/server.key" \
    <"$WORK/in" >"$WORK/out" 2>/dev/null &
  server=$!
  exec 4>"$WORK/in" 5<"$WORK/out"
  serve_request
  exec 4>&-
  for _ in 1 2 3 4 5; do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  kill "$server" 2>/dev/null || :
  wait "$server" 2>/dev/null || :
  exec 5<&-
}

receive_snapshot() {
  mkdir -p "$WORK"
  rm -f "$WORK/in" "$WORK/out"
  mkfifo "$WORK/in" "$WORK/out"
  issue JEROBOAM_CA "$WORK/server" jeroboam-restore serverAuth \
    "DNS:jeroboam-restore,IP:$NODE_ADDRESS,IP:$JEROBOAM_API_ADDRESS,IP:$JEROBOAM_API_PUBLIC_ADDRESS"
  say "waiting for the snapshot, which 'jeroboam restore' sends"
  trap '' PIPE
  until is_the_snapshot "$INCOMING"; do serve_one; done
  trap - PIPE
  rm -rf "$WORK"
}

restore_data() {
  if ! type -P etcdutl >/dev/null; then install_artifacts "$ETC/restore.list"; fi
  rm -rf "$ETCD/data"
  etcdutl snapshot restore "$FOUND" --data-dir "$ETCD/data" --name "$NODE_NAME" \
    --initial-cluster "$NODE_NAME=https://$NODE_ADDRESS:2380" \
    --initial-advertise-peer-urls "https://$NODE_ADDRESS:2380" --bump-revision 1000000000 --mark-compacted
}

restore_etcd() {
  set_data_aside
  if ((NODE_INDEX == 0)) && ! ready_master >/dev/null; then
    if ! find_snapshot; then
      receive_snapshot
      FOUND=$INCOMING
    fi
    whole_snapshot "$FOUND" || fail "the snapshot is damaged: its digest is of other data"
    say "restoring etcd from the snapshot $JEROBOAM_RESTORE"
    retry 2 10 restore_data
  fi
  say "$JEROBOAM_RESTORE" | write_file "$RESTORED" 644
  rm -f "$INCOMING"
}
