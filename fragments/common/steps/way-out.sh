#!/bin/bash
# Has the node's way out lead through the cluster's network, whatever DHCP says on the networks of further ports.
use files retry

: "${JEROBOAM_SUBNET_CIDR:?}"

# networkd has 1024 and netplan 100 for all alike, NetworkManager 100, 101 and so on, in the order in which they come
# up; seen of networkd 252 and NetworkManager 1.42.
METRIC=50
NETWORKD=$ROOT/etc/systemd/network/05-jeroboam.network

# first_port: INTERFACE and MAC are the ones with an address of the cluster's network, once there are any.
first_port() {
  read -r _ INTERFACE _ < <(ip -o -4 address show to "$JEROBOAM_SUBNET_CIDR") || return
  [[ $(ip -o link show dev "$INTERFACE") =~ link/ether\ ([0-9a-f:]+) ]] && MAC=${BASH_REMATCH[1]}
}

# What applies to the interface may apply to others too, so a copy of it does to this one alone.
by_networkd() {
  local file
  file=$(networkctl status --no-pager "$INTERFACE" | sed -n 's/^ *Network File: *//p')
  if [[ $ROOT$file != "$NETWORKD" ]]; then write_file "$NETWORKD" 644 <"$ROOT$file"; fi
  printf '[Match]\nMACAddress=%s\n\n[DHCPv4]\nRouteMetric=%d\n\n[IPv6AcceptRA]\nRouteMetric=%d\n' "$MAC" $METRIC $METRIC |
    write_file "$NETWORKD.d/metric.conf" 644
  networkctl reload
}

# The file is for later starts: a connection that is up keeps the metric that it has, whatever is reloaded.
by_networkmanager() {
  local file=$ROOT/etc/NetworkManager/conf.d/jeroboam-way-out.conf
  printf '[connection-jeroboam]\nmatch-device=interface-name:%s\nipv4.route-metric=%d\nipv6.route-metric=%d\n' \
    "$INTERFACE" $METRIC $METRIC |
    write_file "$file" 644
  relabel "$file"
  nmcli device modify "$INTERFACE" ipv4.route-metric $METRIC ipv6.route-metric $METRIC
}

# leads_out: the kernel shows the best default route first.
leads_out() {
  local best
  read -r best < <(ip -4 route show default) && [[ "$best " == *" dev $INTERFACE "*" metric $METRIC "* ]]
}

wait_for "an address in $JEROBOAM_SUBNET_CIDR" first_port
if [[ -z $(ip -4 route show default dev "$INTERFACE") ]]; then
  say "$INTERFACE has no default route: the cluster's network has no router"
  exit 0
fi
if ! leads_out; then
  if systemctl is-active --quiet NetworkManager.service; then by_networkmanager; else by_networkd; fi
  retry 30 2 leads_out || fail "the default route is not by $INTERFACE: $(ip -4 route show default)"
fi
say "the way out is by $INTERFACE"
