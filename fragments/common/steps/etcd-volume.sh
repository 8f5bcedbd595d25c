#!/bin/bash
# Puts etcd's data on its volume.
use volumes

: "${JEROBOAM_ETCD_VOLUMES:?}"

mount_volume "$JEROBOAM_ETCD_VOLUMES" /var/lib/etcd
