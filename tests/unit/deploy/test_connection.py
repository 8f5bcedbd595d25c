"""How a cloud is found and logged in to, against a small Keystone and Heat of the tests' own."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jeroboam.deploy.connection import connect
from jeroboam.deploy.errors import CloudError
from jeroboam.deploy.stacks import find
from tests.support.tiny_cloud import TinyCloud
from tests.support.tls import authority, certified

# heatclient and openstacksdk bring warnings of their own.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's clouds; no clouds.yaml but one in the test's folder."""
    for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    # The loader looks for the other files where it was when it was imported.
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cloud() -> Iterator[TinyCloud]:
    with TinyCloud() as tiny:
        yield tiny


def clouds(**entries: dict[str, Any]) -> None:
    """A clouds.yaml in this folder, where the fixture says it is."""
    Path("clouds.yaml").write_text(json.dumps({"clouds": entries}), encoding="utf-8")


def refused(*arguments: str) -> CloudError:
    with pytest.raises(CloudError) as caught:
        connect(*arguments)
    return caught.value


def test_by_variables(cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cloud.variables(OS_REGION_NAME="RegionOne").items():
        monkeypatch.setenv(name, value)
    found = connect()
    assert (found.region, found.auth_type, cloud.users) == ("RegionOne", "password", ["demo"])
    stack = find(found, "prod")
    assert stack is not None
    assert stack.status == "COMPLETE"
    assert cloud.requests[-1] == "GET /RegionOne/heat/v1/p1/stacks/prod"
    assert found.requests["orchestration"] >= 1


@pytest.mark.parametrize("minutes", [-10, 0, 45])
def test_how_far_the_clock_is_ahead_goes_by_when_the_token_was_issued(
    cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    cloud.behind, cloud.token_seconds = timedelta(minutes=minutes), 7200
    for name, value in cloud.variables(OS_REGION_NAME="RegionOne").items():
        monkeypatch.setenv(name, value)
    assert connect().ahead == pytest.approx(minutes * 60, abs=20)


def test_by_name_among_several(cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    clouds(one=cloud.entry("ann"), other=cloud.entry("bob"))
    assert connect("other").name == "other"
    monkeypatch.setenv("OS_CLOUD", "one")
    assert connect().name == "one"
    # What is asked for by name goes before the environment.
    assert connect("other").name == "other"
    assert cloud.users == ["bob", "ann", "bob"]


def test_a_name_that_no_cloud_has(cloud: TinyCloud) -> None:
    clouds(one=cloud.entry())
    problem = refused("two")
    assert "Cloud two was not found" in problem.message
    assert problem.hint == "clouds.yaml has: one"
    assert cloud.requests == []


def test_nothing_that_names_a_cloud() -> None:
    problem = refused()
    assert problem.message.startswith("cannot log in to the cloud: ")
    assert "--os-cloud" in (problem.hint or "")


def test_a_wrong_password(cloud: TinyCloud) -> None:
    entry = cloud.entry()
    entry["auth"]["password"] = "wrong"
    clouds(one=entry)
    problem = refused("one")
    assert "the cloud did not accept the credentials" in problem.message
    assert (problem.status, problem.temporary) == (401, False)
    assert "wrong" not in problem.message


def test_a_cloud_that_does_not_answer(cloud: TinyCloud) -> None:
    entry = cloud.entry()
    entry["auth"]["auth_url"] = "http://127.0.0.1:9/v3"
    clouds(one=entry)
    problem = refused("one")
    assert "http://127.0.0.1:9/v3" in problem.message
    assert problem.temporary


class TestRegions:
    """One cloud with two regions."""

    @pytest.fixture
    def cloud(self) -> Iterator[TinyCloud]:
        with TinyCloud(regions=("north", "south")) as tiny:
            yield tiny

    def test_the_one_that_is_named(self, cloud: TinyCloud) -> None:
        clouds(one=cloud.entry(regions=["north", "south"]))
        for region in ("south", "north"):
            found = connect("one", region)
            assert found.region == region
            assert find(found, "prod") is not None
        heat = [request.split("/")[1] for request in cloud.requests if "stacks" in request]
        assert heat == ["south", "north"]

    def test_one_that_clouds_yaml_does_not_list(self, cloud: TinyCloud) -> None:
        clouds(one=cloud.entry(region_name="north"))
        problem = refused("one", "east")
        assert "Region east is not a valid region name for cloud one" in problem.message
        assert "'regions'" in (problem.hint or "")

    def test_one_that_the_cloud_lacks(self, cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in cloud.variables(OS_REGION_NAME="east").items():
            monkeypatch.setenv(name, value)
        problem = refused()
        assert problem.message == "the cloud has no orchestration service (Heat) in its region 'east'"
        assert "it has one in: north, south; " in (problem.hint or "")
        assert "OS_REGION_NAME" in (problem.hint or "")

    def test_a_cloud_without_heat(self, cloud: TinyCloud) -> None:
        cloud.types = ("identity",)
        clouds(one=cloud.entry())
        assert "no orchestration service (Heat) in its catalogue" in refused("one").message


class TestOwnAuthority:
    """A cloud whose certificate is of a CA that no system knows."""

    @pytest.fixture
    def cloud(self, tmp_path: Path) -> Iterator[TinyCloud]:
        with TinyCloud(tls=certified(tmp_path, authority(1))) as tiny:
            yield tiny

    @staticmethod
    def ca(folder: Path, seed: int) -> str:
        path = folder / f"ca-{seed}.pem"
        path.write_bytes(b64decode(authority(seed)["cluster_ca_cert"]))
        return str(path)

    def test_named_in_clouds_yaml(self, cloud: TinyCloud, tmp_path: Path) -> None:
        clouds(one=cloud.entry(cacert=self.ca(tmp_path, 1)))
        assert find(connect("one"), "prod") is not None

    def test_named_by_a_variable(
        self, cloud: TinyCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in cloud.variables(OS_CACERT=self.ca(tmp_path, 1)).items():
            monkeypatch.setenv(name, value)
        assert find(connect(), "prod") is not None

    @pytest.mark.parametrize("seed", [None, 2])
    def test_unknown(self, cloud: TinyCloud, tmp_path: Path, seed: int | None) -> None:
        clouds(one=cloud.entry(**({"cacert": self.ca(tmp_path, seed)} if seed else {})))
        problem = refused("one")
        assert "the certificate is not trusted" in problem.message
        assert cloud.address in problem.message
        assert problem.hint == "name the CA with 'cacert' in clouds.yaml, or OS_CACERT"
        assert not problem.temporary
        assert cloud.logins == 0

    def test_a_file_that_is_not_there(self, cloud: TinyCloud) -> None:
        clouds(one=cloud.entry(cacert="/nowhere/ca.pem"))
        problem = refused("one")
        assert "the file of its CA is not there: /nowhere/ca.pem" in problem.message
        assert "'cacert'" in (problem.hint or "")

    def test_a_file_without_a_certificate(self, cloud: TinyCloud, tmp_path: Path) -> None:
        (tmp_path / "empty.pem").write_text("nothing\n", encoding="utf-8")
        clouds(one=cloud.entry(cacert=str(tmp_path / "empty.pem")))
        assert "'cacert'" in (refused("one").hint or "")


class TestRenewal:
    """Tokens that end while a command waits."""

    def test_one_that_is_about_to_end_is_renewed(self, cloud: TinyCloud) -> None:
        clouds(one=cloud.entry())
        cloud.token_seconds = 10
        found = connect("one")
        before = cloud.logins
        cloud.token_seconds = 3600
        assert find(found, "prod") is not None
        assert cloud.logins == before + 1
        find(found, "prod")
        assert cloud.logins == before + 1

    def test_one_that_heat_refuses_is_renewed_and_heat_asked_once_more(self, cloud: TinyCloud) -> None:
        clouds(one=cloud.entry())
        found = connect("one")
        cloud.revoked.add("token-1")
        assert find(found, "prod") is not None
        assert cloud.logins == 2
        assert [request for request in cloud.requests if "stacks" in request] == [
            "GET /RegionOne/heat/v1/p1/stacks/prod"
        ] * 2

    def test_heat_that_refuses_every_token_is_not_asked_for_ever(self, cloud: TinyCloud) -> None:
        clouds(one=cloud.entry())
        found = connect("one")
        cloud.refuse_all = True
        with pytest.raises(CloudError) as caught:
            find(found, "prod")
        assert "did not accept the credentials" in caught.value.message
        assert len([request for request in cloud.requests if "stacks" in request]) == 2
        assert cloud.logins == 2
