#!/bin/bash
use files json masters retry signal

: "${JEROBOAM_APPLICATION_CREDENTIAL_ID:?}" "${JEROBOAM_APPLICATION_CREDENTIAL_SECRET:?}"
: "${JEROBOAM_SIGNAL:?}" "${JEROBOAM_SUBNET_ID:?}" "${JEROBOAM_EXTERNAL_NETWORK?}" "${JEROBOAM_BALANCER_PROVIDER?}"

line() {
  [[ $2 != *[$'\n"\\']* ]] || fail "the $1 of cloud.conf has characters that are not allowed there"
  printf '%s="%s"\n' "$1" "$2"
}

cloud_conf() {
  printf '[Global]\n'
  line auth-url "$(keystone_url "$JEROBOAM_SIGNAL")"
  line region "$(json_field region_name "$JEROBOAM_SIGNAL" || :)"
  line application-credential-id "$(base64 -d <<<"$JEROBOAM_APPLICATION_CREDENTIAL_ID")"
  line application-credential-secret "$(base64 -d <<<"$JEROBOAM_APPLICATION_CREDENTIAL_SECRET")"
  if [[ $JEROBOAM_VERIFY_OPENSTACK_CA == false ]]; then printf 'tls-insecure=true\n'; fi
  printf '[LoadBalancer]\n'
  line subnet-id "$JEROBOAM_SUBNET_ID"
  if [[ $JEROBOAM_BALANCER_PROVIDER ]]; then line lb-provider "$JEROBOAM_BALANCER_PROVIDER"; fi
  if [[ $JEROBOAM_BALANCER_PROVIDER == ovn ]]; then line lb-method SOURCE_IP_PORT; fi
  if [[ $JEROBOAM_EXTERNAL_NETWORK =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]]; then
    line floating-network-id "$JEROBOAM_EXTERNAL_NETWORK"
  fi
}

apply() {
  in_cluster --namespace kube-system create "$@" --dry-run=client --output yaml |
    in_cluster apply --server-side --force-conflicts --field-manager=jeroboam --filename -
}

((NODE_INDEX == 0)) || exit 0
if [[ -e $ETC/proxy.env ]]; then
  env | grep -E '^(HTTPS?|NO)_PROXY=' >"$RUN/proxy"
  retry 20 6 apply configmap cloud-proxy --from-env-file="$RUN/proxy"
  rm -f "$RUN/proxy"
fi
cloud_conf | write_file "$RUN/cloud.conf" 600
retry 20 6 apply secret generic cloud-config --from-file=cloud.conf="$RUN/cloud.conf"
rm -f "$RUN/cloud.conf"
