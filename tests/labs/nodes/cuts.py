"""What of the machines' frames gets lost on the bridges, whatever the machines are made of.

Their interfaces keep their carrier, as behind a switch that has failed. Links are known by their names, so a
machine that starts again is cut off as before.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.labs.nodes.firewall import wire_name
from tests.labs.nodes.servers import Server

TABLE = "bridge cuts"
RULES = f"""
table {TABLE} {{
  set alone {{ type ifname; }}
  set parted {{ type ifname . ifname; }}
  set lost {{ type inet_service; }}
  chain from {{ type filter hook prerouting priority -300; }}
  chain between {{ type filter hook forward priority -300; }}
  chain to {{ type filter hook postrouting priority 300; }}
}}
flush table {TABLE}
table {TABLE} {{
  chain from {{ iifname @alone drop; }}
  chain between {{ iifname . oifname @parted drop; udp dport @lost drop; }}
  chain to {{ oifname @alone drop; }}
}}
"""
"""What is there already stays as it is, with what its sets hold."""


@contextmanager
def alone(servers: Iterable[Server]) -> Iterator[None]:
    """All frames from and to these servers get lost."""
    with _held("alone", list(_links(servers))):
        yield


@contextmanager
def parted(servers: Iterable[Server], others: Iterable[Server]) -> Iterator[None]:
    """Frames between any of these servers and any of the others get lost, both ways.

    What a load balancer or the cloud hands on between them is not lost.
    """
    far = list(_links(others))
    pairs = [(link, other) for link in _links(servers) for other in far]
    with _held("parted", [f"{a} . {b}" for pair in pairs for a, b in (pair, pair[::-1])]):
        yield


@contextmanager
def lost(port: int) -> Iterator[None]:
    """UDP to that port of any server gets lost between servers, as where a cloud lets no tunnels through."""
    with _held("lost", [str(port)]):
        yield


def _links(servers: Iterable[Server]) -> Iterator[str]:
    for server in servers:
        for port in server.ports:
            yield f'"{wire_name(port.id)}"'


@contextmanager
def _held(name: str, elements: list[str]) -> Iterator[None]:
    """A set of the table has these elements."""
    words = f"element {TABLE} {name} {{ {', '.join(elements)} }}"
    _nft(f"{RULES}add {words}")
    try:
        yield
    finally:
        _nft(f"delete {words}")


def _nft(commands: str) -> None:
    subprocess.run(("nft", "--file", "-"), input=f"{commands}\n", text=True, check=True)
