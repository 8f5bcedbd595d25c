"""Odd answers of a real HTTP server, one after the other, at every question of a login and of a wait."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from jeroboam.cli import watch
from jeroboam.cli.screens import ProgressFormat
from jeroboam.cli.terminal import Exit
from jeroboam.cli.watch import Watch, watched
from jeroboam.deploy.clock import Clock
from jeroboam.deploy.connection import Cloud, connect
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.retry import LONGEST_PAUSE
from jeroboam.deploy.stacks import find, get
from jeroboam.deploy.wait.follow import Wait
from jeroboam.deploy.wait.loop import UNUSABLE_SECONDS
from jeroboam.deploy.wait.verdict import WaitOutcome
from tests.support.odd_answers import ANSWERS, Odd
from tests.support.odd_proxy import OddProxy
from tests.support.tiny_cloud import PASSWORD, TinyCloud

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of OpenStack's clients

HANDLE = "OS::Heat::WaitConditionHandle"
LINK = "http://heat/v1/p1/stacks/prod/8263201f-224e-4588-a1bd-ade33f375137"
RESOURCES = [
    {
        "resource_name": f"master-{which}-handle",
        "resource_type": HANDLE,
        "resource_status": "CREATE_COMPLETE",
        "physical_resource_id": f"h-{which}",
        "updated_time": "2026-11-26T00:00:00Z",
        "links": [{"rel": "stack", "href": LINK}],
    }
    for which in ("ready", "progress")
]
EVENT = {
    "id": "e1",
    "event_time": "2026-11-26T00:00:01Z",
    "resource_name": "prod",
    "resource_status": "CREATE_IN_PROGRESS",
    "physical_resource_id": "8263201f-224e-4588-a1bd-ade33f375137",
    "links": [{"rel": "stack", "href": LINK}],
}
QUESTIONS = {
    "stack": "/heat/v1/p1/stacks/prod/8263201f-224e-4588-a1bd-ade33f375137",
    "events": "/events",
    "resources": "/resources",
    "metadata": "/metadata",
}
BUILT_SECONDS = 900.0
"""When the stack is complete: later than anybody waits who has no answer."""


class World:
    """A cloud behind a proxy, and a time that passes as soon as somebody waits."""

    def __init__(self, tiny: TinyCloud, proxy: OddProxy) -> None:
        self.tiny, self.proxy = tiny, proxy
        self.now, self.slept, self.built = 0.0, list[float](), BUILT_SECONDS
        self.cloud: Cloud | None = None

    def fresh(self) -> None:
        self.now, self.slept, self.built = 0.0, [], BUILT_SECONDS
        self.proxy.odd, self.proxy.rule = 0, lambda *_: None
        self.tiny.stack["stack_status"] = "CREATE_IN_PROGRESS"

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self._sleep)

    def _sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds
        if self.now >= self.built:
            self.tiny.stack["stack_status"] = "CREATE_COMPLETE"

    def odd(self, answer: Odd) -> Odd:
        """Gives it; one that nothing but a time limit ends takes its time, by the clock of the test."""
        self.now += 180 if answer.slow else 0
        return answer

    def once(self, answer: Odd) -> None:
        """The first or second time that each question is asked, it is answered so; the stack is quick."""
        self.built = 30.0
        asked = dict.fromkeys(QUESTIONS, 0)

        def rule(_: str, path: str) -> Odd | None:
            for name, end in QUESTIONS.items():
                if path.endswith(end):
                    asked[name] += 1
                    # What is asked about again only when it changes is odd at once.
                    due = 1 if name in ("metadata", "resources") else 2
                    return self.odd(answer) if asked[name] == due else None
            return None

        self.proxy.rule = rule

    def always(self, answer: Odd, question: str, until: float = float("inf")) -> None:
        """Every time that a question is asked after the first minute, it is answered so."""

        def rule(_: str, path: str) -> Odd | None:
            due = path.endswith(QUESTIONS[question]) and 60 <= self.now < until
            return self.odd(answer) if due else None

        self.proxy.rule = rule

    def wait(self) -> WaitOutcome:
        assert self.cloud is not None
        stack = find(self.cloud, "prod")
        assert stack is not None
        wait = Wait("CREATE", None, True, None, revive=False)
        return watched(self.cloud, stack, wait, Watch(ProgressFormat.TEXT, "jeroboam status --watch prod"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("cloud")
    with TinyCloud() as tiny, OddProxy(tiny.address) as proxy, pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
            patch.delenv(name)
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(folder / "named.yaml"))
        # The loader keeps the folder that it is imported in: nothing in it may be called clouds.yaml.
        patch.chdir(folder)
        patch.setattr("jeroboam.deploy.transport.TIMEOUT_SECONDS", 0.5)
        patch.setattr("jeroboam.deploy.transport.DEADLINE_SECONDS", 1.0)
        tiny.address = proxy.address
        tiny.lists = {
            "events": {"events": [EVENT]},
            "resources": {"resources": RESOURCES},
            "metadata": {"metadata": {"prod-master-0": {"status": "SUCCESS", "reason": "up", "data": None}}},
        }
        Path("named.yaml").write_text(json.dumps({"clouds": {"one": tiny.entry()}}), encoding="utf-8")
        world = World(tiny, proxy)
        world.cloud = connect("one")
        yield world


@pytest.fixture
def world(shared: World, monkeypatch: pytest.MonkeyPatch) -> World:
    shared.fresh()
    monkeypatch.setattr(watch, "steady", lambda: shared.clock)
    return shared


def told(problem: CloudError) -> str:
    """All that a user sees of a problem: who asked what, and what came back, without secrets."""
    text = "\n".join((problem.message, problem.hint or "", *problem.notes))
    assert "asked: " in text
    assert "answered: " in text
    for who in ("user 'demo'", "project 'demo'", "cloud 'one'"):
        assert who in text
    assert PASSWORD not in text
    assert "token-" not in text
    assert all(line.isprintable() for line in text.split("\n"))
    return text


def _refused() -> CloudError | None:
    try:
        connect("one")
    except CloudError as problem:
        return problem
    return None


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
class TestAnswers:
    """Every odd answer, wherever it may come."""

    def test_once_at_each_question_of_a_wait(self, world: World, answer: Odd) -> None:
        world.once(answer)
        assert world.wait() is WaitOutcome.COMPLETE
        assert world.proxy.odd >= len(QUESTIONS) - 1

    def test_always(
        self, world: World, answer: Odd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Minutes later it is told what came back; the stack goes on, and how to watch it is said.

        The time itself is that of `wait/test_loop.py` and SOME here; all rounds of it are alike.
        """
        limit = UNUSABLE_SECONDS if answer in SOME else 120.0
        monkeypatch.setattr("jeroboam.deploy.wait.loop.UNUSABLE_SECONDS", limit)
        world.always(answer, "stack")
        with pytest.raises(typer.Exit) as ended:
            world.wait()
        said = capsys.readouterr().err
        assert ended.value.exit_code == Exit.UNFINISHED, said
        assert limit <= world.now < limit + 400
        assert re.search(r"no usable answer for \d+", said)
        # What leads somewhere else is told by where it led to.
        where = (
            "" if "redirect" in answer.name else f"{world.proxy.address}/RegionOne/heat/v1/p1/stacks/prod/"
        )
        assert f"asked: GET {where}" in said
        assert "answered: " in said
        assert "it goes on" in said
        assert "jeroboam status --watch prod" in said
        assert max(world.slept) <= LONGEST_PAUSE

    @pytest.mark.parametrize("path", ["/v3", "/v3/auth/tokens"])
    def test_at_login(self, world: World, answer: Odd, path: str) -> None:
        world.proxy.rule = lambda _, asked: answer if asked == path else None
        problem = _refused()
        # What tells which versions there are may be missing.
        assert problem is not None or path == "/v3"
        assert problem is None or told(problem).startswith("cannot log in to the cloud: ")

    def test_at_a_single_question(self, world: World, answer: Odd) -> None:
        world.proxy.rule = lambda _, path: answer if path.endswith("stacks/prod") else None
        assert world.cloud is not None
        with pytest.raises(CloudError) as caught:
            get(world.cloud, "prod")
        assert "prod" in told(caught.value)


_NAMES = ("403", "404 of a proxy", "HTML with 200", "half of the body", "reset")
SOME = [answer for answer in ANSWERS if answer.name in _NAMES]


@pytest.mark.parametrize("answer", SOME, ids=lambda answer: answer.name)
@pytest.mark.parametrize("question", QUESTIONS)
def test_five_minutes_of_odd_answers_are_waited_out(world: World, answer: Odd, question: str) -> None:
    world.built = 370.0
    world.always(answer, question, until=360)
    assert world.wait() is WaitOutcome.COMPLETE
    assert world.now > 360


def test_a_404_of_a_proxy_does_not_end_the_wait_for_a_deletion(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.tiny.stack, "stack_status", "DELETE_IN_PROGRESS")
    proxys = next(answer for answer in ANSWERS if answer.name == "404 of a proxy")
    world.proxy.rule = lambda _, path: proxys if path.endswith(QUESTIONS["stack"]) and world.now > 5 else None
    assert world.cloud is not None
    stack = get(world.cloud, "prod")
    wait = Wait("DELETE", None, True, 5, revive=False)
    watch = Watch(ProgressFormat.TEXT, "jeroboam delete prod")
    with pytest.raises(typer.Exit) as ended:
        watched(world.cloud, stack, wait, watch)
    assert ended.value.exit_code == Exit.UNFINISHED
    # Heat's own word is the end.
    gone = Odd("gone", 404, body=b'{"code": 404, "error": {"type": "EntityNotFound", "message": "gone"}}')
    world.proxy.rule = lambda _, path: gone if path.endswith(QUESTIONS["stack"]) else None
    assert watched(world.cloud, stack, wait, watch) is WaitOutcome.GONE


def test_every_request_ends_though_the_answer_does_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeroboam.deploy.transport.BYTES_AT_MOST", 1000)
    long = Odd("long", body=b'"' + b"x" * 2000 + b'"')
    world.proxy.rule = lambda _, path: long if path.endswith("stacks/prod") else None
    assert world.cloud is not None
    with pytest.raises(CloudError, match="the answer is longer than 1000 bytes"):
        get(world.cloud, "prod")
