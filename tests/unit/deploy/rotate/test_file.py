"""The secrets file in the course of a rotation: what each phase has in it, and what the last one leaves."""

from __future__ import annotations

import stat
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from jeroboam.cli.rotation_file import RotationFile
from jeroboam.cli.secrets import kept
from jeroboam.cli.terminal import CommandError
from jeroboam.drivers.kubernetes.rotations import ROTATIONS
from jeroboam.model.rotation import Rotation
from jeroboam.model.secrets import Secret, UserSupplied
from jeroboam.secrets import EMPTY, Environment, Refusal, environment
from jeroboam.secrets.rotating import rotating_in
from tests.support.secrets_file import held, plain
from tests.unit.deploy.roll.test_run import compiled
from tests.unit.deploy.rotate.keystone import encoded

FILE = "prod.secrets.yaml"
MODEL = compiled().model
OF = {rotation.what: rotation for rotation in ROTATIONS}
OF_CLOUD = tuple(Secret(name, "", UserSupplied("by the cloud")) for name in OF["credential"].secrets)
NAME, SECRETS = MODEL.spec.name, (*MODEL.secrets, *OF_CLOUD)
SIGNS, VERIFIES = "service_account_key", "service_account_public_key"


@cache
def secrets_text() -> str:
    """A secrets file as `jeroboam secrets` writes it."""
    supplied = {secret.name: "old" for secret in OF_CLOUD}
    made = environment(
        NAME, SECRETS, EMPTY, "", supplied, rotate=False, random=Random(7), now=datetime.now(UTC)
    )
    assert isinstance(made, Environment)
    return made.text


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RotationFile:
    # Seals of one round: how many there are is a matter of tests/unit/test_secrets.py.
    monkeypatch.setattr("jeroboam.secrets.seal._ITERATIONS", 1)
    monkeypatch.chdir(tmp_path)
    Path(FILE).write_text(secrets_text(), encoding="utf-8")
    Path(FILE).chmod(0o600)
    return RotationFile(NAME, SECRETS, FILE)


def text() -> str:
    return Path(FILE).read_text(encoding="utf-8")


def values() -> dict[str, str]:
    return plain(text())


def given(rotation: Rotation) -> dict[str, str]:
    """What the cloud makes."""
    return encoded("new", "its secret") if rotation.of_cloud else {}


def phases(store: RotationFile, rotation: Rotation) -> list[dict[str, str]]:
    """The values before it, in each phase, and after it."""
    found = [values()]
    store.begin(rotation, given(rotation))
    assert values() == found[0]
    for number in range(1, len(rotation.phases) + 1):
        store.enter(rotation, number)
        found.append(values())
    store.end(rotation)
    return [*found, values()]


def public_keys(value: str) -> list[object]:
    return [load_pem_public_key(b"-----BEGIN" + part) for part in b64decode(value).split(b"-----BEGIN")[1:]]


def signer(value: str) -> object:
    key = load_pem_private_key(b64decode(value), None)
    return key.public_key()


def names(value: str) -> list[str]:
    return [line.split()[0] for line in b64decode(value).decode("ascii").splitlines()]


def test_both_keys_for_service_accounts_are_accepted_before_the_new_one_signs(store: RotationFile) -> None:
    before, verified, signed, last, after = phases(store, OF["service-account"])
    old, new = signer(before[SIGNS]), signer(after[SIGNS])
    assert old != new
    assert [signer(it[SIGNS]) for it in (verified, signed, last)] == [old, new, new]
    assert [public_keys(it[VERIFIES]) for it in (verified, signed, last)] == [[old, new], [new, old], [new]]
    assert last == after


def test_both_keys_for_secrets_are_read_before_the_new_one_writes(store: RotationFile) -> None:
    before, read, written, last, after = phases(store, OF["encryption"])
    assert len(b64decode(before["encryption_key"])) == 32
    first, second = names(read["encryption_key"])
    assert first == "key1"
    assert f"key1 {before['encryption_key']}" in b64decode(read["encryption_key"]).decode()
    assert [names(it["encryption_key"]) for it in (written, last, after)] == [
        [second, first],
        [second],
        [second],
    ]
    again = phases(store, OF["encryption"])
    assert names(again[1]["encryption_key"])[0] == second
    assert names(again[-1]["encryption_key"]) == names(again[1]["encryption_key"])[1:]


def test_the_join_token_of_now_comes_with_the_key_of_all(store: RotationFile) -> None:
    before, last, after = phases(store, OF["tokens"])
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"join_token_key", "bootstrap_token"}
    assert last == after


def test_a_credential_that_the_cloud_made_is_taken_as_it_is(store: RotationFile) -> None:
    before, first, last, after = phases(store, OF["credential"])
    assert first == last == after == {**before, **encoded("new", "its secret")}


@pytest.mark.parametrize("what", OF)
def test_nothing_else_changes_and_no_trace_is_left(store: RotationFile, what: str) -> None:
    before, *_, after = phases(store, OF[what])
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {*OF[what].secrets, *OF[what].derived}
    assert store.rotating() is None
    assert "rotating" not in text()
    assert text().count("\n") == secrets_text().count("\n")
    assert stat.S_IMODE(Path(FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("what", OF)
def test_a_copy_of_the_file_from_before_is_kept_once(store: RotationFile, what: str) -> None:
    phases(store, OF[what])
    (copy,) = (it for it in Path().iterdir() if it.name != FILE and it.name.endswith(".secrets.yaml"))
    assert copy.read_text(encoding="utf-8") == secrets_text()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_what_is_kept_for_the_way_is_sealed_and_the_file_is_one_for_heat(store: RotationFile) -> None:
    rotation = OF["service-account"]
    store.begin(rotation, given(rotation))
    store.enter(rotation, 1)
    assert "PRIVATE" not in text()
    assert {"service_account_key", "old"}.isdisjoint(text().splitlines()[0].split())
    state = store.rotating()
    assert state is not None
    assert (state.what, state.phase, {*state.old}) == ("service-account", 1, {*rotation.secrets})
    made = kept(NAME, SECRETS, FILE, "prod.yaml", first=False, make=False)
    assert made.text == text()
    assert made.values[VERIFIES] == values()[VERIFIES]


def test_a_phase_that_is_entered_again_writes_nothing(store: RotationFile) -> None:
    store.begin(OF["encryption"], {})
    store.enter(OF["encryption"], 1)
    before = Path(FILE).stat().st_mtime_ns, text()
    store.begin(OF["encryption"], {})
    store.enter(OF["encryption"], 1)
    assert (Path(FILE).stat().st_mtime_ns, text()) == before


def test_nodes_report_other_secrets_from_each_phase_to_the_next(store: RotationFile) -> None:
    def reported() -> tuple[str, str]:
        told = kept(NAME, SECRETS, FILE, "prod.yaml", first=False, make=False).parameters
        return told["master_seal_digest"], told["worker_seal_digest"]

    rotation = OF["encryption"]
    found = [reported()]
    store.begin(rotation, given(rotation))
    for number in range(1, 4):
        store.enter(rotation, number)
        found.append(reported())
    assert len({master for master, _ in found}) == 4
    # They have none of it, and stay.
    assert len({worker for _, worker in found}) == 1


@pytest.mark.parametrize(
    "damage",
    [lambda it: it.replace("rotating: encryption 1 U2", "rotating: encryption 1 V2"),
     lambda it: "\n".join(line for line in it.splitlines() if not line.startswith("# seal:")) + "\n"],
    ids=["edited", "without its seal"],
)  # fmt: skip
def test_what_cannot_be_gone_on_from_is_told(store: RotationFile, damage: Callable[[str], str]) -> None:
    store.begin(OF["encryption"], {})
    store.enter(OF["encryption"], 1)
    found = rotating_in(damage(text()), held(text()).seal if "seal:" in damage(text()) else None)
    assert isinstance(found, Refusal)
    Path(FILE).write_text(damage(text()), encoding="utf-8")
    with pytest.raises(CommandError, match=r"cannot be read|holds"):
        store.rotating()


def test_a_rotation_that_somebody_else_ended_is_not_gone_on_with(store: RotationFile) -> None:
    store.begin(OF["encryption"], {})
    Path(FILE).write_text(secrets_text(), encoding="utf-8")
    with pytest.raises(CommandError, match="in the middle of no rotation"):
        store.enter(OF["encryption"], 1)
