"""`diff` against files: no cloud is asked, and no OpenStack library loaded."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from jeroboam.deploy.plan import Plan, Planning
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from tests.support.tiny_cloud import TinyCloud
from tests.unit.cli.running import SPEC, Run

GROWN = ("- {name: default, flavor: m1.large}", "- {name: default, count: 3, flavor: m1.large}")


@pytest.fixture
def grown(spec: Path, tmp_path: Path) -> Path:
    text = (tmp_path / spec).read_text(encoding="utf-8")
    assert GROWN[0] in text
    (tmp_path / "grown.yaml").write_text(text.replace(*GROWN), encoding="utf-8")
    return Path("grown.yaml")


def test_against_a_spec(run: Run, spec: Path, grown: Path) -> None:
    done = run("diff", grown, spec)
    assert done.status == 4
    assert "  + add     default-1, default-2  OS::Nova::Server\n" in done.out
    assert "count: 1 -> 3 (waits for 2 more nodes to signal)" in done.out


@pytest.mark.parametrize("layout", ["single", "nested"])
@pytest.mark.parametrize("other", ["build/demo", "build/demo/demo.hot.yaml"])
def test_against_what_was_compiled(run: Run, spec: Path, layout: str, other: str, tmp_path: Path) -> None:
    text = (tmp_path / spec).read_text(encoding="utf-8")
    (tmp_path / spec).write_text(f"{text}heat: {{layout: {layout}}}\n", encoding="utf-8")
    assert run("compile", spec).status == 0
    done = run("diff", spec, other)
    assert (done.status, done.out) == (0, f"demo: no difference in {done.out.split()[4]} resources\n")


def test_as_json(run: Run, spec: Path, grown: Path) -> None:
    done = run("diff", "--format", "json", spec, grown)
    told = json.loads(done.out)
    assert {c["resource"] for c in told["changes"] if c["kind"] == "remove"} >= {"default-1", "default-2"}
    assert told["refused"] == []


def test_as_markdown(run: Run, spec: Path, grown: Path) -> None:
    done = run("diff", "--format", "markdown", grown, spec)
    assert done.status == 4
    assert done.out.startswith("<!-- jeroboam diff demo -->\n### `demo`: ")
    assert "| `node_groups.default.count` | `1` | `3` | **live**: " in done.out
    done = run("diff", "--format", "markdown", spec, spec)
    assert (done.status, done.out.count("\n")) == (0, 2)


def test_no_library_of_openstack_is_loaded(run: Run, spec: Path, grown: Path) -> None:
    before = set(sys.modules)
    run("diff", grown, spec)
    loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
    assert not loaded & {"openstack", "heatclient", "keystoneauth1", "cryptography"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stdin", [False, True])
def test_a_token_that_was_made_afresh_is_nothing_to_update_a_stack_for(
    stdin: bool, run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("secrets", spec)
    asked: list[Mapping[str, str]] = []

    def planned(_cloud: object, stack: Stack, bundle: Bundle, values: Mapping[str, str]) -> Planning:
        asked.append(values)
        return Planning(Plan(stack.name, False, (), 0), bundle)

    monkeypatch.setattr("jeroboam.cli.diff.planned", planned)
    hidden = dict.fromkeys(("cluster_ca_key", "join_token_key", "bootstrap_token"), "******")
    with TinyCloud(stack={"stack_name": "demo", "parameters": hidden}) as tiny:
        for name, value in tiny.variables().items():
            monkeypatch.setenv(name, value)
        done = run("diff", "-", stdin=SPEC) if stdin else run("diff", spec)
    assert done.status == 0, done.err
    (values,) = asked
    assert "bootstrap_token" not in values
    assert {"cluster_ca_key", "join_token_key"} <= values.keys()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nosuch.yaml"], 1, "cannot read 'nosuch.yaml'"),
        (["empty"], 1, "'empty' holds 0 templates, not one"),
        (["text.yaml"], 1, "'text.yaml' is neither a template nor a spec"),
        (["--drift", "demo.yaml"], 2, "a file has nothing to drift from"),
    ],
)
def test_what_cannot_be_compared(
    run: Run, spec: Path, tmp_path: Path, arguments: list[str], status: int, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.yaml").write_text("- just: [text\n", encoding="utf-8")
    done = run("diff", spec, *arguments)
    assert done.status == status
    assert message in " ".join(done.err.replace("│", "").split())
