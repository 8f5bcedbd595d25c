#!/bin/bash
# Tells Flannel, in etcd, what its network is; flanneld on every node waits for it.
use etcd retry

KEY=/coreos.com/network/config

put_config() { in_etcd "$(etcd_endpoints)" put "$KEY" <"$ETC/flannel/net-conf.json"; }

((NODE_INDEX == 0)) || exit 0
retry 20 6 put_config
