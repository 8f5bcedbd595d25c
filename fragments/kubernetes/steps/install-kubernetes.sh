#!/bin/bash
# Installs containerd, runc, the CNI plugins, crictl, kubeadm, kubelet and kubectl, each verified.
set -euo pipefail
# shellcheck source=../../common/lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../../common/download.sh
. "$LIB/download.sh"

install_artifacts "$ETC/artifacts.list"
systemctl daemon-reload
systemctl enable --quiet kubelet.service
