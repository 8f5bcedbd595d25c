#!/bin/bash
use masters

: "${JEROBOAM_CLUSTER:?}"

SIGNER=kubernetes.io/kubelet-serving
NODES='{range .items[*]}{.metadata.name} {.status.addresses[*].address}{"\n"}{end}'
SERVICES='{.items[*].spec.clusterIPs[*]} {.items[*].spec.externalIPs[*]} {.items[*].status.loadBalancer.ingress[*].ip}'

asked_for() {
  local text
  text=$(openssl req -noout -text <<<"$1") || return
  if (($(grep -c 'Signature Algorithm:' <<<"$text") == 1)); then
    sed -n '/Subject Alternative Name/,/Signature Algorithm:/p' <<<"$text" | sed '1d;$d;s/ //g;s/,/\n/g'
  else
    say unreadable
  fi
}

usual() { getent ahosts "$1" | sed 's/ .*//;q'; }

taken() {
  local found master alone=
  found=$(in_cluster get nodes --output "jsonpath=$NODES") || return
  found=$(sed "/^$1 /d" <<<"$found")
  found+=" $(in_cluster get services --all-namespaces --output "jsonpath=$SERVICES")" || return
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ $1 != "$JEROBOAM_CLUSTER-master-${master%%=*}" ]]; then
      found+=" ${master#*=}"
    elif [[ ${master#*=} == "$JEROBOAM_API_ADDRESS" ]]; then
      alone=yes
    fi
  done
  if [[ -z $alone ]]; then found+=" $JEROBOAM_API_ADDRESS $JEROBOAM_API_PUBLIC_ADDRESS"; fi
  tr -s ' ' '\n' <<<"$found"
}

is_own() {
  local others asked
  [[ $(openssl req -noout -subject -nameopt RFC2253 <<<"$2") == "subject=CN=system:node:$1,O=system:nodes" ]] || return
  others=$(taken "$1") || return
  for asked in $(asked_for "$2"); do
    case $asked in
      "DNS:$1" | "DNS:$1".*) ;;
      IPAddress:127.* | IPAddress:0:0:0:0:0:* | IPAddress:*[!0-9A-F.:]*) return 1 ;;
      IPAddress:*)
        asked=$(usual "${asked#*:}") || return
        if grep -qxF -e "$asked" <<<"$others"; then return 1; fi
        ;;
      *) return 1 ;;
    esac
  done
}

judge() {
  local found user request conditions
  found=$(in_cluster get certificatesigningrequest "$1" --output \
    'jsonpath={.spec.username} {.spec.request} {.status.conditions[*].type}') || return 0
  read -r user request conditions <<<"$found"
  if [[ $conditions ]]; then return 0; fi
  request=$(base64 -d <<<"$request")
  if [[ $user =~ ^system:node:"$JEROBOAM_CLUSTER"-[a-z0-9-]+$ ]] && is_own "${user#system:node:}" "$request"; then
    in_cluster certificate approve "$1"
  else
    say "$1 is not approved: $user asks for $(asked_for "$request" | tr '\n' ' ')"
  fi
}

in_cluster get certificatesigningrequests --field-selector "spec.signerName=$SIGNER" --watch \
  --output 'jsonpath={.metadata.name}{"\n"}' | while read -r name; do judge "$name"; done
