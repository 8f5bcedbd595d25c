
: "${JEROBOAM_MASTER_ADDRESSES:?}"

master_address() { value_at "$JEROBOAM_MASTER_ADDRESSES" "$1"; }

other_masters() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ ${master%%=*} != "$NODE_INDEX" ]]; then say "${master#*=}"; fi
  done
}

name_masters() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    printf -v "MASTER_ADDRESS_${master%%=*}" %s "${master#*=}"
  done
}
