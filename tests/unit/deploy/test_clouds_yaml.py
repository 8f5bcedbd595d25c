"""Slips in clouds.yaml, secure.yaml and the OS_* variables: each is told as one, with where to look."""

from __future__ import annotations

import os
import signal
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jeroboam.deploy.connection import connect
from jeroboam.deploy.errors import CloudError
from tests.support.tiny_cloud import PASSWORD, TinyCloud
from tests.support.tls import authority

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients

GOOD = """\
clouds:
  one:
    auth:
      auth_url: {address}/v3
      username: demo
      password: correct horse
      project_name: demo
      user_domain_name: Default
      project_domain_name: Default
"""


@dataclass(frozen=True)
class Slip:
    """A clouds.yaml, what is told of it, and what of the hint; `{address}` is Keystone's."""

    name: str
    text: str | bytes
    told: str
    hint: str = ""
    cloud: str | None = "one"
    region: str | None = None


def changed(old: str, new: str) -> str:
    assert old in GOOD, old
    return GOOD.replace(old, new)


def more(lines: str) -> str:
    """The same with lines besides `auth`."""
    return GOOD + "".join(f"    {line}\n" for line in lines.splitlines())


# fmt: off
SLIPS = (
    Slip("an empty file", "", "Cloud one was not found", "clouds.yaml has no cloud"),
    Slip("a comment alone", "# later\n", "Cloud one was not found"),
    Slip("a list", "- one\n- two\n", "not a valid mapping"),
    Slip("a text", "clouds\n", "not a valid mapping"),
    Slip("no 'clouds'", "one: {}\n", "Cloud one was not found"),
    Slip("'clouds' is a list", "clouds: [one]\n", "line 1: 'clouds' is no mapping", "a cloud is a mapping"),
    Slip("'clouds' is a text", "clouds: one\n", "line 1: 'clouds' is no mapping", "a cloud is a mapping"),
    Slip("'clouds' is empty", "clouds:\n", "clouds.yaml, line 1: 'clouds' is empty"),
    Slip("a block beside 'clouds' is empty", "cache:\nclouds: {}\n", "clouds.yaml, line 1: 'cache' is empty"),
    Slip("auth is empty", "clouds:\n  one:\n    auth:\n", "clouds.yaml, line 3: 'auth' is empty"),
    Slip("regions are empty", more("regions:"), "clouds.yaml, line 10: 'regions' is empty"),
    Slip(
        "a cloud's name is a number",
        changed("one", "1"),
        "clouds.yaml, line 2: the cloud's name 1 is no text: put it between quotes",
        cloud="1",
    ),
    Slip("a setting's name is a number", more("5: 6"), "line 10: the setting's name 5 is no text"),
    Slip(
        "braces in a value",
        more("region_name: north{x}"),
        "clouds.yaml, line 10: braces in 'region_name' stand for a setting",
    ),
    Slip("braces in the URL", changed("{address}", "http://{host}"), "line 4: braces in 'auth_url' stand"),
    Slip(
        "bad YAML",
        "clouds:\n  one: {auth: [}\n",
        "clouds.yaml, line 2, column 16 cannot be read",
    ),
    Slip(
        "a tab",
        "clouds:\n\tone: {}\n",
        "clouds.yaml, line 2, column 1 cannot be read",
    ),
    Slip("bytes", b"\xff\xfe\x00clouds", "clouds.yaml cannot be read"),
    Slip("a name that no cloud has", GOOD, "Cloud two was not found", "clouds.yaml has: one", cloud="two"),
    Slip("a cloud is a list", "clouds: {one: []}\n", "line 1: 'one' is no mapping", "a cloud is a mapping"),
    Slip("a cloud is a text", "clouds: {one: two}\n", "line 1: 'one' is no mapping", "a cloud is a mapping"),
    Slip("a cloud is empty", "clouds: {one: }\n", "line 1: 'one' is empty"),
    Slip("no auth", "clouds: {one: {region_name: north}}\n", "auth_url", "--os-cloud"),
    Slip(
        "auth is a text",
        "clouds: {one: {auth: secret}}\n",
        "line 1: 'auth' is no mapping",
        "a cloud is a mapping",
    ),
    Slip(
        "auth is a list",
        "clouds: {one: {auth: [1]}}\n",
        "line 1: 'auth' is no mapping",
        "a cloud is a mapping",
    ),
    Slip("no auth_url", changed("      auth_url: {address}/v3\n", ""), "auth_url", "--os-cloud"),
    Slip(
        "no password",
        changed("      password: correct horse\n", ""),
        "there is no 'password', which a login by 'password' needs",
        "'auth' has: auth_url, project_domain_name, project_name, user_domain_name, username",
    ),
    Slip("an empty password", changed("correct horse", "''"), "there is no 'password', which a login"),
    Slip("no user", changed("      username: demo\n", ""), "there is no 'username', which a", "'auth' has"),
    Slip(
        "a token's login without one",
        changed("      password: correct horse\n", "") + "    auth_type: token\n",
        "there is no 'token', which a login by 'token' needs",
        "clouds.yaml; 'auth' has: auth_url, ",
    ),
    Slip(
        "a user beside a token",
        changed("password: correct horse", "token: t") + "    auth_type: token\n",
        "a login by 'token' takes no 'username', 'user_domain_name'",
        "clouds.yaml, or name another 'auth_type'",
    ),
    Slip(
        "a number for a password",
        changed("correct horse", "12345"),
        "did not accept the credentials",
        "see the user, of the domain 'Default', and the password in ",
    ),
    Slip(
        "a token that has ended",
        "clouds:\n  one:\n    auth: {auth_url: '{address}/v3', token: t}\n    auth_type: token\n",
        "did not accept the credentials",
        "'openstack token issue' makes one; see ",
    ),
    Slip(
        "an application credential that is gone",
        "clouds:\n  one:\n    auth: {auth_url: '{address}/v3', application_credential_id: a,\n"
        "      application_credential_secret: b}\n    auth_type: v3applicationcredential\n",
        "did not accept the credentials",
        "the application credential may be deleted",
    ),
    Slip("a list for a password", changed("correct horse", "[correct]"), "cannot log in"),
    Slip("an unknown auth_type", more("auth_type: passwort"), "'passwort', which is none", "'password'?"),
    Slip(
        "an auth_type that needs more",
        more("auth_type: v3applicationcredential"),
        "no 'application_credential_id', no 'application_credential_secret', which a login by",
    ),
    Slip("auth_type is a list", more("auth_type: [password]"), "cannot log in"),
    Slip(
        "a URL without a scheme",
        changed("{address}/v3", "127.0.0.1:5000/v3"),
        "not a Keystone URL",
        "OS_AUTH_URL",
    ),
    Slip(
        "a URL with another scheme", changed("{address}/v3", "ftp://127.0.0.1/v3"), "not a Keystone URL"
    ),
    Slip(
        "a port that is no number",
        changed("{address}/v3", "http://127.0.0.1:fifty/v3"),
        "not a Keystone URL",
    ),
    Slip(
        "a port that is none",
        changed("{address}/v3", "http://127.0.0.1:70000/v3"),
        "not a Keystone URL",
    ),
    Slip("a URL without a host", changed("{address}/v3", "http:///v3"), "not a Keystone URL"),
    Slip("half of an IPv6 address", changed("{address}/v3", "http://[::1/v3"), "not a Keystone URL"),
    Slip("a URL that is a number", changed("{address}/v3", "5000"), "not a Keystone URL"),
    Slip("a URL that is a list", changed("{address}/v3", "[a, b]"), "not a Keystone URL"),
    Slip("a blank in the URL", changed("{address}/v3", "http://127.0.0.1 /v3"), "not a Keystone URL"),
    Slip("the wrong path", changed("/v3", "/identity/v3"), "cannot log in"),
    Slip("a host that is none", changed("{address}/v3", f"http://{'x' * 64}.invalid/v3"), "cannot log in"),
    Slip(
        "a region that is not listed",
        more("regions: [north]"),
        "Region nroth is not a valid region",
        "'regions'",
        region="nroth",
    ),
    Slip(
        "a region that the cloud lacks",
        more("region_name: nroth"),
        "no orchestration service (Heat) in its region 'nroth'",
        "RegionOne",
    ),
    Slip("a region that is a number", more("region_name: 1"), "", ""),
    Slip("regions are a text", more("regions: north"), "", ""),
    Slip("regions are numbers", more("regions: [1, 2]"), "in its region '1'", "RegionOne"),
    Slip(
        "a CA that is not there",
        more("cacert: /nowhere/ca.pem"),
        "the file of its CA is not there: /nowhere/ca.pem",
        "OS_CACERT",
    ),
    Slip("a CA that is a number", more("cacert: 1"), "cannot log in"),
    Slip("a CA without a certificate", more("cacert: clouds.yaml"), "no certificate in it", "'cacert'"),
    Slip("a CA in 'verify'", more("verify: /nowhere/ca.pem"), "", ""),
    Slip("'verify' is a number", more("verify: 2"), "", ""),
    Slip(
        "a certificate that is not there",
        more("cert: /nowhere/me.pem"),
        "client's certificate is not there",
        "OS_CERT",
    ),
    Slip("a key without a certificate", more("key: clouds.yaml"), "needs 'cert'", "'cert'"),
    Slip(
        "a key that is not there",
        more("cert: clouds.yaml\nkey: /nowhere/me.key"),
        "client's key is not there",
        "OS_KEY",
    ),
    Slip(
        "a time that is none",
        more("api_timeout: soon"),
        "'api_timeout' is not a number of seconds: 'soon'",
        "api_timeout",
    ),
    Slip(
        "a time below 0",
        more("api_timeout: -1"),
        "'api_timeout' is not a number of seconds: -1",
        "api_timeout",
    ),
    Slip("a profile that nobody has", more("profile: nowhere"), "", ""),
    Slip("a profile of itself", more("profile: one"), "", ""),
    Slip(
        "a profile that is a list",
        more("profile: [one]"),
        "settings of the cloud 'one'",
        "a cloud is a mapping",
    ),
    Slip(
        "a profile of a closed port", more("profile: http://127.0.0.1:9/"), "settings of the cloud 'one'", ""
    ),
    Slip("an interface that is none", more("interface: nowhere"), "", ""),
    Slip("an override that is no URL", more("orchestration_endpoint_override: nowhere"), "", ""),
    Slip("a version that is none", more("orchestration_api_version: x"), "", ""),
)
# fmt: on
"""Where nothing is told, the slip does no harm: what matters is that it is no crash."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[TinyCloud]:
    with TinyCloud() as tiny:
        yield tiny


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in os.environ if n.startswith("OS_") or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    # The loader adds to its own list what a test before named.
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [])
    monkeypatch.chdir(tmp_path)


def refused(cloud: str | None, region: str | None = None) -> CloudError | None:
    try:
        connect(cloud, region)
    except CloudError as problem:
        return problem
    return None


def words(problem: CloudError | None) -> str:
    """All that a user sees."""
    assert problem is not None
    text = "\n".join((problem.message, problem.hint or "", *problem.notes))
    assert PASSWORD not in text
    return text


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_told(cloud: TinyCloud, slip: Slip) -> None:
    text = slip.text if isinstance(slip.text, bytes) else slip.text.encode()
    Path("clouds.yaml").write_bytes(text.replace(b"{address}", cloud.address.encode()))
    problem = refused(slip.cloud, slip.region)
    if not slip.told:
        assert problem is None or words(problem)
        return
    assert slip.told in words(problem)
    assert problem is not None
    assert slip.hint in (problem.hint or "")
    assert not problem.temporary or slip.name == "a host that is none"


@pytest.mark.parametrize("names", ["CONFIG_FILES", "SECURE_FILES", "VENDOR_FILES"])
def test_a_fifo_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    def late(*_: object) -> None:
        raise AssertionError("it waits for ever")

    os.mkfifo("odd.yaml")
    monkeypatch.setattr(f"openstack.config.loader.{names}", ["missing.yaml", "odd.yaml"])
    Path("clouds.yaml").write_text(more("profile: any"), encoding="utf-8")
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    try:
        told = words(refused("one"))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert "cannot read 'odd.yaml': it is a FIFO" in told


def test_a_settings_file_has_bounds() -> None:
    Path("clouds.yaml").write_text(GOOD + "#" * (1 << 20), encoding="utf-8")
    told = words(refused("one"))
    assert "clouds.yaml': it is larger than 1 MiB" in told
    assert "see OS_CLIENT_CONFIG_FILE" in told


def test_a_certificate_file_has_bounds() -> None:
    with Path("ca.pem").open("wb") as file:
        file.truncate((16 << 20) + 1)
    Path("clouds.yaml").write_text(more("cacert: ca.pem").replace("{address}", "http://127.0.0.1:9"))
    assert "cannot be used: ca.pem: it is larger than 16 MiB" in words(refused("one"))


def test_one_slip_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader finds the file by two names where it is in the folder and named by a variable."""
    monkeypatch.setattr("openstack.config.loader.CONFIG_FILES", [str(Path.cwd() / "clouds.yaml")])
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "clouds.yaml")
    Path("clouds.yaml").write_text("clouds:\n  one: {auth: [}\n", encoding="utf-8")
    assert words(refused("one")).count("line 2, column 16 cannot be read") == 1


def test_nothing_answers(cloud: TinyCloud) -> None:
    Path("clouds.yaml").write_text(changed("{address}", "http://127.0.0.1:9"), encoding="utf-8")
    problem = refused("one")
    assert problem is not None
    assert problem.message == (
        "cannot log in to the cloud: http://127.0.0.1:9/v3/auth/tokens gives no answer: Connection refused"
    )
    assert str(problem.hint).startswith("see whether http://127.0.0.1:9/v3 is this cloud's Keystone")


def test_a_password_that_lacks_is_asked_for(cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else does, and once; it goes to Keystone and nowhere else."""
    lacking = changed("      password: correct horse\n", "").replace("{address}", cloud.address)
    Path("clouds.yaml").write_text(lacking, encoding="utf-8")
    asked: list[str] = []

    def answers(question: str) -> str:
        asked.append(question)
        return PASSWORD

    connected = connect("one", ask_password=answers)
    assert connected.auth_type == "password"
    assert asked == [f"Password of user 'demo', project 'demo', cloud 'one' at {cloud.address}/v3: "]
    assert connected.sdk.session.session.secrets == {PASSWORD}
    with pytest.raises(CloudError, match="there is no 'password'"):
        connect("one", ask_password=lambda _: None)
    Path("clouds.yaml").write_text(lacking.replace("username: demo", "username: ''"), encoding="utf-8")
    with pytest.raises(CloudError, match="there is no 'username', no 'password'"):
        connect("one", ask_password=answers)
    monkeypatch.setenv("OS_AUTH_URL", f"{cloud.address}/v3")
    monkeypatch.setenv("OS_USERNAME", "demo")
    connect(ask_password=answers)
    assert len(asked) == 2
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["clouds.yaml"]


def test_who_logs_in_where_is_told() -> None:
    Path("clouds.yaml").write_text(changed("{address}", "http://127.0.0.1:9").replace("correct horse", "x"))
    problem = refused("one")
    assert problem is not None
    assert problem.notes == (
        "asked: POST http://127.0.0.1:9/v3/auth/tokens",
        "as: user 'demo', project 'demo', cloud 'one' at http://127.0.0.1:9/v3",
        "answered: Connection refused",
    )


def test_a_password_in_the_address_is_not_told() -> None:
    Path("clouds.yaml").write_text(changed("{address}", "http://demo:hunter2@127.0.0.1:9"))
    problem = refused("one")
    assert "hunter2" not in words(problem)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.mkdir(), "it is a directory"),
        (os.mkfifo, "it is a FIFO"),
        (lambda path: path.symlink_to(path), "its links form a loop"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, make: Callable[[Path], None], told: str) -> None:
    make(tmp_path / "clouds.yaml")
    problem = refused("one")
    assert problem is not None
    assert told in problem.message


def test_a_password_beside_bad_yaml_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clouds.yaml").write_text(changed("{address}", "http://127.0.0.1:9"))
    (tmp_path / "secure.yaml").write_text("clouds: {one: {auth: {password: hunter2, : ]\n")
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(tmp_path / "secure.yaml"))
    assert "hunter2" not in words(refused("one"))


class TestVariables:
    """The OS_* variables."""

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("OS_AUTH_URL", "127.0.0.1:5000", "not a Keystone URL"),
            ("OS_AUTH_URL", "http://127.0.0.1:port/v3", "not a Keystone URL"),
            ("OS_CACERT", "/nowhere/ca.pem", "the file of its CA is not there"),
            ("OS_AUTH_TYPE", "nothing", "nothing"),
            ("OS_PASSWORD", "wrong", "did not accept the credentials"),
            ("OS_PASSWORD", "", "there is no 'password', which a login by 'password' needs"),
            ("OS_USERNAME", "", "there is no 'username', which a login by 'password' needs"),
            ("OS_API_TIMEOUT", "soon", "'api_timeout' is not a number of seconds"),
        ],
    )
    def test_a_slip_is_told(
        self, cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
    ) -> None:
        for known, said in cloud.variables(**{name: value}).items():
            monkeypatch.setenv(known, said)
        problem = refused(None)
        assert problem is not None
        assert told in problem.message

    def test_the_session_has_a_time_limit(self, cloud: TinyCloud, monkeypatch: pytest.MonkeyPatch) -> None:
        """Openstacksdk gives it none unless OS_API_TIMEOUT does."""
        from jeroboam.deploy.transport import TIMEOUT_SECONDS

        for known, said in cloud.variables().items():
            monkeypatch.setenv(known, said)
        assert connect().sdk.session.timeout == TIMEOUT_SECONDS
        monkeypatch.setenv("OS_API_TIMEOUT", "7")
        assert connect().sdk.session.timeout == 7.0


def test_a_directory_of_certificates_is_a_ca_too(cloud: TinyCloud, tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(b64decode(authority(1)["cluster_ca_cert"]))
    Path("clouds.yaml").write_text(more(f"cacert: {folder}").replace("{address}", cloud.address))
    assert refused("one") is None
