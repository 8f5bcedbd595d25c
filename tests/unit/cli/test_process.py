"""What only a process of its own shows: terminals, pipes, signals, streams that are closed or full."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.command import RUN, jeroboam
from tests.support.day import DAY
from tests.support.secrets_file import plain
from tests.support.tiny_cloud import PASSWORD, TinyCloud
from tests.unit.cli.running import BAD, SPEC

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", RUN]
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "compiler"), "PATH": os.environ["PATH"], **DAY}


def on_a_terminal(arguments: list[str], folder: Path, typed: str = "", **environment: str) -> str:
    """All that a process writes to the terminal that its three streams are, while `typed` is typed."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**ENVIRONMENT, "TERM": "xterm", **environment},
        stdin=its,
        stdout=its,
        stderr=its,
        # A terminal of its own, or a password prompt would turn to the one that runs the tests.
        start_new_session=True,
    )
    os.close(its)
    written = b""
    for line in typed.splitlines(keepends=True):
        # A prompt may come in pieces, and what is typed before its last is thrown away.
        while not written.endswith(b": "):
            written += os.read(ours, 4096)
        os.write(ours, line.encode())
        written += os.read(ours, 4096)
    try:
        while chunk := os.read(ours, 4096):
            written += chunk
    except OSError:
        # Linux's way of saying that the other end is closed.
        pass
    finally:
        os.close(ours)
    process.wait(timeout=60)
    return written.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "demo.yaml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    return tmp_path


def test_colours_are_for_terminals(folder: Path) -> None:
    coloured = on_a_terminal(["validate", "bad.yaml"], folder)
    assert "\x1b[1;31merror\x1b[0m[JB0201]" in coloured
    for unwanted in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_a_terminal(["validate", "bad.yaml"], folder, **unwanted)
    piped = jeroboam(["validate", "bad.yaml"], cwd=folder, env={"TERM": "xterm"})
    assert "\x1b" not in piped.stdout + piped.stderr
    uncoloured = coloured.replace("\x1b[1;31m", "").replace("\x1b[0m", "").replace("\r\n", "\n")
    assert uncoloured == piped.stdout + piped.stderr


def test_a_differing_line_is_coloured(folder: Path) -> None:
    assert "\x1b[32m+" in on_a_terminal(["compile", "--check", "demo.yaml"], folder)


def test_help_is_plain_on_a_terminal_too(folder: Path) -> None:
    assert "\x1b" not in on_a_terminal(["compile", "--help"], folder)


@pytest.mark.processes
def test_what_only_the_user_knows_is_asked_for_without_an_echo(folder: Path) -> None:
    spec = SPEC + "kubernetes: {addons: {cinder_csi: {enabled: true}}}\n"
    (folder / "demo.yaml").write_text(spec, encoding="utf-8")
    shown = on_a_terminal(["secrets", "demo.yaml"], folder, "0123abcd\ncorrect horse\n")
    assert "13 secrets generated" in shown
    assert "0123abcd" not in shown
    assert "correct horse" not in shown
    file = (folder / "demo.secrets.yaml").read_text(encoding="utf-8")
    assert b64decode(plain(file)["application_credential_id"]) == b"0123abcd"
    assert b64decode(plain(file)["application_credential_secret"]) == b"correct horse"


@pytest.mark.processes
def test_a_cloud_s_password_is_asked_for_without_an_echo(folder: Path) -> None:
    with TinyCloud() as cloud:
        entry = cloud.entry()
        del entry["auth"]["password"]
        (folder / "clouds.yaml").write_text(json.dumps({"clouds": {"one": entry}}), encoding="utf-8")
        where = {"OS_CLIENT_CONFIG_FILE": "clouds.yaml", "OS_CLOUD": "one"}
        shown = on_a_terminal(["status", "prod"], folder, f"{PASSWORD}\n", **where)
        assert "prod  CREATE_COMPLETE" in shown
        assert "Password of user 'demo', project 'demo', cloud 'one' at " in shown
        assert PASSWORD not in shown
        assert cloud.logins == 1
        # A pipeline is not asked.
        piped = jeroboam(["status", "prod"], cwd=folder, env=where)
        assert piped.returncode == 1
        assert "there is no 'password', which a login by 'password' needs" in piped.stderr


def test_a_reader_that_has_gone_away() -> None:
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run([*COMMAND, "schema"], env=ENVIRONMENT, stdout=its, stderr=subprocess.PIPE)
    os.close(its)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, "schema"], env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b"error: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, folder: Path) -> None:
    words = f'"$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", words, "sh", *COMMAND, "compile", "demo.yaml"],
        env=ENVIRONMENT,
        cwd=folder,
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (0, b"")
    assert (folder / "build/demo/demo.hot.yaml").exists()


@pytest.mark.parametrize(
    "arguments", [("validate", "demo.yaml"), ("validate", "-"), ("compile", "../demo.yaml")]
)
def test_a_folder_that_is_gone(arguments: tuple[str, ...], folder: Path) -> None:
    gone = f"import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); {RUN}"
    done = jeroboam(arguments, cwd=folder, stdin=SPEC, code=gone)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: the current folder is gone\n" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt(folder: Path, number: signal.Signals) -> None:
    # A background job may have been told to ignore interrupts, and we inherit that.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"signal.signal(signal.SIGHUP, signal.SIG_DFL)\n{RUN}"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "compile", "-"],
        env=ENVIRONMENT,
        cwd=folder,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    # More than a pipe holds: once it is written, it is being read, so `main` has begun.
    process.stdin.write(b"# comment\n" * 20_000)
    process.stdin.flush()
    # Until it waits for more, as it would for someone at a terminal.
    time.sleep(0.3)
    process.send_signal(number)
    try:
        process.wait(timeout=10)
    finally:
        process.kill()
    _, said = process.communicate()
    assert (process.returncode, said) == (130, b"error: interrupted\n")


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_results_are_utf_8_in_any_locale(locale: str, folder: Path) -> None:
    spec = SPEC + "description: Zürich → 東京\n"
    for encoding in ("", "ascii", "latin-1"):
        done = subprocess.run(
            [*COMMAND, "show", "-"],
            env={**ENVIRONMENT, "LC_ALL": locale, **({"PYTHONIOENCODING": encoding} if encoding else {})},
            input=spec.encode(),
            capture_output=True,
        )
        assert done.returncode == 0
        assert "Zürich → 東京".encode() in done.stdout


def test_a_bug_shows_its_traceback_when_asked(folder: Path) -> None:
    code = f"import jeroboam.pipeline\njeroboam.pipeline.read = None\n{RUN}"
    plain = jeroboam(["compile", "demo.yaml"], cwd=folder, code=code)
    assert plain.returncode == 1
    assert "this is a bug in jeroboam" in plain.stderr
    assert "Traceback" not in plain.stderr
    shown = jeroboam(["compile", "demo.yaml"], cwd=folder, code=code, env={"JEROBOAM_DEBUG": "1"})
    assert "Traceback" in shown.stderr


def test_completion_is_offered() -> None:
    script = jeroboam([], env={"_JEROBOAM_COMPLETE": "source_bash"})
    assert script.returncode == 0
    assert "_JEROBOAM_COMPLETE=complete_bash" in script.stdout
    words = {
        "_JEROBOAM_COMPLETE": "complete_bash",
        "COMP_WORDS": "jeroboam explain network.m",
        "COMP_CWORD": "2",
    }
    assert jeroboam([], env=words).stdout.split() == ["network.mtu"]


def test_start_up_loads_nothing_that_only_commands_need() -> None:
    code = f"import sys\ntry:\n    {RUN}\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    loaded = set(jeroboam(["--version"], code=code).stderr.split())
    assert "typer" in loaded
    heavy = {"rich", "yaml", "ruamel", "jsonschema", "jinja2", "cryptography"}
    assert not loaded & {*heavy, "jeroboam.spec", "jeroboam.pipeline", "jeroboam.secrets"}
