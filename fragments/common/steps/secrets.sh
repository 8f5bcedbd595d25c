#!/bin/bash
# Opens the sealed values of heat.env with the key in the comment of the server's Nova keypair.
# Nova shows it to this server and to the keypair's owner alone.
use files retry

: "${JEROBOAM_SEALED:?}"

METADATA=http://169.254.169.254/openstack/latest/meta_data.json
COMMENT='jeroboam-seal(:[0-9a-f]{64}){1,2}'
OPENED=$RUN/opened
HEAD=

# from_config_drive: Nova's description of this server, where it came on a disk.
from_config_drive() {
  local drive mount=$RUN/config-drive
  drive=$(blkid -l -o device -t LABEL=config-2) || return
  mkdir -p "$mount"
  mount -o ro "$drive" "$mount" || return
  cat "$mount/openstack/latest/meta_data.json"
  umount "$mount"
}

from_service() {
  curl --silent --show-error --fail --noproxy '*' --connect-timeout 5 --max-time 30 "$METADATA"
}

# seal_keys: the keys in the keypair's comment, one a line; a master has two, its own and the workers'.
seal_keys() {
  local metadata
  metadata=$(from_config_drive 2>/dev/null) || metadata=$(retry 10 3 from_service) ||
    fail "Nova's metadata, which has the key to this node's secrets, cannot be read from $METADATA"
  grep -oE "$COMMENT" <<<"$metadata" | head -n 1 | tr : '\n' | tail -n +2 || :
}

# unseal KEY VALUE: what `openssl enc` sealed, into OPENED; its HEAD tells whether the key was the right one.
unseal() {
  SEAL_KEY=$1 openssl enc -d -aes-256-cbc -pbkdf2 -md sha256 -iter 10000 -base64 -A -pass env:SEAL_KEY \
    -out "$OPENED" <<<"$2" 2>/dev/null && IFS= read -r -d : -n 64 HEAD <"$OPENED" &&
    [[ $HEAD =~ ^sealed(\ [A-Z\ ]+)?$ ]]
}

# opened_text: what follows the HEAD, which says of what label the PEM is whose content that is.
opened_text() {
  local label=${HEAD#sealed} content=(tail -c +$((${#HEAD} + 2)) "$OPENED")
  if [[ ! $label ]]; then
    "${content[@]}"
    return
  fi
  say "-----BEGIN$label-----"
  "${content[@]}" | base64 -w 64
  say "-----END$label-----"
}

# plain_of NAME: its value, opened, as base64.
plain_of() {
  local key
  for key in $keys; do
    if unseal "$key" "${!1}"; then
      opened_text | base64 -w 0
      return 0
    fi
  done
  fail "the server's keypair cannot decrypt $1: the stack was created with another secrets file"
}

if [[ -e $STATE/secrets.env ]]; then
  say "the secrets are decrypted already"
  exit 0
fi
umask 077
trap 'rm -f "$OPENED"' EXIT
keys=$(seal_keys)
[[ -n $keys ]] || fail "the server's keypair has no decryption key; 'jeroboam keypairs' creates one that has"
text=
for name in $JEROBOAM_SEALED; do
  value=$(plain_of "$name")
  text+="$name='$value'"$'\n'
done
printf '%s' "$text" | write_file "$STATE/secrets.env" 600
