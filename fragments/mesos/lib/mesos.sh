# shellcheck shell=bash
# What the Mesos steps share: where the masters are, their daemons' files, and how to ask whether they work.
use addresses template

: "${JEROBOAM_ZOOKEEPER_PORT:?}" "${JEROBOAM_MESOS_PORT:?}"

# For the daemons' files.
name_masters

# fill_files DAEMON: the daemon's files become /etc/mesos/*, with what only the node knows; they may hold secrets.
fill_files() {
  local file
  for file in "$ETC/mesos/$1"/*; do
    fill "$file" "$ROOT/etc/mesos/${file##*/}" 600
  done
}

# zookeeper_says WORD: the answer of this node's ZooKeeper to one of its four-letter words.
zookeeper_says() {
  # shellcheck disable=SC2016
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "%s" "$3" >&3 && cat <&3' \
    zookeeper "$NODE_ADDRESS" "$JEROBOAM_ZOOKEEPER_PORT" "$1" 2>/dev/null
}

zookeeper_ok() { [[ $(zookeeper_says ruok) == imok ]]; }

# zookeeper_serves: part of a majority, or alone by design.
zookeeper_serves() {
  local state
  state=$(zookeeper_says mntr | sed -n 's/^zk_server_state[[:space:]]*//p') || return 1
  [[ $state == leader || $state == follower || $state == standalone ]]
}

# http_get ADDRESS:PORT/PATH [NAME:SECRET]: the body of a successful answer. The secret travels by standard input.
http_get() {
  local login=()
  if (($# > 1)); then login=(--config -); fi
  curl --silent --fail --noproxy '*' --connect-timeout 5 --max-time 20 "${login[@]}" "http://$1" <<<"user = \"${2-}\""
}

master_healthy() { http_get "$1:$JEROBOAM_MESOS_PORT/health"; }

# leader: prints the address of the master that leads, as any master that answers knows it.
leader() {
  local master url
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    url=$(curl --silent --fail --noproxy '*' --connect-timeout 5 --max-time 10 --output /dev/null \
      --write-out '%{redirect_url}' "http://${master#*=}:$JEROBOAM_MESOS_PORT/master/redirect") || continue
    if [[ $url =~ ^https?://([^/:]+): ]]; then
      say "${BASH_REMATCH[1]}"
      return 0
    fi
  done
  return 1
}

has_leader() { leader >/dev/null; }
