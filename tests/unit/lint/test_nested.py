"""Templates that name files: types of their own, environments that map types, texts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jeroboam.diagnostics import Diagnostic
from jeroboam.lint import lint_hot
from tests.support import heat_engine
from tests.support.cpu_time import within

CHILD = """\
heat_template_version: 2018-08-31
parameters:
  size: {type: number}
  names: {type: comma_delimited_list, default: ''}
  extra: {type: json, default: {}}
resources:
  text: {type: 'OS::Heat::RandomString', properties: {length: {get_param: size}}}
  more: {type: 'OS::Heat::Value', properties: {value: [{get_param: names}, {get_param: extra}]}}
outputs:
  text: {value: {get_attr: [text, value]}}
"""
PARENT = """\
heat_template_version: 2018-08-31
resources:
  child:
    type: lib/child.yaml
    properties: {size: 8, names: 'a,b', extra: [1]}
outputs:
  text: {value: {get_attr: [child, text]}}
  inner: {value: {get_attr: [child, resource.text, value]}}
"""
Found = list[tuple[str, str, int]]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def write(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def places(found: tuple[Diagnostic, ...]) -> Found:
    return [(d.code, d.span.source, d.span.start.line) for d in found if d.span]


def test_a_template_is_a_type() -> None:
    files = {"a.yaml": PARENT, "lib/child.yaml": CHILD}
    write(files)
    assert lint_hot("a.yaml").diagnostics == ()
    assert heat_engine.refusal(files, "a.yaml") is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("size: 8, ", "", ("JB0823", "a.yaml", 5)),
        ("size: 8", "size: big", ("JB0824", "a.yaml", 5)),
        ("names: 'a,b'", "names: {a: b}", ("JB0824", "a.yaml", 5)),
        ("size: 8", "size: 8, colour: red", ("JB0822", "a.yaml", 5)),
        ("[child, text]", "[child, txt]", ("JB0832", "a.yaml", 7)),
        ("lib/child.yaml", "lib/none.yaml", ("JB0101", "a.yaml", 4)),
        ("lib/child.yaml", "../child.yaml", ("JB0119", "a.yaml", 4)),
    ],
)
def test_its_parameters_are_properties(before: str, after: str, expected: tuple[str, str, int]) -> None:
    write({"a.yaml": PARENT.replace(before, after), "lib/child.yaml": CHILD, "../child.yaml": CHILD})
    assert places(lint_hot("a.yaml").diagnostics) == [expected]


def test_it_is_judged_once_and_in_its_own_file() -> None:
    twice = PARENT + "# the second\n"
    twice = twice.replace(
        "resources:\n", "resources:\n  other: {type: lib/child.yaml, properties: {size: 1}}\n"
    )
    write({"a.yaml": twice, "lib/child.yaml": CHILD.replace("get_param: size", "get_param: sise")})
    assert places(lint_hot("a.yaml").diagnostics) == [
        ("JB0835", "lib/child.yaml", 3), ("JB0831", "lib/child.yaml", 7),
    ]  # fmt: skip


def test_parameter_defaults_stand_for_properties() -> None:
    write({"a.yaml": PARENT.replace("size: 8, ", ""), "lib/child.yaml": CHILD})
    write({"env.yaml": "parameter_defaults: {size: 8}\n"})
    assert lint_hot("a.yaml", environments=["env.yaml"]).diagnostics == ()


def test_an_environment_maps_types() -> None:
    text = PARENT.replace("lib/child.yaml", "Acme::Child")
    write({"a.yaml": text, "lib/child.yaml": CHILD})
    assert places(lint_hot("a.yaml").diagnostics) == [("JB0820", "a.yaml", 4)]
    write({"lib/env.yaml": "resource_registry:\n  Acme::*: Our::*\n  Our::Child: child.yaml\n"})
    assert lint_hot("a.yaml", environments=["lib/env.yaml"]).diagnostics == ()
    write({"by-name.yaml": "resource_registry:\n  resources:\n    ch*: {Acme::Child: lib/child.yaml}\n"})
    assert lint_hot("a.yaml", environments=["by-name.yaml"]).diagnostics == ()


def test_a_type_that_is_turned_off_takes_anything() -> None:
    write({"a.yaml": PARENT.replace("lib/child.yaml", "Acme::Child").replace("outputs", "# ").split("# ")[0]})
    write({"env.yaml": "resource_registry: {'Acme::Child': 'OS::Heat::None'}\n"})
    assert lint_hot("a.yaml", environments=["env.yaml"]).diagnostics == ()


def test_heats_own_registry_is_known() -> None:
    write({"a.yaml": "heat_template_version: 2013-05-23\nresources:\n  a: {type: 'OS::Quantum::Net'}\n"})
    assert lint_hot("a.yaml").diagnostics == ()


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("[]", "'env.yaml' is not an environment of Heat: it is a list, no mapping", 1),
        ("parameter: {}", "'env.yaml' is not an environment of Heat: 'parameter' is no section of one", 1),
        ("parameters:", "'env.yaml' is not an environment of Heat: 'parameters' is null, no mapping", 1),
        ("a: [", "not YAML: did not find expected node content", 2),
        (
            "parameters:\n  flavour: a",
            "'env.yaml' is not an environment of Heat: 'a.yaml' has no parameter 'flavour'",
            2,
        ),
    ],
)
def test_what_is_no_environment(text: str, message: str, line: int) -> None:
    write({"a.yaml": CHILD, "env.yaml": text})
    (found,) = lint_hot("a.yaml", environments=["env.yaml"]).diagnostics
    assert found.span is not None
    assert (found.message, found.span.source, found.span.start.line) == (message, "env.yaml", line)


def test_templates_that_nest_too_deep() -> None:
    middle = "heat_template_version: 2018-08-31\nresources:\n  next: {type: %d.yaml}\n"
    write({f"{level}.yaml": middle % (level + 1) for level in range(6)})
    write({"6.yaml": "heat_template_version: 2018-08-31\n"})
    assert lint_hot("1.yaml").diagnostics == ()
    assert {code for code, _, _ in places(lint_hot("0.yaml").diagnostics)} == {"JB0872"}


def test_members_count_with_their_index() -> None:
    group = """\
heat_template_version: 2018-08-31
resources:
  all:
    type: OS::Heat::ResourceGroup
    properties:
      resource_def: {type: child.yaml, properties: {size: '%index%'}}
"""
    write({"a.yaml": group, "child.yaml": CHILD})
    assert lint_hot("a.yaml").diagnostics == ()
    write({"a.yaml": group.replace("%index%", "%i%")})
    assert places(lint_hot("a.yaml").diagnostics) == [("JB0824", "a.yaml", 6)]


def test_files_that_a_template_puts_in() -> None:
    text = "heat_template_version: 2018-08-31\noutputs:\n  it: {value: {get_file: %s}}\n"
    write({"a.yaml": text % "a.sh"})
    assert places(lint_hot("a.yaml").diagnostics) == [("JB0101", "a.yaml", 3)]
    Path("a.sh").write_bytes(b"\xff")  # Goes to Heat as base64.
    assert lint_hot("a.yaml").diagnostics == ()
    write({"a.yaml": text % "/etc/hostname"})
    assert places(lint_hot("a.yaml").diagnostics) == [("JB0119", "a.yaml", 3)]
    write({"a.yaml": text % "http://192.0.2.1/a.sh"})
    assert lint_hot("a.yaml").diagnostics == ()


def test_a_config_in_user_data_is_measured() -> None:
    text = """\
heat_template_version: 2018-08-31
resources:
  boot: {type: 'OS::Heat::SoftwareConfig', properties: {config: {get_file: boot.sh}}}
  web:
    type: OS::Nova::Server
    properties: {flavor: a, networks: [{network: n}], user_data: {get_resource: boot}}
"""
    write({"a.yaml": text, "boot.sh": "#" * 49_149})
    assert lint_hot("a.yaml").diagnostics == ()
    write({"boot.sh": "#" * 49_152})
    assert places(lint_hot("a.yaml").diagnostics) == [("JB0880", "a.yaml", 6)]


def test_large_texts_by_alias_take_no_memory() -> None:
    many = ", ".join(["*x"] * 20_000)
    head = f"heat_template_version: 2018-08-31\ndescription: &x {'x' * 100_000}\noutputs:\n"
    write({"a.yaml": f"{head}  it: {{value: {{list_join: ['', [{many}]]}}}}\n"})
    with within(10):
        assert places(lint_hot("a.yaml").diagnostics) == [("JB0870", "a.yaml", 1)]
