"""Names, values and paths that would be obeyed, through every command that needs no cloud."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from jeroboam.escape import shell
from tests.support.obeyed import HOSTILE, obeyed
from tests.unit.cli.running import SPEC, Done, Run

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of OpenStack's clients
HOSTILE_NAMES = pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
CLOUD_COMMANDS = (
    ("preflight", "demo.yaml"),
    ("deploy", "demo.yaml", "--yes", "--make-secrets"),
    ("status", "demo"),
    ("diagnose", "demo"),
    ("delete", "demo", "--yes"),
    ("diff", "demo.yaml", "demo"),
    ("credentials", "demo"),
)


@pytest.fixture(autouse=True)
def _no_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))


def told(done: Done, *, commands: bool = False) -> Done:
    """The run, of whose output nothing would be obeyed."""
    assert obeyed(done.out, commands=commands) == []
    assert obeyed(done.err) == []
    assert "bug" not in done.err
    return done


def in_a_file(hostile: str) -> str:
    """A name that a file can have."""
    return hostile.replace("/", "_")


def spec_with(hostile: str) -> str:
    """A spec with mistakes that are told with a key, a value and a path in them."""
    quoted = json.dumps(hostile)
    return (
        SPEC.replace("keypair: ops", f"{quoted}: 1")
        + f"arch: {quoted}\n"
        + f"hooks: {{pre_bootstrap: [{quoted}]}}\n"
        + f"artifacts: {{pins: {{{quoted}: {quoted}}}}}\n"
        + f"tags: [{quoted}, {quoted}]\n"
    )


@HOSTILE_NAMES
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_what_is_wrong_with_a_spec(run: Run, tmp_path: Path, hostile: str, form: str) -> None:
    name = in_a_file(hostile) + ".yaml"
    (tmp_path / name).write_text(spec_with(hostile), encoding="utf-8")
    done = told(run("validate", "--format", form, f"./{name}"), commands=form == "github")
    assert done.status == 3
    told(run("validate", "--format", form, name), commands=form == "github")
    told(run("validate", "--format", form, in_a_file(hostile)), commands=form == "github")
    if form == "json":
        found = json.loads(done.out)
        # What programs read is exact.
        assert {"source": f"./{name}"}.items() <= found[0]["span"].items()
        assert f"/{hostile.replace('~', '~0').replace('/', '~1')}" in {
            finding["pointer"] for finding in found
        }


@HOSTILE_NAMES
def test_commands_on_files_of_such_names(run: Run, tmp_path: Path, hostile: str) -> None:
    name = in_a_file(hostile)
    spec, folder, file = f"{name}.yaml", f"out {name}", f"secrets {name}"
    (tmp_path / spec).write_text(SPEC, encoding="utf-8")
    assert told(run("compile", "-o", folder, spec)).status == 0
    (tmp_path / folder / "demo" / "demo.hot.yaml").write_text(hostile, encoding="utf-8")
    (tmp_path / folder / "demo" / "user-data" / "old").write_text("", encoding="utf-8")
    assert told(run("compile", "-o", folder, "--check", spec)).status == 4
    assert told(run("diff", "--", spec, f"{folder}/demo")).status == 1
    assert told(run("secrets", "-o", file, "--", spec)).status == 0
    assert told(run("secrets", "-o", f"{file}/no", "--", spec)).status == 1
    assert told(run("secrets", "-o", file, "--rotate", "--", spec)).status != 0
    told(run("keypairs", "--", spec))
    told(run("credentials", "--secrets", file, "-o", folder, "--", spec))
    assert told(run("show", "--", name)).status == 3
    assert told(run("init", f"no/{name}")).status == 1
    assert told(run("init", f"new {name}")).status == 0
    assert told(run("compile", "-o", f"{file}", "--", spec)).status == 1


@HOSTILE_NAMES
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_a_spec_says_is_shown(run: Run, tmp_path: Path, hostile: str, form: str) -> None:
    spec = SPEC + f"description: {json.dumps(hostile)}\n"
    # What has control characters is no description.
    assert told(run("show", "--format", form, "-", stdin=spec)).status in (0, 3)


@HOSTILE_NAMES
def test_arguments_that_are_not_taken(run: Run, hostile: str) -> None:
    for arguments in (
        (hostile,),
        ("validate", f"--{hostile}"),
        ("validate", "--format", hostile, "x"),
        ("explain", hostile),
        ("explain", "coe", hostile),
        ("init", "--coe", hostile),
        ("compile", "-j", hostile, "x"),
        ("preflight", "--ignore", hostile, "x"),
    ):
        assert told(run(*arguments)).status == 2


@HOSTILE_NAMES
@pytest.mark.parametrize("arguments", CLOUD_COMMANDS, ids=lambda arguments: arguments[0])
def test_a_cloud_that_is_not_known(
    run: Run, tmp_path: Path, hostile: str, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    assert told(run(*arguments, "--os-cloud", hostile)).status == 1


def test_a_command_to_copy_names_the_very_file(run: Run, tmp_path: Path) -> None:
    name = "it's\n\x1b \\x.yaml"
    told(run("init", name))
    (words,) = [line for line in run("init", "--force", name).err.splitlines() if "next:" in line]
    command = words.partition("jeroboam")[2]
    echoed = subprocess.run(["bash", "-c", f"printf %s {command}"], capture_output=True, check=True)
    assert echoed.stdout.decode() == f"compile{name}"


@pytest.mark.parametrize("word", [b"\xff\xfe", b"a\xc3", b"it's \\udcff \xe9\n", "\x1b é".encode()])
def test_bytes_that_are_no_text_are_themselves_in_a_command_to_copy(word: bytes) -> None:
    command = shell(os.fsdecode(word))
    assert not obeyed(command)
    echoed = subprocess.run(["bash", "-c", f"printf %s {command}"], capture_output=True, check=True)
    assert echoed.stdout == word
