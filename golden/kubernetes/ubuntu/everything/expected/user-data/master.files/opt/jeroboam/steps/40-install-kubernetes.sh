#!/bin/bash
use download

: "${JEROBOAM_CA_BUNDLE:?}"

install -D -m 644 "$ROOT$JEROBOAM_CA_BUNDLE" "$ETC/trust/ca-certificates.crt"
install_artifacts "$ETC/artifacts.list"
mkdir -p "$ROOT/etc/kubernetes/manifests"
systemctl daemon-reload
systemctl enable --quiet kubelet.service
