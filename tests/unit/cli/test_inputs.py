"""What commands read: regular files of bounded size, and of what a spec names only what lies beside it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from jeroboam.spec.schema import file_patterns
from tests.unit.cli.running import SPEC, Run

TEMPLATE = "spec_version: 1\nkind: cluster_template\nname: t\n"
PROPERTIES = [*(("template",),), *file_patterns()]
SECRET = "PASSWORD=Tr0ub4dor\n"
LONG = "9" * 26
"""A password that looks like a number, and one that is none."""


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    """A read that waits for ever ends the test, not the suite."""

    def late(*_: object) -> None:
        raise AssertionError("it waits for ever")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _fifo(at: Path) -> None:
    os.mkfifo(at)


def _socket(at: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        # A path of any length: sockets have at most 108 characters.
        home = os.open(at.parent, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{home}/{at.name}")
        os.close(home)


IRREGULAR: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a FIFO": (_fifo, "it is a FIFO"),
    "a socket": (_socket, "it is a socket"),
    "a folder": (Path.mkdir, "it is a directory"),
    "too large": (lambda at: at.write_bytes(b"#" * ((1 << 20) + 1)), "larger than 1 MiB"),
    "a circle of links": (lambda at: at.symlink_to(at.name), "form a loop"),
}
OUTSIDE: dict[str, str] = {
    "above": "../other/x.env",
    "absolute": "{outside}/x.env",
    "a link": "link",
    "by a linked folder": "folder/x.env",
    "the environment": "/proc/self/environ",
    "a device": "/dev/zero",
}


def _spec(where: tuple[str, ...], path: str) -> str:
    value: Any = path
    for token in reversed(where):
        value = [value] if token == "*" else {token: value}
    more: dict[str, Any] = value
    if "kubernetes" in more:
        more = {"kubernetes": {**more["kubernetes"]}}
    return SPEC + yaml.safe_dump(more)


@pytest.fixture
def inside(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that commands run in; beside it `other`, in which is what nobody should read."""
    folder, other = tmp_path / "repository", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "x.env").write_text(SECRET, encoding="utf-8")
    (folder / "link").symlink_to(other / "x.env")
    (folder / "folder").symlink_to(other)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("where", PROPERTIES, ids="/".join)
@pytest.mark.parametrize("kind", IRREGULAR)
def test_a_property_names_a_regular_file(inside: Path, run: Run, where: tuple[str, ...], kind: str) -> None:
    make, said = IRREGULAR[kind]
    make(inside / "odd")
    (inside / "c.yaml").write_text(_spec(where, "odd"), encoding="utf-8")
    done = run("compile", "c.yaml")
    assert done.status == 3
    assert said in done.err
    assert "'odd'" in done.err


@pytest.mark.parametrize("where", PROPERTIES, ids="/".join)
@pytest.mark.parametrize("kind", OUTSIDE)
def test_a_property_names_a_file_beside_the_spec(
    inside: Path, run: Run, where: tuple[str, ...], kind: str
) -> None:
    path = OUTSIDE[kind].format(outside=inside.parent / "other")
    (inside / "c.yaml").write_text(_spec(where, path), encoding="utf-8")
    done = run("compile", "c.yaml")
    assert done.status == 3
    assert "error[JB0119]" in done.err
    assert "it is outside the spec's folder" in done.err
    assert "--allow-outside" in done.err
    assert "Tr0ub4dor" not in done.err + done.out
    assert not (inside / "build").exists()


def test_the_repository_counts_where_there_is_one(inside: Path, run: Run) -> None:
    (inside / ".git").mkdir()
    (inside / "clusters").mkdir()
    (inside / "shared").mkdir()
    (inside / "shared/hook.sh").write_text("true\n", encoding="utf-8")
    (inside / "clusters/hook.sh").symlink_to("../shared/hook.sh")
    said = []
    for path in ("../shared/hook.sh", "hook.sh", "../../other/x.env"):
        spec = _spec(("hooks", "pre_bootstrap", "*"), path)
        (inside / "clusters/c.yaml").write_text(spec, encoding="utf-8")
        done = run("compile", "clusters/c.yaml")
        said.append((done.status, "outside the Git repository of the spec" in done.err))
    assert said == [(0, False), (0, False), (3, True)]


@pytest.mark.parametrize("command", ["validate", "compile", "show", "secrets", "preflight", "diff", "deploy"])
def test_who_means_it_may(inside: Path, run: Run, command: str) -> None:
    (inside.parent / "other/hook.sh").write_text("true\n", encoding="utf-8")
    spec = _spec(("hooks", "pre_bootstrap", "*"), "../other/hook.sh")
    (inside / "c.yaml").write_text(spec, encoding="utf-8")
    more = ("c.yaml",) if command == "diff" else ()
    refused = run(command, "c.yaml", *more)
    assert refused.status == 3
    assert "JB0119" in refused.err + refused.out
    assert "JB0119" not in (done := run(command, "c.yaml", *more, "--allow-outside")).err + done.out


def test_a_home_is_too_much_to_be_read_from(inside: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeroboam.storage.inputs._home", lambda: str(inside))
    (inside / "hook.sh").write_text("true\n", encoding="utf-8")
    spec = _spec(("hooks", "pre_bootstrap", "*"), "hook.sh")
    (inside / "c.yaml").write_text(spec, encoding="utf-8")
    done = run("compile", "c.yaml")
    assert "outside the spec's folder, which is too broad to read from" in done.err
    (inside / "clusters").mkdir()
    for name in ("c.yaml", "hook.sh"):
        (inside / name).rename(inside / "clusters" / name)
    assert run("compile", "clusters/c.yaml").status == 0


def test_what_the_command_line_names_may_be_anywhere(inside: Path, run: Run) -> None:
    (inside.parent / "other/c.yaml").write_text(SPEC, encoding="utf-8")
    assert run("compile", "../other/c.yaml").status == 0


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "odd"),
        ("secrets", "c.yaml", "--from", "odd"),
        ("secrets", "c.yaml", "-o", "odd"),
        ("diff", "c.yaml", "odd.yaml"),
        ("keypairs", "c.yaml", "--secrets", "odd"),
        ("keypairs", "c.yaml", "-o", "keys", "--login-key", "odd"),
        ("credentials", "c.yaml", "--address", "192.0.2.7", "--secrets", "odd"),
    ],
    ids=" ".join,
)
def test_an_option_names_a_regular_file(inside: Path, run: Run, words: tuple[str, ...]) -> None:
    (inside / "c.yaml").write_text(SPEC, encoding="utf-8")
    if "--login-key" in words:
        assert run("secrets", "c.yaml").status == 0
    _fifo(inside / "odd")
    _fifo(inside / "odd.yaml")
    done = run(*words)
    assert done.status in (1, 3)
    assert "it is a FIFO" in done.err + done.out
    assert "this is a bug" not in done.err


def test_values_come_from_beside_the_spec_too(inside: Path, run: Run) -> None:
    (inside / "c.yaml").write_text(SPEC, encoding="utf-8")
    done = run("secrets", "c.yaml", "--from", "../other/x.env")
    assert done.status == 1
    assert "it is outside the spec's folder" in done.err
    assert "--allow-outside" in done.err
    assert "Tr0ub4dor" not in done.err
    assert "outside" not in run("secrets", "c.yaml", "--from", "../other/x.env", "--allow-outside").err


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
@pytest.mark.parametrize("content", [SECRET, "a: b: Tr0ub4dor\n", "password: [Tr0ub4dor\n", "x: 'Tr0ub4dor"])
def test_nothing_is_told_of_a_file_that_is_no_spec(inside: Path, run: Run, form: str, content: str) -> None:
    (inside / "x.env").write_text(content, encoding="utf-8")
    (inside / "c.yaml").write_text(SPEC + "template: x.env\n", encoding="utf-8")
    for spec in ("c.yaml", "x.env"):
        done = run("validate", "--format", form, spec)
        assert done.status == 3
        assert "Tr0ub4dor" not in done.err + done.out


def test_a_spec_that_says_not_what_it_is_is_still_judged(inside: Path, run: Run) -> None:
    text = SPEC.replace("spec_version: 1\nkind: cluster\n", "").replace("name: demo", "name: 10")
    (inside / "c.yaml").write_text(text, encoding="utf-8")
    done = run("validate", "c.yaml")
    assert done.status == 3
    assert 'put the value in quotes: "10"' in done.out
    assert "'spec_version'" in done.out
    assert " | " not in done.out


@pytest.mark.parametrize(
    "line",
    [
        "token: Tr0ub4dor: x",
        "kubernetes: {api_server_args: {oidc-client-secret: Tr0ub4dor}, maniests: 1}",
        'proxy: {http: "http://u:Tr0ub4dor@proxy:1", https: 7}',
        "password: *Tr0ub4dor",
        "password: !Tr0ub4dor x",
        f"password: {LONG}",
        "my_password: |\n  Tr0ub4dor \x01",
        "a:\n- password:\n    Tr0ub4dor \x01",
        'x: "mysql -u root -pTr0ub4dor"',
        'x: "curl -u user:Tr0ub4dor https://h"',
        'x: "deploy --password=Tr0ub4dor"',
        'x: "Bearer Tr0ub4dorTr0ub4dorTr0ub4dor"',
        'x: "aws_secret_access_key=Tr0ub4dor"',
        'x: "https://h/?signature=Tr0ub4dor"',
        "pwd: Tr0ub4dor",
        "x: |\n  -----BEGIN EC PRIVATE KEY-----\n  Tr0ub4dor\n oops\n  -----END EC PRIVATE KEY-----",
    ],
)
def test_no_line_is_quoted_that_holds_a_secret(inside: Path, run: Run, line: str) -> None:
    (inside / "c.yaml").write_text(f"{SPEC}{line}\n", encoding="utf-8")
    for form in ("text", "json", "sarif", "github", "junit"):
        done = run("validate", "--format", form, "c.yaml")
        assert done.status == 3
        assert "Tr0ub4dor" not in done.err + done.out
        assert LONG not in done.err + done.out


def test_a_pipe_that_a_shell_names_is_told_as_one(run: Run) -> None:
    reads, writes = os.pipe()
    try:
        done = run("validate", f"/dev/fd/{reads}")
    finally:
        os.close(reads)
        os.close(writes)
    assert done.status == 3
    assert f"cannot read '/dev/fd/{reads}': it is a FIFO" in done.out
