#!/bin/sh
# layer.sh FOLDER IMAGE VAR: what an unpacked image lacks for being a node of namespaces, as a layer of its root; VAR is
# what its /var begins with.
set -eu
folder=$1 image=$2 var=$3 units=$1/etc/systemd/system kernel=$(uname -r)
mkdir -p "$units/systemd-networkd.service.d" "$units/local-fs.target.wants" "$folder/usr/lib/modules/$kernel"

# modprobe is told what this kernel has built in.
modules=$(mktemp -d)
mkdir -p "$modules/lib/modules/$kernel"
zcat /proc/config.gz >"$modules/config"
for pair in OVERLAY_FS:overlay BRIDGE_NETFILTER:br_netfilter VXLAN:vxlan TUN:tun NF_TABLES:nf_tables \
  WIREGUARD:wireguard NET_IPIP:ipip IP_VS:ip_vs IP_VS_RR:ip_vs_rr IP_VS_WRR:ip_vs_wrr IP_VS_SH:ip_vs_sh; do
  if grep -qx "CONFIG_${pair%:*}=y" "$modules/config"; then echo "kernel/${pair#*:}.ko"; fi
done >"$modules/lib/modules/$kernel/modules.builtin"
touch "$modules/lib/modules/$kernel/modules.order"
depmod -b "$modules" "$kernel" 2>/dev/null
cp "$modules/lib/modules/$kernel/"* "$folder/usr/lib/modules/$kernel/"
rm -r "$modules"

# A veth has no permanent address, which netplan has networkd know an interface by: told so by cloud-init, then as a
# generator each time that systemd reads its units again.
cat >"$units/systemd-networkd.service.d/veth.conf" <<UNIT
[Service]
ExecStartPre=+-/bin/sh -c 'sed -i s/^PermanentMACAddress/MACAddress/ /run/systemd/network/10-netplan-*.network 2>/dev/null'
UNIT
if [ -h "$image/usr/lib/systemd/system-generators/netplan" ]; then
  mkdir -p "$folder/etc/systemd/system-generators"
  cat >"$folder/etc/systemd/system-generators/netplan" <<'SCRIPT'
#!/bin/sh
/lib/systemd/system-generators/netplan "$@"
for file in /run/systemd/network/10-netplan-*.network; do
  if [ -e "$file" ]; then sed -i s/^PermanentMACAddress/MACAddress/ "$file"; fi
done
SCRIPT
  chmod 755 "$folder/etc/systemd/system-generators/netplan"
fi
# With a read-only /sys systemd makes no mounts of the devices in fstab; the root's own are there already.
echo '# volumes' >"$folder/etc/fstab"
cat >"$units/fstab.service" <<UNIT
[Unit]
DefaultDependencies=no
Before=local-fs.target
[Service]
Type=oneshot
ExecStart=/bin/mount --all
UNIT
ln -s ../fstab.service "$units/local-fs.target.wants/"
# Log-ins on the console, and what is the machine's and no node's; then what the stand-in has for emulated processors.
for unit in console-getty.service getty@tty1.service sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-kernel-config.mount dev-hugepages.mount sys-fs-fuse-connections.mount; do
  ln -s /dev/null "$units/$unit"
done
for file in systemd/system.conf.d tmpfiles.d; do
  mkdir -p "$folder/etc/$file"
  ln -s /dev/null "$folder/etc/$file/stand-in.conf"
done

# A clock of the node's own, also in its containers.
here=$(dirname "$0")
mkdir -p "$folder/usr/lib"
gcc -O2 -shared -fPIC -o "$folder/usr/lib/node-clock.so" "$here/clock.c"
echo /usr/lib/node-clock.so >"$folder/etc/ld.so.preload"
place=$folder/usr/local/sbin
if [ -L "$image/usr/local" ]; then place=$var/usrlocal/sbin; fi
mkdir -p "$place"
install -m 755 "$here/runc.sh" "$place/runc"
