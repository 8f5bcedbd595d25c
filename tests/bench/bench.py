"""Prints what a cold `jeroboam compile` costs, as a multiple of `python -c pass`, and how that grows.

Runs are interleaved and the least of many counts, since other work on the machine only ever adds.
Usage: python tests/bench/bench.py [ROUNDS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = "from jeroboam.cli import main; main()"
SPEC = """\
spec_version: 1
kind: cluster
name: bench
coe: kubernetes
distro: ubuntu
image: ubuntu-24.04
keypair: ops
network: {{external_network: public, cidr: 10.0.0.0/20}}
container_network: {{driver: flannel, cidr: 10.128.0.0/12}}
masters: {{flavor: m1.medium}}
heat: {{layout: {layout}}}
node_groups:
"""


def seconds(command: Sequence[str | Path], folder: Path) -> float:
    """Wall-clock time of one run."""
    start = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT / "compiler")}, check=True, capture_output=True
    )
    return time.perf_counter() - start


def least(commands: Mapping[str, Sequence[str | Path]], folder: Path, rounds: int) -> dict[str, float]:
    """The shortest run of each command, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command, folder))
    return {name: min(runs) for name, runs in times.items()}


def spec(groups: int, nodes: int) -> str:
    """A cluster of `groups` node groups with `nodes` nodes each."""
    lines = [f"  - {{name: group-{g}, count: {nodes}, flavor: m1.large}}\n" for g in range(groups)]
    return SPEC.format(layout="nested" if groups > 10 or nodes > 50 else "single") + "".join(lines)


def main() -> None:
    """The table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands: dict[str, Sequence[str | Path]] = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "jeroboam --version": [sys.executable, "-c", RUN, "--version"],
        }

        def add(title: str, path: Path) -> None:
            commands[title] = [sys.executable, "-c", RUN, "compile", "-o", folder / "build", path]

        add("compile minimal", ROOT / "golden/kubernetes/ubuntu/minimal/cluster.yaml")
        add("compile ha (a production cluster)", ROOT / "golden/kubernetes/ubuntu/ha/cluster.yaml")
        add("compile everything", ROOT / "golden/kubernetes/ubuntu/everything/cluster.yaml")
        for groups, nodes in ((1, 1), (1, 10), (1, 100), (10, 1), (10, 10), (20, 1)):
            path = folder / f"groups-{groups}-nodes-{nodes}.yaml"
            path.write_text(spec(groups, nodes), encoding="utf-8")
            add(f"compile {groups} groups of {nodes} nodes", path)
        times = least(commands, folder, rounds)
        unit = times["python -c pass"]
        print(f"least of {rounds} interleaved runs; 1.0x is {unit * 1000:.1f} ms")
        for title, value in times.items():
            print(f"{title:<36} {value * 1000:7.1f} ms {value / unit:6.1f}x")


if __name__ == "__main__":
    main()
