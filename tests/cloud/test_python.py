"""A cluster that is made from Python, without the command line, by the example of docs/python.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.nodes import playing
from tests.labs.cloud.settings import settings
from tests.support.cases import ROOT

pytestmark = pytest.mark.cloud


def _example() -> str:
    found = re.search(
        r"^```python\n(.*?)^```", (ROOT / "docs/python.md").read_text(), re.DOTALL | re.MULTILINE
    )
    assert found
    return found[1]


@pytest.mark.plain
def test_the_example_of_the_docs_makes_a_cluster_and_then_finds_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = Cluster(tmp_path, "from-python")
    example = compile(_example().replace("prod.", "from-python."), "docs/python.md", "exec")
    assert cluster.run("secrets", cluster.spec.name).code == 0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(settings().clouds))
    monkeypatch.setenv("OS_CLOUD", cluster.cloud)
    with gone_afterwards(cluster), playing(cluster.name):
        exec(example, {})
        made = capsys.readouterr().out
        exec(example, {})
        again = capsys.readouterr().out
    assert "from-python-default-0: ready" in made
    assert re.search(r"^API: https://\S+:6443$", made, re.MULTILINE)
    assert again.splitlines()[-1] == "changes: 0"
