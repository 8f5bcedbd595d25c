#!/bin/bash
# Pulls the images of this node's daemons, so that a missing one is named before anything starts.
use retry

: "${JEROBOAM_MESOS_IMAGES:?}"

present() { docker image inspect "$1" >/dev/null 2>&1; }

for image in $JEROBOAM_MESOS_IMAGES; do
  if present "$image"; then
    say "$image is pulled already"
  else
    retry 5 10 docker pull --quiet "$image"
  fi
done
