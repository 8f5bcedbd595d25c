#!/bin/bash
use files

: "${JEROBOAM_HTTP_PROXY?}" "${JEROBOAM_HTTPS_PROXY?}" "${JEROBOAM_NO_PROXY:?}"
: "${JEROBOAM_SUBNET_CIDR:?}" "${JEROBOAM_API_ADDRESS:?}" "${JEROBOAM_API_PUBLIC_ADDRESS:?}" "${JEROBOAM_MASTER_ADDRESSES:?}"

direct=$JEROBOAM_NO_PROXY,$JEROBOAM_SUBNET_CIDR,$JEROBOAM_API_ADDRESS,$JEROBOAM_API_PUBLIC_ADDRESS
for master in $JEROBOAM_MASTER_ADDRESSES; do
  direct+=,${master#*=}
done

assign() {
  [[ -n $2 ]] || return 0
  printf "%s='%s'\n%s='%s'\n" "$1" "${2//\'/%27}" "${1,,}" "${2//\'/%27}"
}

{
  assign HTTP_PROXY "$JEROBOAM_HTTP_PROXY"
  assign HTTPS_PROXY "$JEROBOAM_HTTPS_PROXY"
  assign NO_PROXY "$direct"
} | write_file "$ETC/proxy.env" 644

touch "$ROOT/etc/environment"
{
  sed '/^# jeroboam: begin$/,/^# jeroboam: end$/d' "$ROOT/etc/environment"
  printf '# jeroboam: begin\n'
  cat "$ETC/proxy.env"
  printf '# jeroboam: end\n'
} | write_file "$ROOT/etc/environment" 644
