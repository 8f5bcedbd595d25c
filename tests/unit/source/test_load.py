"""Chains of templates, the merge, and files beside the spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from jeroboam.source import Document, SpecResult, load_spec

Write = Callable[..., None]

CLUSTER = "spec_version: 1\nkind: cluster\nname: c\n"
TEMPLATE = "spec_version: 1\nkind: cluster_template\nname: t\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write(files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def document(reading: SpecResult[Document]) -> Document:
    assert reading.value is not None, reading.diagnostics
    return reading.value


def test_merge(write: Write) -> None:
    write(
        {
            "t.yaml": TEMPLATE + "tags: [a, b]\nnetwork: {cidr: 10.0.0.0/24, mtu: 1450}\nnode_groups:\n"
            "  - {name: x, flavor: small, node_labels: {a: '1'}}\n  - {name: y, flavor: small}\n",
            "c.yaml": CLUSTER + "template: t.yaml\ntags: [c]\nnetwork: {mtu: null}\nnode_groups:\n"
            "  - {name: y, count: 2}\n  - {name: z, flavor: big}\n  - {name: x, node_labels: {b: '2'}}\n",
        }
    )
    data = document(load_spec("c.yaml")).data
    assert data["name"] == "c"
    assert data["tags"] == ["c"]
    assert data["network"] == {"cidr": "10.0.0.0/24", "mtu": None}
    assert data["node_groups"] == [
        {"name": "x", "flavor": "small", "node_labels": {"a": "1", "b": "2"}},
        {"name": "y", "flavor": "small", "count": 2},
        {"name": "z", "flavor": "big"},
    ]


def test_a_template_lends_neither_name_nor_kind(write: Write) -> None:
    write({"t.yaml": TEMPLATE, "c.yaml": "template: t.yaml\ncoe: swarm\n"})
    assert document(load_spec("c.yaml")).data == {"template": "t.yaml", "coe": "swarm"}


def test_a_name_given_twice_stays_twice(write: Write) -> None:
    group = "  - {name: x, flavor: a}\n"
    write(
        {
            "t.yaml": TEMPLATE + "node_groups:\n" + group,
            "c.yaml": CLUSTER + "template: t.yaml\nnode_groups:\n" + group * 2,
        }
    )
    groups = document(load_spec("c.yaml")).data["node_groups"]
    assert isinstance(groups, list)
    assert len(groups) == 2


def test_a_null_in_the_middle_of_a_chain_drops_what_is_below(write: Write) -> None:
    write(
        {
            "base.yaml": TEMPLATE + "proxy: {http: 'http://a:1', https: 'http://a:1'}\n",
            "middle.yaml": TEMPLATE + "template: base.yaml\nproxy: null\n",
            "c.yaml": CLUSTER + "template: middle.yaml\nproxy: {http: 'http://b:1'}\n",
        }
    )
    assert document(load_spec("c.yaml")).data["proxy"] == {"http": "http://b:1"}


def test_places_lead_to_the_file_that_a_value_came_from(write: Write) -> None:
    write(
        {
            "deep/t.yaml": TEMPLATE + "network:\n  mtu: 1450\n  router: edge\n",
            "c.yaml": CLUSTER + "template: deep/t.yaml\nnetwork:\n  router: other\n",
        }
    )
    places = document(load_spec("c.yaml")).source_map
    assert places["/network/mtu"].source == "deep/t.yaml"
    assert places["/network/mtu"].value == (4, 7, 4, 11)
    assert places["/network/router"] == ("c.yaml", (5, 10, 5, 15), (5, 2, 5, 8))
    assert places["/network"].source == "c.yaml"


def test_places_of_merged_groups(write: Write) -> None:
    write(
        {
            "t.yaml": TEMPLATE + "node_groups:\n  - {name: x}\n  - {name: y, count: 1}\n",
            "c.yaml": CLUSTER + "template: t.yaml\nnode_groups:\n  - {name: y, flavor: f}\n",
        }
    )
    places = document(load_spec("c.yaml")).source_map
    assert [places[f"/node_groups/1/{key}"].source for key in ("name", "count", "flavor")] == [
        "c.yaml",
        "t.yaml",
        "c.yaml",
    ]


@pytest.mark.parametrize("main", ["c.yaml", "./c.yaml", "../{here}/c.yaml"])
def test_circle(write: Write, tmp_path: Path, main: str) -> None:
    write({"a.yaml": TEMPLATE + "template: ./c.yaml\n", "c.yaml": CLUSTER + "template: a.yaml\n"})
    main = main.format(here=tmp_path.name)
    found = load_spec(main).diagnostics
    assert [d.code for d in found] == ["JB0115"]
    assert found[0].message.startswith(f"the templates refer to each other in a cycle: {main} -> ")


def test_files_are_found_beside_the_file_that_names_them(write: Write) -> None:
    write(
        {
            ".git": "gitdir: elsewhere\n",
            "shared/t.yaml": TEMPLATE + "hooks: {pre_bootstrap: [h/a.sh]}\n",
            "shared/h/a.sh": "#!/bin/sh\n",
            "mine/b.sh": "#!/bin/bash\n",
            "mine/c.yaml": CLUSTER + "template: ../shared/t.yaml\nhooks: {post_bootstrap: [b.sh]}\n",
        }
    )
    patterns = [("hooks", "pre_bootstrap", "*"), ("hooks", "post_bootstrap", "*"), ("tls", "none")]
    read = document(load_spec("mine/c.yaml", files=patterns))
    assert read.files == {
        "/hooks/pre_bootstrap/0": "#!/bin/sh\n",
        "/hooks/post_bootstrap/0": "#!/bin/bash\n",
    }
    # Relative to the main file, wherever the compiler was started.
    assert read.data["hooks"] == {"pre_bootstrap": ["../shared/h/a.sh"], "post_bootstrap": ["b.sh"]}


def test_data_does_not_depend_on_the_working_directory(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        {
            "x/t.yaml": TEMPLATE + "hooks: {pre_bootstrap: [a.sh]}\n",
            "x/a.sh": "#!/bin/sh\n",
            "c.yaml": CLUSTER + "template: x/t.yaml\n",
        }
    )
    patterns = [("hooks", "pre_bootstrap", "*")]
    here = document(load_spec("c.yaml", files=patterns)).data
    monkeypatch.chdir(tmp_path / "x")
    assert document(load_spec("../c.yaml", files=patterns)).data == here
    assert document(load_spec(str(tmp_path / "c.yaml"), files=patterns)).data == here


def test_standard_input(write: Write) -> None:
    write({"t.yaml": TEMPLATE + "coe: mesos\n"})
    read = load_spec("-", (CLUSTER + "template: t.yaml\n").encode())
    assert document(read).data["coe"] == "mesos"
    assert set(read.sources) == {"<stdin>", "t.yaml"}


def test_byte_order_mark_is_not_part_of_the_text(write: Write) -> None:
    write({"c.yaml": b"\xef\xbb\xbf" + CLUSTER.encode()})
    read = document(load_spec("c.yaml"))
    assert read.source_map["/spec_version"].key == (0, 0, 0, 12)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\xff\xfea\x00", "JB0105"), (b"a: \xe9\n", "JB0105"), (b"#" * ((1 << 20) + 1), "JB0102")],
)
def test_bytes_that_are_no_spec(write: Write, content: bytes, code: str) -> None:
    write({"c.yaml": content})
    read = load_spec("c.yaml")
    assert read.value is None
    assert [d.code for d in read.diagnostics] == [code]


@pytest.mark.parametrize("path", ["none.yaml", ".", "a\0b", "x" * 5000])
def test_paths_that_cannot_be_read(write: Write, path: str) -> None:
    read = load_spec(path)
    assert [d.code for d in read.diagnostics] == ["JB0101"]


def test_a_template_must_be_one(write: Write) -> None:
    write({"t.yaml": "spec_version: 2\nkind: cluster_template\n", "c.yaml": CLUSTER + "template: t.yaml\n"})
    found = load_spec("c.yaml").diagnostics
    assert [d.code for d in found] == ["JB0116"]
    assert "spec_version is not 1" in found[0].message
