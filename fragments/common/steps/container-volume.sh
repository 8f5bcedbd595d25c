#!/bin/bash
# Puts the containers' storage on its volume.
use volumes

: "${JEROBOAM_DOCKER_VOLUMES:?}" "${JEROBOAM_CONTAINER_DIR:?}"

mount_volume "$JEROBOAM_DOCKER_VOLUMES" "$JEROBOAM_CONTAINER_DIR"
