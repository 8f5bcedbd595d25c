"""The real Heat engine loads and validates every template; breaking one makes it refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.support import heat_engine, hot
from tests.support.cases import CASES, MINIMAL, Case, compiled

LAYOUTS = ("single", "nested")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_heat_accepts(case: Case, layout: str) -> None:
    bundle = compiled(case.spec, layout)
    assert any(path.startswith("nested/") for path in bundle.files) == (layout == "nested")
    templates = {path: bundle.files[path] for path in bundle.templates}
    assert heat_engine.refusal(templates, bundle.hot) is None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_resource_types_are_supported(case: Case) -> None:
    tree = hot.parse(compiled(case.spec, "single").files[compiled(case.spec, "single").hot])
    types = {resource["type"] for resource in tree["resources"].values()}
    assert {kind: heat_engine.support_status(kind) for kind in sorted(types)} == dict.fromkeys(
        sorted(types), "SUPPORTED"
    )


def _properties(tree: dict[str, Any], kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = next(r for r in tree["resources"].values() if r["type"] == kind)[
        "properties"
    ]
    return properties


def _unknown_property(tree: dict[str, Any]) -> None:
    _properties(tree, "OS::Nova::Server")["flavour"] = "m1.small"


def _wrong_type(tree: dict[str, Any]) -> None:
    _properties(tree, "OS::Heat::WaitCondition")["count"] = "many"


def _value_not_allowed(tree: dict[str, Any]) -> None:
    _properties(tree, "OS::Nova::Server")["user_data_format"] = "COOKED"


def _missing_property(tree: dict[str, Any]) -> None:
    del _properties(tree, "OS::Nova::Server")["flavor"]


def _unknown_type(tree: dict[str, Any]) -> None:
    next(r for r in tree["resources"].values() if r["type"] == "OS::Neutron::Port")["type"] = (
        "OS::Neutron::Portal"
    )


def _dangling_resource(tree: dict[str, Any]) -> None:
    _properties(tree, "OS::Nova::Server")["user_data"] = {"get_resource": "nobody"}


def _dangling_parameter(tree: dict[str, Any]) -> None:
    _properties(tree, "OS::Nova::Server")["flavor"] = {"get_param": "nobody"}


def _dangling_attribute(tree: dict[str, Any]) -> None:
    tree["outputs"]["api_address"]["value"] = {"get_attr": ["nobody", "name"]}


def _unknown_attribute(tree: dict[str, Any]) -> None:
    port = next(name for name, r in tree["resources"].items() if r["type"] == "OS::Neutron::Port")
    tree["outputs"]["api_address"]["value"] = {"get_attr": [port, "colour"]}


def _dangling_dependency(tree: dict[str, Any]) -> None:
    next(iter(tree["resources"].values()))["depends_on"] = ["nobody"]


def _circle(tree: dict[str, Any]) -> None:
    config = next(n for n, r in tree["resources"].items() if r["type"] == "OS::Heat::SoftwareConfig")
    server = next(n for n, r in tree["resources"].items() if r["type"] == "OS::Nova::Server")
    tree["resources"][config]["depends_on"] = [server]


def _bad_default(tree: dict[str, Any]) -> None:
    tree["parameters"]["broken"] = {
        "type": "string", "default": "10.0.0.0/64", "constraints": [{"custom_constraint": "net_cidr"}],
    }  # fmt: skip


def _unknown_constraint(tree: dict[str, Any]) -> None:
    next(iter(tree["parameters"].values()))["constraints"] = [{"custom_constraint": "nova.flavour"}]


def _unknown_version(tree: dict[str, Any]) -> None:
    tree["heat_template_version"] = "2018-08-32"


BREAKS = (
    _unknown_property, _wrong_type, _value_not_allowed, _missing_property, _unknown_type, _dangling_resource,
    _dangling_parameter, _dangling_attribute, _unknown_attribute, _dangling_dependency, _circle, _bad_default,
    _unknown_constraint, _unknown_version,
)  # fmt: skip


@pytest.mark.parametrize("broken", BREAKS, ids=lambda f: f.__name__.strip("_"))
def test_heat_refuses_what_is_broken(broken: Callable[[dict[str, Any]], None]) -> None:
    bundle = compiled(MINIMAL.spec, "single")
    tree = copy.deepcopy(hot.parse(bundle.files[bundle.hot]))
    assert heat_engine.refusal({bundle.hot: yaml.safe_dump(tree)}, bundle.hot) is None
    broken(tree)
    assert heat_engine.refusal({bundle.hot: yaml.safe_dump(tree)}, bundle.hot) is not None


def test_heat_refuses_a_broken_nested_template() -> None:
    bundle = compiled(MINIMAL.spec, "nested")
    templates = {path: bundle.files[path] for path in bundle.templates}
    child = next(path for path in templates if path.startswith("nested/"))
    tree = copy.deepcopy(hot.parse(templates[child]))
    _unknown_property(tree)
    assert "flavour" in (heat_engine.refusal({**templates, child: yaml.safe_dump(tree)}, bundle.hot) or "")
