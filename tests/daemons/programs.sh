#!/usr/bin/env bash
# Puts what the machines of these tests run into the folder $1, laid out as a root: dockerd, its proxy and docker, etcd
# and etcdctl, built from the Go module proxy, and what they need, unpacked from the packages of this distribution. Nothing is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/programs"

PACKAGES=(containerd runc tini iptables libip4tc2 libip6tc2 libxtables12 libnetfilter-conntrack3 libnfnetlink0
  libnftnl11 libdevmapper1.02.1 strace libunwind8)
target=$1
mkdir -p "${target%/*}"
work=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$work"' EXIT

(cd "$work" && apt-get update -q && apt-get download -q "${PACKAGES[@]}" && mkdir root &&
  for package in ./*.deb; do dpkg-deb -x "$package" root; done)
# A folder laid over a link of the same name would hide it.
for merged in bin sbin lib lib64; do
  if [[ -d $work/root/$merged ]]; then
    mkdir -p "$work/root/usr/$merged"
    cp -a "$work/root/$merged/." "$work/root/usr/$merged/"
    rm -rf "${work:?}/root/$merged"
  fi
done
rm -rf "$work/root/etc" "$work/root/var" "$work/root/usr/share"
for program in iptables ip6tables; do ln -sf xtables-nft-multi "$work/root/usr/sbin/$program"; done
ln -sf tini-static "$work/root/usr/bin/docker-init"

mkdir -p "$work/root/usr/local/bin"
version() { sed -n "s,^\s*$1 v\([^ +]*\).*,\1,p" go.mod; }
export CGO_ENABLED=0 GOFLAGS='-mod=readonly -buildvcs=false'
overlay=$(../../labs/nodes/mirror/clock/overlay.sh "$work/clock")
go build -overlay "$overlay" -o "$work/root/usr/local/bin/" -tags exclude_graphdriver_btrfs \
  -ldflags "-s -w -X github.com/moby/moby/v2/dockerversion.Version=$(version github.com/moby/moby/v2)" \
  github.com/moby/moby/v2/cmd/dockerd github.com/moby/moby/v2/cmd/docker-proxy
go build -overlay "$overlay" -o "$work/root/usr/local/bin/" \
  -ldflags "-s -w -X github.com/docker/cli/cli/version.Version=$(version github.com/docker/cli)" \
  github.com/docker/cli/cmd/docker
(cd ../../labs/nodes/mirror/programs/etcd &&
  go build -overlay "$overlay" -o "$work/root/usr/local/bin/" jeroboam.test/mirror/etcd go.etcd.io/etcd/etcdctl/v3)
rm -rf "$target"
mv "$work/root" "$target"
