"""What a user gets: text that can be copied from, data, and a page that escapes all and loads nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from jeroboam.deploy.diagnosis.causes import causes
from jeroboam.deploy.diagnosis.commands import parts
from jeroboam.deploy.diagnosis.data import data
from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.page import page
from jeroboam.deploy.diagnosis.text import text
from jeroboam.deploy.diagnosis.types import Unasked
from jeroboam.serialize import json_text
from tests.unit.deploy.diagnosis.facts import at, failed_cluster, stack
from tests.unit.topology.samples import HA, of_case

EVIL = "<script>alert(1)</script>\"'><img src=http://evil.example/x>"


class Tags(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page)
    return parser.found


def test_text_leads_with_the_cause_and_what_to_do() -> None:
    said = text(diagnosis(failed_cluster(), at(700)))
    assert said.startswith("prod: failed: prod-default-2: a server answered a download with an error")
    assert "1. a server answered a download with an error" in said
    assert (
        "\n   next:  try it: curl -fI https://dl.k8s.io/v1.36.3/kubernetes-node-linux-amd64.tar.gz\n" in said
    )
    assert "nodes: 3 of 6 ready" in said
    assert re.search(r"prod-default-1 +silent +ACTIVE +never", said)
    assert not [line for line in said.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("width", [60, 80, 110])
def test_lines_fit_the_terminal_and_commands_stay_whole(width: int) -> None:
    said = text(diagnosis(failed_cluster(), at(700)), width)
    commands = [line for line in said.splitlines() if "curl -fI https://" in line]
    assert commands == [
        next(line for line in commands if line.endswith("/v1.36.3/kubernetes-node-linux-amd64.tar.gz"))
    ]
    longer = [line for line in said.splitlines() if len(line) > width]
    # An address, a command or a table has no place to be broken at.
    assert all("https://" in line or re.match(r"  (prod-|node )", line) for line in longer)
    assert not [line for line in longer if width >= 80 and "curl -fI" not in line]


@pytest.mark.parametrize(
    ("step", "commands"),
    [
        ("see: openstack flavor show F; openstack image show I -c min_disk", 2),
        ("'jeroboam validate SPEC' reports user data that is too large", 1),
        (
            'signal for it: openstack stack resource signal prod R --data \'{"status": "SUCCESS", "id": 1}\'',
            1,
        ),
        ("set them in network.external_network (see the spec)", 0),
    ],
)
def test_commands_are_told_from_prose(step: str, commands: int) -> None:
    found = parts(step)
    assert "".join(part.text for part in found) == step
    assert sum(part.command for part in found) == commands
    assert not [part for part in found if part.command and part.text != part.text.strip()]


def test_commands_of_known_causes_have_no_prose_in_them() -> None:
    prose = re.compile(r" (?:names|shows|says|sees|tells|is|are|the|and|or|then|which)\b")
    for cause in causes().values():
        for step in cause.next:
            assert not [p.text for p in parts(step) if p.command and prose.search(p.text)], step


def test_text_of_many_nodes_stays_short() -> None:
    assert len(text(diagnosis(failed_cluster(3, 47), at(900))).splitlines()) < 60


def test_what_could_not_be_asked_is_said() -> None:
    facts = replace(failed_cluster(), unasked=(Unasked("volumes", "cannot ask for volumes: 503"),))
    assert "could not be asked\n  volumes: cannot ask for volumes: 503\n" in text(diagnosis(facts, at(700)))


def test_data_is_json_with_stable_names() -> None:
    told = json.loads(json_text(data(diagnosis(failed_cluster(), at(700)))))
    assert told["verdict"] == "failed"
    assert told["findings"][0]["cause"] == "download-refused"
    assert told["findings"][0]["time"] == told["failures"][0]["time"]
    assert {row["state"] for row in told["nodes"]} == {"ready", "failed", "silent", "working"}
    assert {"lane", "kind", "label", "start", "end", "outcome", "detail"} == set(told["timeline"][0])


def test_a_page_has_a_lane_for_each_resource_and_node() -> None:
    facts = failed_cluster()
    rows = [
        a["data-row"] or "" for tag, a in tags(page(diagnosis(facts, at(700)))) if a.get("class") == "lane"
    ]
    names = {row.split()[0] for row in rows}
    happened = {e.resource for e in facts.events if e.action == "CREATE" and e.resource != "prod"}
    assert names == happened | {f"prod-{role}-{i}" for role in ("master", "default") for i in range(3)}


def test_bars_lie_within_their_tracks() -> None:
    shown = page(diagnosis(failed_cluster(3, 47), at(900)))
    places = re.findall(r"left:([\d.]+)%;width:([\d.]+)%", shown)
    assert len(places) > 250
    assert all(float(left) >= 0 and float(left) + float(width) <= 100.01 for left, width in places)


def test_ready_nodes_are_folded_away_where_there_are_many() -> None:
    many = page(diagnosis(failed_cluster(3, 47), at(900)))
    assert "<summary>47 ready nodes</summary>" in many
    assert many.index('data-row="prod-default-46"') < many.index("<summary>")
    assert "<summary>" not in page(diagnosis(failed_cluster(), at(900)))


def test_a_boot_without_a_step_is_not_over() -> None:
    found = [span for span in diagnosis(failed_cluster(), at(900)).spans if span.lane == "prod-default-1"]
    assert [(span.label, span.outcome) for span in found] == [("boot", "working")]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "good", "bad", "busy"])
@pytest.mark.parametrize("ground", ["page", "card", "track", "code"])
def test_text_stands_out(scheme: int, text: str, ground: str) -> None:
    shown = page(diagnosis(failed_cluster(), at(700)))
    colours = dict(re.findall(r"--(\w+): (#\w{6});", shown.split("color-scheme: dark")[scheme]))
    low, high = sorted((luminance(colours[text]), luminance(colours[ground])))
    # WCAG 2.2, 1.4.3, level AA.
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_page_loads_nothing_and_escapes_all() -> None:
    facts = failed_cluster()
    facts = replace(
        facts,
        stack=replace(stack(reason=EVIL), name=EVIL),
        resources=tuple(replace(r, name=r.name + EVIL, reason=EVIL) for r in facts.resources),
        events=tuple(replace(e, reason=EVIL, resource=e.resource + EVIL) for e in facts.events),
        reports=tuple(replace(r, reason=EVIL, step_name=EVIL) for r in facts.reports),
        servers=tuple(replace(s, name=s.name + EVIL, fault=EVIL, state=EVIL) for s in facts.servers),
        unasked=(Unasked(EVIL, EVIL),),
    )
    found = tags(page(diagnosis(facts, at(700))))
    assert [tag for tag, _ in found].count("script") == 1
    assert not [tag for tag, _ in found if tag in ("img", "iframe", "object", "embed")]
    assert not [a for _, a in found if "src" in a or (a.get("href") or "data:,") != "data:,"]
    assert not [name for _, a in found for name in a if name.startswith("on")]
    assert any("default-src 'none'" in (a.get("content") or "") for _, a in found)


def test_two_runs_make_the_same_page() -> None:
    assert page(diagnosis(failed_cluster(), at(700))) == page(diagnosis(failed_cluster(), at(700)))


def test_a_page_shows_the_topology_in_the_colours_of_its_nodes() -> None:
    drawn = page(diagnosis(replace(failed_cluster(), topology=of_case(HA)), at(700)))
    (picture,) = re.findall(r"<svg.*?</svg>", drawn, re.DOTALL)
    assert 'class="card worker failed"' in picture
    assert 'class="card master ready"' in picture
    assert ">1 failed, 1 silent, 1 working<" in picture
    assert ">3 ready<" in picture
    # Of a group that nothing is known of, nothing is said.
    assert 'class="card worker"' in picture
    assert "<svg" not in page(diagnosis(failed_cluster(), at(700)))
