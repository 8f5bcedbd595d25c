#!/bin/bash
# Lets containers of other hosts reach those of this one, ahead of Docker's own rules, which refuse it.
set -euo pipefail

: "${FLANNEL_NETWORK:?}"

rule=(--source "$FLANNEL_NETWORK" --destination "$FLANNEL_NETWORK" --jump ACCEPT)
iptables --wait --check DOCKER-USER "${rule[@]}" 2>/dev/null || iptables --wait --insert DOCKER-USER "${rule[@]}"
