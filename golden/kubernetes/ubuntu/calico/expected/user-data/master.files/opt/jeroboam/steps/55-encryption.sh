#!/bin/bash
# Gives the API server the key that Secrets are encrypted with in etcd.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"

: "${JEROBOAM_ENCRYPTION_KEY:?}"

fill "$ETC/kubeadm/encryption.yaml" "$ROOT/etc/kubernetes/encryption.yaml" 600
