#!/bin/bash
# Drops what a docker volume kept of a manager that the others have removed, before Docker starts.
use addresses managers

# was_removed: whether the other managers, asked until one answers, have this node no longer as one of them.
was_removed() {
  local own address managers
  own=$(openssl x509 -in "$CERTIFICATE" -noout -subject -nameopt multiline | sed -n 's/^ *commonName *= //p')
  for address in $(other_masters); do
    managers=$(on_manager "$address" node ls --quiet --filter role=manager 2>/dev/null) || continue
    ! grep -qx "$own" <<<"$managers"
    return
  done
  return 1
}

# A Docker that runs has had its turn.
if [[ ! -e $CERTIFICATE || -e $ROOT/run/docker.pid ]]; then exit 0; fi
# With its old certificate it would have a vote again, that nobody lists, and that a quorum then lacks.
if was_removed; then
  say "the other managers have removed this node: what it knew of the swarm goes"
  rm -rf "$SWARM_DATA"
fi
