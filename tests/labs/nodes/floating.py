"""Floating IPs as nftables has them: what clients on this side send to one goes where Neutron says.

Only theirs: a node that asks for one gets no answer. Neutron's status of a floating IP stays DOWN, as no
agent tells it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RANGE = "172.24.0.0/16"
"""Of the cloud's external network (`tests/labs/cloud/seed.py`)."""
TABLE = "jeroboam-floating"


def ruleset(ips: Iterable[Mapping[str, Any]]) -> str:
    """Text for `nft -f` that replaces what an earlier one made; `ips` as Neutron shows them."""
    pairs = sorted(
        (one["floating_ip_address"], one["fixed_ip_address"]) for one in ips if one["fixed_ip_address"]
    )
    elements = ", ".join(f"{floating} : {fixed}" for floating, fixed in pairs)
    return "\n".join(
        (
            # Deleting one that is not there would be an error.
            f"table ip {TABLE}",
            f"delete table ip {TABLE}",
            f"table ip {TABLE} {{",
            "  map fixed {",
            "    type ipv4_addr : ipv4_addr;",
            *([f"    elements = {{ {elements} }}"] if elements else []),
            "  }",
            "  chain from-here {",
            "    type nat hook output priority -100; policy accept;",
            "    dnat to ip daddr map @fixed",
            "  }",
            "}\n",
        )
    )
