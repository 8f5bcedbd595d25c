"""What ends when: read from a secrets file and from credentials, and how early it is warned of."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from jeroboam.drivers.kubernetes.secrets import TOKEN_HOURS
from jeroboam.drivers.swarm.secrets import join_secrets
from jeroboam.model.secrets import WindowToken
from jeroboam.parts.etcd import etcd_secrets
from jeroboam.secrets.endings import (
    JOIN_CERTIFICATE,
    JOIN_TOKEN,
    Ending,
    EndingKind,
    end_of,
    lines,
    of_credentials,
    of_secrets,
)
from jeroboam.secrets.recipes import made
from tests.support.tls import authority

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def _in(days: float, kind: EndingKind = EndingKind.API, name: str = "it") -> Ending:
    return Ending(kind, name, NOW + days * DAY, "there")


def test_a_secrets_file_tells_of_cas_and_of_what_nodes_join_with() -> None:
    values = made((*etcd_secrets(), *join_secrets()), {}, random=Random(1), now=NOW)
    found = {ending.name: ending for ending in of_secrets(values, "prod.secrets.yaml")}
    assert found.keys() == {"etcd_ca_cert", "join_cert"}
    assert found["etcd_ca_cert"].kind is EndingKind.AUTHORITY
    assert found["etcd_ca_cert"].end == NOW + 3650 * DAY
    assert found[JOIN_CERTIFICATE].kind is EndingKind.JOINING
    assert found[JOIN_CERTIFICATE].end == NOW + DAY


def test_the_join_token_is_read_as_its_driver_derives_it() -> None:
    assert isinstance(JOIN_TOKEN.recipe, WindowToken)
    assert JOIN_TOKEN.recipe.window_hours == TOKEN_HOURS
    values = {"join_token_key": b64encode(bytes(32)).decode()}
    values |= made((JOIN_TOKEN,), values, random=Random(1), now=NOW)
    (token,) = of_secrets(values, "prod.secrets.yaml")
    assert (token.name, token.end) == ("bootstrap_token", datetime(2026, 12, 1, tzinfo=UTC))


def test_values_that_are_no_certificates_are_passed_over() -> None:
    broken = b64encode(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").decode()
    assert of_secrets({"a": "%%%", "b": b64encode(b"\xff\xfe").decode(), "c": broken}, "file") == ()
    assert end_of(b"no certificate") is None


def test_credentials_are_the_clients_certificate_and_not_its_ca() -> None:
    values = made((*etcd_secrets(), *join_secrets()), {}, random=Random(1), now=NOW)
    kubeconfig = (
        f"clusters:\n- cluster:\n    certificate-authority-data: {values['etcd_ca_cert']}\n"
        f"users:\n- user:\n    client-certificate-data: {values['join_cert']}\n"
    )
    (found,) = of_credentials((kubeconfig,), "prod.credentials")
    assert (found.kind, found.end) == (EndingKind.CREDENTIALS, NOW + DAY)
    assert of_credentials(("nothing", authority(1)["cluster_ca_cert"]), "prod.credentials") == ()


@pytest.mark.parametrize(
    ("ending", "ended", "soon"),
    [
        (_in(31), False, False),
        (_in(29), False, True),
        (_in(0), True, False),
        (_in(-1), True, False),
        (_in(366, EndingKind.AUTHORITY), False, False),
        (_in(364, EndingKind.AUTHORITY), False, True),
        (_in(0.1, EndingKind.JOINING), False, False),
        (_in(-9, EndingKind.JOINING), False, False),
    ],
)
def test_a_ca_is_warned_of_a_year_ahead_and_other_things_a_month(
    ending: Ending, ended: bool, soon: bool
) -> None:
    assert (ending.has_ended(NOW), ending.ends_soon(NOW)) == (ended, soon)


def test_what_ends_on_one_day_is_one_line() -> None:
    given = (
        _in(-2, name="old"),
        _in(1, EndingKind.JOINING, "token"),
        _in(12),
        _in(12, name="other"),
        _in(99),
    )
    assert list(lines(given, NOW)) == [
        "2026-11-27  old (there): it has ended",
        "2026-11-30  token (there); deploy and roll renew it",
        "2026-12-11  it, other (there): in 12 days",
        "2027-03-08  it (there)",
    ]
