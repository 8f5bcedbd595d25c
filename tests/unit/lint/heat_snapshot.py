"""The snapshot of Heat that `lint-hot` judges by, from its engine: run it to write the snapshot anew.

python -m tests.unit.lint.heat_snapshot > compiler/jeroboam/lint/heat.json

Source: the resource plug-ins, template versions and constraints of the installed `openstack-heat`.
`compiler/jeroboam/lint/schemas.py` says what its keys mean.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import files, version
from typing import Any

from jeroboam.serialize import load_yaml_all
from tests.support.heat_engine import AnyAnswer, support_status


def snapshot() -> dict[str, Any]:
    """Everything, as plain data."""
    support_status("OS::Heat::None")  # Loads the engine, which registers its types.
    from heat.engine import resources

    environment = resources.global_env()
    return {
        "openstack_heat": version("openstack-heat"),
        "constraints": sorted(set(environment.constraints) - {"test_constr"}),
        "versions": dict(_versions()),
        "registry": _registry(),
        "types": {name: _type(name, kind) for name, kind in sorted(_classes(environment))},
    }


def text() -> str:
    """The snapshot as JSON, a type or a version a line, so that a new release of Heat can be reviewed."""
    parts = []
    for key, value in snapshot().items():
        if isinstance(value, dict):
            lines = ",\n".join(f"{_json(name)}:{_json(entry)}" for name, entry in value.items())
            parts.append(f"{_json(key)}:{{\n{lines}\n}}")
        else:
            parts.append(f"{_json(key)}:{_json(value)}")
    return "{" + ",\n".join(parts) + "}\n"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _classes(environment: Any) -> Iterator[tuple[str, Any]]:
    for info in environment.registry._registry.values():
        if isinstance(getattr(info, "value", None), type):
            yield info.name, info.value


def _registry() -> dict[str, str]:
    """The `resource_registry` of the environment that every Heat service has, types by type."""
    name = "environment.d/default.yaml"
    path = next(path for path in files("openstack-heat") or () if str(path).endswith(name))
    (environment,) = load_yaml_all(path.read_text(encoding="utf-8"))
    return dict(environment["resource_registry"])


def _versions() -> Iterator[tuple[str, dict[str, Any]]]:
    from heat.engine import template
    from heat.engine.hot import functions, parameters

    manager = template._get_template_extension_manager()
    for name in sorted(manager.names()):
        key, _, number = name.partition(".")
        if key != "heat_template_version":
            continue
        kind = manager[name].plugin
        known = {n: f for n, f in kind.functions.items() if f is not functions.Removed}
        judging = getattr(kind, "condition_functions", {})
        entry = {
            "sections": [section for section in kind.SECTIONS if section != kind.MAPPINGS],
            "resource": sorted(kind._RESOURCE_KEYS),
            "parameter": sorted(kind.param_schema_class.PARAMETER_KEYS),
            "output": sorted(kind.OUTPUT_KEYS),
            "deletion_policies": sorted(kind.deletion_policies),
            "modulo": issubclass(kind.param_schema_class, parameters.HOTParamSchema20170224),
            "functions": {n: _function(f) for n, f in sorted(known.items())},
            "conditions": {n: _function(f) for n, f in sorted(judging.items())},
            "removed": sorted(set(kind.functions) - set(known)),
        }
        yield number, entry


def _function(kind: Any) -> str:
    """The name of its class; CloudFormation's has some of the same names, which take other arguments."""
    cloud_formation = kind.__module__.startswith("heat.engine.cfn")
    return f"Cfn{kind.__name__}" if cloud_formation else str(kind.__name__)


def _type(name: str, kind: Any) -> dict[str, Any]:
    from heat.engine import properties, resource
    from heat.engine.resources.openstack.heat import none_resource

    base = resource.Resource
    entry: dict[str, Any] = {"properties": _schemas(properties.schemata(kind.properties_schema))}
    for required, others in _stand_ins(kind).items():
        entry["properties"][required]["or"] = others
    attributes = {*kind.attributes_schema, *kind.base_attributes_schema}
    if attributes != {"show"}:
        entry["attributes"] = sorted(attributes - {"show"})
    if kind.support_status.status != "SUPPORTED":
        entry["status"] = kind.support_status.status
    if kind.update_policy_schema:
        entry["update_policy"] = _schemas(properties.schemata(kind.update_policy_schema))
    if callable(getattr(kind, "handle_snapshot_delete", None)):
        entry["snapshot"] = True
    if issubclass(kind, none_resource.NoneResource):
        entry["any_properties"] = True
    if kind.get_attribute is not base.get_attribute or kind.FnGetAtt is not base.FnGetAtt:
        entry["any_attributes"] = True
    return entry


def _schemas(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _schema(schema) for name, schema in sorted(schemas.items())}


def _schema(schema: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": schema.type}
    if schema.required and schema.default is None:
        entry["required"] = True
    if schema.schema is not None and schema.type == "List":
        entry["of"] = _schema(schema.schema["*"])
    elif schema.schema is not None:
        entry["of"] = _schemas(schema.schema)
    constraints = [_constraint(constraint) for constraint in schema.constraints]
    if constraints:
        entry["constraints"] = constraints
    return entry


def _constraint(constraint: Any) -> dict[str, Any]:
    return {key: value for key, value in dict(constraint).items() if key != "description"}


def _stand_ins(kind: Any) -> dict[str, list[str]]:
    """By required property those that Heat moves to it where it is absent."""
    from heat.engine import properties, translation

    own = properties.Properties(properties.schemata(kind.properties_schema), {})
    required = {name for name, p in own.props.items() if p.required()}
    # The rules are a method that asks for nothing but the names of properties, and a client for later.
    names = {name: getattr(kind, name) for name in dir(kind) if name.isupper()}
    plugin = AnyAnswer()
    vars(plugin).update(names)
    try:
        rules = kind.translation_rules(plugin, own) or []
    except ValueError:  # Its rules depend on values: they turn names into ids, and move nothing.
        rules = []
    found: dict[str, set[str]] = {}
    for rule in rules:
        target = rule.translation_path[0]
        if rule.rule == translation.TranslationRule.REPLACE and target in required and rule.value_path:
            found.setdefault(target, set()).add(rule.value_path[0])
    return {name: sorted(others) for name, others in found.items()}


if __name__ == "__main__":
    sys.stdout.write(text())
