#!/bin/bash
# Makes this master a manager: the first begins the swarm, the others join it.
use addresses managers overlay retry swarm token unlock

: "${JEROBOAM_MANAGER_AVAILABILITY:?}" "${JEROBOAM_AUTOLOCK:?}" "${JEROBOAM_ADDRESS_POOLS?}"
: "${JEROBOAM_TASK_HISTORY_LIMIT:?}"

DATA_PORT=4789
NODE_ADDRESS=$(master_address "$NODE_INDEX")

# A node's certificate of the swarm is renewed between half and four fifths of this: with Docker's 90 days a swarm that
# is switched off for three weeks may not come back.
NODE_CERTIFICATES_LAST=8760h

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

# set_lifetime: a manager goes by what it is told of it only with another CA, or after a restart.
set_lifetime() { docker swarm ca --rotate --cert-expiry "$NODE_CERTIFICATES_LAST" --quiet >/dev/null; }

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

begin_or_join() {
  leave_swarm
  if ((NODE_INDEX == 0)) && ! swarm_exists; then
    touch "$STATE/swarm-began"
    begin_swarm
  else
    join_or_explain
  fi
}

# others_ended: whether all other managers say that they are out of it too; one that is silent may have gone on alone.
others_ended() {
  local address answer
  [[ ! -e $STATE/new-swarm ]] || return 0
  for address in $(other_masters); do
    answer=$(on_manager "$address" info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null) || return 1
    if [[ $answer != error ]]; then return 1; fi
  done
}

can_return() { swarm_exists || { ((NODE_INDEX == 0)) && others_ended; }; }

docker_answers() { swarm_state >/dev/null 2>&1; }

renewed() { ! certificate_ended; }

# revive_swarm: of this manager alone, with all that it knows. Docker renews an ended certificate where it begins a
# swarm from data that are there, and does not do that while it remembers being in one.
revive_swarm() {
  say "this manager's certificate of the swarm has ended, and no other's is good: the swarm goes on from its data here"
  touch "$STATE/reviving"
  rm -f "$SWARM_DATA/docker-state.json"
  systemctl restart docker.service
  wait_for "Docker to answer" docker_answers
  docker swarm init --force-new-cluster --advertise-addr "$NODE_ADDRESS" --listen-addr "$NODE_ADDRESS:$SWARM_PORT" \
    --data-path-port "$DATA_PORT" --availability "$JEROBOAM_MANAGER_AVAILABILITY" >/dev/null
  wait_for "Docker to renew this manager's certificate" renewed
  rm -f "$STATE/reviving"
}

return_after_end() {
  if [[ $JEROBOAM_AUTOLOCK == true ]]; then
    fail "this manager's certificate of the swarm has ended, and its data are locked: docs/certificates.md says how to return"
  fi
  wait_for "another manager to be in the swarm, or all to say that they are not" can_return
  if swarm_exists; then begin_or_join; else revive_swarm; fi
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

found=$(swarm_state)
if [[ -e $STATE/reviving ]] || { [[ $found == error ]] && certificate_ended; }; then found=ended; fi
case $found in
  ended) return_after_end ;;
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
if [[ -e $STATE/swarm-began ]]; then
  retry 5 5 set_lifetime
  rm -f "$STATE/swarm-began"
fi
retry 10 6 remove_predecessors
retry 10 6 publish_token
keep_unlock_key
systemctl daemon-reload
systemctl enable --quiet --now jeroboam-swarm.timer
