"""`status` and `diagnose` of a cluster whose certificates have ended: they look without logging in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.tiny_cloud import TinyCloud
from tests.support.tls import authority, server
from tests.unit.cli.running import Run

# heatclient and openstacksdk bring warnings of their own.
pytestmark = pytest.mark.filterwarnings("ignore")
SECRETS = authority(1)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TinyCloud]:
    """A cloud with the stack `demo`, complete."""
    for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    stack = {"stack_name": "demo", "tags": ["jeroboam"], "outputs": []}
    with TinyCloud(stack=stack, template={}) as tiny:
        tiny.lists["files"] = {}
        for name, value in tiny.variables(OS_CLIENT_CONFIG_FILE=str(tmp_path / "none.yaml")).items():
            monkeypatch.setenv(name, value)
        yield tiny


def _at(cloud: TinyCloud, port: int, coe: str) -> None:
    cloud.stack["outputs"] = [
        {"output_key": "api_url", "output_value": f"https://127.0.0.1:{port}"},
        {"output_key": "jeroboam_cluster", "output_value": {"name": "demo", "coe": coe, "distro": "ubuntu"}},
    ]


@pytest.mark.parametrize(
    ("coe", "cause"), [("kubernetes", "api-certificate-ended"), ("swarm", "docker-certificate-ended")]
)
def test_the_apis_port_tells_diagnose(
    run: Run, cloud: TinyCloud, tmp_path: Path, coe: str, cause: str
) -> None:
    with server(tmp_path, SECRETS, days=-1) as port:
        _at(cloud, port, coe)
        done = run("diagnose", "demo", "--format", "json")
    assert done.status == 1
    assert [found["cause"] for found in json.loads(done.out)["findings"]] == [cause]
    assert f"127.0.0.1:{port}" in done.out


def test_status_tells_of_the_apis_certificate(run: Run, cloud: TinyCloud, tmp_path: Path) -> None:
    with server(tmp_path, SECRETS, days=-1) as port:
        _at(cloud, port, "kubernetes")
        done = run("status", "demo")
    assert done.status == 0, done.err
    assert f"  the API's certificate (127.0.0.1:{port}): it has ended\n" in done.out
    assert "  what to do: jeroboam diagnose demo\n" in done.out


def test_status_tells_of_the_secrets_file_and_of_credentials(
    run: Run, cloud: TinyCloud, tmp_path: Path
) -> None:
    (tmp_path / "demo.secrets.yaml").write_text(
        yaml.safe_dump({"parameters": dict(SECRETS)}), encoding="utf-8"
    )
    cloud.stack["outputs"] = []
    done = run("status", "demo", "--format", "json")
    told = json.loads(done.out)["ends"]
    assert [(one["kind"], one["name"], one["source"]) for one in told] == [
        ("authority", "cluster_ca_cert", "demo.secrets.yaml")
    ]
    assert not told[0]["ended"]


def test_a_secrets_file_that_cannot_be_read_is_no_obstacle(
    run: Run, cloud: TinyCloud, tmp_path: Path
) -> None:
    (tmp_path / "demo.secrets.yaml").write_text("- no: mapping\n", encoding="utf-8")
    done = run("diagnose", "demo")
    assert "warning: 'demo.secrets.yaml'" in done.err
    assert "nothing is wrong" in done.out
    assert run("diagnose", "demo", "--secrets", "demo.secrets.yaml").status == 1
