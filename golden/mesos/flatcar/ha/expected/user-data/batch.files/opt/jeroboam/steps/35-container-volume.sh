#!/bin/bash
# Puts the containers' storage on its volume.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../volumes.sh
. "$LIB/volumes.sh"

: "${JEROBOAM_DOCKER_VOLUMES:?}" "${JEROBOAM_CONTAINER_DIR:?}"

mount_volume "$JEROBOAM_DOCKER_VOLUMES" "$JEROBOAM_CONTAINER_DIR"
