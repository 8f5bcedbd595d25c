#!/bin/bash
# Places the logins to registries where kubelet looks for them.
use files

: "${JEROBOAM_REGISTRY_CREDENTIALS:?}"

place_secret JEROBOAM_REGISTRY_CREDENTIALS "$ETC/logins/config.json" 600
