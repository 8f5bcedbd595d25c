#!/bin/bash
# Makes the agent's image: Mesos' own, with this node's Docker client, which that image lacks.
use retry

: "${JEROBOAM_BIN_DIR:?}" "${JEROBOAM_MESOS_IMAGE:?}" "${JEROBOAM_MESOS_AGENT_IMAGE:?}"

NAME=jeroboam-agent-image

remove() { docker rm --force "$NAME" >/dev/null 2>&1 || :; }

remove
# An image without a command of its own would be refused.
docker create --name "$NAME" "$JEROBOAM_MESOS_IMAGE" mesos-agent >/dev/null
# Ours, a static program, and not one that an image has besides, which needs the image's libraries.
docker cp "$ROOT$JEROBOAM_BIN_DIR/docker" "$NAME:/usr/bin/docker"
docker commit "$NAME" "$JEROBOAM_MESOS_AGENT_IMAGE" >/dev/null
remove
# With control groups of version 1, runc now and then fails to freeze what it starts (kubernetes/kubernetes#131087).
retry 3 2 docker run --rm --network none "$JEROBOAM_MESOS_AGENT_IMAGE" docker --version ||
  fail "this node's docker client does not run in $JEROBOAM_MESOS_IMAGE; it is not a Mesos image for this architecture"
