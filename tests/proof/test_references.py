"""Our own reading of every template: references resolve, parameters are read, secrets stay out."""

from __future__ import annotations

import functools
import io
import re
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from jeroboam.hot.contract import BASTION, OutputName
from jeroboam.spec.metadata import GROUP_METADATA
from tests.support import hot
from tests.support.cases import CASES, Case, CompiledTexts, compiled

PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|LS0tLS1CRUdJTi[A-Za-z0-9+/]{0,12}UFJJVkFURSBLRVkt")
"""A PEM private key, bare or in base64."""
SECRET_NAME = re.compile(r"password|passphrase|secret|token|private|(^|[-_])key$", re.IGNORECASE)
LIMITS = {"template": 524_288, "resources": 1_000}

BUNDLES = [(case, layout) for case in CASES for layout in ("single", "nested")]
EVERY_BUNDLE = pytest.mark.parametrize(
    ("case", "layout"), BUNDLES, ids=[f"{c}-{layout}" for c, layout in BUNDLES]
)


@EVERY_BUNDLE
def test_references_and_names(case: Case, layout: str) -> None:
    bundle = compiled(case.spec, layout)
    assert {p: f for p in bundle.templates if (f := hot.faults(hot.parse(bundle.files[p])))} == {}


@EVERY_BUNDLE
def test_limits(case: Case, layout: str) -> None:
    trees = [
        hot.parse(compiled(case.spec, layout).files[path]) for path in compiled(case.spec, layout).templates
    ]
    assert max(len(str(tree)) for tree in trees) <= LIMITS["template"]
    assert sum(len(tree["resources"]) for tree in trees) <= LIMITS["resources"]


@EVERY_BUNDLE
def test_hidden_parameters_have_no_default(case: Case, layout: str) -> None:
    bundle = compiled(case.spec, layout)
    for path in bundle.templates:
        for name, schema in (hot.parse(bundle.files[path]).get("parameters") or {}).items():
            assert not (schema.get("hidden") and "default" in schema), (path, name)
            assert schema.get("hidden") or not SECRET_NAME.search(name), f"{path}: '{name}' should be hidden"


@EVERY_BUNDLE
def test_no_private_key_anywhere(case: Case, layout: str) -> None:
    assert [p for p, text in compiled(case.spec, layout).files.items() if PRIVATE.search(text)] == []


def test_outputs() -> None:
    for case in CASES:
        bundle = compiled(case.spec)
        tree = hot.parse(bundle.files[bundle.hot])
        # Who is held is known once there is a stack.
        of_all = set(OutputName) - {OutputName.BASTION_ADDRESS, OutputName.HELD_NODES}
        own = {OutputName.BASTION_ADDRESS} if "bastion" in tree["resources"] else set()
        assert set(tree["outputs"]) == of_all | own


@EVERY_BUNDLE
def test_servers_are_safe_to_update(case: Case, layout: str) -> None:
    for resource in _resources(compiled(case.spec, layout)):
        if resource["type"] == "OS::Nova::Server":
            assert resource["properties"]["user_data_update_policy"] == "IGNORE"
            assert resource["properties"]["flavor_update_policy"] == "RESIZE"
            assert resource["properties"]["user_data_format"] == "RAW"
            user_data = resource["properties"]["user_data"]
            if resource["properties"]["metadata"][GROUP_METADATA] == BASTION:
                # One server, and nothing that Heat fills in.
                assert isinstance(user_data, str)
            else:
                assert list(user_data) in (["get_resource"], ["get_param"])


@EVERY_BUNDLE
def test_yaml_says_the_same_to_every_reader(case: Case, layout: str) -> None:
    """PyYAML, which Heat and cloud-init use, and an independent YAML 1.1 reader agree on each file."""
    for path, text in compiled(case.spec, layout).files.items():
        if path.endswith((".yaml", ".yml")):
            assert _reads_the_same(text), path
            assert "\t" not in text.replace("\\t", ""), path
            assert text.endswith("\n"), path
            assert "\r" not in text, path


@functools.cache
def _reads_the_same(text: str) -> bool:
    other = YAML(typ="safe", pure=True)
    other.version = (1, 1)
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader)) == list(other.load_all(io.StringIO(text)))


def _resources(bundle: CompiledTexts) -> list[dict[str, Any]]:
    return [r for path in bundle.templates for r in hot.parse(bundle.files[path])["resources"].values()]
