#!/bin/bash
# Unpacks the files that did not fit into the user data one by one, before the bootstrap reads them.
set -euo pipefail

ROOT=${JEROBOAM_ROOT:-}
PACKED=$ROOT/opt/jeroboam/packed.tar.gz

tar --extract --gzip --file "$PACKED" --directory "$ROOT/"
# shellcheck disable=SC1091
. "$ROOT/etc/jeroboam/cluster.env"

: "${JEROBOAM_RELABEL:?}"

read -ra relabel <<<"$JEROBOAM_RELABEL"
mapfile -t files < <(tar --list --gzip --file "$PACKED")
"${relabel[@]}" "${files[@]/#/$ROOT/}"
systemctl daemon-reload
