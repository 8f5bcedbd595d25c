"""What Heat's engine accepts, the linter does: goldens, and every function of every version.

tests/proof/test_heat.py shows that the engine takes the goldens.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jeroboam.diagnostics import Severity
from jeroboam.lint import lint_hot
from jeroboam.lint.limits import printed_length
from jeroboam.lint.schemas import TemplateVersion, versions
from tests.support import heat_engine, hot
from tests.support.cases import CASES, GOLDEN, MINIMAL, compiled

VALUES = {
    "get_param": "[names, 0]",
    "get_resource": "text",
    "get_attr": "[text, value]",
    "get_file": "a.sh",
    "list_join": "[',', [a, {get_param: 'OS::stack_name'}]]",
    "str_replace": "{template: 'a @b@', params: {'@b@': {get_attr: [text, value]}}}",
    "str_replace_strict": "{template: 'a @b@', params: {'@b@': c}}",
    "str_replace_vstrict": "{template: 'a @b@', params: {'@b@': c}}",
    "resource_facade": "metadata",
    "repeat": "{template: 'a %b%', for_each: {'%b%': {get_param: names}}}",
    "digest": "[sha256, a]",
    "str_split": "[',', 'a,b', 1]",
    "map_merge": "[{a: b}, {c: {get_param: count}}]",
    "map_replace": "[{a: b}, {keys: {a: c}, values: {b: d}}]",
    "yaql": "{expression: $.data.a.sum(), data: {a: [1, 2]}}",
    "if": "[few, {get_param: count}, {get_resource: text}]",
    "filter": "[[a], {get_param: names}]",
    "make_url": "{scheme: http, host: 192.0.2.1, port: {get_param: count}, path: /a, query: {b: c}}",
    "list_concat": "[[a], {get_param: names}]",
    "list_concat_unique": "[[a], [a, {get_param: count}]]",
    "contains": "[a, {get_param: names}]",
    "Ref": "text",
    "Fn::GetAZs": "''",
    "Fn::Select": "[0, {get_param: names}]",
    "Fn::Join": "[',', [a, {Ref: count}]]",
    "Fn::Split": "[',', 'a,b']",
    "Fn::Replace": "[{a: b}, a]",
    "Fn::Base64": "a",
    "Fn::MemberListToMap": "[Name, Value, ['.member.0.Name=a', '.member.0.Value=b']]",
    "Fn::ResourceFacade": "Metadata",
}
CONDITIONS = {
    "get_param": "ready",
    "equals": "[{get_param: count}, 1]",
    "not": "{equals: [{get_param: count}, 1]}",
    "and": "[few, {not: few}]",
    "or": "[few, true]",
    "yaql": "{expression: $.data.a = 1, data: {a: {get_param: count}}}",
    "contains": "[a, {get_param: names}]",
}


def everything(version: TemplateVersion) -> str:
    """A template with each function of a version."""
    lines = [
        f"heat_template_version: {version.name}",
        "parameters:",
        "  count: {type: number, default: 1, constraints: [{range: {min: 1}}]}",
        "  names: {type: comma_delimited_list, default: 'a,b'}",
        "  ready: {type: boolean, default: true}",
        "  seen: {type: string, default: a, hidden: false, immutable: true, label: A, description: b}",
        "resources:",
        "  text: {type: 'OS::Heat::RandomString', properties: {length: {get_param: count}}}",
        "  all:",
        "    type: OS::Heat::TestResource",
        "    metadata: {seen: {get_param: seen}, ready: {get_param: ready}, <<: {merged: 2013-05-23}}",
        "outputs:",
        "  none: {value: null}",
    ]
    if version.conditions:
        lines += ["conditions:", "  few: {equals: [{get_param: count}, 1]}"]
        for name in version.conditions:
            lines.append(f"  c_{name}: {{'{name}': {CONDITIONS[name]}}}")
        lines += ["  always: true"]
    at = lines.index("outputs:") + 1
    outputs = [f"  f{i}: {{value: {{'{name}': {VALUES[name]}}}}}" for i, name in enumerate(version.functions)]
    outputs += [
        f"  c{i}: {{condition: c_{name}, value: {{if: [{{not: always}}, 1, 2]}}}}"
        for i, name in enumerate(version.conditions)
    ]
    return "\n".join([*lines[:at], *outputs, *lines[at:]]) + "\n"


@pytest.mark.parametrize("version", versions().values(), ids=lambda v: v.name)
def test_every_function_of_every_version(
    version: TemplateVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = everything(version)
    files = {"a.yaml": text, "a.sh": "echo"}
    for name, content in files.items():
        Path(name).write_text(content, encoding="utf-8")
    assert lint_hot("a.yaml").diagnostics == ()
    assert heat_engine.refusal(files, "a.yaml") is None


IF = "{if: [few, {length: 8}, {length: 9}]}"
MEMBER = f"{{type: 'OS::Heat::RandomString', properties: {IF}}}"
DEFINED = """\
heat_template_version: 2021-04-16
parameters: {count: {type: number, default: 1}}
conditions: {few: {equals: [{get_param: count}, 1]}}
resources:
  it: """


@pytest.mark.parametrize(
    ("accepted", "resource"),
    [
        (False, f"{{type: 'OS::Heat::RandomString', properties: {IF}}}"),
        (False, f"{{type: 'OS::Heat::RandomString', update_policy: {IF}}}"),
        (False, f"{{type: b.yaml, properties: {IF}}}"),
        (True, "{type: 'OS::Heat::RandomString', properties: {length: {if: [few, 8, 9]}}}"),
        (True, f"{{type: 'OS::Heat::RandomString', metadata: {IF}}}"),
        (True, f"{{type: 'OS::Heat::Stack', external_id: a, properties: {IF}}}"),
        (True, f"{{type: 'OS::Heat::None', properties: {IF}}}"),
        (True, f"{{type: 'OS::Heat::ResourceGroup', properties: {{resource_def: {MEMBER}}}}}"),
    ],
)
def test_a_function_that_stands_for_all_properties(
    accepted: bool, resource: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inner = "heat_template_version: 2021-04-16\nparameters: {length: {type: number}}\noutputs: {}\n"
    files = {"a.yaml": f"{DEFINED}{resource}\n", "b.yaml": inner}
    for name, content in files.items():
        Path(name).write_text(content, encoding="utf-8")
    refused = heat_engine.refusal(files, "a.yaml")
    found = [it.code for it in lint_hot("a.yaml").diagnostics if it.severity is Severity.ERROR]
    if accepted:
        assert (refused, found) == (None, [])
    else:
        assert "is not iterable" in (refused or "")
        assert found == ["JB0811"]


@pytest.mark.parametrize("layout", ["single", "nested"])
def test_a_whole_template(layout: str, tmp_path: Path) -> None:
    """With the user data that goldens leave out."""
    bundle = compiled(MINIMAL.spec, layout)
    for path in bundle.templates:
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(bundle.files[path], encoding="utf-8")
    assert lint_hot(str(tmp_path / bundle.hot)).diagnostics == ()


def test_goldens_as_they_are_kept() -> None:
    texts = ((path, path.read_text(encoding="utf-8")) for path in GOLDEN.rglob("*.yaml"))
    paths = [path for path, text in texts if re.search("^heat_template_version", text, re.MULTILINE)]
    assert len(paths) >= len(CASES)
    for path in paths:
        assert lint_hot(str(path)).diagnostics == (), path
        tree = hot.parse(path.read_text(encoding="utf-8"))
        assert printed_length(tree, 1 << 30) == len(str(tree))
