"""The secrets of a Mesos cluster, and which role's scripts may be given them."""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.drivers.mesos.options import MesosOptions
from jeroboam.drivers.mesos.rotations import AGENTS_BYTES
from jeroboam.model.secrets import Secret, Token
from jeroboam.model.types import SecretRef
from jeroboam.parts.etcd import etcd_secrets, etcd_values
from jeroboam.parts.flanneld import flannel_secrets, flannel_values
from jeroboam.parts.network import has_flannel
from jeroboam.spec.types import ClusterSpec

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Of 62 letters: 190 bits, more than CRAM-MD5 can be worth.
_PARTS = ((32, _ALPHABET),)
_SECRET = Token(_PARTS)


def cluster_secrets(spec: ClusterSpec, options: MesosOptions) -> tuple[Secret, ...]:
    """What the stack takes as hidden parameters."""
    containers = spec.container_network
    etcd = etcd_secrets() if has_flannel(containers) else ()
    return (*_own_secrets(options), *etcd, *flannel_secrets(containers))


def secret_values(spec: ClusterSpec, options: MesosOptions, *, master: bool) -> Mapping[str, SecretRef | str]:
    """The secrets that a role may read, by the name its scripts know them by; empty for those there are not.

    An agent has its own alone.
    """
    known = {secret.name for secret in _own_secrets(options)}
    names = {"JEROBOAM_MESOS_AGENT_SECRET": "mesos_agent_secret"}
    if master:
        names |= {
            "JEROBOAM_MESOS_MARATHON_SECRET": "mesos_marathon_secret",
            "JEROBOAM_MESOS_ADMIN_PASSWORD": "mesos_admin_password",
        }
    own = {name: SecretRef(secret) if secret in known else "" for name, secret in names.items()}
    containers = spec.container_network
    etcd = etcd_values(master=master) if has_flannel(containers) else {}
    return {**own, **etcd, **flannel_values(containers, master=master)}


def _own_secrets(options: MesosOptions) -> tuple[Secret, ...]:
    of_agents = Token(_PARTS, AGENTS_BYTES)
    agents = (Secret("mesos_agent_secret", "Secret of the principal 'agent'", of_agents),)
    marathon = (Secret("mesos_marathon_secret", "Secret of the principal 'marathon'", _SECRET),)
    admin = (Secret("mesos_admin_password", "Password of the user 'admin' of Mesos and Marathon", _SECRET),)
    return (
        *agents * options.authentication,
        *marathon * (options.authentication and options.marathon),
        *admin * (options.authentication or options.marathon),
    )
