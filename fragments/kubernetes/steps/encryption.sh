#!/bin/bash
# Gives the API server the key that Secrets are encrypted with in etcd.
use template

: "${JEROBOAM_ENCRYPTION_KEY:?}"

fill "$ETC/kubeadm/encryption.yaml" "$ROOT/etc/kubernetes/encryption.yaml" 600
