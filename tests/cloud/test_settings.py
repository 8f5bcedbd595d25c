"""The cloud's configuration and table of services, without starting any of it."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
import yaml

from tests.labs.cloud import configuration, services
from tests.labs.cloud.settings import ADDRESS, Chosen, RefusedError, Settings, choose, settings


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    return Settings(tmp_path, 10000, Chosen(), tmp_path / "venv")


@pytest.mark.parametrize("file", configuration.RENDERED, ids=lambda f: f.path)
def test_every_file_renders(file: configuration.Rendered, elsewhere: Settings) -> None:
    text = configuration.rendered(elsewhere, file)
    assert "$" not in text
    if file.path.endswith("clouds.yaml"):
        clouds = yaml.safe_load(text)["clouds"]
        assert {name: cloud["auth"]["username"] for name, cloud in clouds.items()} == {
            "jeroboam": "demo",
            "jeroboam-admin": "admin",
            "jeroboam-second": "second",
            "jeroboam-other": "other",
        }
    elif file.service:
        # Not strict: a section may come twice, an option of it may not.
        parser = configparser.ConfigParser(strict=False, interpolation=None, default_section="")
        parser.read_string(text)
        assert f"/{file.service}?" in text


def test_every_port_is_taken_once_and_on_the_loopback(elsewhere: Settings) -> None:
    every = services.every(elsewhere)
    ports = [service.port for service in every if service.port]
    assert len(ports) == len(set(ports))
    assert len({service.name for service in every}) == len(every)
    assert ADDRESS == "127.0.0.1"
    assert "0.0.0.0" not in str(every)


def test_settings_are_kept(elsewhere: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(elsewhere, "token-seconds", "60")
    monkeypatch.setenv("JEROBOAM_CLOUD", str(elsewhere.folder))
    assert settings().chosen == Chosen(token_seconds=60)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tokens", "60", "there are: token-seconds"),
        ("token-seconds", "soon", "is a number above 0, not 'soon'"),
    ],
)
def test_what_cannot_be_set(name: str, value: str, message: str, elsewhere: Settings) -> None:
    with pytest.raises(RefusedError, match=message):
        choose(elsewhere, name, value)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("JEROBOAM_CLOUD", "/tmp/" + "a" * 80, "too long for the sockets"),
        ("JEROBOAM_CLOUD_PORT_OFFSET", "-1", "use a number"),
    ],
)
def test_a_place_that_cannot_be(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(RefusedError, match=message):
        settings()
