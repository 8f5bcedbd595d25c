#!/bin/bash
# Keeps the swarm as the cluster's description has it; a timer runs it on each manager, and the leader acts.
use alone managers swarm token unlock

is_leader() {
  [[ $(docker node inspect self --format '{{with .ManagerStatus}}{{.Leader}}{{end}}' 2>/dev/null) == true ]]
}

# label_nodes: a node's daemon says what labels its group has; only a manager can make them the swarm's.
label_nodes() {
  local id label labels
  for id in $(docker node ls --quiet); do
    labels=()
    while read -r label; do
      if [[ -n $label ]]; then labels+=(--label-add "$label"); fi
    done < <(docker node inspect "$id" --format \
      '{{$has := .Spec.Labels}}{{range $name, $value := .Description.Engine.Labels}}{{if ne (index $has $name) $value}}{{$name}}={{$value}}{{println}}{{end}}{{end}}')
    if ((${#labels[@]})); then docker node update "${labels[@]}" "$id" >/dev/null; fi
  done
}

# remove_replaced: a worker that is down while another is up under its name will not come back.
remove_replaced() {
  local nodes id name status manager
  nodes=$(docker node ls --format '{{.ID}} {{.Hostname}} {{.Status}} {{.ManagerStatus}}')
  while read -r id name status manager; do
    if [[ $status == Down && -z $manager ]] && grep -q "^[^ ]* $name Ready" <<<"$nodes"; then
      say "removing the node $id, which $name has replaced"
      docker node rm --force "$id"
    fi
  done <<<"$nodes"
}

# What was off past its certificate's end returns as it came, by the same step.
if [[ -e $STATE/reviving ]] || { certificate_ended && [[ $(swarm_state) == error ]]; }; then
  exec bash "$LIB/run.sh" "$LIB/steps/65-manager.sh"
fi
# Of each manager, not the leader alone: all of them may restart.
kept=0
keep_unlock_key || kept=$?
is_leader || exit "$kept"
go_on_alone
published=$kept
publish_token || published=$?
label_nodes
remove_replaced
exit "$published"
