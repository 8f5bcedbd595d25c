"""Which servers of a stack that failed are made anew, since their nodes never came up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jeroboam.deploy.plan.given_up import CHANGED_NOTE, FAILED_NOTE, given_up
from jeroboam.deploy.types import NodeReport, StackResource
from jeroboam.hot.flat import Key, Templates
from tests.unit.deploy.wait.facts import BEGAN, CONDITION, SERVER, report, resource, stack

KEY = Key("", "default-0")
STANDS = replace(resource("default-0", SERVER, "CREATE_COMPLETE"), created=BEGAN)
BEFORE, AFTER = BEGAN - timedelta(minutes=5), BEGAN + timedelta(minutes=5)
NEVER = datetime.min.replace(tzinfo=UTC)
FAILED = report("prod-default-0", final=True, failed="step 40-x failed")
READY = report("prod-default-0", final=True)
STEP = report("prod-default-0", 4)


def templates(digest: str | None = "1") -> Templates:
    value: Mapping[str, Any] = {"master": "0", "default": digest}
    return Templates({"outputs": {"node_configs": {"value": value}}} if digest else {}, {}, {})


@pytest.mark.parametrize(
    ("state", "found", "reports", "digest", "note"),
    [
        # Whether the spec is mended since, or what it was made from.
        ("CREATE_FAILED", STANDS, [FAILED], "1", FAILED_NOTE),
        ("CREATE_FAILED", STANDS, [FAILED], "2", FAILED_NOTE),
        ("UPDATE_FAILED", STANDS, [STEP, FAILED], "1", FAILED_NOTE),
        # A node that is silent, or waits for others, may yet come up, but not with another configuration.
        ("CREATE_FAILED", STANDS, [], "2", CHANGED_NOTE),
        ("CREATE_FAILED", STANDS, [STEP], "2", CHANGED_NOTE),
        ("CREATE_FAILED", STANDS, [STEP], "1", None),
        ("CREATE_FAILED", STANDS, [], "1", None),
        # What an older release told nothing of.
        ("CREATE_FAILED", STANDS, [], None, None),
        # It is part of the cluster: `roll` brings it to what the spec says.
        ("UPDATE_FAILED", STANDS, [READY], "2", None),
        # That was the word of a server that is gone.
        ("UPDATE_FAILED", STANDS, [replace(FAILED, void_of="old")], "1", None),
        # Heat goes on, or was done: nodes that failed since are rolled.
        ("UPDATE_IN_PROGRESS", STANDS, [FAILED], "2", None),
        ("CREATE_COMPLETE", STANDS, [FAILED], "2", None),
        # A run that was cut off has told Heat already: a master is no loss the second time either.
        ("CREATE_FAILED", resource("default-0", SERVER, "CHECK_FAILED"), [FAILED], "1", FAILED_NOTE),
        # Heat makes these anew by itself, or there is nothing.
        ("CREATE_FAILED", resource("default-0", SERVER, "CREATE_FAILED"), [FAILED], "2", None),
        ("CREATE_FAILED", resource("default-0", SERVER, "INIT_COMPLETE", physical=""), [], "2", None),
        ("UPDATE_FAILED", resource("default-0", SERVER, "DELETE_COMPLETE"), [FAILED], "2", None),
    ],
)
def test_who_is_made_anew(
    state: str, found: StackResource, reports: list[NodeReport], digest: str | None, note: str | None
) -> None:
    found = replace(found, created=BEGAN)
    for since in (NEVER, BEFORE):
        told = given_up(stack(state), {KEY: found}, reports, since, templates("1"), templates(digest))
        assert {key: said.note for key, said in told.items()} == ({KEY: note} if note else {})


@pytest.mark.parametrize("since", [BEGAN, AFTER, None], ids=["with it", "after it", "not known"])
@pytest.mark.parametrize("reports", [[FAILED], []], ids=["failed", "silent"])
def test_a_server_of_a_cluster_that_was_complete_is_left(
    since: datetime | None, reports: list[NodeReport]
) -> None:
    """A master that was started again by hand and failed holds its data, whatever it said last."""
    told = given_up(stack("UPDATE_FAILED"), {KEY: STANDS}, reports, since, templates("1"), templates("2"))
    assert told == {}


def test_nothing_but_servers_of_nodes() -> None:
    live = {
        Key("", "bastion"): replace(STANDS, name="bastion"),
        KEY: replace(STANDS, type=CONDITION),
    }
    assert given_up(stack("CREATE_FAILED"), live, [FAILED], NEVER, templates("1"), templates("2")) == {}
