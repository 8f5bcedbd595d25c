#!/bin/bash
use files

: "${JEROBOAM_ENCRYPTION_KEY:?}"

KEY_BYTES=32

entry() { say "            - {name: $1, secret: \"$2\"}"; }

encryption_keys() {
  local name key
  if (($(base64 -d <<<"$JEROBOAM_ENCRYPTION_KEY" | wc -c) == KEY_BYTES)); then
    entry key1 "$JEROBOAM_ENCRYPTION_KEY"
    return 0
  fi
  while read -r name key || [[ $name ]]; do
    [[ $name =~ ^[a-z0-9-]+$ && $(base64 -d <<<"$key" | wc -c) -eq $KEY_BYTES ]] ||
      fail "the encryption key is neither $KEY_BYTES bytes nor lines of a name and a key"
    entry "$name" "$key"
  done < <(base64 -d <<<"$JEROBOAM_ENCRYPTION_KEY")
}

configuration() {
  local keys
  keys=$(encryption_keys) || return
  cat <<END
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
$keys
      - identity: {}
END
}

text=$(configuration)
printf '%s\n' "$text" | write_file "$ROOT/etc/kubernetes/encryption.yaml" 600
