"""`accepted_findings`, `--strict`, and findings as the result of `compile`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from jeroboam.diagnostics import CODES, Severity
from tests.support.command import written
from tests.unit.cli.running import BAD, SPEC, Run

OPEN = SPEC.replace("192.0.2.0/24", "0.0.0.0/0")


def accepting(spec: str, **reasons: str | None) -> str:
    return f"{spec}accepted_findings: {json.dumps(reasons)}\n"


def codes(run: Run, spec: str, *words: str) -> dict[str, str]:
    Path("s.yaml").write_text(spec, encoding="utf-8")
    done = run("validate", "--format", "json", *words, "s.yaml")
    found = {finding["code"]: finding["severity"] for finding in json.loads(done.out)}
    assert done.status == (3 if "error" in found.values() else 0)
    return found


def test_what_is_accepted_is_silent_in_every_command(run: Run) -> None:
    assert codes(run, OPEN) == {"JB0371": "warning"}
    accepted = accepting(OPEN, JB0371="a firewall of ours stands before it")
    assert codes(run, accepted) == {}
    for words in (("compile",), ("show",), ("validate", "--format", "text")):
        done = run(*words, "s.yaml")
        assert done.status == 0
        assert "JB0371" not in done.err
        assert "JB0371" not in done.out or words == ("show",)


def test_nothing_else_comes_of_it(run: Run) -> None:
    Path("a.yaml").write_text(OPEN, encoding="utf-8")
    Path("b.yaml").write_text(accepting(OPEN, JB0371="because"), encoding="utf-8")
    assert run("compile", "-o", "a", "a.yaml").status == run("compile", "-o", "b", "b.yaml").status == 0
    assert written(Path("a")) == written(Path("b"))


def test_a_warning_of_a_later_stage_too(run: Run) -> None:
    spec = SPEC + "kubernetes: {encrypt_secrets: false}\n"
    assert codes(run, spec) == {"JB0427": "warning"}
    assert codes(run, accepting(spec, JB0427="etcd's disk is encrypted")) == {}


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        ({"JB9999": "x"}, {"JB0217": "error", "JB0371": "warning"}),
        ({"JB0330": "x"}, {"JB0218": "error", "JB0371": "warning"}),
        ({"JB0370": "x"}, {"JB0219": "warning", "JB0371": "warning"}),
        ({"JB0371": ""}, {"JB0209": "error"}),
        ({"JB0371": "  "}, {"JB0205": "error"}),
        ({"0371": "x"}, {"JB0211": "error", "JB0371": "warning"}),
        ({"JB0371": None}, {"JB0371": "warning"}),
    ],
)
def test_acceptances_are_judged(run: Run, reasons: dict[str, str | None], found: dict[str, str]) -> None:
    assert codes(run, accepting(OPEN, **reasons)) == found


def test_what_is_suggested_can_be_accepted(run: Run) -> None:
    Path("s.yaml").write_text(accepting(OPEN, JB0329="x"), encoding="utf-8")
    assert "help: did you mean 'JB0327'?" in run("validate", "s.yaml").out


def test_no_code_of_an_error_can_be_accepted(run: Run) -> None:
    reasons = {code: "because" for code, entry in CODES.items() if entry.severity is Severity.ERROR}
    chosen = dict(list(reasons.items())[:90])
    Path("s.yaml").write_text(accepting(SPEC, **chosen), encoding="utf-8")
    found = json.loads(run("validate", "--format", "json", "s.yaml").out)
    assert [f["code"] for f in found] == ["JB0218"] * len(chosen)


def test_with_other_errors_nothing_is_called_unused(run: Run) -> None:
    assert "JB0219" not in codes(run, accepting(OPEN, JB0427="x") + "oops: 1\n")


def test_a_template_accepts_for_its_clusters(run: Run) -> None:
    base = OPEN.replace("kind: cluster", "kind: cluster_template")
    Path("base.yaml").write_text(
        accepting(base, JB0371="a firewall", JB0370="some open it"), encoding="utf-8"
    )
    cluster = "spec_version: 1\nkind: cluster\nname: a\ntemplate: base.yaml\n"
    # The template's own are for many clusters, so that one of them lacks the finding says nothing.
    assert codes(run, cluster) == {}
    assert codes(run, accepting(cluster, JB0371=None)) == {"JB0371": "warning"}
    assert codes(run, accepting(cluster, JB0372="x")) == {"JB0219": "warning"}
    assert run("validate", "base.yaml").err == "base.yaml: valid\n"


def test_strict(run: Run) -> None:
    assert codes(run, OPEN, "--strict") == {"JB0371": "error"}
    accepted = accepting(OPEN, JB0371="a firewall")
    assert codes(run, accepted, "--strict") == codes(run, accepted, "--error-on", "warnings") == {}
    notes = SPEC.replace(", api_allowed_cidrs: [192.0.2.0/24]", "")
    assert codes(run, notes, "--strict") == {"JB0326": "note"}
    assert run("compile", "--strict", "s.yaml").status == 0
    Path("s.yaml").write_text(OPEN, encoding="utf-8")
    assert run("compile", "--strict", "-o", "strict", "s.yaml").status == 3
    assert not Path("strict").exists()
    assert run("deploy", "--strict", "--yes", "s.yaml").status == 3


def test_what_a_pipeline_names_is_above_the_spec(run: Run) -> None:
    accepted = accepting(OPEN, JB0371="a firewall")
    for name in ("security", "JB0371"):
        assert codes(run, accepted, "--error-on", name) == {"JB0371": "error"}
    assert codes(run, accepted, "--error-on", "JB0370") == {}
    assert run("compile", "--error-on", "security", "s.yaml").status == 3


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_compile_prints_what_validate_prints(run: Run, form: str) -> None:
    for name, text in (("a", OPEN), ("b", BAD)):
        Path(f"{name}.yaml").write_text(text.replace("name: demo", f"name: {name}"), encoding="utf-8")
    told = run("validate", "--format", form, "a.yaml", "b.yaml")
    done = run("compile", "--format", form, "a.yaml", "b.yaml")
    assert (done.status, done.out) == (3, told.out)
    assert "JB0371" in done.out
    assert "build/a: " in done.err
    assert "b.yaml: 2 errors" in done.err
    checked = run("compile", "--check", "--format", form, "a.yaml")
    assert checked.status == 0
    Path("a.yaml").write_text(Path("a.yaml").read_text().replace("m1.large", "m1.small"), encoding="utf-8")
    checked = run("compile", "--check", "--format", form, "a.yaml")
    assert checked.status == 4
    # The diff does not get between what a program reads.
    assert checked.out == run("validate", "--format", form, "a.yaml").out
    assert "+    default: m1.small" in checked.err


def test_the_template_and_findings_do_not_mix(run: Run, spec: Path) -> None:
    assert run("compile", "-o", "-", "--format", "json", spec).status == 2


def test_junit_of_several_specs(run: Run, spec: Path, bad: Path) -> None:
    done = run("validate", "--format", "junit", spec, bad)
    assert done.status == 3
    read = JUnitXml.fromstring(done.out.encode())
    assert [(suite.name, suite.failures) for suite in read] == [("demo.yaml", 0), ("bad.yaml", 2)]
