"""What pages on changing, upgrading, rolling and mending a cluster say, done line by line on a real Heat."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.test_roll import Rolled, rollable
from tests.support.cases import ROOT

# Pages call their cluster `prod`, and whoever plays nodes goes by the name.
pytestmark = [pytest.mark.cloud, pytest.mark.long, pytest.mark.xdist_group("prod")]

DIFFERENT = 4
"""What `diff` exits with where there is a difference."""


def said(page: str) -> list[list[str]]:
    """The commands of ours in a page's blocks for a shell, as words; what they are piped to is left out."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    lines = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)).splitlines()
    ours = (line.split("|")[0].split(">")[0] for line in lines if line.strip().startswith("jeroboam "))
    return [shlex.split(line, comments=True)[1:] for line in ours]


def done(up: Rolled, words: list[str]) -> str:
    """One of them, in the cluster's folder; what it prints."""
    without = [word for word in words if word not in ("--api", "127.0.0.1:6443")]
    asked = ["--yes"] if words[0] in ("deploy", "roll") and "--yes" not in words else []
    result = up.cluster.run(*without, *asked, JEROBOAM_API=up.coe.at)
    assert result.code in ((0, DIFFERENT) if words[0] == "diff" else (0,)), (words, result.text)
    return result.text


def test_an_upgrade_by_its_page_and_nodes_by_theirs(demo: Any, tmp_path: Path) -> None:
    with rollable(demo, tmp_path, "prod", masters=3, nodes=3, more='coe_version: "1.36"\n') as up:
        first = up.servers()
        up.changed('coe_version: "1.36"', 'coe_version: "1.37"')
        for words in said("upgrading.md"):
            done(up, words)
        after = up.servers()
        assert first.keys() == after.keys()
        assert not {*first.values()} & {*after.values()}
        text = done(up, ["status", "prod"])
        assert "behind" not in text
        assert re.search(r"version    1\.37\.\d+$", text, re.MULTILINE)
        for words in (*said("changing.md"), *said("rolling.md"), *said("lost-master.md")):
            if words[0] != "diagnose":
                done(up, words)
        changed = {name for name, id_ in up.servers().items() if after[name] != id_}
        assert changed == {"prod-default-2", "prod-master-1"}


def test_a_bad_change_is_undone_by_its_page(demo: Any, tmp_path: Path) -> None:
    """A label that nodes fail with: the roll stops, the spec goes back, and the next one mends it."""
    behaviours: dict[str, str] = {}
    old, new = "count: 3, flavor: m1.medium", "count: 3, flavor: m1.medium, kubelet_args: {v: '9'}"
    with rollable(demo, tmp_path, "prod", behaviours, nodes=3) as up:
        first = up.servers()
        behaviours["prod-default-*"] = "fail:join:kubelet does not start"
        up.changed(old, new)
        stopped = up.roll()
        assert stopped.code == 1
        assert "no further node is taken" in stopped.err
        up.changed(new, old)
        behaviours.clear()
        assert up.roll().code == 0
        after = up.servers()
        assert [name for name in first if first[name] != after[name]] == ["prod-default-0"]
        assert "behind" not in done(up, ["status", "prod"])
