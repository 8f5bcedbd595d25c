#!/bin/bash
# Has a manager that is made while the cluster is restored begin without the data that its volumes kept.
# They are of a quorum that is given up, and two of them would be one again. Until the next restoration they lie aside.
use etcd-member files managers

: "${JEROBOAM_RESTORE?}"

# set_aside FOLDER: what a try before this one left there is of nobody.
set_aside() {
  local aside=$1-before-${JEROBOAM_RESTORE:0:12}
  if [[ ! -e $aside && -e $1 ]]; then
    rm -rf "$1"-before-*
    mv "$1" "$aside"
    say "$1 is set aside as $aside"
  fi
  rm -rf "$1"
}

if [[ -z $JEROBOAM_RESTORE || -e $STATE/restored ]]; then exit 0; fi
set_aside "$ETCD/data"
set_aside "$SWARM_DATA"
remember restored
