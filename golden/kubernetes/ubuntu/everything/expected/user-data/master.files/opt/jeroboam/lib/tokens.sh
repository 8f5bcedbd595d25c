use kubernetes

: "${JEROBOAM_TOKEN_KEY:?}"

DIGITS=0123456789abcdefghijklmnopqrstuvwxyz

padded() {
  local i
  for ((i = 0; i < 128; i += 2)); do printf '\\x%02x' $((16#0${1:i:2} ^ $2)); done
}

hmac() {
  local key inner
  key=$(base64 -d <<<"$JEROBOAM_TOKEN_KEY" | od -An -v -t x1 | tr -d ' \n') || return
  inner=$(printf '%b%s' "$(padded "$key" 0x36)" "$1" | sha256sum | cut -c 1-64 | sed 's/../\\x&/g') || return
  printf '%b' "$(padded "$key" 0x5c)$inner" | sha256sum
}

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

keep_tokens() {
  local number secrets=''
  for number in -1 0 1; do
    secrets+=$(token_secret $((WINDOW + number)))$'\n' || return
  done
  kubectl --kubeconfig "$1" apply --server-side --force-conflicts --field-manager=jeroboam --filename - \
    <<<"$secrets" >/dev/null
}
