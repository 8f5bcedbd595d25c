# shellcheck shell=bash
# What all nodes of a swarm share: what Docker says of it, and how one joins.
use addresses route

SWARM_PORT=2377
DOCKER_SOCKET=$ROOT/run/docker.sock

# swarm_state: inactive, pending, active, error or locked.
swarm_state() { docker info --format '{{.Swarm.LocalNodeState}}'; }

swarm_active() { [[ $(swarm_state) == active ]]; }

# listens ADDRESS: whether a manager takes members there. It refuses whoever has no certificate, but it answers.
listens() {
  local status=0
  curl --silent --insecure --noproxy '*' --connect-timeout 5 --max-time 10 --output /dev/null \
    "https://$1:$SWARM_PORT" || status=$?
  ((status != 7 && status != 28))
}

# join_swarm TOKEN AVAILABILITY ADDRESS...: over Docker's socket, where no other process sees the token.
join_swarm() {
  local token=$1 availability=$2 own remotes='' address answer
  shift 2
  own=$(source_address "$(master_address 0)") || return
  for address; do
    remotes+=${remotes:+,}'"'$address:$SWARM_PORT'"'
  done
  say "joining the swarm by $*"
  answer=$(printf '{"ListenAddr":"%s","AdvertiseAddr":"%s","RemoteAddrs":[%s],"JoinToken":"%s","Availability":"%s"}' \
    "$own:$SWARM_PORT" "$own" "$remotes" "$token" "$availability" |
    curl --silent --show-error --noproxy '*' --unix-socket "$DOCKER_SOCKET" --max-time 120 --write-out '%{http_code}' \
      --header 'Content-Type: application/json' --data-binary @- http://docker/swarm/join) || return
  if [[ $answer == *200 ]]; then return 0; fi
  say "Docker could not join: ${answer%???}"
  return 1
}

# leave_swarm: what is left of a try that failed would stand in the next one's way.
leave_swarm() {
  if [[ $(swarm_state) != inactive ]]; then docker swarm leave --force; fi
}
