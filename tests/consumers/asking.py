"""The processes that judge, started once and asked line by line."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from jeroboam.secrets.seal import KEYPAIR_PARAMETERS
from tests.labs.cloud.settings import settings
from tests.support import hot
from tests.support.cases import ROOT, CompiledTexts

JUDGES = {"compute": "nova", "volumev3": "cinder", "network": "neutron", "load-balancer": "octavia"}
"""The module of `services` that judges requests, by the service that Heat's clients send them to."""
_SHOWN = 250


class Answered(NamedTuple):
    """How many requests a stack is made by, by service, and what is held against them."""

    requests: Mapping[str, int]
    refusals: tuple[str, ...]


class Process:
    """A module of `services` that runs."""

    def __init__(self, module: str, running: subprocess.Popen[str]) -> None:
        self._module, self._running = module, running

    def answer(self, asked: Any) -> Any:
        """The answer to one question. Raises AssertionError when the process has ended."""
        assert self._running.stdin
        assert self._running.stdout
        print(json.dumps(asked), file=self._running.stdin, flush=True)
        line = self._running.stdout.readline()
        assert line, f"{self._module} ended: see its standard error above"
        return json.loads(line)


@contextmanager
def process(module: str) -> Iterator[Process]:
    """A module of `services`, until the end of the block. Raises AssertionError where it cannot run."""
    python = settings().programs / "python"
    assert python.exists(), f"no OpenStack in {python.parent.parent}: make cloud-programs"
    with subprocess.Popen(
        [str(python), "-W", "ignore", "-m", f"tests.consumers.services.{module}"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
    ) as running:  # fmt: skip
        try:
            yield Process(module, running)
        finally:
            running.kill()


class Services:
    """Heat and those that it asks, each a process."""

    def __init__(self, running: Mapping[str, Process]) -> None:
        self._running = running

    def ask(self, bundle: CompiledTexts, tags: Iterable[str] = ()) -> Answered:
        """What the services have against the requests for a bundle that is in one file."""
        made = self._running["heat"].answer(question(bundle, tags))
        refusals = [f"heat: {made['refused']}"] if made["refused"] else []
        counts = {}
        for service, judge in JUDGES.items():
            requests = [request for request in made["requests"] if request["service"] == service]
            counts[judge] = len(requests)
            answers = self._running[judge].answer(requests)
            refusals += [f"{judge}: {one['resource']}: {_short(one['says'])}" for one in answers]
        return Answered(counts, tuple(refusals))


def question(bundle: CompiledTexts, tags: Iterable[str], *, keypair: str = "k" * 255) -> dict[str, Any]:
    """What Heat is given; parameters without a default and the handles' signal are as long as may be."""
    tree = hot.parse(bundle.files[bundle.hot])
    given = {
        name: keypair if name in KEYPAIR_PARAMETERS else hot.longest(schema)
        for name, schema in (tree.get("parameters") or {}).items()
        if "default" not in schema
    }
    return {
        "name": bundle.name,
        "template": bundle.files[bundle.hot],
        "tags": list(tags),
        "parameters": given,
        "signal": hot.SIGNAL,
    }


@contextmanager
def services() -> Iterator[Services]:
    """All of them, until the end of the block."""
    with ExitStack() as ending:
        yield Services({m: ending.enter_context(process(m)) for m in ("heat", *JUDGES.values())})


def _short(says: str) -> str:
    return says if len(says) < _SHOWN else f"{says[: _SHOWN // 2]} … {says[-_SHOWN // 2 :]}"
