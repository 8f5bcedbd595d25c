#!/bin/bash
# Makes this master a manager: the first begins the swarm, the others join it.
use addresses files managers overlay retry swarm token

: "${JEROBOAM_MANAGER_AVAILABILITY:?}" "${JEROBOAM_AUTOLOCK:?}" "${JEROBOAM_ADDRESS_POOLS?}"
: "${JEROBOAM_TASK_HISTORY_LIMIT:?}"

UNLOCK_KEY=$STATE/swarm-unlock-key
DATA_PORT=4789
NODE_ADDRESS=$(master_address "$NODE_INDEX")

# What it prints holds the tokens and the unlock key.
begin_swarm() {
  local options=() pool
  for pool in $JEROBOAM_ADDRESS_POOLS; do options+=(--default-addr-pool "$pool"); done
  if ((${#options[@]})); then options+=(--default-addr-pool-mask-length 24); fi
  if [[ $JEROBOAM_AUTOLOCK == true ]]; then options+=(--autolock); fi
  docker swarm init --advertise-addr "$NODE_ADDRESS" --listen-addr "$NODE_ADDRESS:$SWARM_PORT" \
    --data-path-port "$DATA_PORT" --task-history-limit "$JEROBOAM_TASK_HISTORY_LIMIT" \
    --availability "$JEROBOAM_MANAGER_AVAILABILITY" "${options[@]}" >/dev/null
}

# join_once: by the first of the other managers that is one.
join_once() {
  local address token
  for address in $(other_masters); do
    token=$(on_manager "$address" swarm join-token --quiet manager 2>/dev/null) || continue
    [[ $token =~ $TOKEN_FORM ]] || continue
    join_swarm "$token" "$JEROBOAM_MANAGER_AVAILABILITY" "$address" && return 0
    leave_swarm
    return 1
  done
  say "no other manager is in a swarm yet"
  return 1
}

# swarm_exists: whether another manager is in one; a locked one is, and waits for its key.
swarm_exists() {
  local address answer
  [[ ! -e $STATE/new-swarm ]] || return 1
  for address in $(other_masters); do
    answer=$(on_manager "$address" info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null) || continue
    if [[ $answer == active || $answer == locked ]]; then return 0; fi
  done
  return 1
}

join_or_explain() {
  local tries=$((JEROBOAM_BOOTSTRAP_SECONDS / 10))
  retry "$tries" 10 join_once ||
    fail "no manager answers; if the swarm is lost: touch $STATE/new-swarm on master 0, restart jeroboam-bootstrap"
}

# remove_predecessors: a lost manager of this name still counts when votes are counted.
remove_predecessors() {
  local own id name status
  own=$(docker info --format '{{.Swarm.NodeID}}')
  while read -r id name status; do
    if [[ $name == "$NODE_NAME" && $id != "$own" && $status != Ready ]]; then
      say "removing the manager $id, this node's predecessor"
      docker node demote "$id"
      docker node rm --force "$id"
    fi
  done < <(docker node ls --format '{{.ID}} {{.Hostname}} {{.Status}}')
}

keep_unlock_key() {
  if [[ $JEROBOAM_AUTOLOCK == true ]]; then
    docker swarm unlock-key --quiet | write_file "$UNLOCK_KEY" 600
  fi
}

begin_or_join() {
  leave_swarm
  if ((NODE_INDEX == 0)) && ! swarm_exists; then begin_swarm; else join_or_explain; fi
}

has_peers() { [[ $(ingress '{{len .Peers}}') == [1-9]* ]]; }

lock_known() { [[ $(swarm_state) == @(active|locked) ]]; }

# unlock_once: at times what does dockerd's overlay networks ends with the locked node and is not begun again, and
# `ingress` has no peers, not even this node. Only a restart helps. Whoever removed `ingress` has nothing to look at.
unlock_once() {
  if [[ $(swarm_state) == locked ]]; then
    docker swarm unlock <"$UNLOCK_KEY" || fail "the key in $UNLOCK_KEY does not unlock the swarm's data here"
  fi
  if retry 6 3 has_peers || ! has_ingress; then return 0; fi
  say "Docker's overlay networks did not start when the swarm was unlocked: restarting Docker"
  systemctl restart docker.service
  wait_for "Docker to know whether its swarm is locked" lock_known
  return 1
}

case $(swarm_state) in
  active | pending) say "this node is in the swarm already" ;;
  locked)
    if [[ -e $UNLOCK_KEY ]]; then
      retry 5 0 unlock_once || fail "Docker's overlay networks do not start on this manager: $(last_lines docker)"
    elif swarm_exists; then
      begin_or_join
    else
      fail "the swarm's data here are locked, and its key went with the server: docker swarm unlock"
    fi
    ;;
  *) begin_or_join ;;
esac
wait_for "this manager to be in the swarm" swarm_active
retry 10 6 remove_predecessors
retry 10 6 publish_token
keep_unlock_key
systemctl daemon-reload
systemctl enable --quiet --now jeroboam-swarm.timer
