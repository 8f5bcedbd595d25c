"""Who reaches what: allow-lists, logins, proxies, time limits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jeroboam.diagnostics import Diagnostic, Related, diagnose
from jeroboam.spec.direct import direct, direct_range
from jeroboam.spec.phrases import shown
from jeroboam.spec.types import ClusterSpec

_PROXY = re.compile(
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/?"
)
_LAST_PORT = 65535


def check(spec: ClusterSpec) -> Iterator[Diagnostic]:
    """Access to the cluster and out of it."""
    if spec.api.floating_ip and spec.network.external_network and not spec.network.api_allowed_cidrs:
        related = (Related("/api/floating_ip", "the API has a floating IP"),)
        yield diagnose("JB0326", "/network/api_allowed_cidrs", related=related)
    if spec.keypair is None and not spec.ssh_authorized_keys:
        related = (Related("/ssh_authorized_keys", "'ssh_authorized_keys' is empty too"),)
        yield diagnose("JB0327", "/keypair", related=related)
    for name, url in (("http", spec.proxy.http), ("https", spec.proxy.https)):
        if url is not None and not _is_proxy(url):
            yield diagnose("JB0352", f"/proxy/{name}", value=shown(url))
    for number, entry in enumerate(spec.proxy.no_proxy):
        addresses = direct_range(entry)
        if direct(entry) is None:
            yield diagnose("JB0377", f"/proxy/no_proxy/{number}", value=shown(entry))
        elif addresses is not None and addresses.version == 6 and addresses.num_addresses > 1:
            yield diagnose("JB0378", f"/proxy/no_proxy/{number}", value=shown(entry))
    create, node = spec.timeouts.create_minutes, spec.timeouts.node_bootstrap_minutes
    if node > create:
        related = (Related("/timeouts/create_minutes", f"create_minutes is {create}"),)
        where = "/timeouts/node_bootstrap_minutes"
        yield diagnose("JB0338", where, related=related, node=node, create=create)


def _is_proxy(url: str) -> bool:
    match = _PROXY.fullmatch(url)
    return match is not None and 0 < int(match.group(1) or 1) <= _LAST_PORT
