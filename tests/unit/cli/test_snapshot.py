"""`snapshot`: a file that is whole and its owner's alone, or none."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from jeroboam.model.client import ClientError
from tests.support.tiny_cloud import TinyCloud
from tests.support.tls import authority
from tests.unit.cli.running import Run

# heatclient and openstacksdk bring warnings of their own.
pytestmark = pytest.mark.filterwarnings("ignore")

STATE = b"all that there is"


class Copies:
    """A client that copies; with `fails` it ends half-way."""

    fails = False

    def snapshot(self, write: Callable[[bytes], None]) -> None:
        write(STATE[:5])
        if self.fails:
            raise ClientError("the snapshot is not whole", "run it again")
        write(STATE[5:])

    def check(self, snapshot: Path) -> None:
        raise AssertionError(snapshot)

    def give(self, snapshot: Path) -> bool:
        raise AssertionError(snapshot)


@pytest.fixture
def client() -> Any:
    return Copies()


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: Any) -> Iterator[TinyCloud]:
    """A cloud with the stack `demo`, whose secrets are at hand, and whose cluster answers."""
    for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)

    @contextmanager
    def opened(*_: object, copying: bool) -> Iterator[Any]:
        assert copying
        yield client

    monkeypatch.setattr("jeroboam.cli.snapshot.opened", opened)
    held = yaml.safe_dump({"parameters": dict(authority(1))})
    (tmp_path / "demo.secrets.yaml").write_text(held, encoding="utf-8")
    identity = {"name": "demo", "coe": "kubernetes", "distro": "ubuntu"}
    outputs = [{"output_key": "jeroboam_cluster", "output_value": identity}]
    with TinyCloud(stack={"stack_name": "demo", "tags": ["jeroboam"], "outputs": outputs}) as tiny:
        for name, value in tiny.variables(OS_CLIENT_CONFIG_FILE=str(tmp_path / "none.yaml")).items():
            monkeypatch.setenv(name, value)
        yield tiny


def test_it_is_written_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    done = run("snapshot", "demo", "-o", "a.snapshot")
    assert (done.status, done.out) == (0, "a.snapshot\n"), done.err
    assert (tmp_path / "a.snapshot").read_bytes() == STATE
    assert stat.S_IMODE((tmp_path / "a.snapshot").stat().st_mode) == 0o600


def test_by_default_its_name_has_the_time(run: Run, tmp_path: Path) -> None:
    facts = json.loads(run("snapshot", "demo", "--format", "json").out)
    (file,) = tmp_path.glob("demo-20*Z.snapshot")
    assert facts["file"] == file.name
    assert facts["sha256"] == sha256(STATE).hexdigest()
    assert (facts["bytes"], facts["cluster"], facts["coe"]) == (len(STATE), "demo", "kubernetes")
    assert file.name == f"demo-{facts['taken'].replace(':', '-')}.snapshot"


def test_one_that_ends_half_way_leaves_no_file(run: Run, tmp_path: Path, client: Copies) -> None:
    client.fails = True
    done = run("snapshot", "demo", "-o", "a.snapshot")
    assert done.status == 1
    assert "the snapshot is not whole" in done.err
    assert not list(tmp_path.glob("*.snapshot"))


def test_it_replaces_no_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.snapshot").write_text("the last one", encoding="utf-8")
    done = run("snapshot", "demo", "-o", "a.snapshot")
    assert done.status == 1
    assert "cannot write 'a.snapshot': File exists" in done.err
    assert (tmp_path / "a.snapshot").read_text(encoding="utf-8") == "the last one"


def test_it_goes_to_a_program(run: Run) -> None:
    done = run("snapshot", "demo", "-o", "-")
    assert (done.status, done.out) == (0, STATE.decode())
    assert run("snapshot", "demo", "-o", "-", "--format", "json").status == 2


def test_without_the_secrets_file_nothing_is_asked(run: Run) -> None:
    done = run("snapshot", "demo", "--secrets", "none.yaml")
    assert done.status == 1
    assert "there is no secrets file 'none.yaml'" in done.err


def test_a_stack_that_is_no_cluster(run: Run, cloud: TinyCloud) -> None:
    cloud.stack["outputs"] = []
    done = run("snapshot", "demo")
    assert done.status == 1
    assert "is no cluster of jeroboam's" in done.err


class TestOfAnotherCoe:
    @pytest.fixture
    def client(self) -> Any:
        return object()

    def test_whose_state_cannot_be_copied(self, run: Run) -> None:
        done = run("snapshot", "demo")
        assert done.status == 1
        assert "cannot copy the state of a cluster of kubernetes" in done.err
