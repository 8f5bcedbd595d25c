"""`roll` on a real Heat, with nodes and their COE played: out and in one by one, killed and resumed."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jeroboam import plugins
from tests.cloud.clusters import Cluster, Done, gone_afterwards
from tests.cloud.coes import PlayedCoe, playing_coe
from tests.cloud.nodes import Said, playing

pytestmark = pytest.mark.cloud


class Rolled(NamedTuple):
    """A deployed cluster that can be rolled."""

    cluster: Cluster
    coe: PlayedCoe
    said: list[Said]
    demo: Any

    def words(self, *more: str) -> tuple[str, ...]:
        return ("roll", self.cluster.spec.name, "--yes", "--api", self.coe.at, *more)

    def roll(self, *more: str) -> Done:
        return self.cluster.run(*self.words(*more))

    def servers(self) -> dict[str, str]:
        """The id of each server by its name."""
        found = self.demo.compute.servers()
        return {it.name: it.id for it in found if it.name.startswith(f"{self.cluster.name}-")}

    def changed(self, old: str, new: str) -> None:
        """Changes the spec."""
        text = self.cluster.spec.read_text(encoding="utf-8")
        assert old in text
        self.cluster.spec.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def rollable(
    demo: Any,
    folder: Path,
    name: str,
    behaviours: Mapping[str, str] | None = None,
    pair: tuple[str, str] = ("kubernetes", "ubuntu"),
    **spec: Any,
) -> Iterator[Rolled]:
    cluster = Cluster(folder, name, *pair)
    cluster.says(**spec)
    with gone_afterwards(cluster), playing(cluster.name, behaviours) as said:
        assert cluster.deploy().code == 0
        with playing_coe(cluster, demo, said) as coe:
            yield Rolled(cluster, coe, said, demo)


TOLD_MORE = ("count: 2, flavor: m1.medium", "count: 2, flavor: m1.medium, kubelet_args: {v: '3'}")
"""A change of what kubelets are started with: no API tells them of it."""


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_a_group_is_rolled_and_nothing_else_touched(demo: Any, tmp_path: Path, layout: str) -> None:
    with rollable(demo, tmp_path, f"roll-{layout}", nodes=2, more=f"heat: {{layout: {layout}}}\n") as up:
        before = up.servers()
        nothing = up.roll()
        assert nothing.code == 0, nothing.text
        assert "no node is behind" in nothing.err
        up.changed(*TOLD_MORE)
        done = up.roll()
        assert done.code == 0, done.text
        after = up.servers()
        workers = {name for name in before if "-default-" in name}
        assert {name for name in before if after[name] != before[name]} == workers
        assert "2 nodes made anew" in done.err
        again = up.roll()
        assert "no node is behind" in again.err
        assert up.servers() == after


PAIRS = [(coe, distro) for coe in plugins.names("drivers") for distro in plugins.names("platforms")]
CURRENT = "mesos: {containerizers: [mesos]}\n"
"""Of Mesos, where the image is as new as the lab's."""


@pytest.mark.long
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_group_of_each_pair_is_rolled(demo: Any, tmp_path: Path, pair: tuple[str, str]) -> None:
    more = CURRENT if pair[0] == "mesos" and pair[1] in ("flatcar", "fedora-coreos") else ""
    (tmp_path / "mark.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    with rollable(demo, tmp_path, f"r-{pair[0][0]}-{pair[1]}", pair=pair, nodes=2, more=more) as up:
        first = up.servers()
        up.changed("keypair: ops\n", "keypair: ops\nhooks: {post_bootstrap: [mark.sh]}\n")
        done = up.roll("--group", "default")
        assert done.code == 0, done.text
        workers = {name for name in first if "-default-" in name}
        assert {name for name, id_ in up.servers().items() if first[name] != id_} == workers
        again = up.roll("--group", "default")
        assert "no node of those asked for is behind" in again.err, again.text
        assert f"and not asked for: {up.cluster.name}-master-0" in again.err


def test_nodes_that_go_are_drained_first_and_forgotten_after(demo: Any, tmp_path: Path) -> None:
    with rollable(demo, tmp_path, "roll-shrink", nodes=2) as up:
        api, name = up.coe.api, "roll-shrink-default-1"
        api.add_pod("shop/web-0", name, owner="ReplicaSet/web", labels={"app": "web"})
        budget = api.add_budget("shop/web", 0, app="web")
        up.changed("count: 2, flavor", "count: 1, flavor")
        words = ("deploy", up.cluster.spec.name, "--yes", "--api", up.coe.at)
        held = up.cluster.run(*words, "--drain-timeout", "0.1")
        assert held.code == 1
        assert (
            "not drained within 0.1 minutes: roll-shrink-default-1: pod shop/web-0 may not go yet" in held.err
        )
        assert name in up.servers()
        assert f"{name}  ready" in up.cluster.run("status", up.cluster.name, "--api", up.coe.at).out
        budget["status"]["disruptionsAllowed"] = 1
        done = up.cluster.run(*words)
        assert done.code == 0, done.text
        assert name not in up.servers()
        assert name not in api.names()
        assert [pod for pod in api.pods_on("roll-shrink-default-0") if pod.startswith("shop/")]


@pytest.mark.long
def test_a_node_that_fails_stops_the_roll_and_the_next_run_goes_on(demo: Any, tmp_path: Path) -> None:
    name = "roll-fails-default-0"
    behaviours = dict[str, str]()
    with rollable(demo, tmp_path, "roll-fails", behaviours, nodes=2) as up:
        first = up.servers()
        behaviours[name] = "fail:join:no route to the API"
        up.changed(*TOLD_MORE)
        stopped = up.roll()
        assert stopped.code == 1
        assert f"no further node is taken: {name}: failed: " in stopped.err
        assert f"jeroboam roll {up.cluster.spec.name}" in stopped.err
        assert [it for it, id_ in up.servers().items() if first[it] != id_] == [name]
        behaviours.clear()
        done = up.roll()
        assert done.code == 0, done.text
        assert {it for it, id_ in up.servers().items() if first[it] != id_} == {name, "roll-fails-default-1"}


@pytest.mark.long
def test_masters_leave_one_at_a_time(demo: Any, tmp_path: Path) -> None:
    with rollable(demo, tmp_path, "roll-leave", pair=("swarm", "ubuntu"), masters=5) as up:
        first = up.servers()
        up.changed("masters: {count: 5", "masters: {count: 3")
        refused = up.cluster.deploy()
        assert refused.code == 1
        assert "the master roll-leave-master-3 would be removed" in refused.err
        done = up.roll()
        assert done.code == 0, done.text
        gone = {"roll-leave-master-3", "roll-leave-master-4"}
        assert first.keys() - up.servers().keys() == gone
        assert up.servers().items() <= first.items()
        assert not gone & {it["Description"]["Hostname"] for it in up.coe.api.nodes.values()}
        told = re.findall(
            r"(roll-leave-master-\d): (?:taking its server out|having the COE forget it)", done.err
        )
        assert told == [name for name in ("roll-leave-master-4", "roll-leave-master-3") for _ in range(2)]
        assert "no node is behind" in up.roll().err


@pytest.mark.long
def test_killed_at_any_moment_it_is_gone_on_with(demo: Any, tmp_path: Path) -> None:
    with rollable(demo, tmp_path, "roll-killed", nodes=2) as up:
        before = up.servers()
        up.changed(*TOLD_MORE)
        kills = 0
        for number in range(20):
            running = up.cluster.start(*up.words())
            try:
                running.until("(all healthy)", 3.0 + 2.5 * number)
            except AssertionError:
                running.send(signal.SIGKILL)
                running.wait()
                kills += 1
            else:
                break
        done = up.roll()
        assert done.code == 0, done.text
        assert kills
        after = up.servers()
        assert {name for name in before if after[name] != before[name]} == {
            name for name in before if "-default-" in name
        }
        made = [
            one.node
            for one in up.said
            if one.body["status"] == "SUCCESS" and "config" in (one.body.get("data") or {})
        ]
        assert sorted(made) == sorted([*before, *(name for name in before if "-default-" in name)])
