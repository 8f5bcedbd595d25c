#!/bin/bash
# Applies the network, the add-ons and the spec's own manifests, in file order; the spec has the last word.
use masters retry

((NODE_INDEX == 0)) || exit 0
for manifest in "$ETC"/manifests/*.yaml; do
  [[ -e $manifest ]] || continue
  say "manifest ${manifest##*/}"
  # Kubernetes lets nobody change a class; volumes and claims keep what they were made with.
  if [[ $manifest == *-cinder-csi.yaml ]]; then
    retry 20 6 in_cluster delete storageclass csi-cinder --ignore-not-found
  fi
  retry 20 6 in_cluster apply --server-side --force-conflicts --field-manager=jeroboam --filename "$manifest"
done
