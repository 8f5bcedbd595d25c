"""The page of a cluster: all of it there, nothing that loads, and no text of a user's that is markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from jeroboam.model.types import FileEntry
from jeroboam.topology import page
from jeroboam.topology.page import named
from jeroboam.topology.types import ResourceRow
from tests.support import node_files
from tests.support.cases import CASES, Case, compiled_whole
from tests.unit.topology.samples import BASTION, EVIL, HA, hostile, of_case

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=str)


class Read(HTMLParser):
    """Elements with their attributes, and what each `pre` and each cell of a table holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"pre": [], "td": []}
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.texts:
            self._within = tag
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._within = "" if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if self._within:
            self.texts[self._within][-1] += data


def made(case: Case) -> str:
    files = {role: boots.files for role, boots in compiled_whole(case.spec).user_data.items()}
    return page(of_case(case), files)


@EVERY_CASE
def test_every_file_port_and_resource_is_there(case: Case) -> None:
    whole = made(case)
    read, found = Read(whole), of_case(case)
    files = {
        (role, file.path, file.text)
        for role, boots in compiled_whole(case.spec).user_data.items()
        for file in node_files.files(boots.text)
    }
    details = [attrs for tag, attrs in read.tags if tag == "details"]
    paths = re.findall(r'<span class="path">(.*?)</span>', whole)
    shown = {
        (role, path, text.removeprefix("\n"))
        for attrs, path, text in zip(details, paths, read.texts["pre"], strict=True)
        for role in (attrs["data-roles"] or "").split()
    }
    assert shown == files
    rows = [attrs for tag, attrs in read.tags if tag == "tr" and "data-row" in attrs]
    assert [(attrs["data-row"] or "").split()[0] for attrs in rows] == [row.name for row in found.resources]
    cells = " ".join(read.texts["td"])
    assert [port for port in found.ports if port.description not in cells or port.sender not in cells] == []
    links = [attrs[name] or "" for _, attrs in read.tags for name in ("src", "href") if name in attrs]
    assert {link[:1] for link in links if link != "data:,"} == {"#"}


def test_nothing_that_a_user_writes_is_markup() -> None:
    files = {"master": (FileEntry("/etc/motd", EVIL),), EVIL: (FileEntry(EVIL, "\x00\x1b\tA\r\n\ufeff"),)}
    plain = {"master": (FileEntry("/etc/motd", "a"),), "b": (FileEntry("/b", "b"),)}
    evil, benign = page(hostile(), files), page(of_case(BASTION), plain)
    kinds = [{tag for tag, _ in Read(text).tags} for text in (evil, benign)]
    assert kinds[0] <= kinds[1]
    assert evil.count("<script") == benign.count("<script") == 1
    assert not [name for _, attrs in Read(evil).tags for name in attrs if name.startswith("on")]
    pre = Read(evil).texts["pre"]
    assert any("</pre></script><script>window.evil=1</script>" in text for text in pre)
    assert any("\\x00\\x1b\tA\\r\n\\ufeff" in text for text in pre)
    assert not {"\x00", "\x1b", "\u202e"} & set(evil)


def test_a_secret_is_a_place_that_heat_fills() -> None:
    entries = [text for text in Read(made(HA)).texts["pre"] if "JEROBOAM_CA_KEY='" in text]
    assert entries
    assert all("JEROBOAM_CA_KEY='@@JEROBOAM_CA_KEY@@'" in text for text in entries)


@pytest.mark.parametrize(
    ("indexes", "shown"),
    [((), "a-#-port"), ((4,), "a-4-port"), ((0, 1, 2), "a-{0..2}-port"), ((0, 2, 3, 7), "a-{0,2..3,7}-port")],
)
def test_rows_of_many_nodes_are_named_as_shells_have_it(indexes: tuple[int, ...], shown: str) -> None:
    assert named(ResourceRow("a-#-port", "OS::Neutron::Port", indexes, ())) == shown


def test_a_page_grows_with_groups_not_with_nodes() -> None:
    found = of_case(HA)
    many = tuple(range(900))
    large = replace(
        found,
        groups=tuple(replace(g, indexes=many) for g in found.groups),
        resources=tuple(replace(r, indexes=many) if r.indexes else r for r in found.resources),
    )
    rows = [text.count("<tr") for text in (page(large, {}), page(found, {}))]
    assert rows[0] == rows[1]
