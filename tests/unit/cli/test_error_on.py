"""`--error-on`: what a pipeline does not let pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jeroboam.cli import deploy as deploying
from jeroboam.diagnostics import CODES, Severity
from jeroboam.diagnostics.strict import UnknownCodeError, strictness
from tests.unit.cli.running import BAD, SPEC, Run

OPEN = SPEC.replace("192.0.2.0/24", "0.0.0.0/0")
TWO = OPEN.replace("keypair: ops\n", "") + "kubernetes: {encrypt_secrets: false}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("demo", SPEC), ("open", OPEN), ("two", TWO), ("bad", BAD)):
        (tmp_path / f"{name}.yaml").write_text(text.replace("name: demo", f"name: {name}"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ((), 0),
        (("warnings",), 3),
        (("security",), 3),
        (("JB0371",), 3),
        (("jb0371",), 3),
        (("JB0370", "JB0411, JB0371"), 3),
        (("JB0370,JB0372",), 0),
    ],
)
@pytest.mark.parametrize("command", ["validate", "compile"])
@pytest.mark.usefixtures("folder")
def test_what_is_named_is_an_error(run: Run, command: str, wanted: tuple[str, ...], status: int) -> None:
    options = [word for name in wanted for word in ("--error-on", name)]
    done = run(command, *options, "open.yaml")
    assert done.status == status
    assert ("error[JB0371]" in done.out + done.err) == (status == 3)
    assert ("warning[JB0371]" in done.out + done.err) == (status == 0)
    assert Path("build/open").exists() == (status == 0 and command == "compile")
    assert run(command, *options, "demo.yaml").status == 0


@pytest.mark.usefixtures("folder")
def test_notes_are_errors_only_by_their_codes(run: Run) -> None:
    found = json.loads(run("validate", "--format", "json", "two.yaml").out)
    assert {"JB0327", "JB0371", "JB0427"} <= {f["code"] for f in found}
    for wanted, errors in (
        ("warnings", {"JB0371", "JB0427"}),
        ("JB0327", {"JB0327"}),
        ("security,JB0327", {"JB0327", "JB0371", "JB0427"}),
    ):
        found = json.loads(run("validate", "--format", "json", "--error-on", wanted, "two.yaml").out)
        assert {f["code"] for f in found if f["severity"] == "error"} == errors


@pytest.mark.usefixtures("folder")
def test_other_specs_are_still_compiled(run: Run) -> None:
    assert run("compile", "--error-on", "security", "open.yaml", "demo.yaml").status == 3
    assert (Path("build/demo").exists(), Path("build/open").exists()) == (True, False)


@pytest.mark.usefixtures("folder")
def test_github_and_sarif_say_error(run: Run) -> None:
    told = run("validate", "--error-on", "security", "--format", "github", "open.yaml").out
    assert told.startswith("::error file=open.yaml,")
    log = json.loads(run("validate", "--error-on", "security", "--format", "sarif", "open.yaml").out)
    assert [r["level"] for r in log["runs"][0]["results"] if r["ruleId"] == "JB0371"] == ["error"]


@pytest.mark.usefixtures("folder")
def test_deploy_asks_no_cloud(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("a cloud was asked")

    monkeypatch.setattr(deploying, "connected", asked)
    done = run("deploy", "--yes", "--error-on", "security", "open.yaml")
    assert done.status == 3
    assert "error[JB0371]" in done.err
    assert "a cloud was asked" not in done.err


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("JB0317", "did you mean 'JB0320'?"),
        ("jb371", "did you mean 'JB0371'?"),
        ("warning", "did you mean 'warnings'?"),
        ("Securty", "did you mean 'security'?"),
        ("x", "'warnings' and 'security' stand for many"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "compile", "deploy"])
def test_an_unknown_code_is_a_wrong_usage(run: Run, spec: Path, command: str, name: str, hint: str) -> None:
    done = run(command, "--error-on", f"JB0411,{name}", spec)
    assert done.status == 2
    assert f"there is no code '{name}'" in done.err
    assert hint in done.err
    assert not Path("build").exists()


def test_security_is_every_warning_of_a_dangerous_setting() -> None:
    group = {code for code, entry in CODES.items() if entry.security}
    assert strictness(["security"]).codes == group
    assert {CODES[code].severity for code in group} == {Severity.WARNING}
    assert group == {
        *("JB0370", "JB0371", "JB0372", "JB0373", "JB0374", "JB0375", "JB0376", "JB0394"),
        *("JB0423", "JB0424", "JB0425", "JB0426", "JB0427", "JB0457", "JB0464"),
        *("JB0860", "JB0861"),
    }


def test_an_empty_name_is_nothing() -> None:
    assert strictness(["", ",", "  "]) == strictness([])
    with pytest.raises(UnknownCodeError):
        strictness(["JB 0371"])
