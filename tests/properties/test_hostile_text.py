"""No string of a spec breaks out of its place: it is refused, or arrives as it was written."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from ruamel.yaml import YAML

from tests.properties.strategies import DEPTH, HOSTILE_LINES, HOSTILE_TEXTS, LINES, WEAPONS, Spec
from tests.support import heat_engine, hot, node_files
from tests.support.cases import CompiledTexts, RefusedError, compiled_text
from tests.support.shell import sourced, unit_settings

quick = settings(
    max_examples=3 * DEPTH,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # the strings are short as they are
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Place = Callable[[Spec, str], None]
Seen = Callable[[CompiledTexts, str], bool]


class Field(NamedTuple):
    """A property with free text: how to put a string there, and where it must come out again."""

    name: str
    put: Place
    arrives: Seen


def _spec() -> Spec:
    return {
        "spec_version": 1,
        "kind": "cluster",
        "name": "hostile",
        "coe": "kubernetes",
        "distro": "ubuntu",
        "image": "ubuntu-24.04",
        "keypair": "ops",
        "network": {"external_network": "public"},
        "container_network": {"driver": "flannel"},
        "masters": {"flavor": "m1.medium"},
        "node_groups": [{"name": "default", "flavor": "m1.large"}],
        "kubernetes": {"addons": {"cloud_controller_manager": {"enabled": True}}},
    }


def _tree(bundle: CompiledTexts) -> dict[str, Any]:
    return hot.parse(bundle.files[bundle.hot])


def _server_properties(bundle: CompiledTexts) -> list[dict[str, Any]]:
    return [r["properties"] for r in _tree(bundle)["resources"].values() if r["type"] == "OS::Nova::Server"]


def _defaults(bundle: CompiledTexts) -> list[Any]:
    return [schema.get("default") for schema in _tree(bundle)["parameters"].values()]


def _scalars(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _scalars(value)
    elif isinstance(node, list):
        for value in node:
            yield from _scalars(value)
    else:
        yield node


def _in_template(bundle: CompiledTexts, text: str) -> bool:
    tree = _tree(bundle)
    return text in _scalars([{k: v for k, v in tree.items() if k != "description"}])


def _node_strings(bundle: CompiledTexts) -> Iterator[str]:
    """Every value that programs on a node read: variables, scalars, settings of units, whole files."""
    for document in node_files.user_data(bundle).values():
        ignition = node_files.is_ignition(document)
        tree = json.loads(document) if ignition else yaml.load(document, Loader=yaml.CSafeLoader)
        yield from (str(value) for value in _scalars(tree))
        for file in node_files.files(document):
            yield file.text
            if file.path.endswith(".env"):
                with tempfile.TemporaryDirectory() as folder:
                    yield from sourced(file.text, Path(folder)).values()
                    assert [p.name for p in Path(folder).iterdir()] == ["values.env"], "something ran"
            elif file.path.endswith(".json"):
                yield from (str(value) for value in _scalars(json.loads(file.text)))
            elif file.path.endswith((".yaml", ".yml")):
                yield from (str(v) for v in _scalars(list(yaml.load_all(file.text, Loader=yaml.CSafeLoader))))
            elif file.path.endswith(".toml"):
                yield from (str(value) for value in _scalars(tomllib.loads(file.text)))
            elif file.path.startswith("/etc/systemd/system/"):
                yield from (value for values in unit_settings(file.text).values() for value in values)


def _on_node(bundle: CompiledTexts, text: str) -> bool:
    """Whether some program on a node reads `text`; a file that a step fills has `@{@}` for `@`."""
    return any(text in value or text in value.replace("@{@}", "@") for value in _node_strings(bundle))


def _set(*path: str | int) -> Place:
    def put(spec: Spec, text: str) -> None:
        node: Any = spec
        for step in path[:-1]:
            node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
        node[path[-1]] = text

    return put


def _wrap(*path: str | int, shape: Callable[[str], Any]) -> Place:
    def put(spec: Spec, text: str) -> None:
        _set(*path)(spec, shape(text))

    return put


GROUP = ("node_groups", 0)

FIELDS = (
    Field("image", _set("image"), lambda b, t: t in _defaults(b)),
    # Read by `jeroboam keypairs` alone.
    Field("keypair", _set("keypair"), lambda b, _: "ops" not in _defaults(b)),
    Field("flavor", _set(*GROUP, "flavor"), lambda b, t: t in _defaults(b)),
    Field("external_network", _set("network", "external_network"), lambda b, t: t in _defaults(b)),
    Field(
        "volume type",
        _wrap(*GROUP, "docker_volume", shape=lambda t: {"size": 50, "type": t}),
        lambda b, t: t in _defaults(b),
    ),
    Field("zone", _wrap(*GROUP, "availability_zones", shape=lambda t: [t]), _in_template),
    Field("security group", _wrap(*GROUP, "security_groups", shape=lambda t: [t]), _in_template),
    Field(
        "network of a further port",
        _wrap(*GROUP, "ports", shape=lambda t: [{"network": t, "subnet": f"{t} 4"}]),
        lambda b, t: {t, f"{t} 4"} <= set(_defaults(b)),
    ),
    Field(
        "security group of a further port",
        _wrap(*GROUP, "ports", shape=lambda t: [{"network": "storage", "security_groups": [t]}]),
        _in_template,
    ),
    Field(
        "server_metadata value",
        _wrap(*GROUP, "server_metadata", shape=lambda t: {"note": t}),
        lambda b, t: any(p["metadata"].get("note") == t for p in _server_properties(b)),
    ),
    Field(
        "server_metadata key",
        _wrap(*GROUP, "server_metadata", shape=lambda t: {t: "note"}),
        lambda b, t: any(p["metadata"].get(t) == "note" for p in _server_properties(b)),
    ),
    Field(
        "load balancer provider",
        _wrap("api", shape=lambda t: {"load_balancer": True, "load_balancer_provider": t}),
        _in_template,
    ),
    Field("node_labels value", _wrap(*GROUP, "node_labels", shape=lambda t: {"note": t}), _on_node),
    Field("node_labels key", _wrap(*GROUP, "node_labels", shape=lambda t: {t: "note"}), _on_node),
    Field("node_taints", _wrap(*GROUP, "node_taints", shape=lambda t: [t]), _on_node),
    Field("proxy", _set("proxy", "http"), _on_node),
    Field("proxy URL", _wrap("proxy", "https", shape=lambda t: f"http://{t}/"), _on_node),
    Field(
        "no_proxy", _wrap("proxy", shape=lambda t: {"http": "http://proxy:3128", "no_proxy": [t]}), _on_node
    ),
    Field(
        "registry mirror", _wrap("runtime", "registry_mirrors", shape=lambda t: [f"https://{t}/"]), _on_node
    ),
    Field("mirror", _wrap("artifacts", "mirror", shape=lambda t: f"https://mirror/{t}"), _on_node),
    Field("image registry", _set("artifacts", "image_registry"), _on_node),
    Field("dns_name", _set("api", "dns_name"), _on_node),
    Field("extra_sans", _wrap("api", "extra_sans", shape=lambda t: [t]), _on_node),
    Field("dns_domain", _set("kubernetes", "dns_domain"), _on_node),
    Field("api server argument", _wrap("kubernetes", "api_server_args", shape=lambda t: {"v": t}), _on_node),
    Field("kubelet argument", _wrap("kubernetes", "kubelet_args", shape=lambda t: {"v": t}), _on_node),
    Field("argument name", _wrap("kubernetes", "scheduler_args", shape=lambda t: {t: "1"}), _on_node),
    Field("feature gate", _wrap("kubernetes", "feature_gates", shape=lambda t: {t: True}), _on_node),
    Field(
        "SSH key comment",
        _wrap("ssh_authorized_keys", shape=lambda t: [f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 {t}"]),
        _on_node,
    ),
)


def _check(
    spec: Spec, arrives: Callable[[CompiledTexts], bool], folder: str, *, by_heat: bool = True
) -> bool:
    """Whether the spec was accepted; then everything in its bundle holds, and `arrives`."""
    try:
        bundle = compiled_text(json.dumps(spec, ensure_ascii=False), folder)
    except RefusedError:
        return False
    for path in bundle.templates:
        assert hot.faults(hot.parse(bundle.files[path])) == []
    other = YAML(typ="safe", pure=True)
    other.version = (1, 1)
    assert list(other.load_all(io.StringIO(bundle.files[bundle.hot]))) == [_tree(bundle)]
    assert arrives(bundle)
    assert len(list(_node_strings(bundle))) > 1  # reads every file: one that does not parse fails here
    for document in node_files.user_data(bundle).values():
        assert node_files.files(document)[-1].path == "/etc/jeroboam/heat.env"
    if by_heat:
        assert heat_engine.refusal({p: bundle.files[p] for p in bundle.templates}, bundle.hot) is None
    return True


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
@quick
@given(text=HOSTILE_LINES)
@example(text="get_file")
@example(text="it's")
@example(text="%index% %n {{x}} @@JEROBOAM_SIGNAL@@")
@example(text="$(touch canary)`touch canary`")
def test_lines(field: Field, text: str) -> None:
    spec = _spec()
    field.put(spec, text)
    with tempfile.TemporaryDirectory() as folder:
        _check(spec, lambda bundle: field.arrives(bundle, text), folder)
        assert not (Path(folder) / "canary").exists()


@pytest.mark.parametrize("weapon", WEAPONS if DEPTH > 1 else WEAPONS[::4])
def test_each_weapon_in_every_open_field_at_once(weapon: str) -> None:
    """Fields that take any line take each of these; the refusing ones are left out."""
    names = {"SSH key comment", "image", "keypair"}
    # Nova's database need not store a character of a higher plane (JB0393).
    if max(weapon) <= "\uffff":
        names.add("server_metadata value")
    open_fields = [f for f in FIELDS if f.name in names]
    spec = _spec()
    for field in open_fields:
        field.put(spec, f"x{weapon}x")
    with tempfile.TemporaryDirectory() as folder:
        assert _check(spec, lambda b: all(f.arrives(b, f"x{weapon}x") for f in open_fields), folder)


@quick
@given(text=HOSTILE_TEXTS)
@example(text="\n\n  leading\n\ntrailing \n")
@example(text="a\n---\nb: *c")
def test_description(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _check(
            {**_spec(), "description": text},
            lambda b: _tree(b)["description"].startswith(text),
            folder,
        )


@pytest.mark.parametrize("metadata", [{"type": "x.yaml"}, {"get_file": "x"}, {"get_param": "x"}, {"a": "b"}])
def test_metadata_is_never_taken_for_a_function_or_a_file(metadata: dict[str, str]) -> None:
    spec = _spec()
    spec["node_groups"][0]["server_metadata"] = metadata
    with tempfile.TemporaryDirectory() as folder:
        accepted = _check(
            spec,
            lambda b: any(metadata.items() <= p["metadata"].items() for p in _server_properties(b)),
            folder,
        )
    assert accepted or "a" not in metadata


@pytest.mark.parametrize("text", ["\\ud83d\\ude00", "\\ud800", "\\u0000", "\\ufffe"])
def test_escapes_for_no_character(text: str, tmp_path: Path) -> None:
    """Half a surrogate pair is no text: a diagnostic, not a traceback."""
    spec = json.dumps({**_spec(), "keypair": "MARK"}).replace("MARK", text)
    with contextlib.suppress(RefusedError):
        bundle = compiled_text(spec, tmp_path)
        bundle.files[bundle.hot].encode("utf-8")


@quick
@given(tags=HOSTILE_LINES)
@example(tags="team")
def test_tags_stay_on_their_line(tags: str) -> None:
    """Tags are part of the record in a template alone; the rest of it reads the same."""
    with tempfile.TemporaryDirectory() as folder:
        without = compiled_text(json.dumps(_spec(), ensure_ascii=False), folder)
        spec = {**_spec(), "tags": [tags]}
        _check(spec, lambda b: _unrecorded(b) == _unrecorded(without), folder, by_heat=False)


def _unrecorded(bundle: CompiledTexts) -> dict[str, Any]:
    """A template without the record of its spec; the tree is shared with the other checks."""
    tree = _tree(bundle)
    outputs = {name: output for name, output in tree["outputs"].items() if name != "jeroboam_spec"}
    return {**tree, "outputs": outputs}


@quick
@given(text=HOSTILE_TEXTS)
@example(text="#!/bin/sh\necho $(date) '%index%' {{x}} @@JEROBOAM_SIGNAL@@ \\\n")
@example(text="no newline at the end")
def test_files_arrive_byte_for_byte(text: str) -> None:
    spec = {**_spec(), "hooks": {"pre_bootstrap": ["hook.sh"]}}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hook.sh").write_bytes(text.encode("utf-8"))
        _check(spec, lambda b: _holds_file(b, text), folder)


def _holds_file(bundle: CompiledTexts, text: str) -> bool:
    found = [f.text for d in node_files.user_data(bundle).values() for f in node_files.files(d)]
    return text in found or text + "\n" in found


@quick
@given(name=LINES)
def test_file_names_do_not_become_paths(name: str) -> None:
    """A hook's file name may be anything that a file system takes; nothing lands outside our folders."""
    if "/" in name or not name.strip() or name in {".", ".."} or len(name.encode()) > 200:
        return
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_text("#!/bin/sh\n", encoding="utf-8")
        _check({**_spec(), "hooks": {"post_bootstrap": [name]}}, _paths_are_ours, folder, by_heat=False)


def _paths_are_ours(bundle: CompiledTexts) -> bool:
    paths = [f.path for d in node_files.user_data(bundle).values() for f in node_files.files(d)]
    return all(
        p.startswith(("/etc/", "/opt/jeroboam/")) and ".." not in p.split("/") and p.isprintable()
        for p in paths
    )
