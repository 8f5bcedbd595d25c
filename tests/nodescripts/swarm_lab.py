"""Nodes of a swarm as the compiler makes them, with recorders for Docker, etcd, flanneld and systemd."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from jeroboam.model.types import ClusterModel, HeatFact, Role, RoleKind
from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node, node_of

WORKER_TOKEN = "SWMTKN-1-0a1b2c3d-worker9"
MANAGER_TOKEN = "SWMTKN-1-0a1b2c3d-manager7"

DOCKER = f"""
state=$(cat "$JEROBOAM_ROOT/state" 2>/dev/null || echo inactive)
case "$*" in
  "--host tcp://"*)
    host=${{2#tcp://}}
    there=$(cat "$JEROBOAM_ROOT/up/${{host%:*}}") || exit 1
    case "$*" in
      *" info --format {{{{.Swarm.LocalNodeState}}}}") echo "$there" ;;
      *) [ "$there" = active ] || exit 1 ;;
    esac
    case "$*" in
      *" join-token --quiet manager") echo {MANAGER_TOKEN} ;;
      *" node ls --quiet --filter role=manager") cat "$JEROBOAM_ROOT/managers" ;;
    esac
    ;;
  "swarm join-token --quiet worker") cat "$JEROBOAM_ROOT/token" ;;
  "info --format {{{{.Swarm.LocalNodeState}}}}") echo "$state" ;;
  "info --format {{{{.Swarm.LocalNodeState}}}} {{{{.Swarm.Error}}}}") echo "$state " ;;
  *"{{{{.Swarm.NodeID}}}}"*) echo own ;;
  "swarm init "*)
    echo active >"$JEROBOAM_ROOT/state"
    if [ -e "$JEROBOAM_ROOT/renewed.crt" ]; then
      cp "$JEROBOAM_ROOT/renewed.crt" "$JEROBOAM_ROOT/var/lib/docker/swarm/certificates/swarm-node.crt"
    fi
    echo "docker swarm join --token {WORKER_TOKEN} 10.8.0.5:2377"
    ;;
  "swarm unlock-key --quiet") echo SWMKEY-1-abc ;;
  "swarm leave --force") echo inactive >"$JEROBOAM_ROOT/state" ;;
  "swarm unlock")
    cat >"$JEROBOAM_ROOT/unlocked-with"
    if [ -e "$JEROBOAM_ROOT/refuses-key" ]; then exit 1; fi
    echo active >"$JEROBOAM_ROOT/state"
    ;;
  "network inspect ingress --format {{{{len .Peers}}}}")
    if [ -e "$JEROBOAM_ROOT/without-peers" ]; then echo 0; else echo 3; fi
    ;;
  "network inspect ingress --format {{{{.Id}}}}")
    if [ -e "$JEROBOAM_ROOT/without-peers" ]; then echo 0123456789ab; fi
    ;;
  "node inspect self "*Reachability*) echo "ready reachable" ;;
  "node inspect self "*jeroboam.alone*) cat "$JEROBOAM_ROOT/alone" 2>/dev/null || : ;;
  "node update --label-add jeroboam.alone="*" own") echo "${{4#*=}}" >"$JEROBOAM_ROOT/alone" ;;
  "node inspect self "*Leader*) cat "$JEROBOAM_ROOT/leader" ;;
  "node inspect "*) cat "$JEROBOAM_ROOT/labels/$3" 2>/dev/null || : ;;
  "node ls --quiet") cut -d ' ' -f 1 "$JEROBOAM_ROOT/nodes" ;;
  "node ls --format "*) cat "$JEROBOAM_ROOT/nodes" ;;
esac
"""
"""docker, whose swarm is a few files: state, token, nodes, labels/, and up/ with a state per manager."""
CURL = """
case "$*" in
  *--unix-socket*)
    cat >>"$JEROBOAM_ROOT/joins"
    echo >>"$JEROBOAM_ROOT/joins"
    if [ -e "$JEROBOAM_ROOT/refused" ]; then
      printf '{"message":"%s"}503' "$(cat "$JEROBOAM_ROOT/refused")"
      exit
    fi
    echo active >"$JEROBOAM_ROOT/state"
    printf 200
    ;;
  *:2377)
    for word; do :; done
    host=${word#https://}
    [ -e "$JEROBOAM_ROOT/up/${host%:*}" ] || exit 7
    exit 35
    ;;
  *) exec /usr/bin/curl "$@" ;;
esac
"""
"""curl that plays Docker's socket and the managers' port 2377; all else is real."""
ETCDCTL = """
case "$*" in
  *" endpoint health") [ ! -e "$JEROBOAM_ROOT/etcd-lost" ] || exit 1 ;;
  *" auth status") echo "Authentication Status: true" ;;
  *" user list") cat "$JEROBOAM_ROOT/users" 2>/dev/null || : ;;
  *" user add "*) echo "${@: -2:1}" >>"$JEROBOAM_ROOT/users" ;;
  *" get --print-value-only "*)
    case "$2" in
      *,*) cat "$JEROBOAM_ROOT/published" 2>/dev/null || : ;;
      *)
        host=${2#https://}
        there=$(cat "$JEROBOAM_ROOT/up/${host%:*}") || exit 1
        [ "$there" != active ] || cat "$JEROBOAM_ROOT/token"
        ;;
    esac
    ;;
  *" put /jeroboam/"*) cat >"$JEROBOAM_ROOT/published" ;;
esac
"""
"""etcdctl: managers keep the join token in the file `published`, a worker reads the file `token`."""
SYSTEMCTL = """
case "$*" in
  "restart docker.service")
    if [ -e "$JEROBOAM_ROOT/locks" ]; then echo locked >"$JEROBOAM_ROOT/state"; fi
    rm -f "$JEROBOAM_ROOT/without-peers"
    ;;
  "restart --no-block etcd.service")
    cp "$JEROBOAM_ROOT/etc/etcd/etcd.env" "$JEROBOAM_ROOT/etcd-began-with"
    if [ -e "$JEROBOAM_ROOT/etcd-ends" ]; then exit 0; fi
    if grep -qxF ETCD_FORCE_NEW_CLUSTER=true "$JEROBOAM_ROOT/etc/etcd/etcd.env"; then
      rm -f "$JEROBOAM_ROOT/etcd-lost"
    fi
    ;;
  *"restart --no-block flanneld.service")
    mkdir -p "$JEROBOAM_ROOT/run/flannel"
    printf 'FLANNEL_SUBNET=10.50.7.1/24\\nFLANNEL_MTU=1450\\n' >"$JEROBOAM_ROOT/run/flannel/subnet.env"
    ;;
esac
"""
QUIET = ("modprobe", "sysctl", "journalctl", "lsblk")


def secret_values(model: ClusterModel) -> dict[str, str]:
    """Real secrets, alike in each run."""
    return made(model.secrets, {}, random=Random(7), now=datetime.now(UTC))


def role(model: ClusterModel, name: str) -> Role:
    """A role of the model."""
    return next(role for role in model.roles if role.name == name)


def swarm_node(
    tmp_path: Path,
    model: ClusterModel,
    name: str,
    index: int,
    secrets: dict[str, str],
    cloud: Cloud,
    restore: str = "",
) -> Node:
    """The node `index` of the role `name`, with all that user data gives it; `restore` is the stack's."""
    of = role(model, name)
    masters = [i for role in model.roles if role.kind is RoleKind.MASTER for i in role.indexes]
    facts = {
        HeatFact.API_ADDRESS: "10.8.0.9",
        HeatFact.API_PUBLIC_ADDRESS: "203.0.113.9",
        HeatFact.MASTER_ADDRESSES: " ".join(f"{i}=10.8.0.{5 + i}" for i in masters),
        HeatFact.SUBNET_CIDR: "10.8.0.0/22",
        HeatFact.ETCD_VOLUMES: "",
        HeatFact.DOCKER_VOLUMES: "",
        HeatFact.RESTORE: restore,
    }
    node = node_of(tmp_path, of, f"ci-{name}-{index}", cloud, secrets, facts)
    node.place("token", WORKER_TOKEN + "\n")
    node.place("leader", "true\n")
    node.place("managers", "own\nanother\n")
    node.place("nodes", f"own ci-{name}-{index} Ready Leader\n")
    node.stub("docker", DOCKER)
    node.stub("curl", CURL, quiet=True)
    node.stub("systemctl", SYSTEMCTL)
    node.stub("etcdctl", ETCDCTL)
    own = f"10.8.0.{5 + index}" if of.kind is RoleKind.MASTER else f"10.8.1.{5 + index}"
    node.stub("ip", f"echo 10.8.0.5 dev ens3 src {own} uid 0")
    for program in QUIET:
        node.stub(program)
    return node


def up(node: Node, *addresses: str, state: str = "active") -> None:
    """Managers that answer, and what each says of its swarm."""
    for address in addresses:
        node.place(f"up/{address}", f"{state}\n")


def joins(node: Node) -> list[dict[str, object]]:
    """What Docker's socket was asked to join."""
    text = node.text("joins") if node.exists("joins") else ""
    return [json.loads(line) for line in text.splitlines()]
