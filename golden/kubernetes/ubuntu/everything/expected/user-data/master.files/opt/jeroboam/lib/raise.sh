use etcd-member masters

DIGEST=$(sha256sum "$ETC/kubeadm/init.yaml")
DIGEST=${DIGEST%% *}
VERSION=$(sed -n 's/^kubernetesVersion: v//p' "$ETC/kubeadm/init.yaml")
WRITER=$ETCD/kubernetes

in_system() { kubectl --kubeconfig "$1" --namespace kube-system "${@:2}"; }

minor() {
  local rest=${1#*.}
  say "${rest%%.*}"
}

is_older() { [[ $1 != "$2" && $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

refuse_steps_from() {
  local by=$(($(minor "$VERSION") - $(minor "$1")))
  if ((by < 0)); then
    fail "the cluster has run Kubernetes $1 and this master is given $VERSION: it never goes down"
  elif ((by > 1)); then
    fail "the cluster has run Kubernetes $1 and this master is given $VERSION: it goes up one minor version at a time"
  fi
}

cluster_version() {
  local found
  found=$(in_system "$1" get configmap kubeadm-config --output 'jsonpath={.data.ClusterConfiguration}') || return
  found=$(sed -n 's/^kubernetesVersion: v//p' <<<"$found")
  [[ -n $found ]] && say "$found"
}

marked() {
  local found
  found=$(in_system "$1" get configmap kubeadm-config --output "jsonpath={.metadata.annotations.jeroboam-$2}") || return
  [[ $found == "$DIGEST" ]]
}

mark() { in_system "$1" annotate configmap kubeadm-config --overwrite "jeroboam-$2=$DIGEST" >/dev/null; }

raise_config() {
  local found
  found=$(cluster_version "$1") || return
  refuse_steps_from "$found"
  if is_older "$VERSION" "$found"; then
    say "the cluster runs Kubernetes $found: this master joins with that, not with $VERSION"
    VERSION=$found
    return 0
  fi
  if marked "$1" config; then return 0; fi
  if [[ $found != "$VERSION" ]]; then say "raising the cluster from Kubernetes $found to $VERSION"; fi
  kubeadm init phase upload-config all --config "$RUN/init.yaml" --kubeconfig "$1" && mark "$1" config
}

image_of() { sed -n 's/^ *image: //p' "$ROOT/etc/kubernetes/manifests/$1.yaml"; }

check_versions() {
  local component image
  for component in kube-apiserver kube-controller-manager kube-scheduler; do
    image=$(image_of "$component") || image=
    if [[ ${image##*:} != "v$VERSION" ]]; then
      fail "this master has $component ${image##*:}, not v$VERSION: the cluster's configuration is of another version"
    fi
  done
}

masters_behind() {
  local images
  images=$(in_system "$1" get pods --selector component=kube-apiserver --field-selector "spec.nodeName!=$NODE_NAME" \
    --output 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{end}') || return
  grep -vxF -e "$(image_of kube-apiserver)" -e '' <<<"$images" || :
}

raise_addons() {
  local found
  found=$(cluster_version "$1") || return
  if is_older "$VERSION" "$found" || marked "$1" addons; then return 0; fi
  found=$(masters_behind "$1") || return
  if [[ -n $found ]]; then
    say "kube-proxy and CoreDNS stay as they are until all masters run Kubernetes $VERSION"
    return 0
  fi
  kubeadm init phase addon all --config "$RUN/init.yaml" --kubeconfig "$1" && mark "$1" addons
}
