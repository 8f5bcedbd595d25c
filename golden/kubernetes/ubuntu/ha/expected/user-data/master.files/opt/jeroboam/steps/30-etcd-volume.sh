#!/bin/bash
# Puts etcd's data on its volume.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../volumes.sh
. "$LIB/volumes.sh"

: "${JEROBOAM_ETCD_VOLUMES:?}"

mount_volume "$JEROBOAM_ETCD_VOLUMES" /var/lib/etcd
