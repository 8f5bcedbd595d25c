#!/bin/bash
# Tells Flannel, in etcd, what its network is; flanneld on every node waits for it.
set -euo pipefail
# shellcheck source=../lib.sh
. "${JEROBOAM_ROOT:-}/opt/jeroboam/lib.sh"
# shellcheck source=../addresses.sh
. "$LIB/addresses.sh"
# shellcheck source=../etcd.sh
. "$LIB/etcd.sh"

KEY=/coreos.com/network/config

put_config() { in_etcd "$(masters_listed https:// :2379 ,)" put "$KEY" <"$ETC/flannel/net-conf.json"; }

((NODE_INDEX == 0)) || exit 0
retry 20 6 put_config
