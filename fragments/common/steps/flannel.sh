#!/bin/bash
# Gives this node its share of the container network: flanneld, whose subnet Docker's bridge takes.
use addresses daemons etcd files route

: "${JEROBOAM_ETCD_CA_CERT:?}" "${JEROBOAM_FLANNEL_CERT:?}" "${JEROBOAM_FLANNEL_KEY:?}"

PKI=$ROOT/etc/flannel/pki
ENDPOINTS=$(etcd_endpoints)
NODE_ADDRESS=$(source_address "$(master_address 0)")

has_subnet() { [[ -s $ROOT/run/flannel/subnet.env ]] && systemctl is-active --quiet flanneld.service; }

place_secret JEROBOAM_ETCD_CA_CERT "$PKI/ca.crt" 644
place_secret JEROBOAM_FLANNEL_CERT "$PKI/client.crt" 644
place_secret JEROBOAM_FLANNEL_KEY "$PKI/client.key" 600
write_file "$ROOT/etc/flannel/flanneld.env" 644 <<END
FLANNELD_ETCD_ENDPOINTS=$ENDPOINTS
FLANNELD_ETCD_PREFIX=/coreos.com/network
FLANNELD_ETCD_CAFILE=/etc/flannel/pki/ca.crt
FLANNELD_ETCD_CERTFILE=/etc/flannel/pki/client.crt
FLANNELD_ETCD_KEYFILE=/etc/flannel/pki/client.key
FLANNELD_IFACE=$NODE_ADDRESS
FLANNELD_IP_MASQ=true
FLANNELD_SUBNET_FILE=/run/flannel/subnet.env
END
systemctl daemon-reload
systemctl enable --quiet flanneld.service
systemctl restart --no-block flanneld.service
await_daemon flanneld "flanneld to be given a subnet" has_subnet
cat "$ROOT/run/flannel/subnet.env"
