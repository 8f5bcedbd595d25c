#!/bin/bash
# Installs containerd, runc, the CNI plugins, crictl, kubeadm, kubelet and kubectl, each verified.
use download

: "${JEROBOAM_CA_BUNDLE:?}"

# The file itself: a pod that mounts the distro's folder may find but links.
install -D -m 644 "$ROOT$JEROBOAM_CA_BUNDLE" "$ETC/trust/ca-certificates.crt"
install_artifacts "$ETC/artifacts.list"
# As kubelet's packages have it: a kubelet without static pods asks for the folder every two seconds.
mkdir -p "$ROOT/etc/kubernetes/manifests"
systemctl daemon-reload
systemctl enable --quiet kubelet.service
