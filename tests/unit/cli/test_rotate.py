"""`rotate` at the command line: what is asked of a rotation, what is refused, and what is said of it."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.roll.plan import RollPlan
from jeroboam.deploy.rotate.types import (
    Halted,
    PhaseBegun,
    RotateEvent,
    RotateRequest,
    RotationPlan,
    RotationPlanned,
    Turned,
)
from jeroboam.drivers.kubernetes.rotations import ROTATIONS
from tests.unit.cli.running import SPEC, Run

Asked = list[RotateRequest]
ACCOUNT = ROTATIONS[0]
PLAN = RotationPlan(
    "demo", ACCOUNT, 1, ACCOUNT.phases[:2], RollPlan("demo", (), 2, (), 30.0), (1, 2), ACCOUNT.phases[2]
)
EVENTS: tuple[RotateEvent, ...] = (
    RotationPlanned(PLAN),
    PhaseBegun(1, 3, ACCOUNT.phases[0]),
    Halted(ACCOUNT.phases[2], "jeroboam rotate demo.yaml service-account --finish"),
    Turned(ACCOUNT, 61.0),
)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Asked]:
    """Has rotations tell these events and end so, and gives what they were asked."""
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    cloud = SimpleNamespace(options=("--os-cloud", "prod"))
    monkeypatch.setattr("jeroboam.cli.rotate.connected", lambda *_: cloud)

    def ending(*events: RotateEvent, error: BaseException | None = None) -> Asked:
        asked: Asked = []

        def run(request: RotateRequest, _: Any) -> Iterator[Any]:
            asked.append(request)
            yield from events
            if error:
                raise error

        monkeypatch.setattr("jeroboam.cli.rotate.run", run)
        return asked

    return ending


def test_the_command_that_goes_on_has_all_that_was_asked(run: Run, ends: Any) -> None:
    words = (
        "--drain-timeout",
        "30",
        "--secrets",
        "s.yaml",
        "--api",
        "127.0.0.1:6443",
        "--ignore",
        "quota-ram",
    )
    asked = ends()
    done = run("rotate", "demo.yaml", "service-account", "--finish", *words, "--yes")
    assert done.status == 0, done.err
    rest = " ".join((*words, "--os-cloud", "prod"))
    assert asked[0].command == f"jeroboam rotate demo.yaml service-account {rest} --finish"
    assert asked[0].command_of("tokens") == f"jeroboam rotate demo.yaml tokens {rest}"
    assert (asked[0].finish, asked[0].deploy.at) == (True, ("127.0.0.1", 6443))


@pytest.mark.parametrize(
    ("error", "status"), [(CloudError("Nova is away", "ask who runs it"), 1), (KeyboardInterrupt(), 130)]
)
def test_how_it_goes_on_is_said_whatever_ends_it(
    run: Run, ends: Any, error: BaseException, status: int
) -> None:
    ends(error=error)
    done = run("rotate", "demo.yaml", "tokens", "--yes")
    assert done.status == status
    assert "to go on: jeroboam rotate demo.yaml tokens --os-cloud prod" in done.err


def test_what_there_is_not_is_told_with_what_there_is(run: Run, ends: Any) -> None:
    asked = ends()
    done = run("rotate", "demo.yaml", "keys")
    assert (done.status, asked) == (2, [])
    assert (
        "'keys' cannot be rotated; of kubernetes there are: service-account, encryption, tokens"
        in " ".join(done.err.split())
    )


@pytest.mark.parametrize(
    ("what", "way"),
    [
        ("ca", "make a second cluster with new secrets"),
        ("ssh", "change keypair or ssh_authorized_keys in it, and run 'jeroboam roll'"),
    ],
)
def test_what_is_refused_is_told_with_the_way_round(run: Run, ends: Any, what: str, way: str) -> None:
    asked = ends()
    done = run("rotate", "demo.yaml", what, "--yes")
    assert (done.status, asked) == (1, [])
    assert way in done.err
    page = Path(__file__).parents[3] / "docs" / "rotating.md"
    (heading,) = re.findall(r"docs/rotating.md, ([A-Za-z ]+)$", done.err, re.MULTILINE)
    assert f"## {heading}\n" in page.read_text(encoding="utf-8")


def test_what_the_spec_does_not_ask_for_is_not_rotated(run: Run, ends: Any, tmp_path: Path) -> None:
    asked = ends()
    without = SPEC + "kubernetes: {encrypt_secrets: false}\n"
    (tmp_path / "demo.yaml").write_text(without, encoding="utf-8")
    done = run("rotate", "demo.yaml", "encryption", "--yes")
    assert (done.status, asked) == (1, [])
    assert "the cluster has no encryption to rotate: its spec asks for none" in done.err


ADDON = "kubernetes: {addons: {cinder_csi: {enabled: true}}}\n"


def test_a_credential_that_was_made_elsewhere_is_given_by_a_file(run: Run, ends: Any, tmp_path: Path) -> None:
    asked = ends()
    (tmp_path / "demo.yaml").write_text(SPEC + ADDON, encoding="utf-8")
    # As openstack prints it, with more than is asked for.
    new = {"id": "abc", "secret": "of mine", "roles": "member", "project_id": "p"}
    (tmp_path / "new.json").write_text(json.dumps(new), encoding="utf-8")
    done = run("rotate", "demo.yaml", "credential", "--from", "new.json", "--yes")
    assert done.status == 0, done.err
    assert {name: b64decode(value).decode() for name, value in asked[0].given.items()} == {
        "application_credential_id": "abc",
        "application_credential_secret": "of mine",
    }
    assert asked[0].command.endswith(" --from new.json")
    assert "of mine" not in asked[0].command
    assert {*asked[0].rotation.secrets} <= {it.name for it in asked[0].deploy.compiled.model.secrets}


@pytest.mark.parametrize(
    ("what", "file", "status", "said"),
    [
        ("credential", '{"id": "abc"}', 1, "'new.json' lacks application_credential_secret"),
        ("credential", '{"secret": ""}', 1, "is not text"),
        ("tokens", "{}", 2, "it is for WHAT credential alone"),
    ],
)
def test_what_is_no_credential_is_told(
    run: Run, ends: Any, tmp_path: Path, what: str, file: str, status: int, said: str
) -> None:
    asked = ends()
    (tmp_path / "demo.yaml").write_text(SPEC + ADDON, encoding="utf-8")
    (tmp_path / "new.json").write_text(file, encoding="utf-8")
    done = run("rotate", "demo.yaml", what, "--from", "new.json", "--yes")
    assert (done.status, asked) == (status, [])
    assert said in " ".join(done.err.split())


def test_each_phase_is_told_to_people(run: Run, ends: Any) -> None:
    ends(*EVENTS)
    said = run("rotate", "demo.yaml", "service-account", "--yes").err
    for line in (
        "demo: rotates service-account: the key that signs the tokens of service accounts",
        "it takes 60 minutes at most",
        "demo: phase 1 of 3: both keys are accepted, the old one signs",
        "demo: the next phase waits to be told: the old key is refused",
        "then: jeroboam rotate demo.yaml service-account --finish",
        "demo: service-account rotated in",
    ):
        assert line in said


def test_each_phase_is_told_to_programs(run: Run, ends: Any) -> None:
    ends(*EVENTS)
    said = run("rotate", "demo.yaml", "service-account", "--yes", "--format", "ndjson").out
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["kind"] for line in lines] == ["plan", "phase", "halted", "rotated"]
    assert lines[0]["phases"][1] == {
        "number": 2,
        "title": "the new key signs, both are accepted",
        "rolls": True,
    }
    assert {line["stack"] for line in lines} == {"demo"}
