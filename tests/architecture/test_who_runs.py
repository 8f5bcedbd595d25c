"""Every line that the README and docs/ have people type is run by one test, or says why by none."""

from __future__ import annotations

from tests.cloud.plays import PLAYS
from tests.support.cases import ROOT
from tests.support.pages import PAGES, name
from tests.support.who_runs import ON_NODES, OTHERS, idle, on_nodes, owners, shells

LINES = {page: shells(page) for page in PAGES}


def test_each_line_belongs_to_one_test() -> None:
    """One without any needs a play in tests/cloud/plays.py, or a row in tests/support/who_runs.py."""
    wrong = []
    for page, lines in LINES.items():
        plays = {play: it.pages[name(page)] for play, it in PLAYS.items() if name(page) in it.pages}
        for line in lines:
            owned = owners(page, line, plays)
            if len(owned) != 1:
                wrong.append((name(page), line, owned))
    assert wrong == []


def test_a_page_of_tomorrow_is_not_run_by_anybody() -> None:
    page = ROOT / "docs" / "of-tomorrow.md"
    assert owners(page, "jeroboam deploy prod.yaml", {}) == []
    assert owners(page, "kubectl get nodes", {}) == []
    assert owners(page, "make cloud-up", {}) == []
    assert owners(page, "jeroboam validate prod.yaml", {}) != []


def test_no_entry_is_idle() -> None:
    assert idle(LINES) == []
    pages = {name(page): lines for page, lines in LINES.items()}
    assert [it for it in ON_NODES if not any(on_nodes(ROOT / it, line) for line in pages[it])] == []
    for play, one in PLAYS.items():
        for page, pattern in one.pages.items():
            owned = [owners(ROOT / page, line, {play: pattern}) for line in pages[page]]
            assert [play] in owned, (play, page)


def test_who_is_said_to_run_a_line_is_there() -> None:
    for file, _, text in (it.partition(": ") for it in OTHERS.values()):
        assert text in (ROOT / file).read_text(encoding="utf-8"), (file, text)
