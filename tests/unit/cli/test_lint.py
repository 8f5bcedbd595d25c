"""`lint-hot`: what is printed of findings, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.running import Run

GOOD = "heat_template_version: 2018-08-31\nresources:\n  a: {type: 'OS::Heat::RandomString'}\n"
BAD = GOOD.replace("Random", "Radnom")
SECRET = """\
heat_template_version: 2018-08-31
parameters:
  db_password: {type: string, default: hunter2}
resources:
  a: {type: 'OS::Heat::RandomString', properties: {salt: {get_param: db_password}}}
"""


def test_a_valid_one(run: Run) -> None:
    Path("a.yaml").write_text(GOOD, encoding="utf-8")
    assert run("lint-hot", "a.yaml") == (0, "", "a.yaml: valid\n")
    assert run("lint-hot", "-", stdin=GOOD) == (0, "", "<stdin>: valid\n")


def test_a_mistake_is_shown_where_it_is(run: Run) -> None:
    Path("a.yaml").write_text(BAD, encoding="utf-8")
    done = run("lint-hot", "a.yaml")
    assert (done.status, done.err) == (3, "a.yaml: 1 error\n")
    assert (
        done.out
        == """\
a.yaml:3:13: error[JB0820]: heat has no resource type 'OS::Heat::RadnomString'
  |
3 |   a: {type: 'OS::Heat::RadnomString'}
  |             ^^^^^^^^^^^^^^^^^^^^^^^^ at /resources/a/type
  = help: did you mean 'OS::Heat::RandomString'?
"""
    )


def test_several_and_their_formats(run: Run) -> None:
    Path("a.yaml").write_text(GOOD, encoding="utf-8")
    Path("b.yaml").write_text(BAD, encoding="utf-8")
    done = run("lint-hot", "--format", "json", "a.yaml", "b.yaml")
    (found,) = json.loads(done.out)
    assert (found["code"], found["span"]["source"], found["span"]["start"]) == (
        "JB0820", "b.yaml", {"line": 3, "column": 13},
    )  # fmt: skip
    assert done.err == "a.yaml: valid\nb.yaml: 1 error\n"
    assert run("lint-hot", "--format", "github", "b.yaml").out.startswith("::error file=b.yaml,line=3")
    assert json.loads(run("lint-hot", "--format", "sarif", "b.yaml").out)["runs"][0]["results"]
    assert 'testsuite name="a.yaml"' in run("lint-hot", "--format", "junit", "a.yaml").out


def test_an_environment(run: Run) -> None:
    Path("a.yaml").write_text(BAD, encoding="utf-8")
    Path("env.yaml").write_text(
        "resource_registry: {'OS::Heat::Radnom*': 'OS::Heat::Random*'}\n", encoding="utf-8"
    )
    assert run("lint-hot", "-e", "env.yaml", "a.yaml").status == 0
    assert "cannot read 'none.yaml'" in run("lint-hot", "-e", "none.yaml", "a.yaml").out


@pytest.mark.parametrize("options", [("--strict",), ("--error-on", "security"), ("--error-on", "JB0860")])
def test_a_secret_is_a_warning_that_options_make_an_error(options: tuple[str, ...], run: Run) -> None:
    Path("a.yaml").write_text(SECRET, encoding="utf-8")
    done = run("lint-hot", "a.yaml")
    assert (done.status, done.err) == (0, "a.yaml: 1 warning\n")
    assert run("lint-hot", *options, "a.yaml").status == 3
    # What it warns of does not get into a pipeline's log by it.
    assert "hunter2" not in done.out
    assert "'db_password'" in done.out


def test_what_a_spec_compiles_to(run: Run) -> None:
    spec = Path(__file__).parents[3] / "golden/kubernetes/ubuntu/minimal/cluster.yaml"
    compiled = run("compile", spec, "-o", "-").out
    assert run("lint-hot", "-", stdin=compiled) == (0, "", "<stdin>: valid\n")
