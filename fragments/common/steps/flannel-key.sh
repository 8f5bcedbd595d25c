#!/bin/bash
# Puts the key that WireGuard's tunnels share where Flannel's configuration has its name; only masters hold it.
use template

: "${JEROBOAM_FLANNEL_PSK:?}"

# WireGuard takes the key as Heat hands it over: 32 bytes in base64.
# shellcheck disable=SC2034
FLANNEL_PSK=$JEROBOAM_FLANNEL_PSK
KEYED=$ETC/keyed

while IFS= read -r file; do
  fill "$file" "$ETC/${file#"$KEYED/"}" 600
done < <(find "$KEYED" -type f)
