"""What stands before runc on a node of namespaces; words in this order a real runc refuses."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.labs.nodes.namespaces import node

SCRIPT = Path(node.__file__).with_name("runc.sh")
PROC = {"destination": "/proc", "type": "proc", "source": "proc"}


def test_a_container_has_the_nodes_clock_and_all_that_it_was_given(tmp_path: Path) -> None:
    given = {"process": {"args": ["sleep", "9"], "oomScoreAdj": 5}, "mounts": [PROC]}
    config = tmp_path / "config.json"
    config.write_text(json.dumps(given, separators=(",", ":")), encoding="utf-8")
    subprocess.run(("sh", str(SCRIPT), "--bundle", str(tmp_path), "create"), capture_output=True)
    got = json.loads(config.read_text(encoding="utf-8"))
    clock, *others = got["mounts"]
    assert (clock["destination"], clock["source"]) == ("/.clock", "/.clock")
    assert set(clock["options"]) == {"bind", "ro"}
    assert others == given["mounts"]
    assert got["process"] == given["process"]
