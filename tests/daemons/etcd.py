"""A real etcd, asked from a machine with a certificate that is there."""

from __future__ import annotations

import subprocess
from typing import NamedTuple

from tests.daemons.machine import Machine

ROOTS_ALONE = (
    ("user", "list"),
    ("user", "get", "root"),
    ("user", "add", "mallory", "--no-password"),
    ("role", "list"),
    ("role", "get", "root"),
    ("role", "grant-permission", "swarm-join", "readwrite", "--prefix", ""),
    ("user", "grant-role", "swarm-join", "root"),
    ("auth", "disable"),
    ("auth", "status"),
    ("member", "add", "mallory", "--peer-urls=https://10.8.0.99:2380"),
    ("snapshot", "save", "/tmp/snapshot"),
    ("defrag",),
    ("endpoint", "hashkv"),
)
"""What no client but root may do, whatever keys it may read."""


class Etcd(NamedTuple):
    """Asks the member at `address` from `machine`; beside `identity`.crt and .key is etcd's ca.crt."""

    machine: Machine
    identity: str
    address: str

    def run(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Etcdctl."""
        ca = f"{self.identity.rpartition('/')[0]}/ca.crt"
        proof = ("--cacert", ca, "--cert", f"{self.identity}.crt", "--key", f"{self.identity}.key")
        endpoint = ("--endpoints", f"https://{self.address}:2379", "--command-timeout", "10s")
        return self.machine.run("timeout", "20", "etcdctl", *endpoint, *proof, *words, given=given)

    def ran(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same for what must succeed."""
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def refused(self, *commands: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Those of the commands that were not refused for want of a permission."""
        return [words for words in commands if "permission denied" not in self.run(*words).stderr]
