# shellcheck shell=bash
# Opens the sealed values of heat.env. The key to them is in the comment of the server's Nova keypair, which Nova
# gives to this server and shows to nobody but the keypair's owner. Sourced after lib.sh.

: "${JEROBOAM_SEALED?}"

METADATA_URL=http://169.254.169.254
SEAL_COMMENT='jeroboam-seal(:[0-9a-f]{64}){1,2}'
SEAL_PREFIX=sealed:
SEAL_PROBLEM=

# metadata_json: Nova's description of this server, from the config drive if it has one, else from the service.
metadata_json() {
  local drive mount=$RUN/config-drive
  drive=$(blkid -l -o device -t LABEL=config-2 2>/dev/null) || drive=
  if [[ -n $drive ]]; then
    mkdir -p "$mount"
    mount -o ro "$drive" "$mount"
    cat "$mount/openstack/latest/meta_data.json"
    umount "$mount"
    return
  fi
  curl --silent --show-error --fail --noproxy '*' --connect-timeout 5 --max-time 30 --retry 10 --retry-delay 3 \
    --retry-connrefused "$METADATA_URL/openstack/latest/meta_data.json"
}

# seal_keys: the keys in the keypair's comment, one a line; a master has two, its own and the workers'.
seal_keys() {
  local document
  document=$(metadata_json) || return
  grep -oE "$SEAL_COMMENT" <<<"$document" | head -n 1 | tr : '\n' | tail -n +2
}

# open_value VALUE KEY TARGET: what `openssl enc` sealed, as base64; fails where the key is another.
open_value() {
  SEAL_KEY=$2 openssl enc -d -aes-256-cbc -pbkdf2 -md sha256 -iter 10000 -base64 -A -pass env:SEAL_KEY \
    -out "$3" <<<"$1" 2>/dev/null && [[ $(head -c "${#SEAL_PREFIX}" "$3" | tr -d '\0') == "$SEAL_PREFIX" ]]
}

# open_seal: writes secrets.env once; sets SEAL_PROBLEM.
open_seal() {
  local keys name key plain=$RUN/opened text=''
  if [[ -z $JEROBOAM_SEALED || -e $STATE/secrets.env ]]; then return 0; fi
  SEAL_PROBLEM="Nova's metadata, which has the key to this node's secrets, cannot be read"
  keys=$(seal_keys) || return 1
  SEAL_PROBLEM="the server's keypair holds no key to this node's secrets; make the keypairs with: jeroboam keypairs"
  [[ -n $keys ]] || return 1
  for name in $JEROBOAM_SEALED; do
    SEAL_PROBLEM="the server's keypair is of other secrets than $name in its user data was sealed with"
    for key in $keys; do
      if (umask 077 && open_value "${!name}" "$key" "$plain"); then
        text+="$name='$(tail -c +$((${#SEAL_PREFIX} + 1)) "$plain" | base64 -w 0)'"$'\n'
        continue 2
      fi
    done
    rm -f "$plain"
    return 1
  done
  rm -f "$plain"
  printf '%s' "$text" | write_file "$STATE/secrets.env" 600
  # shellcheck disable=SC1091
  . "$STATE/secrets.env"
}
