#!/bin/bash
# Has a timer keep snapshots of etcd; the first is taken once the node is up.
systemctl enable --quiet --now jeroboam-snapshot.timer
