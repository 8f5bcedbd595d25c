"""Opens a cluster's own API: with credentials of its CA that end by themselves, in a folder of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from jeroboam import plugins
from jeroboam.deploy.clusters import endpoint
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import DeployError, asking
from jeroboam.deploy.plan.effects import PORT
from jeroboam.deploy.stacks import resources
from jeroboam.deploy.types import Stack
from jeroboam.hot.contract import OutputName
from jeroboam.model.access import ClusterAccess, Credentials
from jeroboam.model.client import Client, Door
from jeroboam.secrets import Refusal
from jeroboam.secrets.issue import issued

LIFETIME = timedelta(days=3)
"""Of the certificate that a run asks with: longer than any roll, and over soon after."""


@contextmanager
def opened(
    cloud: Cloud,
    stack: Stack,
    cluster: str,
    coe: str,
    values: Mapping[str, str],
    at: tuple[str, int] | None = None,
    *,
    copying: bool = False,
) -> Iterator[Client]:
    """A client of the stack's cluster, while the block runs; `values` are the secrets' base64 values.

    `at` is where the API is reached from here, if not at its own address. With `copying` it may copy the
    cluster's state, where a client of this COE can. The COE is asked nothing yet.
    Raises DeployError and CloudError.
    """
    found = endpoint(stack)
    driver, connect = plugins.driver(coe), plugins.client(coe)
    if found is None:
        raise DeployError(f"the stack '{stack.name}' does not say yet where its API is")
    if driver is None or connect is None:
        raise DeployError(f"this release has no client for '{coe}'")
    access = ClusterAccess(cluster, found.scheme, found.address, found.port, found.masters, frozenset(values))
    texts = _issued(driver.credentials(access), values)
    if copying and driver.copying is not None:
        texts |= _issued(driver.copying, values)
    host, port = at or (found.address, found.port)
    # Only its owner may enter.
    with TemporaryDirectory(prefix="jeroboam-") as folder:
        for file, text in texts.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        yield connect(
            Door(
                cluster,
                found.scheme,
                host,
                port,
                found.address,
                found.masters,
                Path(folder),
                _addresses(cloud, stack),
                tuple(map(str, stack.outputs.get(OutputName.MASTER_PRIVATE_ADDRESSES) or ())),
            )
        )


def _issued(wanted: Credentials, values: Mapping[str, str]) -> dict[str, str]:
    texts = issued(wanted, values, random=SystemRandom(), now=datetime.now(UTC), lifetime=LIFETIME)
    if isinstance(texts, Refusal):
        raise DeployError(f"the secrets file {texts.message}", texts.hint)
    return texts


def _addresses(cloud: Cloud, stack: Stack) -> Mapping[str, str]:
    """The address in the cluster's network of each node, by its name: a port outlives its server.

    Of the stack's own ports: another cluster's name may begin as this one's does, with the same addresses.
    """
    ours = {found.physical_id for found in resources(cloud, stack) if found.type == PORT}
    with asking("ask Neutron for the ports of the nodes"):
        ports = cloud.sdk.network.ports(project_id=cloud.sdk.current_project_id)
        return {
            port.name: port.fixed_ips[0]["ip_address"] for port in ports if port.id in ours and port.fixed_ips
        }
