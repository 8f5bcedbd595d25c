"""An etcd with users: what the certificate that flanneld has on every node may do, and what it may not."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from jeroboam.drivers.swarm.secrets import join_secrets
from jeroboam.parts.etcd import CA_CERT, CA_KEY
from jeroboam.secrets.recipes import made
from jeroboam.userdata.environment import HEAT_ENV
from tests.daemons.etcd import ROOTS_ALONE, Etcd
from tests.daemons.held import identities
from tests.daemons.machine import Machine

pytestmark = [pytest.mark.daemons, pytest.mark.xdist_group("daemons")]

RUN = "/opt/jeroboam/run.sh"
NETWORK = "/coreos.com/network"
SUBNETS = f"{NETWORK}/subnets"
OWN = f"{SUBNETS}/10.100.7.0-24"
# As flanneld's registry does: only where there is none, with the lease that it was granted.
CREATE = 'version("{key}") = "0"\n\nput {key} lease-of-a-node\n\n\n'


@pytest.fixture(scope="module")
def flannel(flannel_nodes: Mapping[str, Machine]) -> Etcd:
    """The etcd of the manager as flanneld on the worker asks it, after the manager's steps."""
    manager, worker = flannel_nodes["ci-master-0"], flannel_nodes["ci-web-0"]
    for step in ("45-etcd", "50-flannel-config"):
        done = manager.run("bash", RUN, f"/opt/jeroboam/steps/{step}.sh", timeout=100)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
    held = dict(identities(worker))
    assert set(held) == {"flannel", "swarm-join"}
    ca = manager.at("/etc/etcd/pki/ca.crt").read_text("ascii")
    worker.place(f"{held['flannel'].rpartition('/')[0]}/ca.crt", ca)
    return Etcd(worker, held["flannel"], manager.address)


def test_etcd_knows_all_that_it_is_told(flannel: Etcd, flannel_nodes: Mapping[str, Machine]) -> None:
    """It passes over variables that it does not know. Nothing that a spec says becomes one."""
    manager = flannel_nodes["ci-master-0"]
    log = manager.at("/var/log/etcd.log").read_text("utf-8")
    told = {line.partition("=")[0] for line in manager.at("/etc/etcd/etcd.env").read_text("utf-8").split()}
    read = set(re.findall(r'"variable-name":"(ETCD_\w+)"', log))
    assert told <= read, told - read
    assert "unrecognized environment variable" not in log


def test_flannel_does_all_that_it_needs(flannel: Etcd) -> None:
    assert '"Network"' in flannel.ran("get", f"{NETWORK}/config").stdout
    granted = flannel.ran("lease", "grant", "3600").stdout.split()[1]
    assert flannel.run("txn", given=CREATE.format(key=OWN)).stdout.startswith("SUCCESS")
    assert flannel.run("txn", given=CREATE.format(key=OWN)).stdout.startswith("FAILURE")
    flannel.ran("put", f"--lease={granted}", OWN, "renewed")
    assert flannel.ran("get", "--prefix", "--keys-only", SUBNETS).stdout.split() == [OWN]
    seen = flannel.run("watch", "--prefix", "--rev=1", SUBNETS, "--", "sh", "-c", "echo seen; kill $PPID")
    assert "seen" in seen.stdout
    flannel.ran("lease", "timetolive", granted)
    flannel.ran("lease", "keep-alive", "--once", granted)
    flannel.ran("lease", "revoke", granted)
    assert flannel.ran("get", "--prefix", "--keys-only", SUBNETS).stdout.split() == []


def test_flannel_may_do_nothing_else(flannel: Etcd) -> None:
    assert flannel.refused(
        ("get", "--prefix", ""), ("get", "--prefix", NETWORK), ("get", "--prefix", "/jeroboam"),
        ("get", "/jeroboam/swarm/worker-token"), ("put", f"{NETWORK}/config", "{}"), ("put", SUBNETS, "x"),
        ("del", f"{NETWORK}/config"), ("del", "--prefix", SUBNETS), ("put", "/jeroboam/x", "x"),
        ("watch", "--prefix", NETWORK), *ROOTS_ALONE,
    ) == []  # fmt: skip


@pytest.mark.parametrize(("hours", "works"), [(0, True), (25, False)], ids=["new", "a day old"])
def test_what_a_worker_asks_with_ends_after_a_day(
    flannel: Etcd, flannel_nodes: Mapping[str, Machine], hours: int, works: bool
) -> None:
    manager, worker = flannel_nodes["ci-master-0"], flannel_nodes["ci-web-0"]
    known = {
        name: manager.run("bash", "-c", f". {HEAT_ENV}; printf %s $JEROBOAM_{name.upper()}").stdout
        for name in (CA_KEY, CA_CERT)
    }
    old = made(join_secrets(), known, random=Random(7), now=datetime.now(UTC) - timedelta(hours=hours))
    for name, end in (("join_cert", "crt"), ("join_key", "key")):
        worker.place(f"/tmp/old/client.{end}", base64.b64decode(old[name]).decode())
    worker.place("/tmp/old/ca.crt", base64.b64decode(known[CA_CERT]).decode())
    done = Etcd(worker, "/tmp/old/client", manager.address).run("get", "/jeroboam/swarm/worker-token")
    assert (done.returncode == 0) == works, done.stderr


def test_a_second_run_of_the_step_changes_nothing(
    flannel: Etcd, flannel_nodes: Mapping[str, Machine]
) -> None:
    manager = flannel_nodes["ci-master-0"]
    root = Etcd(manager, "/etc/etcd/pki/root", manager.address)
    before = root.ran("auth", "status").stdout
    assert "Status: true" in before
    done = manager.run("bash", RUN, "/opt/jeroboam/steps/45-etcd.sh", timeout=100)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert root.ran("user", "list").stdout.split() == ["flannel", "root", "swarm-join"]
    assert root.ran("role", "list").stdout.split() == ["flannel", "root", "swarm-join"]
    flannel.ran("get", f"{NETWORK}/config")
