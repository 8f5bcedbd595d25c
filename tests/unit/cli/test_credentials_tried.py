"""`credentials` of a stack: the API at the address of its outputs is tried, and each answer told."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.tiny_cloud import TinyCloud
from tests.support.tls import authority, listening, server
from tests.unit.cli.running import Done, Run

# heatclient and openstacksdk bring warnings of their own.
pytestmark = pytest.mark.filterwarnings("ignore")

DESCRIBED = {
    "outputs": {"jeroboam_cluster": {"value": {"name": "demo", "coe": "kubernetes", "distro": "ubuntu"}}}
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TinyCloud]:
    """A cloud, logged in to by the environment, with the stack `demo`, whose API's port is not known yet."""
    for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    stack = {"stack_name": "demo", "tags": ["jeroboam"], "outputs": []}
    with TinyCloud(stack=stack, template=DESCRIBED) as tiny:
        variables = tiny.variables(OS_CLIENT_CONFIG_FILE=str(tmp_path / "none.yaml"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield tiny


@pytest.fixture
def secrets(tmp_path: Path) -> Mapping[str, str]:
    """What the secrets file `demo.secrets.yaml` holds."""
    values = authority(1)
    (tmp_path / "demo.secrets.yaml").write_text(
        yaml.safe_dump({"parameters": dict(values)}), encoding="utf-8"
    )
    return values


def issued(run: Run, cloud: TinyCloud, port: int, *more: str) -> Done:
    """A run for the stack, whose outputs say that its API is at that port."""
    cloud.stack["outputs"] = [
        {"output_key": "api_url", "output_value": f"https://127.0.0.1:{port}"},
        {"output_key": "api_address", "output_value": "127.0.0.1"},
    ]
    return run("credentials", "demo", *more)


def test_of_this_cluster(run: Run, cloud: TinyCloud, secrets: Mapping[str, str], tmp_path: Path) -> None:
    with server(tmp_path, secrets) as port:
        done = issued(run, cloud, port)
    assert (done.status, done.out) == (0, "export KUBECONFIG=demo.credentials/kubeconfig\n")
    url = f"https://127.0.0.1:{port}"
    assert f"{url}: answers, with a certificate of this cluster's CA for this address\n" in done.err
    config = yaml.safe_load(Path("demo.credentials/kubeconfig").read_text(encoding="utf-8"))
    assert config["clusters"][0]["cluster"]["server"] == url


@pytest.mark.parametrize(
    ("seed", "name", "days", "says", "advises", "greeting"),
    [
        (2, "127.0.0.1", 1, "is not this cluster, or the secrets file is not: ", "--secrets", "other_ca"),
        (1, "127.0.0.2", 1, "has a certificate that is not for this address: ", "api_address", "other_name"),
        (1, "127.0.0.1", -1, "has a certificate that is not valid today: ", "clock", "expired"),
    ],
)
def test_not_to_be_trusted(
    run: Run,
    cloud: TinyCloud,
    secrets: Mapping[str, str],
    tmp_path: Path,
    seed: int,
    name: str,
    days: int,
    says: str,
    advises: str,
    greeting: str,
) -> None:
    with server(tmp_path, authority(seed), name=name, days=days) as port:
        done = issued(run, cloud, port)
    assert (done.status, done.out) == (1, "")
    error, hint = done.err.splitlines()[-2:]
    assert error.startswith(f"error: https://127.0.0.1:{port} {says}")
    assert not error.endswith(": ")
    assert hint.startswith("  = help: ")
    assert advises in hint
    with server(tmp_path, authority(seed), name=name, days=days) as port:
        done = issued(run, cloud, port, "--format", "json")
    assert done.status == 1
    facts = json.loads(done.out)
    assert facts["api"] == greeting
    assert facts["api_reason"]


def test_no_tls(run: Run, cloud: TinyCloud, secrets: Mapping[str, str]) -> None:
    with listening(lambda connection: connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")) as port:
        done = issued(run, cloud, port)
    assert (done.status, done.out) == (1, "")
    error, hint = done.err.splitlines()[-2:]
    assert error.startswith(f"error: https://127.0.0.1:{port} does not speak TLS: ")
    assert "api_url" in hint


def test_nobody_there_is_a_warning(run: Run, cloud: TinyCloud, secrets: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = issued(run, cloud, port)
    assert (done.status, done.out) == (0, "export KUBECONFIG=demo.credentials/kubeconfig\n")
    assert f"warning: https://127.0.0.1:{port} cannot be reached from here: Connection refused\n" in done.err
    assert "network.api_allowed_cidrs" in done.err


def test_not_tried_where_nobody_wants_it(run: Run, cloud: TinyCloud, secrets: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        assert issued(run, cloud, listener.getsockname()[1], "--no-verify").status == 0
        with pytest.raises(TimeoutError):
            listener.accept()


def test_another_address_than_the_outputs(
    run: Run, cloud: TinyCloud, secrets: Mapping[str, str], tmp_path: Path
) -> None:
    with server(tmp_path, secrets, name="127.0.0.2") as port:
        done = issued(run, cloud, port, "--address", "127.0.0.2")
    # The server of the test listens on 127.0.0.1 alone.
    assert done.status == 0
    assert f"https://127.0.0.2:{port} cannot be reached from here" in done.err


def test_a_stack_that_does_not_say_yet(run: Run, cloud: TinyCloud, secrets: Mapping[str, str]) -> None:
    done = run("credentials", "demo")
    assert (done.status, done.out) == (1, "")
    assert "does not say yet where its API is (CREATE_COMPLETE)" in done.err
