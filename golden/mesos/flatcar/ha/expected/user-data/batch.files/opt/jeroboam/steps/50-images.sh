#!/bin/bash
# Pulls the images of this node's daemons, so that a missing one is named before anything starts.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

: "${JEROBOAM_MESOS_IMAGES:?}"

present() { docker image inspect "$1" >/dev/null 2>&1; }

for image in $JEROBOAM_MESOS_IMAGES; do
  if present "$image"; then
    say "$image is in place"
  else
    retry 5 10 docker pull --quiet "$image"
  fi
done
