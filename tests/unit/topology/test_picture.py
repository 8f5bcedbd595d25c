"""The picture of every golden case: boxes apart from each other, texts within theirs, all of it there."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import pytest

from jeroboam.topology import scene, svg
from jeroboam.topology.primitives import STYLES, WIDTH, Scene, SceneBox
from jeroboam.topology.types import Topology
from jeroboam.topology.widths import fitted, text_width, wrapped
from jeroboam.topology.wording import ports_in_words
from tests.support.cases import CASES, Case
from tests.unit.topology.samples import EVIL, HA, hostile, of_case

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)
SVG = "{http://www.w3.org/2000/svg}"


def sound(drawn: Scene) -> None:
    """Fails where boxes overlap or texts leave theirs."""
    boxes = {box.id: box for box in drawn.boxes}
    assert len(boxes) == len(drawn.boxes)
    whole = SceneBox("", "", "", 0, 0, WIDTH, drawn.height)
    for box in drawn.boxes:
        outer = boxes.get(box.inside, whole)
        sheets = 4 * box.depth
        assert outer.x <= box.x, box
        assert outer.y <= box.y, box
        assert box.x + box.w + sheets <= outer.x + outer.w, box
        assert box.y + box.h + sheets <= outer.y + outer.h, box
    for one, other in combinations(drawn.boxes, 2):
        if one.inside == other.inside:
            apart = (
                one.x + one.w + 4 * one.depth <= other.x
                or other.x + other.w + 4 * other.depth <= one.x
                or one.y + one.h + 4 * one.depth <= other.y
                or other.y + other.h + 4 * other.depth <= one.y
            )
            assert apart, (one.id, other.id)
    lines: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for text in drawn.texts:
        box, (left, right) = boxes[text.inside], text.span
        assert box.x - 0.01 <= left, text
        assert right <= box.x + box.w + 0.01, text
        assert box.y <= text.y - 0.7 * STYLES[text.style].size, text
        assert text.y + 0.2 * STYLES[text.style].size <= box.y + box.h, text
        lines.setdefault((text.inside, text.y), []).append((left, right))
    for spans in lines.values():
        for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert end <= start + 0.01, spans
    for mark in drawn.marks:
        box = boxes[mark.inside]
        assert box.x <= mark.x <= box.x + box.w
        assert box.y <= mark.y <= box.y + box.h


def words(drawn: Scene) -> str:
    return " ".join(f"{text.text} {text.tail} {text.tip}" for text in drawn.texts)


def whole(found: Topology) -> list[str]:
    """What has to be read in a picture."""
    names = [found.cluster, found.external, found.router, found.network.name, found.network.cidr]
    names += [f"{found.api.scheme} :{found.api.port}", *found.network.nameservers]
    for group in found.groups:
        names += [group.name, group.flavor, group.policy, *group.zones]
        names += [f"{disk.size} GiB" for disk in group.disks]
        names += [part for network in group.networks for part in (network.name, network.subnet)]
    for port in found.ports:
        names += [port.sender, port.ports]
    return [name for name in names if name]


@EVERY_CASE
def test_everything_is_there_and_in_its_place(case: Case) -> None:
    found = of_case(case)
    drawn = scene(found)
    sound(drawn)
    text = words(drawn)
    assert [name for name in whole(found) if name not in text] == []
    texts = [t.text for t in drawn.texts]
    for group in found.groups:
        assert f"\N{MULTIPLICATION SIGN} {len(group.indexes)}" in texts


@EVERY_CASE
def test_a_picture_is_xml_that_draws_each_of_them_once(case: Case) -> None:
    drawn = scene(of_case(case))
    root = ElementTree.fromstring(svg(drawn))
    assert root.tag == f"{SVG}svg"
    assert [e.text for e in root.findall(f"{SVG}title")] == [drawn.title]
    assert len(root.findall(f"{SVG}text")) == len(drawn.texts)
    assert len(root.findall(f"{SVG}circle")) == sum(mark.style != "disk" for mark in drawn.marks)
    assert svg(scene(of_case(case))) == svg(drawn)


def test_states_colour_the_groups() -> None:
    states = {"master": {"ready": 3}, "default": {"failed": 1, "silent": 1, "ready": 1}}
    drawn = scene(of_case(HA), states, titled=False)
    sound(drawn)
    styles = {box.id: box.style for box in drawn.boxes}
    assert styles["group-master"] == "card master ready"
    assert styles["group-default"] == "card worker failed"
    assert styles["group-gpu"] == "card worker"
    assert [bar.style for bar in drawn.bars] == ["ready", "failed", "silent", "ready"]
    assert "1 failed, 1 silent, 1 ready" in words(drawn)
    assert len(ElementTree.fromstring(svg(drawn)).findall(f"{SVG}rect[@class='bar failed']")) == 1


def test_nothing_that_a_user_writes_is_markup() -> None:
    drawn = scene(hostile())
    sound(drawn)
    root = ElementTree.fromstring(svg(drawn))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "path", "circle", "text", "tspan")
    }
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    text = "".join(root.itertext())
    assert "<script>window.evil=1" in text
    assert r"\x1b[31m" in text
    assert not {"\x1b", "\u202e"} & set(svg(drawn))


def test_many_groups_and_long_names_have_room() -> None:
    found = of_case(HA)
    groups = tuple(replace(found.groups[-1], name=f"{'long-' * n}{n}") for n in range(40))
    many = replace(
        found, groups=(found.groups[0], *groups), external="x" * 255, router="Ω" * 255, cluster="w" * 40
    )
    drawn = scene(many, {groups[3].name: {"failed": 2}})
    sound(drawn)
    assert "long-" in words(drawn)
    text = words(drawn).replace(" ", "")
    assert [group.name for group in groups if group.name not in text] == []
    assert "x" * 255 in text


def test_a_picture_does_not_grow_with_the_nodes() -> None:
    found = of_case(HA)
    large = replace(found, groups=tuple(replace(g, indexes=tuple(range(900))) for g in found.groups))
    assert abs(len(svg(scene(large))) - len(svg(scene(found)))) < 1000


def test_one_that_has_no_external_network_and_no_ports() -> None:
    found = of_case(HA)
    closed = replace(found, external="", router="", ports=(), network=replace(found.network, secured=False))
    drawn = scene(closed)
    sound(drawn)
    assert "every port is open" in words(drawn)
    assert "floating-ip" not in svg(drawn)


def test_texts_are_cut_and_wrapped_to_their_room() -> None:
    assert fitted("short", 200, 13) == "short"
    cut = fitted("a rather long name", 60, 13)
    assert cut.endswith("…")
    assert text_width(cut, 13) <= 60
    lines = wrapped(("5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11", "end"), 120, 13)
    assert "".join(lines).replace(" ", "") == "5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11end"
    assert lines[0].endswith("-")
    assert all(text_width(line, 13) <= 120 for line in lines)
    assert wrapped((), 100, 13) == ("",)
    assert text_width(EVIL, 13) > 0


def test_ports_are_named_by_protocol() -> None:
    named = ports_in_words(("10250/tcp", "22/tcp", "icmp", "all tcp", "all sctp", "all udp", "8472/udp"))
    assert " ".join(named) == "tcp 22, 10250; udp 8472; icmp; all ports"
    assert " ".join(ports_in_words(("all tcp",))) == "all tcp"
