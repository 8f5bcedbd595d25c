"""The configuration of Renovate in docs/pipelines.md finds the versions of specs, and nothing else."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from jeroboam.drivers.kubernetes.catalogue import known_patches, supported_minors
from tests.support.cases import GOLDEN, ROOT

EXAMPLES = ROOT / "docs/examples"
BASE = 'spec_version: 1\nkind: cluster\ncoe: kubernetes\ncoe_version: "1.36"\nnetwork: {cidr: 10.1.36.0/24}\n'


@cache
def config() -> Any:
    page = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    (block,) = (it for it in re.findall(r"^```json\n(.*?)^```$", page, re.M | re.S) if "customManagers" in it)
    return json.loads(block)


def _pattern(text: str) -> re.Pattern[str]:
    assert not re.search(r"\(\?[=!]|\(\?<[=!]", text), "RE2 looks neither ahead nor back"
    return re.compile(text.replace("(?<", "(?P<"), re.A)


def found(text: str) -> list[tuple[str, str, str]]:
    """COE, version, and the text in which Renovate replaces it: the groups of all expressions, combined.

    What lacks a COE or a version is no dependency.
    """
    dependencies = []
    for manager in config()["customManagers"]:
        assert manager["matchStringsStrategy"] == "combination"
        groups: dict[str, str] = {}
        replaced = ""
        for expression in manager["matchStrings"]:
            for match in _pattern(expression).finditer(text):
                groups |= match.groupdict()
                replaced = match[0] if "currentValue" in match.groupdict() else replaced
        if groups.keys() == {"depName", "currentValue"}:
            dependencies.append((groups["depName"], groups["currentValue"], replaced))
    return dependencies


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (BASE, ("kubernetes", "1.36")),
        (BASE.replace("1.36", "1.36.5", 1), ("kubernetes", "1.36.5")),
        (BASE.replace('"1.36"', "'1.36'  # since May"), ("kubernetes", "1.36")),
        ('coe_version: "29.8.2"\nkind: cluster\ncoe: "swarm"\n', ("swarm", "29.8.2")),
        ('kind: cluster\ncoe: swarm # ours\ncoe_version: "29.6"\n', ("swarm", "29.6")),
    ],
)
def test_a_version_is_found_once_and_replaced_where_it_stands(spec: str, expected: tuple[str, str]) -> None:
    ((coe, version, replaced),) = found(spec)
    assert (coe, version) == expected
    assert replaced.strip().startswith("coe_version:")
    # Renovate replaces the first place where the text is, and in it the first version.
    assert spec.replace(replaced, replaced.replace(version, "9.9", 1), 1).count("9.9") == 1


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("kubernetes", "mesos"),
        BASE.replace("coe: kubernetes\n", "template: base.yaml\n"),
        BASE.replace('coe_version: "1.36"\n', ""),
        BASE.replace("coe_version", "# coe_version"),
        BASE.replace("coe: kubernetes", "swarm:\n  coe: kubernetes"),
    ],
)
def test_what_names_no_version_of_a_coe_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_examples_and_golden_specs() -> None:
    seen = set()
    for path in (*EXAMPLES.glob("*.yaml"), *GOLDEN.rglob("cluster.yaml")):
        spec = path.read_text(encoding="utf-8")
        coe = re.search(r"^coe: (kubernetes|swarm)$", spec, re.M)
        asked = re.search(r'^coe_version: "(.+)"', spec, re.M)
        expected = [(coe[1], asked[1])] if coe and asked else []
        assert [it[:2] for it in found(spec)] == expected, path
        seen |= {path.parts[-2]} if expected else set()
    assert seen >= {"examples", "ha"}


@pytest.mark.parametrize("manager", [0, 1])
@pytest.mark.parametrize(
    ("release", "versions"),
    [
        ("v1.36.5", ["1.36", "1.36.5"]),
        ("docker-v29.8.2", ["29.8", "29.8.2"]),
        ("v28.5.2", ["28.5", "28.5.2"]),
        ("v1.38.0-rc.1", [None, None]),
        ("api/v1.52.0", [None, None]),
    ],
)
def test_releases_are_read_as_specs_name_them(manager: int, release: str, versions: list[str | None]) -> None:
    match = _pattern(config()["customManagers"][manager]["extractVersionTemplate"]).search(release)
    assert (match and match["version"]) == versions[manager]


def test_what_is_allowed_is_what_this_release_installs() -> None:
    (rule,) = config()["packageRules"]
    allowed = _pattern(rule["allowedVersions"].strip("/"))
    offered = {minor for number in range(20, 60) if allowed.search(minor := f"1.{number}")}
    assert offered == set(supported_minors())
    assert all(allowed.search(patch) for minor in supported_minors() for patch in known_patches(minor))


def test_files_are_those_of_the_documented_folder() -> None:
    specs, others = ("clusters/a.yaml", "clusters/eu west/b.yml"), ("build/a/a.hot.yaml", "clusters/a.sh")
    for manager in config()["customManagers"]:
        (pattern,) = (_pattern(it.strip("/")) for it in manager["managerFilePatterns"])
        assert [path for path in (*specs, *others) if pattern.search(path)] == list(specs)
