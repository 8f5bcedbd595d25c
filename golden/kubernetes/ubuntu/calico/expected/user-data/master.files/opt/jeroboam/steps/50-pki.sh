#!/bin/bash
# Places the cluster's CAs and service account keys where kubeadm looks for them.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../kubernetes.sh
. "$LIB/kubernetes.sh"
# shellcheck source=../masters.sh
. "$LIB/masters.sh"

place_pki
