"""The only copy of a CA: rotated, made by two at once, by `deploy`, or with an end that is near."""

from __future__ import annotations

import errno
import os
import re
import stat
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from jeroboam.cli import secrets, secrets_file
from jeroboam.cli.secrets import kept
from jeroboam.cli.terminal import CommandError
from jeroboam.deploy.tags import marks
from jeroboam.emit import Bundle
from jeroboam.model.secrets import CaCertificateOf, PrivateKey, Secret
from jeroboam.pipeline import plan_spec
from jeroboam.secrets import recipes
from jeroboam.storage.atomic_write import place
from tests.support import hot
from tests.support.secrets_file import plain
from tests.support.tiny_cloud import TinyCloud
from tests.unit.cli.running import SPEC, Run
from tests.unit.cli.test_process import on_a_terminal

# heatclient and openstacksdk bring warnings of their own.
pytestmark = pytest.mark.filterwarnings("ignore")

FILE = Path("demo.secrets.yaml")
COPY = re.compile(r"demo\.\d{8}T\d{6}Z(-\d+)?\.secrets\.yaml")
ROTATE = ("--rotate", "--even-if-deployed", "--yes")


@pytest.fixture(autouse=True)
def no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def values(path: Path = FILE) -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))["parameters"]
    return found


def copies() -> list[Path]:
    return sorted(path for path in Path().iterdir() if COPY.fullmatch(path.name))


def wanted(spec: Path) -> tuple[Secret, ...]:
    model = plan_spec(str(spec)).value
    assert model is not None
    return model.secrets


class TestRotate:
    def test_the_old_file_is_kept_and_never_overwritten(self, run: Run, spec: Path) -> None:
        run("secrets", spec)
        FILE.chmod(0o644)
        held = [FILE.read_bytes()]
        for _ in range(2):
            assert run("secrets", spec, *ROTATE).status == 0
            held.append(FILE.read_bytes())
        done = run("secrets", spec, *ROTATE)
        assert sorted(path.read_bytes() for path in copies()) == sorted(held)
        assert {stat.S_IMODE(path.stat().st_mode) for path in (*copies(), FILE)} == {0o600}
        assert re.search(rf"^{COPY.pattern}: holds the old values$", done.err, re.MULTILINE)

    @pytest.mark.parametrize(
        ("name", "first", "second"),
        [
            (
                "prod.secrets.yaml",
                "prod.20260301T120000Z.secrets.yaml",
                "prod.20260301T120000Z-2.secrets.yaml",
            ),
            ("prod.yaml", "prod.20260301T120000Z.yaml", "prod.20260301T120000Z-2.yaml"),
            ("prod", "prod.20260301T120000Z", "prod.20260301T120000Z-2"),
        ],
    )
    def test_what_the_copy_is_called(self, name: str, first: str, second: str) -> None:
        found = secrets_file.copy_names(name, datetime(2026, 3, 1, 12, tzinfo=UTC))
        assert (next(found), next(found)) == (first, second)

    def test_where_the_copy_cannot_be_made_nothing_is_replaced(
        self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run("secrets", spec)
        before = FILE.read_bytes()

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("jeroboam.storage.atomic_write.LockedFile.create", full)
        done = run("secrets", spec, *ROTATE)
        assert (done.status, FILE.read_bytes()) == (1, before)
        assert "No space left on device" in done.err

    def test_without_a_terminal_nothing_happens_unasked(self, run: Run, spec: Path) -> None:
        run("secrets", spec)
        before = FILE.read_bytes()
        done = run("secrets", spec, "--rotate", "--even-if-deployed")
        assert (done.status, FILE.read_bytes(), copies()) == (2, before, [])
        assert "--yes" in done.err

    @pytest.mark.processes
    @pytest.mark.parametrize(("typed", "copied"), [("n\n", 0), ("y\n", 1)])
    def test_on_a_terminal_it_is_asked(self, typed: str, copied: int, run: Run, spec: Path) -> None:
        run("secrets", spec)
        before = FILE.read_bytes()
        shown = on_a_terminal(["secrets", "demo.yaml", "--rotate", "--even-if-deployed"], Path.cwd(), typed)
        assert "Regenerate all values in 'demo.secrets.yaml'?" in shown
        assert (FILE.read_bytes() != before, len(copies())) == (bool(copied), copied)

    def test_where_no_file_is_there_is_nothing_to_ask(self, run: Run, spec: Path) -> None:
        done = run("secrets", spec, "--rotate")
        assert (done.status, copies()) == (0, [])
        assert "secrets generated" in done.err


class TestStackThatLives:
    @pytest.fixture(autouse=True)
    def made(self, run: Run, spec: Path) -> None:
        run("secrets", spec)

    def rotated(self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch, tiny: TinyCloud) -> str:
        """What `--rotate` says where `tiny` is the cloud; it did what it said."""
        for name, value in tiny.variables().items():
            monkeypatch.setenv(name, value)
        before = FILE.read_bytes()
        done = run("secrets", spec, "--rotate", "--yes")
        assert (done.status == 0) == (FILE.read_bytes() != before) == bool(copies())
        return done.err

    @pytest.mark.parametrize("tagged", [True, False])
    def test_with_these_values(
        self, tagged: bool, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = kept("demo", wanted(spec), str(FILE), str(spec), first=False, make=False)
        tags = marks(Bundle("demo", (), 0, ()), held.values) if tagged else ("jeroboam",)
        with TinyCloud(stack={"stack_name": "demo", "tags": list(tags)}) as tiny:
            said = self.rotated(run, spec, monkeypatch, tiny)
        assert (
            "error: the stack 'demo' (CREATE_COMPLETE) was created with the values in 'demo.secrets.yaml'"
            in said
        )
        assert "jeroboam delete demo" in said
        assert "--even-if-deployed" in said

    def test_with_others(self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tags = ["jeroboam", "jeroboam-ca-0123456789abcdef"]
        with TinyCloud(stack={"stack_name": "demo", "tags": tags}) as tiny:
            said = self.rotated(run, spec, monkeypatch, tiny)
        assert "the stack 'demo' was created with another CA" in said

    def test_none(self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with TinyCloud() as tiny:
            said = self.rotated(run, spec, monkeypatch, tiny)
        assert "there is no stack 'demo' in this project" in said

    def test_a_cloud_that_cannot_be_asked(
        self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with TinyCloud() as tiny:
            tiny.refuse_all = True
            said = self.rotated(run, spec, monkeypatch, tiny)
        assert "error: cannot find out whether a stack 'demo' was created with the values in" in said
        assert "--even-if-deployed" in said

    def test_no_cloud_is_named(self, run: Run, spec: Path) -> None:
        before = FILE.read_bytes()
        done = run("secrets", spec, "--rotate", "--yes")
        assert (done.status, FILE.read_bytes()) == (1, before)
        assert "no cloud is named" in done.err
        assert "--os-cloud" in done.err
        assert "--even-if-deployed" in done.err


@pytest.mark.usefixtures("run")
class TestDeploy:
    """The values that `deploy` hands to Heat."""

    def kept(self, spec: Path, *, first: bool = True, make: bool = False) -> dict[str, str]:
        found = kept("demo", wanted(spec), str(FILE), str(spec), first=first, make=make).parameters
        # What nodes report of the file is in no file.
        return {name: value for name, value in found.items() if name not in hot.DIGESTS}

    def test_without_a_terminal_none_are_made(self, spec: Path) -> None:
        with pytest.raises(CommandError) as refused:
            self.kept(spec)
        assert "'demo.secrets.yaml' is not there" in refused.value.message
        assert "the cluster's CA would be lost" in refused.value.message
        assert refused.value.hint is not None
        assert "jeroboam secrets demo.yaml" in refused.value.hint
        assert "--make-secrets" in refused.value.hint
        assert not FILE.exists()

    def test_nor_are_some_added(self, run: Run, spec: Path) -> None:
        spec.write_text(SPEC + "kubernetes: {encrypt_secrets: false}\n", encoding="utf-8")
        run("secrets", spec)
        before = FILE.read_bytes()
        spec.write_text(SPEC, encoding="utf-8")
        with pytest.raises(CommandError, match=r"lacks 'encryption_key', and without a terminal"):
            self.kept(spec)
        assert FILE.read_bytes() == before

    def test_unless_told(self, spec: Path) -> None:
        assert self.kept(spec, make=True) == values()

    def test_or_on_a_terminal(self, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(secrets, "on_a_terminal", lambda: True)
        assert self.kept(spec) == values()

    def test_those_that_are_there_are_taken(self, run: Run, spec: Path) -> None:
        run("secrets", spec)
        before = FILE.read_bytes()
        assert self.kept(spec) == self.kept(spec, first=False) == values()
        assert FILE.read_bytes() == before


def token(path: Path = FILE) -> str:
    return b64decode(plain(path.read_text(encoding="utf-8"))["bootstrap_token"]).decode()


def unending(path: Path = FILE) -> None:
    """Makes the file one of an earlier version, whose token never ends and has no key."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith(("  join_token_key:", "  bootstrap_token:")))
    value = b64encode(b"qvx3k2.0123456789abcdef").decode()
    path.write_text(f'{kept}  bootstrap_token: "{value}"\n', encoding="utf-8")


class TestTimeThatIsOver:
    """The join token, in a file of two days ago and in one of an earlier version."""

    @pytest.fixture(autouse=True)
    def old(self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(secrets_file, "now", lambda: datetime.now(UTC) - timedelta(days=2))
            run("secrets", spec)
        return token()

    def test_secrets_makes_it_afresh_and_nothing_else(self, old: str, run: Run, spec: Path) -> None:
        before = plain(FILE.read_text(encoding="utf-8"))
        done = run("secrets", spec)
        now = plain(FILE.read_text(encoding="utf-8"))
        assert {name for name in now if now[name] != before[name]} == {"bootstrap_token"}
        assert token() != old
        made = "demo.secrets.yaml: renewed, as it had expired or will soon expire: 'bootstrap_token'\n"
        assert made in done.err
        assert re.search(r"new nodes join with it until \d{4}-\d\d-\d\d 00:00 UTC", done.err)
        assert "replaced" not in done.err
        again = run("secrets", spec)
        assert ("renewed" in again.err, "nothing was changed" in again.err) == (False, True)
        assert not copies()

    @pytest.mark.parametrize("first", [True, False])
    def test_deploy_makes_it_afresh_without_a_terminal(
        self, first: bool, old: str, spec: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = kept("demo", wanted(spec), str(FILE), str(spec), first=first, make=False)
        assert b64decode(made.values["bootstrap_token"]).decode() == token() != old
        assert "renewed, as it had expired or will soon expire: 'bootstrap_token'" in capsys.readouterr().err
        kept("demo", wanted(spec), str(FILE), str(spec), first=first, make=False)
        assert "afresh" not in capsys.readouterr().err

    def test_deploy_goes_on_with_a_file_that_it_may_only_read(
        self, old: str, spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr("jeroboam.storage.atomic_write.LockedFile.replace", refuse)
        made = kept("demo", wanted(spec), str(FILE), str(spec), first=False, make=False)
        assert b64decode(made.values["bootstrap_token"]).decode() != old == token()
        said = capsys.readouterr().err
        assert "note: cannot write 'demo.secrets.yaml': Read-only file system; what was renewed is" in said

    def test_that_which_cannot_be_made_again_has_to_be_written(
        self, spec: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        lines = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
        FILE.write_text("".join(line for line in lines if " encryption_key:" not in line), encoding="utf-8")
        monkeypatch.setattr("jeroboam.storage.atomic_write.LockedFile.replace", refuse)
        with pytest.raises(CommandError, match="Read-only file system"):
            kept("demo", wanted(spec), str(FILE), str(spec), first=True, make=True)

    def test_one_that_never_ends_stays_and_is_told(self, run: Run, spec: Path) -> None:
        unending()
        done = run("secrets", spec)
        assert token() == "qvx3k2.0123456789abcdef"
        assert "added 'join_token_key'" in done.err
        for said in (done.err, run("secrets", spec).err):
            assert (
                "note: 'bootstrap_token' in 'demo.secrets.yaml' never ends: an earlier version made it"
                in said
            )
            assert "until" not in said

    def test_deploy_keeps_it_for_a_cluster_that_lives(
        self, run: Run, spec: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        unending()
        with pytest.raises(CommandError, match="lacks 'join_token_key'") as refused:
            kept("demo", wanted(spec), str(FILE), str(spec), first=False, make=False)
        assert refused.value.hint == "add what is new: jeroboam secrets demo.yaml"
        run("secrets", spec)
        made = kept("demo", wanted(spec), str(FILE), str(spec), first=False, make=False)
        assert b64decode(made.values["bootstrap_token"]) == b"qvx3k2.0123456789abcdef"
        assert "never ends" in capsys.readouterr().err

    def test_deploy_parts_with_it_for_a_cluster_yet_to_be_made(
        self, run: Run, spec: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        unending()
        run("secrets", spec)
        capsys.readouterr()
        made = kept("demo", wanted(spec), str(FILE), str(spec), first=True, make=False)
        assert made.ends is not None
        assert "never ends" not in capsys.readouterr().err


def test_the_command_passes_the_option_on(run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with TinyCloud() as tiny:
        for name, value in tiny.variables().items():
            monkeypatch.setenv(name, value)
        refused = run("deploy", spec, "--yes")
        assert (refused.status, FILE.exists()) == (1, False)
        assert "--make-secrets" in refused.err
        run("deploy", spec, "--yes", "--make-secrets")
        assert FILE.exists()


class TestTwoAtOnce:
    """What another run writes in the moment before this one does counts, and is what this one goes by."""

    @pytest.mark.parametrize("locks", [True, False])
    def test_both_end_with_the_first_ones_values(
        self, locks: bool, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not locks:

            def none(*_: object) -> None:
                raise OSError(errno.ENOLCK, "No locks available")

            monkeypatch.setattr("fcntl.flock", none)
        run("secrets", spec, "-o", "other.yaml")
        # The second time, just before it reads the file; without a lock even after that.
        moments = iter([False, True])
        made_for = secrets_file.made_for

        def late(*arguments: Any, **options: Any) -> Any:
            made = None if locks else made_for(*arguments, **options)
            if next(moments, False):
                Path("other.yaml").rename(FILE)
            return made or made_for(*arguments, **options)

        monkeypatch.setattr(secrets, "made_for", late)
        other = values(Path("other.yaml"))
        done = run("secrets", spec)
        assert (done.status, values()) == (0, other)
        assert "complete; nothing was changed" in done.err
        assert not [path for path in Path().iterdir() if path.name.startswith(".")]

    def test_what_both_add_is_there(self, run: Run, spec: Path) -> None:
        run("secrets", spec)
        lines = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
        for name in ("encryption_key", "bootstrap_token"):
            FILE.write_text("".join(line for line in lines if f" {name}:" not in line), encoding="utf-8")
            done = run("secrets", spec)
            assert (done.status, f"'{name}'" in done.err) == (0, True)
            lines = FILE.read_text(encoding="utf-8").splitlines(keepends=True)
        assert {"encryption_key", "bootstrap_token"} <= set(values())


class TestEnd:
    """A CA that ends soon, in a file whose own values are to be added to it."""

    def own(self, days: int) -> str:
        now = datetime.now(UTC)
        ca = (
            Secret("cluster_ca_key", "", PrivateKey()),
            Secret("cluster_ca_cert", "", CaCertificateOf("cluster_ca_key", "own")),
        )
        begin = now - recipes.CA_LIFETIME + timedelta(days=days, minutes=5)
        made = recipes.made(ca, {}, random=Random(1), now=begin)
        return "parameters:\n" + "".join(f'  {name}: "{value}"\n' for name, value in made.items())

    @pytest.mark.parametrize("days", [0, 29])
    def test_about_to(self, days: int, run: Run, spec: Path) -> None:
        FILE.write_text(self.own(days), encoding="utf-8")
        before = FILE.read_bytes()
        done = run("secrets", spec)
        assert (done.status, FILE.read_bytes()) == (1, before)
        assert "error: 'demo.secrets.yaml': the CA 'cluster_ca_cert' expires on " in done.err

    @pytest.mark.parametrize(("days", "warned"), [(30, True), (89, True), (91, False)])
    def test_soon(self, days: int, warned: bool, run: Run, spec: Path) -> None:
        FILE.write_text(self.own(days), encoding="utf-8")
        done = run("secrets", spec)
        assert done.status == 0
        assert ("warning: the CA 'cluster_ca_cert' in 'demo.secrets.yaml' expires on " in done.err) == warned

    def test_that_of_a_cluster_that_lives_is_a_warning(
        self, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        FILE.write_text(self.own(40), encoding="utf-8")
        run("secrets", spec)
        later = datetime.now(UTC) + timedelta(days=20)
        monkeypatch.setattr(secrets_file, "now", lambda: later)
        assert "warning: the CA 'cluster_ca_cert'" in run("secrets", spec).err
        kept("demo", wanted(spec), str(FILE), "demo.yaml", first=False, make=False)
        assert "warning: the CA 'cluster_ca_cert'" in capsys.readouterr().err
        with pytest.raises(CommandError, match="in less than 30 days"):
            kept("demo", wanted(spec), str(FILE), "demo.yaml", first=True, make=False)


def test_what_a_killed_run_left_is_removed_also_where_nothing_is_to_be_done(run: Run, spec: Path) -> None:
    run("secrets", spec)
    left = Path(".tmp-0123456789abcdef-demo.secrets.yaml")
    left.write_text("secret\n", encoding="utf-8")
    with place(str(FILE), lambda: None):
        assert not left.exists()
        left.write_text("of a run that lives\n", encoding="utf-8")
    assert "nothing was changed" in run("secrets", spec).err
    assert not left.exists()


def test_another_run_is_waited_for(run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeroboam.storage.locks.PATIENCE_SECONDS", 0.0)
    with place(str(FILE), lambda: None):
        done = run("secrets", spec)
    assert (done.status, FILE.exists()) == (1, False)
    assert "demo.secrets.yaml: another run of jeroboam is writing there; waiting for it\n" in done.err


def test_a_key_that_is_encrypted_is_no_bug(run: Run, spec: Path) -> None:
    pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
    FILE.write_text(f'parameters:\n  cluster_ca_key: "{b64encode(pem).decode()}"\n', encoding="utf-8")
    done = run("secrets", spec)
    assert done.status == 1
    assert "bug" not in done.err
