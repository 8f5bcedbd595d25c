"""A master leaves etcd: asked in another member's pod, and only once."""

from __future__ import annotations

from collections.abc import Iterable

from jeroboam.clients.kubernetes.etcd import listed, remove_member

MEMBERS = """\
8211f1d0f64f3269, started, prod-master-0, https://10.0.0.5:2380, https://10.0.0.5:2379, false
91bc3c398fb3c146, started, prod-master-1, https://10.0.0.6:2380, https://10.0.0.6:2379, false
fd422379fda50e48, unstarted, , https://10.0.0.7:2380, , true
"""


def test_members_by_their_names() -> None:
    assert listed(MEMBERS) == {"prod-master-0": "8211f1d0f64f3269", "prod-master-1": "91bc3c398fb3c146"}
    assert listed("") == {}


def test_the_member_of_a_master_goes_and_no_other() -> None:
    ran: list[list[str]] = []

    def run(words: Iterable[str]) -> str:
        ran.append([*words][-2:])
        return MEMBERS if "list" in ran[-1] else "Member 91bc3c398fb3c146 removed"

    assert remove_member("prod-master-1", run)
    assert ran == [["list", "--write-out=simple"], ["remove", "91bc3c398fb3c146"]]
    assert not remove_member("prod-master-9", run)
    assert len(ran) == 3
