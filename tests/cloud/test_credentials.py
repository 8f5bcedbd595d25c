"""`credentials` of a stack: its outputs say where the API is, its tag which secrets file is its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cloud.clusters import Cluster, gone_afterwards
from tests.cloud.nodes import playing
from tests.support.command import jeroboam

pytestmark = pytest.mark.cloud


def test_of_a_stack_by_its_name(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, "entry")
    with gone_afterwards(cluster), playing(cluster.name):
        made = cluster.deploy()
        assert made.code == 0, made.text
        done = cluster.run("credentials", "entry", "--no-verify")
        assert done.code == 0, done.text
        assert done.out == "export KUBECONFIG=entry.credentials/kubeconfig\n"
        config = yaml.safe_load((tmp_path / "entry.credentials/kubeconfig").read_text(encoding="utf-8"))
        assert config["clusters"][0]["cluster"]["server"].startswith("https://172.24.")

        other = tmp_path / "other.secrets.yaml"
        assert jeroboam(["secrets", cluster.spec, "-o", other]).returncode == 0
        refused = cluster.run("credentials", "entry", "--no-verify", "--secrets", other.name, "-o", "no")
        assert refused.code == 1, refused.text
        assert "is not the secrets file that the stack 'entry' was created with" in refused.err
        assert not (tmp_path / "no").exists()
