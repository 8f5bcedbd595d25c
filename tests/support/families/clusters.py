"""What a cluster has many of."""

from __future__ import annotations

from tests.support.families.shapes import Family, group, groups, spec


def _metadata(size: int) -> dict[str, str]:
    return {f"k{k}": "v" * 4000 for k in range(min(255, size // 4010))}


def _labels(size: int) -> dict[str, str]:
    return {f"k{k}": "v" * 20 for k in range(min(256, size // 30))}


def _names(size: int) -> list[str]:
    return [f"z{k:05}" for k in range(min(256, size // 12))]


_FEW = {"docker_volume": {"size": 9}, "floating_ip": True}

CLUSTERS = (
    Family("500,000 nodes", groups(lambda i, _: group(i, count=5000))),
    Family("500,000 nodes, nested", groups(lambda i, _: group(i, count=5000), layout="nested")),
    Family("2000 nodes", groups(lambda i, _: group(i, count=20, **_FEW))),
    Family("2000 nodes, nested", groups(lambda i, _: group(i, count=20, **_FEW), layout="nested")),
    Family("1900 nodes of one group", groups(lambda i, _: group(i, count=1900, **_FEW), 1)),
    Family("1900 nodes of one group, nested", groups(lambda i, _: group(i, count=1900, **_FEW), 1, "nested")),
    Family("groups", groups(lambda i, _: group(i))),
    Family("labels of groups", groups(lambda i, size: group(i, node_labels=_labels(size)))),
    Family("labels of one group", groups(lambda i, size: group(i, node_labels=_labels(size)), 1)),
    Family("metadata of groups", groups(lambda i, size: group(i, server_metadata=_metadata(size)))),
    Family(
        "metadata of nodes", groups(lambda i, size: group(i, count=900, server_metadata=_metadata(size)), 1)
    ),
    Family("taints", groups(lambda i, size: group(i, node_taints=[f"{n}=v:No" for n in _names(size)]))),
    Family("retired", groups(lambda i, size: group(i, count=5, retired=[*range(min(5000, size // 8))]))),
    Family("retired of one group", groups(lambda i, _: group(i, count=5, retired=[*range(4999)]), 1)),
    Family("zones", groups(lambda i, size: group(i, count=10, availability_zones=_names(size)))),
    Family("security groups", groups(lambda i, size: group(i, count=10, security_groups=_names(size)))),
    Family("equal groups", lambda size: {"cluster.yaml": spec(("node_groups",), [group(0)] * (size // 50))}),
    Family("bad labels", groups(lambda i, size: group(i, node_labels={f"-{n}": "!" for n in _names(size)}))),
)
