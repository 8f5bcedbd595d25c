# shellcheck shell=bash
# Puts a snapshot of etcd in the place of a master's data, where the stack says so: JEROBOAM_RESTORE is its SHA-256.
# The first master takes it from its own disk or has it sent, and the others begin without data.
use download etcd-member masters pki retry snapshots

: "${JEROBOAM_RESTORE?}"

# Beside the data: the snapshot that it began from.
RESTORED=$ETCD/restored
INCOMING=$ETCD/incoming
WORK=$RUN/restore
FOUND=
# Anybody may send something: no more than etcd ever has, and not for ever, as nobody else is heard meanwhile.
MOST_BYTES=$((8 << 30))
SEND_SECONDS=900

restore_is_wanted() { [[ $JEROBOAM_RESTORE && $(cat "$RESTORED" 2>/dev/null) != "$JEROBOAM_RESTORE" ]]; }

# set_data_aside: what was there is kept, until the next restoration; what a try left of the new data is not.
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

# find_snapshot: FOUND becomes the file, where it is on this master.
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

# answer STATUS: to whoever is connected.
answer() { printf 'HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1" >&4 2>/dev/null || :; }

# serve_request: one of HTTP. A balancer asks whether all is well, and is told so; else nobody would be let through.
serve_request() {
  local line header length=0
  IFS= read -r -t 20 -u 5 line || return 0
  while IFS= read -r -t 20 -u 5 header && header=${header%$'\r'} && [[ $header ]]; do
    if [[ ${header,,} =~ ^content-length:\ *([0-9]{1,12})$ ]]; then length=${BASH_REMATCH[1]}; fi
  done
  case $line in
    "GET /readyz "*) answer "200 OK" ;;
    "POST /snapshot "*)
      timeout "$SEND_SECONDS" head -c $((length < MOST_BYTES ? length : MOST_BYTES)) <&5 >"$INCOMING" || :
      if is_the_snapshot "$INCOMING"; then answer "200 OK"; else answer "400 Bad Request"; fi
      ;;
    # Never that there is nothing: a kubelet that believed it would end all its pods.
    *) answer "503 Service Unavailable" ;;
  esac
}

# serve_one: a connection to the API's port. Whoever has none of the cluster's certificates is not believed by us, but
# the file's digest is; the client believes ours.
serve_one() {
  local server
  openssl s_server -accept "$JEROBOAM_API_PORT" -naccept 1 -quiet -cert "$WORK/server.crt" -key "$WORK/server.key" \
    <"$WORK/in" >"$WORK/out" 2>/dev/null &
  server=$!
  exec 4>"$WORK/in" 5<"$WORK/out"
  serve_request
  exec 4>&-
  # What was answered has to get through; whoever else waits has nobody to speak to meanwhile.
  for _ in 1 2 3 4 5; do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  kill "$server" 2>/dev/null || :
  wait "$server" 2>/dev/null || :
  exec 5<&-
}

# receive_snapshot: until somebody has sent it, or this node's time is up.
receive_snapshot() {
  mkdir -p "$WORK"
  rm -f "$WORK/in" "$WORK/out"
  mkfifo "$WORK/in" "$WORK/out"
  # Who takes it for the API is told to come again, by an address that its certificate is for.
  issue JEROBOAM_CA "$WORK/server" jeroboam-restore serverAuth \
    "DNS:jeroboam-restore,IP:$NODE_ADDRESS,IP:$JEROBOAM_API_ADDRESS,IP:$JEROBOAM_API_PUBLIC_ADDRESS"
  say "waiting for the snapshot, which 'jeroboam restore' sends"
  # A client that goes away in the middle of an answer ends nothing.
  trap '' PIPE
  until is_the_snapshot "$INCOMING"; do serve_one; done
  trap - PIPE
  rm -rf "$WORK"
}

# restore_data: of a single member, whose revisions are far from any that a client has seen (etcd#16028).
restore_data() {
  if ! type -P etcdutl >/dev/null; then install_artifacts "$ETC/restore.list"; fi
  rm -rf "$ETCD/data"
  etcdutl snapshot restore "$FOUND" --data-dir "$ETCD/data" --name "$NODE_NAME" \
    --initial-cluster "$NODE_NAME=https://$NODE_ADDRESS:2380" \
    --initial-advertise-peer-urls "https://$NODE_ADDRESS:2380" --bump-revision 1000000000 --mark-compacted
}

# restore_etcd: once for each snapshot. Cut off at any moment, it can be run again.
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
