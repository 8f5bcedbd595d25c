# shellcheck shell=bash
# Join tokens, derived from a key that only masters hold, as jeroboam/secrets/lifetime.py does.
use kubernetes

: "${JEROBOAM_TOKEN_KEY:?}"

DIGITS=0123456789abcdefghijklmnopqrstuvwxyz

# padded HEX BYTE: 64 bytes, a key's and zeros, each XOR BYTE; as escapes for printf.
padded() {
  local i
  for ((i = 0; i < 128; i += 2)); do printf '\\x%02x' $((16#0${1:i:2} ^ $2)); done
}

# hmac TEXT: by SHA-256 (RFC 2104). openssl would take the key as an argument, for every process to see.
hmac() {
  local key inner
  key=$(base64 -d <<<"$JEROBOAM_TOKEN_KEY" | od -An -v -t x1 | tr -d ' \n') || return
  inner=$(printf '%b%s' "$(padded "$key" 0x36)" "$1" | sha256sum | cut -c 1-64 | sed 's/../\\x&/g') || return
  printf '%b' "$(padded "$key" 0x5c)$inner" | sha256sum
}

# window_token NUMBER: its number, and sixteen characters of an HMAC of it.
window_token() {
  local digest id='' secret='' rest=$1 i
  digest=$(hmac "$1") || return
  for ((i = 0; i < 6; i++)); do
    id=${DIGITS:rest%36:1}$id
    rest=$((rest / 36))
  done
  for ((i = 0; i < 32; i += 2)); do secret+=${DIGITS:16#${digest:i:2}%36:1}; done
  say "$id.$secret"
}

base64_of() { printf %s "$1" | base64 -w 0; }

# token_secret NUMBER: makes the API servers know a window's token; the controller manager removes it when it ends.
token_secret() {
  local token end
  token=$(window_token "$1") || return
  end=$(date -u -d "@$(token_end "$1")" +%FT%TZ) || return
  cat <<END
---
apiVersion: v1
kind: Secret
metadata:
  name: bootstrap-token-${token%%.*}
  namespace: kube-system
type: bootstrap.kubernetes.io/token
data:
  token-id: $(base64_of "${token%%.*}")
  token-secret: $(base64_of "${token#*.}")
  expiration: $(base64_of "$end")
  usage-bootstrap-authentication: $(base64_of true)
  usage-bootstrap-signing: $(base64_of true)
  auth-extra-groups: $(base64_of system:bootstrappers:kubeadm:default-node-token)
END
}

# keep_tokens KUBECONFIG: of the window before, this one and the next; all masters make the same.
keep_tokens() {
  local number secrets=''
  for number in -1 0 1; do
    secrets+=$(token_secret $((WINDOW + number)))$'\n' || return
  done
  kubectl --kubeconfig "$1" apply --server-side --force-conflicts --field-manager=jeroboam --filename - \
    <<<"$secrets" >/dev/null
}
