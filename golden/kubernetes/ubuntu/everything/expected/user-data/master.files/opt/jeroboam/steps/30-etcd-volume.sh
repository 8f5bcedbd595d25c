#!/bin/bash
use volumes

: "${JEROBOAM_ETCD_VOLUMES:?}"

mount_volume "$JEROBOAM_ETCD_VOLUMES" /var/lib/etcd
