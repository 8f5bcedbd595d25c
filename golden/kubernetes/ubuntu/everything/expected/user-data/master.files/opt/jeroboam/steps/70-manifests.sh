#!/bin/bash
use masters retry

((NODE_INDEX == 0)) || exit 0
for manifest in "$ETC"/manifests/*.yaml; do
  [[ -e $manifest ]] || continue
  say "manifest ${manifest##*/}"
  if [[ $manifest == *-cinder-csi.yaml ]]; then
    retry 20 6 in_cluster delete storageclass csi-cinder --ignore-not-found
  fi
  retry 20 6 in_cluster apply --server-side --force-conflicts --field-manager=jeroboam --filename "$manifest"
done
