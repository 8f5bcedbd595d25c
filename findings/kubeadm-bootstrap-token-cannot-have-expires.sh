#!/bin/bash
# kubeadm 1.37.2: `bootstrapTokens[].expires` of kubeadm.k8s.io/v1beta4 is documented, and no file that has it is valid.
#
# Seen: a token with `expires` alone is refused: "the BootstrapToken .TTL and .Expires fields are mutually exclusive". A token without
# `ttl` is given the default of 24 hours first, and the two are compared afterwards; `ttl: 0s` beside it, which means "never", is
# refused likewise. Jeroboam gives a `ttl` to kubeadm and writes the exact end into the token's Secret itself. Needs Go; minutes.
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
kind: InitConfiguration
bootstrapTokens:
  - {token: abcdef.0123456789abcdef, $1}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v$release
YAML
  echo "$1: $(./kubeadm config validate --config init.yaml 2>&1 | sed -n 's/^error: //p; /^ok$/p')"
}
wrong='bootstrapTokens.0: Invalid value: "": the BootstrapToken .TTL and .Expires fields are mutually exclusive'
expires='expires: "2100-01-01T00:00:00Z"'
expected="$expires: $wrong
ttl: 0s, $expires: $wrong
ttl: 24h: ok"
seen=$(says "$expires" && says "ttl: 0s, $expires" && says 'ttl: 24h')
diff <(echo "$expected") <(echo "$seen")
echo "as seen: $seen"
