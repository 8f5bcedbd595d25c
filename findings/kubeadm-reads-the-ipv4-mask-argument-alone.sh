#!/bin/bash
# kubeadm 1.37.2: of a cluster with one address family it reads `node-cidr-mask-size-ipv4`, and passes over `node-cidr-mask-size`.
#
# Seen: a pod range of /25 is refused as smaller than a node's share of /24 although the controller manager is told a share of /26 by
# `node-cidr-mask-size`, which is that program's own argument for one family; the `-ipv4` form, for clusters of two, is taken. Jeroboam
# writes the form that both take. Needs Go; minutes.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
release=1.37.2
printf 'module finding\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes v%s\n' "$release" > go.mod
module=$(go mod download -json "k8s.io/kubernetes@v$release" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
sed -n "s|^[[:space:]]*\(k8s.io/[a-z-]*\) => ./staging/.*|replace \1 => \1 v0.${release#1.}|p" "$module" >> go.mod
go build -mod=mod -o kubeadm -ldflags "-X k8s.io/component-base/version.gitVersion=v$release" k8s.io/kubernetes/cmd/kubeadm
says() {
  cat > init.yaml << YAML
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v$release
networking: {podSubnet: 10.100.0.0/25}
controllerManager:
  extraArgs:
    - {name: $1, value: "26"}
YAML
  echo "$1: $(./kubeadm config validate --config init.yaml 2>&1 | sed -n 's/^error: //p; /^ok$/p')"
}
seen=$(says node-cidr-mask-size && says node-cidr-mask-size-ipv4)
smaller='the size of pod subnet with mask 25 is smaller than the size of node subnet with mask 24'
expected="node-cidr-mask-size: networking.podSubnet: Invalid value: \"10.100.0.0/25\": $smaller
node-cidr-mask-size-ipv4: ok"
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
