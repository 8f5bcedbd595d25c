#!/bin/bash
# Gives what came in the archive the security context that the distro's policy has for its place.
set -euo pipefail

ROOT=${JEROBOAM_ROOT:-}

# shellcheck disable=SC1091
. "$ROOT/etc/jeroboam/cluster.env"
: "${JEROBOAM_RELABEL:?}"

read -ra relabel <<<"$JEROBOAM_RELABEL"
mapfile -t files <"$ROOT/opt/jeroboam/packed.list"
"${relabel[@]}" "${files[@]/#/$ROOT}"
