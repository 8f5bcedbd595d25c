"""Odd YAML in every file that is read beside specs: told with file, line, column and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.odd_yaml import READ, REFUSED, Odd
from tests.unit.cli.running import SPEC, Done, Run

pytestmark = pytest.mark.slow

VALUES = "kubernetes: {addons: {cinder_csi: {enabled: true}}}\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\n"
CREDENTIAL = "id: 0123abcd\nsecret: correct horse\n"


class Kind(NamedTuple):
    """A kind of file: what the spec says for it, the command, and how the file begins."""

    spec: str
    command: tuple[str, ...]
    head: str

    @property
    def status(self) -> int:
        """Of a refusal."""
        return 3 if self.command[0] == "validate" else 1

    def run(self, run: Run, content: str | bytes) -> Done:
        Path("demo.yaml").write_text(SPEC + self.spec, encoding="utf-8")
        raw = content.encode() if isinstance(content, str) else content
        Path("odd.yaml").write_bytes(raw)
        return run(*self.command)


KINDS = {
    "manifest": Kind("kubernetes: {manifests: [odd.yaml]}\n", ("validate", "demo.yaml"), OBJECT),
    "audit policy": Kind("kubernetes: {audit_policy_file: odd.yaml}\n", ("validate", "demo.yaml"), OBJECT),
    "secrets": Kind("", ("secrets", "demo.yaml", "-o", "odd.yaml"), "parameters:\n  token: hunter2\n"),
    "values": Kind(VALUES, ("secrets", "demo.yaml", "--from", "odd.yaml"), CREDENTIAL),
    "template": Kind(
        "", ("diff", "demo.yaml", "odd.yaml"), "heat_template_version: '2021-04-16'\nresources: {}\n"
    ),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@every_kind
@pytest.mark.parametrize("odd", REFUSED.values(), ids=list(REFUSED))
def test_odd_yaml_is_told(run: Run, kind: Kind, odd: Odd) -> None:
    head = f"{kind.head}odd:\n"
    done = kind.run(run, f"{head}{odd.text}\n")
    told = done.out + done.err
    assert "this is a bug" not in told
    assert done.status == kind.status
    assert "'odd.yaml'" in told
    assert f"line {head.count(chr(10)) + odd.line}, column {odd.column}\n" in told
    assert "= help: " in told
    assert "horse" not in told
    assert "hunter2" not in told


@every_kind
def test_the_rest_is_read(run: Run, kind: Kind) -> None:
    rest = "".join(f"- {text}\n" for text, _ in READ.values())
    done = kind.run(run, f"{kind.head}odd:\n{rest}")
    assert "this is a bug" not in done.out + done.err
    assert ", column" not in done.out + done.err


@every_kind
def test_a_file_that_is_not_utf_8(run: Run, kind: Kind) -> None:
    done = kind.run(run, f"{kind.head}odd: é\n".encode("latin-1"))
    told = done.out + done.err
    assert done.status == kind.status
    assert "= help: " in told
    assert "odd.yaml" in told
    if kind.command[0] != "validate":  # which names the place in the spec that asks for the file
        assert "line 3, column 6\n" in told


@every_kind
@pytest.mark.parametrize("text", ["", "---\n", "--- 1\n--- 2\n", "- a\n", "1\n", "parameters: 1\n", "2: 3\n"])
def test_other_shapes(run: Run, kind: Kind, text: str) -> None:
    done = kind.run(run, text)
    told = done.out + done.err
    assert "this is a bug" not in told
    assert done.status in (1, 3)
    assert "= help: " in told


@pytest.mark.parametrize(
    "resources",
    [
        "[1]",
        "1",
        "{a: 1}",
        "{a: {type: odd.yaml}}",
        "{a: {depends_on: 3}}",
        "{a: {properties: {x: {get_param: []}}}}",
    ],
)
def test_templates_of_another_form(run: Run, resources: str) -> None:
    done = KINDS["template"].run(run, f"heat_template_version: '2021-04-16'\nresources: {resources}\n")
    assert done.status == 1
    assert "'odd.yaml' does not have the form of a template" in done.err
    assert "= help: name a compiled .hot.yaml" in done.err


@pytest.mark.parametrize("command", [("keypairs", "-o", "keys"), ("credentials", "--address", "192.0.2.7")])
@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"parameters:\n  a: \xe9\n", "line 2, column 6"),
        (b"parameters:\n  a: 0b_\n", "line 2, column 6"),
        (b"- a\n", "'parameters'"),
    ],
)
def test_secrets_of_a_cluster_that_was_made(
    run: Run, command: tuple[str, ...], content: bytes, place: str
) -> None:
    name, *options = command
    done = Kind("", (name, "demo.yaml", "--secrets", "odd.yaml", *options), "").run(run, content)
    assert done.status == 1
    assert "'odd.yaml'" in done.err
    assert place in done.err
    assert "pass the cluster's secrets file with --secrets" in done.err
