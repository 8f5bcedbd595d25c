"""Secrets: values by recipe, and the environment file as text, without a disk or a command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from jeroboam.model.secrets import (
    CaCertificateOf,
    ClientCertificateOf,
    PrivateKey,
    PublicKeyOf,
    RandomBytes,
    Secret,
    Token,
    UserSupplied,
)
from jeroboam.secrets import EMPTY, Environment, Refusal, contents, environment, supplied
from jeroboam.secrets.recipes import made
from jeroboam.secrets.seal import opened
from tests.support.secrets_file import plain

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GENERATED = (
    Secret("ca_certificate", "Certificate of the CA.", CaCertificateOf("ca_key", "kubernetes")),
    Secret("ca_key", "Private key of the CA.", PrivateKey()),
    Secret("sa_public_key", "Public key.", PublicKeyOf("ca_key")),
    Secret("token", "Join token.", Token(((6, "abc123"), (16, "xyz789")))),
    Secret("encryption_key", "Key that\nencrypts Secrets.", RandomBytes(32)),
)
GIVEN = (
    Secret("cloud_application_credential_id", "Id.", UserSupplied("make one")),
    Secret("cloud_application_credential_secret", "Secret.", UserSupplied("make one")),
)


def values(text: str) -> dict[str, str]:
    assert set(yaml.safe_load(text)) == {"parameters"}
    return plain(text)


def make(
    secrets: tuple[Secret, ...] = GENERATED,
    text: str = "",
    given: dict[str, str] | None = None,
    *,
    rotate: bool = False,
    seed: int = 1,
) -> Environment | Refusal:
    old = contents(text, secrets) if text else EMPTY
    if isinstance(old, Refusal):
        return old
    return environment("prod", secrets, old, text, given or {}, rotate=rotate, random=Random(seed), now=NOW)


def done(answer: Environment | Refusal) -> Environment:
    assert isinstance(answer, Environment), answer
    return answer


def refused(answer: object) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


class TestRecipes:
    found = made(GENERATED, {}, random=Random(1), now=NOW)

    def pem(self, name: str) -> bytes:
        return b64decode(self.found[name], validate=True)

    def test_order_is_the_secrets_own(self) -> None:
        assert list(self.found) == [secret.name for secret in GENERATED]

    def test_private_key_is_p256_in_pkcs8(self) -> None:
        key = load_pem_private_key(self.pem("ca_key"), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert key.curve.name == "secp256r1"
        assert self.pem("ca_key").startswith(b"-----BEGIN PRIVATE KEY-----\n")

    def test_public_key_belongs_to_the_private_key(self) -> None:
        key = load_pem_private_key(self.pem("ca_key"), None)
        assert load_pem_public_key(self.pem("sa_public_key")) == key.public_key()

    def test_certificate(self) -> None:
        certificate = x509.load_pem_x509_certificate(self.pem("ca_certificate"))
        certificate.verify_directly_issued_by(certificate)
        assert certificate.subject == certificate.issuer
        assert certificate.subject.rfc4514_string() == "CN=kubernetes"
        assert certificate.not_valid_before_utc <= NOW
        assert (certificate.not_valid_after_utc - NOW).days == 3650
        assert certificate.serial_number.bit_length() <= 159
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert constraints.value.ca
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert usage.value.key_cert_sign
        assert usage.value.crl_sign
        key_id = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
        assert certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value == key_id

    def test_openssl_accepts_the_certificate(self, tmp_path: Path) -> None:
        path = tmp_path / "ca.pem"
        path.write_bytes(self.pem("ca_certificate"))
        check = ["openssl", "verify", "-check_ss_sig", "-x509_strict", "-attime", str(int(NOW.timestamp()))]
        assert subprocess.run([*check, "-CAfile", path, path], capture_output=True).returncode == 0
        shown = subprocess.run(
            ["openssl", "x509", "-in", path, "-noout", "-text"], capture_output=True, text=True
        )
        for line in ("CA:TRUE", "Certificate Sign, CRL Sign", "NIST CURVE: P-256", "Subject Key Identifier"):
            assert line in shown.stdout

    def test_token_has_the_shape_asked_for(self) -> None:
        first, second = self.pem("token").decode().split(".")
        assert (len(first), len(second)) == (6, 16)
        assert set(first) <= set("abc123")
        assert set(second) <= set("xyz789")

    def test_random_bytes(self) -> None:
        assert len(self.pem("encryption_key")) == 32

    def test_tokens_follow_from_the_random_source_and_keys_are_never_the_same(self) -> None:
        again = made(GENERATED, {}, random=Random(1), now=NOW)
        alike = {name for name in again if again[name] == self.found[name]}
        assert alike == {"token", "encryption_key"}
        assert not set(self.found.values()) & set(made(GENERATED, {}, random=Random(2), now=NOW).values())

    def test_known_values_are_not_made(self) -> None:
        known = {name: value for name, value in self.found.items() if name != "sa_public_key"}
        assert made(GENERATED, known, random=Random(9), now=NOW) == {
            "sa_public_key": self.found["sa_public_key"]
        }


class TestEnvironment:
    def test_fresh_file(self) -> None:
        answer = done(make())
        assert answer.text.startswith("# The secrets of cluster 'prod'")
        assert list(values(answer.text)) == [secret.name for secret in GENERATED] == list(answer.added)
        assert all(b64decode(value, validate=True) for value in values(answer.text).values())
        comments = [line for line in answer.text.splitlines() if re.match("# (?!seal:)", line)]
        assert max(map(len, comments)) <= 110

    def test_a_complete_file_stays_byte_for_byte(self) -> None:
        text = done(make()).text
        answer = done(make(text=text, seed=2))
        assert (answer.text, answer.added, answer.replaced, answer.foreign) == (text, (), (), ())
        assert answer.kept == tuple(s.name for s in GENERATED)

    def test_what_is_missing_is_added_and_all_else_stays(self) -> None:
        text = (
            done(make(GENERATED[:4])).text.replace("parameters:", "# mine\nparameters:  # too")
            + "  flavor: m1.tiny\n"
        )
        answer = done(make(text=text, seed=2))
        assert answer.added == ("encryption_key",)
        assert answer.foreign == ("flavor",)
        assert "# mine\nparameters:  # too\n" in answer.text
        assert values(answer.text) == {
            **values(text),
            "encryption_key": values(answer.text)["encryption_key"],
        }
        assert set(text.splitlines()) < set(answer.text.splitlines())

    def test_rotation_replaces_what_was_made_and_keeps_what_was_given(self) -> None:
        secrets = (*GENERATED, *GIVEN)
        given = {secret.name: "plain" for secret in GIVEN}
        text = done(make(secrets, given=given)).text + "  flavor: m1.tiny\n"
        answer = done(make(secrets, text, rotate=True, seed=2))
        assert answer.replaced == tuple(secret.name for secret in GENERATED)
        old, new = values(text), values(answer.text)
        assert list(old) == list(new)
        assert {name for name in old if old[name] == new[name]} == {*given, "flavor"}

    def test_given_values_are_encoded_and_can_be_replaced_alone(self) -> None:
        secrets = (*GENERATED, *GIVEN)
        text = done(make(secrets, given={s.name: "ünï: 'x'" for s in GIVEN})).text
        assert b64decode(values(text)[GIVEN[0].name]).decode() == "ünï: 'x'"
        answer = done(make(secrets, text, {GIVEN[1].name: "new"}, seed=2))
        assert answer.replaced == (GIVEN[1].name,)
        assert values(answer.text) == {**values(text), GIVEN[1].name: b64encode(b"new").decode()}

    def test_a_missing_given_value_is_refused(self) -> None:
        assert GIVEN[0].name in refused(make((*GENERATED, *GIVEN))).message

    def test_json_has_no_room_for_the_seal(self) -> None:
        value = b64encode(b"x").decode()
        text = f'{{"parameters": {{"token": "{value}"}}}}'
        assert "not in the format" in refused(make((GENERATED[3],), text)).message

    def test_what_heat_is_given_is_sealed_by_who_may_open_it(self) -> None:
        shared = replace(GENERATED[3], shared=True)
        answer = done(make((*GENERATED[:3], shared)))
        digests = {name: answer.parameters[name] for name in ("master_seal_digest", "worker_seal_digest")}
        assert answer.parameters == yaml.safe_load(answer.text)["parameters"] | digests
        assert opened(answer.parameters["token"], answer.seal.worker) == answer.values["token"]
        assert opened(answer.parameters["ca_key"], answer.seal.master) == answer.values["ca_key"]
        assert opened(answer.parameters["ca_key"], answer.seal.worker) is None
        for name, value in answer.values.items():
            assert value not in answer.text, name

    def test_a_file_of_an_earlier_version_is_sealed_and_its_values_stay(self) -> None:
        values = {"token": b64encode(b"x").decode(), "encryption_key": b64encode(b"y" * 32).decode()}
        text = "# mine\nparameters:\n" + "".join(f'  {n}: "{v}"  # ours\n' for n, v in values.items())
        answer = done(make(GENERATED[3:], text))
        assert (answer.newly_sealed, answer.added, answer.replaced) == (True, (), ())
        assert plain(answer.text) == values
        assert "# mine\n" in answer.text
        assert not any(value in answer.text for value in values.values())
        assert done(make(GENERATED[3:], answer.text, seed=2)).text == answer.text

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            (r"^# seal: .*\n", "", "it lacks its line '# seal: …'"),
            (r"^# seal: \w+", "# seal: " + "0" * 64, "sealed with other keys"),
            (r"^# seal: ", "# seal: x", "it lacks its line"),
        ],
    )
    def test_a_seal_that_is_lost_is_told(self, old: str, new: str, says: str) -> None:
        text = re.sub(old, new, done(make()).text, flags=re.MULTILINE)
        found = contents(text, GENERATED)
        assert isinstance(found, Refusal)
        assert says in found.message

    def test_a_parameter_of_ones_own_may_have_no_value(self) -> None:
        text = done(make()).text + "  mine: null\n"
        answer = done(make(text=text, seed=2))
        assert (answer.text, answer.foreign) == (text, ("mine",))

    def test_sealed_values_are_counted_before_they_are_opened(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.modules[contents.__module__], "opened", lambda *_: pytest.fail("opened"))
        text = done(make()).text + "".join(f'  more{n}: "U2FsdGVkX19BQUFB"\n' for n in range(250))
        assert "more than 250 sealed values" in refused(make(text=text)).message

    @pytest.mark.parametrize(
        "wrong", ["", "  master_keypair: [x]\n", "  master_keypair:\n", '  master_keypair: "ops"\n']
    )
    def test_the_keypairs_are_those_that_open_the_values(self, wrong: str) -> None:
        text = done(make()).text
        answer = done(make(text=re.sub(r"  master_keypair: .*\n", wrong, text), seed=2))
        assert (answer.renamed, answer.added, answer.replaced) == (("master_keypair",), (), ())
        assert yaml.safe_load(answer.text) == yaml.safe_load(text)
        assert done(make(text=text, seed=2)).renamed == ()
        assert done(make(text=text, seed=2, rotate=True)).renamed == ()

    @pytest.mark.parametrize("rotate", [False, True])
    def test_a_file_of_another_cluster_is_refused(self, rotate: bool) -> None:
        text = done(make()).text.replace("jeroboam-prod-", "jeroboam-the-other-")
        answer = refused(make(text=text, rotate=rotate))
        assert answer.message == "holds the secrets of the cluster 'the-other', and this one is 'prod'"
        renamed = re.sub(r"  (master|worker)_keypair: .*\n", "", text)
        assert "jeroboam-prod-master-" in done(make(text=renamed, rotate=rotate)).text

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("kind: cluster\nname: prod\n", "not a Heat environment"),
            ("- parameters\n", "not a Heat environment"),
            ("parameters:\n", "not a Heat environment"),
            ("parameters: {}\n---\nparameters: {}\n", "not a Heat environment"),
            ("parameters: [\n", "not YAML"),
            ("parameters:\n  token: 'not base64!'\n", "'token' is not base64"),
            ("parameters:\n  token: 12345678\n", "'token' is not base64"),
            ("parameters:\n  token:\n", "'token' is not base64"),
            ("parameters:\n  ca_certificate: QUJD\n", "but not 'ca_key'"),
            ("parameters:\n  ca_key: QUJD\n", "cannot be read"),
            ('{"parameters": {"token": "QUJD"}}', "not in the format"),
        ],
    )
    @pytest.mark.parametrize("rotate", [False, True])
    def test_a_file_that_cannot_be_completed_is_refused(self, text: str, says: str, rotate: bool) -> None:
        answer = make(text=text, rotate=rotate)
        if rotate and ("but not" in says or "cannot be read" in says):
            done(answer)
        else:
            assert says in refused(answer).message
            assert "QUJD" not in str(answer)

    def test_a_value_that_heat_would_refuse_for_its_length_is_named(self) -> None:
        """The template's parameter has room for a key's content, and not for words before it."""
        plain = b64decode(done(make()).values["ca_key"])
        assert b64decode(done(make(text=_with_key(plain))).values["ca_key"]) == plain
        answer = refused(make(text=_with_key(b"Bag Attributes: none\n" * 9 + plain)))
        assert answer.message == "the value of 'ca_key' is too long: 620 characters when sealed, 236 at most"
        assert answer.hint == "take the plain PEM text of one certificate or key, on P-256, P-384 or P-521"


def _with_key(pem: bytes) -> str:
    return f"parameters:\n  ca_key: {b64encode(pem).decode()}\n"


class TestSupplied:
    @pytest.mark.parametrize("names", [("id", "name", "secret"), ("ID", "Name", "Secret")])
    def test_openstacks_own_output(self, names: tuple[str, str, str]) -> None:
        text = json.dumps({**dict(zip(names, ("abc", "prod", "s3"), strict=True)), "Project ID": "p"})
        assert supplied(text, GIVEN) == {GIVEN[0].name: "abc", GIVEN[1].name: "s3"}

    def test_names_of_their_own(self) -> None:
        text = f"{GIVEN[0].name}: abc\n{GIVEN[1].name}: s3\nid: other\n"
        assert supplied(text, (*GENERATED, *GIVEN)) == {GIVEN[0].name: "abc", GIVEN[1].name: "s3"}

    @pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "id: 12\n", "id: ''\n", "token: abc\n"])
    def test_anything_else_is_refused(self, text: str) -> None:
        refused(supplied(text, (*GENERATED, *GIVEN)))


LOGINS = Secret("registry_credentials", "Logins.", UserSupplied("made by podman", 200))
AUTHS = '{"auths": {"r.example.org:5000": {"auth": "bWU6c2VjcmV0"}}}'


class TestLogins:
    @pytest.mark.parametrize("text", [AUTHS, json.dumps({"registry_credentials": AUTHS})])
    def test_the_file_of_a_login_is_taken_as_it_is(self, text: str) -> None:
        assert supplied(text, (LOGINS,)) == {"registry_credentials": AUTHS}

    @pytest.mark.parametrize(
        "text",
        [
            '{"auths": {}}',
            '{"auths": {"r.example.org": {}}, "credsStore": "desktop"}',
            "registry_credentials: me:secret",
            "auths: {r: {auth: bWU6c2VjcmV0}}",
            AUTHS.replace("bWU6", "bWU6" * 50),
        ],
    )
    def test_what_kubelet_would_pass_over_is_refused(self, text: str) -> None:
        """A login that a program of the desktop keeps is not in the file."""
        answer = refused(supplied(text, (LOGINS,)))
        assert "registry_credentials" in answer.message
        assert "bWU6" not in str(answer)
        assert "me:secret" not in str(answer)


# --- client certificates --------------------------------------------------------------------------

CLIENT = (
    Secret(
        "client_certificate",
        "Client.",
        ClientCertificateOf("ca_key", "ca_certificate", "client_key", "flannel"),
    ),
    *GENERATED[:2],
    Secret("client_key", "Client's key.", PrivateKey()),
)


def test_a_client_certificate_is_one_that_openssl_takes_for_a_client(tmp_path: Path) -> None:
    done = make(CLIENT)
    assert isinstance(done, Environment)
    made_values = values(done.text)
    for name in ("ca_certificate", "client_certificate"):
        (tmp_path / f"{name}.pem").write_bytes(b64decode(made_values[name]))
    verify = ["openssl", "verify", "-x509_strict", "-CAfile", "ca_certificate.pem"]
    for purpose, verdict in (("sslclient", 0), ("sslserver", 2)):
        checked = subprocess.run(
            [*verify, "-purpose", purpose, "client_certificate.pem"], cwd=tmp_path, capture_output=True
        )
        assert checked.returncode == verdict, checked.stderr
    certificate = x509.load_pem_x509_certificate(b64decode(made_values["client_certificate"]))
    key = load_pem_private_key(b64decode(made_values["client_key"]), password=None)
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=flannel"


@pytest.mark.parametrize("lost", ["client_key", "ca_key", "ca_certificate"])
def test_a_client_certificate_is_never_left_without_what_it_belongs_to(lost: str) -> None:
    done = make(CLIENT)
    assert isinstance(done, Environment)
    text = "".join(line for line in done.text.splitlines(True) if not line.strip().startswith(f"{lost}:"))
    refused = make(CLIENT, text)
    assert isinstance(refused, Refusal)
    assert f"not '{lost}'" in refused.message
