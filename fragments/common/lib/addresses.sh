# shellcheck shell=bash
# Where the masters are.

: "${JEROBOAM_MASTER_ADDRESSES:?}"

# master_address INDEX: that of one master.
master_address() { value_at "$JEROBOAM_MASTER_ADDRESSES" "$1"; }

# other_masters: the addresses of all but this one, a line each.
other_masters() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    if [[ ${master%%=*} != "$NODE_INDEX" ]]; then say "${master#*=}"; fi
  done
}

# name_masters: MASTER_ADDRESS_<index> becomes the address of each, for files to fill in.
name_masters() {
  local master
  for master in $JEROBOAM_MASTER_ADDRESSES; do
    printf -v "MASTER_ADDRESS_${master%%=*}" %s "${master#*=}"
  done
}
