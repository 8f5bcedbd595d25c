# shellcheck shell=bash
# The join tokens of the windows around now, derived from a key that only masters hold. Sourced after windows.sh.
# jeroboam/secrets/lifetime.py derives the same.

: "${JEROBOAM_JOIN_TOKEN_KEY:?}"

DIGITS=0123456789abcdefghijklmnopqrstuvwxyz

# padded HEX BYTE: a key of at most 64 bytes, and zeros up to 64, each XOR BYTE; as escapes for printf.
padded() {
  local i text=
  for ((i = 0; i < 128; i += 2)); do
    printf -v text '%s\\x%02x' "$text" $((16#0${1:i:2} ^ $2))
  done
  say "$text"
}

# hmac TEXT: HMAC-SHA256 by RFC 2104, in hex. openssl would take the key as an argument, which every process could read.
hmac() {
  local key inner outer
  key=$(base64 -d <<<"$JEROBOAM_JOIN_TOKEN_KEY" | od -An -v -t x1 | tr -d ' \n') || return
  inner=$(printf '%b%s' "$(padded "$key" 0x36)" "$1" | sha256sum | cut -c 1-64 | sed 's/../\\x&/g') || return
  outer=$(printf '%b' "$(padded "$key" 0x5c)$inner" | sha256sum) || return
  say "${outer%% *}"
}

# window_token NUMBER: its number, and sixteen characters of an HMAC of it.
window_token() {
  local digest id='' secret='' rest=$1 i
  digest=$(hmac "$1") || return
  for ((i = 0; i < 6; i++)); do
    id=${DIGITS:rest % 36:1}$id
    rest=$((rest / 36))
  done
  for ((i = 0; i < 32; i += 2)); do secret+=${DIGITS:16#${digest:i:2} % 36:1}; done
  say "$id.$secret"
}

# token_secret NUMBER: the Secret that makes the API servers know the token of a window, until it ends; then the
# controller manager removes it.
token_secret() {
  local token expiration
  token=$(window_token "$1") || return
  expiration=$(date -u -d "@$(token_end "$1")" +%Y-%m-%dT%H:%M:%SZ) || return
  cat <<END
---
apiVersion: v1
kind: Secret
metadata:
  name: bootstrap-token-${token%%.*}
  namespace: kube-system
type: bootstrap.kubernetes.io/token
data:
  description: $(printf %s "lets the stack's nodes join" | base64 -w 0)
  token-id: $(printf %s "${token%%.*}" | base64 -w 0)
  token-secret: $(printf %s "${token#*.}" | base64 -w 0)
  expiration: $(printf %s "$expiration" | base64 -w 0)
  usage-bootstrap-authentication: $(printf true | base64 -w 0)
  usage-bootstrap-signing: $(printf true | base64 -w 0)
  auth-extra-groups: $(printf system:bootstrappers:kubeadm:default-node-token | base64 -w 0)
END
}

# keep_tokens KUBECONFIG: those of the window before, this one and the next are in the cluster. All masters make the same.
keep_tokens() {
  local number secrets=''
  for number in $((WINDOW - 1)) "$WINDOW" $((WINDOW + 1)); do
    secrets+=$(token_secret "$number")$'\n' || return
  done
  kubectl --kubeconfig "$1" apply --server-side --force-conflicts --field-manager=jeroboam --filename - \
    <<<"$secrets" >/dev/null
}
