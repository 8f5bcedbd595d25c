#!/bin/bash
# Sets the outbound proxy for the bootstrap, for services (by /etc/jeroboam/proxy.env) and for log-ins.
use files

: "${JEROBOAM_HTTP_PROXY?}" "${JEROBOAM_HTTPS_PROXY?}" "${JEROBOAM_NO_PROXY:?}"
: "${JEROBOAM_SUBNET_CIDR:?}" "${JEROBOAM_API_ADDRESS:?}" "${JEROBOAM_API_PUBLIC_ADDRESS:?}" "${JEROBOAM_MASTER_ADDRESSES:?}"

direct=$JEROBOAM_NO_PROXY,$JEROBOAM_SUBNET_CIDR,$JEROBOAM_API_ADDRESS,$JEROBOAM_API_PUBLIC_ADDRESS
for master in $JEROBOAM_MASTER_ADDRESSES; do
  direct+=,${master#*=}
done

# assign NAME VALUE: in upper and lower case, for programs look for either; a quote in a URL is %27.
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
